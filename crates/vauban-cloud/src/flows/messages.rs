//! Messages that descriptions say an application exchanges with brokers and servers.

use vauban_model::resource::Value;

use super::{End, FlowEvidence, Flows, Grade};
use crate::Estate;

/// Everything described.
pub(super) fn infer(estate: &Estate<'_>, out: &mut Flows) {
    for at in estate.of_type("api:operation") {
        let operation = estate.resource(*at);
        let document = operation.get("document").and_then(Value::as_reference);
        let Some(document) = document.and_then(|document| estate.find(&document.address)) else { continue };
        let Some(brokers) = operation.get("brokers") else { continue };
        let reply = operation.get("reply").is_some();
        let action = operation.text("action");
        let channel = operation.text("channel").unwrap_or(&operation.name);
        for broker in estate.referred(brokers) {
            let protocol = estate.resource(broker).text("protocol").map(crate::lower::protocol);
            let (app, broker) = (End::Resource(document), End::Resource(broker));
            let mut add = |from: &End, to: &End, verb: &str| {
                let text = format!("{verb} {channel}").into();
                let evidence = FlowEvidence { grade: Grade::Addressed, text, span: operation.span, indirect: false };
                let flow = out.add(from.clone(), to.clone(), evidence);
                out.detail(flow, None, protocol);
            };
            if action == Some("send") || reply {
                add(&app, &broker, "sends");
            }
            if action == Some("receive") || reply {
                add(&broker, &app, "receives");
            }
        }
    }
}
