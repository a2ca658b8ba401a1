//! Laws of findings, scores, questions and decisions on random models.

use std::collections::{BTreeMap, BTreeSet};

use vauban_analysis::export::json;
use vauban_model::finding::{Decision, Finding, Status, Treatment};
use vauban_model::model::{ElementRef, Fact, Origin, Value, enumeration_of};
use vauban_model::report::Analysis;
use vauban_model::vocabulary::{Domain, FactId, FactType};

use crate::laws_oracle::World;
use crate::laws_support::{Dice, HERE, LIBRARY, analysed, control, session, some_control, some_model};

const CASES: u64 = 60;

fn by_id(analysis: &Analysis) -> BTreeMap<&str, &Finding> {
    analysis.findings.iter().map(|finding| (&*finding.id, finding)).collect()
}

/// Everything that is said about a model, as text.
fn told(seed: u64) -> String {
    let session = session(&some_model(seed));
    serde_json::to_string(&json::check(&session.report())).unwrap()
}

#[test]
fn the_same_model_gives_the_same_bytes_on_any_number_of_threads() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let (one, four) = (pool(1), pool(4));
    for seed in 0..6 {
        let first = told(seed);
        assert_eq!(first, told(seed), "seed {seed}: twice");
        assert_eq!(first, one.install(|| told(seed)), "seed {seed}: one thread");
        assert_eq!(first, four.install(|| told(seed)), "seed {seed}: four threads");
    }
}

#[test]
fn every_finding_has_its_reasons_and_reads_as_a_sentence() {
    let mut count = 0;
    for seed in 0..CASES {
        let analysis = analysed(&some_model(seed), &[]);
        for finding in &analysis.findings {
            assert!(!finding.evidence.is_empty(), "seed {seed}: {}", finding.id);
            assert!(!finding.elements.is_empty() && !finding.current.because.is_empty());
            for text in [&finding.title, &finding.description] {
                reads_well(text, &format!("seed {seed}: {}", finding.id));
            }
            count += 1;
        }
        for question in &analysis.questions {
            reads_well(&question.text, &format!("seed {seed}: {}", question.id));
            assert!(!question.findings.is_empty());
        }
        for path in &analysis.paths {
            reads_well(&path.story, &format!("seed {seed}: {}", path.id));
            for step in &path.steps {
                reads_well(&step.title, &format!("seed {seed}: {}", path.id));
            }
        }
    }
    assert!(count > 250, "{count} findings");
}

fn reads_well(text: &str, whose: &str) {
    assert!(!text.trim().is_empty(), "{whose} says nothing");
    for slip in ["{", "}", "  ", " .", " ,", "the the ", "a the ", "..", ",,"] {
        assert!(!text.contains(slip), "{whose}: `{slip}` in: {text}");
    }
    assert!(!text.starts_with(' ') && !text.ends_with(' '), "{whose}: {text}");
}

#[test]
fn nothing_is_called_the_same_twice() {
    for seed in 0..CASES {
        let analysis = analysed(&some_model(seed), &[]);
        let unique = |what: &str, ids: Vec<&str>| {
            let mut seen = BTreeSet::new();
            for id in ids {
                assert!(seen.insert(id), "seed {seed}: two {what} {id}");
            }
        };
        unique("findings", analysis.findings.iter().map(|f| &*f.id).collect());
        unique("questions", analysis.questions.iter().map(|q| &*q.id).collect());
        unique("paths", analysis.paths.iter().map(|p| &*p.id).collect());
        unique("mitigated", analysis.mitigated.iter().map(|m| &*m.id).collect());
    }
}

