//! Elements, facts and flows of a model.
