//! Colours and rules of the picture.
//!
//! Every colour has a name. Inside a page the rules say `var(--vb-name, value)`, so the page may set
//! `--vb-name` and otherwise gets the theme's; in a file of its own they say the value alone, because most
//! programs that read SVG files know no variables. No meaning hangs on a colour alone: trust is in the
//! dashes of a border, protection in the dashes of a line and a lock, severity in the shape of a badge.

use super::svg::Theme;

/// Names and values of the colours: light, dark, print.
const COLOURS: [(&str, [&str; 3]); 32] = [
    ("paper", ["#ffffff", "#14171d", "#ffffff"]),
    ("ink", ["#1d2433", "#e7eaf0", "#000000"]),
    ("muted", ["#566072", "#a3adbd", "#333333"]),
    ("line", ["#47526a", "#aab4c6", "#000000"]),
    ("process", ["#ffffff", "#1f2530", "#ffffff"]),
    ("process-line", ["#33507f", "#8fb0e8", "#000000"]),
    ("store", ["#eef3fa", "#1d2a3c", "#f2f2f2"]),
    ("store-line", ["#33507f", "#8fb0e8", "#000000"]),
    ("external", ["#f1f1f3", "#2a2d35", "#ffffff"]),
    ("external-line", ["#454b57", "#b4bac6", "#000000"]),
    ("faint", ["#a2aab8", "#5d6675", "#888888"]),
    ("untrusted", ["#b5432f", "#f08a73", "#000000"]),
    ("neutral", ["#64708a", "#94a0b8", "#000000"]),
    ("trusted", ["#2b7a4b", "#6fc493", "#000000"]),
    ("tint", ["0.05", "0.09", "0.03"]),
    ("critical", ["#a8201a", "#ff7b72", "#000000"]),
    ("critical-ink", ["#ffffff", "#1a0b0a", "#ffffff"]),
    ("high", ["#c2500f", "#f5a05c", "#404040"]),
    ("high-ink", ["#ffffff", "#1d1005", "#ffffff"]),
    ("medium", ["#fff1cf", "#3b2f12", "#ffffff"]),
    ("medium-ink", ["#7a4b00", "#f3cf7a", "#000000"]),
    ("low", ["#eaf1fd", "#18263d", "#ffffff"]),
    ("low-ink", ["#2a5298", "#9cc0fb", "#000000"]),
    ("quiet", ["#ffffff", "#14171d", "#ffffff"]),
    ("quiet-ink", ["#566072", "#a3adbd", "#333333"]),
    ("risk-critical", ["#f9d5d2", "#541f1d", "#d2d2d2"]),
    ("risk-high", ["#fbe0c8", "#4d3118", "#e2e2e2"]),
    ("risk-medium", ["#fff4d6", "#3f3618", "#f0f0f0"]),
    ("risk-low", ["#e6f0fb", "#1b2c44", "#ffffff"]),
    ("attack", ["#8f1158", "#ff8ac6", "#000000"]),
    ("attack-ink", ["#ffffff", "#26001a", "#ffffff"]),
    ("glow", ["0.22", "0.3", "0.18"]),
];

