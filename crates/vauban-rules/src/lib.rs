//! vauban-rules
