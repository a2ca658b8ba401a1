//! Evidence for frameworks: what is there, who stood behind it, and that it is never more than that.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use vauban_analysis::compliance::{self, Basis};
use vauban_analysis::embedded::{self, ExtraFile};
use vauban_analysis::format::{InputFile, append_events, read_record};
use vauban_analysis::project::{Inputs, load};
use vauban_analysis::{Options, Session};
use vauban_model::FileId;
use vauban_model::coverage::{
    Applicable, Artefact, ArtefactState, ControlState, Freshness, Implemented, Shown, Standing,
};
use vauban_model::framework::Frameworks;
use vauban_model::record::{Entry, EventKind, Record};

use crate::laws_support::LIBRARY;

static FRAMEWORKS: LazyLock<Frameworks> = LazyLock::new(|| LIBRARY.frameworks().0);

/// A shop that limits requests at one of its two doors; our own page says which requirements that helps with.
const MODEL: &str = "vauban: 1
system: {name: Shop}
boundaries:
  internet: {kind: internet, trust: untrusted}
components:
  browser: {kind: external-entity, in: internet}
  shop: {kind: process, technology: web-application, controls: [rate-limiting]}
  back: {kind: process, technology: web-application, lacks: [rate-limiting]}
  db: {kind: data-store, technology: sql-database}
flows:
  browser -> shop: {protocol: https}
  browser -> back: {protocol: https}
  shop -> db: {protocol: https}
";

fn library_page() -> ExtraFile {
    let page = embedded::file("controls/rate-limiting.md").unwrap();
    let requirements = "requirements = [\"nist-800-53-r5:SC-5\", \"iso-27001-2022:A.8.6\", \"soc2-2017:A1.2\"]\non ";
    let text = page.replacen("on ", requirements, 1);
    ExtraFile { path: "controls/rate-limiting.md".into(), name: "ours/controls/rate-limiting.md".into(), text }
}

fn session(model: &str) -> Session {
    session_with(model, &[library_page()])
}

fn session_with(model: &str, pages: &[ExtraFile]) -> Session {
    let inputs = Inputs { model: "model.yaml".to_owned(), ..Inputs::default() };
    let mut read = |name: &str| match name {
        "model.yaml" => Ok(model.as_bytes().to_vec()),
        _ => Err("not there".to_owned()),
    };
    let project = load(&inputs, &mut read).unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    let options = Options { today: Some("2026-11-27".into()), ..Options::default() };
    Session::new(project, embedded::load(pages), options)
}

fn entry(kind: EventKind, subject: &str, day: &str) -> Entry {
    let entry = Entry::new(kind, subject, "Ada", &format!("{day}T09:00:00Z"));
    // What `vauban review close` writes down.
    let review = kind == EventKind::ReviewClosed;
    if review { entry.content(&"ab".repeat(32)).detail("people", "Ada, Grace") } else { entry }
}

fn record(entries: &[Entry]) -> Record {
    let text = append_events("", entries).expect("entries that can be written");
    let (record, problems) = read_record(&InputFile { id: FileId(0), name: "record", text: &text });
    assert!(record.intact, "{problems:?}");
    record
}

fn basis<'a>(session: &'a Session, record: &'a Record) -> Basis<'a> {
    let report = session.report();
    Basis { report, record, frameworks: &FRAMEWORKS, review_days: 365, model_hashes: &[], methodology_hashes: &[] }
}

fn state(session: &Session, entries: &[Entry], artefact: Artefact) -> ArtefactState {
    let record = record(entries);
    let found = compliance::artefacts(&basis(session, &record));
    found.into_iter().find(|state| state.artefact == artefact).unwrap()
}

#[test]
fn without_a_record_nobody_stood_behind_anything() {
    let session = session(MODEL);
    let states = compliance::artefacts(&basis(&session, &Record::default()));
    assert_eq!(states.len(), Artefact::ALL.len());
    for state in &states {
        assert_ne!(state.freshness, Freshness::Fresh, "{state:?}");
        assert!(!state.because.is_empty(), "{state:?}");
    }
    let coverage = compliance::coverage(&basis(&session, &Record::default()), FRAMEWORKS.find("soc2").unwrap(), "");
    assert_eq!(coverage.count(Standing::Evidenced), 0);
    assert_eq!(coverage.requirements.len(), 61);
}

