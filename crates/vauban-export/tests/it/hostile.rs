//! A small model and analysis, made by hand, whose every free text tries to break out of where it is put.

use vauban_export::terminal;
use vauban_model::attack_tree::{AttackNode, AttackTree, Gate};
use vauban_model::finding::{
    Applies, AttackPath, ChokePoint, CloudStep, ControlNeed, CutStep, Decision, Evidence, Finding, GoalCut,
    NearestMiss, Notice, PathStep, Question, Score, Sighting, Status, Treatment,
};
use vauban_model::library::{Attacker, Control, ControlKind, Maturity, Threat, ThreatControl};
use vauban_model::model::{
    AbuseCase, Assumption, Boundary, Checkpoint, Component, Element, ElementRef, Fact, Flow, Model, Note, Origin,
    OutOfScope, RecordedThreat, ScopeStatement, ThirdParty, Value, symbol_of,
};
use vauban_model::report::{Analysis, CatalogueNames, Cell, CellCount, Mitigated, PathAnswer, Report, RiskOf};
use vauban_model::scale::{Impact, Level, Likelihood, Methodology, Stride};
use vauban_model::state::{State, StepTemplate, Verb};
use vauban_model::treatment::{Stage, TreatmentOf};
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_model::{Diagnostic, FileId, SourceMap, Span};

/// Markup, quotes, pipes, a line break, a link, a mention, an override of the reading direction and a null.
pub(crate) const EVIL: &str = "<script>alert(1)</script> \"q\" 'a' | `tick` \\ [x](javascript:alert(2)) **b** _u_ @team\n# head \u{202E}txt\u{2066}\0 </style> <!-- --> {0} %00 https://evil.example/ ]]> שלום";

/// Everything an output gets, owned.
pub(crate) struct World {
    pub(crate) model: Model,
    pub(crate) sources: SourceMap,
    pub(crate) threats: Vec<Threat>,
    pub(crate) controls: Vec<Control>,
    attackers: Vec<Attacker>,
    methodology: Methodology,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) treatments: Vec<TreatmentOf>,
    pub(crate) permitted: Vec<CloudStep>,
    pub(crate) analysis: Analysis,
    diagnostics: Vec<Diagnostic>,
    pub(crate) new: Option<Vec<Box<str>>>,
}

/// Names that are as hostile as the model's.
struct Names;

impl CatalogueNames for Names {
    fn attack(&self, id: &str) -> Option<&str> {
        (id == "T1190").then_some(EVIL)
    }
    fn attack_tactics(&self, id: &str) -> Vec<&str> {
        if id == "T1190" { vec!["initial-access", "<b>"] } else { Vec::new() }
    }
    fn cwe(&self, _: &str) -> Option<&str> {
        Some(EVIL)
    }
    fn capec(&self, _: &str) -> Option<&str> {
        None
    }
    fn attack_version(&self) -> &str {
        "18.1"
    }
}

pub(crate) fn at(domain: Domain, index: u32) -> ElementRef {
    ElementRef { domain, index }
}

fn span(line: u32) -> Span {
    Span::new(FileId(0), line, 3, 7)
}

fn evidence(element: ElementRef, name: &str, value: &str) -> Evidence {
    Evidence { element, fact: name.into(), value: value.into(), origin: Origin::Stated, span: span(4) }
}

fn set(element: &mut Element, id: FactId, value: Value) {
    element.set(Fact { id, value, origin: Origin::Stated, span: span(9) });
}

fn word(element: &mut Element, id: FactId, word: &str) {
    let position = symbol_of(id, word).unwrap_or_else(|| panic!("{word} is no word of the vocabulary"));
    set(element, id, Value::Symbol(position));
}

fn score(likelihood: Likelihood, impact: u8, risk: Level) -> Score {
    Score {
        likelihood,
        impact: Impact::new(impact),
        risk,
        because: vec![EVIL.to_owned(), "The matrix says so.".to_owned()].into(),
    }
}

