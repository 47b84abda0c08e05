//! A comparison as one SVG: who gains and loses, as bars, and both Lorenz curves. No script, no outside font.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use super::comparison::{AgentComparison, Comparison, WealthComparison};
use super::equality::{Gini, lorenz};
use crate::amount::decimal;

const WIDTH: f64 = 1200.0;
const TOP: f64 = 128.0;
/// The bars: from where to where, and how high one is with its gap.
const BARS: (f64, f64) = (210.0, 560.0);
const BAR: f64 = 20.0;
/// The longest number beside a bar, and twice the longest below them, that is written out.
const MOST_SIGNS: usize = 12;
/// The square of the curves.
const SQUARE: (f64, f64) = (752.0, 1152.0);

/// Colours of gains, of losses, and of what happened: apart for the colour-blind as well.
const GAIN: &str = "#1c6fb5";
const LOSS: &str = "#d1592a";
const WAS: &str = "#7a7f87";

/// Draws the comparison.
///
/// # Errors
/// If it cannot be written.
pub fn write(out: &mut dyn Write, comparison: &Comparison) -> io::Result<()> {
    let mut drawing = Drawing { comparison, svg: String::new() };
    // Writing to a string does not fail.
    let _ = drawing.draw();
    out.write_all(drawing.svg.as_bytes())
}

struct Drawing<'a> {
    comparison: &'a Comparison,
    svg: String,
}

