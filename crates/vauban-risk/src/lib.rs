//! Risk: what attackers want and how much it hurts, scores that explain themselves, decisions and what they apply to.

pub mod decisions;
pub mod goals;
pub mod quantify;
pub mod score;
pub mod scoring;
