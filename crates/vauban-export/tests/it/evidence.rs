//! Evidence packs: what is put in comes out, and nothing can be altered without being named.

use std::io::Read as _;

use proptest::prelude::*;
use vauban_export::evidence::sign::{Key, PublicKey};
use vauban_export::evidence::{Answer, Details, MANIFEST, PackFile, Signature, build, sha256, verify};

fn file(path: &str, text: &str) -> PackFile {
    PackFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
        title: "A file".to_owned(),
        ..PackFile::default()
    }
}

fn pack(key: Option<&Key>) -> Vec<u8> {
    let details = Details {
        system: "Shop | <b>".to_owned(),
        framework: "SOC 2".to_owned(),
        from: "2026-01-01".to_owned(),
        to: "2026-12-31".to_owned(),
        gaps: vec!["The warehouse has no model.".to_owned()],
        ..Details::default()
    };
    let mut risks = file("lists/risks.csv", "id,risk\nsql-injection@shop,high\nspoofing@portal,low\n");
    risks.rows = Some(2);
    risks.selection = "All findings on 2026-12-31; none left out.".to_owned();
    let files = [risks, file("documents/summary.md", "# Summary\n\nTwo risks.\n"), file("empty.txt", "")];
    build(&details, &files, key).expect("small")
}

fn key() -> Key {
    Key::from_seed(&[7; 32])
}

fn public(key: &Key) -> PublicKey {
    PublicKey::read(&key.public_pem().expect("a key")).expect("its own form")
}

#[test]
fn a_pack_is_good_and_any_tool_opens_it() {
    let key = key();
    let bytes = pack(Some(&key));
    assert_eq!(bytes, pack(Some(&key)), "the same content gives the same bytes");
    let answer = verify(&bytes, Some(&public(&key)));
    assert_eq!(answer.problems, []);
    assert!(answer.is_good());
    assert_eq!(answer.expected_key, Some(true));
    assert!(matches!(answer.signature, Signature::Good(_)));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).expect("a ZIP archive");
    let names: Vec<String> = archive.file_names().map(|name| name.expect("UTF-8").into_owned()).collect();
    let expected = ["SHA256SUMS", "SHA256SUMS.sig", "MANIFEST.json", "PUBLIC-KEY.pem", "README.md"];
    assert!(expected.iter().all(|name| names.iter().any(|known| known == name)), "{names:?}");
    let mut text = String::new();
    archive.by_name("lists/risks.csv").expect("there").read_to_string(&mut text).expect("text");
    assert_eq!(text, "id,risk\nsql-injection@shop,high\nspoofing@portal,low\n");
    let mut sums = String::new();
    archive.by_name("SHA256SUMS").expect("there").read_to_string(&mut sums).expect("text");
    assert!(sums.contains(&format!("{}  lists/risks.csv\n", sha256(text.as_bytes()))), "{sums}");
    let mut manifest = String::new();
    archive.by_name(MANIFEST).expect("there").read_to_string(&mut manifest).expect("text");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["files"][4]["rows"], 2, "{manifest:#}");
    assert_eq!(manifest["gaps"][0], "The warehouse has no model.");
    let mut readme = String::new();
    archive.by_name("README.md").expect("there").read_to_string(&mut readme).expect("text");
    assert!(readme.contains("Shop \\| \\<b>"), "what people wrote is no markup: {readme}");
}

/// RFC 8032, section 7.1, test 1.
#[test]
fn signatures_are_those_of_the_standard() {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
    };
    let seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let key = Key::from_seed(&seed.try_into().expect("32 bytes"));
    let signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    assert_eq!(key.sign(b"").to_vec(), bytes(signature));
    assert!(public(&key).checks(b"", &bytes(signature)));
    assert!(!public(&key).checks(b"x", &bytes(signature)));
    assert!(!public(&key).checks(b"", b"short"));
    let again = Key::read(&key.pem().expect("a key")).expect("its own form");
    assert_eq!(public(&again).fingerprint(), public(&key).fingerprint());
    assert!(Key::read("-----BEGIN NOTHING-----").is_none());
}

#[test]
fn an_unsigned_pack_says_so_and_a_wrong_key_is_told() {
    let answer = verify(&pack(None), None);
    assert!(answer.is_good());
    assert_eq!(answer.signature, Signature::Missing);
    let other = public(&Key::from_seed(&[8; 32]));
    assert!(!verify(&pack(None), Some(&other)).is_good(), "somebody was expected");
    let answer = verify(&pack(Some(&key())), Some(&other));
    assert_eq!(answer.expected_key, Some(false));
    assert!(!answer.is_good());
}

#[test]
fn what_is_no_pack_is_refused() {
    for bytes in [&b""[..], b"PK", b"hello", &[0; 100]] {
        let answer = verify(bytes, None);
        assert!(!answer.is_good(), "{bytes:?}");
    }
}

fn told(answer: &Answer) -> String {
    answer.problems.iter().map(|problem| format!("{}: {}\n", problem.file, problem.what)).collect()
}

