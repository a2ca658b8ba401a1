//! vauban-format