#[test]
fn what_somebody_approved_is_fresh_until_it_is_old_changed_or_withdrawn() {
    use EventKind::{Approved, ModelChanged, ReviewClosed, Withdrawn};
    let session = session(MODEL);
    let of = |entries: &[Entry]| state(&session, entries, Artefact::ThreatModel).freshness;
    let approved = entry(Approved, "model", "2026-09-01").content(&"ab".repeat(32));
    assert_eq!(of(std::slice::from_ref(&approved)), Freshness::Fresh);
    assert_eq!(of(&[entry(Approved, "model", "2026-09-01")]), Freshness::Unconfirmed, "an approval of nothing");
    assert_eq!(of(&[entry(Approved, "model", "2025-09-01")]), Freshness::Stale);
    assert_eq!(
        of(&[entry(Approved, "model", "2026-12-24")]),
        Freshness::Unconfirmed,
        "not yet on the day of the answer"
    );
    let changed = entry(ModelChanged, "model", "2026-10-01");
    assert_eq!(of(&[approved.clone(), changed.clone()]), Freshness::Stale);
    assert_eq!(of(&[approved.clone(), changed.clone().detail("material", "no")]), Freshness::Fresh);
    assert_eq!(of(&[approved.clone(), entry(Withdrawn, "model", "2026-10-01")]), Freshness::Unconfirmed);
    let review = entry(ReviewClosed, "review:2026-Q4", "2026-10-05");
    assert_eq!(of(&[approved, changed, review]), Freshness::Fresh);
    let methodology = |approved: Entry| state(&session, &[approved], Artefact::Methodology);
    let bound = methodology(entry(Approved, "methodology", "2026-02-01").content(&"ab".repeat(32)));
    assert_eq!((bound.freshness, bound.as_of.as_deref()), (Freshness::Fresh, Some("2026-02-01")));
    let unbound = methodology(entry(Approved, "methodology", "2026-02-01"));
    assert_eq!(unbound.freshness, Freshness::Unconfirmed, "an approval of nothing");
}

#[test]
fn who_made_what_is_approved_does_not_approve_it() {
    use EventKind::{Approved, ModelChanged};
    let session = session(MODEL);
    for (subject, artefact) in [("model", Artefact::ThreatModel), ("methodology", Artefact::Methodology)] {
        let approved = || entry(Approved, subject, "2026-09-01").content(&"ab".repeat(32));
        let of = |entries: &[Entry]| state(&session, entries, artefact).freshness;
        assert_eq!(of(&[approved().role("CISO")]), Freshness::Fresh, "{subject}");
        for role in ["author", "Author", "co-author, architect"] {
            assert_eq!(of(&[approved().role(role)]), Freshness::Unconfirmed, "{subject} {role}");
        }
    }
    let approved = entry(Approved, "model", "2026-09-01").content(&"ab".repeat(32));
    let changed = entry(ModelChanged, "model", "2026-08-01");
    assert_eq!(state(&session, &[changed, approved], Artefact::ThreatModel).freshness, Freshness::Unconfirmed);
}

#[test]
fn a_statement_of_applicability_with_open_rows_carries_nothing_alone() {
    let session = session(MODEL);
    let review = entry(EventKind::ReviewClosed, "review:2026-Q3", "2026-08-03");
    let requirements = FRAMEWORKS.find("iso27001").unwrap();
    let artefact = Artefact::StatementOfApplicability;
    let found = state(&session, std::slice::from_ref(&review), artefact);
    assert_eq!(found.freshness, Freshness::Unconfirmed);
    assert!(found.because.starts_with("of 93 requirements, "), "{}", found.because);
    let decided = requirements.active().filter(|it| it.kind == requirements.statement).map(|it| {
        let subject = format!("iso-27001-2022:{}", it.id);
        entry(EventKind::Scoped, &subject, "2026-08-02").detail("scope", "in").detail("reason", "ours")
    });
    let all: Vec<Entry> = decided.chain([review]).collect();
    assert_eq!(state(&session, &all, artefact).freshness, Freshness::Fresh);
}

