//! The catalogue: what each type of resource is, as data.
