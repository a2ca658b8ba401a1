//! Threats of the library that rest on permissions, for every principal that has them.
