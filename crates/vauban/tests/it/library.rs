//! `vauban library`, and what the library itself must be.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Folder, root, run};

#[test]
fn the_library_s_own_examples_all_pass() {
    let result = run(&["library", "test"]).exits(0);
    assert!(result.out.contains(" 0 failures"), "{}", result.out);
}

#[test]
fn the_library_has_nothing_to_complain_about() {
    let result = run(&["library", "lint"]).exits(0);
    assert!(result.out.contains("; 0 problems"), "{}", result.out);
}

/// Threats by id: STRIDE letters and the text of `library show`'s file.
fn threats() -> BTreeMap<String, String> {
    let out = run(&["library", "list"]).exits(0).out;
    out.lines()
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let (id, stride) = (words.next()?, words.next()?);
            let letters = stride.chars().all(|c| "STRIDEL".contains(c));
            (id.contains(|c: char| c.is_ascii_lowercase()) && letters).then(|| (id.to_owned(), stride.to_owned()))
        })
        .collect()
}

#[test]
fn there_are_at_least_160_threats() {
    let threats = threats();
    assert!(threats.len() >= 160, "{}", threats.len());
    for letter in "STRIDE".chars() {
        let count = threats.values().filter(|stride| stride.contains(letter)).count();
        assert!(count >= 15, "only {count} threats of {letter}");
    }
}

/// What the requirement on STRIDE names, letter by letter, and the threats that cover it.
const NAMED: [(char, &str, [&str; 2]); 18] = [
    ('S', "weak authentication", ["guessable-passwords", "missing-second-factor"]),
    ('S', "missing certificate validation", ["unchecked-server-certificate", "unchecked-client-certificate"]),
    ('S', "session hijacking", ["session-cookie-theft", "session-fixation"]),
    ('T', "unencrypted transmission", ["unencrypted-flow-across-boundary", "legacy-plaintext-protocol"]),
    ('T', "insufficient input validation", ["unvalidated-input-from-less-trusted-zone", "sql-injection"]),
    ('T', "unsecured configuration files", ["configuration-can-be-altered", "configuration-readable-by-too-many"]),
    ('R', "missing audit trails", ["business-actions-without-trail", "administration-without-trail"]),
    ('R', "weak digital signatures", ["unsigned-documents-between-parties", "partner-orders-under-a-shared-secret"]),
    ('R', "insufficient log integrity", ["log-can-be-rewritten", "forged-log-entries"]),
    ('I', "excessive error messages", ["revealing-error-messages", "debug-functions-left-on"]),
    ('I', "unencrypted storage", ["unencrypted-storage", "unencrypted-backups"]),
    ('I', "over-privileged access", ["over-privileged-identity", "over-broad-read-access"]),
    ('D', "resource exhaustion", ["one-request-costs-too-much", "neighbour-takes-all-resources"]),
    ('D', "single points of failure", ["single-point-of-failure", "central-service-without-standby"]),
    ('D', "missing rate limiting", ["unlimited-requests", "flood-from-another-zone"]),
    ('E', "privilege escalation", ["privilege-escalation-by-role-assumption", "privileged-process-within-reach"]),
    ('E', "weak access control", ["missing-authorisation", "broken-function-level-authorisation"]),
    ('E', "missing least privilege", ["application-uses-administrative-account", "standing-privileged-access"]),
];