fn threat(id: &str, on: Domain) -> Threat {
    Threat {
        id: id.into(),
        family: "web".into(),
        title: EVIL.into(),
        summary: EVIL.into(),
        on,
        maturity: Maturity::Stable,
        stride: vec![Stride::Tampering, Stride::InformationDisclosure],
        attack: vec!["T1190".into(), "T9999".into()],
        cwe: vec!["CWE-79".into()],
        capec: vec!["CAPEC-1".into()],
        severity: Level::High,
        likelihood: Likelihood::Likely,
        step: StepTemplate::default(),
        controls: vec![ThreatControl { control: "encoding".into(), weakens: None }],
        aliases: vec![EVIL.into()],
        detect: Vec::new(),
        why: format!("Why.\n\n{EVIL}").into(),
        remedy: format!("- {EVIL}\n- `code`").into(),
        acceptable: EVIL.into(),
        file: "library/threats/web/x.md".into(),
        condition: EVIL.into(),
        about_model: false,
        hypothesis: false,
        only_in_paths: false,
        supposes: Box::default(),
        grant: None,
    }
}

fn finding(id: &str, threat: u32, element: ElementRef, risk: Level, status: Status) -> Finding {
    Finding {
        id: id.into(),
        threat,
        title: EVIL.into(),
        description: EVIL.into(),
        elements: vec![element, at(Domain::Component, 0)],
        data: vec![0],
        severity: Level::High,
        stride: vec![Stride::Tampering, Stride::InformationDisclosure],
        status,
        current: score(Likelihood::Likely, 5, risk),
        inherent: score(Likelihood::Certain, 5, Level::Critical),
        residual: score(Likelihood::Rare, 5, Level::Low),
        group: "missing:encoding".into(),
        evidence: vec![
            evidence(element, "component.kind", EVIL),
            Evidence { span: Span::new(FileId(1), 2, 1, 0), ..evidence(element, "control encoding", "no") },
            Evidence { span: Span::new(FileId(99), 0, 0, 0), ..evidence(element, "flow.encrypted", "no") },
        ],
        controls: vec![
            ControlNeed {
                control: "encoding".into(),
                weakens: None,
                present: Some(false),
                evidence: evidence(element, "control encoding", "no"),
            },
            ControlNeed {
                control: EVIL.into(),
                weakens: Some(1),
                present: None,
                evidence: evidence(element, "control x", "unknown"),
            },
        ],
        paths: vec!["path:1".into()],
        decision: (status != Status::Open).then_some(0),
        shown: status == Status::Open,
    }
}

