//! A simulation as text for a terminal and as Markdown: the same tables.

use std::fmt::Write as _;

use vauban_model::report::Report;
use vauban_model::simulation::{AnnualLoss, Money, Simulation, Variant};

use super::numbers::{amount, days, interval, percent, points};
use crate::terminal::Style;
use crate::text::{capital, in_markdown, one_line};
use crate::wrap::{cell, columns};

/// Cells of a table, the first row its head.
type Table = Vec<Vec<String>>;

/// For people at a terminal. Tables fit themselves, sentences are broken between words.
pub fn terminal(report: &Report<'_>, found: &Simulation, style: Style) -> String {
    let head = format!("{}: {}\n", style.bold(&one_line(&report.model.system.name)), settings(found));
    let mut out = style.fitted(head);
    let say = |out: &mut String, text: String| out.push_str(&style.fitted(text));
    if found.goals.is_empty() {
        say(&mut out, format!("\n{}\n", nothing(found)));
    } else {
        let _ = writeln!(out, "\n{}", style.bold("Time to compromise"));
        aligned(&mut out, &goals(found), style.width);
        say(&mut out, format!("{}\n", style.dim(reading(found))));
    }
    let mut rest = String::new();
    more(&mut rest, found);
    say(&mut out, rest);
    if let Some(variant) = &found.variant {
        say(&mut out, format!("\n{}\n", style.bold(&format!("With {}", one_line(&variant.changes.join(", "))))));
        aligned(&mut out, &compared(found, variant), style.width);
        say(&mut out, format!("{}\n", style.dim(&change_words(found, variant))));
    }
    if let Some(money) = &found.money {
        let _ = writeln!(out, "\n{}", style.bold(&format!("Loss in a year, {}", one_line(&money.currency))));
        aligned(&mut out, &losses(money), style.width);
        say(&mut out, format!("{}\n", style.dim(&money_words(money))));
        let _ = writeln!(out, "\n{}", style.bold("Years that lose at least"));
        out.push_str(&curve(money));
        let _ = writeln!(out, "\n{}", style.bold("By attacker"));
        aligned(&mut out, &attackers(money), style.width);
        if let Some(sentence) = saving(money) {
            say(&mut out, format!("\n{sentence}\n"));
        }
    }
    out
}

/// For pull requests and wikis.
pub fn markdown(report: &Report<'_>, found: &Simulation) -> String {
    let name = in_markdown(&report.model.system.name);
    let mut out = format!("# {name}: time to compromise\n\n{}.\n", capital(&settings(found)));
    if found.goals.is_empty() {
        let _ = writeln!(out, "\n{}", nothing(found));
    } else {
        out.push('\n');
        rows(&mut out, &goals(found));
        let _ = writeln!(out, "\n{}", reading(found));
    }
    more(&mut out, found);
    if let Some(variant) = &found.variant {
        let _ = writeln!(out, "\n## With {}\n", in_markdown(&variant.changes.join(", ")));
        rows(&mut out, &compared(found, variant));
        let _ = writeln!(out, "\n{}", change_words(found, variant));
    }
    if let Some(money) = &found.money {
        let _ = writeln!(out, "\n## Loss in a year, {}\n", in_markdown(&money.currency));
        rows(&mut out, &losses(money));
        let _ =
            writeln!(out, "\n{}\n\nYears that lose at least:\n\n```text\n{}```\n", money_words(money), curve(money));
        rows(&mut out, &attackers(money));
        if let Some(sentence) = saving(money) {
            let _ = writeln!(out, "\n{sentence}");
        }
    }
    out
}

fn settings(found: &Simulation) -> String {
    format!(
        "{} samples, seed {}, horizon {} days, {}{}",
        found.samples,
        found.seed,
        found.horizon_days,
        if found.at_once { "attackers begin at day 0" } else { "attackers come in their own time" },
        if found.confirmed_only { ", confirmed steps only" } else { ", what nobody confirmed counted too" },
    )
}

fn nothing(found: &Simulation) -> String {
    match found.goals_total {
        0 => "Nothing in the model is rated as worth attacking; state a classification or a criticality.".to_owned(),
        total => format!("No attacker reaches any of the {total} goals in any sample."),
    }
}

fn reading(found: &Simulation) -> &'static str {
    if found.at_once {
        "Days from the beginning of an attack. \"never\": too few samples reach it for that percentile. Intervals hold with 95 % confidence."
    } else {
        "Days from today, waiting for an attacker included. \"never\": too few samples reach it for that percentile. Intervals hold with 95 % confidence."
    }
}

