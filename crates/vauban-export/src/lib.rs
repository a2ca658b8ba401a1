//! vauban-export