#[test]
fn a_review_of_nothing_or_by_nobody_makes_nothing_fresh() {
    let session = session(MODEL);
    let review = |people: &str| {
        Entry::new(EventKind::ReviewClosed, "review:2026-Q3", "Bob", "2026-09-01T09:00:00Z").detail("people", people)
    };
    let of = |entries: &[Entry], artefact| state(&session, entries, artefact).freshness;
    let hash = "ab".repeat(32);
    for hollow in [review(""), review("Ada"), review("").content(&hash), review(" , ").content(&hash)] {
        let entries = [hollow];
        assert_ne!(of(&entries, Artefact::ThreatModel), Freshness::Fresh, "{entries:?}");
        assert_eq!(of(&entries, Artefact::ReviewRecord), Freshness::Missing, "{entries:?}");
    }
    let began = Entry::new(EventKind::ReviewStarted, "review:2026-Q3", "Bob", "2026-08-30T09:00:00Z");
    let entries = [began.detail("people", "Ada, Bob"), review("").content(&hash)];
    assert_eq!(of(&entries, Artefact::ReviewRecord), Freshness::Fresh, "who took part was said when it began");
}

#[test]
fn a_change_on_the_day_of_the_approval_counts_when_it_was_written_down_later() {
    use EventKind::{Approved, ModelChanged};
    let session = session(MODEL);
    let of = |entries: &[Entry]| state(&session, entries, Artefact::ThreatModel).freshness;
    let approved = entry(Approved, "model", "2026-09-01").content(&"ab".repeat(32));
    let changed = entry(ModelChanged, "model", "2026-09-01");
    assert_eq!(of(&[approved.clone(), changed.clone()]), Freshness::Stale);
    // By somebody else: who changed it does not approve it.
    let approved = Entry { who: "Grace".into(), ..approved };
    assert_eq!(of(&[changed, approved]), Freshness::Fresh);
}

#[test]
fn what_was_reviewed_is_the_model_that_is_there() {
    use EventKind::{Approved, ModelChanged, ReviewClosed};
    let session = session(MODEL);
    let hashes = vauban_analysis::reviews::model_hashes(&session);
    let of = |entries: &[Entry]| {
        let record = record(entries);
        let basis = Basis { model_hashes: &hashes, ..basis(&session, &record) };
        let found = compliance::artefacts(&basis).into_iter().find(|state| state.artefact == Artefact::ThreatModel);
        found.unwrap().freshness
    };
    let other = "ab".repeat(32);
    for (kind, subject) in [(ReviewClosed, "review:2026-Q3"), (Approved, "model")] {
        let seen = |hash: &str| entry(kind, subject, "2026-09-01").content(hash);
        assert_eq!(of(&[seen(&hashes[0])]), Freshness::Fresh);
        assert_eq!(of(&[seen(&hashes[1])]), Freshness::Fresh, "the sum of the file itself");
        assert_eq!(of(&[seen(&other)]), Freshness::Stale);
        let changed = entry(ModelChanged, "model", "2026-09-02");
        assert_eq!(of(&[seen(&other), changed.clone().detail("material", "no")]), Freshness::Fresh);
        assert_eq!(of(&[seen(&other), changed.detail("material", "no").content(&other)]), Freshness::Stale);
    }
}

#[test]
fn a_record_that_was_tampered_with_is_no_evidence() {
    let session = session(MODEL);
    let record = Record { intact: false, ..record(&[entry(EventKind::Approved, "model", "2026-09-01")]) };
    let states = compliance::artefacts(&basis(&session, &record));
    let events = states.iter().find(|state| state.artefact == Artefact::EventRecord).unwrap();
    assert_eq!(events.freshness, Freshness::Missing);
}

