//! 03: the models themselves, each in a folder of its own.

use vauban_export::diagram;
use vauban_export::evidence::PackFile;
use vauban_export::picture::{self, Folding, SvgOptions, Theme};
use vauban_export::{json, markdown};
use vauban_format::write_model;

use super::scene::{Scene, System};

/// For each model: the model as text, the analysis as JSON and as a document, the diagram.
pub(super) fn files(scene: &Scene<'_>) -> Vec<PackFile> {
    let mut out = Vec::new();
    for system in &scene.systems {
        let report = system.session.report();
        let parts = [
            ("model.yaml", write_model(&system.session.project.model), "The model: elements, flows, boundaries, facts"),
            ("analysis.json", json::check_text(&report), "Everything the analysis says, for machines"),
            ("analysis.md", markdown::markdown(&report, true), "Threats, paths and questions, for people"),
            ("diagram.svg", picture(system), "The data-flow diagram"),
        ];
        let query = [
            scene.made(system, |path, _| format!("vauban import {path}")),
            scene.made(system, |path, today| format!("vauban check {path} --today {today} --format json")),
            scene.made(system, |path, today| format!("vauban report {path} --today {today} --format markdown --all")),
            scene.made(system, |path, _| format!("vauban picture {path} --theme print")),
        ];
        for ((name, text, title), query) in parts.into_iter().zip(query) {
            out.push(PackFile {
                path: format!("03-models/{}/{name}", system.slug),
                bytes: text.into_bytes(),
                title: format!("{}: {title}", system.name()),
                query,
                as_of: scene.request.as_of.clone(),
                ..PackFile::default()
            });
        }
    }
    out
}

fn picture(system: &System<'_>) -> String {
    let diagram = diagram::diagram(&system.session.report());
    let layout = picture::layout_folded(&diagram, Folding::Sheet);
    picture::svg(&diagram, &layout, &SvgOptions { theme: Theme::Print, ..SvgOptions::default() })
}
