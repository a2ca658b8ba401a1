//! The one way in which an event is written, and its hash.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use vauban_model::record::Event;

/// The SHA-256 of bytes, as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash that an event's content gives; its own `hash` plays no part.
pub fn event_hash(event: &Event) -> String {
    sha256_hex(body(event).as_bytes())
}

/// The line of an event, without its line feed.
pub fn event_line(event: &Event) -> String {
    let mut line = body(event);
    // The closing brace makes room for the hash.
    line.pop();
    line.push_str(&format!(",\"hash\":{}}}", quoted(&event.hash)));
    line
}

/// The line that ends a record of so many events, without its line feed.
pub fn seal_line(count: u64, last: &str) -> String {
    format!("{{\"seal\":{count},\"last\":{}}}", quoted(last))
}

/// What is hashed: the line without its hash.
fn body(event: &Event) -> String {
    let mut out = format!("{{\"number\":{}", event.number);
    let mut member = |name: &str, value: &str| {
        out.push_str(&format!(",\"{name}\":{}", quoted(value)));
    };
    member("recorded", &event.recorded);
    member("effective", &event.effective);
    member("kind", event.kind.as_str());
    member("who", &event.who);
    member("role", &event.role);
    member("subject", &event.subject);
    member("content", &event.content);
    let details: Vec<String> =
        event.details.iter().map(|(name, value)| format!("{}:{}", quoted(name), quoted(value))).collect();
    out.push_str(&format!(",\"details\":{{{}}}", details.join(",")));
    out.push_str(&format!(",\"previous\":{}}}", quoted(&event.previous)));
    out
}

/// A text in quotation marks, as RFC 8785 writes it.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
