//! Diagrams to test with: a few like those people draw, and random ones.

use super::{
    Badge, BadgeTone, Diagram, DiagramEdge, DiagramGroup, DiagramNode, EdgeStyle, GroupTone, NodeShape, OverlayStep,
    PathOverlay, Places, Rect, StepAt, WayIn,
};

/// Builds a diagram by names.
#[derive(Default)]
pub(crate) struct Sketch {
    pub(crate) diagram: Diagram,
}

impl Sketch {
    pub(crate) fn new(title: &str) -> Self {
        Self { diagram: Diagram { title: title.to_owned(), ..Diagram::default() } }
    }

    pub(crate) fn group(&mut self, label: &str, kind: &str, tone: GroupTone, parent: Option<usize>) -> usize {
        self.diagram.groups.push(DiagramGroup {
            id: label.to_lowercase().replace(' ', "-"),
            label: label.to_owned(),
            kind_label: kind.to_owned(),
            parent,
            tone,
            ..DiagramGroup::default()
        });
        self.diagram.groups.len() - 1
    }

    pub(crate) fn node(&mut self, label: &str, sublabel: &str, shape: NodeShape, group: Option<usize>) -> usize {
        self.diagram.nodes.push(DiagramNode {
            id: label.to_lowercase().replace(' ', "-"),
            label: label.to_owned(),
            sublabel: sublabel.to_owned(),
            shape,
            group,
            ..DiagramNode::default()
        });
        self.diagram.nodes.len() - 1
    }

    pub(crate) fn flow(&mut self, from: usize, to: usize, label: &str, style: EdgeStyle) -> usize {
        self.diagram.edges.push(DiagramEdge {
            id: format!("f{}", self.diagram.edges.len()),
            from,
            to,
            label: label.to_owned(),
            style,
            ..DiagramEdge::default()
        });
        self.diagram.edges.len() - 1
    }

    pub(crate) fn badge(&mut self, node: usize, text: &str, tone: BadgeTone) {
        self.diagram.nodes[node].badge = Some(Badge { text: text.to_owned(), tone });
    }

    pub(crate) fn edge_badge(&mut self, edge: usize, text: &str, tone: BadgeTone) {
        self.diagram.edges[edge].badge = Some(Badge { text: text.to_owned(), tone });
    }
}

/// Five components.
pub(crate) fn small() -> Diagram {
    let mut it = Sketch::new("Guest book");
    let internet = it.group("Internet", "", GroupTone::Untrusted, None);
    let host = it.group("Web host", "machine", GroupTone::Trusted, None);
    let visitor = it.node("Visitor", "Browser", NodeShape::Person, Some(internet));
    let web = it.node("Guest book", "PHP 8", NodeShape::Process, Some(host));
    let db = it.node("Entries", "MariaDB", NodeShape::Store, Some(host));
    let mail = it.node("Mail service", "SMTP relay", NodeShape::External, None);
    let log = it.node("Access log", "", NodeShape::Store, Some(host));
    let post = it.flow(visitor, web, "Entries and pages", EdgeStyle::Encrypted);
    it.diagram.edges[post].both_ways = true;
    it.flow(web, db, "SQL", EdgeStyle::Plain);
    it.flow(web, mail, "Notifications", EdgeStyle::Unknown);
    it.flow(web, log, "", EdgeStyle::Unknown);
    it.badge(web, "3", BadgeTone::High);
    it.badge(db, "1", BadgeTone::Medium);
    it.diagram
}

