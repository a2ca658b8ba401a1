//! Twenty and more pictures, kept in `fixtures/pictures/*.svg` after somebody looked at each. Rewrite them with
//! `UPDATE_EXPECTED=1 cargo test -p vauban-analysis --test it pictures`, draw them as PNG, and look again.

use vauban_analysis::export::diagram::{Shown, diagram_of, overlay};
use vauban_analysis::export::picture::{self, Folding, SvgOptions, Theme};
use vauban_analysis::project::{Inputs, load};
use vauban_analysis::{Session, embedded, synthetic};

use crate::models;

/// A picture: its name, its model, and how it is drawn.
struct Kept {
    name: &'static str,
    model: &'static str,
    theme: Theme,
    /// Threats and risks.
    found: bool,
    /// The worst path.
    path: bool,
    /// Which drawing of the model; beyond the last: laid out anew.
    drawing: usize,
    folding: Folding,
}

const fn kept(name: &'static str, model: &'static str) -> Kept {
    Kept { name, model, theme: Theme::Light, found: false, path: false, drawing: 0, folding: Folding::Sheet }
}

const KEPT: [Kept; 28] = [
    kept("office", "fixtures/pictures/office.yaml"),
    Kept { theme: Theme::Dark, found: true, ..kept("office-dark", "fixtures/pictures/office.yaml") },
    Kept { drawing: 9, ..kept("office-automatic", "fixtures/pictures/office.yaml") },
    kept("crowded", "fixtures/pictures/crowded.yaml"),
    Kept { theme: Theme::Print, path: true, found: true, ..kept("crowded-print", "fixtures/pictures/crowded.yaml") },
    kept("grown", "fixtures/pictures/grown.yaml"),
    kept("two-drawings-outside", "fixtures/pictures/two-drawings.yaml"),
    Kept { drawing: 1, ..kept("two-drawings-inside", "fixtures/pictures/two-drawings.yaml") },
    kept("languages", "fixtures/pictures/languages.yaml"),
    kept("lines", "fixtures/pictures/lines.yaml"),
    Kept { found: true, path: true, ..kept("web-shop-path", "examples/web-shop/model.yaml") },
    Kept { theme: Theme::Print, found: true, ..kept("web-shop-print", "examples/web-shop/model.yaml") },
    Kept { found: true, ..kept("admin-portal", "examples/admin-portal/model.yaml") },
    kept("data-pipeline", "cases/data-pipeline/model.yaml"),
    kept("hybrid-enterprise", "cases/hybrid-enterprise/model.yaml"),
    Kept { found: true, ..kept("iot-fleet", "cases/iot-fleet/model.yaml") },
    kept("kubernetes-microservices", "cases/kubernetes-microservices/model.yaml"),
    Kept { found: true, path: true, ..kept("llm-assistant", "cases/llm-assistant/model.yaml") },
    Kept { folding: Folding::Tight, ..kept("mobile-banking", "cases/mobile-banking/model.yaml") },
    kept("threagile", "fixtures/import/threagile/shop-0.9/input.yaml"),
    kept("open-threat-model", "fixtures/import/otm/shop/input.json"),
    Kept { found: true, ..kept("threat-dragon", "fixtures/import/threat-dragon/v2-shop/input.json") },
    kept("threat-dragon-curves", "fixtures/import/threat-dragon/boxes-and-curves/input.json"),
    Kept { found: true, ..kept("microsoft", "fixtures/import/mtmt/small-shop/input.tm7") },
    kept("generated-5", "5"),
    kept("generated-50", "50"),
    kept("platform", "fixtures/pictures/platform.yaml"),
    Kept { drawing: 9, ..kept("platform-automatic", "fixtures/pictures/platform.yaml") },
];

fn session(model: &str) -> Session {
    match model.parse::<u32>() {
        Ok(components) => {
            let text = synthetic::model(components);
            let inputs = Inputs { model: "model.yaml".to_owned(), ..Inputs::default() };
            let project = load(&inputs, &mut |_| Ok(text.as_bytes().to_vec())).expect("our own model is read");
            Session::new(project, embedded::load(&[]), models::options())
        }
        Err(_) => models::session(model),
    }
}

#[test]
fn pictures_are_the_kept_ones_and_hide_nothing() {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut wrong = Vec::new();
    for kept in KEPT {
        let session = session(kept.model);
        let report = session.report();
        let drawing = session.project.model.drawings.get(kept.drawing);
        let diagram = diagram_of(&report, Shown { threats: kept.found, risk: kept.found, drawing });
        let layout = picture::layout_folded(&diagram, kept.folding);
        let flaws = picture::flaws(&diagram, &layout);
        wrong.extend(flaws.into_iter().map(|flaw| format!("{}: {flaw}", kept.name)));
        let paths = session.analysis.paths.first().filter(|_| kept.path);
        let overlays: Vec<_> = paths.map(|path| overlay(&report, path)).into_iter().collect();
        let options = SvgOptions { overlays: &overlays, theme: kept.theme, ..SvgOptions::default() };
        let svg = picture::svg(&diagram, &layout, &options);
        let file = models::root().join(format!("fixtures/pictures/{}.svg", kept.name));
        if update {
            std::fs::write(&file, &svg).expect("the picture is written");
        } else if std::fs::read_to_string(&file).ok().as_deref() != Some(svg.as_str()) {
            wrong.push(format!("{} is drawn differently; look at it and keep it with UPDATE_EXPECTED=1", kept.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
