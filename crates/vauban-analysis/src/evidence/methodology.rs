//! 01: by which rules it was judged, and which threats were looked for.

use std::collections::BTreeMap;

use vauban_export::evidence::{List, PackFile, sha256};
use vauban_export::methodology::markdown;
use vauban_format::write_methodology;
use vauban_model::library::Maturity;

use super::scene::{Scene, joined};

/// The methodology as a document and as the file it was read from. Models under different ones give several.
pub(super) fn files(scene: &Scene<'_>) -> Vec<PackFile> {
    let mut found: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for system in &scene.systems {
        let methodology = &system.session.project.methodology;
        let yaml = write_methodology(methodology);
        let entry = found.entry(sha256(yaml.as_bytes())).or_insert_with(|| (markdown(methodology), Vec::new()));
        entry.1.push(system.slug.clone());
    }
    let several = found.len() > 1;
    let mut out = Vec::new();
    for (document, slugs) in found.into_values() {
        let suffix = if several { format!("-{}", slugs.first().map_or("", String::as_str)) } else { String::new() };
        let yaml = scene
            .systems
            .iter()
            .find(|system| slugs.contains(&system.slug))
            .map(|system| write_methodology(&system.session.project.methodology))
            .unwrap_or_default();
        let holds = if several { format!(" for {}", slugs.join(", ")) } else { String::new() };
        for (ending, text, title) in [
            ("md", document, "The methodology in force: scope, scales, matrix, tolerance"),
            ("yaml", yaml, "The same as settings, as the analysis obeys them"),
        ] {
            out.push(PackFile {
                path: format!("01-methodology/methodology{suffix}.{ending}"),
                bytes: text.into_bytes(),
                title: format!("{title}{holds}"),
                query: "vauban methodology".to_owned(),
                as_of: scene.request.as_of.clone(),
                ..PackFile::default()
            });
        }
    }
    out
}

/// The threats that were looked for.
pub(super) fn lists(scene: &Scene<'_>) -> Vec<List> {
    let columns = [
        "id",
        "title",
        "family",
        "on",
        "severity",
        "likelihood",
        "stride",
        "cwe",
        "capec",
        "attack",
        "found",
        "stopped",
        "page_file",
    ];
    let mut list = scene.state("01-methodology/threat-catalogue", "The threats that were looked for", &columns);
    let mut rows: BTreeMap<Box<str>, Vec<String>> = BTreeMap::new();
    let mut counts: BTreeMap<Box<str>, (usize, usize)> = BTreeMap::new();
    for system in &scene.systems {
        let report = system.session.report();
        let id = |threat: u32| report.threats.get(threat as usize).map(|threat| threat.id.clone());
        for id in report.analysis.findings.iter().filter_map(|finding| id(finding.threat)) {
            counts.entry(id).or_default().0 += 1;
        }
        for id in report.analysis.mitigated.iter().filter_map(|mitigated| id(mitigated.threat)) {
            counts.entry(id).or_default().1 += 1;
        }
        for threat in report.threats.iter().filter(|threat| threat.maturity != Maturity::Experimental) {
            let letters: String = threat.stride.iter().map(|letter| letter.letter()).collect();
            let row = vec![
                threat.id.to_string(),
                threat.title.to_string(),
                threat.family.to_string(),
                threat.on.as_str().to_owned(),
                threat.severity.as_str().to_owned(),
                threat.likelihood.as_str().to_owned(),
                letters,
                joined(&threat.cwe),
                joined(&threat.capec),
                joined(&threat.attack),
            ];
            rows.entry(threat.id.clone()).or_insert_with(|| {
                let mut row = row;
                row.extend([String::new(), String::new(), threat.file.to_string()]);
                row
            });
        }
    }
    for (id, row) in &mut rows {
        let (found, stopped) = counts.get(id).copied().unwrap_or_default();
        for (at, number) in [(10, found), (11, stopped)] {
            if let Some(cell) = row.get_mut(at) {
                *cell = number.to_string();
            }
        }
    }
    list.rows = rows.into_values().collect();
    list.selection =
        "Every stable threat of the library in use, those of the organisation's own folders included.".to_owned();
    list.complete =
        "The library is read whole; threats marked experimental are left out unless they were asked for. `found` \
        and `stopped` count over all models of this pack."
            .to_owned();
    vec![list]
}