#[test]
fn controls_and_decisions_never_make_a_risk_worse_than_it_would_be_without() {
    for seed in 0..CASES {
        let model = some_model(seed);
        let open = analysed(&model, &[]);
        let decisions: Vec<Decision> =
            open.findings.iter().step_by(3).map(|f| decision(&f.id, Treatment::Mitigate)).collect();
        for finding in &analysed(&model, &decisions).findings {
            let (inherent, current, residual) = (&finding.inherent, &finding.current, &finding.residual);
            let all = format!("seed {seed}, {}:\n{inherent:#?}\n{current:#?}\n{residual:#?}", finding.id);
            assert!(inherent.risk >= current.risk, "inherent below current: {all}");
            assert!(current.risk >= residual.risk, "current below residual: {all}");
        }
    }
}

#[test]
fn a_control_more_is_never_a_risk_more() {
    for seed in 0..CASES * 2 {
        let dice = &mut Dice::new(seed);
        let mut model = some_model(seed);
        let (before, sure) = (analysed(&model, &[]), World::new(&model).confirmed());
        let mut added = Vec::new();
        for _ in 0..6 {
            let domain = dice.of(&Domain::ALL);
            let count = model.count(domain);
            let (Some(name), true) = (some_control(dice, domain), count > 0) else { continue };
            let element = ElementRef::new(domain, dice.below(count));
            control(&mut model, element, &name, true);
            added.push(format!("{name} on {}", model.id(element)));
        }
        let after = analysed(&model, &[]);
        let known = by_id(&before);
        for finding in &after.findings {
            let Some(old) = known.get(&*finding.id) else {
                panic!("seed {seed}: {} is new with {added:?}", finding.id);
            };
            assert!(
                finding.current.risk <= old.current.risk,
                "seed {seed}: {} went up with {added:?}:\n{:#?}\n{:#?}",
                finding.id,
                old.current,
                finding.current
            );
        }
        for state in World::new(&model).confirmed() {
            assert!(sure.contains(&state), "seed {seed}: {state:?} can be had since {added:?}");
        }
        for path in after.paths.iter().filter(|path| path.assumptions.is_empty()) {
            assert!(sure.contains(&path.goal), "seed {seed}: {}", path.id);
        }
    }
}

#[test]
fn a_control_less_never_closes_a_way() {
    for seed in 0..CASES * 2 {
        let dice = &mut Dice::new(1_000 + seed);
        let mut model = some_model(seed);
        let before = World::new(&model).confirmed();
        let mut removed = Vec::new();
        for _ in 0..6 {
            let domain = dice.of(&Domain::ALL);
            let count = model.count(domain);
            let (Some(name), true) = (some_control(dice, domain), count > 0) else { continue };
            let element = ElementRef::new(domain, dice.below(count));
            control(&mut model, element, &name, false);
            removed.push(format!("{name} on {}", model.id(element)));
        }
        let after = World::new(&model).confirmed();
        for state in before {
            assert!(after.contains(&state), "seed {seed}: {state:?} is out of reach since {removed:?}");
        }
    }
}

#[test]
fn a_good_answer_about_a_control_adds_no_finding() {
    for seed in 0..CASES {
        let model = some_model(seed);
        let before = analysed(&model, &[]);
        let known: BTreeSet<&str> = before.findings.iter().map(|finding| &*finding.id).collect();
        for question in before.questions.iter().filter(|question| question.fact.starts_with("control ")).take(6) {
            let mut answered = model.clone();
            control(&mut answered, question.element, &question.fact["control ".len()..], true);
            let after = analysed(&answered, &[]);
            for finding in &after.findings {
                assert!(known.contains(&*finding.id), "seed {seed}: {} after `yes` to {}", finding.id, question.id);
            }
            assert!(
                after.questions.iter().all(|other| other.id != question.id),
                "seed {seed}: {} is asked again",
                question.id
            );
        }
    }
}

