//! Every exporter on a model whose texts try to break out of where they are put.

// The attribute tells the lints that helpers outside of test functions are for tests as well.
#[cfg(test)]
mod documents;
#[cfg(test)]
mod drawio;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod html;
#[cfg(test)]
mod interchange;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod machines;
#[cfg(test)]
mod markdown;
#[cfg(test)]
mod oscal;
