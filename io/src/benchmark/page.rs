//! The benchmark as one page: the leaderboard, errors by market, curves, times, and the clearing of rounds. No script, nothing from outside.

use std::io::{self, Write};

use super::plot::{Axis, COLORS, Line, key, plot};
use super::report::{Report, Row};
use super::scores::Scores;
use super::strain::Curve;
use crate::report::page::html::Escaped;

/// How a page of figures and plots looks.
pub(crate) const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;max-width:76rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid #e4e7eb}\
th:first-child,td:first-child{text-align:left}th{font-weight:600;vertical-align:bottom}.wide{overflow-x:auto}small,.none{color:#666c75}.best{font-weight:700}\
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:1.5rem}figure{margin:0}figcaption{font-weight:600}svg{width:100%;height:auto;font:12px system-ui,sans-serif;fill:#3a3f47}\
.grid{stroke:#e4e7eb;fill:none}.key span{display:inline-block;margin-right:1rem}.key i{display:inline-block;width:1.4rem;margin-right:.4rem;vertical-align:middle}";

/// Writes the page.
///
/// # Errors
/// If it cannot be written.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
    )?;
    writeln!(out, "<title>Valuation methods compared</title><style>{STYLE}</style></head><body>")?;
    writeln!(out, "<h1>Valuation methods compared</h1>")?;
    writeln!(
        out,
        "<p>{} methods on {} markets whose values are planted: {} goods and {} trades each, unless said otherwise. All but times follows from the seed {}.</p>",
        report.methods.len(),
        report.markets.len(),
        report.goods,
        report.trades,
        report.seed
    )?;
    leaderboard(out, report)?;
    markets(out, report)?;
    curves(out, report)?;
    clearing(out, report)?;
    writeln!(out, "</body></html>")
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "<span class=\"none\">&ndash;</span>".to_owned(), |value| rounded(value, digits))
}

/// A value with so many digits behind the point; what rounds to nothing has no sign.
pub(crate) fn rounded(value: f64, digits: usize) -> String {
    let told = format!("{value:.digits$}");
    match told.strip_prefix('-') {
        Some(size) if size.bytes().all(|letter| matches!(letter, b'0' | b'.')) => size.to_owned(),
        _ => told,
    }
}

/// The most trades of a leaderboard's times.
const MOST_TIMED: usize = 100_000;

fn leaderboard(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let timed = report.timings.iter().flat_map(|timings| &timings.methods).flat_map(|timed| &timed.points);
    let sizes = timed.map(|point| point.trades).filter(|&trades| trades <= MOST_TIMED);
    let timed_trades = sizes.max().unwrap_or(MOST_TIMED);
    writeln!(
        out,
        "<h2>Leaderboard</h2><div class=\"wide\"><table><tr><th>Method<th>Mean place<th>Markets valued<th>Kendall's &tau;<th>Error<th>Held-out error<th>Held-out log-likelihood<th>Arbitrage share<th>Error by outliers<th>Error by lost trades<th>Shift by wash trades<th>Seconds for {timed_trades} trades</tr>"
    )?;
    for row in &report.methods {
        let seconds = report.timings.as_ref().and_then(|timings| {
            let timed = timings.methods.iter().find(|timed| timed.name == row.name)?;
            timed.points.iter().find(|point| point.trades == timed_trades).map(|point| point.seconds)
        });
        write!(out, "<tr><td>{}<td>{:.2}<td>{}", Escaped(&row.name), row.mean_place, row.valued)?;
        for (value, digits) in figures(row) {
            write!(out, "<td>{}", number(value, digits))?;
        }
        writeln!(out, "<td>{}</tr>", number(seconds, 4))?;
    }
    writeln!(out, "</table></div>")?;
    for told in report.methods.iter().filter_map(Row::told) {
        writeln!(out, "<p>{}", Escaped(&told))?;
    }
    writeln!(
        out,
        "<p><small>Place: by error (root mean square of logarithms, centred) among all methods on a market; who gives no values is last. Other figures are means over the markets that have them. Error by outliers and lost trades: slopes. Shift: of the logarithm of the value of the good that wash trades push, for as many wash trades as honest ones.</small></p>"
    )
}

/// What the leaderboard tells of a method, with digits: tau, error, held-out error and likelihood, arbitrage, and slopes.
pub(crate) fn figures(row: &Row) -> [(Option<f64>, usize); 8] {
    let mean = |of: fn(&Scores) -> Option<f64>| row.mean(of);
    [
        (mean(|scores| Some(scores.tau)), 3),
        (mean(|scores| Some(scores.rmse)), 4),
        (mean(|scores| Some(scores.held_out_error)), 4),
        (mean(|scores| scores.held_out_likelihood), 2),
        (mean(|scores| scores.arbitrage_share), 4),
        (row.strain.outliers.slope, 3),
        (row.strain.deletion.slope, 3),
        (row.strain.wash.slope, 3),
    ]
}

