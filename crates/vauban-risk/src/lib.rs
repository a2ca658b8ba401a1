//! vauban-risk
