//! Cheapest sets, with a proof that nothing is cheaper.
//!
//! [`hitting_set`] answers: which elements, of least weight together, have one in each of these sets? [`implicit`] answers
//! the same where the sets are not known in advance and an oracle names one whenever a choice is not enough: the cheapest
//! cut of an attack graph (the sets are its proofs) and the cheapest plan of controls (the sets are the ways to bring a
//! risk down) are both of that kind. It knows nothing of threats, and depends on nothing.

pub mod hitting_set;
pub mod implicit;
