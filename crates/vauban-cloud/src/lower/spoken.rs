//! What is spoken to a store of which only the host is told: its own protocol.

use vauban_model::model::Origin;
use vauban_model::vocabulary::fact;

use super::builder::{Builder, word};

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
}
