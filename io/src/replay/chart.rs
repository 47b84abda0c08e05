//! Price and depth through time as one SVG: best bid and ask with the trades, what is shown on the best levels of
//! each side, and what traded. No script, no outside font: it shows alike in a browser, a page or a document.

use std::fmt::Write as _;
use std::io::{self, Write};

use bartizan_engine::book::Side;

use super::report::{Report, grouped};
use super::statistics::{Chart, Mark, POINTS, Point};
use super::time;
use crate::amount::short_decimal;

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400 * SECOND;

const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 800.0;
const LEFT: f64 = 92.0;
const RIGHT: f64 = 1172.0;

/// Colours of buying, of selling, and of neither: apart for the colour-blind as well.
const BUY: &str = "#1c6fb5";
const SELL: &str = "#d1592a";
const OTHER: &str = "#7a7f87";

/// The radius of the largest trade.
const MARK: f64 = 8.4;

/// How far apart the numbers of an axis are.
const PIXELS_PER_STEP: f64 = 30.0;

/// Most steps of an axis.
const MOST_STEPS: f64 = 24.0;

/// One panel: its place and the values at its lower and upper edge.
#[derive(Clone, Copy, Debug)]
struct Panel {
    top: f64,
    bottom: f64,
    low: f64,
    high: f64,
}

const PRICE: (f64, f64) = (120.0, 440.0);
const DEPTH: (f64, f64) = (486.0, 622.0);
const VOLUME: (f64, f64) = (668.0, 744.0);

impl Panel {
    fn new((top, bottom): (f64, f64), low: f64, high: f64) -> Self {
        Panel { top, bottom, low, high: if high > low { high } else { low + 1.0 } }
    }

    fn y(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.bottom - share * (self.bottom - self.top)
    }
}

/// What the chart is drawn from.
struct Drawing<'a> {
    report: &'a Report<'a>,
    chart: &'a Chart,
    svg: String,
}

/// Draws `report`'s chart, which its pass must have gathered.
///
/// # Errors
/// If it cannot be written.
pub fn write(out: &mut dyn Write, report: &Report<'_>, title: &str) -> io::Result<()> {
    let Some(chart) = report.replay.statistics.chart() else { return Ok(()) };
    let mut drawing = Drawing { report, chart, svg: String::new() };
    // Writing to a string does not fail.
    let _ = drawing.draw(title);
    out.write_all(drawing.svg.as_bytes())
}