/// Two components, two flows, a boundary in itself, and one of everything else.
pub(crate) fn world() -> World {
    let mut sources = SourceMap::default();
    sources.add(format!("models/{EVIL}.yaml"), "a: 1\n");
    sources.add("/abs/it's 100%.yaml", "");
    let element = |id: &str| {
        let mut it = Element::new(id, EVIL, span(1));
        it.description = EVIL.into();
        it.owner = Some(EVIL.into());
        it
    };
    let mut model = Model::new(element("system\" onload=\""));
    model.business_context = EVIL.into();
    word(&mut model.system, fact::CRITICALITY, "high");
    model.in_scope.push(ScopeStatement { what: EVIL.into(), why: "".into(), span: span(1) });
    model.out_of_scope.push(ScopeStatement { what: EVIL.into(), why: EVIL.into(), span: span(1) });
    // Boundaries that hold each other, and a component in one that does not exist.
    model.boundaries.push(Boundary { element: element("b0"), parent: Some(1) });
    model.boundaries.push(Boundary { element: element("b1"), parent: Some(0) });
    for (id, boundary) in [("web\"]{}</style>", Some(0)), ("store", Some(77))] {
        let mut it = element(id);
        set(&mut it, fact::TECHNOLOGY, Value::Words(vec![EVIL.into()].into()));
        set(&mut it, fact::STORES, Value::References(vec![0, 88].into()));
        model.components.push(Component { element: it, boundary, parent: None });
    }
    model.components[1].element.out_of_scope = Some(OutOfScope { reason: EVIL.into(), span: span(2) });
    for (id, source, target) in [("web->store", 0, 1), ("nowhere", 0, 55)] {
        let mut it = Element::new(id, if id == "nowhere" { EVIL } else { id }, span(3));
        set(&mut it, fact::CARRIES, Value::References(vec![0].into()));
        word(&mut it, fact::PROTOCOL, "https");
        model.flows.push(Flow { element: it, source, target });
    }
    let mut data = element("data");
    word(&mut data, fact::CLASSIFICATION, "restricted");
    model.data.push(data);
    model.identities.push(element("identity"));
    let parties = vec![0, 66];
    model.third_parties.push(ThirdParty {
        id: "p".into(),
        name: EVIL.into(),
        provides: EVIL.into(),
        used_by: parties,
        data: vec![0],
        when_down: EVIL.into(),
        notes: Vec::new(),
        span: span(1),
    });
    model.checkpoints.push(Checkpoint {
        id: EVIL.into(),
        authenticates: true,
        protects: vec![0],
        by: Some(0),
        how: EVIL.into(),
        span: span(1),
    });
    model.assumptions.push(Assumption {
        id: "a".into(),
        text: EVIL.into(),
        about: vec![at(Domain::Component, 0)],
        owner: Some(EVIL.into()),
        span: span(1),
    });
    model.abuse_cases.push(AbuseCase {
        id: "c".into(),
        name: EVIL.into(),
        text: EVIL.into(),
        about: Vec::new(),
        span: span(1),
    });
    model.notes.push(Note { kind: EVIL.into(), title: EVIL.into(), text: EVIL.into(), span: span(1) });
    model.recorded_threats.push(RecordedThreat {
        id: EVIL.into(),
        title: EVIL.into(),
        description: EVIL.into(),
        categories: vec![EVIL.into()],
        elements: vec![at(Domain::Flow, 0)],
        severity: EVIL.into(),
        status: EVIL.into(),
        mitigation: EVIL.into(),
        cwe: vec![1],
        extras: Vec::new(),
        span: span(1),
    });

    let node = |id: &str, gate, children: &[u32]| AttackNode {
        id: id.into(),
        label: EVIL.into(),
        gate,
        children: children.to_vec(),
    };
    model.attack_trees.push(AttackTree {
        id: EVIL.into(),
        name: EVIL.into(),
        nodes: vec![
            node("a", Gate::And, &[1, 2, 99]),
            node(EVIL, Gate::Or, &[2]),
            node("c", Gate::Leaf, &[]),
            // A circle that no reader lets through.
            node("d", Gate::Or, &[4]),
            node("e", Gate::Or, &[3]),
        ],
        span: span(1),
    });

    let component = at(Domain::Component, 0);
    let goal = State { verb: Verb::Read, element: at(Domain::Data, 0) };
    let step = |threat: Option<u32>, to: ElementRef| PathStep {
        threat,
        finding: threat.map(|_| "first@web".into()),
        consequence: if threat.is_some() { "".into() } else { "follows-flow".into() },
        title: EVIL.into(),
        from: Some(component),
        to,
        needs: vec![State { verb: Verb::Reach, element: component }],
        gains: vec![goal],
        likelihood: Likelihood::Possible,
        assumed: threat.is_none(),
        evidence: vec![evidence(at(Domain::Flow, 0), "flow", EVIL)],
        seen_by: vec![Sighting { by: EVIL.into(), how: Notice::Alarmed, span: span(1) }],
    };
    let path = AttackPath {
        id: "path:1".into(),
        attacker: 0,
        from: component,
        to: at(Domain::Component, 1),
        goal,
        steps: vec![step(Some(0), component), step(None, at(Domain::Component, 1)), step(Some(1), at(Domain::Data, 0))],
        score: score(Likelihood::Possible, 5, Level::High),
        probability_per_million: 300_000,
        assumptions: vec![EVIL.into()],
        story: EVIL.into(),
    };
    let counts = CellCount { open: 1, asked: 2, stopped: 3, considered: 12 };
    let analysis = Analysis {
        findings: vec![
            finding("first@web", 0, component, Level::Critical, Status::Open),
            finding(
                "first@<img src=x onerror=alert(3)> \" '",
                0,
                at(Domain::Component, 1),
                Level::Medium,
                Status::Open,
            ),
            finding("second@web->store", 1, at(Domain::Flow, 0), Level::High, Status::Accepted),
        ],
        mitigated: vec![Mitigated {
            id: "third@web".into(),
            threat: 1,
            element: component,
            control: "encoding".into(),
            evidence: evidence(component, "control encoding", "yes"),
        }],
        questions: vec![Question {
            id: "accepts@web".into(),
            element: component,
            fact: "accepts".into(),
            text: EVIL.into(),
            answers: vec!["no".into(), EVIL.into()],
            threats: vec![0, 1],
            findings: vec!["x@web".into()],
            elements: vec![component],
            risk: Level::High,
            weight: 9,
            span: span(5),
        }],
        questions_total: 4,
        paths: vec![path],
        choke_points: vec![ChokePoint {
            goals: vec![goal],
            threat: 0,
            finding: "first@web".into(),
            element: component,
            controls: vec!["encoding".into(), EVIL.into()],
        }],
        matrix: vec![
            Cell { element: component, counts: [counts; 6] },
            Cell { element: at(Domain::Flow, 0), counts: [CellCount { considered: 12, ..CellCount::default() }; 6] },
        ],
        risks: vec![RiskOf {
            element: at(Domain::Data, 0),
            inherent: Level::Critical,
            current: Level::High,
            residual: Level::Low,
            findings: vec!["first@web".into()],
        }],
        diagnostics: Vec::new(),
        threats_considered: 2,
        kinds: model.components.iter().map(|c| c.element.symbol(fact::KIND)).collect(),
        used_by_people: vec![false; model.components.len()],
        encrypted: vec![Some(false); model.flows.len()],
    };
    let decision = Decision {
        threat: "second@*".into(),
        treatment: Treatment::Accept,
        reason: EVIL.into(),
        owner: EVIL.into(),
        approver: EVIL.into(),
        until: Some("2027-01-01".into()),
        ticket: Some(EVIL.into()),
        decided: None,
        span: span(6),
    };
    let treatment = TreatmentOf {
        finding: "second@web".into(),
        title: EVIL.into(),
        treatment: Treatment::Accept,
        stage: Stage::Approved,
        reason: EVIL.into(),
        owner: EVIL.into(),
        approver: EVIL.into(),
        approver_role: EVIL.into(),
        decided: Some("2025-12-01".into()),
        due: None,
        until: Some("2027-01-01".into()),
        ticket: Some(EVIL.into()),
        controls: vec!["encoding".into()],
        evidence: vec![EVIL.into()],
        stated: vec![EVIL.into()],
        current: Some(Level::High),
        residual: Some(Level::Low),
        approved: Some(Level::High),
        overdue: false,
        changed: vec![EVIL.into()],
        steps: Vec::new(),
        span: None,
    };
    let permitted = CloudStep {
        threat: None,
        consequence: "controls".into(),
        element: ElementRef::new(Domain::Identity, 0),
        target: ElementRef::new(Domain::Component, 0),
        bindings: Vec::new(),
        needs: Vec::new(),
        gains: Vec::new(),
        applies: Applies::Asks,
        label: EVIL.into(),
        evidence: Vec::new(),
        assumptions: Vec::new(),
        hindered_by: Vec::new(),
        seen_by: Vec::new(),
    };
    let control = Control {
        id: "encoding".into(),
        name: EVIL.into(),
        summary: EVIL.into(),
        kind: ControlKind::Preventive,
        on: vec![Domain::Component],
        effort: Level::Low,
        question: EVIL.into(),
        cost_days: None,
        d3fend: Vec::new(),
        attack_mitigations: Vec::new(),
        requirements: Vec::new(),
        evidence: Vec::new(),
        services: Vec::new(),
        aliases: Vec::new(),
        how: EVIL.into(),
        file: "library/controls/encoding.md".into(),
    };
    let attacker = Attacker {
        id: "internet".into(),
        name: EVIL.into(),
        source: "external".into(),
        likelihood: Likelihood::Certain,
        summary: EVIL.into(),
    };
    let diagnostic = Diagnostic::warning("unknown-control", span(7), EVIL).help(EVIL);
    let methodology =
        Methodology { name: EVIL.into(), owner: EVIL.into(), scope_rules: vec![EVIL.into()], ..Methodology::default() };
    World {
        model,
        sources,
        analysis,
        methodology,
        threats: vec![threat("first", Domain::Component), threat("second", Domain::Flow)],
        controls: vec![control],
        attackers: vec![attacker],
        decisions: vec![decision],
        treatments: vec![treatment],
        permitted: vec![permitted],
        diagnostics: vec![diagnostic],
        new: Some(vec!["first@web".into()]),
    }
}

