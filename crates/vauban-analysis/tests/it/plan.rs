//! Plans against the whole analysis: what a plan says comes true when its controls are put in, and nothing cheaper does.

use std::collections::BTreeMap;
use std::path::Path;

use vauban_analysis::compare::Direction;
use vauban_analysis::plan::what_if::{Edit, what_if};
use vauban_analysis::plan::{PlanQuery, candidates, left_out, plan};
use vauban_analysis::project::{Inputs, load};
use vauban_analysis::{Analysis, Options, Session, embedded};
use vauban_model::plan::{ControlPlan, Effort, RiskKind};
use vauban_model::scale::Level;

const MODELS: [&str; 5] = [
    "examples/admin-portal/model.yaml",
    "examples/web-shop/model.yaml",
    "cases/hybrid-enterprise/model.yaml",
    "cases/mobile-banking/model.yaml",
    "cases/iot-fleet/model.yaml",
];

fn session(model: &str) -> Session {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let inputs = Inputs { model: model.to_owned(), ..Inputs::default() };
    let mut read = |name: &str| std::fs::read(root.join(name)).map_err(|error| error.to_string());
    let project = load(&inputs, &mut read).unwrap();
    // All paths, so that what is scored here misses none.
    Session::new(project, embedded::load(&[]), Options { max_paths: 1_000, ..Options::default() })
}

fn with(session: &Session, controls: &[&str]) -> Analysis {
    let edits: Vec<Edit> = controls.iter().map(|id| Edit::Add((*id).to_owned())).collect();
    what_if(session, &edits).unwrap().analysis
}

fn levels(analysis: &Analysis) -> BTreeMap<String, Level> {
    analysis.findings.iter().map(|finding| (finding.id.to_string(), finding.current.risk)).collect()
}

/// Whether findings and known ways are within tolerance; those that no control brings there, as low as controls can. What
/// a plan says that it leaves out does not count.
fn within(session: &Session, analysis: &Analysis, plan: &ControlPlan) -> bool {
    let least =
        |id: &str| plan.unattainable.iter().find(|risk| &*risk.id == id).map_or(plan.tolerance, |risk| risk.least);
    let model = &session.project.model;
    let left_out = left_out(session, plan);
    let mut findings = analysis.findings.iter().filter(|finding| finding.status.is_open());
    let mut paths = analysis.paths.iter().filter(|path| path.assumptions.is_empty());
    findings.all(|finding| finding.current.risk <= least(&finding.id))
        && paths.all(|path| {
            let way = format!("{}:{}", path.goal.verb.as_str(), model.id(path.goal.element));
            path.score.risk <= least(&way) || left_out.contains(&way)
        })
}

#[test]
fn what_a_plan_says_comes_true() {
    for model in MODELS {
        let session = session(model);
        let plan = plan(&session, &PlanQuery::default());
        assert!(plan.certificate.optimal, "{model}: {:?}", plan.certificate);
        assert!(!plan.controls.is_empty(), "{model}");
        assert_eq!(plan.controls.iter().fold(Effort(0), |sum, control| sum.plus(control.cost)), plan.cost);
        let ids: Vec<&str> = plan.controls.iter().map(|control| &*control.id).collect();
        let after = with(&session, &ids);
        let real = levels(&after);
        for risk in plan.risks.iter().filter(|risk| risk.kind == RiskKind::Finding) {
            assert_eq!(real.get(&*risk.id).copied(), risk.after, "{model}: {}", risk.id);
        }
        assert!(within(&session, &after, &plan), "{model}: {ids:?}");
        // Each control is needed for something, and without it something is too high.
        for control in &plan.controls {
            assert!(!control.needed_for.is_empty(), "{model}: {}", control.id);
            let others: Vec<&str> = ids.iter().copied().filter(|id| *id != &*control.id).collect();
            assert!(!within(&session, &with(&session, &others), &plan), "{model}: {} is not needed", control.id);
        }
    }
}

/// Sets of candidates that cost less than a limit, in a fixed order that is no order of anything.
fn cheaper(all: &[(Box<str>, Effort)], limit: Effort, most: usize) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new()];
    let mut next = 0;
    while let Some(set) = out.get(next).cloned() {
        next += 1;
        let cost: u64 = set.iter().map(|at| all[*at].1.0).sum();
        for (at, candidate) in all.iter().enumerate().skip(set.last().map_or(0, |last| last + 1)) {
            if cost + candidate.1.0 < limit.0 {
                let mut with = set.clone();
                with.push(at);
                out.push(with);
            }
        }
    }
    // A large list is gone through in strides.
    let stride = out.len().div_ceil(most);
    out.into_iter().step_by(stride.max(1)).collect()
}

#[test]
fn what_some_may_do_by_right_is_planned_for_those_who_have_to_attack() {
    for (model, way) in [
        ("cases/data-pipeline/model.yaml", "read:records"),
        ("cases/hybrid-enterprise/model.yaml", "read:domain-secrets"),
    ] {
        let session = session(model);
        let plan = plan(&session, &PlanQuery::default());
        assert_eq!(left_out(&session, &plan), Vec::<String>::new(), "{model}");
        let paths = session.analysis.paths.iter().filter(|path| path.assumptions.is_empty());
        let worst = paths
            .filter(|path| {
                let id = session.project.model.id(path.goal.element);
                format!("{}:{id}", path.goal.verb.as_str()) == way
            })
            .map(|path| path.score.risk)
            .max()
            .expect("a path of those who may not");
        let planned = plan.risks.iter().find(|risk| &*risk.id == way).expect("it is planned for");
        assert_eq!((planned.kind, planned.before), (RiskKind::Way, worst), "{model}");
        let ids: Vec<&str> = plan.controls.iter().map(|control| &*control.id).collect();
        assert!(within(&session, &with(&session, &ids), &plan), "{model}: {ids:?}");
    }
}

