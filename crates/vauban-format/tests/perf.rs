use std::time::Instant;
use vauban_format::*;
use vauban_model::FileId;
use vauban_syntax::{Limits, parse_yaml};
#[test]
fn perf() {
    let n = 100_000;
    let mut t = String::from("vauban: 1\nsystem: S\ntemplates:\n  service: {kind: process, machine: container, controls: [patch-management]}\ndata:\n");
    for i in 0..n / 10 { t.push_str(&format!("  d{i}: {{classification: confidential, kinds: [personal]}}\n")); }
    t.push_str("boundaries:\n");
    for i in 0..n / 20 { if i < 10 { t.push_str(&format!("  b{i}: {{kind: network, trust: trusted}}\n")); } else { t.push_str(&format!("  b{i}: {{in: b{}, trust: trusted}}\n", i / 10)); } }
    t.push_str("identities:\n");
    for i in 0..n / 20 { t.push_str(&format!("  i{i}: {{kind: service, may_write: [c{}]}}\n", i)); }
    t.push_str("components:\n");
    for i in 0..n { t.push_str(&format!("  c{i}: {{like: service, technology: [web-application, nginx], in: b{}, handles: [d{}], controls: [input-validation], lacks: [rate-limiting]}}\n", i % (n / 20), i % (n / 10))); }
    t.push_str("flows:\n");
    for i in 0..2 * n { t.push_str(&format!("  c{} -> c{} (f{i}): {{protocol: https, authentication: token, carries: [d{}], acts_as: [i{}]}}\n", i % n, (i * 7 + 1) % n, i % (n / 10), i % (n / 20))); }
    println!("{} MB", t.len() / 1_000_000);
    let s = Instant::now();
    let node = parse_yaml(FileId(0), &t, &Limits::default(), &mut Vec::new());
    println!("parse {:?}", s.elapsed());
    drop(node);
    for _ in 0..3 {
        let s = Instant::now();
        let file = InputFile { id: FileId(0), name: "x.yaml", text: &t };
        let r = read_model(&[file]);
        println!("read_model with parse {:?} {} {} {}", s.elapsed(), r.model.components.len(), r.model.flows.len(), r.diagnostics.len());
        let s = Instant::now();
        let w = write_model(&r.model);
        println!("write {:?} {} MB", s.elapsed(), w.len() / 1_000_000);
        let mut m = r.model;
        let o = "overlay: 1\ncomponents: {c1: {redundant: yes}}\n";
        let s = Instant::now();
        apply_overlay(&mut m, &[InputFile { id: FileId(1), name: "o", text: o }]);
        println!("overlay {:?}", s.elapsed());
    }
    // every reference misspelt
    let bad = t.replace("handles: [d", "handles: [x").replace("in: b", "in: q").replace("-> c", "-> z");
    let s = Instant::now();
    let r = read_model(&[InputFile { id: FileId(0), name: "x.yaml", text: &bad }]);
    println!("all broken {:?} {}", s.elapsed(), r.diagnostics.len());
}
