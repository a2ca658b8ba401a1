//! The report as one self-contained HTML file.
//!
//! Nothing is fetched: style and script stand in the page, and its content security policy names them by their hash, so
//! that whatever a model says, nothing else can run. The page is a document first: without the script everything is
//! there and readable, and paths can still be switched, because that is done with radio buttons and CSS. The script
//! folds, filters and sorts. Everything is bounded; where something is left out the page says so.

mod appendix;
mod matrices;
mod overview;
mod prose;
mod register;
mod stage;

pub(crate) use matrices::TACTICS;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use vauban_model::Span;
use vauban_model::brand::Brand;
use vauban_model::finding::{Evidence, Finding};
use vauban_model::model::ElementRef;
use vauban_model::report::Report;
use vauban_model::scale::Level;
use vauban_model::vocabulary::Domain;

use crate::digest::{self, Digest};
use crate::documents::logo;
use crate::text::{html as esc, percent, place};

/// The style of the page.
const STYLE: &str = include_str!("report.css");
/// What makes the page fold, filter and sort.
const SCRIPT: &str = include_str!("report.js");

/// Most findings listed in full: a page with more is slow to open and nobody reads it to the end.
const FINDINGS: usize = 300;
/// Most attack paths.
const PATHS: usize = 20;
/// Most rows of a table of elements.
const ROWS: usize = 150;
/// Most questions.
const QUESTIONS: usize = 30;
/// Characters of a place that are shown in full.
const LONG: usize = 40;
/// Most entries of other lists.
const ENTRIES: usize = 200;

/// The whole report. Without `all`, open findings beyond the default view are counted but not listed.
pub fn html(report: &Report<'_>, all: bool) -> String {
    branded(report, all, &Brand::default())
}

/// As [`html`], with an organisation's name, logo, colour, footer and marking on it.
pub fn branded(report: &Report<'_>, all: bool, brand: &Brand) -> String {
    let digest = Digest::new(report);
    let mut listed = digest.listed(all);
    listed.sort_by_key(|finding| (std::cmp::Reverse(finding.current.risk), finding.status));
    let wanted = listed.len();
    listed.truncate(FINDINGS);
    let anchors = listed.iter().map(|finding| &*finding.id).collect();
    let page = Page { report, digest: &digest, wanted, anchors, listed: &listed };
    let stage = page.stage();
    let mut sections: Vec<Section> = vec![page.overview(), stage.section, page.risk_matrix()];
    sections.extend(page.stride_matrix());
    sections.extend(page.attack_matrix());
    sections.push(page.register());
    sections.extend(page.questions());
    sections.extend(page.decisions());
    sections.extend(page.assets());
    sections.push(page.scope());
    sections.extend(page.recorded());
    sections.extend(page.attack_trees());
    sections.push(page.model());
    sections.push(page.methodology());
    sections.extend(page.messages());
    page.assemble(&sections, &stage.styles, brand)
}

/// The style that a brand adds: its colour, where the page is light and it can be read on it, and the size of the logo.
fn brand_style(brand: &Brand) -> String {
    let mut out = String::new();
    if brand.colour.is_some() {
        let ink = brand.ink().hex();
        let _ =
            write!(out, "@media screen and (prefers-color-scheme: light){{:root{{--accent:#{ink};--link:#{ink}}}}}");
    }
    if brand.logo.is_some() {
        out.push_str(".logo{display:block;max-height:3.5rem;max-width:16rem;margin-bottom:1rem}");
    }
    if !brand.marking.is_empty() {
        out.push_str(".marking{font-weight:700;letter-spacing:.06em;text-transform:uppercase}");
    }
    out
}

/// A part of the page with a heading.
struct Section {
    id: &'static str,
    title: &'static str,
    /// A number shown beside the title in the contents.
    number: Option<usize>,
    body: String,
}

/// What the parts of the page share.
struct Page<'a> {
    report: &'a Report<'a>,
    digest: &'a Digest<'a>,
    listed: &'a [&'a Finding],
    /// How many findings there were to list before the page's own limit.
    wanted: usize,
    /// Ids of the findings that can be linked to.
    anchors: BTreeSet<&'a str>,
}

