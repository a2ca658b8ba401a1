//! One answer at a time into a person's overlay.

use proptest::prelude::*;
use vauban_format::{apply_overlay, read_model, write_answer, write_assumption};
use vauban_model::vocabulary::Domain;

use crate::support::{body, facts, file, show};

const WEB: (Domain, &str) = (Domain::Component, "web");

fn answer(text: &str, key: &str, value: &str) -> String {
    write_answer(text, WEB, key, value)
}

#[test]
fn the_first_answer_starts_the_file() {
    assert_eq!(
        answer("", "redundant", "yes"),
        "# What people know about the model and its files do not say.\noverlay: 1\n\ncomponents:\n  web:\n    redundant: yes\n"
    );
    assert_eq!(
        answer("# mine\n", "redundant", "yes"),
        "# mine\noverlay: 1\n\ncomponents:\n  web:\n    redundant: yes\n"
    );
}

#[test]
fn answers_are_added_where_they_belong() {
    let text = "overlay: 1\n\ncomponents:\n  # the shop\n  web:\n    machine: container  # since May\n    # nothing else yet\n\n  db: {redundant: no}\n\n# flows\nflows: {}\n";
    assert_eq!(
        answer(text, "redundant", "true"),
        "overlay: 1\n\ncomponents:\n  # the shop\n  web:\n    machine: container  # since May\n    redundant: yes\n    # nothing else yet\n\n  db: {redundant: no}\n\n# flows\nflows: {}\n"
    );
    let db = (Domain::Component, "db");
    assert_eq!(
        write_answer(text, db, "machine", "virtual"),
        text.replace("{redundant: no}", "{redundant: no, machine: virtual}")
    );
    assert_eq!(write_answer(text, db, "redundant", "yes"), text.replace("redundant: no", "redundant: yes"));
    assert_eq!(answer(text, "machine", "virtual"), text.replace("container", "virtual"));
    let flow = (Domain::Flow, "web->db");
    assert_eq!(
        write_answer(text, flow, "encryption", "TLS"),
        text.replace("flows: {}", "flows: {web -> db: {encryption: tls}}")
    );
    let cache = (Domain::Component, "cache");
    assert_eq!(
        write_answer(text, cache, "stores", "orders, a b"),
        text.replace("  db: {redundant: no}\n", "  db: {redundant: no}\n  cache:\n    stores: [orders, a b]\n")
    );
    assert_eq!(
        write_answer(text, (Domain::System, ""), "criticality", "high"),
        format!("{text}\nsystem:\n  criticality: high\n")
    );
}

#[test]
fn entries_of_all_layouts_are_changed() {
    assert_eq!(
        answer("overlay: 1\ncomponents:\n  web: nginx\n", "redundant", "no"),
        "overlay: 1\ncomponents:\n  web: {technology: nginx, redundant: no}\n"
    );
    assert_eq!(
        answer("overlay: 1\ncomponents:\n  web: nginx # x\n", "technology", "apache"),
        "overlay: 1\ncomponents:\n  web: apache # x\n"
    );
    assert_eq!(
        answer("overlay: 1\ncomponents:\n  web: [nginx, php]\n", "redundant", "no"),
        "overlay: 1\ncomponents:\n  web: {technology: [nginx, php], redundant: no}\n"
    );
    assert_eq!(
        answer("overlay: 1\ncomponents:\n  web:\n", "redundant", "no"),
        "overlay: 1\ncomponents:\n  web:\n    redundant: no\n"
    );
    assert_eq!(
        answer("overlay: 1\ncomponents:\n", "redundant", "no"),
        "overlay: 1\ncomponents:\n  web:\n    redundant: no\n"
    );
    assert_eq!(
        answer("overlay: 1\ncomponents: ~\n", "redundant", "no"),
        "overlay: 1\ncomponents: {web: {redundant: no}}\n"
    );
    assert_eq!(answer("{overlay: 1}", "redundant", "no"), "{overlay: 1, components: {web: {redundant: no}}}");
    assert_eq!(
        answer("overlay: 1\ncomponents:\n  web:\n    redundant:\n    owner: me\n", "redundant", "no"),
        "overlay: 1\ncomponents:\n  web:\n    redundant: no\n    owner: me\n"
    );
    assert_eq!(
        answer("overlay: 1\ncomponents:\n  web:\n    stores:\n    - a\n    - b\n    owner: me\n", "stores", "c"),
        "overlay: 1\ncomponents:\n  web:\n    stores: [c]\n    owner: me\n"
    );
    assert_eq!(
        answer(
            "overlay: 1\ncomponents:\n  web:\n    description: |\n      two\n      lines\n\n  db: x",
            "description",
            "one: line"
        ),
        "overlay: 1\ncomponents:\n  web:\n    description: \"one: line\"\n\n  db: x"
    );
    assert_eq!(
        answer("overlay: 1\r\ncomponents:\r\n  web: {}\r\n", "redundant", "no"),
        "overlay: 1\r\ncomponents:\r\n  web: {redundant: no}\r\n"
    );
    assert_eq!(answer("overlay: 1", "redundant", "no"), "overlay: 1\n\ncomponents:\n  web:\n    redundant: no\n");
    let flow = (Domain::Flow, "web->db(reports)");
    let text = "overlay: 1\nflows:\n  web->db (reports): {protocol: sql}\n";
    assert_eq!(write_answer(text, flow, "protocol", "jdbc"), text);
    assert_eq!(
        write_answer("overlay: 1\n", flow, "protocol", "https"),
        "overlay: 1\n\nflows:\n  web -> db (reports):\n    protocol: https\n"
    );
    let odd = (Domain::Component, "module.net.aws_subnet.private[\"a\"]");
    assert_eq!(
        write_answer("overlay: 1\n", odd, "redundant", "unknown"),
        "overlay: 1\n\ncomponents:\n  \"module.net.aws_subnet.private[\\\"a\\\"]\":\n    redundant: unknown\n"
            .replace("\"module.net.aws_subnet.private[\\\"a\\\"]\"", "module.net.aws_subnet.private[\"a\"]")
    );
}

