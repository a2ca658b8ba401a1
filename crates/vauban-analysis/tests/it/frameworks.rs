//! The frameworks that are compiled in: every id equals the tables they were taken from, every claim says who says so.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use vauban_analysis::embedded::{self, ExtraFile};
use vauban_model::framework::{Framework, Frameworks, Requirement, Strength};

use crate::laws_support::LIBRARY;

static FRAMEWORKS: LazyLock<Frameworks> = LazyLock::new(|| LIBRARY.frameworks().0);

fn framework(id: &str) -> &'static Framework {
    FRAMEWORKS.frameworks.iter().find(|framework| *framework.id == *id).unwrap_or_else(|| panic!("no framework {id}"))
}

/// The rows of a table of the corpus, each by column; nothing where the corpus is not here.
fn table(name: &str) -> Option<Vec<Vec<(String, String)>>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/tables/compliance");
    let Ok(mut reader) = csv::Reader::from_path(folder.join(name)) else {
        println!("skipped: ../shared/corpus/tables/compliance/{name} is not here");
        return None;
    };
    let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row = |record: csv::StringRecord| columns.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
    Some(reader.records().map(|record| row(record.unwrap())).collect())
}

fn cell<'a>(row: &'a [(String, String)], column: &str) -> &'a str {
    row.iter().find(|(name, _)| name == column).map_or_else(|| panic!("no column {column}"), |(_, value)| value)
}

/// Compares the ids of a framework with those of a table, in both directions.
fn same_ids(id: &str, file: &str, take: impl Fn(&[(String, String)]) -> bool, ours: impl Fn(&Requirement) -> bool) {
    let Some(rows) = table(file) else { return };
    let theirs: BTreeSet<&str> = rows.iter().filter(|row| take(row)).map(|row| cell(row, "id")).collect();
    let ours: BTreeSet<&str> = framework(id).requirements.iter().filter(|row| ours(row)).map(|row| &*row.id).collect();
    let missing: Vec<_> = theirs.difference(&ours).collect();
    let invented: Vec<_> = ours.difference(&theirs).collect();
    assert!(missing.is_empty() && invented.is_empty(), "{id}: missing {missing:?}, not in the table {invented:?}");
}

