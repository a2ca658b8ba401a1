use crate::support::*;
use vauban_infrastructure::Options;

#[test]
fn dump() {
    let Ok(dir) = std::env::var("DUMP") else { return };
    let out = read_disk(std::path::Path::new(&dir), &Options::default());
    for r in &out.inventory.resources {
        println!("{} [{}] {}:{}", r.address, r.native_type, out.files.len(), r.span.line);
    }
    for d in &out.diagnostics {
        println!("{:?} {} {:?} {}", d.severity, d.code, d.span.map(|s| (s.file.0, s.line, s.column)), d.message);
    }
}
