//! Models by example: what is understood, and what is said about the rest.

use vauban_format::{InputFile, includes, read_model};
use vauban_model::FileId;
use vauban_model::model::{ElementRef, Origin};
use vauban_model::vocabulary::{Domain, fact};

use crate::support::{body, clean, element, facts, file, fixture, read, show};

#[test]
fn the_small_shop_is_complete_and_fits_on_one_screen() {
    let text = fixture("small-shop.yaml");
    assert!(text.lines().count() <= 50, "{} lines", text.lines().count());
    let model = clean(&text);
    assert_eq!(&*model.system.name, "Corner Shop");
    assert_eq!(&*model.system.id, "corner-shop");
    assert_eq!(model.system.owner.as_deref(), Some("shop-team"));
    assert_eq!(&*model.business_context, "A third of the company's revenue.");
    assert_eq!(model.in_scope.len(), 2);
    assert_eq!(&*model.out_of_scope[0].why, "covered by contract");
    assert_eq!(facts(&model, Domain::System, "corner-shop"), ["criticality=high"]);
    assert_eq!(facts(&model, Domain::Data, "catalogue"), ["classification=public"]);
    let orders = facts(&model, Domain::Data, "orders");
    assert_eq!(orders, ["classification=confidential", "kinds=personal order", "integrity=high"]);
    assert_eq!(model.boundaries[2].parent, Some(1));
    assert!(element(&model, Domain::Boundary, "cloud").control("central-logging").is_some_and(|c| c.present));
    let web = facts(&model, Domain::Component, "web");
    let expected = [
        "kind=process",
        "technology=web-application",
        "handles=orders catalogue",
        "custom_code=yes",
        "machine=container",
    ];
    assert_eq!(web, expected);
    let web = element(&model, Domain::Component, "web");
    assert!(web.control("patch-management").is_some_and(|c| c.present));
    assert!(web.control("rate-limiting").is_some_and(|c| !c.present));
    assert_eq!(model.components[1].boundary, Some(1));
    assert_eq!(
        &*element(&model, Domain::Component, "payments").out_of_scope.as_ref().unwrap().reason,
        "PayCo answers for its inside"
    );
    let flow = &model.flows[1];
    assert_eq!((&*flow.element.id, flow.source, flow.target), ("web->orders-db", 1, 2));
    assert_eq!(&*model.third_parties[0].when_down, "no sales");
    assert_eq!(&*model.assumptions[0].id, "staff-laptops-are-managed-and-patched");
}

#[test]
fn short_forms() {
    let (model, said) = body(
        "data: {orders: confidential}\nboundaries: {net: internet}\nidentities: {ann: human}\n\
         components:\n  db: postgresql\n  web: [nginx, php]\n  other:\nflows:\n  web -> db: postgres\nruntimes: {host: [web, db]}\n\
         abuse_cases: {scalping: Buy all tickets.}\nthreats: {t1: Somebody breaks in}\nnotes: [Remember this]\n",
    );
    assert_eq!(said, "");
    assert_eq!(facts(&model, Domain::Data, "orders"), ["classification=confidential"]);
    assert_eq!(facts(&model, Domain::Boundary, "net"), ["kind=internet"]);
    assert_eq!(facts(&model, Domain::Identity, "ann"), ["kind=person"]);
    assert_eq!(facts(&model, Domain::Component, "db"), ["technology=postgresql"]);
    assert_eq!(facts(&model, Domain::Component, "web"), ["technology=nginx php"]);
    assert!(facts(&model, Domain::Component, "other").is_empty());
    assert_eq!(facts(&model, Domain::Flow, "web->db"), ["protocol=sql"]);
    assert_eq!(model.runtimes[0].components, [1, 0]);
    assert_eq!(&*model.abuse_cases[0].text, "Buy all tickets.");
    assert_eq!(&*model.recorded_threats[0].title, "Somebody breaks in");
    assert_eq!(&*model.notes[0].title, "Remember this");
    assert_eq!(&*model.system.name, "Shop");
}

