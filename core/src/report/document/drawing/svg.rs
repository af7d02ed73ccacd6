//! A drawing as SVG: on its own, or within a page that brings the style.

use super::super::escape::xml;
use super::graph::{Graph, Node};
use super::layout::{INSIDE, Layout, Placed, Strip};
use super::measure::{TITLE, width};
use super::style;
use super::wire::{LABEL_HEIGHT, Wire, number};
use std::fmt::Write as _;

/// In a page that is too narrow a drawing shrinks so far; then it is scrolled.
const LEAST: f64 = 0.7;

/// As a file of its own.
pub(in super::super) fn standalone(graph: &Graph, title: &str) -> String {
    let style = format!("<style>{}</style>\n", style::rules());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
        drawn(graph, title, &style)
    )
}

/// Within a page.
pub(in super::super) fn inline(graph: &Graph, title: &str) -> String {
    drawn(graph, title, "")
}

fn drawn(graph: &Graph, title: &str, style: &str) -> String {
    let layout = Layout::new(graph);
    let (wide, high) = (number(layout.width), number(layout.height));
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"drawing\" role=\"img\" aria-label=\"{}\" \
         viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" style=\"min-width:{}px\">",
        xml(title),
        number(layout.width * LEAST)
    );
    out.push_str(style);
    let _ = writeln!(out, "<rect class=\"ground\" width=\"{wide}\" height=\"{high}\"/>");
    for strip in &layout.strips {
        let _ = writeln!(out, "<rect class=\"strip\" {} rx=\"8\"/>", area(strip.area));
    }
    for wire in layout.wires.iter().flatten() {
        self::wire(&mut out, wire);
    }
    let halo = if graph.strips { "halo-strip" } else { "halo" };
    for wire in layout.wires.iter().flatten() {
        label(&mut out, wire, halo);
    }
    for strip in &layout.strips {
        strip_title(&mut out, strip);
    }
    for (number, (placed, node)) in layout.boxes.iter().zip(&graph.nodes).enumerate() {
        self::placed(&mut out, placed, node, &graph.full_name(number));
    }
    out.push_str("</svg>\n");
    out
}

fn area(area: super::layout::Area) -> String {
    format!(
        "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
        number(area.x),
        number(area.y),
        number(area.width),
        number(area.height)
    )
}

/// A text that takes the width that it was given room for, whatever the font.
fn text(out: &mut String, class: &str, x: f64, y: f64, wide: f64, text: &str) {
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
        number(x),
        number(y),
        number(wide),
        xml(text)
    );
}

fn wire(out: &mut String, wire: &Wire) {
    let dashed = if wire.dashed { " dashed" } else { "" };
    let _ = writeln!(out, "<path class=\"wire{dashed}\" d=\"{}\"/>", wire.path());
    // A line that leads back has its arrow where it leaves the left box.
    let ((x, y), side) = if wire.back {
        (wire.start, 8.0)
    } else {
        (wire.end(), -8.0)
    };
    let _ = writeln!(
        out,
        "<path class=\"tip\" d=\"M{} {}L{} {}L{} {}Z\"/>",
        number(x),
        number(y),
        number(x + side),
        number(y - 4.0),
        number(x + side),
        number(y + 4.0)
    );
}

fn label(out: &mut String, wire: &Wire, halo: &str) {
    let Some(label) = &wire.label else { return };
    let (x, y) = label.middle;
    let left = x - label.width / 2.0;
    let _ = writeln!(out, "<g><title>{}</title>", xml(&label.full));
    let _ = writeln!(
        out,
        "<rect class=\"{halo}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\"/>",
        number(left - 3.0),
        number(y - LABEL_HEIGHT / 2.0),
        number(label.width + 6.0),
        number(LABEL_HEIGHT)
    );
    text(out, "label", left, y + 3.7, label.width, &label.text);
    out.push_str("</g>\n");
}

fn strip_title(out: &mut String, strip: &Strip) {
    if strip.title.is_empty() {
        return;
    }
    let (x, y) = (strip.area.x + 10.0, strip.area.y + 17.0);
    let wide = width(&strip.title, TITLE);
    let _ = writeln!(out, "<g><title>{}</title>", xml(&strip.full));
    let _ = writeln!(
        out,
        "<rect class=\"halo-strip\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"16\"/>",
        number(x - 3.0),
        number(y - 12.0),
        number(wide + 6.0)
    );
    text(out, "strip-title", x, y, wide, &strip.title);
    out.push_str("</g>\n");
}

fn placed(out: &mut String, placed: &Placed, node: &Node, name: &str) {
    let words = [node.kind.as_str(), name]
        .into_iter()
        .chain(node.notes.iter().map(String::as_str));
    let full: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let _ = writeln!(out, "<g class=\"box\"><title>{}</title>", xml(&full.join(", ")));
    let class = node.tone.class();
    let _ = writeln!(out, "<rect class=\"{class}\" {} rx=\"6\"/>", area(placed.area));
    // Where lines arrive one below the other the box is taller than its texts.
    let last = placed.lines.last().map_or(0.0, |line| line.baseline);
    let down = ((placed.area.height - last - 9.0) / 2.0).max(0.0);
    for line in placed.lines.iter().filter(|line| !line.text.is_empty()) {
        let (x, y) = (placed.area.x + INSIDE, placed.area.y + line.baseline + down);
        text(out, line.class, x, y, width(&line.text, line.face), &line.text);
    }
    out.push_str("</g>\n");
}
