//! What of a record counts: nothing is approved, in force or carried out that nobody approved.

use vauban_model::finding::{Decision, Treatment};
use vauban_model::record::{Event, EventKind, Record};
use vauban_model::treatment::{Stage, TreatmentOf};
use vauban_model::{FileId, Span};
use vauban_risk::treatments::{Known, authors, decisions_on, held, treatments};

const FINDING: &str = "threat@web";
const CONTENT: &str = "abababababababababababababababababababababababababababababababab";

/// A record from kinds, people and days; its hashes are its numbers.
struct Written(Vec<Event>);

impl Written {
    fn new() -> Self {
        Written(Vec::new())
    }

    fn and(mut self, kind: EventKind, who: &str, day: &str) -> Self {
        let number = u64::try_from(self.0.len()).unwrap() + 1;
        self.0.push(Event {
            number,
            recorded: format!("{day}T00:00:00Z").into(),
            effective: day.into(),
            kind,
            who: who.into(),
            role: "".into(),
            subject: FINDING.into(),
            content: if kind == EventKind::Approved { CONTENT.into() } else { "".into() },
            details: Vec::new(),
            previous: "".into(),
            hash: format!("hash {number}").into(),
            span: span(),
        });
        self
    }

    /// An event that calls another one, by its number, void.
    fn corrected(self, number: u64, day: &str) -> Self {
        let mut out = self.and(EventKind::Corrected, "Carol", day);
        let last = out.0.last_mut().unwrap();
        last.details = vec![("corrects".into(), format!("hash {number}").into())];
        out
    }

    fn record(self) -> Record {
        Record { events: self.0, intact: true }
    }
}

fn span() -> Span {
    Span::new(FileId(0), 1, 1, 0)
}

fn decision(treatment: Treatment) -> Decision {
    Decision {
        threat: FINDING.into(),
        treatment,
        reason: "Few callers.".into(),
        owner: "Ada".into(),
        approver: "Bob".into(),
        until: Some("2030-06-30".into()),
        ticket: None,
        decided: None,
        span: span(),
    }
}

fn treated(record: &Record, treatment: Treatment, today: &str) -> TreatmentOf {
    treated_as(record, &[decision(treatment)], today)
}

fn treated_as(record: &Record, decisions: &[Decision], today: &str) -> TreatmentOf {
    let content = |_: &_, _: &_| Vec::new();
    let recorded_content = |_: &_, _: &_| Vec::new();
    let known = Known {
        system: "Shop",
        findings: &[],
        recorded: &[],
        mitigated: &[],
        threats: &[],
        decisions,
        record: Some(record),
        today: Some(today),
        content: &content,
        recorded_content: &recorded_content,
    };
    treatments(&known).into_iter().next().expect("it is on record")
}

fn stage(written: Written, treatment: Treatment, today: &str) -> Stage {
    treated(&written.record(), treatment, today).stage
}

#[test]
fn only_somebody_else_approves_however_the_name_is_written() {
    use EventKind::{Approved, Proposed};
    for own in ["Ada", " ADA ", "a d a", "Ada\u{200b}", "A\u{ad}da"] {
        let written = Written::new().and(Proposed, "Ada", "2030-01-01").and(Approved, own, "2030-01-02");
        assert_eq!(stage(written, Treatment::Accept, "2030-02-01"), Stage::Proposed, "{own:?}");
    }
    let other = || Written::new().and(Proposed, "Ada", "2030-01-01").and(Approved, "Bob", "2030-01-02");
    assert_eq!(stage(other(), Treatment::Accept, "2030-02-01"), Stage::Approved);
    // What a file says beside it makes no approval of a proposal.
    let proposed = || Written::new().and(Proposed, "Ada", "2030-01-01");
    for treatment in [Treatment::Accept, Treatment::Mitigate, Treatment::Avoid] {
        assert_eq!(stage(proposed(), treatment, "2030-02-01"), Stage::Proposed, "{treatment:?}");
    }
}