fn more(out: &mut String, found: &Simulation) {
    let rest = found.goals_total.saturating_sub(found.goals.len());
    if rest > 0 && !found.goals.is_empty() {
        let _ = writeln!(out, "{rest} more goals are less likely or out of reach; `--top` shows more.");
    }
}

fn goals(found: &Simulation) -> Table {
    let head = [
        "goal".to_owned(),
        "impact".to_owned(),
        format!("within {} d", found.horizon_days),
        "interval".to_owned(),
        "5 %".to_owned(),
        "50 %".to_owned(),
        "95 %".to_owned(),
        "median when reached".to_owned(),
    ];
    let mut table = vec![head.to_vec()];
    for goal in &found.goals {
        table.push(vec![
            one_line(&goal.name),
            goal.impact.level().to_string(),
            percent(goal.within.value()),
            interval(&goal.within),
            days(goal.times.p5),
            days(goal.times.p50),
            days(goal.times.p95),
            days(goal.median_when_reached),
        ]);
    }
    table
}

fn compared(found: &Simulation, variant: &Variant) -> Table {
    let head = ["goal", "today", "with it", "change, points", "interval", "median today", "median with it"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for ((before, after), difference) in found.goals.iter().zip(&variant.goals).zip(&variant.differences) {
        table.push(vec![
            one_line(&before.name),
            percent(before.within.value()),
            percent(after.within.value()),
            points(difference.change),
            format!("{} to {}", points(difference.low), points(difference.high)),
            days(before.median_when_reached),
            days(after.median_when_reached),
        ]);
    }
    table
}

fn change_words(found: &Simulation, variant: &Variant) -> String {
    let differences = &variant.differences;
    if !found.goals.is_empty() && differences.iter().all(|d| d.prevented == 0 && d.caused == 0) {
        return "It changes none of these goals in any sample: no step towards them is stopped or weakened by it."
            .to_owned();
    }
    let better = differences.iter().filter(|d| d.high < 0.0).count();
    let worse = differences.iter().filter(|d| d.low > 0.0).count();
    format!(
        "Both are sampled with the same random numbers. Of {} goals {better} become less likely and {worse} more likely with \
         95 % confidence each.",
        differences.len()
    )
}

fn losses(money: &Money) -> Table {
    let head = ["", "mean", "interval of the mean", "years with a loss", "50 %", "90 %", "95 %", "99 %", "shortfall"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    let mut row = |name: &str, annual: &AnnualLoss| {
        table.push(vec![
            name.to_owned(),
            amount(annual.mean),
            format!("{} to {}", amount(annual.mean_low), amount(annual.mean_high)),
            percent(annual.any.value()),
            amount(annual.p50),
            amount(annual.p90),
            amount(annual.p95),
            amount(annual.p99),
            amount(annual.shortfall),
        ]);
    };
    row("today", &money.annual);
    if let Some(variant) = &money.variant {
        row("with it", variant);
    }
    table
}

fn money_words(money: &Money) -> String {
    let mut out = format!(
        "{} years sampled. 95 % is the value at risk: 19 of 20 years lose no more. Shortfall is the mean of the worst \
         twentieth. The interval is of the sampling only, not of the estimates that went in. Whether an \
         unconfirmed weakness is there is drawn once for each year, and every attempt of the year meets the same.",
        money.years
    );
    for assumed in &money.assumed {
        let impact = assumed.impact.level();
        let _ = match assumed.taken {
            Some(taken) => write!(
                out,
                " The methodology gives no loss for impact {impact}: that of impact {} is taken, so it may be too low.",
                taken.level()
            ),
            None => write!(
                out,
                " The methodology gives no loss for impact {impact} or a lower one: it is counted as nothing."
            ),
        };
    }
    out
}

fn attackers(money: &Money) -> Table {
    let head = ["attacker", "attempts a year", "an attempt succeeds", "interval", "part of the mean"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for attacker in &money.attackers {
        table.push(vec![
            one_line(&attacker.attacker),
            format!("{:.2}", attacker.attempts_per_year),
            percent(attacker.succeeds.value()),
            interval(&attacker.succeeds),
            amount(attacker.mean),
        ]);
    }
    table
}

fn saving(money: &Money) -> Option<String> {
    let saving = money.saving?;
    let currency = one_line(&money.currency);
    let mut text = format!(
        "It saves {} {currency} a year on average ({} to {}).",
        amount(saving.saved),
        amount(saving.saved_low),
        amount(saving.saved_high)
    );
    if let (Some(cost), Some(ratio)) = (saving.cost, saving.ratio) {
        let _ = write!(
            text,
            " At a cost of {} {currency} a year the return is {} % (saved less cost, by cost).",
            amount(cost),
            points(ratio)
        );
    }
    Some(text)
}

/// Columns that the first column of a table has at least.
const FIRST: usize = 12;
/// Width of the longest bar of the curve.
const BAR: f64 = 40.0;

/// The loss-exceedance curve, a bar for each amount; of a variant below each.
fn curve(money: &Money) -> String {
    let mut out = String::new();
    let other = |loss: f64| {
        let variant = money.variant.as_ref()?;
        // Beyond the variant's largest loss nothing loses as much; before its first point all years with a loss do.
        let point = variant.curve.iter().find(|point| point.loss >= loss);
        Some(match point {
            Some(point) if point.loss > loss => variant.any.value(),
            Some(point) => point.probability,
            None => 0.0,
        })
    };
    let width = money.annual.curve.iter().map(|point| amount(point.loss).chars().count()).max().unwrap_or(0);
    for point in &money.annual.curve {
        let _ = writeln!(
            out,
            "  {:>width$}  {:<40}  {}",
            amount(point.loss),
            bar(point.probability),
            percent(point.probability)
        );
        if let Some(probability) = other(point.loss) {
            let shade = bar(probability).replace('█', "░");
            let _ = writeln!(out, "  {:>width$}  {shade:<40}  {} with it", "", percent(probability));
        }
    }
    if money.annual.curve.is_empty() {
        out.push_str("  no sampled year loses anything\n");
    }
    out
}

fn bar(probability: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (probability * BAR * 8.0).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS.get(eighths % 8).copied().unwrap_or(""))
}

/// Columns side by side: the first to the left, the others to the right. Where the terminal is narrower, headings and the
/// first column are broken between words; figures never are.
fn aligned(out: &mut String, table: &Table, terminal: Option<usize>) {
    let widths = widths(table, terminal);
    for row in table {
        let cells: Vec<Vec<String>> = row.iter().zip(&widths).map(|(text, width)| cell(text, *width)).collect();
        for at in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let mut line = String::from(" ");
            for (column, (lines, width)) in cells.iter().zip(&widths).enumerate() {
                let text = lines.get(at).map_or("", String::as_str);
                let room = " ".repeat(width.saturating_sub(columns(text)));
                let _ = if column == 0 { write!(line, " {text}{room}") } else { write!(line, "  {room}{text}") };
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
}

/// The columns that each column of a table gets.
fn widths(table: &Table, terminal: Option<usize>) -> Vec<usize> {
    let of_rows =
        |at: usize| table.iter().skip(1).filter_map(|row| row.get(at)).map(|it| columns(it)).max().unwrap_or(0);
    let head: &[String] = table.first().map_or(&[], Vec::as_slice);
    let mut widths: Vec<usize> = (0..).zip(head).map(|(at, title)| of_rows(at).max(columns(title))).collect();
    let all = |widths: &[usize]| widths.iter().map(|width| width + 2).sum::<usize>();
    let Some(room) = terminal.filter(|room| *room < all(&widths)) else { return widths };
    let longest = |title: &str| title.split(' ').map(columns).max().unwrap_or(0);
    for ((at, title), width) in (0..).zip(head).zip(&mut widths).skip(1) {
        *width = of_rows(at).max(longest(title));
    }
    let others = all(widths.get(1..).unwrap_or_default());
    if let Some(first) = widths.first_mut() {
        *first = (*first).min(room.saturating_sub(others + 2).max(FIRST));
    }
    widths
}

fn rows(out: &mut String, table: &Table) {
    for (at, row) in table.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| in_markdown(cell)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
        if at == 0 {
            let _ = writeln!(out, "|---|{}", "--:|".repeat(row.len().saturating_sub(1)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        vec![
            row(["goal", "impact", "median when reached"]),
            row(["making back-office unavailable", "4", "97.7 to 98.5 %"]),
            row(["注文データを読む", "5", "65 d"]),
        ]
    }

    #[test]
    fn without_a_width_every_row_of_a_table_is_one_line() {
        let mut out = String::new();
        aligned(&mut out, &table(), None);
        let ends: Vec<usize> = out.lines().map(columns).collect();
        assert_eq!(ends, [61, 61, 61], "letters that are two columns wide count as two\n{out}");
    }

    #[test]
    fn a_table_fits_the_terminal_and_no_figure_is_broken() {
        for width in 42..80 {
            let mut out = String::new();
            aligned(&mut out, &table(), Some(width));
            assert!(out.lines().all(|line| columns(line) <= width), "{width}\n{out}");
            assert!(out.contains("97.7 to 98.5 %") && out.contains("注文データを読む"), "{width}\n{out}");
        }
    }
}