#[test]
fn every_value_keeps_its_place() {
    let (model, said) =
        body("components:\n  web: {technology: nginx, redundant: yes}\nflows:\n  web <-> web (self): https\n");
    assert_eq!(said, "");
    let web = element(&model, Domain::Component, "web");
    let at = |id| web.fact(id).map(|f| (f.span.line, f.span.column, f.span.length, f.origin));
    assert_eq!((web.span.line, web.span.column, web.span.length), (4, 3, 3));
    assert_eq!(at(fact::TECHNOLOGY), Some((4, 21, 5, Origin::Stated)));
    assert_eq!(at(fact::REDUNDANT), Some((4, 39, 3, Origin::Stated)));
    let flow = element(&model, Domain::Flow, "web->web(self)");
    assert_eq!(flow.fact(fact::PROTOCOL).map(|f| (f.span.line, f.span.column)), Some((6, 23)));
    assert_eq!(flow.bool(fact::TWO_WAY), Some(true));
}

#[test]
fn flows_in_all_spellings() {
    let (model, said) = body(
        "components: {a: , b: , 'x->y': }\nflows:\n  a -> b: https\n  a -> b (reports): {protocol: sql}\n  b->a: {}\n  a <-> b (sync):\n\
         \x20 my-own-id: {from: a, to: b, name: Ship order}\n  x->y -> a: {}\n  odd -> id: {from: b, to: a}\n",
    );
    assert_eq!(said, "");
    let ids: Vec<&str> = model.flows.iter().map(|f| &*f.element.id).collect();
    assert_eq!(ids, ["a->b", "a->b(reports)", "b->a", "a->b(sync)", "my-own-id", "x->y->a", "odd -> id"]);
    let ends: Vec<(u32, u32)> = model.flows.iter().map(|f| (f.source, f.target)).collect();
    assert_eq!(ends, [(0, 1), (0, 1), (1, 0), (0, 1), (0, 1), (2, 0), (1, 0)]);
    assert_eq!(&*model.flows[4].element.name, "Ship order");
}

#[test]
fn broken_flows_are_reported_once_and_the_rest_goes_on() {
    let (model, said) = body(
        "components: {web: , db: }\nflows:\n  web -> bd: {protocol: sqll}\n  lonely: {protocol: https}\n  half: {from: web}\n\
         \x20 web -> db:\n  web->db: {}\nassumptions: [{text: T, about: [web->bd, half, nobody]}]\n",
    );
    assert_eq!(model.flows.len(), 1);
    assert_eq!(
        said,
        "5:10+2 unknown-element: there is no component `bd` | did you mean `db`?\n\
         5:25+4 unknown-word: `sqll` is no word for `protocol` | did you mean `sql`? It is one of PROTOCOLS\n\
         6:3+6 flow-ends: the flow `lonely` does not say where it starts and ends | write its key as `from -> to`, or add `from:` and `to:`\n\
         7:3+4 missing-key: the flow `half` does not say where it ends | add `to: id of a component`\n\
         9:3+7 duplicate-id: the flow `web->db` is declared twice | tell them apart with a label: `from -> to (what for)` | 0:8:3 first declared here\n\
         10:48+6 unknown-element: there is no element `nobody` | there is `web`, `db`, `web->db`\n"
            .replace("PROTOCOLS", &protocols())
    );
}

fn protocols() -> String {
    words_of(fact::PROTOCOL)
}

