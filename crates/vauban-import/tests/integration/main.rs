//! Imports of whole files: our own small ones, the public corpus, and files broken on purpose.

// The attribute tells the lints that helpers outside of test functions are for tests as well.
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod cyclonedx;
#[cfg(test)]
mod drawio;
#[cfg(test)]
mod dump;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod library;
#[cfg(test)]
mod loss;
#[cfg(test)]
mod lucidchart;
#[cfg(test)]
mod mtmt;
#[cfg(test)]
mod pytm;
#[cfg(test)]
mod spreadsheet;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod threat_composer;
#[cfg(test)]
mod threatcl;
#[cfg(test)]
mod tm_library;
#[cfg(test)]
mod visio;
