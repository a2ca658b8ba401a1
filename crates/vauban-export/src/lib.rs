//! vauban-export

pub mod picture;