fn markets(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    writeln!(out, "<h2>Error by market</h2><div class=\"wide\"><table><tr><th>Method")?;
    for market in &report.markets {
        writeln!(out, "<th title=\"{}\">{}", Escaped(&market.about), Escaped(&market.name))?;
    }
    writeln!(out, "</tr>")?;
    let error = |row: &Row, market: usize| row.scores[market].scores.as_ref().map(|scores| scores.rmse);
    let best: Vec<f64> = (0..report.markets.len())
        .map(|market| report.methods.iter().filter_map(|row| error(row, market)).fold(f64::MAX, f64::min))
        .collect();
    for row in &report.methods {
        write!(out, "<tr><td>{}", Escaped(&row.name))?;
        for (market, best) in best.iter().enumerate() {
            let found = error(row, market);
            let class = if found.is_some_and(|error| error <= *best) { " class=\"best\"" } else { "" };
            let why = row.scores[market].why.as_deref().unwrap_or_default();
            write!(out, "<td{class} title=\"{}\">{}", Escaped(why), number(found, 4))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</table></div><ul>")?;
    for market in &report.markets {
        writeln!(
            out,
            "<li><b>{}</b>: {} <small>({} goods, {} trades, {} rankings, {} trades held out)</small>",
            Escaped(&market.name),
            Escaped(&market.about),
            market.goods,
            market.exchanges,
            market.rankings,
            market.held_out
        )?;
    }
    writeln!(out, "</ul>")
}

fn curves(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let names: Vec<String> = report.methods.iter().map(|row| Escaped(&row.name).to_string()).collect();
    writeln!(out, "<h2>Curves</h2>{}<div class=\"plots\">", key(&names))?;
    let lines = |points: &dyn Fn(usize) -> Vec<(f64, f64)>| -> Vec<Line<'_>> {
        let line = |(index, name)| Line { name, color: COLORS[index % COLORS.len()], points: points(index) };
        names.iter().map(String::as_str).enumerate().map(line).collect()
    };
    let curve = |of: fn(&Row) -> &Curve| lines(&|index| of(&report.methods[index]).points.clone());
    let plain = |name| Axis { name, is_log: false };
    let by_factors = |name| Axis { name, is_log: true };
    let figure = |out: &mut dyn Write, title: &str, x, y, lines: &[Line<'_>]| {
        writeln!(out, "<figure><figcaption>{title}</figcaption>{}</figure>", plot(title, x, y, lines))
    };
    figure(
        out,
        "Error as outliers grow",
        plain("share of outliers"),
        by_factors("error"),
        &curve(|row| &row.strain.outliers),
    )?;
    figure(
        out,
        "Error as trades are lost",
        plain("share of trades lost"),
        by_factors("error"),
        &curve(|row| &row.strain.deletion),
    )?;
    figure(
        out,
        "What wash trades shift",
        plain("wash trades, as a share of honest ones"),
        plain("shift of the logarithm"),
        &curve(|row| &row.strain.wash),
    )?;
    if let Some(timings) = &report.timings {
        let seconds = lines(&|index| {
            timings.methods[index].points.iter().map(|point| (point.trades as f64, point.seconds)).collect()
        });
        figure(out, "Time", by_factors("trades"), by_factors("seconds"), &seconds)?;
        let bytes = lines(&|index| {
            let points = &timings.methods[index].points;
            points
                .iter()
                .filter_map(|point| Some((point.trades as f64, (point.bytes? as f64 / 1e6).max(0.01))))
                .collect()
        });
        figure(out, "Memory beyond the trades", by_factors("trades"), by_factors("megabytes"), &bytes)?;
    }
    writeln!(out, "</div>")
}

fn clearing(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    writeln!(
        out,
        "<h2>Clearing of rounds</h2><table><tr><th>Algorithm<th>Volume<th>Welfare<th>Users who trade<th>Gini<th>Seconds</tr>"
    )?;
    for scores in &report.clearing {
        writeln!(
            out,
            "<tr><td>{}<td>{:.3}<td>{:.3}<td>{:.3}<td>{:.3}<td>{}</tr>",
            Escaped(&scores.name),
            scores.volume,
            scores.welfare,
            scores.fairness,
            scores.gini,
            number(report.clearing_seconds(&scores.name), 4)
        )?;
    }
    writeln!(
        out,
        "</table><p><small>Volume: items that trade, as a share. Welfare: how high what is got stands in the list, on average over all items, 0 for one that stays. Gini: among users, of the share of their items that trades.</small></p>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounds_to_nothing_has_no_sign() {
        let told = [-0.001, -0.0, 0.004, -0.006, -1.0].map(|value| rounded(value, 2));
        assert_eq!(told, ["0.00", "0.00", "0.00", "-0.01", "-1.00"]);
        assert_eq!(rounded(-0.4, 0), "0");
    }
}