#[test]
fn the_altered_byte_is_named() {
    let mut bytes = pack(Some(&key()));
    let at = bytes.windows(8).position(|part| part == b"spoofing").expect("there");
    bytes[at] = b'S';
    let text = told(&verify(&bytes, None));
    assert_eq!(text, "lists/risks.csv: was altered: byte 32 is 0x53 and was 0x73 (line 3)\n");
}

#[test]
fn every_single_byte_counts() {
    let bytes = pack(Some(&key()));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let answer = verify(&changed, None);
        assert!(!answer.is_good(), "byte {at} of {}", bytes.len());
        assert!(answer.problems.iter().any(|problem| !problem.what.is_empty()));
    }
}

#[test]
fn files_can_be_neither_added_nor_removed_nor_exchanged() {
    use vauban_export::evidence::archive;
    let bytes = pack(Some(&key()));
    let entries = archive::by_directory(&bytes).expect("whole");
    let list: Vec<(&str, &[u8])> = entries.iter().map(|entry| (entry.path, entry.bytes)).collect();
    for at in 0..list.len() {
        let mut less = list.clone();
        let (path, _) = less.remove(at);
        let answer = verify(&archive::write(less).expect("small"), None);
        assert!(!answer.is_good(), "without {path}");
        for other in at + 1..list.len() {
            let mut swapped = list.clone();
            swapped.swap(at, other);
            assert!(!verify(&archive::write(swapped).expect("small"), None).is_good(), "{path} and another");
            let mut exchanged = list.clone();
            (exchanged[at].1, exchanged[other].1) = (list[other].1, list[at].1);
            if list[at].1 != list[other].1 {
                assert!(!verify(&archive::write(exchanged).expect("small"), None).is_good(), "contents of {path}");
            }
        }
    }
    let mut more = list.clone();
    more.push(("zzz.txt", b"more"));
    let text = told(&verify(&archive::write(more).expect("small"), None));
    assert_eq!(text, "zzz.txt: is not named in `SHA256SUMS`: it was added or renamed\n");
}

proptest! {
    #[test]
    fn no_deletion_insertion_or_swap_goes_unseen(at: usize, other: usize, byte: u8) {
        let bytes = pack(Some(&key()));
        let (at, other) = (at % bytes.len(), other % bytes.len());
        let mut less = bytes.clone();
        less.remove(at);
        prop_assert!(!verify(&less, None).is_good());
        let mut more = bytes.clone();
        more.insert(at, byte);
        prop_assert!(!verify(&more, None).is_good());
        let mut swapped = bytes.clone();
        swapped.swap(at, other);
        prop_assert_eq!(verify(&swapped, None).is_good(), swapped == bytes);
        prop_assert!(!verify(&bytes[..at], None).is_good(), "cut short");
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!verify(&bytes, None).is_good());
    }
}

#[test]
fn what_would_unpack_elsewhere_is_neither_packed_nor_passed() {
    let details = Details::default();
    for path in ["../x", "/etc/x", "a//b", "a\\b", "readme.md", "SHA256SUMS", "MANIFEST.json"] {
        let refused = build(&details, &[file(path, "x")], None).expect_err(path);
        assert_eq!(refused.file, path);
    }
    assert!(build(&details, &[file("a", "x"), file("a", "y")], None).is_err(), "two of one path");
    let sums = format!("{}  ../x\n", sha256(b"x"));
    let bytes =
        vauban_export::evidence::archive::write([("SHA256SUMS", sums.as_bytes()), ("../x", b"x")]).expect("small");
    let answer = verify(&bytes, None);
    assert!(told(&answer).starts_with("../x: must not be unpacked"), "{}", told(&answer));
}

/// A directory that names the same bytes many times would make a small file cost hours.
#[test]
fn a_directory_that_names_the_same_bytes_again_is_refused() {
    let many: Vec<u8> = {
        let bytes = vauban_export::evidence::archive::write([("a", &[0u8; 10_000][..])]).expect("small");
        let (local, rest) = bytes.split_at(30 + 1 + 10_000);
        let directory = &rest[..47];
        let mut out = local.to_vec();
        for _ in 0..1_000 {
            out.extend(directory);
        }
        let mut end = rest[47..].to_vec();
        end[8..10].copy_from_slice(&1_000u16.to_le_bytes());
        end[10..12].copy_from_slice(&1_000u16.to_le_bytes());
        out.extend(end);
        out
    };
    assert!(vauban_export::evidence::archive::by_directory(&many).is_none());
    assert!(!verify(&many, None).is_good());
}

#[test]
fn a_pack_that_another_tool_packed_anew_is_called_so_once() {
    let made = pack(Some(&key()));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(made)).expect("an archive");
    let mut again = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("its content");
        again.start_file(name, options).expect("a place");
        std::io::Write::write_all(&mut again, &content).expect("written");
    }
    let answer = verify(&again.finish().expect("an archive").into_inner(), None);
    assert!(!answer.is_good() && answer.files == 0);
    let told: Vec<&str> = answer.problems.iter().map(|problem| &*problem.what).collect();
    assert!(told.len() == 1 && told[0].contains("packed anew") && told[0].contains("sha256sum"), "{told:?}");
}
