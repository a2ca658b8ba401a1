#[test]
fn tmp() {
    let Some(c) = crate::corpus::corpus() else { return };
    let read = crate::corpus::read(&c.join("threagile/test-includes/main.yaml")).unwrap();
    for (n, (name, _)) in read.files.iter().enumerate() { println!("{n} {name}"); }
    println!("{}", crate::dump::dump(&read.import()));
}
