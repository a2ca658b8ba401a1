//! Decisions, configuration, methodology, and the first model.

use proptest::prelude::*;
use vauban_format::{
    FailOn, InitAnswers, MethodologySource, Show, SystemKind, init_model, read_config, read_decisions,
    read_methodology, recognise, write_decisions, write_methodology,
};
use vauban_model::finding::{Decision, Treatment};
use vauban_model::scale::{Impact, Level, Likelihood, Methodology};
use vauban_model::{FileId, Span};

use crate::support::{clean, file, fixture, show};

#[test]
fn decisions_are_read_and_written() {
    let (decisions, said) = read_decisions(&[file(&fixture("decisions.yaml"))]);
    assert_eq!(show(&said), "");
    assert_eq!(decisions.len(), 3);
    assert_eq!(decisions[1].treatment, Treatment::Accept);
    assert_eq!((&*decisions[1].approver, decisions[1].until.as_deref()), ("ciso", Some("2027-02-28")));
    let (again, said) = read_decisions(&[file(&write_decisions(&decisions))]);
    assert_eq!(show(&said), "");
    assert_eq!(placeless(&again), placeless(&decisions));
    assert_eq!(
        write_decisions(&[]),
        "# What was decided about threats. A decision that lapses brings its threat back.\nversion: 1\ndecisions: []\n"
    );
}

fn placeless(decisions: &[Decision]) -> Vec<Decision> {
    let span = Span::new(FileId(0), 1, 1, 0);
    decisions.iter().map(|decision| Decision { span, ..decision.clone() }).collect()
}

#[test]
fn half_decisions_have_no_effect() {
    let text = "decisions:\n\
        - {threat: a, decision: accept, reason: r, owner: o}\n\
        - {threat: b, decision: false-positive, reason: r, owner: o}\n\
        - {threat: c, decision: mitigate, reason: '', owner: o}\n\
        - {threat: d, decision: mitgate, reason: r, owner: o}\n\
        - {threat: e, decision: transfer, reason: r, owner: o, approver: p, until: 2027-02-30}\n\
        - {threat: f, decision: mitigate, reason: r, owner: o, decided: yesterday, untill: 2027-01-01}\n\
        - {threat: f, decision: avoid, reason: r, owner: o}\n\
        - just text\n";
    let (decisions, said) = read_decisions(&[file(text)]);
    assert_eq!(decisions.iter().map(|d| &*d.threat).collect::<Vec<_>>(), ["f", "f"]);
    assert_eq!(
        show(&said),
        "2:12+1 incomplete-decision: the decision `accept` lacks `approver`, `until` | add what is missing; until then the decision has no effect\n\
         3:12+1 incomplete-decision: the decision `false-positive` lacks `until` | add what is missing; until then the decision has no effect\n\
         4:12+1 incomplete-decision: the decision `mitigate` lacks `reason` | add what is missing; until then the decision has no effect\n\
         5:25+7 unknown-word: `mitgate` is no word for `decision` | did you mean `mitigate`? It is one of `mitigate`, `accept`, `transfer`, `avoid`, `false-positive`\n\
         6:76+10 bad-date: `2027-02-30` is no day for `until` | write a day of the calendar as `2027-01-31`: year, month, day\n\
         7:65+9 warning bad-date: `yesterday` is no day for `decided` | write a day of the calendar as `2027-01-31`: year, month, day\n\
         7:76+6 unknown-key: unknown key `untill` in a decision | did you mean `until`?\n\
         8:12+1 warning duplicate-decision: `f` is decided twice | the first decision counts; remove one of the two | 0:7:12 first decided here\n\
         9:3+9 expected-mapping: a decision must be a mapping, not text | write `key: value` lines, indented below, or `{key: value}`\n"
    );
}

