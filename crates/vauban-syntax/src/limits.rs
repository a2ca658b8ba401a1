//! What one file may cost.

/// Bounds on what a file may make a reader do. All are checked while reading; none can be switched off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest text accepted, in bytes.
    pub max_bytes: usize,
    /// Most nodes (mappings, lists and scalars, keys not counted) read before reading stops.
    pub max_nodes: usize,
    /// Deepest nesting kept, in collections. Never more than [`Limits::DEEPEST`], whatever is asked for:
    /// trees are walked and dropped by recursion.
    pub max_depth: usize,
    /// Most nodes that YAML aliases may add by repeating what an anchor names.
    pub max_alias_expansion: usize,
}

impl Limits {
    /// The deepest nesting any caller can ask for.
    pub const DEEPEST: usize = 512;

    /// Most messages one reading reports; the last one then says how many were left out.
    pub(crate) const MESSAGES: usize = 200;

    /// The depth that really applies.
    pub(crate) fn depth(&self) -> usize {
        self.max_depth.clamp(1, Self::DEEPEST)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: 256 << 20, max_nodes: 20_000_000, max_depth: 128, max_alias_expansion: 1_000_000 }
    }
}
