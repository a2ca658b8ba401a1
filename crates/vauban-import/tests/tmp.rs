#[path = "integration/corpus.rs"]
mod corpus;
#[path = "integration/dump.rs"]
mod dump;
#[test]
fn t() {
    let c = corpus::corpus().unwrap();
    for (name, read) in corpus::models(&c) {
        let d = dump::dump(&read.import());
        println!("##### {name}");
        println!("{}", d.split("---\n").last().unwrap());
        if name.contains("iot-device") || name.contains("nested_tzs") || name.contains("lucid") { println!("{}", d.split("---\n").next().unwrap()); }
    }
}
