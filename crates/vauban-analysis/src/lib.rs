//! vauban-analysis