#[test]
fn the_configuration_says_what_flags_say() {
    let (config, said) = read_config(&file(&fixture("vauban.yaml")));
    assert_eq!(show(&said), "");
    assert_eq!(config.model.iter().map(|m| &*m.value).collect::<Vec<_>>(), ["shop.yaml", "warehouse.yaml"]);
    assert_eq!(config.fail_on.map(|f| (f.value, f.span.line)), Some((FailOn::AtLeast(Level::High), 10)));
    assert_eq!(config.show.map(|s| s.value), Some(Show::All));
    assert_eq!(config.top.map(|t| t.value), Some(5));
    assert_eq!(config.questions.map(|q| q.value), Some(false));
    let Some(MethodologySource::Inline(methodology)) = config.methodology.map(|m| m.value) else { panic!("inline") };
    assert_eq!((&*methodology.name, methodology.tolerance), ("House rules", Level::Low));
    assert_eq!(methodology.matrix, Methodology::default().matrix);

    let (config, said) =
        read_config(&file("fail_on: no\nmethodology: m.yaml\ntop: 0\nshow: some\nmodle: x\nformat: [a]\n"));
    assert_eq!(config.fail_on.map(|f| f.value), Some(FailOn::Never));
    assert!(matches!(config.methodology.map(|m| m.value), Some(MethodologySource::File(path)) if &*path == "m.yaml"));
    assert_eq!(
        show(&said),
        "3:6+1 expected-number: `top` takes a number from 1 to 10000, not `0` | write `top: 10`\n\
         4:7+4 unknown-word: `some` is no word for `show` | it is one of `default`, `all`\n\
         5:1+5 unknown-key: unknown key `modle` in a configuration | did you mean `model`?\n\
         6:9+3 expected-text: `format` takes text, not a list | write one value\n"
    );
    assert_eq!(show(&read_config(&file("")).1), "");
}

#[test]
fn methodologies_are_read_over_the_defaults() {
    let text = "name: Ours\nimpact: {3: {name: serious, meaning: It hurts.}}\nlikelihood: [a, b, c, d, e]\nmatrix:\n  certain: [critical, low, high, critical, critical]\n\
        probability_per_mille: [1, 2, 3, 4, 1001]\nclassification: {public: For all.}\nimportance_impact: [1, 2, 3, 6]\ntime_box_hours: {first: 4}\n\
        classification_impact: {public: 2}\ntolerance: hgih\nscope_rules: One rule.\nthreat_sources: [internet]\ncolour: red\nframeworks: {a: b}\n";
    let (methodology, said) = read_methodology(&[file(text)]);
    assert_eq!((&*methodology.impact[2].name, &*methodology.impact[2].meaning), ("serious", "It hurts."));
    assert_eq!(&*methodology.likelihood[4].name, "e");
    assert_eq!(methodology.matrix[4][0], Level::Critical);
    assert_eq!(methodology.probability_per_mille, [1, 2, 3, 4, 900]);
    assert_eq!(&*methodology.classification[0].meaning, "For all.");
    assert_eq!(methodology.classification_impact[0], Impact::new(2));
    assert_eq!(methodology.time_box_hours, (4, 2));
    assert_eq!(methodology.scope_rules, ["One rule.".into()]);
    assert_eq!(
        show(&said),
        "5:3+7 warning not-monotone: the matrix falls: likely with impact 2 is medium, but a higher likelihood makes it low | rows run from rare to certain, columns from impact 1 to 5; let risk grow along both\n\
         6:37+4 expected-number: `probability_per_mille` takes numbers from 0 to 1000, not `1001` | write a whole number\n\
         8:30+1 expected-number: `importance_impact` takes numbers from 1 to 5, not `6` | write a whole number\n\
         11:12+4 unknown-word: `hgih` is no word for `tolerance` | did you mean `high`? It is one of `low`, `medium`, `high`, `critical`\n\
         14:1+6 unknown-key: unknown key `colour` in a methodology | known keys: `version`, `name`, `owner`, `impact`, `likelihood`, `probability_per_mille`, `step_days`, `matrix`, `tolerance`, `classification`, `classification_impact`, `importance_impact`, `detection_levels`, `scope_rules`, `asset_rules`, `threat_sources`, `frameworks`, `control_criteria`, `control_order`, `effort_cost`, `control_cost`, `when_to_model`, `review_months`, `review_changes`, `time_box_hours`, `scoring`, `quantification`\n\
         15:13+6 expected-text: `frameworks` takes text, not a mapping | write it on one line, or in quotes\n"
    );
}