#[test]
fn a_correction_does_not_take_authorship_away() {
    use EventKind::{Approved, Proposed};
    let written = || {
        Written::new().and(Proposed, "Bob", "2030-01-01").and(Proposed, "Ada", "2030-01-02").corrected(2, "2030-01-03")
    };
    let record = written().record();
    let mut who = authors(&record, "Shop", FINDING, None);
    who.sort_unstable();
    assert_eq!(who, ["Ada", "Bob"]);
    let ada = written().and(Approved, "Ada", "2030-01-04");
    assert_eq!(stage(ada, Treatment::Accept, "2030-02-01"), Stage::Proposed);
    let carol = written().and(Approved, "Carol", "2030-01-04");
    assert_eq!(stage(carol, Treatment::Accept, "2030-02-01"), Stage::Approved);
}

#[test]
fn what_was_turned_down_or_taken_back_is_proposed_anew_before_it_is_approved() {
    use EventKind::{Approved, Proposed, Rejected, Withdrawn};
    for (end, after) in [(Rejected, Stage::Rejected), (Withdrawn, Stage::Withdrawn)] {
        let approved = || Written::new().and(Proposed, "Ada", "2030-01-01").and(Approved, "Bob", "2030-01-02");
        let ended = || approved().and(end, "Bob", "2030-01-03");
        assert_eq!(stage(ended(), Treatment::Accept, "2030-02-01"), after);
        let again = ended().and(Approved, "Bob", "2030-01-04");
        assert_eq!(stage(again, Treatment::Accept, "2030-02-01"), after, "approved without a proposal");
        // Calling the end void does not revive the approval: somebody approves it again.
        let void = || ended().corrected(3, "2030-01-05");
        assert_eq!(stage(void(), Treatment::Accept, "2030-02-01"), Stage::Proposed);
        assert_eq!(stage(void(), Treatment::Accept, "2030-01-04"), after, "the correction does not hold yet");
        let anew = void().and(Approved, "Bob", "2030-01-06");
        assert_eq!(stage(anew, Treatment::Accept, "2030-02-01"), Stage::Approved);
    }
}

#[test]
fn who_approved_the_decision_before_has_not_approved_the_proposal_after_it() {
    use EventKind::{Approved, Proposed};
    let approved = || Written::new().and(Proposed, "Ada", "2030-01-01").and(Approved, "Bob", "2030-01-02");
    let before = treated(&approved().record(), Treatment::Accept, "2030-02-01");
    assert_eq!((&*before.approver, before.decided.as_deref()), ("Bob", Some("2030-01-02")));
    let anew = treated(&approved().and(Proposed, "Ada", "2030-01-20").record(), Treatment::Accept, "2030-02-01");
    assert_eq!((anew.stage, &*anew.approver, anew.decided.as_deref()), (Stage::Proposed, "", None));
}

#[test]
fn a_correction_that_was_called_void_does_not_hold() {
    use EventKind::{Approved, Proposed};
    let written = || {
        let approved = Written::new().and(Proposed, "Ada", "2030-01-01").and(Approved, "Bob", "2030-01-02");
        approved.corrected(2, "2030-01-03")
    };
    assert_eq!(stage(written(), Treatment::Accept, "2030-02-01"), Stage::Proposed);
    assert_eq!(stage(written(), Treatment::Accept, "2030-01-02"), Stage::Approved);
    assert_eq!(stage(written().corrected(3, "2030-01-04"), Treatment::Accept, "2030-02-01"), Stage::Approved);
}

