//! `vauban picture`: the data-flow diagram as a file of its own.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use vauban_analysis::Session;
use vauban_analysis::export::diagram::{Shown, diagram_of, overlay};
use vauban_analysis::export::picture::{self, Folding, PathOverlay, SvgOptions, raster};
use vauban_analysis::export::terminal::count;
use vauban_model::did_you_mean;
use vauban_model::drawing::Drawing;

use super::{Failure, write_replacing};
use crate::project::{self, SharedArguments, When};
use crate::{files, fonts};

/// Arguments of `vauban picture`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban picture model.yaml --output shop.svg             boxes, boundaries and flows
  vauban picture model.yaml --output shop.png --scale 3   as PNG, three pixels for one
  vauban picture model.yaml -o risk.svg --threats --risk  with what was found, and how bad it is
  vauban picture model.yaml -o worst.svg --path worst     with the worst attack path, step by step
  vauban picture drawing.tm7 -o new.svg --drawing none    laid out anew instead of as it was drawn
  vauban picture terraform/ -o cloud.svg --fold           groups closed until it fits a screen
  vauban picture model.yaml -o shop.png --like shop.svg   with everything where shop.svg has it

A model that somebody drew (Threat Dragon, Microsoft Threat Modeling Tool, draw.io, …) keeps its places. If it has several
drawings, each becomes a file: `shop.svg` becomes `shop-checkout.svg` and so on; `--drawing` picks one. More than 320 boxes
are folded, group by group; `--unfold` draws them all.

A picture that is drawn again into the same SVG file keeps what is in both where it was, so that people find it again;
`--anew` lays everything out anew.")]
pub(crate) struct Arguments {
    /// The model; without it: what `vauban.yaml` names, or the model in this folder
    #[arg(value_name = "MODEL")]
    model: Option<String>,

    /// The file to write, .svg or .png; by default SVG to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,

    /// The colours
    #[arg(long, value_enum, default_value_t = Colours::Light)]
    theme: Colours,

    /// The drawing to show, by its name or id; `none` to lay out the whole model anew
    #[arg(long, value_name = "NAME")]
    drawing: Option<String>,

    /// Put things where they are in this SVG picture of an earlier version; by default the file that is written, if it
    /// is there already and the model has no drawing
    #[arg(long, value_name = "FILE", conflicts_with = "anew")]
    like: Option<String>,

    /// Lay out anew, whatever an earlier picture looks like
    #[arg(long)]
    anew: bool,

    /// Draw an attack path, by the id that `vauban paths` shows, or `worst`
    #[arg(long, value_name = "PATH-ID")]
    path: Option<String>,

    /// Count the open threats at each element
    #[arg(long)]
    threats: bool,

    /// Show the worst risk at each element
    #[arg(long)]
    risk: bool,

    /// PNG: pixels for each pixel of the SVG; without it 2, or what a large picture leaves room for
    #[arg(long, value_name = "N", value_parser = scale)]
    scale: Option<f32>,

    /// Close groups until at most 40 boxes are left
    #[arg(long, conflicts_with = "unfold")]
    fold: bool,

    #[command(flatten)]
    shared: SharedArguments,
}

/// Colours of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colours {
    /// Dark on white
    Light,
    /// Light on dark
    Dark,
    /// Black on white, for paper
    Print,
}

fn scale(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| "a number such as 2 or 1.5 is needed".to_owned())?;
    if (0.1..=20.0).contains(&value) { Ok(value) } else { Err("between 0.1 and 20".to_owned()) }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let file = super::to_file(arguments.output.as_deref());
    let is_png = match file.map(str::to_ascii_lowercase) {
        None => false,
        Some(name) if name.ends_with(".svg") => false,
        Some(name) if name.ends_with(".png") => true,
        Some(_) => {
            return Err(Failure::new(
                format!("the ending of `{}` says no kind of picture", file.unwrap_or_default()),
                "name the file .svg or .png",
            ));
        }
    };
    let (session, _) = project::session_with(arguments.model.as_deref(), &arguments.shared, When::Now, PATHS)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    let path = match &arguments.path {
        None => None,
        Some(word) => Some(chosen_path(&session, word)?),
    };
    let drawings = chosen_drawings(&session, arguments)?;
    if drawings.len() > 1 && file.is_none() {
        return Err(Failure::new(
            format!("there are {} drawings, and standard output holds one", drawings.len()),
            format!("name a file with `--output`, or one of them with `--drawing`: {}", names(&session)),
        ));
    }
    let several = drawings.len() > 1;
    // What was read so far is the model: only a picture may be drawn again.
    let again = file.filter(|name| !files::was_read(name));
    let earlier = earlier(arguments, file, drawings.as_slice())?;
    for drawing in drawings {
        let svg = draw(&session, drawing, path.as_ref(), earlier.as_ref(), arguments);
        let output = match (file, drawing) {
            (Some(name), Some(drawing)) if several => Some(numbered(name, drawing)),
            (name, _) => name.map(str::to_owned),
        };
        let bytes = if is_png { png(&svg, arguments.scale)? } else { svg.into_bytes() };
        write_replacing(&bytes, output.as_deref(), again)?;
        if let Some(output) = output {
            tell!("The picture is in {output}.");
        }
    }
    Ok(project::read_whole(&session))
}

