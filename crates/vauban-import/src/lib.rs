//! vauban-import
