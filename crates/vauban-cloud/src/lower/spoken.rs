//! What is spoken to a store of which only the host is told: its own protocol.

use rustc_hash::FxHashMap;
use vauban_model::model::Origin;
use vauban_model::vocabulary::fact;

use super::builder::{Builder, word};
use crate::flows::End;

/// Technologies, the protocol of each and the port it listens on unless told otherwise.
const SPOKEN: [(&str, &str, u16); 11] = [
    ("postgresql", "sql", 5432),
    ("cockroachdb", "sql", 26257),
    ("mysql", "sql", 3306),
    ("mariadb", "sql", 3306),
    ("sql-server", "sql", 1433),
    ("mongodb", "nosql", 27017),
    ("redis", "nosql", 6379),
    ("valkey", "nosql", 6379),
    ("cassandra", "nosql", 9042),
    ("rabbitmq", "amqp", 5672),
    ("kafka", "kafka", 9092),
];

/// Managed stores that talk over TLS only, unless a server parameter says otherwise: Microsoft Learn, "Azure SQL Database
/// security" (TLS is enforced for all connections) and `require_secure_transport` of Azure Database, on by default.
const ENCRYPTED: [(&str, &str); 4] = [
    ("azure-sql-database", "sql-tls"),
    ("azure-sql-managed-instance", "sql-tls"),
    ("azure-database-for-postgresql", "sql-tls"),
    ("azure-database-for-mysql", "sql-tls"),
];

impl Builder<'_> {
    /// Says of flows whose source is told no more than the host of a store, or its usual port, what is spoken.
    pub(super) fn spoken(&mut self) {
        self.told_to_encrypt();
        let model = &mut self.out.model;
        for flow in &mut model.flows {
            let evidence = flow.element.word(fact::FLOW_EVIDENCE);
            if flow.element.fact(fact::PROTOCOL).is_some() || !matches!(evidence, Some("addressed" | "wired")) {
                continue;
            }
            let Some(target) = model.components.get(flow.target as usize) else { continue };
            let technologies = target.element.words(fact::TECHNOLOGY);
            let encrypted = ENCRYPTED.iter().find(|(id, _)| technologies.iter().any(|technology| **technology == **id));
            if let Some((_, protocol)) = encrypted
                && let Some(fact) = word(fact::PROTOCOL, protocol, Origin::Default, flow.element.span)
            {
                flow.element.set(fact);
                continue;
            }
            if evidence != Some("addressed") {
                continue;
            }
            let mut known =
                SPOKEN.iter().filter(|(id, _, _)| technologies.iter().any(|technology| **technology == **id));
            let (Some((_, protocol, port)), None) = (known.next(), known.next()) else { continue };
            let said = flow.element.extras.iter().find(|(key, _)| &**key == "port").map(|(_, said)| &**said);
            if said.is_none_or(|said| said == port.to_string())
                && let Some(fact) = word(fact::PROTOCOL, protocol, Origin::Default, flow.element.span)
            {
                flow.element.set(fact);
            }
        }
    }

    /// Says of flows whose source is told to encrypt, or not to, whether it does.
    fn told_to_encrypt(&mut self) {
        let outsiders: FxHashMap<&str, u32> = (0u32..)
            .zip(&self.out.model.components)
            .filter_map(|(at, component)| Some((component.element.id.strip_prefix("outside:")?, at)))
            .collect();
        let mut told: FxHashMap<(u32, u32), bool> = FxHashMap::default();
        for inferred in self.input.flows {
            let Some(encrypted) = inferred.encrypted else { continue };
            let end = |end: &End| match end {
                End::Resource(at) => self.component_of(*at),
                End::Outside(name) => outsiders.get(&**name).copied(),
            };
            if let (Some(from), Some(to)) = (end(&inferred.from), end(&inferred.to)) {
                let known = told.entry((from, to)).or_insert(true);
                *known &= encrypted;
            }
        }
        for flow in &mut self.out.model.flows {
            let Some(encrypted) = told.get(&(flow.source, flow.target)) else { continue };
            let how = if *encrypted { "tls" } else { "none" };
            if flow.element.fact(fact::ENCRYPTION).is_none()
                && let Some(fact) = word(fact::ENCRYPTION, how, Origin::Imported, flow.element.span)
            {
                flow.element.set(fact);
            }
        }
    }
}