#[test]
fn a_control_counts_as_verified_only_where_the_record_says_who_saw_it() {
    let session = session(MODEL);
    let states = |entries: &[Entry]| -> BTreeMap<String, ControlState> {
        let record = record(entries);
        let rows = compliance::matrix(&basis(&session, &record));
        let limits = rows.into_iter().filter(|row| &*row.control == "rate-limiting");
        limits.map(|row| (row.threat.to_string(), row.state)).collect()
    };
    let before = states(&[]);
    assert_eq!(before.get("unlimited-requests@shop"), Some(&ControlState::InPlace), "{before:?}");
    assert_eq!(before.get("unlimited-requests@back"), Some(&ControlState::Missing), "{before:?}");
    let seen = entry(EventKind::Verified, "control:rate-limiting@shop", "2026-09-01");
    let after = states(std::slice::from_ref(&seen));
    assert_eq!(after.get("unlimited-requests@shop"), Some(&ControlState::Verified));
    assert_eq!(after.get("unlimited-requests@back"), Some(&ControlState::Missing), "seen elsewhere is not seen here");
    let gone = entry(EventKind::Withdrawn, "control:rate-limiting@shop", "2026-10-01");
    assert_eq!(states(&[seen, gone]).get("unlimited-requests@shop"), Some(&ControlState::InPlace));
}

#[test]
fn a_word_is_no_evidence_and_what_the_model_denies_is_contradicted() {
    // What the model says, then what becomes of a control that somebody says they saw.
    let standing = |back: &str, evidence: &str| {
        let session = session(&MODEL.replace("lacks: [rate-limiting]", back));
        let seen = entry(EventKind::Verified, "control:quotas@back", "2026-09-01").detail("evidence", evidence);
        let record = record(&[seen]);
        let told = basis(&session, &record);
        let rows = compliance::matrix(&told);
        let row = rows.into_iter().find(|row| &*row.threat == "unlimited-requests@back" && &*row.control == "quotas");
        let coverage = compliance::coverage(&told, FRAMEWORKS.find("800-53").unwrap(), "");
        let count = coverage.requirements.iter().find(|row| &*row.requirement.id == "SC-6").unwrap().controls;
        let states = compliance::artefacts(&told);
        let record = states.into_iter().find(|state| state.artefact == Artefact::VerificationRecord).unwrap();
        (row.unwrap().state, count, record)
    };
    let unknown = "lacks: [rate-limiting]";
    let (state, count, record) = standing(unknown, "Ada says so");
    assert_eq!((state, count.verified), (ControlState::Stated, 0));
    assert!(count.stated > 0, "{count:?}");
    assert_eq!(record.freshness, Freshness::Missing, "{record:?}");
    assert!(record.because.contains("on a person's word alone"), "{record:?}");
    let (state, count, record) = standing(unknown, "load test, run 4711");
    assert_eq!((state, count.stated), (ControlState::Verified, 0));
    assert_ne!(record.freshness, Freshness::Missing, "{record:?}");
    let (state, count, record) = standing("lacks: [rate-limiting, quotas]", "load test, run 4711");
    assert_eq!((state, count.verified), (ControlState::Contradicted, 0));
    assert!(count.contradicted > 0, "{count:?}");
    assert!(record.because.contains("the model says that what was verified is not there"), "{record:?}");
    // What the model shows needs no document.
    assert_eq!(standing("lacks: [rate-limiting], controls: [quotas]", "Ada says so").0, ControlState::Verified);
}

#[test]
fn requirements_without_a_claim_rest_on_controls_that_name_them() {
    let session = session(MODEL);
    let nothing = Record::default();
    let basis = basis(&session, &nothing);
    let coverage = compliance::coverage(&basis, FRAMEWORKS.find("800-53").unwrap(), "");
    let row = |id: &str| coverage.requirements.iter().find(|row| &*row.requirement.id == id).unwrap();
    assert_eq!(row("SC-5").standing, Standing::Partly);
    assert!(row("SC-5").controls.in_place > 0 && row("SC-5").controls.open > 0, "{:?}", row("SC-5").controls);
    assert_eq!(row("PE-3").standing, Standing::NotClaimed);
    let low = compliance::coverage(&basis, FRAMEWORKS.find("800-53").unwrap(), "low");
    assert_eq!(low.requirements.len(), 149);
}