#[test]
fn an_answer_settles_its_question() {
    for seed in 0..CASES {
        let dice = &mut Dice::new(seed);
        let model = some_model(seed);
        let before = analysed(&model, &[]);
        for question in before.questions.iter().take(12) {
            let Some((domain, key)) = question.fact.split_once('.') else { continue };
            let Some(id) = Domain::parse(domain).and_then(|domain| FactId::of_key(domain, key)) else {
                panic!("seed {seed}: {} asks for what cannot be stated", question.id);
            };
            let value = match (id.definition().ty, enumeration_of(id)) {
                (FactType::Bool, _) => Value::Bool(dice.one_in(2)),
                (FactType::Enum(words), _) => {
                    Value::Symbol(u16::try_from(dice.below(words.definition().values.len())).unwrap())
                }
                (FactType::Set(_), _) => Value::Symbols(Box::default()),
                _ => continue,
            };
            let mut answered = model.clone();
            answered.get_mut(question.element).unwrap().set(Fact { id, value, origin: Origin::Answered, span: HERE });
            let after = analysed(&answered, &[]);
            assert!(
                after.questions.iter().all(|other| other.id != question.id),
                "seed {seed}: {} is asked again",
                question.id
            );
        }
    }
}

fn decision(id: &str, treatment: Treatment) -> Decision {
    Decision {
        threat: id.into(),
        treatment,
        reason: "because".into(),
        owner: "somebody".into(),
        approver: "somebody else".into(),
        until: None,
        ticket: None,
        decided: None,
        span: HERE,
    }
}

#[test]
fn what_is_decided_stays_listed() {
    for seed in 0..CASES {
        let model = some_model(seed);
        let before = analysed(&model, &[]);
        let decisions: Vec<Decision> =
            before.findings.iter().zip(Treatment::ALL.into_iter().cycle()).map(|(f, t)| decision(&f.id, t)).collect();
        let after = analysed(&model, &decisions);
        let (was, is) = (by_id(&before), by_id(&after));
        assert_eq!(was.keys().collect::<Vec<_>>(), is.keys().collect::<Vec<_>>(), "seed {seed}");
        for (at, decision) in decisions.iter().enumerate() {
            let finding = is[&*decision.threat];
            assert_eq!(finding.status, decision.treatment.status(), "seed {seed}: {}", finding.id);
            assert_eq!(finding.decision, u32::try_from(at).ok());
            // The words may differ: what others were decided to be bears on who gets there if questions are answered ill.
            let rated = |it: &vauban_model::finding::Score| (it.likelihood, it.impact, it.risk);
            let before = &was[&*decision.threat].current;
            assert_eq!(rated(&finding.current), rated(before), "what is decided about is told as before");
            assert!(finding.status != Status::Open && !finding.shown);
        }
        assert!(after.diagnostics.iter().all(|d| d.code != "decision-unused"), "seed {seed}");
    }
}

#[test]
fn what_was_decided_not_to_be_so_is_no_step_of_a_path_and_nothing_else_is_worse_for_it() {
    let mut closed = 0;
    for seed in 0..CASES {
        let model = some_model(seed);
        let before = analysed(&model, &[]);
        let Some(id) = before.paths.iter().flat_map(|path| &path.steps).find_map(|step| step.finding.clone()) else {
            continue;
        };
        let after = analysed(&model, &[decision(&id, Treatment::FalsePositive)]);
        let uses = |analysis: &Analysis| {
            analysis.paths.iter().flat_map(|path| &path.steps).any(|step| step.finding.as_ref() == Some(&id))
        };
        // A question is no finding, and is not decided about.
        if !before.findings.iter().any(|finding| finding.id == id) {
            continue;
        }
        assert!(!uses(&after), "seed {seed}: {id}");
        closed += usize::from(uses(&before));
        let was = by_id(&before);
        for finding in &after.findings {
            assert!(finding.current.risk <= was[&*finding.id].current.risk, "seed {seed}: {}", finding.id);
            assert!(finding.inherent.risk >= finding.current.risk, "seed {seed}: {}", finding.id);
        }
    }
    assert!(closed > 10, "only {closed} paths were tried");
}

#[test]
fn the_library_is_sound() {
    assert!(LIBRARY.diagnostics.is_empty(), "{:?}", LIBRARY.diagnostics);
}
