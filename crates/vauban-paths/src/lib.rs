//! vauban-paths