/// Twelve components of a shop, with an attack path.
pub(crate) fn shop() -> (Diagram, Vec<PathOverlay>) {
    use EdgeStyle::{Encrypted, Plain, Unknown};
    let mut it = Sketch::new("Web shop: production");
    let internet = it.group("Internet", "", GroupTone::Untrusted, None);
    let cloud = it.group("AWS account 4711", "account", GroupTone::Neutral, None);
    let edge = it.group("Public subnet", "network", GroupTone::Neutral, Some(cloud));
    let inner = it.group("Private subnet", "network", GroupTone::Trusted, Some(cloud));
    let data = it.group("Data zone", "boundary", GroupTone::Trusted, Some(inner));
    let customer = it.node("Customer", "Browser", NodeShape::Person, Some(internet));
    let admin = it.node("Shop administrator", "Browser", NodeShape::Person, Some(internet));
    let psp = it.node("Payment provider", "REST API", NodeShape::External, None);
    let alb = it.node("Load balancer", "AWS ALB", NodeShape::Process, Some(edge));
    let portal = it.node("Admin portal", "Django", NodeShape::Process, Some(edge));
    let store_front = it.node("Storefront", "Next.js", NodeShape::Process, Some(inner));
    let orders = it.node("Order service", "Spring Boot", NodeShape::Process, Some(inner));
    let worker = it.node("Invoice worker", "Python", NodeShape::Process, Some(inner));
    let queue = it.node("Order events", "Amazon SQS", NodeShape::Store, Some(inner));
    let db = it.node("Order database", "PostgreSQL 15", NodeShape::Store, Some(data));
    let bucket = it.node("Invoices", "S3 bucket", NodeShape::Store, Some(data));
    let metrics = it.node("Metrics collector", "Prometheus", NodeShape::Process, Some(inner));
    it.diagram.nodes[metrics].dimmed = true;
    it.diagram.nodes[db].emphasis = true;
    let f0 = it.flow(customer, alb, "Orders, card tokens", Encrypted);
    it.diagram.edges[f0].both_ways = true;
    let f1 = it.flow(admin, portal, "Admin session, file uploads", Encrypted);
    it.edge_badge(f1, "2", BadgeTone::Critical);
    it.flow(alb, store_front, "HTTP requests", Plain);
    it.flow(store_front, orders, "Order commands", Plain);
    let pay = it.flow(orders, psp, "Payment requests", Encrypted);
    it.diagram.edges[pay].both_ways = true;
    let f5 = it.flow(orders, db, "SQL", Encrypted);
    it.flow(orders, queue, "OrderPlaced", Unknown);
    it.flow(queue, worker, "OrderPlaced", Unknown);
    it.flow(worker, bucket, "Invoice PDFs", Encrypted);
    let f9 = it.flow(portal, orders, "Refunds and corrections", Plain);
    it.edge_badge(f9, "1", BadgeTone::High);
    it.flow(portal, bucket, "Invoice downloads", Encrypted);
    it.flow(metrics, orders, "Scrape", Plain);
    it.flow(psp, orders, "Webhooks", Encrypted);
    it.flow(orders, orders, "Retries", Unknown);
    it.badge(portal, "4", BadgeTone::Critical);
    it.badge(orders, "3", BadgeTone::High);
    it.badge(db, "2", BadgeTone::Medium);
    it.badge(bucket, "1", BadgeTone::Low);
    it.badge(queue, "?", BadgeTone::Quiet);
    let step = |number, at, label: &str| OverlayStep { number, at, label: label.to_owned(), assumed: number == 4 };
    let path = PathOverlay {
        title: "From the internet to the order database in 5 steps (likely)".to_owned(),
        way_in: Some(WayIn { at: StepAt::Node(admin), label: "Anyone comes in at the administrator".to_owned() }),
        steps: vec![
            step(1, StepAt::Node(admin), "Start with a leaked administrator password"),
            step(2, StepAt::Edge(f1), "Sign in: no second factor is asked"),
            step(3, StepAt::Node(portal), "Upload a template that runs code on the portal"),
            step(4, StepAt::Edge(f9), "Call the order service with the portal's own token"),
            step(5, StepAt::Edge(f5), "Read through the order service's database account"),
            step(6, StepAt::Node(db), "All orders and addresses are read"),
        ],
    };
    (it.diagram, vec![path])
}