impl Drawing<'_> {
    fn draw(&mut self, title: &str) -> std::fmt::Result {
        writeln!(
            self.svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"13\" fill=\"#3a3f47\">"
        )?;
        writeln!(self.svg, "<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>")?;
        let (start, end) = (self.time(self.chart.start, 0), self.time(self.chart.end, 0));
        let title = escaped(title);
        writeln!(self.svg, "<title>{title}</title>")?;
        writeln!(
            self.svg,
            "<text x=\"{LEFT}\" y=\"36\" font-size=\"21\" font-weight=\"600\" fill=\"#1b1f24\">{title}</text>"
        )?;
        let volume = short_decimal(self.chart.volume as i128, self.report.venue.quantity_decimals);
        let (messages, trades) = (grouped(self.chart.messages), grouped(self.chart.trades));
        let before = self.report.replay.statistics.of_symbol - self.chart.messages;
        let before = if before == 0 {
            String::new()
        } else {
            format!(" (before it, silence after {} messages)", grouped(before))
        };
        writeln!(
            self.svg,
            "<text x=\"{LEFT}\" y=\"60\" fill=\"#666c75\">{start} to {end}{before}: {messages} messages, {trades} trades, volume {volume}</text>"
        )?;
        self.legend()?;
        self.prices()?;
        self.depth()?;
        self.volume()?;
        self.time_axis()?;
        writeln!(self.svg, "</svg>")
    }

    fn legend(&mut self) -> std::fmt::Result {
        let mut x = LEFT;
        for (color, text, is_line) in [
            (BUY, "best bid", true),
            (SELL, "best ask", true),
            (BUY, "bought by the taker", false),
            (SELL, "sold by the taker", false),
            (OTHER, "other trade", false),
        ] {
            if is_line {
                writeln!(self.svg, "<path d=\"M{x} 79h18\" stroke=\"{color}\" stroke-width=\"2.5\"/>")?;
            } else {
                let center = x + 9.0;
                writeln!(
                    self.svg,
                    "<circle cx=\"{center}\" cy=\"79\" r=\"4.5\" fill=\"{color}\" fill-opacity=\".6\"/>"
                )?;
            }
            writeln!(self.svg, "<text x=\"{}\" y=\"83\">{text}</text>", x + 25.0)?;
            x += 48.0 + 7.0 * text.len() as f64;
        }
        Ok(())
    }

    fn prices(&mut self) -> std::fmt::Result {
        let tick = self.report.replay.reconstruction.grid().tick as f64;
        let scale = 10f64.powi(self.report.venue.price_decimals as i32);
        let quoted = self.chart.points.iter().filter(|point| !is_crossed(point));
        let mut values: Vec<f64> = quoted
            .flat_map(|point| [point.bid, point.ask])
            .flatten()
            .map(|price| price as f64 / scale)
            .collect();
        values.extend(self.chart.marks.iter().map(|mark| mark.price as f64 / scale));
        if values.is_empty() {
            return self.nothing(
                PRICE,
                "price",
                "no price to show: the book was empty or crossed, and nothing traded",
            );
        }
        let (low, high) = common_range(&mut values);
        let (least, most) = (values[0], values[values.len() - 1]);
        // One price alone stands in the middle of a thousandth around it.
        let margin = if high > low {
            ((high - low) * 0.04).max(tick / scale)
        } else {
            (low.abs() * 5e-4).max(1.0 / scale)
        };
        let panel = Panel::new(PRICE, low - margin, high + margin);
        let cut = values.iter().filter(|value| **value < panel.low || **value > panel.high).count();
        let digits = self.report.venue.price_decimals as i32;
        let round = |price: f64| (price * 10f64.powi(digits)).round() / 10f64.powi(digits);
        let mut told = match cut {
            0 => String::new(),
            _ => {
                format!(" (beyond it {cut} of {} prices, {} to {})", values.len(), round(least), round(most))
            }
        };
        if self.chart.points.iter().any(is_crossed) {
            told += " (best prices are not drawn while they are crossed)";
        }
        let marks = self.chart.marks.len() as u64;
        if marks < self.chart.trades {
            let _ =
                write!(told, " (of {} trades, the largest {})", grouped(self.chart.trades), grouped(marks));
        }
        self.frame(&panel, &format!("price{told}"))?;
        // Quotes and trades far off the rest do not flatten it; they are cut at the panel's edge.
        writeln!(
            self.svg,
            "<clipPath id=\"price\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath><g clip-path=\"url(#price)\">",
            LEFT - MARK,
            panel.top,
            RIGHT - LEFT + 2.0 * MARK,
            panel.bottom - panel.top
        )?;
        let at = |price: Option<i64>| price.map(|price| price as f64 / scale);
        let band = self.band(&panel, |point| at(point.bid).zip(at(point.ask)).filter(|_| !is_crossed(point)));
        writeln!(self.svg, "<path d=\"{band}\" fill=\"#8a93a0\" fill-opacity=\".16\"/>")?;
        self.marks(&panel, scale)?;
        for (color, is_bid) in [(BUY, true), (SELL, false)] {
            let line = self.line(&panel, |point| {
                at(if is_bid { point.bid } else { point.ask }).filter(|_| !is_crossed(point))
            });
            writeln!(
                self.svg,
                "<path d=\"{line}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.3\" stroke-linejoin=\"round\"/>"
            )?;
        }
        writeln!(self.svg, "</g>")
    }

    fn marks(&mut self, panel: &Panel, scale: f64) -> std::fmt::Result {
        let most = self.chart.marks.iter().map(|mark| mark.quantity).max().unwrap_or(1) as f64;
        // Large ones first, so that small ones are seen before them.
        let mut marks: Vec<&Mark> = self.chart.marks.iter().collect();
        marks.sort_by_key(|mark| std::cmp::Reverse(mark.quantity));
        for mark in marks {
            let price = mark.price as f64 / scale;
            if price < panel.low || price > panel.high {
                continue;
            }
            let radius = 1.4 + (MARK - 1.4) * (mark.quantity as f64 / most).sqrt();
            let (x, y) = (self.x(mark.time), panel.y(price));
            let color = match mark.aggressor {
                Some(Side::Buy) => BUY,
                Some(Side::Sell) => SELL,
                None => OTHER,
            };
            writeln!(
                self.svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{color}\" fill-opacity=\".38\"/>"
            )?;
        }
        Ok(())
    }

    fn depth(&mut self) -> std::fmt::Result {
        let unit = 10f64.powi(self.report.venue.quantity_decimals as i32);
        let mut values: Vec<f64> = self
            .chart
            .points
            .iter()
            .flat_map(|point| [point.bid_depth, point.ask_depth])
            .map(|size| size as f64 / unit)
            .collect();
        values.push(0.0);
        let most = common_range(&mut values).1 * 1.06;
        let levels = match self.chart.levels {
            1 => "level".into(),
            levels => format!("{levels} levels"),
        };
        let cut = match values.iter().filter(|value| **value > most).count() {
            0 => String::new(),
            cut => format!(
                " (beyond it {cut} of {} sizes, up to {})",
                values.len() - 1,
                values[values.len() - 1]
            ),
        };
        let name = &format!("size shown on the best {levels}: asks above, bids below{cut}");
        if most == 0.0 {
            return self.nothing(DEPTH, name, "no order was shown");
        }
        let panel = Panel::new(DEPTH, -most, most);
        self.frame(&panel, name)?;
        let asks = self.band(&panel, |point| Some((0.0, point.ask_depth as f64 / unit)));
        let bids = self.band(&panel, |point| Some((-(point.bid_depth as f64) / unit, 0.0)));
        writeln!(self.svg, "<path d=\"{asks}\" fill=\"{SELL}\" fill-opacity=\".55\"/>")?;
        writeln!(self.svg, "<path d=\"{bids}\" fill=\"{BUY}\" fill-opacity=\".55\"/>")?;
        let middle = panel.y(0.0);
        writeln!(self.svg, "<path d=\"M{LEFT} {middle:.1}H{RIGHT}\" stroke=\"#3a3f47\" stroke-width=\".8\"/>")
    }

    fn volume(&mut self) -> std::fmt::Result {
        /// Points of one bar.
        const WIDE: usize = 6;
        let unit = 10f64.powi(self.report.venue.quantity_decimals as i32);
        let bars: Vec<[u64; 3]> = self
            .chart
            .points
            .chunks(WIDE)
            .map(|part| {
                part.iter().fold([0; 3], |sum, point| {
                    [sum[0] + point.bought, sum[1] + point.sold, sum[2] + point.other]
                })
            })
            .collect();
        let most = bars.iter().map(|bar| bar.iter().sum::<u64>()).max().unwrap_or(0) as f64 / unit;
        if most == 0.0 {
            return self.nothing(VOLUME, "volume traded", "nothing traded");
        }
        let panel = Panel::new(VOLUME, 0.0, most * 1.05);
        self.frame(&panel, "volume traded")?;
        let width = (RIGHT - LEFT) * WIDE as f64 / POINTS as f64;
        for (index, bar) in bars.iter().enumerate() {
            let x = LEFT + width * index as f64;
            let mut below = 0.0;
            for (size, color) in bar.iter().zip([BUY, SELL, OTHER]) {
                let above = below + *size as f64 / unit;
                let (y, height) = (panel.y(above), panel.y(below) - panel.y(above));
                if *size > 0 {
                    let wide = width - 1.2;
                    writeln!(
                        self.svg,
                        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{height:.1}\" fill=\"{color}\" fill-opacity=\".75\"/>"
                    )?;
                }
                below = above;
            }
        }
        Ok(())
    }

    /// A panel's lines, numbers and name.
    fn frame(&mut self, panel: &Panel, name: &str) -> std::fmt::Result {
        let wanted = ((panel.bottom - panel.top) / PIXELS_PER_STEP).clamp(2.0, MOST_STEPS);
        let step = round_step((panel.high - panel.low) / wanted);
        let digits = (-(step * 1.000_001).log10().floor()).max(0.0) as usize;
        let first = (panel.low / step).ceil();
        // By number, since adding up a small step to a large price may lead nowhere.
        for value in (0..=MOST_STEPS as u32).map(|index| (first + f64::from(index)) * step) {
            if value > panel.high {
                break;
            }
            let y = panel.y(value);
            writeln!(self.svg, "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#e4e7eb\"/>")?;
            let is_mirrored = panel.low < 0.0 && (panel.low + panel.high).abs() < step / 1e6;
            let told = if is_mirrored || value == 0.0 { value.abs() } else { value };
            writeln!(
                self.svg,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" font-size=\"12\">{told:.digits$}</text>",
                LEFT - 8.0,
                y + 4.0
            )?;
        }
        self.outline((panel.top, panel.bottom), name)
    }

    /// A panel with a word in place of values.
    fn nothing(&mut self, place: (f64, f64), name: &str, why: &str) -> std::fmt::Result {
        let (x, y) = (f64::midpoint(LEFT, RIGHT), f64::midpoint(place.0, place.1) + 4.0);
        writeln!(self.svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" fill=\"#666c75\">{why}</text>")?;
        self.outline(place, name)
    }

    fn outline(&mut self, (top, bottom): (f64, f64), name: &str) -> std::fmt::Result {
        writeln!(self.svg, "<path d=\"M{LEFT} {top}V{bottom}H{RIGHT}\" fill=\"none\" stroke=\"#9aa1ab\"/>")?;
        writeln!(self.svg, "<text x=\"{LEFT}\" y=\"{}\" font-weight=\"600\">{name}</text>", top - 9.0)
    }

    fn time_axis(&mut self) -> std::fmt::Result {
        let (start, end) = (self.chart.start, self.chart.end);
        let step = time_step((end - start) / 9);
        let bottom = VOLUME.1;
        let ticks = (0..=MOST_STEPS as u64).map_while(|index| {
            start.div_ceil(step).checked_add(index)?.checked_mul(step).filter(|at| *at <= end)
        });
        for at in ticks {
            let x = self.x(at);
            for (top, bottom) in [PRICE, DEPTH, VOLUME] {
                writeln!(
                    self.svg,
                    "<path d=\"M{x:.1} {top}V{bottom}\" stroke=\"#e4e7eb\" stroke-opacity=\".8\"/>"
                )?;
            }
            writeln!(self.svg, "<path d=\"M{x:.1} {bottom}v5\" stroke=\"#9aa1ab\"/>")?;
            // The last label must not hang over the edge.
            let (x, anchor) = if x > RIGHT - 12.0 { (RIGHT + 20.0, "end") } else { (x, "middle") };
            writeln!(
                self.svg,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"{anchor}\" font-size=\"12\">{}</text>",
                bottom + 20.0,
                self.tick_label(at, step)
            )?;
        }
        let is_utc = self.report.venue.clock == super::venue::Clock::Unix;
        let zone = if is_utc { "time (UTC)" } else { "time of day at the venue" };
        let middle = f64::midpoint(LEFT, RIGHT);
        writeln!(
            self.svg,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{zone}</text>",
            bottom + 42.0
        )
    }

    /// A time as fine as the steps of its axis; with its day where the axis is of several.
    fn tick_label(&self, at: u64, step: u64) -> String {
        let decimals = (1..=9).find(|decimals| step.is_multiple_of(10u64.pow(9 - decimals))).unwrap_or(9);
        let told = self.time(at, if step.is_multiple_of(SECOND) { 0 } else { decimals });
        let told = told.trim_end_matches('Z');
        let Some((date, of_day)) = told.split_once('T') else { return told.to_string() };
        if self.chart.start / DAY == self.chart.end / DAY {
            return of_day.to_string();
        }
        format!("{} {}", &date[5..], of_day.strip_suffix(":00").unwrap_or(of_day))
    }

    fn time(&self, at: u64, decimals: u32) -> String {
        time::shown(at, self.report.venue.clock, decimals)
    }

    fn x(&self, at: u64) -> f64 {
        let share = (at - self.chart.start.min(at)) as f64 / (self.chart.end - self.chart.start) as f64;
        LEFT + share.min(1.0) * (RIGHT - LEFT)
    }

    fn point_x(index: usize) -> f64 {
        LEFT + (RIGHT - LEFT) * index as f64 / POINTS as f64
    }

    /// A stepped line, broken where there is no value.
    fn line(&self, panel: &Panel, value: impl Fn(&Point) -> Option<f64>) -> String {
        let mut path = String::new();
        let mut is_open = false;
        for (index, point) in self.chart.points.iter().enumerate() {
            let Some(value) = value(point) else {
                is_open = false;
                continue;
            };
            let (x, next, y) = (Self::point_x(index), Self::point_x(index + 1), panel.y(value));
            let letter = if is_open { 'L' } else { 'M' };
            let _ = write!(path, "{letter}{x:.1} {y:.1}H{next:.1}");
            is_open = true;
        }
        path
    }

    /// The area between two values, as bars without gaps, equal neighbours in one.
    fn band(&self, panel: &Panel, values: impl Fn(&Point) -> Option<(f64, f64)>) -> String {
        let mut path = String::new();
        let points = &self.chart.points;
        let mut index = 0;
        while index < points.len() {
            let here = values(&points[index]);
            let mut end = index + 1;
            while end < points.len() && values(&points[end]) == here {
                end += 1;
            }
            if let Some((low, high)) = here {
                let (x, next, low, high) =
                    (Self::point_x(index), Self::point_x(end), panel.y(low), panel.y(high));
                let _ = write!(path, "M{x:.1} {low:.1}V{high:.1}H{next:.1}V{low:.1}Z");
            }
            index = end;
        }
        path
    }
}

