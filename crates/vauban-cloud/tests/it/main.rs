//! What the meaning of cloud configuration promises, over fixtures and the corpus.

#[cfg(test)]
mod api;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod clusters;
#[cfg(test)]
mod composed;
#[cfg(test)]
mod defaults;
#[cfg(test)]
mod entries;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod lower;
#[cfg(test)]
mod managed;
#[cfg(test)]
mod network;
#[cfg(test)]
mod permissions_aws;
#[cfg(test)]
mod permissions_clouds;
#[cfg(test)]
mod permissions_corpus;
#[cfg(test)]
mod permissions_oracle;
#[cfg(test)]
mod resolved;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod secrets_clouds;
#[cfg(test)]
mod triplets;
#[cfg(test)]
mod world;
