//! The record: what is written is read, what is changed is seen.

use proptest::prelude::*;
use vauban_format::{InputFile, RecordRefused, append_events, join_records, read_record};
use vauban_model::FileId;
use vauban_model::record::{Entry, EventKind, ORIGINAL, Record, unfit_in_name};

use crate::support::show;

fn entry(kind: EventKind, subject: &str, at: &str) -> Entry {
    Entry::new(kind, subject, "Ada \"the\" Architect", at).role("architect").detail("reason", "because:\n\tü 漢 \u{1}")
}

fn sample() -> String {
    let entries = [
        entry(EventKind::Proposed, "threat@web", "2026-01-05T09:00:00Z"),
        entry(EventKind::Approved, "threat@web", "2026-01-06T09:00:00Z").content(&"ab".repeat(32)),
        entry(EventKind::Started, "threat@web", "2026-01-07T09:00:00Z"),
        entry(EventKind::Implemented, "threat@web", "2026-02-07T09:00:00Z"),
        entry(EventKind::ReviewClosed, "review:2026-Q1", "2026-03-31T09:00:00Z").detail("people", "Ada, Bob"),
    ];
    append_events("", &entries).unwrap()
}

fn read(text: &str) -> (Record, String) {
    let (record, diagnostics) = read_record(&InputFile { id: FileId(0), name: "vauban.record.jsonl", text });
    (record, show(&diagnostics))
}

