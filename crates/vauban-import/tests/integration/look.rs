#[test]
fn look() {
    let Ok(wanted) = std::env::var("LOOK") else { return };
    let path = std::path::Path::new(&wanted);
    let bytes = std::fs::read(path).unwrap();
    if vauban_import::is_binary(&bytes) {
        let format = vauban_import::recognise_bytes(&wanted, &bytes).unwrap();
        println!(
            "{}",
            crate::dump::dump(&vauban_import::import(
                format,
                &[vauban_import::InputFile { id: vauban_model::FileId(0), name: &wanted, text: "", bytes: &bytes }]
            ))
        );
    } else {
        println!("{}", crate::dump::dump(&crate::corpus::read(path).unwrap().import()));
    }
}