#[test]
fn controls_move_between_what_is_there_and_what_is_missing() {
    let start = "overlay: 1\ncomponents:\n  web:\n    owner: me\n";
    let yes = answer(start, "control rate-limiting", "yes");
    assert_eq!(yes, format!("{start}    controls: [rate-limiting]\n"));
    assert_eq!(answer(&yes, "control rate-limiting", "yes"), yes);
    let both = answer(&yes, "control waf", "no");
    assert_eq!(both, format!("{yes}    lacks: [waf]\n"));
    let turned = answer(&both, "control rate-limiting", "no");
    assert_eq!(turned, format!("{start}    controls: []\n    lacks: [waf, rate-limiting]\n"));
    let note = answer(&yes, "control waf", "by the provider");
    assert_eq!(note, format!("{start}    controls: {{rate-limiting: yes, waf: by the provider}}\n"));
    assert_eq!(answer(&note, "control waf", "no"), note.replace("by the provider", "no"));
    let unknown = answer(&both, "control waf", "unknown");
    assert_eq!(unknown, format!("{start}    controls: {{rate-limiting: yes, waf: unknown}}\n    lacks: []\n"));
    let block =
        "overlay: 1\ncomponents:\n  web:\n    controls:\n      # why\n      - a  # first\n      - b\n      - c\n";
    assert_eq!(answer(block, "control d", "yes"), format!("{block}      - d\n"));
    assert_eq!(
        answer(block, "control b", "no"),
        "overlay: 1\ncomponents:\n  web:\n    controls:\n      # why\n      - a  # first\n      - c\n    lacks: [b]\n"
    );
    assert_eq!(
        answer("overlay: 1\ncomponents:\n  web:\n    lacks: a\n", "control b", "no"),
        "overlay: 1\ncomponents:\n  web:\n    lacks: [a, b]\n"
    );
}

#[test]
fn what_people_wrote_beside_an_answer_is_never_lost() {
    // The text cannot be edited in place, and written anew it would lose the comment.
    let text = "overlay: 1\ncomponents:\n  # why: Ann asked the vendor\n  db: &x {redundant: no}\n  web: *x\n";
    assert_eq!(write_answer(text, (Domain::Component, "web"), "redundant", "yes"), text);
}

#[test]
fn odd_documents_keep_what_they_say() {
    // Anchors: the value cannot be changed in place without changing two things, so the document is written out.
    let text = "# ours\n\noverlay: 1\ncomponents:\n  db: &x {redundant: no}\n  web: *x\n";
    let changed = answer(text, "redundant", "yes");
    assert_eq!(changed, "# ours\n\noverlay: 1\ncomponents:\n  db: {redundant: no}\n  web: {redundant: yes}\n");
    for text in ["- a\n", "overlay: 1\ncomponents: {web: {", "a: b: c\n", "just text"] {
        assert_eq!(answer(text, "redundant", "yes"), text);
    }
}

