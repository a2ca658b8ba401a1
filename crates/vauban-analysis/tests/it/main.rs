//! The analysis from outside: what must hold of every model, whatever is in it.

// The attribute tells the lints that helpers outside of test functions are for tests as well.
#[cfg(test)]
mod api;
#[cfg(test)]
mod azure;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod cloudgoat;
#[cfg(test)]
mod cluster_forms;
#[cfg(test)]
mod compliance;
#[cfg(test)]
mod detection;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod drawio;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod frameworks;
#[cfg(test)]
mod infrastructure;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod laws_cases;
#[cfg(test)]
mod laws_hostile;
#[cfg(test)]
mod laws_kept;
#[cfg(test)]
mod laws_oracle;
#[cfg(test)]
mod laws_paths;
#[cfg(test)]
mod laws_support;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod models;
#[cfg(test)]
mod no_escalation;
#[cfg(test)]
mod oscal;
#[cfg(test)]
mod pathfinding;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod round_trips;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod terragoat;
