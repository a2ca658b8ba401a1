//! The macros of C4-PlantUML: what their names say and where their arguments stand.

/// What a macro for relations says by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) both: bool,
    pub(super) back: bool,
    pub(super) indexed: bool,
    /// The last argument is the arrow.
    pub(super) with_arrow: bool,
}

/// The relation that a macro of this name draws.
pub(super) fn relation(name: &str) -> Option<Relation> {
    let both = name.starts_with("BiRel");
    let rest = name.strip_prefix("BiRel").or_else(|| name.strip_prefix("Rel"))?;
    let indexed = rest.starts_with("Index");
    let rest = rest.strip_prefix("Index").unwrap_or(rest);
    let known = ["", "_U", "_D", "_L", "_R", "_Up", "_Down", "_Left", "_Right", "_Back", "_Neighbor", "_Back_Neighbor"];
    let with_arrow = rest == "_";
    (with_arrow || known.contains(&rest)).then(|| Relation {
        both,
        back: rest.starts_with("_Back") && !both,
        indexed,
        with_arrow,
    })
}

/// What a macro for elements says by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Macro {
    pub(super) person: bool,
    pub(super) external: bool,
    pub(super) store: bool,
    pub(super) queue: bool,
    pub(super) zone: bool,
    pub(super) node: bool,
    /// Systems and people have no technology.
    pub(super) technical: bool,
    /// `Boundary`, which says what kind it is.
    pub(super) general: bool,
}

/// Where arguments stand.
pub(super) struct Places {
    pub(super) technology: Option<usize>,
    pub(super) kind: Option<usize>,
    pub(super) description: Option<usize>,
    pub(super) tags: usize,
}

impl Macro {
    /// The macro of this name.
    pub(super) fn of(name: &str) -> Option<Macro> {
        let (stem, external) = name.strip_suffix("_Ext").map_or((name, false), |stem| (stem, true));
        let stem = if stem.contains("Node") { stem.trim_end_matches("_L").trim_end_matches("_R") } else { stem };
        let base = Macro { external, ..Macro::default() };
        Some(match stem {
            "Person" => Macro { person: true, ..base },
            "System" => base,
            "SystemDb" => Macro { store: true, ..base },
            "SystemQueue" => Macro { queue: true, ..base },
            "Container" | "Component" => Macro { technical: true, ..base },
            "ContainerDb" | "ComponentDb" => Macro { technical: true, store: true, ..base },
            "ContainerQueue" | "ComponentQueue" => Macro { technical: true, queue: true, ..base },
            "Boundary" => Macro { zone: true, general: true, ..base },
            "Enterprise_Boundary" | "System_Boundary" | "Container_Boundary" | "Component_Boundary" => {
                Macro { zone: true, ..base }
            }
            "Deployment_Node" | "Node" => Macro { zone: true, node: true, ..base },
            _ => return None,
        })
    }

    /// Where its arguments stand.
    pub(super) fn places(self) -> Places {
        match self {
            Macro { node: true, .. } => Places { technology: None, kind: Some(2), description: Some(3), tags: 5 },
            Macro { general: true, .. } => Places { technology: None, kind: Some(2), description: Some(5), tags: 3 },
            Macro { zone: true, .. } => Places { technology: None, kind: None, description: Some(4), tags: 2 },
            Macro { technical: true, .. } => Places { technology: Some(2), kind: None, description: Some(3), tags: 5 },
            _ => Places { technology: None, kind: Some(6), description: Some(2), tags: 4 },
        }
    }
}
