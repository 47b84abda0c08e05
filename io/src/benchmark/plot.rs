//! Lines through points as one SVG. No script, no outside font.

use std::fmt::Write as _;

/// A line: its name, colour and points.
pub(crate) struct Line<'a> {
    /// The name.
    pub(crate) name: &'a str,
    /// The colour.
    pub(crate) color: &'a str,
    /// The points, from left to right.
    pub(crate) points: Vec<(f64, f64)>,
}

/// An axis: what it tells, and whether its steps are factors.
#[derive(Clone, Copy)]
pub(crate) struct Axis<'a> {
    /// What it tells.
    pub(crate) name: &'a str,
    /// Whether equal steps are equal factors.
    pub(crate) is_log: bool,
}

/// Colours that are apart for the colour-blind as well (Okabe and Ito), then again with dashes.
pub(crate) const COLORS: [&str; 8] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c7a00"];

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 536.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 252.0;

/// Draws `lines`; `title` is told to those who cannot see.
pub(crate) fn plot(title: &str, x: Axis<'_>, y: Axis<'_>, lines: &[Line<'_>]) -> String {
    let mut svg = String::new();
    // Writing to a string does not fail.
    let _ = draw(&mut svg, title, x, y, lines);
    svg
}

/// Which line is whose: each name beside its line as it is drawn.
pub(crate) fn key(names: &[String]) -> String {
    let entry = |(index, name): (usize, &String)| {
        let color = COLORS[index % COLORS.len()];
        let style = if index < COLORS.len() { "solid" } else { "dashed" };
        format!("<span><i style=\"border-top:.25rem {style} {color}\"></i>{name}</span>\n")
    };
    format!("<p class=\"key\">{}</p>", names.iter().enumerate().map(entry).collect::<String>())
}

fn draw(svg: &mut String, title: &str, x: Axis<'_>, y: Axis<'_>, lines: &[Line<'_>]) -> std::fmt::Result {
    writeln!(svg, "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\"><title>{title}</title>")?;
    let all = || lines.iter().flat_map(|line| line.points.iter().copied());
    let across = Scale::new(all().map(|point| point.0), x.is_log, (LEFT, RIGHT));
    let up = Scale::new(all().map(|point| point.1), y.is_log, (BOTTOM, TOP));
    for (at, told) in across.steps() {
        writeln!(svg, "<path class=\"grid\" d=\"M{at:.1} {TOP}V{BOTTOM}\"/>")?;
        writeln!(svg, "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{told}</text>", BOTTOM + 18.0)?;
    }
    for (at, told) in up.steps() {
        writeln!(svg, "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/>")?;
        writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{told}</text>", LEFT - 8.0, at + 4.0)?;
    }
    let middle = f64::midpoint(LEFT, RIGHT);
    writeln!(svg, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>", HEIGHT - 8.0, x.name)?;
    let (at, turn) = (f64::midpoint(TOP, BOTTOM), 14.0);
    let name = y.name;
    writeln!(
        svg,
        "<text transform=\"translate({turn} {at})rotate(-90)\" text-anchor=\"middle\">{name}</text>"
    )?;
    for (index, line) in lines.iter().enumerate() {
        let dash = if index < COLORS.len() { "" } else { " stroke-dasharray=\"6 4\"" };
        let mut path = String::new();
        for (place, point) in line.points.iter().enumerate() {
            let letter = if place == 0 { 'M' } else { 'L' };
            write!(path, "{letter}{:.1} {:.1}", across.at(point.0), up.at(point.1))?;
        }
        let (color, name) = (line.color, line.name);
        writeln!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"{dash}><title>{name}</title></path>"
        )?;
        for point in &line.points {
            let (x, y) = (across.at(point.0), up.at(point.1));
            writeln!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{color}\"><title>{name}: {:.4}</title></circle>",
                point.1
            )?;
        }
    }
    writeln!(svg, "</svg>")
}

/// Values laid out between two places.
struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
    ends: (f64, f64),
}

impl Scale {
    fn new(values: impl Iterator<Item = f64>, is_log: bool, ends: (f64, f64)) -> Self {
        let values = values.map(|value| if is_log { value.max(1e-12).log10() } else { value });
        let (mut low, mut high) =
            values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if is_log {
            (low, high) = (low.floor(), high.ceil());
        } else {
            low = low.min(0.0);
        }
        if high - low < 1e-9 {
            high = low + 1.0;
        }
        Scale { low, high, is_log, ends }
    }

    fn at(&self, value: f64) -> f64 {
        let value = if self.is_log { value.max(1e-12).log10() } else { value };
        self.ends.0 + (value - self.low) / (self.high - self.low) * (self.ends.1 - self.ends.0)
    }

    /// Where lines stand, and what they tell.
    fn steps(&self) -> Vec<(f64, String)> {
        let place = |value: f64| {
            self.ends.0 + (value - self.low) / (self.high - self.low) * (self.ends.1 - self.ends.0)
        };
        if self.is_log {
            let (low, high) = (self.low as i32, self.high as i32);
            let told = |power: i32| match power {
                -3..=6 => format!("{}", 10_f64.powi(power)),
                _ => format!("1e{power}"),
            };
            return (low..=high).map(|power| (place(f64::from(power)), told(power))).collect();
        }
        let rough = (self.high - self.low) / 5.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|part| part * power).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let digits = (-step.log10().floor()).max(0.0) as usize;
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        (first..=last)
            .map(|count| (place(count as f64 * step), format!("{:.digits$}", count as f64 * step + 0.0)))
            .collect()
    }
}
