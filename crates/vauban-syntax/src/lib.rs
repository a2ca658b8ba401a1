//! vauban-syntax
