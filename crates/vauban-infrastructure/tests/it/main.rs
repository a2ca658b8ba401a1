//! What readers of infrastructure code promise, over fixtures and the corpus.

#[cfg(test)]
mod api;
#[cfg(test)]
mod arm;
#[cfg(test)]
mod cdk;
#[cfg(test)]
mod cloudformation;
#[cfg(test)]
mod compose;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod join;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod kubernetes;
#[cfg(test)]
mod releases;
#[cfg(test)]
mod sam;
#[cfg(test)]
mod sam_more;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod state;
#[cfg(test)]
mod support;
#[cfg(test)]
mod terraform;
