//! Risk: what attackers want and how much it hurts, scores that explain themselves, decisions and what they apply to, and
//! which controls are worth their cost.

pub mod compliance;
pub mod decisions;
pub mod goals;
pub mod quantify;
pub mod score;
pub mod scoring;
pub mod selection;
pub mod treatments;