/// A small generator of numbers, the same on every platform.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x1234_5678_9ABC_DEF1))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        if end == 0 { 0 } else { usize::try_from(self.0 >> 20).unwrap_or(0) % end }
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const WORDS: [&str; 24] = [
    "order",
    "payment",
    "customer",
    "identity",
    "catalogue",
    "search",
    "invoice",
    "session",
    "audit",
    "report",
    "gateway",
    "worker",
    "scheduler",
    "cache",
    "queue",
    "portal",
    "ledger",
    "profile",
    "media",
    "pricing",
    "notification",
    "inventory",
    "shipping",
    "risk",
];
const TECHNOLOGIES: [&str; 8] =
    ["Spring Boot", "Node.js 22", "PostgreSQL", "Amazon S3", "Redis", "Go", "", "Kubernetes Deployment"];

/// A system of `nodes` components in boundaries up to three deep. Groups stand in tiers from the internet to
/// the data, and flows run mostly inside a group or on to a near one, as they do in systems people build.
pub(crate) fn system(nodes: usize, flows: usize, seed: u64) -> Diagram {
    let mut random = Numbers::new(seed);
    let mut it = Sketch::new(&format!("{nodes} components"));
    let mut groups = vec![it.group("Internet", "", GroupTone::Untrusted, None)];
    let mut open: Vec<usize> = Vec::new();
    for index in 0..(nodes / 6).max(2) {
        open.truncate(random.below(4).min(open.len()));
        let kind = ["network", "account", "cluster", "namespace"][index % 4];
        let tone = if random.chance(60) { GroupTone::Trusted } else { GroupTone::Neutral };
        let name = format!("{} {}", WORDS[random.below(WORDS.len())], ["zone", "network", "boundary"][random.below(3)]);
        let group = it.group(&name, kind, tone, open.last().copied());
        groups.push(group);
        open.push(group);
    }
    let inner = groups.len() - 1;
    let mut homes: Vec<usize> =
        (0..nodes).map(|index| if index < nodes / 10 { 0 } else { 1 + random.below(inner) }).collect();
    homes.sort_unstable();
    for (index, home) in homes.iter().enumerate() {
        let shape = match (home, random.below(10)) {
            (0, 0..=5) => NodeShape::Person,
            (0, _) => NodeShape::External,
            (_, 0..=6) => NodeShape::Process,
            _ => NodeShape::Store,
        };
        let mut label = format!("{} {}", WORDS[random.below(WORDS.len())], WORDS[random.below(WORDS.len())]);
        if random.chance(10) {
            label =
                format!("aws_{}_{}.{}_{index}", label.replace(' ', "_"), WORDS[random.below(24)], WORDS[index % 24]);
        }
        let group = if random.chance(4) { None } else { Some(groups[*home]) };
        let node = it.node(&label, TECHNOLOGIES[random.below(8)], shape, group);
        it.diagram.nodes[node].id = format!("n{index}");
        if random.chance(30) {
            let tone = [BadgeTone::Critical, BadgeTone::High, BadgeTone::Medium, BadgeTone::Low, BadgeTone::Quiet];
            it.badge(node, &(1 + random.below(14)).to_string(), tone[random.below(5)]);
        }
        it.diagram.nodes[node].dimmed = random.chance(5);
    }
    for _ in 0..flows {
        let from = random.below(nodes);
        let to = match random.below(100) {
            0..=74 => (from + 1 + random.below(7)).min(nodes - 1),
            75..=94 => (from + 1 + random.below(nodes / 3 + 1)).min(nodes - 1),
            _ => random.below(nodes),
        };
        let label = match random.below(5) {
            0 => String::new(),
            1 => format!("{} data", WORDS[random.below(24)]),
            2 => WORDS[random.below(24)].to_owned(),
            3 => format!("{} and {} records", WORDS[random.below(24)], WORDS[random.below(24)]),
            _ => {
                format!("{} {} {} requests", WORDS[random.below(24)], WORDS[random.below(24)], WORDS[random.below(24)])
            }
        };
        let style = [EdgeStyle::Encrypted, EdgeStyle::Plain, EdgeStyle::Unknown][random.below(3)];
        let edge = it.flow(from, to, &label, style);
        it.diagram.edges[edge].both_ways = random.chance(20);
        if random.chance(12) {
            it.edge_badge(edge, &(1 + random.below(9)).to_string(), BadgeTone::Medium);
        }
    }
    it.diagram
}