#[test]
fn an_acceptance_ends_with_its_day_and_is_never_carried_out() {
    use EventKind::{Approved, Implemented, Proposed, Started, Verified};
    let written = || {
        let approved = Written::new().and(Proposed, "Ada", "2030-01-01").and(Approved, "Bob", "2030-01-02");
        approved.and(Started, "Ada", "2030-01-03").and(Implemented, "Ada", "2030-01-04").and(
            Verified,
            "Bob",
            "2030-01-05",
        )
    };
    for treatment in [Treatment::Accept, Treatment::FalsePositive] {
        assert_eq!(stage(written(), treatment, "2030-02-01"), Stage::Approved);
        assert_eq!(stage(written(), treatment, "2030-07-01"), Stage::Expired);
    }
    assert_eq!(stage(written(), Treatment::Transfer, "2030-07-01"), Stage::Expired);
    // A person's word keeps nothing beyond its day; what something shows is there.
    assert_eq!(stage(written(), Treatment::Mitigate, "2030-02-01"), Stage::Stated);
    assert_eq!(stage(written(), Treatment::Mitigate, "2030-07-01"), Stage::Expired);
    let mut shown = written();
    shown.0.last_mut().unwrap().details = vec![("evidence".into(), "test report 7".into())];
    assert_eq!(stage(shown, Treatment::Mitigate, "2030-07-01"), Stage::Verified);
}

#[test]
fn an_approval_of_no_content_and_one_in_a_broken_record_bind_nothing() {
    use EventKind::{Approved, Proposed};
    let mut record = Written::new().and(Proposed, "Ada", "2030-01-01").and(Approved, "Bob", "2030-01-02").record();
    record.events[1].content = "".into();
    let it = treated(&record, Treatment::Accept, "2030-02-01");
    assert_eq!(it.stage, Stage::Lapsed);
    assert!(it.changed.iter().any(|why| why.contains("names no content")), "{:?}", it.changed);
    record.events[1].content = CONTENT.into();
    assert_eq!(treated(&record, Treatment::Accept, "2030-02-01").stage, Stage::Approved);
    record.intact = false;
    assert!(record.in_effect(None, None).is_empty() && record.history(None, None).is_empty());
}

/// A proposal to accept, with its words.
fn proposal(written: Written, who: &str, day: &str, reason: &str, until: &str) -> Written {
    let mut out = written.and(EventKind::Proposed, who, day);
    let details = [("owner", who), ("reason", reason), ("treatment", "accept"), ("until", until)];
    out.0.last_mut().unwrap().details = details.map(|(name, value)| (name.into(), value.into())).to_vec();
    out
}

#[test]
fn a_day_has_the_decisions_of_that_day() {
    use EventKind::{Approved, Withdrawn};
    let written =
        proposal(Written::new(), "Ada", "2030-01-01", "first", "2030-03-31").and(Approved, "Bob", "2030-01-02");
    let written = proposal(written, "Ada", "2030-05-01", "second", "2030-12-31").and(Approved, "Carol", "2030-05-02");
    let record = written.and(Withdrawn, "Ada", "2030-08-01").record();
    let file = [Decision { reason: "second".into(), approver: "Carol".into(), ..decision(Treatment::Accept) }];
    let on = |day: &str| {
        let all = decisions_on(&file, Some(&record), "Shop", Some(day));
        all.iter().map(|it| format!("{} by {}", it.reason, it.approver)).collect::<Vec<_>>()
    };
    assert_eq!(on("2029-12-31"), [""; 0]);
    assert_eq!(on("2030-01-01"), [""; 0], "proposed is not decided");
    assert_eq!(on("2030-02-01"), ["first by Bob"]);
    assert_eq!(on("2030-05-01"), [""; 0], "what was proposed anew waits");
    assert_eq!(on("2030-06-01"), ["second by Carol"]);
    // From the last event on the file is right; one that only a file knows always is.
    assert_eq!(on("2030-08-01"), ["second by Carol"]);
    let others = [Decision { threat: "other@web".into(), ..decision(Treatment::Accept) }];
    assert_eq!(decisions_on(&others, Some(&record), "Shop", Some("2030-02-01")).len(), 2);
    assert_eq!(decisions_on(&file, None, "Shop", Some("2029-12-31")), file);
    let times: Vec<_> = held(&record, "Shop", "2030-09-01")
        .into_iter()
        .map(|it| (it.reason.to_string(), it.from.to_string(), it.to.unwrap_or_default().to_string(), it.ended))
        .collect();
    let time = |reason: &str, from: &str, to: &str, ended| (reason.to_owned(), from.to_owned(), to.to_owned(), ended);
    assert_eq!(
        times,
        [time("first", "2030-01-02", "2030-03-31", "expired"), time("second", "2030-05-02", "2030-08-01", "withdrawn")]
    );
}