/// The rules; `$name` stands for a colour, `@` for the scope.
const RULES: &str = "\
@ text{fill:$ink}\
@ .vb-paper{fill:$paper}\
@ .vb-title{font-size:17px;font-weight:600}\
@ .vb-label{font-size:13px;font-weight:600;text-anchor:middle}\
@ .vb-sub{font-size:11px;fill:$muted;text-anchor:middle}\
@ .vb-process .vb-shape{fill:$process;stroke:$process-line;stroke-width:1.5}\
@ .vb-store .vb-shape{fill:$store}\
@ .vb-store .vb-rule{fill:none;stroke:$store-line;stroke-width:1.5}\
@ .vb-external .vb-shape,@ .vb-person .vb-shape{fill:$external;stroke:$external-line;stroke-width:1.5}\
@ .vb-figure{fill:$external-line}\
@ .vb-inner{fill:none;stroke:$process-line;stroke-width:1}\
@ .vb-risk-critical .vb-shape{fill:$risk-critical}\
@ .vb-risk-high .vb-shape{fill:$risk-high}\
@ .vb-risk-medium .vb-shape{fill:$risk-medium}\
@ .vb-risk-low .vb-shape{fill:$risk-low}\
@ .vb-risk{font-size:11px;font-weight:600}\
@ .vb-bar{fill:$ink}\
@ .vb-bar-off{fill:$faint;fill-opacity:.5}\
@ .vb-strong .vb-shape,@ .vb-strong .vb-rule{stroke-width:3}\
@ .vb-dim .vb-shape,@ .vb-dim .vb-rule{stroke:$faint;stroke-dasharray:3 3;stroke-width:1.2}\
@ .vb-dim .vb-label{fill:$muted;font-weight:400}\
@ .vb-dim .vb-figure{fill:$faint}\
@ .vb-untrusted .vb-area{fill:$untrusted;stroke:$untrusted;stroke-dasharray:2 4}\
@ .vb-neutral .vb-area{fill:$neutral;stroke:$neutral;stroke-dasharray:7 4}\
@ .vb-trusted .vb-area{fill:$trusted;stroke:$trusted;stroke-dasharray:14 4}\
@ .vb-wall{fill:none;stroke-width:2;stroke-linejoin:round}\
@ .vb-untrusted .vb-wall{stroke:$untrusted;stroke-dasharray:2 4}\
@ .vb-neutral .vb-wall{stroke:$neutral;stroke-dasharray:10 4 2 4}\
@ .vb-trusted .vb-wall{stroke:$trusted;stroke-dasharray:14 4}\
@ .vb-area{fill-opacity:$tint;stroke-width:1.4}\
@ .vb-name{font-size:12px;font-weight:600}\
@ .vb-kind{font-size:11px;font-weight:400;fill:$muted}\
@ .vb-untrusted .vb-name{fill:$untrusted}\
@ .vb-neutral .vb-name{fill:$neutral}\
@ .vb-trusted .vb-name{fill:$trusted}\
@ .vb-line{fill:none;stroke:$line;stroke-width:1.4;stroke-linejoin:round}\
@ .vb-plain .vb-line{stroke-dasharray:6 4}\
@ .vb-unknown .vb-line{stroke-dasharray:1 4;stroke-linecap:round;stroke-width:1.7}\
@ .vb-head{fill:$line}\
@ .vb-strong .vb-line{stroke-width:2.8}\
@ .vb-plate{fill:$paper;fill-opacity:.94}\
@ .vb-flow{font-size:11px}\
@ .vb-middle{text-anchor:middle}\
@ .vb-lock{fill:$ink;stroke:none}\
@ .vb-shackle{fill:none;stroke:$ink;stroke-width:1.3}\
@ .vb-mark{font-size:10px;font-weight:700;text-anchor:middle}\
@ .vb-critical .vb-badge{fill:$critical;stroke:$paper;stroke-width:1}\
@ .vb-critical .vb-mark{fill:$critical-ink}\
@ .vb-high .vb-badge{fill:$high;stroke:$paper;stroke-width:1}\
@ .vb-high .vb-mark{fill:$high-ink}\
@ .vb-medium .vb-badge{fill:$medium;stroke:$medium-ink;stroke-width:1.8}\
@ .vb-medium .vb-mark{fill:$medium-ink}\
@ .vb-low .vb-badge{fill:$low;stroke:$low-ink;stroke-width:.9}\
@ .vb-low .vb-mark{fill:$low-ink}\
@ .vb-quiet .vb-badge{fill:$quiet;stroke:$quiet-ink;stroke-width:.9;stroke-dasharray:2 2}\
@ .vb-quiet .vb-mark{fill:$quiet-ink}\
@ .vb-node.vb-off,@ .vb-edge.vb-off>path,@ .vb-edge.vb-off>text,@ .vb-edge.vb-off>g,@ .vb-edge.vb-off>.vb-lock{opacity:.5}\
@ .vb-on .vb-line{stroke:$attack;stroke-width:2.4}\
@ .vb-on .vb-head{fill:$attack}\
@ .vb-on .vb-shape,@ .vb-on .vb-rule{stroke:$attack;stroke-width:2.6}\
@ .vb-store.vb-on .vb-shape{stroke:none}\
@ .vb-glow{fill:none;stroke:$attack;stroke-width:9;stroke-opacity:$glow;stroke-linejoin:round;stroke-linecap:round}\
@ .vb-glow-guess{stroke-dasharray:9 9;stroke-linecap:butt}\
@ .vb-entrance>path{fill:none;stroke:$attack;stroke-width:3}\
@ .vb-entrance>.vb-head{fill:$attack;stroke:none}\
@ .vb-step{fill:$attack;stroke:$paper;stroke-width:1.5}\
@ .vb-number{font-size:10px;font-weight:700;fill:$attack-ink;text-anchor:middle}\
@ .vb-guess .vb-step{fill:$paper;stroke:$attack;stroke-dasharray:3 2}\
@ .vb-guess .vb-number{fill:$attack}\
@ .vb-heading{font-size:13px;font-weight:600}\
@ .vb-small{font-size:11px}\
@ .vb-key{font-size:11px;fill:$muted}\
@ .vb-rule-off{stroke:$faint;stroke-width:1}";