/// The same without groups, drawn in rows close together.
pub(crate) fn grid(nodes: usize, flows: usize, seed: u64) -> Diagram {
    let mut diagram = system(nodes, flows, seed);
    diagram.groups.clear();
    let (mut places, mut at) = (Places::default(), (0, 0));
    for node in &mut diagram.nodes {
        node.group = None;
        places.nodes.push(Some(Rect::new(at.0 * 160, at.1 * 110, 100, 50)));
        at = if at.0 < 19 { (at.0 + 1, at.1) } else { (0, at.1 + 1) };
    }
    diagram.places = Some(places);
    diagram
}

/// Many flows between few boxes, loops, both directions, and long names.
pub(crate) fn knots() -> Diagram {
    let mut it = Sketch::new("Parallel flows, loops and long names");
    let zone = it.group(
        "Processing zone with a name that is rather longer than its content",
        "network",
        GroupTone::Trusted,
        None,
    );
    let deep = it.group("Enclave", "hardware", GroupTone::Trusted, Some(zone));
    let a = it.node("Ingest", "Kafka Connect", NodeShape::Process, Some(zone));
    let b = it.node(
        "module.net.aws_lambda_function.transform[\"eu-central-1\"]",
        "AWS Lambda, Node.js 22, arm64",
        NodeShape::Process,
        Some(deep),
    );
    let c = it.node("Results", "", NodeShape::Store, None);
    let d = it.node(
        "Partner with an extraordinarily verbose official company name, Incorporated",
        "SFTP",
        NodeShape::External,
        None,
    );
    for label in ["Raw events", "Schemas", "Dead letters", "Replay requests", "Heartbeats"] {
        it.flow(a, b, label, EdgeStyle::Encrypted);
    }
    let both = it.flow(a, b, "Control", EdgeStyle::Plain);
    it.diagram.edges[both].both_ways = true;
    it.flow(b, a, "Acknowledgements", EdgeStyle::Encrypted);
    it.flow(b, a, "Back pressure", EdgeStyle::Unknown);
    it.flow(b, b, "Retries", EdgeStyle::Unknown);
    it.flow(a, a, "", EdgeStyle::Plain);
    it.flow(b, c, "Transformed records with personal data of customers in several countries", EdgeStyle::Plain);
    it.flow(d, a, "Nightly batch files", EdgeStyle::Encrypted);
    it.flow(c, d, "Settlement reports", EdgeStyle::Encrypted);
    it.flow(c, c, "Compaction", EdgeStyle::Unknown);
    it.diagram
}

/// Any diagram at all: random shapes and sizes, and now and then an index that leads nowhere.
pub(crate) fn wild(seed: u64) -> Diagram {
    let mut random = Numbers::new(seed);
    let nodes = random.below(22);
    let groups = random.below(8);
    let flows = random.below(36);
    let mut it = Sketch::new("wild");
    for index in 0..groups {
        let parent = if random.chance(60) { Some(random.below(groups + 1)) } else { None };
        let tone = [GroupTone::Untrusted, GroupTone::Neutral, GroupTone::Trusted][random.below(3)];
        it.group(
            &format!("group {index} {}", WORDS[random.below(24)].repeat(1 + random.below(4))),
            "zone",
            tone,
            parent,
        );
    }
    for index in 0..nodes {
        let group = if random.chance(75) { Some(random.below(groups + 1)) } else { None };
        let shape = [NodeShape::Process, NodeShape::Store, NodeShape::External, NodeShape::Person][random.below(4)];
        let label = format!("{} ", WORDS[random.below(24)]).repeat(random.below(7));
        let node = it.node(&label, TECHNOLOGIES[random.below(8)], shape, group);
        it.diagram.nodes[node].id = format!("n{index}");
        if random.chance(30) {
            it.badge(node, "7", BadgeTone::Critical);
        }
    }
    for _ in 0..flows {
        let label = format!("{} ", WORDS[random.below(24)]).repeat(random.below(6));
        let edge = it.flow(random.below(nodes + 1), random.below(nodes + 1), &label, EdgeStyle::Plain);
        it.diagram.edges[edge].both_ways = random.chance(20);
    }
    it.diagram
}