/// A branch on which an acceptance was proposed and approved, joined with one on which something else was proposed between.
fn joined(content: &str) -> Record {
    use EventKind::{Approved, Proposed};
    let mut written = proposal(Written::new(), "Eve", "2030-02-01", "few callers", "2030-09-30");
    written.0.last_mut().unwrap().content = CONTENT.into();
    let mut written = written.and(Proposed, "Dan", "2030-02-02");
    let last = written.0.last_mut().unwrap();
    last.content = "cd".repeat(32).into();
    last.details = [("owner", "Dan"), ("reason", "draw it"), ("treatment", "mitigate")]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec();
    let mut written = written.and(Approved, "Bob", "2030-02-03");
    let last = written.0.last_mut().unwrap();
    last.content = content.into();
    let bound = [("bound.reason", "few callers"), ("bound.treatment", "accept"), ("bound.until", "2030-09-30")];
    last.details = bound.map(|(name, value)| (name.into(), value.into())).to_vec();
    written.record()
}

#[test]
fn an_approval_is_of_the_proposal_whose_content_it_carries_not_of_one_that_came_between() {
    // The second content: the model had changed when it was approved, and its words tell what was meant.
    for content in [CONTENT, "efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef"] {
        let record = joined(content);
        let of = |treatment, reason: &str, until: Option<&str>| {
            let decision = Decision {
                reason: reason.into(),
                until: until.map(Into::into),
                owner: "".into(),
                approver: "".into(),
                ..decision(treatment)
            };
            treated_as(&record, &[decision], "2030-03-01")
        };
        let mitigate = of(Treatment::Mitigate, "draw it", None);
        assert_eq!((mitigate.stage, &*mitigate.approver), (Stage::Proposed, ""), "nobody approved it");
        let accept = of(Treatment::Accept, "few callers", Some("2030-09-30"));
        assert_eq!((accept.stage, &*accept.approver), (Stage::Approved, "Bob"));
        assert_eq!(treated_as(&record, &[], "2030-03-01").stage, Stage::Proposed);
        let held = held(&record, "Shop", "2030-03-01");
        let told: Vec<_> = held.iter().map(|it| (it.treatment, &*it.reason, &*it.owner, &*it.approver)).collect();
        assert_eq!(told, [(Treatment::Accept, "few callers", "Eve", "Bob")]);
    }
    // Who proposed the one may approve the other, and not their own.
    for (who, stage) in [("Dan", Stage::Approved), ("Eve", Stage::Proposed)] {
        let mut record = joined(CONTENT);
        record.events.last_mut().unwrap().who = who.into();
        let decisions = [Decision { reason: "few callers".into(), ..decision(Treatment::Accept) }];
        assert_eq!(treated_as(&record, &decisions, "2030-03-01").stage, stage, "{who}");
    }
}

#[test]
fn what_is_taken_back_is_the_proposal_of_that_treatment() {
    let mut record = joined(CONTENT);
    let mut withdrawn = record.events[2].clone();
    withdrawn.kind = EventKind::Withdrawn;
    withdrawn.content = "".into();
    withdrawn.details = vec![("treatment".into(), "accept".into())];
    record.events[2] = withdrawn;
    let decisions = [Decision { reason: "draw it".into(), until: None, ..decision(Treatment::Mitigate) }];
    assert_eq!(treated_as(&record, &decisions, "2030-03-01").stage, Stage::Proposed);
}