#[track_caller]
fn seen(text: &str, code: &str) {
    let (record, said) = read(text);
    assert!(!record.intact, "nothing was seen in\n{text}");
    assert!(said.contains(code), "`{code}` is not said in\n{said}");
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_form_is_the_documented_one() {
    let text = append_events(
        "",
        &[Entry::new(EventKind::Proposed, "a@b", "Ada", "2026-01-05T09:00:00Z").detail("b", "2").detail("a", "1\n")],
    )
    .unwrap();
    // The hash was computed by `sha256sum` over the line without it.
    let body = r#"{"number":1,"recorded":"2026-01-05T09:00:00Z","effective":"2026-01-05","kind":"proposed","who":"Ada","role":"","subject":"a@b","content":"","details":{"a":"1\n","b":"2"},"previous":"0000000000000000000000000000000000000000000000000000000000000000""#;
    let hash = "2e4622df201092b10dc08464312ba9e93831166a84b3bd8da4c9827215aaec0b";
    assert_eq!(text, format!("{body},\"hash\":\"{hash}\"}}\n{{\"seal\":1,\"last\":\"{hash}\"}}\n"));
}

#[test]
fn what_is_written_is_read() {
    let text = sample();
    let (record, said) = read(&text);
    assert!(record.intact, "{said}");
    assert_eq!(said, "");
    assert_eq!(record.events.len(), 5);
    assert_eq!(record.events[4].detail("people"), Some("Ada, Bob"));
    assert_eq!(record.events[4].span.line, 5);
    assert_eq!(vauban_format::write_record(&record.events), text);
}

#[test]
fn appending_keeps_every_line_and_moves_the_seal() {
    let before = sample();
    let after = append_events(&before, &[entry(EventKind::Incident, "model", "2026-04-01T00:00:00Z")]).unwrap();
    assert_eq!(lines(&after)[..5], lines(&before)[..5]);
    assert_eq!(lines(&after).len(), 7);
    assert!(read(&after).0.intact);
}

#[test]
fn a_changed_word_is_named_with_its_event() {
    let text = sample().replacen(
        "architect\",\"subject\":\"threat@web\",\"content\":\"abab",
        "architect\",\"subject\":\"threat@api\",\"content\":\"abab",
        1,
    );
    let (_, said) = read(&text);
    assert!(
        said.contains(
            "event 2 (`approved` of `threat@api`) was altered: what it says was changed after it was written"
        ),
        "{said}"
    );
}

#[test]
fn a_changed_hash_is_told_from_a_changed_content() {
    let mut all = lines(&sample());
    let at = all[2].rfind("\"hash\":\"").unwrap() + 8;
    let digit = if all[2].as_bytes()[at] == b'0' { "1" } else { "0" };
    all[2].replace_range(at..=at, digit);
    let (_, said) = read(&joined(&all));
    assert!(said.contains("event 3 (`started` of `threat@web`) was altered: its `hash` was changed"), "{said}");
}

#[test]
fn an_event_rewritten_with_a_hash_of_its_own_is_not_bound() {
    // Somebody who knows the form rewrites event 2 and its hash, but not what follows.
    let (mut record, _) = read(&sample());
    record.events[1].who = "Mallory".into();
    record.events[1].hash = vauban_format::event_hash(&record.events[1]).into();
    seen(&vauban_format::write_record(&record.events), "event 3 is not bound to the event 2 that stands before it");
}

#[test]
fn deletions_are_seen_wherever_they_are() {
    let all = lines(&sample());
    for at in 0..all.len() {
        let mut fewer = all.clone();
        fewer.remove(at);
        let code = match at {
            5 => "record-seal-missing",
            4 => "the seal counts 5 events, and there are 4: 1 went missing",
            0 => "event 1 is missing",
            _ => "is missing",
        };
        seen(&joined(&fewer), code);
    }
    seen(&joined(&all[..3]), "record-seal-missing");
    seen("", "record-seal-missing");
    seen(&joined(&[all[0].clone(), all[4].clone(), all[5].clone()]), "events 2 to 4 are missing");
}

#[test]
fn moved_doubled_and_torn_lines_are_seen() {
    let all = lines(&sample());
    let mut swapped = all.clone();
    swapped.swap(1, 2);
    seen(&joined(&swapped), "event 2 stands behind event 3");
    let mut doubled = all.clone();
    doubled.insert(2, all[1].clone());
    seen(&joined(&doubled), "event 2 stands in the record twice");
    let mut sealed = all.clone();
    sealed.swap(4, 5);
    seen(&joined(&sealed), "the seal does not stand at the end");
    let text = sample();
    seen(text.trim_end(), "record-torn");
    seen(&text[..text.len() - 30], "record-torn");
    seen(&format!("{text}\n"), "line 7 of the record is empty");
}

#[test]
fn line_ends_and_conflicts_of_git_are_called_by_their_names() {
    let text = sample().replace('\n', "\r\n");
    let (record, said) = read(&text);
    assert!(!record.intact);
    assert!(said.contains(".gitattributes"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let mut one = lines(&sample());
    one[1].push('\r');
    seen(&joined(&one), "record-line-altered");
    let mut conflict = lines(&sample());
    conflict.insert(3, "<<<<<<< HEAD".to_owned());
    seen(&joined(&conflict), "record-conflict");
}

#[test]
fn broken_members_are_named() {
    let text = sample();
    for (from, to, what) in [
        ("\"proposed\"", "\"guessed\"", "`guessed`"),
        ("\"who\":", "\"whom\":", "did you mean `who`?"),
        ("2026-01-05T09:00:00Z", "2026-13-05T09:00:00Z", "is no moment"),
        ("\"effective\":\"2026-01-05\"", "\"effective\":\"yesterday\"", "is no day"),
        ("\"number\":1,", "\"number\":-1,", "lacks its `number`"),
        ("\"details\":{", "\"details\": {", "from column"),
        ("\"role\":\"architect\",", "\"role\":\"architect\",\"role\":\"architect\",", "from column"),
    ] {
        let (record, said) = read(&text.replacen(from, to, 1));
        assert!(!record.intact);
        assert!(said.contains(what), "{what}: {said}");
    }
}

#[test]
fn nothing_is_built_on_a_record_that_is_not_intact() {
    let text = sample().replacen("Ada", "Eve", 1);
    let more = [entry(EventKind::Incident, "model", "2026-04-01T00:00:00Z")];
    assert!(matches!(append_events(&text, &more), Err(RecordRefused::NotIntact(said)) if said.len() == 1));
    assert!(join_records(&sample(), &text, "2026-04-01T00:00:00Z", "Ada").is_err());
}

#[test]
fn entries_that_could_not_be_read_again_are_refused() {
    let good = entry(EventKind::Incident, "model", "2026-04-01T00:00:00Z");
    for unfit in [
        Entry { recorded: "2026-04-01".into(), ..good.clone() },
        Entry { effective: "soon".into(), ..good.clone() },
        Entry { who: " ".into(), ..good.clone() },
        Entry { subject: "".into(), ..good.clone() },
        Entry { content: "abc".into(), ..good.clone() },
    ] {
        assert!(matches!(append_events("", &[unfit]), Err(RecordRefused::Unfit(_))));
    }
}

#[test]
fn two_branches_join_and_join_again_to_the_same() {
    let base = sample();
    let ours = append_events(&base, &[entry(EventKind::Verified, "threat@web", "2026-04-01T00:00:00Z")]).unwrap();
    let theirs = append_events(
        &base,
        &[
            entry(EventKind::Proposed, "other@web", "2026-03-30T00:00:00Z"),
            entry(EventKind::Incident, "model", "2026-04-02T00:00:00Z"),
        ],
    )
    .unwrap();
    let once = join_records(&ours, &theirs, "2026-04-03T00:00:00Z", "Bob").unwrap();
    assert_eq!((once.added, once.shared), (2, 5));
    let (record, said) = read(&once.text);
    assert!(record.intact, "{said}");
    assert!(once.text.starts_with(ours.rsplit_once("{\"seal\"").unwrap().0), "our lines stay");
    let late = &record.events[6];
    assert_eq!(late.detail(ORIGINAL), Some(&*read(&theirs).0.events[5].hash));
    assert_eq!((&*late.effective, &*late.recorded), ("2026-03-30", "2026-04-03T00:00:00Z"));
    assert_eq!((late.first_recorded(), late.is_late()), ("2026-03-30T00:00:00Z", true));
    assert_eq!(late.detail("joined-by"), Some("Bob"));
    // The order in which things took effect is that of the days, not that of the joining.
    let order: Vec<&str> = record.in_effect(None, None).iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        order,
        ["proposed", "approved", "started", "implemented", "proposed", "review-closed", "verified", "incident"]
    );
    let twice = join_records(&once.text, &theirs, "2026-04-04T00:00:00Z", "Bob").unwrap();
    assert_eq!((twice.added, &twice.text), (0, &once.text));
    // The other side may do the same: nothing comes back as new.
    let back = join_records(&theirs, &once.text, "2026-04-04T00:00:00Z", "Ada").unwrap();
    assert_eq!(back.added, 1);
}

#[test]
fn a_corrected_event_has_no_effect() {
    let base = sample();
    let (record, _) = read(&base);
    let wrong = &record.events[3];
    let fixed = append_events(
        &base,
        &[entry(EventKind::Corrected, "threat@web", "2026-04-01T00:00:00Z").detail("corrects", &wrong.hash)],
    )
    .unwrap();
    let (record, _) = read(&fixed);
    assert!(record.intact);
    assert!(record.in_effect(None, None).iter().all(|event| event.kind != EventKind::Implemented));
}

#[test]
fn a_correction_names_an_event_that_is_there() {
    let base = sample();
    let correction = entry(EventKind::Corrected, "threat@web", "2026-04-01T00:00:00Z");
    for (said, why) in [
        (correction.clone().detail("corrects", "nope"), "no event with the hash `nope`"),
        (correction.detail("corrects", &"ab".repeat(32)), "no event with the hash"),
    ] {
        match append_events(&base, &[said]) {
            Err(RecordRefused::Unfit(what)) => assert!(what.contains(why), "{what}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_name_with_characters_that_show_nothing_is_refused() {
    for who in ["Ada\u{200b}", "Ada\u{1b}[2J", "A\u{ad}da", "Ada\u{202e}"] {
        let refused = append_events("", &[Entry::new(EventKind::Incident, "model", who, "2026-01-05T09:00:00Z")]);
        let Err(RecordRefused::Unfit(what)) = refused else { panic!("{who:?} was written down") };
        assert!(what.contains("shows nothing") && !what.contains('\u{1b}'), "{what}");
    }
}

#[test]
fn times_that_go_backwards_are_said_once() {
    let days = ["2026-03-01", "2026-01-05", "2026-01-06", "2026-02-01", "2026-03-02"];
    let entries = days.map(|day| entry(EventKind::Incident, "model", &format!("{day}T00:00:00Z")));
    let (record, said) = read(&append_events("", &entries).unwrap());
    assert!(record.intact);
    assert_eq!(said.matches("record-time-backwards").count(), 1, "{said}");
    assert!(said.contains("event 2 says it was recorded before event 1, and so do 2 more"), "{said}");
}

#[test]
fn kept_inputs_are_survived_and_intact_means_as_written() {
    let folder = format!("{}/../../fuzz/corpus/record", env!("CARGO_MANIFEST_DIR"));
    let mut intact = 0;
    let mut all = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()).into_owned();
        let (record, _) = read(&text);
        all += 1;
        if record.intact {
            intact += 1;
            assert_eq!(vauban_format::write_record(&record.events), text);
        }
    }
    assert_eq!((intact, all), (1, 3));
}

/// A record of random events.
fn records() -> impl Strategy<Value = String> {
    let name = "\\PC{1,12}".prop_filter("a name as people have them", |name| unfit_in_name(name).is_none());
    let event = (0usize..15, "[a-z]{1,6}(@[a-z]{1,4})?", name, "\\PC{0,20}", 0i64..4_000_000_000);
    prop::collection::vec(event, 1..8).prop_map(|events| {
        let entries: Vec<Entry> = events
            .into_iter()
            .map(|(kind, subject, who, reason, second)| {
                let who = format!("A{who}");
                let at = vauban_model::day::moment(second);
                Entry::new(EventKind::ALL[kind], &subject, &who, &at).detail("reason", &reason)
            })
            .collect();
        append_events("", &entries).unwrap()
    })
}

proptest! {
    #[test]
    fn every_record_reads_as_written(text in records()) {
        let (record, said) = read(&text);
        prop_assert!(record.intact, "{}", said);
        prop_assert_eq!(vauban_format::write_record(&record.events), text);
    }

    #[test]
    fn every_changed_byte_is_seen(text in records(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        let changed = String::from_utf8_lossy(&bytes).into_owned();
        let (record, said) = read(&changed);
        prop_assert!(!record.intact, "byte {} is now {}", at, byte);
        prop_assert!(!said.is_empty());
    }

    #[test]
    fn every_deleted_range_of_lines_is_seen(text in records(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let all = lines(&text);
        let (from, to) = (from.index(all.len()), to.index(all.len()));
        let mut fewer = all.clone();
        fewer.drain(from.min(to)..=from.max(to));
        prop_assert!(!read(&joined(&fewer)).0.intact);
    }

    #[test]
    fn every_swap_of_lines_is_seen(text in records(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let mut all = lines(&text);
        let (a, b) = (a.index(all.len()), b.index(all.len()));
        prop_assume!(all[a] != all[b]);
        all.swap(a, b);
        prop_assert!(!read(&joined(&all)).0.intact);
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}|(\\{[\"a-z:,0-9\\n]{0,80}\\}\n){0,4}") {
        let _ = read(&text);
    }

    #[test]
    fn joining_in_either_order_holds_all_events(base in records(), left in records(), right in records()) {
        let entries = |text: &str| -> Vec<Entry> {
            read(text).0.events.iter().map(|event| Entry {
                recorded: event.recorded.clone(),
                effective: event.effective.clone(),
                kind: event.kind,
                who: event.who.clone(),
                role: event.role.clone(),
                subject: event.subject.clone(),
                content: event.content.clone(),
                details: event.details.clone(),
            }).collect()
        };
        let left = append_events(&base, &entries(&left)).unwrap();
        let right = append_events(&base, &entries(&right)).unwrap();
        let origins = |text: &str| {
            let mut all: Vec<String> =
                read(text).0.events.iter().map(|e| e.detail(ORIGINAL).unwrap_or(&e.hash).to_owned()).collect();
            all.sort();
            all
        };
        let one = join_records(&left, &right, "2030-01-01T00:00:00Z", "Bob").unwrap();
        let other = join_records(&right, &left, "2030-01-01T00:00:00Z", "Bob").unwrap();
        prop_assert!(read(&one.text).0.intact);
        prop_assert_eq!(origins(&one.text), origins(&other.text));
    }
}