impl World {
    pub(crate) fn report(&self) -> Report<'_> {
        Report {
            model: &self.model,
            sources: &self.sources,
            threats: &self.threats,
            controls: &self.controls,
            attackers: &self.attackers,
            methodology: &self.methodology,
            decisions: &self.decisions,
            treatments: &self.treatments,
            permitted: &self.permitted,
            analysis: &self.analysis,
            diagnostics: &self.diagnostics,
            names: &Names,
            version: "0.0.1",
            today: Some("2026-01-01"),
            new_findings: self.new.as_deref(),
        }
    }

    pub(crate) fn answer(&self) -> PathAnswer {
        let path = self.analysis.paths.first().cloned();
        let goal = State { verb: Verb::Deny, element: ElementRef::SYSTEM };
        PathAnswer {
            paths: self.analysis.paths.clone(),
            choke_points: self.analysis.choke_points.clone(),
            nearest_misses: vec![NearestMiss { goal, separated_by: vec![EVIL.into()], path }],
            cuts: vec![GoalCut {
                goal,
                possible: true,
                steps: vec![CutStep {
                    threat: 0,
                    finding: EVIL.into(),
                    element: ElementRef::SYSTEM,
                    controls: vec![EVIL.into()],
                }],
                count: 1,
                at_least: 1,
            }],
        }
    }
}

