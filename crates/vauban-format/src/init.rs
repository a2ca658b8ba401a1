//! The first model: what `vauban init` writes.

use vauban_model::scale::classification;

use crate::emit::scalar;

/// What kind of system it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemKind {
    /// Pages for people with a browser.
    WebApplication,
    /// An interface for other programs.
    Api,
    /// An app on phones, and what it talks to.
    MobileApp,
    /// Something that runs by the clock and moves data.
    BatchJob,
    /// Services that talk through a queue.
    Events,
    /// A language model that answers or acts for people.
    Assistant,
    /// Anything else.
    Other,
}

impl SystemKind {
    /// All, in the order in which they are offered.
    pub const ALL: [SystemKind; 7] = [
        SystemKind::WebApplication,
        SystemKind::Api,
        SystemKind::MobileApp,
        SystemKind::BatchJob,
        SystemKind::Events,
        SystemKind::Assistant,
        SystemKind::Other,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            SystemKind::WebApplication => "web-application",
            SystemKind::Api => "api",
            SystemKind::MobileApp => "mobile-app",
            SystemKind::BatchJob => "batch-job",
            SystemKind::Events => "events",
            SystemKind::Assistant => "assistant",
            SystemKind::Other => "other",
        }
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        SystemKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The answers to the questions that `vauban init` asks.
#[derive(Clone, Debug)]
pub struct InitAnswers<'a> {
    /// What the system is called.
    pub name: &'a str,
    /// What kind of system it is.
    pub kind: SystemKind,
    /// The classification of its most sensitive data; a word that is none counts as `confidential`.
    pub classification: &'a str,
    /// Whether anybody on the internet can reach it.
    pub internet: bool,
}

/// Writes a short model with comments, to be changed into the real one. It reads without diagnostics.
pub fn init_model(answers: &InitAnswers<'_>) -> String {
    let name = if answers.name.trim().is_empty() { "My system" } else { answers.name.trim() };
    let class = classification();
    let class = class.parse(answers.classification).map_or("confidential", |symbol| class.word(symbol));
    let (outside, outside_entry) = if answers.internet {
        ("internet", "  internet: {kind: internet, trust: untrusted}\n")
    } else {
        ("office", "  office: {kind: network, trust: semi-trusted}\n")
    };
    let parts = parts(answers.kind);
    let mut text = format!(
        "# The threat model of this system: change it to what you really have, then run `vauban check`.\n\
         # Leave out what you do not know: `vauban ask` asks for what matters.\n\
         vauban: 1\n\n\
         system:\n  name: {}\n  criticality: medium  # how much the business depends on it: low, medium, high, critical\n\n",
        scalar(name, false)
    );
    text.push_str("data:  # what is worth protecting: public, internal, confidential, restricted\n");
    text.push_str(&format!("  records: {class}\n"));
    text.push_str("  passwords: {classification: restricted, kinds: [credentials]}\n\n");
    text.push_str("boundaries:  # where trust changes\n");
    text.push_str(outside_entry);
    text.push_str("  our-network: {kind: network, trust: trusted}\n\n");
    text.push_str("components:  # what runs where, and with which data\n");
    text.push_str(&parts.components.replace("OUTSIDE", outside));
    text.push_str("\nflows:  # who talks to whom, and how\n");
    text.push_str(parts.flows);
    text
}

struct Parts {
    components: &'static str,
    flows: &'static str,
}