#[test]
fn mitigated_claims_need_a_control_in_place_and_not_only_a_model() {
    let session = session("vauban: 1\nsystem: {name: Shop}\ncomponents:\n  db: {kind: data-store}\n");
    let entries = [
        entry(EventKind::Approved, "model", "2026-09-01"),
        entry(EventKind::Approved, "methodology", "2026-09-01"),
        entry(EventKind::ReviewClosed, "review:2026-Q3", "2026-09-01"),
    ];
    let record = record(&entries);
    let coverage = compliance::coverage(&basis(&session, &record), FRAMEWORKS.find("soc2").unwrap(), "");
    let row = |id: &str| coverage.requirements.iter().find(|row| &*row.requirement.id == id).unwrap();
    assert_eq!(row("CC6.1").standing, Standing::NoEvidence);
    assert_eq!(row("CC6.2").standing, Standing::NotClaimed);
    assert_eq!(row("CC3.4").standing, Standing::Evidenced, "{:?}", row("CC3.4").gaps);
}

#[test]
fn where_no_control_names_a_framework_those_of_an_overlapping_one_count_in_part() {
    let session = session_with(MODEL, &[]);
    let seen = [entry(EventKind::Verified, "control:rate-limiting@shop", "2026-09-01")];
    let record = record(&seen);
    let told = basis(&session, &record);
    let row = |framework: &str, id: &str| {
        let coverage = compliance::coverage(&told, FRAMEWORKS.find(framework).unwrap(), "");
        coverage.requirements.iter().find(|row| &*row.requirement.id == id).cloned().unwrap()
    };
    // SOC 2: by what the claim says, and named as a reading.
    let availability = row("soc2", "A1.2");
    assert_eq!(availability.standing, Standing::Partly);
    assert!(availability.controls.verified > 0, "{:?}", availability.controls);
    let first = availability.gaps.first().unwrap();
    assert!(first.contains("SC-5, SC-6 of NIST SP 800-53, which") && first.contains("our reading of both"), "{first}");
    // HIPAA: by the crosswalk of its publisher.
    let shop = session_with(include_str!("../../../../examples/web-shop/model.yaml"), &[]);
    let nothing = Record::default();
    let hipaa = compliance::coverage(&basis(&shop, &nothing), FRAMEWORKS.find("hipaa").unwrap(), "");
    let by_crosswalk: Vec<_> =
        hipaa.requirements.iter().filter(|row| row.gaps.iter().any(|gap| gap.contains("SP 800-66"))).collect();
    assert!(!by_crosswalk.is_empty());
    assert!(by_crosswalk.iter().all(|row| row.standing != Standing::Evidenced));
}

#[test]
fn more_evidence_never_makes_a_requirement_stand_worse() {
    let session = session(MODEL);
    let steps = [
        entry(EventKind::Approved, "methodology", "2026-08-01"),
        entry(EventKind::Approved, "model", "2026-08-02"),
        entry(EventKind::ReviewClosed, "review:2026-Q3", "2026-08-03"),
        entry(EventKind::Verified, "control:rate-limiting@shop", "2026-08-04"),
    ];
    for framework in &FRAMEWORKS.frameworks {
        let mut before: Option<Vec<Standing>> = None;
        for count in 0..=steps.len() {
            let record = record(&steps[..count]);
            let coverage = compliance::coverage(&basis(&session, &record), framework, "");
            let now: Vec<Standing> = coverage.requirements.iter().map(|row| row.standing).collect();
            for (at, (old, new)) in before.iter().flatten().zip(&now).enumerate() {
                let id = &coverage.requirements[at].requirement.id;
                assert!(new <= old, "{}:{id} went from {old:?} to {new:?} with {count} events", framework.id);
            }
            before = Some(now);
        }
    }
}

#[test]
fn a_statement_of_applicability_says_what_threats_and_people_say_and_no_more() {
    let session = session(MODEL);
    let left_out = entry(EventKind::Scoped, "iso-27001-2022:A.7.4", "2026-09-01")
        .detail("scope", "out")
        .detail("reason", "no buildings of our own");
    let record = record(&[left_out]);
    let rows = compliance::applicability(&basis(&session, &record), FRAMEWORKS.find("iso27001").unwrap());
    assert_eq!(rows.len(), 93);
    let row = |id: &str| rows.iter().find(|row| &*row.requirement.id == id).unwrap();
    assert_eq!((row("A.8.6").applicable, row("A.8.6").implemented), (Applicable::Yes, Implemented::Partly));
    // Capacity: what the threats of this model call for and whose pages name the row, among it the one that is in place.
    let controls: Vec<&str> = row("A.8.6").controls.iter().map(|it| &**it).collect();
    assert!(controls.contains(&"rate-limiting") && controls.contains(&"quotas"), "{controls:?}");
    assert!(!controls.contains(&"upload-validation"), "{controls:?}");
    assert_eq!((row("A.7.4").applicable, row("A.7.4").implemented), (Applicable::No, Implemented::NotAssessed));
    assert!(row("A.7.4").justification.contains("no buildings of our own"), "{}", row("A.7.4").justification);
    assert_eq!(row("A.6.1").applicable, Applicable::NotAssessed);
    assert!(compliance::applicability(&basis(&session, &record), FRAMEWORKS.find("soc2").unwrap()).is_empty());
}