#[test]
fn nothing_that_a_user_wrote_steers_the_terminal() {
    const STEERS: &str = "x\u{1b}]0;owned\u{7}\u{1b}[2J\r\u{202E}y";
    let mut world = world();
    let rename = |text: &mut Box<str>| *text = STEERS.into();
    rename(&mut world.model.system.name);
    for component in &mut world.model.components {
        rename(&mut component.element.name);
    }
    for finding in &mut world.analysis.findings {
        rename(&mut finding.title);
        rename(&mut finding.description);
        finding.id = format!("{}{STEERS}", finding.id).into();
        for item in &mut finding.evidence {
            rename(&mut item.value);
        }
    }
    for path in &mut world.analysis.paths {
        rename(&mut path.story);
        path.assumptions = vec![STEERS.into()];
        for step in &mut path.steps {
            rename(&mut step.title);
        }
    }
    for question in &mut world.analysis.questions {
        rename(&mut question.text);
    }
    let report = world.report();
    let style = terminal::Style { all: true, ..terminal::Style::default() };
    let mut said = terminal::check(&report, style);
    said += &terminal::paths(&report, &world.answer(), style);
    for finding in &world.analysis.findings {
        said += &terminal::explain(&report, finding, style);
    }
    for question in &world.analysis.questions {
        said += &terminal::question(&report, 1, question, style);
    }
    for bad in ['\u{1b}', '\u{7}', '\r', '\u{202E}', '\0'] {
        assert!(!said.contains(bad), "{bad:?} in {said:?}");
    }
    assert!(said.contains('\u{FFFD}'), "a mark stands where something was left out");
}