/// The rules with every colour filled in by `value`.
fn fill(scope: &str, value: impl Fn(&str, usize) -> String, theme: usize) -> String {
    let mut out = String::with_capacity(RULES.len() * 2);
    let mut rest = RULES;
    while let Some(at) = rest.find(['$', '@']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = from.strip_prefix('@') {
            out.push_str(scope);
            rest = after;
            continue;
        }
        let name = from.get(1..).unwrap_or_default();
        let end = name.find(|it: char| !(it.is_ascii_lowercase() || it == '-')).unwrap_or(name.len());
        let (name, after) = name.split_at(end);
        out.push_str(&value(name, theme));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The value of a colour in a theme; ink for a name that does not exist.
fn literal(name: &str, theme: usize) -> String {
    let found = COLOURS.iter().find(|(it, _)| *it == name).and_then(|(_, values)| values.get(theme));
    (*found.unwrap_or(&"#000000")).to_owned()
}

/// The style sheet of a picture. `variables`: let the page around it set the colours.
pub(crate) fn sheet(theme: Theme, variables: bool) -> String {
    let value = |name: &str, theme: usize| {
        let literal = literal(name, theme);
        if variables { format!("var(--vb-{name},{literal})") } else { literal }
    };
    let scope = format!(".vb-dfd.{}", theme.class());
    let light = fill(&scope, value, theme.column());
    if theme != Theme::Auto {
        return light;
    }
    format!("{light}@media (prefers-color-scheme:dark){{{}}}", fill(&scope, value, Theme::Dark.column()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_named_is_defined_and_used() {
        for part in RULES.split('$').skip(1) {
            let name: String = part.chars().take_while(|it| it.is_ascii_lowercase() || *it == '-').collect();
            assert!(COLOURS.iter().any(|(it, _)| *it == name), "{name} is not defined");
        }
        for (name, _) in COLOURS {
            let used = RULES.split('$').any(|part| {
                part.strip_prefix(name)
                    .is_some_and(|rest| !rest.starts_with(|it: char| it == '-' || it.is_alphanumeric()))
            });
            assert!(used, "{name} is never used");
        }
    }

    #[test]
    fn a_file_of_its_own_has_no_variables() {
        assert!(!sheet(Theme::Light, false).contains("var("));
        assert!(!sheet(Theme::Light, false).contains(['$', '@']));
        assert!(sheet(Theme::Print, true).contains("var(--vb-ink,#000000)"));
        assert!(sheet(Theme::Auto, true).contains("prefers-color-scheme:dark"));
    }
}