#[test]
fn maturity_is_what_records_show() {
    let session = session(MODEL);
    let rows = |entries: &[Entry]| -> BTreeMap<String, vauban_model::coverage::MaturityRow> {
        let record = record(entries);
        let rows = compliance::maturity(&basis(&session, &record));
        rows.into_iter().map(|row| (row.activity.id.to_string(), row)).collect()
    };
    let before = rows(&[]);
    assert!(before.values().all(|row| row.shown != Shown::Yes), "{before:?}");
    assert_eq!(before["AA3.1"].shown, Shown::NotVisible);
    let once = [
        entry(EventKind::Approved, "methodology", "2026-08-01").content(&"ab".repeat(32)),
        entry(EventKind::Approved, "model", "2026-08-02"),
        entry(EventKind::ReviewClosed, "review:2026-Q3", "2026-08-03"),
        entry(EventKind::Verified, "control:rate-limiting@shop", "2026-08-04"),
    ];
    let after = rows(&once);
    // No activity is called shown where something of it is in no record.
    assert!(after.values().all(|row| row.shown != Shown::Yes || row.activity.beyond.is_empty()), "{after:?}");
    let basic = &after["D-TA-1-B"];
    assert_eq!(basic.shown, Shown::Partly);
    assert!(basic.records.contains("threat model: ") && basic.records.contains("by Ada, 2026-08-0"), "{basic:?}");
    assert!(!basic.activity.beyond.is_empty());
    // One review is not periodic, and a record of events is no intelligence.
    assert_eq!((after["D-TA-3-A"].shown, after["AM1.5"].shown), (Shown::No, Shown::No));
    assert!(after["D-TA-3-A"].missing.contains("fewer than two closed reviews"), "{:?}", after["D-TA-3-A"]);
    let more = [
        entry(EventKind::ReviewClosed, "review:2026-Q4", "2026-11-03"),
        entry(EventKind::Intelligence, "model", "2026-11-04"),
    ];
    let later = rows(&once.into_iter().chain(more).collect::<Vec<_>>());
    assert_eq!((later["D-TA-3-A"].shown, later["AM1.5"].shown), (Shown::Partly, Shown::Partly));
    assert_eq!(later["AA3.1"].shown, Shown::NotVisible);
}

#[test]
fn what_a_statement_calls_implemented_says_whether_anybody_saw_it() {
    let session = session(MODEL);
    let row = |entries: &[Entry], id: &str| {
        let record = record(entries);
        let framework = FRAMEWORKS.find("iso-27001-2022").unwrap();
        let rows = compliance::applicability(&basis(&session, &record), framework);
        rows.into_iter().find(|row| &*row.requirement.id == id).unwrap()
    };
    let before = row(&[], "A.8.6");
    assert!(before.implemented == Implemented::Partly, "{before:?}");
    assert!(before.justification.ends_with("; 1 control is in place by the model's word, not verified"), "{before:?}");
    let seen = row(&[entry(EventKind::Verified, "control:rate-limiting@shop", "2026-11-01")], "A.8.6");
    assert!(!seen.justification.contains("not verified"), "{seen:?}");
}

#[test]
fn a_model_with_nothing_in_it_has_nothing_to_show_for_treatment() {
    let session = session("vauban: 1\nsystem: {name: Shop}\n");
    let plan = state(&session, &[], Artefact::TreatmentPlan);
    assert_eq!((plan.freshness, &*plan.because), (Freshness::Missing, "the model has no components"));
}