#[test]
fn no_cheaper_set_of_controls_is_enough() {
    for model in ["examples/admin-portal/model.yaml", "examples/web-shop/model.yaml"] {
        let session = session(model);
        let plan = plan(&session, &PlanQuery::default());
        let all = candidates(&session);
        let sets = cheaper(&all, plan.cost, 400);
        assert!(sets.len() > 10, "{model}: {}", sets.len());
        for set in sets {
            let ids: Vec<&str> = set.iter().map(|at| &*all[*at].0).collect();
            assert!(!within(&session, &with(&session, &ids), &plan), "{model}: {ids:?} is enough and cheaper");
        }
    }
}

#[test]
fn one_more_control_raises_no_risk() {
    for model in MODELS {
        let session = session(model);
        let all = candidates(&session);
        let mut seed = 7usize;
        for _ in 0..25 {
            let mut set: Vec<&str> = Vec::new();
            for (id, _) in &all {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if seed >> 61 == 0 {
                    set.push(id);
                }
            }
            let more = &*all[(seed >> 33) % all.len()].0;
            let before = levels(&with(&session, &set));
            set.push(more);
            for (id, level) in levels(&with(&session, &set)) {
                assert!(before.get(&id).is_some_and(|was| level <= *was), "{model}: {more} raises {id} beside {set:?}");
            }
        }
    }
}

#[test]
fn a_bigger_budget_never_leaves_more() {
    for model in MODELS {
        let session = session(model);
        let full = plan(&session, &PlanQuery::default());
        let mut last = None;
        for budget in (0..full.cost.0).step_by(200).chain([full.cost.0]) {
            let query = PlanQuery { budget: Some(Effort(budget)), ..PlanQuery::default() };
            let plan = plan(&session, &query);
            assert!(plan.cost <= Effort(budget), "{model}");
            let left = plan.after.above(plan.tolerance);
            assert!(last.is_none_or(|last| left <= last), "{model}: {budget}");
            last = Some(left);
        }
        assert_eq!(last, Some(full.after.above(full.tolerance)), "{model}");
    }
}

#[test]
fn a_search_that_may_not_go_on_says_so_and_still_plans() {
    let session = session("cases/hybrid-enterprise/model.yaml");
    let full = plan(&session, &PlanQuery::default());
    let short = plan(&session, &PlanQuery { evaluations: Some(3), ..PlanQuery::default() });
    assert!(!short.certificate.optimal);
    assert!(!short.certificate.limit.is_empty());
    assert!(short.certificate.lower_bound <= full.cost && full.cost <= short.cost);
    let ids: Vec<&str> = short.controls.iter().map(|control| &*control.id).collect();
    assert!(within(&session, &with(&session, &ids), &full));
}

#[test]
fn plans_of_random_models_come_true_and_nothing_cheaper_does() {
    let mut planned = 0;
    for seed in 0..40 {
        let session = crate::laws_support::session(&crate::laws_support::some_model(seed));
        let plan = plan(&session, &PlanQuery { evaluations: Some(5_000), ..PlanQuery::default() });
        let ids: Vec<&str> = plan.controls.iter().map(|control| &*control.id).collect();
        let after = with(&session, &ids);
        let real = levels(&after);
        for risk in plan.risks.iter().filter(|risk| risk.kind == RiskKind::Finding) {
            assert_eq!(real.get(&*risk.id).copied(), risk.after, "seed {seed}: {} with {ids:?}", risk.id);
        }
        assert!(within(&session, &after, &plan), "seed {seed}: {ids:?}");
        planned += usize::from(!ids.is_empty());
        if plan.certificate.optimal && !ids.is_empty() {
            let all = candidates(&session);
            for set in cheaper(&all, plan.cost.min(Effort::days(9)), 20) {
                let ids: Vec<&str> = set.iter().map(|at| &*all[*at].0).collect();
                assert!(!within(&session, &with(&session, &ids), &plan), "seed {seed}: {ids:?} is enough and cheaper");
            }
        }
    }
    assert!(planned > 10, "only {planned} of the models needed a plan");
}

#[test]
fn a_control_more_makes_nothing_worse() {
    let session = session("examples/web-shop/model.yaml");
    let plan = |edits: &[Edit]| what_if(&session, edits).expect("a control of the plan");
    let mut remained = 0;
    for control in ["upload-validation@back-office", "rate-limiting@shop", "permission-boundary@shop-account"] {
        let changes = plan(&[Edit::Add(control.to_owned())]).changes;
        let worse: Vec<_> = changes.iter().filter(|change| change.direction == Direction::Worse).collect();
        assert!(worse.is_empty(), "{control}: {worse:?}");
        remained += changes.iter().filter(|change| change.kind == "path-remains").count();
    }
    assert!(remained > 0, "a way that another one hid shows once that one is closed");
    // What is drawn anew is still worse.
    let changes = plan(&[Edit::AddFlow("customer-browser -> orders-db".to_owned())]).changes;
    assert!(changes.iter().any(|change| change.direction == Direction::Worse), "{changes:?}");
}
