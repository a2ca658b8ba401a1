//! Data flows that nobody drew, with the evidence for each.

use vauban_model::Span;
use vauban_model::resource::Text;

/// How good the evidence for a flow is, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Only hinted at: a dependency, a name.
    Hinted,
    /// A network rule permits it.
    Permitted,
    /// The source's identity may act on the target.
    Granted,
    /// The source's configuration holds the target's address.
    Addressed,
    /// The platform itself carries it: a target group, a trigger, a subscription, a route.
    Wired,
    /// It was seen: logs, traces.
    Observed,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowEvidence {
    /// How good it is.
    pub grade: Grade,
    /// In words: `env CART_SERVICE_ADDR = cartservice:7070`, `dynamodb:PutItem`, `target group`.
    pub text: Text,
    /// Where it stands.
    pub span: Span,
}

/// An end of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// A resource of the inventory.
    Resource(u32),
    /// Somebody outside: the internet, a third party's host name, an event source that nobody declares.
    Outside(Text),
}

/// A flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InferredFlow {
    /// Who starts the exchange.
    pub from: End,
    /// Who is called.
    pub to: End,
    /// All evidence, best first; never empty.
    pub evidence: Vec<FlowEvidence>,
    /// The protocol in the vocabulary's word, if known.
    pub protocol: Option<Text>,
    /// The port, if known.
    pub port: Option<u16>,
    /// Whether the target only hands out data (`Some(true)`), or also takes it.
    pub read_only: Option<bool>,
}

impl InferredFlow {
    /// The best evidence's grade.
    pub fn grade(&self) -> Grade {
        self.evidence.iter().map(|evidence| evidence.grade).max().unwrap_or(Grade::Hinted)
    }
}