/// Whether the best prices are none to trade at, as while orders are only collected.
fn is_crossed(point: &Point) -> bool {
    matches!((point.bid, point.ask), (Some(bid), Some(ask)) if bid >= ask)
}

/// The range of `values` without far outliers: from the 1st to the 99th percentile and half of that span beyond, at most.
fn common_range(values: &mut [f64]) -> (f64, f64) {
    values.sort_unstable_by(f64::total_cmp);
    let (Some(&least), Some(&most)) = (values.first(), values.last()) else { return (0.0, 1.0) };
    let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
    let (low, high) = (at(0.01), at(0.99));
    let beyond = (high - low) * 0.5;
    (least.max(low - beyond), most.min(high + beyond))
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1e-12).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|part| part * power)
        .find(|step| *step >= least)
        .unwrap_or(10.0 * power)
}

/// A step of a time axis in nanoseconds, at least `least`.
fn time_step(least: u64) -> u64 {
    const SECONDS: [u64; 15] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];
    let fine = (0..9).flat_map(|power| [1, 2, 5].map(|part| part * 10u64.pow(power)));
    let days = least.div_ceil(DAY) * DAY;
    let of_day = SECONDS.into_iter().map(|seconds| seconds * SECOND).chain([DAY / 2]);
    fine.chain(of_day).find(|step| *step >= least).unwrap_or(days)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (least, step) in [(0.013, 0.02), (1.0, 1.0), (3.0, 5.0), (7.0, 10.0), (420.0, 500.0)] {
            assert!((round_step(least) / step - 1.0).abs() < 1e-9, "{least}");
        }
        assert_eq!([0, 3, 400 * SECOND, 100_000 * SECOND].map(time_step), [1, 5, 600 * SECOND, 2 * DAY]);
    }

    #[test]
    fn one_value_far_off_does_not_flatten_the_rest() {
        let mut values: Vec<f64> = (0..1000).map(f64::from).chain([1e9]).collect();
        assert!(common_range(&mut values).1 < 2000.0);
        assert_eq!(escaped("a<b&c"), "a&lt;b&amp;c");
    }
}
