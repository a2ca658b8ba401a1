//! The graph engine against plain brute force on small random graphs.

mod graph;
mod oracle;