#[test]
fn the_default_methodology_survives_writing() {
    let default = Methodology::default();
    let (again, said) = read_methodology(&[file(&write_methodology(&default))]);
    assert_eq!(show(&said), "");
    assert_eq!(again, default);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_methodology_survives_writing(
        texts in proptest::collection::vec("\\PC{0,12}|[a-z: #\\n-]{0,20}", 16),
        cells in proptest::collection::vec(0usize..4, 25),
        numbers in proptest::collection::vec(0u16..=1000, 5),
        hours in (0u16..=10_000, 0u16..=10_000),
    ) {
        let (name, owner) = (texts[0].as_str().into(), texts[1].as_str().into());
        let mut methodology = Methodology { name, owner, ..Methodology::default() };
        for (at, step) in methodology.impact.iter_mut().enumerate() {
            step.name = texts[at + 2].as_str().into();
            step.meaning = texts[at + 7].as_str().into();
        }
        methodology.scope_rules = texts[12..16].iter().map(|text| text.as_str().into()).collect();
        methodology.threat_sources = Vec::new();
        for (at, cell) in cells.iter().enumerate() {
            methodology.matrix[at / 5][at % 5] = Level::ALL[*cell];
        }
        methodology.tolerance = Level::ALL[cells[0]];
        methodology.probability_per_mille.copy_from_slice(&numbers);
        methodology.time_box_hours = hours;
        let (again, _) = read_methodology(&[file(&write_methodology(&methodology))]);
        prop_assert_eq!(again, methodology);
    }

    #[test]
    fn any_decision_survives_writing(texts in proptest::collection::vec("\\PC{1,12}|[a-z: #\\n-]{1,20}x", 5), treatment in 0usize..5) {
        let decision = Decision {
            threat: texts[0].as_str().into(),
            treatment: Treatment::ALL[treatment],
            reason: texts[1].as_str().into(),
            owner: texts[2].as_str().into(),
            approver: texts[3].as_str().into(),
            until: Some("2028-02-29".into()),
            ticket: Some(texts[4].as_str().into()),
            decided: None,
            span: Span::new(FileId(0), 1, 1, 0),
        };
        let blank = [&decision.threat, &decision.reason, &decision.owner, &decision.approver].iter().any(|t| t.trim().is_empty());
        let (again, _) = read_decisions(&[file(&write_decisions(std::slice::from_ref(&decision)))]);
        prop_assert!(blank || placeless(&again) == [decision]);
    }
}

#[test]
fn first_models_read_without_diagnostics() {
    for kind in SystemKind::ALL {
        assert_eq!(SystemKind::parse(kind.as_str()), Some(kind));
        for internet in [true, false] {
            for (name, classification) in
                [("Corner Shop", "internal"), ("a: \"b\" #c\n", "nonsense"), ("", "restricted"), ("yes", "public")]
            {
                let text = init_model(&InitAnswers { name, kind, classification, internet });
                let model = clean(&text);
                assert!(model.components.len() >= 3 && model.flows.len() >= 2);
                assert!(recognise("model.yaml", &text));
                assert!(text.lines().all(|line| line.chars().count() <= 140));
                assert!(name.trim().is_empty() || &*model.system.name == name.trim());
            }
        }
    }
}

#[test]
fn likelihoods_keep_their_order() {
    assert_eq!(Likelihood::ALL.map(Likelihood::as_str), ["rare", "unlikely", "possible", "likely", "certain"]);
}