#[test]
fn frameworks_read_without_a_complaint() {
    let problems: Vec<String> = LIBRARY
        .frameworks()
        .1
        .iter()
        .map(|d| {
            let place = d.span.map_or(String::new(), |s| format!("{}:{}", LIBRARY.sources.name(s.file), s.line));
            format!("{place}: {} ({})", d.message, d.help.as_deref().unwrap_or(""))
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert_eq!(FRAMEWORKS.frameworks.len(), 18);
}

#[test]
fn every_id_equals_the_table_it_was_taken_from() {
    let any = |_: &[(String, String)]| true;
    let all = |_: &Requirement| true;
    let not = |kind: &'static str| move |row: &Requirement| *row.kind != *kind;
    same_ids("soc2-2017", "soc2_tsc.csv", |row| cell(row, "level") != "point_of_focus", all);
    same_ids("iso-27001-2022", "iso27001_2022.csv", any, all);
    same_ids("nist-csf-1.1", "nist_csf_1_1.csv", any, all);
    same_ids("nist-csf-2.0", "nist_csf_2_0.csv", any, all);
    same_ids("nist-800-53-r5", "nist_800_53r5.csv", any, not("family"));
    same_ids("nist-800-171-r2", "nist_800_171r2.csv", any, not("family"));
    same_ids("nist-800-171-r3", "nist_800_171r3.csv", any, not("family"));
    same_ids("cmmc-2.0", "cmmc2.csv", any, not("domain"));
    same_ids("hipaa-security-rule", "hipaa_security_rule.csv", any, all);
    same_ids("pci-dss-4.0.1", "pci_dss_4.csv", any, all);
    same_ids("nist-ssdf-1.1", "nist_ssdf_1_1.csv", any, all);
}

#[test]
fn titles_that_are_free_equal_the_table() {
    for (id, file, column) in [
        ("iso-27001-2022", "iso27001_2022.csv", "title"),
        ("nist-800-53-r5", "nist_800_53r5.csv", "title"),
        ("nist-800-171-r3", "nist_800_171r3.csv", "title"),
        ("cmmc-2.0", "cmmc2.csv", "title"),
        ("nist-csf-1.1", "nist_csf_1_1.csv", "title_or_statement"),
    ] {
        for row in table(file).unwrap_or_default() {
            let title = framework(id).requirement(cell(&row, "id")).map_or("", |known| &*known.title);
            // The table has the names before version 2.13 of the guide of level 2; those are checked below.
            let title = if id == "cmmc-2.0" && cell(&row, "id").contains(".L2-") {
                title.trim_end_matches(" [CUI Data]").trim_start_matches("Operational ")
            } else {
                title
            };
            assert_eq!(title, cell(&row, column).trim_end_matches('.'), "{id} {}", cell(&row, "id"));
        }
    }
}

#[test]
fn names_of_level_2_of_cmmc_are_those_of_the_guide_2_13() {
    let title = |id: &str| framework("cmmc-2.0").requirement(id).map(|row| row.title.to_string()).unwrap();
    let marked = framework("cmmc-2.0").requirements.iter().filter(|row| row.title.ends_with(" [CUI Data]"));
    assert_eq!(marked.count(), 17, "those that level 1 has as well");
    assert_eq!(title("AC.L2-3.1.1"), "Authorized Access Control [CUI Data]");
    assert_eq!(title("CA.L2-3.12.2"), "Operational Plan of Action");
    assert_eq!(title("RA.L2-3.11.2"), "Vulnerability Scan");
}

#[test]
fn the_numbers_are_those_that_publishers_state() {
    let kinds = |id: &str, kind: &str| {
        framework(id).requirements.iter().filter(|row| *row.kind == *kind && !row.withdrawn).count()
    };
    let inside = |id: &str, baseline: &str| {
        framework(id).active().filter(|row| row.baselines.iter().any(|known| **known == *baseline)).count()
    };
    assert_eq!((kinds("soc2-2017", "criterion"), kinds("soc2-2017", "series")), (61, 20));
    assert_eq!((kinds("iso-27001-2022", "control"), inside("iso-27001-2022", "new-in-2022")), (93, 11));
    assert_eq!(kinds("nist-csf-1.1", "subcategory"), 108);
    let csf = ["function", "category", "subcategory"].map(|kind| kinds("nist-csf-2.0", kind));
    assert_eq!(csf, [6, 22, 106]);
    assert_eq!(framework("nist-800-53-r5").active().count(), 1014);
    let baselines = ["low", "moderate", "high", "privacy"].map(|name| inside("nist-800-53-r5", name));
    assert_eq!(baselines, [149, 287, 370, 96]);
    let fedramp =
        ["low", "li-saas", "moderate", "high"].map(|name| inside("nist-800-53-r5", &format!("fedramp-{name}")));
    assert_eq!(fedramp, [156, 156, 323, 410]);
    assert_eq!((inside("nist-800-171-r2", "basic"), inside("nist-800-171-r2", "derived")), (31, 79));
    assert_eq!(framework("nist-800-171-r3").active().count(), 97);
    assert_eq!(["level-1", "level-2", "level-3"].map(|level| inside("cmmc-2.0", level)), [15, 110, 24]);
    let hipaa = ["standard", "implementation specification"].map(|kind| kinds("hipaa-security-rule", kind));
    assert_eq!(hipaa, [22, 43]);
    let specification = |row: &&Requirement| *row.kind == *"implementation specification";
    let required = framework("hipaa-security-rule").active().filter(specification);
    assert_eq!(required.filter(|row| row.baselines.iter().any(|mark| **mark == *"required")).count(), 21);
    let pci = ["requirement", "section", "defined requirement", "appendix"].map(|kind| kinds("pci-dss-4.0.1", kind));
    assert_eq!(pci, [12, 71, 281, 3]);
    let ssdf = ["group", "practice", "task"].map(|kind| kinds("nist-ssdf-1.1", kind));
    assert_eq!(ssdf, [4, 19, 42]);
    assert_eq!((kinds("cis-8.1", "control"), kinds("cis-8.1", "safeguard")), (18, 153));
    assert_eq!(["ig1", "ig2", "ig3"].map(|group| inside("cis-8.1", group)), [56, 130, 153]);
    assert_eq!((kinds("iec-62443-4-1", "practice"), kinds("iec-62443-4-1", "requirement")), (8, 47));
    assert_eq!(framework("iso-sae-21434-2021").requirements.iter().filter(|row| row.id.contains("-15-")).count(), 25);
}

#[test]
fn sa_11_2_is_in_fedramp_moderate_and_high_and_in_no_baseline_of_nist() {
    let control = framework("nist-800-53-r5").requirement("SA-11(2)").unwrap();
    assert_eq!(control.baselines, ["fedramp-moderate".into(), "fedramp-high".into()]);
    let gone = framework("nist-800-53-r5").requirement("SA-15(4)").unwrap();
    assert!(gone.withdrawn && gone.withdrawn_to == ["SA-11(2)".into()]);
}

#[test]
fn every_claim_names_its_source_and_what_answers_it() {
    assert!(FRAMEWORKS.claims.len() > 180, "{}", FRAMEWORKS.claims.len());
    for claim in &FRAMEWORKS.claims {
        assert!(claim.source.len() > 15 && !claim.artefacts.is_empty(), "{}:{}", claim.framework, claim.requirement);
        if claim.strength == Strength::Mitigated {
            assert!(!claim.limit.is_empty(), "{}:{} says no limit", claim.framework, claim.requirement);
        }
    }
    for framework in &FRAMEWORKS.frameworks {
        for text in [&framework.source, &framework.licence, &framework.checked] {
            assert!(text.len() > 3, "{}", framework.id);
        }
        assert!(FRAMEWORKS.claims.iter().any(|claim| claim.framework == framework.id), "nothing on {}", framework.id);
    }
}

#[test]
fn what_the_table_of_express_requirements_names_is_claimed_as_such_and_nothing_weaker_is() {
    let strength = |framework: &str, id: &str| FRAMEWORKS.claim(framework, id).map(|claim| claim.strength);
    for (framework, id) in [
        ("nist-800-53-r5", "SA-11(2)"),
        ("nist-800-53-r5", "SA-15(8)"),
        ("nist-ssdf-1.1", "PW.1.1"),
        ("cis-8.1", "16.14"),
        ("iec-62443-4-1", "SR-2"),
        ("iec-62443-4-1", "SVV-2"),
        ("iso-sae-21434-2021", "RQ-15-03"),
        ("fda-premarket-cybersecurity", "V.A.1"),
    ] {
        assert_eq!(strength(framework, id), Some(Strength::ExpresslyRequires), "{framework}:{id}");
    }
    let words = [
        "soc2-2017",
        "iso-27001-2022",
        "nist-csf-1.1",
        "nist-csf-2.0",
        "cmmc-2.0",
        "hipaa-security-rule",
        "pci-dss-4.0.1",
        "nis2",
        "dora",
        "cra",
        "nist-800-171-r2",
        "nist-800-171-r3",
    ];
    for claim in FRAMEWORKS.claims.iter().filter(|claim| words.contains(&&*claim.framework)) {
        assert_ne!(claim.strength, Strength::ExpresslyRequires, "{}:{}", claim.framework, claim.requirement);
    }
    // Never more than is true: no risk assessment, no evidence at all, a scan.
    assert_eq!(strength("soc2-2017", "CC6.1"), Some(Strength::Mitigated));
    for (framework, id) in [("soc2-2017", "CC6.2"), ("iso-27001-2022", "A.8.2"), ("cmmc-2.0", "RA.L2-3.11.2")] {
        assert_eq!(strength(framework, id), None, "{framework}:{id}");
    }
}

#[test]
fn the_founding_document_s_labels_are_accepted_and_lead_to_what_was_meant() {
    let instead = |framework: &str, id: &str| -> Vec<String> {
        let found = FRAMEWORKS.deviation(framework, id).unwrap_or_else(|| panic!("{framework}:{id}"));
        found.instead.iter().map(ToString::to_string).collect()
    };
    assert_eq!(instead("soc2-2017", "CC6.1")[0], "CC3.2");
    assert_eq!(instead("soc2-2017", "CC6.2")[0], "CC3.2");
    assert_eq!(instead("iso-27001-2022", "A.8.2")[0], "8.2");
    assert_eq!(instead("iso-27001-2022", "A.5.1")[0], "6.1.2");
    assert_eq!(instead("cmmc-2.0", "RA.L2-3.11.2")[0], "RA.L2-3.11.1");
    assert_eq!(instead("hipaa-security-rule", "164.308(a)(1)")[0], "164.308(a)(1)(ii)(A)");
    // Every id of the table is accepted or is the framework's own already.
    for row in table("requirements_label_deviations.csv").unwrap_or_default() {
        let id = match cell(&row, "framework") {
            "SOC 2" => "soc2",
            "ISO 27001" => "iso27001",
            "NIST CSF" => "csf-1.1",
            "CMMC" => "cmmc",
            "HIPAA" => "hipaa",
            other => panic!("{other}"),
        };
        let framework = FRAMEWORKS.find(id).unwrap();
        for word in cell(&row, "id_in_requirements").split("..") {
            let known = framework.spelt(word).is_some() || FRAMEWORKS.deviation(&framework.id, word).is_some();
            assert!(known, "{id}:{word}");
        }
    }
}

#[test]
fn crosswalks_hold_what_their_tables_hold() {
    for (from, to, file, left, right) in [
        ("nist-csf-1.1", "nist-csf-2.0", "xw_csf11_to_csf20.csv", "csf_1_1", "csf_2_0"),
        ("nist-csf-2.0", "iso-27001-2022", "xw_csf20_to_iso27001_2022.csv", "nist_csf_2_0", "iso27001_2022"),
        ("nist-800-53-r5", "iso-27001-2022", "xw_80053r5_to_iso27001_2022.csv", "nist_800_53r5", "iso27001_2022"),
        ("hipaa-security-rule", "nist-800-53-r5", "xw_hipaa_80066r2_to_80053r5.csv", "hipaa_standard", "target"),
        ("hipaa-security-rule", "nist-csf-2.0", "xw_hipaa_80066r2_to_csf20.csv", "hipaa_standard", "target"),
        (
            "nist-800-171-r3",
            "nist-800-53-r5",
            "xw_800171r3_to_80053r5.csv",
            "nist_800_171r3",
            "nist_800_53r5_source_control",
        ),
    ] {
        let crosswalk = FRAMEWORKS.crosswalks.iter().find(|known| *known.from == *from && *known.to == *to).unwrap();
        assert!(!crosswalk.derived, "{from}--{to}");
        let Some(rows) = table(file) else { continue };
        let theirs: BTreeSet<(&str, &str)> = rows.iter().map(|row| (cell(row, left), cell(row, right))).collect();
        let ours: BTreeSet<(&str, &str)> = crosswalk.rows.iter().map(|(from, to, _)| (&**from, &**to)).collect();
        assert_eq!(ours, theirs, "{from}--{to}");
    }
    let derived: Vec<&str> =
        FRAMEWORKS.crosswalks.iter().filter(|known| known.derived).map(|known| &*known.from).collect();
    assert_eq!(derived, ["nist-csf-2.0", "nist-csf-1.1"]);
}

/// What is wrong with files of an organisation.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let extra: Vec<ExtraFile> = files
        .iter()
        .map(|(path, text)| ExtraFile { path: (*path).into(), name: (*path).into(), text: (*text).into() })
        .collect();
    let loaded = embedded::load(&extra);
    loaded.frameworks().1.iter().map(|d| format!("{} {}", d.code, d.message)).collect()
}

const HEAD: &str = "id = \"ours\"\nname = \"Ours\"\nversion = \"1\"\npublisher = \"us\"\nsource = \"us\"\nlicence = \"own\"\n\
                    checked = \"read\"\ngroups = [\"part\"]\n";

#[test]
fn an_organisation_brings_its_own_framework_and_claims() {
    let files = [
        ("frameworks/ours.toml", HEAD),
        ("frameworks/ours.csv", "id,kind,parent,title\n1,part,,First\n1.1,rule,1,\"Model, always\"\n"),
        (
            "frameworks/claims.toml",
            "[[claim]]\nframework = \"ours\"\nrequirements = [\"1.1\"]\nstrength = \"expressly-requires\"\n\
             artefacts = [\"threat-model\"]\nsource = \"our handbook, page 3\"\n\
             [[claim]]\nframework = \"soc2-2017\"\nrequirements = [\"CC3.2\"]\nstrength = \"supported\"\n\
             artefacts = [\"risk-register\"]\nsource = \"our auditor, 2026\"\n",
        ),
    ];
    let extra: Vec<ExtraFile> = files
        .iter()
        .map(|(path, text)| ExtraFile { path: (*path).into(), name: (*path).into(), text: (*text).into() })
        .collect();
    let (frameworks, problems) = embedded::load(&extra).frameworks();
    assert!(problems.is_empty(), "{problems:?}");
    let (_, requirement) = frameworks.locate("ours", "1.1").unwrap();
    assert_eq!(&*requirement.title, "Model, always");
    assert_eq!(frameworks.claim("ours", "1.1").unwrap().strength, Strength::ExpresslyRequires);
    assert_eq!(frameworks.claim("soc2-2017", "CC3.2").unwrap().strength, Strength::Supported);
    assert_eq!(frameworks.claim("soc2-2017", "CC3.4").unwrap().strength, Strength::RequiresRiskAssessment);
}

#[test]
fn broken_frameworks_say_what_is_wrong() {
    let rows = "id,kind,parent,title\n1.1,rule,1,No parent\n2,rule,,Two\n2,rule,,Twice\n3,rule\n,rule,,None\n";
    let told = told(&[
        ("frameworks/ours.toml", HEAD),
        ("frameworks/ours.csv", rows),
        ("frameworks/other.toml", HEAD),
        (
            "frameworks/claims.toml",
            "[[claim]]\nframework = \"ours\"\nrequirements = [\"2\", \"9\"]\nstrength = \"strong\"\nartefacts = [\"pape\"]\n\
             source = \"s\"\n[[claim]]\nframework = \"sock2\"\nrequirements = [\"1\"]\nstrength = \"supported\"\n\
             artefacts = [\"metrics\"]\nsource = \"s\"\n[[claim]]\nframework = \"ours\"\nrequirements = [\"9\"]\n\
             strength = \"supported\"\nartefacts = [\"metrics\"]\nsource = \"s\"\n[[claim]]\nframework = \"ours\"\n\
             requirements = [\"2\"]\nstrength = \"supported\"\nartefacts = [\"metrics\"]\n",
        ),
    ]);
    for expected in [
        "framework-row `1.1` belongs to `1`, which does not stand above it",
        "framework-row there are two rows `2`",
        "framework-row the row has not as many cells as the first line",
        "framework-row the row has no id",
        "framework-row the file's name is not the id `ours`",
        "unknown-word there is no artefact `pape`",
        "unknown-framework there is no framework `sock2`",
        "unknown-requirement `ours` has no requirement `9`",
        "missing-key `source` is missing",
    ] {
        assert!(told.iter().any(|line| line == expected), "{expected}\n{}", told.join("\n"));
    }
}