fn words_of(id: vauban_model::vocabulary::FactId) -> String {
    let words = vauban_model::model::enumeration_of(id).unwrap().definition().values;
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[test]
fn mistakes_in_elements_name_the_remedy() {
    let (model, said) = body(
        "data: {orders: top-secret}\n\
         boundaries: {net: {trust: trusted, technology: x}}\n\
         components:\n\
         \x20 web: {tecnology: nginx, in: nett, handles: [ordrs], redundant: maybe, kind: proces, exposed_to_internet: yes, drop: yes}\n\
         \x20 db: {stores: [web], accepts: [json, jsn], out_of_scope: , tags: {a: b}, add: yes}\n\
         \x20 x: {trust: trusted}\n\
         \x20 y: yes\n\
         flows: {web -> db: {authorisation: none, authorization: rbac}}\n\
         colour: red\n",
    );
    assert_eq!(
        said,
        "3:16+10 unknown-word: `top-secret` is no word for `classification` | it is one of `public`, `internal`, `confidential`, `restricted`\n\
         4:36+10 unknown-key: unknown key `technology` in a boundary | `technology` belongs to a component\n\
         6:9+9 unknown-key: unknown key `tecnology` in a component | did you mean `technology`?\n\
         6:31+4 unknown-element: there is no boundary `nett` | did you mean `net`?\n\
         6:47+5 unknown-element: there is no data asset `ordrs` | did you mean `orders`?\n\
         6:66+5 expected-yes-no: `redundant` takes yes or no, not `maybe` | write `yes` or `no`, unquoted, or `unknown`\n\
         6:79+6 unknown-word: `proces` is no word for `kind` | did you mean `process`? It is one of `process`, `data-store`, `external-entity`\n\
         6:87+19 unknown-key: `exposed_to_internet` cannot be stated: it is computed from other facts | remove it. DOC\n\
         6:113+4 unknown-key: unknown key `drop` in a component | `drop` belongs to a flow\n\
         7:17+3 unknown-element: there is no data asset `web` | `web` is a component; here it takes a data asset\n\
         7:39+3 unknown-word: `jsn` is no word for `accepts` | did you mean `json`? It is one of FORMATS\n\
         7:67+6 expected-list: `tags` takes a list, not a mapping | write `[one, two]`, or `- one` lines\n\
         7:75+3 unknown-key: `add` means something in an overlay only | change the model itself, or move this to the overlay\n\
         8:7+5 unknown-key: unknown key `trust` in a component | `trust` belongs to a boundary\n\
         9:6+3 expected-text: `technology` takes names, not `yes` | write the names, or `unknown`\n\
         10:42+13 duplicate-key: `authorization` is given twice | only the first value is used; remove one of the two | 0:10:21 first given here\n\
         11:1+6 unknown-key: unknown key `colour` in a model | known keys: `vauban`, `system`, `include`, `templates`, `data`, `boundaries`, `identities`, `components`, `flows`, `runtimes`, `third_parties`, `checkpoints`, `assumptions`, `abuse_cases`, `notes`, `threats`, `attack_trees`, `drawings`\n"
            .replace("DOC", fact::EXPOSED_TO_INTERNET.definition().doc)
            .replace("FORMATS", &words_of(fact::ACCEPTS))
    );
    // What could be read is kept; what could not is unknown, not empty.
    assert!(facts(&model, Domain::Component, "web").is_empty());
    assert_eq!(facts(&model, Domain::Component, "db"), ["accepts=json"]);
    assert_eq!(facts(&model, Domain::Flow, "web->db"), ["authorisation=none"]);
}

#[test]
fn unknown_is_a_value_and_empty_lists_mean_something() {
    let (model, said) = body(
        "templates: {t: {redundant: yes, machine: container}}\nidentities: {app: {needs_only: [], may_use: unknown}}\n\
         components: {web: {like: t, redundant: unknown, session: , privileged: unknown}}\n",
    );
    assert_eq!(said, "");
    assert_eq!(facts(&model, Domain::Identity, "app"), ["needs_only="]);
    assert_eq!(facts(&model, Domain::Component, "web"), ["machine=container"]);
}

#[test]
fn protocols_that_nobody_knows_are_kept() {
    let (model, said) = body("components: {a: , b: }\nflows: {a -> b: carrier-pigeon}\n");
    assert_eq!(
        said,
        "4:17+14 warning unlisted-protocol: the protocol `carrier-pigeon` is not in the vocabulary and counts as unknown | \
         it is kept as it stands; state `encryption` and `authentication` to say what matters\n"
    );
    assert_eq!(model.flows[0].element.extras, [("protocol".into(), "carrier-pigeon".into())]);
}

#[test]
fn controls_in_all_spellings() {
    let (model, said) = body(
        "components:\n  a: {controls: [x, y], lacks: z}\n  b: {controls: {x: yes, y: no, z: by hand, u: unknown, v: {present: no, note: too dear}}}\n\
         \x20 c: {controls: [x, x], lacks: [x]}\n  d: {controls: {x: [no]}}\n",
    );
    let stated = |id: &str| {
        let controls = &element(&model, Domain::Component, id).controls;
        controls
            .iter()
            .map(|c| {
                format!(
                    "{}{}{}",
                    if c.present { "+" } else { "-" },
                    c.control,
                    c.note.as_deref().map_or(String::new(), |n| format!(" ({n})"))
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(stated("a"), ["+x", "+y", "-z"]);
    assert_eq!(stated("b"), ["+x", "-y", "+z (by hand)", "-v (too dear)"]);
    assert_eq!(stated("c"), ["+x"]);
    assert_eq!(
        said,
        "6:21+1 conflict: the control `x` is listed twice | only the first statement is used; remove one of the two | 0:6:18 first stated here\n\
         6:33+1 conflict: the control `x` is said to be there and to be missing | only the first statement is used; remove one of the two | 0:6:18 first stated here\n\
         7:21+4 expected-text: `x` takes yes, no, or how it is done, not a list | write `yes`, `no`, or how it is done\n"
    );
}

#[test]
fn templates_inherit_and_are_overridden() {
    let (model, said) = body(
        "templates:\n  base: {owner: ops, tags: [a], controls: [patching, logging]}\n  service: {like: base, kind: process, tags: [b, c], authentication: token}\n  loop1: {like: loop2, owner: l1}\n  loop2: {like: loop1, tags: [l2]}\n\
         components:\n  x: {like: service, owner: me, lacks: [logging]}\n  y: {like: [loop1, missing]}\n  z: {like: [base, service]}\n",
    );
    let x = element(&model, Domain::Component, "x");
    assert_eq!((x.owner.as_deref(), &x.tags[..]), (Some("me"), &["b".into(), "c".into()][..]));
    assert!(x.control("patching").is_some_and(|c| c.present) && x.control("logging").is_some_and(|c| !c.present));
    assert_eq!(element(&model, Domain::Component, "y").tags, ["l2".into()]);
    assert_eq!(element(&model, Domain::Component, "z").tags, ["a".into()]);
    assert_eq!(
        said,
        "7:17+5 template-cycle: the template `loop1` builds on itself | remove this `like`; it is ignored | 0:6:3 the template\n\
         9:13+7 template-mismatch: the template `service` says `authentication`, which a component does not have | use another template here, or split this one | 0:5:54 said here\n\
         10:21+7 unknown-template: there is no template `missing` | there is `base`, `service`, `loop1`, `loop2`\n\
         11:20+7 template-mismatch: the template `service` says `authentication`, which a component does not have | use another template here, or split this one | 0:5:54 said here\n"
    );
}

#[test]
fn a_mistake_in_a_template_is_reported_once() {
    let (_, said) =
        body("templates: {t: {kind: proces, colour: red}}\ncomponents: {a: {like: t}, b: {like: t}, c: {like: t}}\n");
    assert_eq!(said.lines().filter(|line| line.contains("unknown-word")).count(), 1);
    assert_eq!(said.lines().filter(|line| line.contains("unknown-key")).count(), 1, "{said}");
}

#[test]
fn boundaries_nest_and_cycles_are_broken() {
    let (model, said) = body(
        "boundaries:\n  a: {in: c}\n  b: {in: a, boundaries: {inner: {trust: trusted, in: a}}}\n  c: {in: b}\n  self: {in: self}\n\
         components: {x: {part_of: y}, y: {part_of: x}, z: {in: inner}}\n",
    );
    let parents: Vec<Option<u32>> = model.boundaries.iter().map(|b| b.parent).collect();
    assert_eq!(parents, [None, Some(0), Some(1), Some(1), None]);
    assert_eq!(model.components.iter().map(|c| c.parent).collect::<Vec<_>>(), [None, Some(0), None]);
    assert_eq!(
        said,
        "4:11+1 boundary-cycle: the boundary `a` lies inside itself | remove this `in`; the boundary is read as an outermost one\n\
         5:55+1 conflict: the boundary is nested in another one than `in` says | remove `in`, or move the boundary; where it is nested counts\n\
         7:14+4 boundary-cycle: the boundary `self` lies inside itself | remove this `in`; the boundary is read as an outermost one\n\
         8:27+1 part-cycle: the component `x` is a part of itself | remove this `part_of`\n"
    );
}

#[test]
fn several_files_make_one_model() {
    let main = "vauban: 1\nsystem: {name: Shop, owner: a}\ninclude: [ids.yaml]\ncomponents: {web: {runs_as: [app]}}\n";
    let more = "identities: {app: service}\nsystem: {owner: b, criticality: high}\ncomponents: {web: nginx, db: postgresql}\nflows: {web -> db: sql}\n";
    let files = [
        InputFile { id: FileId(0), name: "shop.yaml", text: main },
        InputFile { id: FileId(1), name: "ids.yaml", text: more },
    ];
    let read = read_model(&files);
    assert_eq!(
        show(&read.diagnostics),
        "2:1+6 duplicate-key: `owner` of the system is given in two files | only the first value is used; remove one of the two | 0:2:1 the system is described here\n\
         3:14+3 duplicate-id: the component `web` is declared twice | only the first is read; rename or remove one of the two | 0:4:14 first declared here\n"
    );
    let model = &read.model;
    assert_eq!((model.components.len(), model.flows.len()), (2, 1));
    assert_eq!(facts(model, Domain::Component, "web"), ["runs_as=app"]);
    assert_eq!(facts(model, Domain::System, "shop"), ["criticality=high"]);
    assert_eq!(model.components[1].element.span.file, FileId(1));

    let mut said = Vec::new();
    let found = includes(&files[0], &mut said);
    assert_eq!(found.len(), 1);
    assert_eq!((&*found[0].0, found[0].1.line, found[0].1.column), ("ids.yaml", 3, 11));
    assert!(includes(&files[1], &mut said).is_empty() && said.is_empty());
    assert!(includes(&file("include: {a: b}"), &mut said).is_empty());
    assert_eq!(
        show(&said),
        "1:10+6 expected-text: `include` takes paths of files, not a mapping | write `include: [common/identities.yaml]`\n"
    );
}

#[test]
fn the_version_is_asked_for() {
    let said = |text: &str| show(&read(text).diagnostics);
    assert_eq!(
        said("system: {name: X}\n"),
        "1:1+0 warning missing-version: the file does not say which format it is in | put `vauban: 1` on its first line\n"
    );
    assert_eq!(
        said("vauban: 2\nsystem: X\n"),
        "1:9+1 unsupported-version: `vauban: 2` is a version of the format that this program does not know | \
         write `vauban: 1`, or use a newer Vauban; the file is read as version 1\n"
    );
    assert_eq!(
        said(""),
        "1:1+0 warning empty-model: the file holds no model | start with `vauban: 1`, `system:` and `components:`, or let `vauban init` write a first model\n"
    );
    assert_eq!(
        said("vauban: 1\n"),
        "1:1+0 warning missing-name: the system has no name | write `system: {name: Corner Shop}`\n"
    );
    assert!(said("- a\n- b\n").contains("expected-mapping: a model must be a mapping, not a list"));
    assert!(said("overlay: 1\n").contains("this is an overlay, not a model"));
}

#[test]
fn the_other_lists() {
    let (model, said) = body(
        "data: {cards: restricted}\ncomponents: {web: , idp: }\nflows: {web -> idp: oidc}\n\
         runtimes: {host: {name: Host 1, components: [web, idp], tags: [linux]}}\n\
         third_parties:\n  payco: {name: PayCo, provides: payments, used_by: web, data: [cards], when_down: no sales, contract: C-17, usedby: x}\n\
         checkpoints:\n  login: {authenticates: [web], by: idp, how: OIDC code flow}\n  rights: {authorises: web}\n  nothing: {by: idp}\n\
         assumptions:\n  - Admins are honest.\n  - {text: Admins are honest., about: [web, flow:web->idp, system], owner: ciso}\n  - {id: third, text: T}\n  - {id: third, text: U}\n\
         abuse_cases:\n  - {text: Buy everything., about: cards}\n  - {name: Refund fraud, text: Send back stones.}\n\
         notes: [{kind: question, title: Why?, text: Because.}, {kind: question, title: Who?}]\n\
         threats:\n  t1: {title: T, description: D, categories: [S, T], about: [web], severity: High, status: Open, mitigation: M, cwe: [79, CWE-89, x], score: 9}\n",
    );
    assert_eq!(model.runtimes[0].components, [0, 1]);
    let payco = &model.third_parties[0];
    assert_eq!((payco.used_by[0], payco.data[0]), (0, 0));
    assert_eq!(payco.notes, [("contract".into(), "C-17".into()), ("usedby".into(), "x".into())]);
    let checkpoints: Vec<(bool, usize)> =
        model.checkpoints.iter().map(|c| (c.authenticates, c.protects.len())).collect();
    assert_eq!(checkpoints, [(true, 1), (false, 1), (true, 0)]);
    let ids: Vec<&str> = model.assumptions.iter().map(|a| &*a.id).collect();
    assert_eq!(ids, ["admins-are-honest", "admins-are-honest-2", "third"]);
    assert_eq!(model.assumptions[1].about[2], ElementRef::SYSTEM);
    let cases: Vec<(&str, &str)> = model.abuse_cases.iter().map(|a| (&*a.id, &*a.name)).collect();
    assert_eq!(cases, [("buy-everything", "buy-everything"), ("refund-fraud", "Refund fraud")]);
    assert_eq!(model.notes[1].text.len(), 0);
    let threat = &model.recorded_threats[0];
    assert_eq!((&threat.cwe[..], threat.elements.len()), (&[79, 89][..], 1));
    assert_eq!(threat.extras, [("score".into(), "9".into())]);
    assert_eq!(
        said,
        "8:110+6 warning unknown-key: `usedby` in a third party is kept as a remark | did you mean `used_by`? If not, put it under `notes`\n\
         12:3+7 missing-key: the checkpoint `nothing` does not say what it protects | add `authenticates: [component]` or `authorises: [component]`\n\
         17:5+20 duplicate-id: the assumption `third` is declared twice | only the first is read; rename or remove one of the two | 0:16:5 first declared here\n\
         23:131+1 expected-number: `cwe` takes numbers of weaknesses, not `x` | write `cwe: [79, 89]`\n"
    );
}

#[test]
fn references_and_templates_are_listed_for_editors() {
    let read = read(
        "vauban: 1\nsystem: S\ntemplates: {t: {in: net}}\ndata: {d: public}\nboundaries: {net: }\ncomponents:\n  a: {like: t, handles: [d]}\n  b: {like: t}\nflows:\n  a -> b: {carries: d}\n",
    );
    assert!(read.diagnostics.is_empty());
    let mut places: Vec<String> = read
        .references
        .iter()
        .map(|r| format!("{}:{} {}", r.span.line, r.span.column, read.model.id(r.target)))
        .collect();
    places.sort();
    places.dedup();
    assert_eq!(places, ["10:21 d", "10:3 a", "10:8 b", "3:21 net", "7:26 d"]);
    assert_eq!(read.templates.len(), 1);
}

#[test]
fn controls_of_templates_add_up() {
    let text = "vauban: 1\nsystem: S\ntemplates:\n  base: {controls: [a, b]}\n  web: {like: [base, base], controls: [c], lacks: [d]}\n\
                components:\n  shop: {like: web, controls: {e: yes, b: no}, lacks: [f]}\n  quiet: {like: web, controls: {a: unknown}}\n";
    let read = read(text);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    let stated = |at: usize| {
        let mut list: Vec<(String, bool)> = read.model.components[at]
            .element
            .controls
            .iter()
            .map(|statement| (statement.control.to_string(), statement.present))
            .collect();
        list.sort();
        list.into_iter()
            .map(|(name, there)| format!("{}{name}", if there { "" } else { "no " }))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(stated(0), "a, no b, c, no d, e, no f");
    assert_eq!(stated(1), "b, c, no d");
}