#[test]
fn a_decision_about_a_threat_is_no_approval_of_figures() {
    let session = session(MODEL);
    let approved = [entry(EventKind::Approved, "unlimited-requests@back", "2026-11-01")];
    for artefact in [Artefact::Metrics, Artefact::EventRecord] {
        let state = state(&session, &approved, artefact);
        assert_eq!((state.freshness, &*state.because), (Freshness::Fresh, "last event by Ada, 2026-11-01 (event 1)"));
    }
}

#[test]
fn an_approval_of_a_methodology_holds_for_the_one_that_it_names() {
    let session = session(MODEL);
    let hashes = vauban_analysis::reviews::methodology_hashes(&session);
    let state = |content: &str| {
        let record = record(&[entry(EventKind::Approved, "methodology", "2026-09-01").content(content)]);
        let basis = Basis { methodology_hashes: &hashes, ..basis(&session, &record) };
        let states = compliance::artefacts(&basis);
        states.into_iter().find(|state| state.artefact == Artefact::Methodology).unwrap()
    };
    assert_eq!(state(&hashes[0]).freshness, Freshness::Fresh);
    let other = state(&"ab".repeat(32));
    assert_eq!(other.freshness, Freshness::Stale);
    assert!(other.because.ends_with("of another methodology than the one in force"), "{other:?}");
}

/// Where only what opens something else is drawn, nobody has said what is at stake elsewhere.
#[test]
fn data_of_several_kinds_is_more_than_what_opens_something_else() {
    let impact = |kinds: &str| {
        let data = format!("data:\n  orders: {{kinds: [{kinds}], classification: confidential}}\n");
        let session = session(&format!("{MODEL}{data}"));
        let findings = &session.analysis.findings;
        let found = findings.iter().find(|finding| &*finding.id == "unlimited-requests@back").unwrap();
        found.current.because.iter().any(|reason| reason.contains("Nobody said what is at stake there"))
    };
    assert!(impact("credentials") && impact("credentials, key-material"));
    assert!(!impact("credentials, personal") && !impact("personal"));
}

/// Fresh artefacts say nothing about suppliers, changes or independence where there are none.
#[test]
fn a_requirement_needs_something_of_its_own_subject() {
    let standing = |model: &str, entries: &[Entry], framework: &str, id: &str| {
        let session = session(model);
        let record = record(entries);
        let coverage = compliance::coverage(&basis(&session, &record), FRAMEWORKS.find(framework).unwrap(), "");
        coverage.requirements.iter().find(|row| &*row.requirement.id == id).unwrap().standing
    };
    let review = || entry(EventKind::ReviewClosed, "review:2026-Q3", "2026-09-01");
    let reviewed = [review()];
    let parties = format!("{MODEL}third_parties:\n  payments: {{name: Payments, provides: cards}}\n");
    for (framework, id) in [("soc2", "CC9.2"), ("iso27001", "A.5.19"), ("iso27001", "A.5.21")] {
        assert_eq!(standing(MODEL, &reviewed, framework, id), Standing::NoEvidence, "{id}");
        assert_eq!(standing(&parties, &reviewed, framework, id), Standing::Evidenced, "{id}");
    }
    let nothing = [review().detail("changes", "0").detail("new-threats", "0")];
    let changed = [review().detail("changes", "2")];
    for (framework, id) in [("soc2", "CC8.1"), ("800-53", "CM-4")] {
        assert_eq!(standing(MODEL, &nothing, framework, id), Standing::NoEvidence, "{id}");
        assert_eq!(standing(MODEL, &changed, framework, id), Standing::Evidenced, "{id}");
    }
    let independent = [review().detail("independent", "yes")];
    let by_author = [entry(EventKind::Proposed, "a@b", "2026-08-01"), review().detail("independent", "yes")];
    assert_eq!(standing(MODEL, &reviewed, "iso27001", "A.5.35"), Standing::NoEvidence);
    assert_eq!(standing(MODEL, &by_author, "iso27001", "A.5.35"), Standing::NoEvidence, "Ada proposed and reviewed");
    assert_eq!(standing(MODEL, &independent, "iso27001", "A.5.35"), Standing::Evidenced);
}