impl Drawing<'_> {
    fn draw(&mut self) -> fmt::Result {
        let (gainers, losers) = (self.comparison.gainers(), self.comparison.losers());
        // The most to gain on top, the most to lose at the bottom.
        let bars: Vec<&AgentComparison> = gainers.iter().chain(losers.iter().rev()).copied().collect();
        let height = (TOP + bars.len() as f64 * BAR + 84.0).max(TOP + SQUARE.1 - SQUARE.0 + 84.0);
        writeln!(
            self.svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"13\" fill=\"#3a3f47\">"
        )?;
        writeln!(self.svg, "<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>")?;
        let [from, to] = self.comparison.span.map(|sequence| sequence.0);
        let title = format!("Sequences {from} to {to} under other rules");
        writeln!(self.svg, "<title>{title}</title>")?;
        writeln!(
            self.svg,
            "<text x=\"48\" y=\"40\" font-size=\"21\" font-weight=\"600\" fill=\"#1b1f24\">{title}</text>"
        )?;
        let Some(wealth) = &self.comparison.wealth else {
            return writeln!(
                self.svg,
                "<text x=\"48\" y=\"64\" fill=\"#666c75\">no market gives prices, so wealth cannot be told</text></svg>"
            );
        };
        let [gain, lose] = self.comparison.sides();
        let agents = self.comparison.agents.len();
        let money = self.money(wealth);
        writeln!(
            self.svg,
            "<text x=\"48\" y=\"64\" fill=\"#666c75\">wealth in {money} at the last prices of what happened; of {agents} agents {gain} gain, {lose} \
             lose, {} neither</text>",
            agents - gain - lose
        )?;
        self.bars(&bars, wealth)?;
        self.curves(wealth)?;
        writeln!(self.svg, "</svg>")
    }

    fn money(&self, wealth: &WealthComparison) -> String {
        self.comparison.asset(wealth.asset).map_or(String::new(), |asset| shortened(&asset.name, 24))
    }

    fn bars(&mut self, bars: &[&AgentComparison], wealth: &WealthComparison) -> fmt::Result {
        let scale = self.comparison.asset(wealth.asset).map_or(0, |asset| asset.scale);
        let what = format!("change of wealth, in {}", self.money(wealth));
        let (left, right) = BARS;
        writeln!(
            self.svg,
            "<text x=\"48\" y=\"{}\" font-weight=\"600\">who gains and who loses most</text>",
            TOP - 24.0
        )?;
        if bars.is_empty() {
            return writeln!(self.svg, "<text x=\"48\" y=\"{}\">nobody gains or loses</text>", TOP + 8.0);
        }
        let gain = |agent: &AgentComparison| agent.gain().unwrap_or(0) as f64;
        let unit = 10f64.powi(i32::from(scale));
        let low = bars.iter().map(|agent| gain(agent)).fold(0.0, f64::min) / unit;
        let high = bars.iter().map(|agent| gain(agent)).fold(0.0, f64::max) / unit;
        let x = |value: f64| left + (value - low) / (high - low) * (right - left);
        let bottom = TOP + bars.len() as f64 * BAR + 6.0;
        self.numbers(bottom, (low, high), x)?;
        for (place, agent) in bars.iter().enumerate() {
            let y = TOP + place as f64 * BAR;
            let (zero, end) = (x(0.0), x(gain(agent) / unit));
            let color = if end > zero { GAIN } else { LOSS };
            let (from, wide) = (zero.min(end), (end - zero).abs().max(0.6));
            writeln!(
                self.svg,
                "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"14\" fill=\"{color}\" fill-opacity=\".85\"/>",
                y + 3.0
            )?;
            let name = shortened(&format!("{} {}", agent.agent.0, agent.name), 20);
            writeln!(
                self.svg,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" font-size=\"12\">{name}</text>",
                left - 14.0,
                y + 14.0
            )?;
            let change = agent.gain().unwrap_or(0);
            let sign = if change > 0 { "+" } else { "" };
            let told = decimal(change.saturating_abs(), scale);
            let is_long = told.len() > MOST_SIGNS;
            let told = if is_long { format!("{:.3e}", gain(agent) / unit) } else { decimal(change, scale) };
            writeln!(
                self.svg,
                "<text x=\"{}\" y=\"{:.1}\" font-size=\"12\">{sign}{told}</text>",
                right + 14.0,
                y + 14.0
            )?;
        }
        let zero = x(0.0);
        writeln!(self.svg, "<path d=\"M{zero:.1} {}V{bottom}\" stroke=\"#3a3f47\"/>", TOP - 6.0)?;
        let middle = f64::midpoint(left, right);
        writeln!(
            self.svg,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{what}</text>",
            bottom + 42.0
        )
    }

    /// The numbers below the bars, with a line each.
    fn numbers(&mut self, bottom: f64, (low, high): (f64, f64), x: impl Fn(f64) -> f64) -> fmt::Result {
        let step = round_step((high - low) / 5.0);
        let digits = (-step.log10().floor()).max(0.0) as usize;
        let mut count = (low / step).ceil();
        while count * step <= high {
            let (at, value) = (x(count * step), count * step + 0.0);
            let told = format!("{value:.digits$}");
            let told = if told.len() > MOST_SIGNS / 2 { format!("{value:e}") } else { told };
            writeln!(self.svg, "<path d=\"M{at:.1} {}V{bottom}\" stroke=\"#e4e7eb\"/>", TOP - 6.0)?;
            writeln!(
                self.svg,
                "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\">{told}</text>",
                bottom + 18.0
            )?;
            count += 1.0;
        }
        Ok(())
    }

    fn curves(&mut self, wealth: &WealthComparison) -> fmt::Result {
        let (left, right) = SQUARE;
        let bottom = TOP + right - left;
        let curves = wealth.holdings.each_ref().map(|holdings| lorenz(holdings));
        let low = curves.iter().flatten().flatten().copied().fold(0.0, f64::min);
        // A curve below zero, of those who owe, is drawn as deep as it goes.
        let y = |share: f64| bottom - (share - low) / (1.0 - low) * (bottom - TOP);
        let x = |share: f64| left + share * (right - left);
        writeln!(
            self.svg,
            "<text x=\"{}\" y=\"{}\" font-weight=\"600\">how equal wealth is: Lorenz curves</text>",
            left - 48.0,
            TOP - 24.0
        )?;
        for tenth in (0..=10).step_by(2) {
            let (at, percent) = (x(f64::from(tenth) / 10.0), tenth * 10);
            writeln!(self.svg, "<path d=\"M{at} {TOP}V{bottom}\" stroke=\"#e4e7eb\"/>")?;
            writeln!(
                self.svg,
                "<text x=\"{at}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\">{percent}%</text>",
                bottom + 18.0
            )?;
        }
        let step = round_step((1.0 - low) / 6.0);
        let mut count = (low / step).ceil();
        while count * step <= 1.0 + 1e-9 {
            let (at, percent) = (y(count * step), count * step * 100.0 + 0.0);
            writeln!(self.svg, "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#e4e7eb\"/>")?;
            writeln!(
                self.svg,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" font-size=\"12\">{percent:.0}%</text>",
                left - 8.0,
                at + 4.0
            )?;
            count += 1.0;
        }
        writeln!(self.svg, "<path d=\"M{left} {TOP}V{bottom}H{right}\" fill=\"none\" stroke=\"#9aa1ab\"/>")?;
        writeln!(
            self.svg,
            "<path d=\"M{left} {:.1}L{right} {TOP}\" stroke=\"#9aa1ab\" stroke-dasharray=\"5 4\"/>",
            y(0.0)
        )?;
        for (place, curve) in curves.iter().enumerate() {
            let (name, color, wide, dash) =
                [("as it was", WAS, 4.0, ""), ("other rules", GAIN, 1.8, "")][place];
            if let Some(curve) = curve {
                let count = (curve.len() - 1).max(1) as f64;
                let mut path = String::new();
                for (poorest, &share) in curve.iter().enumerate() {
                    let letter = if poorest == 0 { 'M' } else { 'L' };
                    write!(path, "{letter}{:.1} {:.1}", x(poorest as f64 / count), y(share))?;
                }
                writeln!(
                    self.svg,
                    "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{wide}\" stroke-linejoin=\"round\"{dash}/>"
                )?;
            }
            self.key(place, (name, color, wide), wealth.gini[place])?;
        }
        self.axis_names(bottom)
    }

    fn axis_names(&mut self, bottom: f64) -> fmt::Result {
        let (left, right) = SQUARE;
        let middle = f64::midpoint(left, right);
        writeln!(
            self.svg,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">share of agents, the poorest first</text>",
            bottom + 42.0
        )?;
        let (at, middle) = (left - 56.0, f64::midpoint(TOP, bottom));
        writeln!(
            self.svg,
            "<text transform=\"translate({at} {middle}) rotate(-90)\" text-anchor=\"middle\">share of wealth</text>"
        )
    }

    /// A curve's line and name, above the square's upper left, where no curve goes: they lie below the diagonal.
    fn key(
        &mut self,
        place: usize,
        (name, color, wide): (&str, &str, f64),
        gini: Option<Gini>,
    ) -> fmt::Result {
        let (left, y) = (SQUARE.0 + 16.0, TOP + 20.0 + place as f64 * 20.0);
        let told = gini.map_or_else(|| "not defined".to_owned(), Gini::shown);
        writeln!(
            self.svg,
            "<rect x=\"{}\" y=\"{}\" width=\"204\" height=\"20\" fill=\"#ffffff\"/>",
            left - 8.0,
            y - 14.0
        )?;
        writeln!(
            self.svg,
            "<path d=\"M{left} {}h22\" stroke=\"{color}\" stroke-width=\"{wide}\"/>",
            y - 4.0
        )?;
        writeln!(self.svg, "<text x=\"{}\" y=\"{y}\">{name}: Gini {told}</text>", left + 30.0)
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1e-18).log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|part| part * power);
    steps.into_iter().find(|step| *step >= least).unwrap_or(10.0 * power)
}

/// At most `most` signs of a text, as SVG takes it.
fn shortened(text: &str, most: usize) -> String {
    let mut short: String = text.chars().filter(|sign| !sign.is_control()).take(most).collect();
    if text.chars().count() > most {
        short.pop();
        short.push('…');
    }
    short.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
