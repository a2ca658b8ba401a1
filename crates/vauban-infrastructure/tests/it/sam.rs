//! What SAM's resources become.

use vauban_infrastructure::{Options, Output};
use vauban_model::resource::{Resource, Value};

use crate::support::{addresses, codes, corpus, read_disk, read_folder};

fn read(template: &str) -> Output {
    read_folder(&[("t.yaml", template)], &Options::default())
}

fn with(resources: &str) -> Output {
    read(&format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}"))
}

#[test]
fn dump() {
    let text = std::fs::read_to_string("/tmp/sam/t.yaml").unwrap();
    let output = read(&text);
    for r in &output.inventory.resources {
        println!("{} {} {}", r.address, r.ty, show(&r.attributes));
    }
    println!("{:?}", output.diagnostics);
}
fn show(v: &Value) -> String {
    use vauban_model::resource::ValueKind::*;
    match &v.kind {
        Null => "null".into(),
        Bool(b) => b.to_string(),
        Number(n) => n.to_string(),
        Text(t) => format!("{t:?}"),
        Template(p) => format!("`{}`", p.iter().map(show).collect::<Vec<_>>().join("+")),
        List(p) => format!("[{}]", p.iter().map(show).collect::<Vec<_>>().join(", ")),
        OneOf(p) => format!("OneOf({})", p.iter().map(show).collect::<Vec<_>>().join(", ")),
        Map(m) => format!("{{{}}}", m.iter().map(|(k, v)| format!("{k}: {}", show(v))).collect::<Vec<_>>().join(", ")),
        Reference(r) => format!("->{}.{}", r.address, r.attribute),
        Document(d) => format!("doc {}", show(d)),
        Secret(d) => format!("secret {}", show(d)),
        Unknown(u) => format!("?{}", u.name),
    }
}
