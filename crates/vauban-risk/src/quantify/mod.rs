//! Risk in money: frequency times loss, sampled year by year.
//!
//! The shape is FAIR's (Factor Analysis of Information Risk, The Open Group O-RA and O-RT): loss events a year are
//! attempts a year times the share of them that succeed, and each event costs a loss drawn from a calibrated range. The
//! share that succeeds is not estimated but comes from the attack graph, sample by sample.

pub mod distribution;
pub mod interval;
pub mod years;