/// Paths looked for, so that any that `vauban paths` shows can be named.
const PATHS: usize = 200;

/// An earlier picture, and its file.
struct Earlier {
    file: String,
    svg: String,
    /// Whether the user named it.
    named: bool,
}

/// The picture whose places are kept: the one that is named, or the one that is about to be replaced.
fn earlier(
    arguments: &Arguments,
    file: Option<&str>,
    drawings: &[Option<&Drawing>],
) -> Result<Option<Earlier>, Failure> {
    if let Some(name) = &arguments.like {
        let bytes = files::read(name).map_err(|reason| {
            Failure::new(format!("`{name}` cannot be read: {reason}"), "name an SVG file that `vauban picture` wrote")
        })?;
        let svg = String::from_utf8_lossy(&bytes).into_owned();
        return Ok(Some(Earlier { file: name.clone(), svg, named: true }));
    }
    let Some(name) = file.filter(|name| !arguments.anew && name.to_ascii_lowercase().ends_with(".svg")) else {
        return Ok(None);
    };
    if drawings != [None] || arguments.drawing.is_some() {
        return Ok(None);
    }
    // A file that is not there yet, or no text, is no earlier picture.
    let svg = files::read(name).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(svg.map(|svg| Earlier { file: name.to_owned(), svg, named: false }))
}

/// One picture.
fn draw(
    session: &Session,
    drawing: Option<&Drawing>,
    path: Option<&PathOverlay>,
    earlier: Option<&Earlier>,
    arguments: &Arguments,
) -> String {
    let report = session.report();
    let shown = Shown { threats: arguments.threats, risk: arguments.risk, drawing };
    let mut diagram = diagram_of(&report, shown);
    if let Some(drawing) = drawing.filter(|_| session.project.model.drawings.len() > 1) {
        diagram.title = format!("{}: {}", diagram.title, drawing.name);
    }
    let folding = match (arguments.fold, arguments.shared.unfold) {
        (true, _) => Folding::Tight,
        (_, true) => Folding::Never,
        _ => Folding::Sheet,
    };
    let mut layout = picture::layout_folded(&diagram, folding);
    if let Some(Earlier { file, svg, named }) = earlier {
        match picture::earlier::places(svg, &diagram) {
            Some(places) if !picture::earlier::agrees(&layout, &diagram, &places) => {
                diagram.places = Some(places);
                layout = picture::layout_folded(&diagram, folding);
                if !named {
                    tell!("note: things are where {file} had them; `--anew` lays them out anew");
                }
            }
            None if *named => tell!("note: {file} shows hardly anything of this model, so its places are not used"),
            _ => {}
        }
    }
    let closed = layout.nodes.iter().filter_map(|node| node.folded()).collect::<Vec<usize>>();
    if !closed.is_empty() {
        tell!(
            "note: {} drawn as {}{}",
            count(closed.iter().sum(), "component"),
            count(closed.len(), "box"),
            if arguments.fold { "" } else { "; `--unfold` draws each" }
        );
    }
    let theme = match arguments.theme {
        Colours::Light => picture::Theme::Light,
        Colours::Dark => picture::Theme::Dark,
        Colours::Print => picture::Theme::Print,
    };
    let overlays: Vec<PathOverlay> = path.cloned().into_iter().collect();
    picture::svg(&diagram, &layout, &SvgOptions { overlays: &overlays, theme, ..SvgOptions::default() })
}

