//! Rings drawn as SVG: a circle with labels while those are legible, beyond that a path that winds
//! down the figure in rows of numbered members, with the list beside it as its legend. Chains wind so too, without a way back.
//!
//! Arrows show the direction of giving. Lengths are in pixels at full size; every drawing is at
//! most [`CIRCLE_WIDTH`] wide, so that it stays legible on a telephone.

use std::f64::consts::TAU;
use std::io::{self, Write};

use super::html::Escaped;
use crate::report::words::shortened;

/// The largest ring drawn as a circle.
pub(super) const CIRCLE_MEMBERS: usize = 8;

/// What a drawing tells of a ring member.
pub(super) struct Member {
    /// Where on the page the member's sheet is, if it is there.
    pub(super) anchor: Option<String>,
    /// Who gives.
    pub(super) name: String,
    /// What is given.
    pub(super) gives: String,
}

const CIRCLE_WIDTH: f64 = 440.0;
const DOT: f64 = 14.0;
/// Between a dot and the arrows to and from it.
const GAP: f64 = 3.0;
const LABEL_COLUMNS: usize = 14;
const CENTRED_LABEL_COLUMNS: usize = 40;

const CELL: f64 = 42.0;
const ROW_MEMBERS: usize = 8;
/// Left of the rows, for the arrow from the last member back to the first.
const MARGIN: f64 = 26.0;

/// Draws a ring whose members each give to the next. `title` is told to those who cannot see it.
pub(super) fn write(out: &mut impl Write, members: &[Member], title: &str) -> io::Result<()> {
    if members.len() <= CIRCLE_MEMBERS {
        write_circle(out, members, title)
    } else {
        write_winding(out, members, title, true)
    }
}

/// Draws a chain whose members each give to the next, from the gift to the last hand.
pub(super) fn write_chain(out: &mut impl Write, members: &[Member], title: &str) -> io::Result<()> {
    write_winding(out, members, title, false)
}

fn write_circle(out: &mut impl Write, members: &[Member], title: &str) -> io::Result<()> {
    let radius = if members.len() <= 4 { 58.0 } else { 72.0 };
    let (center_x, center_y) = (CIRCLE_WIDTH / 2.0, radius + 62.0);
    let at = |angle: f64| (center_x + radius * angle.cos(), center_y + radius * angle.sin());
    let angle_of = |member: usize| TAU * (member as f64 / members.len() as f64 - 0.25);
    let lowest = at(angle_of(members.len() / 2)).1;
    let label_below = if members.len().is_multiple_of(2) { 56.0 } else { 26.0 };
    let height = (lowest + label_below).max(center_y + radius + 8.0);
    open(out, CIRCLE_WIDTH, tenth(height), title)?;

    let mut heads = String::new();
    write!(out, "<path class=\"way\" d=\"")?;
    for member in 0..members.len() {
        let clear = (DOT + GAP) / radius;
        let (start_x, start_y) = at(angle_of(member) + clear);
        let end = angle_of(member + 1) - clear;
        let (end_x, end_y) = at(end - 5.0 / radius);
        let (start_x, start_y, end_x, end_y) = (tenth(start_x), tenth(start_y), tenth(end_x), tenth(end_y));
        write!(out, "M{start_x} {start_y}A{radius} {radius} 0 0 1 {end_x} {end_y}")?;
        heads += &head(at(end), end + TAU / 4.0 - 3.5 / radius);
    }
    writeln!(out, "\"/><path class=\"head\" d=\"{heads}\"/>")?;

    for (index, member) in members.iter().enumerate() {
        let angle = angle_of(index);
        write_dot(out, index, member, at(angle))?;
        let (x, y) = (angle.cos(), angle.sin());
        let is_centred = x.abs() < 0.3;
        let columns = if is_centred { CENTRED_LABEL_COLUMNS } else { LABEL_COLUMNS };
        let (anchor, shift, top) = match (is_centred, x > 0.0) {
            (true, _) if y < 0.0 => ("middle", 0.0, -36.0),
            (true, _) => ("middle", 0.0, 31.0),
            (false, true) => ("start", DOT + 7.0, 12.0 * y - 3.0),
            (false, false) => ("end", -DOT - 7.0, 12.0 * y - 3.0),
        };
        let (x, y) = at(angle);
        let (x, y) = (tenth(x + shift), tenth(y + top));
        writeln!(
            out,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\"><tspan class=\"who\">{}</tspan>\
             <tspan x=\"{x}\" dy=\"16\">{}</tspan></text>",
            Escaped(&shortened(&member.name, columns)),
            Escaped(&shortened(&member.gives, columns)),
        )?;
    }
    writeln!(out, "</svg>")
}