#[test]
fn what_was_answered_is_read_back() {
    let (mut model, _) = body("data: {d: public}\nidentities: {i: }\ncomponents: {web: }\n");
    let mut text = String::new();
    for (key, value) in [
        ("redundant", "yes"),
        ("kind", "datastore"),
        ("technology", "nginx, php"),
        ("stores", "d"),
        ("runs_as", "i"),
        ("accepts", "json, upload"),
        ("environment", "Production"),
        ("owner", "no"),
        ("description", "a: b # c"),
    ] {
        text = answer(&text, key, value);
    }
    assert_eq!(show(&apply_overlay(&mut model, &[file(&text)])), "", "{text}");
    assert_eq!(
        facts(&model, Domain::Component, "web"),
        [
            "redundant=yes",
            "kind=data-store",
            "technology=nginx php",
            "stores=d",
            "runs_as=i",
            "accepts=json file",
            "environment=production"
        ]
    );
    let web = &model.components[0].element;
    assert_eq!((web.owner.as_deref(), &*web.description), (Some("no"), "a: b # c"));
    let data = write_answer("", (Domain::Data, "d"), "data_kinds", "pii");
    assert!(data.ends_with("data:\n  d:\n    kinds: [pii]\n"), "{data}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the layout: an answer is read back, comments of untouched lines stay, and nothing else changes.
    #[test]
    fn any_layout(parts in proptest::collection::vec(0usize..PIECES.len(), 0..6), at in 0usize..3, value in 0usize..4, control in any::<bool>()) {
        let mut text = String::from("overlay: 1\ncomponents:\n");
        for (number, part) in parts.iter().enumerate() {
            let id = ["web", "db", "cache", "x", "y", "z"][number];
            text.push_str(&PIECES[*part].replace("ID", id));
        }
        let id = ["web", "db", "new"][at];
        let value = ["yes", "no", "unknown", "some text: with # signs"][value];
        let key = if control { "control rate-limiting" } else { "description" };
        let changed = write_answer(&text, (Domain::Component, id), key, value);
        let model = "vauban: 1\nsystem: S\ncomponents: {web: , db: , cache: , x: , y: , z: , new: }\n";
        let (mut before, mut after) = (read_model(&[file(model)]).model, read_model(&[file(model)]).model);
        prop_assert_eq!(show(&apply_overlay(&mut before, &[file(&text)])), "", "{}", text);
        prop_assert_eq!(show(&apply_overlay(&mut after, &[file(&changed)])), "", "{}", changed);
        for (old, new) in before.components.iter().zip(&after.components) {
            let (mut old, new) = (old.element.clone(), &new.element);
            if &*old.id == id {
                if control {
                    let known = new.control("rate-limiting");
                    prop_assert_eq!(known.map(|c| c.present), match value { "no" => Some(false), "unknown" => None, _ => Some(true) }, "{}", changed);
                    old.controls.retain(|c| &*c.control != "rate-limiting");
                    for kept in &old.controls {
                        prop_assert_eq!(new.control(&kept.control).map(|c| c.present), Some(kept.present));
                    }
                } else {
                    prop_assert_eq!(&*new.description, value);
                }
                prop_assert_eq!(&old.owner, &new.owner);
                prop_assert_eq!(old.facts.len(), new.facts.len());
            } else {
                prop_assert_eq!(&old.description, &new.description);
                prop_assert_eq!(old.controls.len(), new.controls.len(), "{}", changed);
                prop_assert_eq!(old.facts.len(), new.facts.len());
            }
        }
    }
}

const PIECES: &[&str] = &[
    "  ID: nginx\n",
    "  ID:\n",
    "  ID: {}\n",
    "  # a comment\n  ID: {owner: me, controls: [a, rate-limiting]}  # behind\n",
    "  ID:\n    owner: 'it''s me'\n    controls:\n    - a\n    - rate-limiting\n",
    "  ID:\n      controls:\n        - rate-limiting\n      lacks:\n        - b # c\n",
    "  \"ID\":\n    description: >\n      folded\n      text\n    lacks: rate-limiting\n\n",
    "  'ID': {controls: {rate-limiting: no, b: \"}\"},\n    lacks: [c,\n    d]}\n",
    "  ID:\n    controls:\n      rate-limiting: yes\n      c: how # x\n    description: plain text\n      over two lines\n",
    "  ID: [nginx,\n    'p''hp']\n",
    "  ID:\n    description: \"x\\\"y\"\n    machine: virtual\n\n# far left\n\n",
];

#[test]
fn an_assumption_is_answered_by_its_own_words_and_may_be_answered_anew() {
    let what = "the trust of `deploy` is: \"as it was\" # today";
    let first = write_assumption("", what, false);
    let second = write_assumption(&first, what, true);
    assert_eq!(second, first.replace("holds: no", "holds: yes"));
    for (text, holds) in [(&first, false), (&second, true)] {
        let mut model = read_model(&[file("vauban: 1\nsystem: {name: shop}\nassumptions: [others are known]\n")]).model;
        let messages = apply_overlay(&mut model, &[file(text)]);
        assert!(messages.is_empty(), "{messages:?}");
        let texts =
            |list: &[vauban_model::model::Assumption]| list.iter().map(|it| it.text.to_string()).collect::<Vec<_>>();
        let others = "others are known".to_owned();
        let (said, denied) = (texts(&model.assumptions), texts(&model.refuted));
        if holds {
            assert_eq!((said, denied), (vec![others, what.to_owned()], vec![]));
        } else {
            assert_eq!((said, denied), (vec![others], vec![what.to_owned()]));
        }
    }
    // A list of a person's own has no place under an id; it stays as it is.
    let listed = "overlay: 1\nassumptions:\n  - mine\n";
    assert_eq!(write_assumption(listed, what, true), listed);
}