impl Page<'_> {
    fn assemble(&self, sections: &[Section], picture_styles: &[String], brand: &Brand) -> String {
        let report = self.report;
        let mut policy =
            String::from("default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; script-src");
        let _ = write!(policy, " '{}'; style-src '{}'", source_hash(SCRIPT), source_hash(STYLE));
        for style in picture_styles {
            let _ = write!(policy, " '{}'", source_hash(style));
        }
        let own_style = brand_style(brand);
        if !own_style.is_empty() {
            let _ = write!(policy, " '{}'", source_hash(&own_style));
        }
        let name = esc(&report.model.system.name);
        let mut out = String::with_capacity(256 * 1024);
        let _ = write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"generator\" content=\"Vauban {}\">\n\
             <title>Threat model: {name}</title>\n<style>{STYLE}</style>{}\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#summary\">Skip to the report</a>\n",
            esc(report.version),
            if own_style.is_empty() { String::new() } else { format!("<style>{own_style}</style>") }
        );
        let whose = if brand.name.is_empty() { "Vauban".to_owned() } else { esc(&brand.name) };
        let _ = write!(out, "<nav aria-label=\"Contents\"><p class=\"brand\">{whose}</p><ol>");
        for section in sections {
            let number = section.number.map(|n| format!(" <span class=\"n\">{n}</span>")).unwrap_or_default();
            let _ = write!(out, "<li><a href=\"#{}\">{}{number}</a></li>", section.id, section.title);
        }
        out.push_str("</ol></nav>\n<main>\n");
        out.push_str(&logo(brand));
        if !brand.marking.is_empty() {
            let _ = writeln!(out, "<p class=\"marking\">{}</p>", esc(&brand.marking));
        }
        for (at, section) in sections.iter().enumerate() {
            let id = section.id;
            if at == 0 {
                let _ = writeln!(out, "{}", section.body);
                continue;
            }
            let _ = writeln!(
                out,
                "<section id=\"{id}\" aria-labelledby=\"h-{id}\"><h2 id=\"h-{id}\">{}</h2>{}</section>",
                section.title, section.body
            );
        }
        let files: Vec<String> =
            report.sources.iter().take(10).map(|(_, file)| format!("<code>{}</code>", esc(&file.name))).collect();
        let more = report.sources.len().saturating_sub(10);
        let foot = match &*brand.footer {
            "" => String::new(),
            line => format!("<p>{}</p>", esc(line)),
        };
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = write!(
            out,
            "<footer>{foot}<p>Made by Vauban {} from {}{tail}. The file holds everything it shows and loads nothing.</p></footer>\n</main>\n\
             <script>{SCRIPT}</script>\n</body>\n</html>\n",
            esc(report.version),
            if files.is_empty() { "no file".to_owned() } else { files.join(", ") }
        );
        out
    }

    /// The name of an element, kept apart from the direction of the text around it.
    fn name(&self, element: ElementRef) -> String {
        format!("<bdi>{}</bdi>", esc(&digest::name(self.report.model, element)))
    }

    fn names(&self, elements: impl IntoIterator<Item = ElementRef>) -> String {
        elements.into_iter().map(|element| self.name(element)).collect::<Vec<_>>().join(", ")
    }

    fn of(&self, domain: Domain, list: &[u32]) -> String {
        self.names(list.iter().map(|index| ElementRef { domain, index: *index }))
    }

    /// A fact's place, `shop.yaml:12`.
    fn place(&self, evidence: &Evidence) -> String {
        self.at(evidence.span)
    }

    /// A place; of a long path only the file's own name, with the rest behind it.
    fn at(&self, span: Span) -> String {
        let full = place(span, self.report.sources);
        let shown = if full.chars().count() > LONG { full.rsplit('/').next().unwrap_or(&full) } else { &full };
        if shown == full {
            format!("<code class=\"at\">{}</code>", esc(&full))
        } else {
            format!("<code class=\"at\" title=\"{}\">…/{}</code>", esc(&full), esc(shown))
        }
    }

    /// A link to a finding, or plain text where the page does not list it.
    fn link(&self, id: &str, words: &str) -> String {
        if self.anchors.contains(id) {
            format!("<a href=\"#{}\"><bdi>{}</bdi></a>", percent(&anchor(id), "@:/"), esc(words))
        } else {
            format!("<bdi>{}</bdi>", esc(words))
        }
    }

    /// A link to a finding by its title.
    fn finding_link(&self, id: &str) -> String {
        let title = self.digest.finding(id).map_or(id, |finding| &*finding.title);
        self.link(id, title)
    }
}

/// The anchor of a finding: its id, with nothing that an `id` attribute may not hold.
fn anchor(id: &str) -> String {
    id.chars().map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c }).collect()
}

/// A risk as a word with a sign: shape and word say what the colour says.
fn chip(level: Level) -> String {
    let word = level.as_str();
    format!("<span class=\"chip {word}\">{}{word}</span>", sign(level))
}

/// The sign of a risk, drawn by the style sheet.
fn sign(level: Level) -> String {
    format!("<i class=\"sign {}\" aria-hidden=\"true\"></i>", level.as_str())
}

/// A risk beside the one that counts: the same sign and word, without the weight.
fn quiet_chip(level: Level) -> String {
    format!("<span class=\"quiet\">{}{}</span>", sign(level), level.as_str())
}

/// A text, or a dash where there is none.
fn or_dash(text: &str) -> String {
    if text.trim().is_empty() { "–".to_owned() } else { format!("<bdi>{}</bdi>", esc(text)) }
}

/// A paragraph that says how much is left out and where it is.
fn left_out(out: &mut String, number: usize, what: &str, where_else: &str) {
    if number > 0 {
        let _ = write!(out, "<p class=\"note\">{number} more {what} left out here; {where_else}.</p>");
    }
}

/// The hash by which a content security policy names an inline script or style.
fn source_hash(content: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(content.as_bytes())))
}

/// Base64 with padding, RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..4 {
            if position <= chunk.len() {
                let index = (bits >> (18 - 6 * position)) & 63;
                out.push(ALPHABET.get(index as usize).map_or('=', |letter| char::from(*letter)));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_the_rfc() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn style_and_script_cannot_end_early() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
    }
}
