//! Synthetic models of any size, for measuring: N components, 2N flows, N/20 nested boundaries, N/10 data assets.
//!
//! Deterministic and mixed like a real estate: exposed web applications, services, stores, queues, functions; some
//! hardened, some with known gaps, some of which little is known.

use std::fmt::Write as _;

/// A model in our own format with `components` components.
pub fn model(components: u32) -> String {
    // One of them is the browser that everybody outside uses.
    let n = components.max(2) - 1;
    let boundaries = (n / 20).max(1);
    let data = (components / 10).max(1);
    let mut out = String::with_capacity(n as usize * 260 + 1000);
    let _ = writeln!(out, "vauban: 1\nsystem: {{name: Synthetic {components}, criticality: high}}\ndata:");
    for d in 0..data {
        let class = ["internal", "confidential", "restricted", "public"][d as usize % 4];
        let kind = ["order", "personal", "payment-card", "telemetry"][d as usize % 4];
        let _ = writeln!(out, "  data-{d}: {{classification: {class}, kinds: [{kind}]}}");
    }
    out.push_str("boundaries:\n  internet: {kind: internet, trust: untrusted}\n");
    for b in 0..boundaries {
        // A tree of fan-out four: nested, of logarithmic depth.
        if b == 0 {
            out.push_str("  zone-0: {kind: cloud-account, trust: semi-trusted}\n");
        } else {
            let _ = writeln!(out, "  zone-{b}: {{kind: network-segment, trust: trusted, in: zone-{}}}", (b - 1) / 4);
        }
    }
    out.push_str("identities:\n");
    for i in 0..data {
        let target = (i * 10 + 4) % n;
        let _ = writeln!(out, "  account-{i}: {{kind: service, may_write: [c-{target}], needs_only: [c-{target}]}}");
    }
    out.push_str("components:\n  user: {technology: browser, in: internet}\n");
    for c in 0..n {
        let zone = c % boundaries;
        let d = c % data;
        let i = c % data;
        let _ = match c % 10 {
            0 => writeln!(
                out,
                "  c-{c}: {{technology: web-application, in: zone-{zone}, custom_code: yes, handles: [data-{d}], runs_as: [account-{i}], lacks: [rate-limiting], controls: [input-validation, output-encoding]}}"
            ),
            1..=3 => writeln!(
                out,
                "  c-{c}: {{technology: rest-api, in: zone-{zone}, custom_code: yes, handles: [data-{d}], runs_as: [account-{i}], controls: [input-validation]}}"
            ),
            4 => writeln!(
                out,
                "  c-{c}: {{technology: postgresql, in: zone-{zone}, stores: [data-{d}], encryption_at_rest: {}, redundant: {}}}",
                if c % 3 == 0 { "none" } else { "disk" },
                if c % 4 == 0 { "no" } else { "yes" }
            ),
            5 => writeln!(
                out,
                "  c-{c}: {{technology: message-queue, in: zone-{zone}, handles: [data-{d}], controls: [queue-limits]}}"
            ),
            6 => writeln!(out, "  c-{c}: {{technology: function, in: zone-{zone}, handles: [data-{d}]}}"),
            7 => writeln!(out, "  c-{c}: {{technology: cache, in: zone-{zone}, stores: [data-{d}]}}"),
            8 => writeln!(
                out,
                "  c-{c}: {{technology: batch-job, in: zone-{zone}, handles: [data-{d}], machine: container}}"
            ),
            _ => writeln!(
                out,
                "  c-{c}: {{technology: object-storage, in: zone-{zone}, stores: [data-{d}], public_read: no}}"
            ),
        };
    }
    out.push_str("flows:\n");
    // 2N flows: each component calls one near by and one far away; every hundredth is called from outside instead.
    for c in 0..n {
        let near = (c + 1) % n;
        let far = (c.wrapping_mul(7) + 13) % n;
        let d = c % data;
        if c % 100 == 0 {
            let _ = writeln!(
                out,
                "  user -> c-{c}: {{protocol: https, authentication: session, authorisation: end-user, carries: [data-{d}]}}"
            );
        } else {
            let _ = writeln!(
                out,
                "  c-{c} -> c-{near}: {{protocol: {}, authentication: token, carries: [data-{d}]}}",
                if c % 5 == 0 { "http" } else { "https" }
            );
        }
        let _ = writeln!(
            out,
            "  c-{c} -> c-{far} (far): {{protocol: https, authentication: {}, authorisation: technical-user, carries: [data-{d}]}}",
            if c % 7 == 0 { "none" } else { "client-certificate" }
        );
    }
    // The two flows that the browser's place in the count leaves over.
    let _ = writeln!(out, "  user -> c-0 (search): {{protocol: https, authentication: none, carries: [data-0]}}");
    let _ = writeln!(out, "  user -> c-0 (help): {{protocol: https, authentication: none}}");
    out
}