/// A decision plans the controls that it names; a document shows those, and no others.
#[test]
fn a_matrix_says_of_each_control_what_its_decision_says_of_it() {
    use EventKind::{Approved, Implemented, Proposed, Verified};
    let finding = "unlimited-requests@back";
    let by = |who: &str, kind, day: &str| {
        Entry::new(kind, finding, who, &format!("{day}T09:00:00Z"))
            .detail("system", "Shop")
            .detail("treatment", "mitigate")
    };
    let states = |entries: &[Entry]| -> BTreeMap<String, ControlState> {
        let mut session = session(MODEL);
        let decision = vauban_model::finding::Decision {
            threat: finding.into(),
            treatment: vauban_model::finding::Treatment::Mitigate,
            reason: "Limit.".into(),
            owner: "Ada".into(),
            approver: "Grace".into(),
            until: None,
            ticket: None,
            decided: None,
            span: vauban_model::Span::new(FileId(0), 1, 1, 0),
        };
        let parts = vauban_analysis::treatments::content(&session, finding, &decision).unwrap();
        let hash = vauban_analysis::treatments::content_hash(&parts);
        let bound = |entry: &Entry| if entry.kind == Approved { entry.clone().content(&hash) } else { entry.clone() };
        let written = record(&entries.iter().map(bound).collect::<Vec<Entry>>());
        session.project.record = Some(written.clone());
        session.project.decisions = vec![decision];
        let session = Session::new(session.project, session.library, session.options);
        let rows = compliance::matrix(&basis(&session, &written));
        let of_it = rows.into_iter().filter(|row| &*row.threat == finding);
        of_it.map(|row| (row.control.to_string(), row.state)).collect()
    };
    let proposed = by("Ada", Proposed, "2026-08-01").detail("controls", "quotas").detail("reason", "Limit.");
    let approved = by("Grace", Approved, "2026-08-02");
    let planned = states(&[proposed.clone(), approved.clone()]);
    assert!(planned.len() > 2, "{planned:?}");
    for (control, state) in &planned {
        assert_eq!(*state == ControlState::Planned, control == "quotas", "{control}: {state:?}");
    }
    let done = [
        proposed,
        approved,
        by("Ada", Implemented, "2026-08-03"),
        by("Grace", Verified, "2026-08-04").detail("evidence", "test report 4"),
    ];
    for (control, state) in states(&done) {
        assert_eq!(state == ControlState::Verified, control == "quotas", "{control}: {state:?}");
    }
}

/// A team brought threats along: silence of the library is no clean bill, and what is not rated is not within the tolerance.
#[test]
fn silence_about_a_model_with_open_recorded_threats_or_questions_is_not_nothing_to_show() {
    const BROUGHT: &str = "vauban: 1
system: {name: Shop}
components:
  box: {name: Box}
threats:
  theft: {title: Theft, about: [box], severity: high}
  fire: {title: Fire, about: [box]}
  flood: {title: Flood, about: [box], severity: low, status: mitigated}
";
    let quiet = [Artefact::AttackPaths, Artefact::RiskRegister, Artefact::VulnerabilityAssessment];
    let brought = session(BROUGHT);
    for artefact in quiet {
        let found = state(&brought, &[], artefact);
        assert_eq!(found.freshness, Freshness::Unconfirmed, "{found:?}");
        assert!(found.because.contains("2 of 3 recorded threats are open, 1 high"), "{found:?}");
    }
    let plan = state(&brought, &[], Artefact::TreatmentPlan);
    assert_eq!(plan.freshness, Freshness::Missing, "{plan:?}");
    assert!(plan.because.starts_with("2 risks above tolerance (2 recorded in the model"), "{plan:?}");
    // Without them the questions are left, of which each may reveal something.
    let (alone, _) = BROUGHT.split_once("threats:").expect("threats");
    let asks = session(alone);
    assert!(asks.analysis.questions_total > 0);
    for artefact in quiet.into_iter().chain([Artefact::TreatmentPlan]) {
        let found = state(&asks, &[], artefact);
        assert_eq!(found.freshness, Freshness::Unconfirmed, "{found:?}");
        assert!(found.because.contains(" open; computed from the model"), "{found:?}");
    }
}