fn parts(kind: SystemKind) -> Parts {
    match kind {
        SystemKind::WebApplication => Parts {
            components: "  browser: {technology: browser, in: OUTSIDE, used_by_people: yes}\n\
                         \x20 web: {technology: web-application, in: our-network, custom_code: yes, handles: [records, passwords]}\n\
                         \x20 database: {technology: postgresql, in: our-network, stores: [records, passwords]}\n",
            flows: "  browser -> web: {protocol: https, authentication: session, carries: [records, passwords]}\n\
                    \x20 web -> database: {protocol: sql, authentication: credentials, carries: [records, passwords]}\n",
        },
        SystemKind::Api => Parts {
            components: "  client: {kind: external-entity, in: OUTSIDE}\n\
                         \x20 api: {technology: web-service, in: our-network, custom_code: yes, accepts: [json], handles: [records]}\n\
                         \x20 database: {technology: postgresql, in: our-network, stores: [records, passwords]}\n",
            flows: "  client -> api: {protocol: https, authentication: token, carries: [records]}\n\
                    \x20 api -> database: {protocol: sql, authentication: credentials, carries: [records, passwords]}\n",
        },
        SystemKind::MobileApp => Parts {
            components: "  app: {technology: mobile-app, in: OUTSIDE, used_by_people: yes, custom_code: yes, handles: [records]}\n\
                         \x20 api: {technology: web-service, in: our-network, custom_code: yes, accepts: [json], handles: [records]}\n\
                         \x20 database: {technology: postgresql, in: our-network, stores: [records, passwords]}\n",
            flows: "  app -> api: {protocol: https, authentication: token, carries: [records, passwords]}\n\
                    \x20 api -> database: {protocol: sql, authentication: credentials, carries: [records, passwords]}\n",
        },
        SystemKind::BatchJob => Parts {
            components: "  supplier: {kind: external-entity, in: OUTSIDE}\n\
                         \x20 job: {kind: process, in: our-network, custom_code: yes, accepts: [csv], handles: [records]}\n\
                         \x20 database: {technology: postgresql, in: our-network, stores: [records, passwords]}\n",
            flows: "  supplier -> job: {protocol: sftp, authentication: credentials, carries: [records]}\n\
                    \x20 job -> database: {protocol: sql, authentication: credentials, carries: [records]}\n",
        },
        SystemKind::Events => Parts {
            components: "  sender: {kind: external-entity, in: OUTSIDE}\n\
                         \x20 queue: {technology: message-queue, in: our-network, handles: [records]}\n\
                         \x20 worker: {kind: process, in: our-network, custom_code: yes, handles: [records]}\n\
                         \x20 database: {technology: postgresql, in: our-network, stores: [records, passwords]}\n",
            flows: "  sender -> queue: {protocol: amqps, authentication: credentials, asynchronous: yes, carries: [records]}\n\
                    \x20 queue -> worker: {protocol: amqps, authentication: credentials, asynchronous: yes, carries: [records]}\n\
                    \x20 worker -> database: {protocol: sql, authentication: credentials, carries: [records]}\n",
        },
        SystemKind::Assistant => Parts {
            components: "  browser: {technology: browser, in: OUTSIDE, used_by_people: yes}\n\
                         \x20 assistant: {technology: web-application, in: our-network, custom_code: yes, handles: [records], accepts: [natural-language]}\n\
                         \x20 language-model: {technology: llm, in: our-network, handles: [records], calls_tools: yes, retrieves_content: yes}\n\
                         \x20 documents: {kind: data-store, in: our-network, stores: [records, passwords]}\n",
            flows: "  browser -> assistant: {protocol: https, authentication: session, carries: [records]}\n\
                    \x20 assistant -> language-model: {protocol: https, authentication: api-key, carries: [records]}\n\
                    \x20 language-model -> documents: {protocol: https, authentication: token, carries: [records]}\n",
        },
        SystemKind::Other => Parts {
            components: "  user: {kind: external-entity, in: OUTSIDE, used_by_people: yes}\n\
                         \x20 service: {kind: process, in: our-network, custom_code: yes, handles: [records]}\n\
                         \x20 store: {kind: data-store, in: our-network, stores: [records, passwords]}\n",
            flows: "  user -> service: {protocol: https, authentication: credentials, carries: [records]}\n\
                    \x20 service -> store: {authentication: credentials, carries: [records]}\n",
        },
    }
}