fn write_winding(out: &mut impl Write, members: &[Member], title: &str, is_ring: bool) -> io::Result<()> {
    let last = members.len() - 1;
    let last_row = last / ROW_MEMBERS;
    let at = |index: usize| {
        let (row, place) = (index / ROW_MEMBERS, index % ROW_MEMBERS);
        let column = if row.is_multiple_of(2) { place } else { ROW_MEMBERS - 1 - place };
        (MARGIN + CELL * (column as f64 + 0.5), CELL * (row as f64 + 0.5))
    };
    let width = MARGIN + CELL * members.len().min(ROW_MEMBERS) as f64;
    open(out, width, CELL * (last_row as f64 + 1.0) + 16.0, title)?;

    let clear = DOT + GAP;
    let mut heads = String::new();
    write!(out, "<path class=\"way\" d=\"")?;
    for index in 0..last {
        let ((x, y), (next_x, next_y)) = (at(index), at(index + 1));
        let (way_x, way_y) = ((next_x - x) / CELL, (next_y - y) / CELL);
        let (start_x, start_y) = (tenth(x + way_x * clear), tenth(y + way_y * clear));
        let (end_x, end_y) = (next_x - way_x * clear, next_y - way_y * clear);
        let (line_x, line_y) = (tenth(end_x - way_x * 4.0), tenth(end_y - way_y * 4.0));
        write!(out, "M{start_x} {start_y}L{line_x} {line_y}")?;
        heads += &head((end_x, end_y), way_y.atan2(way_x));
    }
    if is_ring {
        heads += &write_way_back(out, at(0), at(last), CELL * (last_row as f64 + 1.0) + 6.0)?;
    }
    writeln!(out, "\"/><path class=\"head\" d=\"{heads}\"/>")?;
    for (index, member) in members.iter().enumerate() {
        write_dot(out, index, member, at(index))?;
    }
    writeln!(out, "</svg>")
}

/// The way from the last member, at the end of the lowest row, around below and beside the rows to the first; returns its arrowhead.
fn write_way_back(
    out: &mut impl Write,
    (first_x, first_y): (f64, f64),
    (x, y): (f64, f64),
    below: f64,
) -> io::Result<String> {
    let (clear, side) = (DOT + GAP, 9.0);
    write!(
        out,
        "\"/><path class=\"way back\" d=\"M{} {}V{}Q{x} {below} {} {below}H{}Q{side} {below} {side} {}V{}Q{side} {first_y} {} {first_y}H{}",
        tenth(x),
        tenth(y + clear),
        tenth(below - 6.0),
        tenth(x - 6.0),
        tenth(side + 6.0),
        tenth(below - 6.0),
        tenth(first_y + 6.0),
        tenth(side + 6.0),
        tenth(first_x - clear - 4.0),
    )?;
    Ok(head((first_x - clear, first_y), 0.0))
}

fn open(out: &mut impl Write, width: f64, height: f64, title: &str) -> io::Result<()> {
    writeln!(
        out,
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\"><title>{}</title>",
        Escaped(title)
    )
}

/// A member's number on a dot. Its link is for the pointer: the list beside it has one for the keyboard.
fn write_dot(out: &mut impl Write, index: usize, member: &Member, (x, y): (f64, f64)) -> io::Result<()> {
    let (x, y, number) = (tenth(x), tenth(y), index + 1);
    if let Some(anchor) = &member.anchor {
        write!(out, "<a href=\"#{anchor}\" tabindex=\"-1\">")?;
    }
    let first = if index == 0 { " class=\"first\"" } else { "" };
    write!(
        out,
        "<g{first}><title>{number}. {} gives {}</title><circle cx=\"{x}\" cy=\"{y}\" r=\"{DOT}\"/>\
         <text class=\"no\" x=\"{x}\" y=\"{y}\" dy=\".35em\">{number}</text></g>",
        Escaped(&member.name),
        Escaped(&member.gives)
    )?;
    writeln!(out, "{}", if member.anchor.is_some() { "</a>" } else { "" })
}

/// An arrowhead with its point at a place, looking along an angle.
fn head((x, y): (f64, f64), angle: f64) -> String {
    let corner = |turn: f64| {
        let angle = angle + turn;
        (tenth(x - 9.0 * angle.cos()), tenth(y - 9.0 * angle.sin()))
    };
    let ((left_x, left_y), (right_x, right_y)) = (corner(-0.5), corner(0.5));
    format!("M{} {}L{left_x} {left_y}L{right_x} {right_y}Z", tenth(x), tenth(y))
}

/// Rounded to tenths, and never minus zero: the same text on every machine.
fn tenth(length: f64) -> f64 {
    (length * 10.0).round() / 10.0 + 0.0
}