/// The attack path that a word names.
fn chosen_path(session: &Session, word: &str) -> Result<PathOverlay, Failure> {
    let report = session.report();
    let paths = &session.analysis.paths;
    let found = if word == "worst" { paths.first() } else { paths.iter().find(|path| *path.id == *word) };
    found.map(|path| overlay(&report, path)).ok_or_else(|| {
        let help = match did_you_mean(word, paths.iter().map(|path| &*path.id)) {
            Some(id) => format!("did you mean `{id}`?"),
            None if paths.is_empty() => "no attack path was found in this model".to_owned(),
            None => "`vauban paths` shows their ids; `worst` is the worst of them".to_owned(),
        };
        Failure::new(format!("there is no attack path `{word}`"), help)
    })
}

/// The drawings to show; none stands for the whole model, laid out anew.
fn chosen_drawings<'s>(session: &'s Session, arguments: &Arguments) -> Result<Vec<Option<&'s Drawing>>, Failure> {
    let drawings = &session.project.model.drawings;
    let Some(word) = arguments.drawing.as_deref() else {
        return Ok(if drawings.is_empty() { vec![None] } else { drawings.iter().map(Some).collect() });
    };
    let named = |it: &&Drawing| *it.id == *word || it.name.eq_ignore_ascii_case(word);
    match drawings.iter().find(named) {
        Some(drawing) => Ok(vec![Some(drawing)]),
        None if word == "none" => Ok(vec![None]),
        None => {
            let help = match did_you_mean(word, drawings.iter().flat_map(|it| [&*it.id, &*it.name])) {
                Some(name) => format!("did you mean `{name}`?"),
                None if drawings.is_empty() => "the model has no drawings; leave `--drawing` out".to_owned(),
                None => format!("one of: {}", names(session)),
            };
            Err(Failure::new(format!("there is no drawing `{word}`"), help))
        }
    }
}

/// The names of some drawings.
fn names(session: &Session) -> String {
    let all = &session.project.model.drawings;
    let some: Vec<String> = all.iter().take(8).map(|it| format!("`{}`", it.name)).collect();
    if all.len() > some.len() { format!("{}, …", some.join(", ")) } else { some.join(", ") }
}

/// The file of one of several drawings.
fn numbered(name: &str, drawing: &Drawing) -> String {
    let plain = |it: char| if it.is_alphanumeric() || it == '-' || it == '_' { it } else { '-' };
    let id: String = drawing.id.chars().map(plain).take(60).collect();
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}-{id}.{ending}"),
        None => format!("{name}-{id}"),
    }
}

/// The picture as PNG, with fonts of this machine for letters that ours lacks.
fn png(svg: &str, scale: Option<f32>) -> Result<Vec<u8>, Failure> {
    let more = if raster::lacking(svg, &[]).is_empty() { Vec::new() } else { fonts::of_this_machine() };
    let lacking = raster::lacking(svg, &more);
    if !lacking.is_empty() {
        let some: String = lacking.iter().take(12).collect();
        tell!(
            "note: no font on this machine has the letters {some}, so the PNG shows boxes for them; install a font that has them \
             (Noto Sans CJK has Chinese, Japanese and Korean), or write .svg, which is shown with the fonts of its reader"
        );
    }
    let drawn = raster::png(svg, scale.unwrap_or(USUAL_SCALE), more.clone());
    let drawn = match (drawn, scale) {
        (Err(raster::RasterError::TooLarge(millions)), None) => {
            let fitting = smaller(millions);
            tell!(
                "note: the picture is large: drawn with `--scale {fitting}`; `--fold` closes groups, and .svg can be enlarged \
                 without end"
            );
            raster::png(svg, fitting, more)
        }
        (drawn, _) => drawn,
    };
    drawn.map_err(|error| Failure::new(error.to_string(), "choose a smaller `--scale`, or write .svg"))
}

/// How large a PNG is drawn where nobody says.
const USUAL_SCALE: f32 = 2.0;

/// A scale, with one digit behind the point, at which a picture fits that has this many million pixels at the usual one.
fn smaller(millions: u64) -> f32 {
    let millions = u32::try_from(millions).map_or(f64::INFINITY, f64::from);
    // Pixels grow with the square; a little room is left for what is rounded up.
    let fits = |tenths: &u8| millions * (f64::from(*tenths) / 20.0).powi(2) < 98.0;
    f32::from((2..20).rev().find(fits).unwrap_or(1)) / 10.0
}

#[cfg(test)]
mod tests {
    use super::smaller;

    #[test]
    fn a_large_picture_is_drawn_as_large_as_it_may_be() {
        for (millions, scale) in [(101u64, 1.9f32), (400, 0.9), (1102, 0.5), (u64::MAX, 0.1)] {
            assert!((smaller(millions) - scale).abs() < 1e-6, "{millions}");
        }
    }
}