#[test]
fn everything_the_requirement_names_has_two_threats() {
    let threats = threats();
    let mut wrong = Vec::new();
    for (letter, item, ids) in NAMED {
        for id in ids {
            match threats.get(id) {
                None => wrong.push(format!("{item}: no threat `{id}`")),
                // Configuration and access are often both read and changed; the letter may be a neighbour's for one of two.
                Some(stride) if !stride.contains(letter) && id == ids[0] => {
                    wrong.push(format!("{item}: `{id}` is {stride}, not {letter}"));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The values of `key = [ … ]` in a page's front matter.
fn values(page: &str, key: &str) -> Vec<String> {
    let front = page.split("```").nth(1).unwrap_or_default();
    let mut out = Vec::new();
    let mut inside = false;
    for line in front.lines() {
        if let Some((name, _)) = line.split_once('=')
            && !line.starts_with(' ')
            && !name.contains('"')
        {
            inside = name.trim() == key;
        }
        if inside {
            out.extend(line.split('"').skip(1).step_by(2).map(str::to_owned));
            inside = !line.trim_end().ends_with(']');
        }
    }
    out
}

#[test]
fn states_are_verbs_on_elements_and_what_is_gained_is_more_than_what_is_needed() {
    const VERBS: [&str; 10] =
        ["reach", "act-as", "administer", "run-code", "read", "alter", "deny", "hide", "tag", "touch"];
    const ROOTS: [&str; 6] = ["system", "component", "flow", "boundary", "data", "identity"];
    let mut wrong = Vec::new();
    let mut with_gains = 0;
    let mut entries = 0;
    let mut gained: BTreeSet<String> = BTreeSet::new();
    for path in crate::support::files_below(&root().join("library/threats")) {
        if path.extension().is_none_or(|ending| ending != "md") || path.ends_with("README.md") {
            continue;
        }
        let page = std::fs::read_to_string(&path).expect("a page can be read");
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let (needs, gains) = (values(&page, "needs"), values(&page, "gains"));
        // A permission is needed by being the principal that holds it, and speaks of what the page binds.
        let grant = page.contains("\npermissions ");
        let bound: Vec<String> = page
            .lines()
            .filter(|line| line.starts_with("name ") && grant)
            .filter_map(|line| line.split('"').nth(1).map(str::to_owned))
            .collect();
        entries += 1;
        for state in needs.iter().flat_map(|need| need.split('|')).chain(gains.iter().map(String::as_str)) {
            let mut words = state.split_ascii_whitespace();
            let (verb, walk, rest) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next());
            let root = walk.split('.').next().unwrap_or("");
            let known = ROOTS.contains(&root)
                || grant && (["account", "principal"].contains(&root) || bound.iter().any(|name| name == root));
            if !VERBS.contains(&verb) || !known || rest.is_some_and(|word| !["of", "except"].contains(&word)) {
                wrong.push(format!("{name}: `{state}` is no state"));
            }
        }
        for gain in &gains {
            gained.insert(gain.split(' ').next().unwrap_or("").to_owned());
            // Of a walk to many, one may be needed and all gained.
            if needs.len() == 1 && needs.contains(gain) && !gain.contains('.') {
                wrong.push(format!("{name}: gains only what it needs, `{gain}`"));
            }
        }
        if !gains.is_empty() {
            with_gains += 1;
            if values(&page, "step").is_empty() {
                wrong.push(format!("{name}: gains without a step to tell"));
            }
            if needs.is_empty() && !grant {
                wrong.push(format!("{name}: gains something for nothing"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(with_gains * 2 > entries, "only {with_gains} of {entries} threats lead anywhere");
    for verb in ["act-as", "administer", "run-code", "read", "alter", "deny"] {
        assert!(gained.contains(verb), "nothing gains `{verb}`");
    }
}

/// What is done to a device by somebody who stands in front of it needs hands, and nobody has them over a network.
#[test]
fn what_is_done_by_hand_needs_hands() {
    for path in crate::support::files_below(&root().join("library/threats")) {
        let page = std::fs::read_to_string(&path).expect("a page can be read");
        let physical = page.contains("\"CWE-1263\"") || page.contains("\"CWE-1191\"") || page.contains("\"CAPEC-507\"");
        if physical && !values(&page, "gains").is_empty() {
            assert_eq!(values(&page, "needs"), ["touch component"], "{}", path.display());
        }
    }
}

#[test]
fn every_kind_of_entry_lists_and_shows() {
    for what in ["threats", "controls", "technologies", "attackers", "facts", "frameworks"] {
        assert!(run(&["library", "list", what]).exits(0).out.lines().count() > 5, "{what}");
    }
    run(&["library", "show", "rate-limiting"]).exits(0).prints("Asked as:");
    run(&["library", "show", "sql-injection"]).exits(0).prints("What to do");
}

#[test]
fn labels_of_the_founding_document_are_shown_beside_what_they_are() {
    for (word, title, instead) in [
        ("soc2:CC6.1", "Logical and Physical Access Controls", "CC3.2"),
        ("soc2:CC6.2", "registering and authorising users", "CC3.2"),
        ("iso27001:A.5.1", "Policies for information security", "6.1.2"),
        ("iso27001:A.8.2", "Privileged access rights", "8.2 Information security risk assessment"),
        ("csf:ID.RA-1", "CSF 1.1", "ID.RA-01"),
        ("cmmc:RA.L2-3.11.2", "Vulnerability Scan", "RA.L2-3.11.1 Risk Assessments"),
        ("hipaa:164.308(a)(1)", "Security management process", "164.308(a)(1)(ii)(A) Risk analysis"),
    ] {
        let shown = run(&["library", "show", word]).exits(0);
        for text in [title, instead, "People also call it"] {
            assert!(shown.out.contains(text), "{word}: no `{text}` in\n{}", shown.out);
        }
    }
    run(&["library", "show", "cmmc:RA.L2-3.11.2"]).exits(0).prints("Nothing is claimed");
    run(&["library", "show", "csf-1.1:ID.RA-1"]).exits(0).prints("requires a risk assessment");
}

#[test]
fn requirements_are_shown_in_any_usual_spelling_and_slips_are_told() {
    for word in ["800-53:SA-11(2)", "800-53:sa-11.2", "nist-800-53:SA-11(02)", "fedramp:sa_11_2"] {
        run(&["library", "show", word]).exits(0).prints("SA-11(2) Threat Modeling").prints("expressly-requires");
    }
    run(&["library", "show", "800-53:SA-15(4)"]).exits(0).prints("withdrawn to SA-11(2)");
    run(&["library", "show", "soc3:CC1.1"]).exits(2).says("did you mean `soc2`");
    run(&["library", "show", "soc2:CC3.22"]).exits(2).says("has no requirement `CC3.22`").says("did you mean");
    run(&["library", "show", "pci"]).exits(0).prints("12.3.1");
}

#[test]
fn requirements_that_control_pages_name_must_exist_with_their_version() {
    let folder = Folder::new();
    let page = |requirement: &str| {
        format!(
            "```toml\non = [\"component\"]\nkind = \"preventive\"\neffort = \"low\"\nquestion = \"Is it at {{element}}?\"\n\
             requirements = [\"{requirement}\"]\n```\n\n# Ours\n\nOne line.\n\n## How\n\nLike this.\n"
        )
    };
    let lint = |requirement: &str| {
        folder.write("ours/controls/our-control.md", &page(requirement));
        folder.run(&["library", "lint", "ours"])
    };
    lint("nist-800-53-r5:AC-2").exits(0);
    lint("fedramp:AC-2").exits(1).says("`fedramp` does not say which version").says("nist-800-53-r5:AC-2");
    lint("nist-800-53-r5:ac-02").exits(1).says("write `nist-800-53-r5:AC-2`");
    lint("nist-800-53-r5:SA-15(4)").exits(1).says("was withdrawn").says("SA-11(2)");
    lint("nist-800-53-r9:AC-2").exits(1).says("there is no framework `nist-800-53-r9`");
}

#[test]
fn a_new_threat_begins_as_a_page_to_fill_in() {
    let folder = Folder::new();
    let page = "ours/threats/payments/refund-without-order.md";
    folder.run(&["library", "new", page]).exits(0).says("library test");
    assert!(folder.read(page).contains("## Fires"));
    folder.run(&["library", "new", page]).exits(2).says("already there");
    folder.run(&["library", "new", "refund.txt"]).exits(2).says("threats/");
}

#[test]
fn a_page_that_does_not_do_what_it_says_fails_its_test() {
    let good = std::fs::read_to_string(
        root().join("examples/own-library/our-library/threats/payments/refund-to-any-account.md"),
    )
    .expect("the example is there");
    let folder = Folder::new();
    let control = root().join("examples/own-library/our-library/controls/four-eyes-refund.md");
    let control_text = std::fs::read_to_string(control).expect("it is there");
    folder.write("ours/controls/four-eyes-refund.md", &control_text);
    let page = "ours/threats/payments/refund-to-any-account.md";
    folder.write(page, &good);
    folder.run(&["library", "test", "ours"]).exits(0).prints("3 examples, 0 failures");
    folder.write(page, &good.replace("lacks: [four-eyes-refund]", "controls: [four-eyes-refund]"));
    folder.run(&["library", "test", "ours"]).exits(1).prints("Fires");
    folder.write(page, &good.replace("moves_money)", "moves_monny)"));
    folder.run(&["library", "test", "ours"]).exits(1).says("moves_monny").says("did you mean");
    folder.write(page, &good.replace("CWE-841", "CWE-999999"));
    folder.run(&["library", "lint", "ours"]).exits(1).says("CWE-999999");
    folder.write(page, &good);
    folder.write(
        "ours/controls/four-eyes-refund.md",
        &control_text.replace("kind", "attack_mitigations = [\"M9999\"]\nkind"),
    );
    folder.run(&["library", "lint", "ours"]).exits(1).says("there is no ATT&CK mitigation `M9999`");
}

/// Rows of the table that no page covers any more: CodeStar has ended. A row that is not here has one.
const NO_PAGE_YET: [&str; 1] = ["privesc:aws:x-codestar"];

#[test]
fn every_known_escalation_of_privilege_has_a_page() {
    let table = root().join("../shared/corpus/tables/privesc.csv");
    let Ok(table) = std::fs::read_to_string(&table) else {
        println!("skipped: `{}` is not there", table.display());
        return;
    };
    let mut aliases: BTreeSet<String> = BTreeSet::new();
    for path in crate::support::files_below(&root().join("library/threats")) {
        if path.extension().is_some_and(|ending| ending == "md") {
            aliases.extend(values(&std::fs::read_to_string(&path).expect("a page can be read"), "aliases"));
        }
    }
    let mut rows = 0;
    let mut missing = Vec::new();
    for line in table.lines().skip(1) {
        // The first two columns are plain; a row that goes on over lines would begin otherwise.
        let mut cells = line.split(',');
        let (Some(cloud), Some(id)) = (cells.next(), cells.next()) else { continue };
        rows += 1;
        let name = format!("privesc:{cloud}:{id}");
        if !aliases.contains(&name) && !aliases.contains(&format!("pathfinding:{id}")) {
            missing.push(name);
        }
    }
    missing.sort();
    assert_eq!(rows, 208);
    assert_eq!(missing, NO_PAGE_YET);
}
