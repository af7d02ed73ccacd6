//! Where everything stands.

use super::super::escape::plain;
use super::column::Columns;
use super::graph::{Graph, Node};
use super::measure::{Face, KIND, LABEL, NAME, NOTE, TITLE, shorten, width};
use super::order::{APART, Item, heights};
use super::wire::{Hop, LABEL_HEIGHT, Label, Wire};

/// A name wider than this gives up its middle.
const WIDEST: f64 = 190.0;
/// And so does a label.
const WIDEST_LABEL: f64 = 130.0;
/// Between the side of a box and its text.
pub(super) const INSIDE: f64 = 10.0;
/// Where lines bend, between two columns: so much, and more for each line, up to so many.
const BENDS: f64 = 32.0;
const BENDS_FOR_EACH: f64 = 5.0;
const MOST_BENDS: f64 = 120.0;
/// What an arrow takes before a box.
const ARROW: f64 = 11.0;
/// Around everything.
const MARGIN: f64 = 12.0;
/// The row of a strip's title.
const HEADING: f64 = 26.0;
/// Between strips.
const BETWEEN: f64 = 10.0;
/// Between the lines that arrive at a box.
const ARRIVALS: f64 = LABEL_HEIGHT + 4.0;

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A line of text in a box.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) face: Face,
    /// Where it stands, below the top of the box.
    pub(super) baseline: f64,
    pub(super) class: &'static str,
}

/// A box with its texts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) area: Area,
    pub(super) lines: Vec<Line>,
}

/// The strip of a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Strip {
    pub(super) area: Area,
    pub(super) title: String,
    pub(super) full: String,
}

/// A drawing whose every part has its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) strips: Vec<Strip>,
    /// By node.
    pub(super) boxes: Vec<Placed>,
    /// By edge; a line from a thing to itself has none.
    pub(super) wires: Vec<Option<Wire>>,
}

impl Layout {
    pub(super) fn new(graph: &Graph) -> Self {
        let edges: Vec<(usize, usize)> = graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let columns = Columns::new(graph.nodes.len(), &edges);
        let mut plan = Plan::new(graph, columns);
        plan.spread();
        plan.stack();
        plan.finish()
    }
}

/// The texts of a box, from its top on, and its size.
fn lines(node: &Node, strips: bool) -> (Vec<Line>, f64, f64) {
    let kind = if strips || node.place.is_empty() {
        node.kind.clone()
    } else {
        format!("{} · {}", node.place, node.kind)
    };
    let mut lines = Vec::new();
    let mut down = 6.0;
    let mut line = |text: &str, face: Face, height: f64, class| {
        down += height;
        lines.push(Line {
            text: shorten(&plain(text), face, WIDEST),
            face,
            baseline: down - 4.0,
            class,
        });
    };
    line(&kind, KIND, 14.0, "kind");
    line(&node.name, NAME, 17.0, "name");
    for note in &node.notes {
        line(note, NOTE, 15.0, "note");
    }
    let widest = lines
        .iter()
        .map(|line| width(&line.text, line.face))
        .fold(0.0, f64::max);
    (lines, widest + 2.0 * INSIDE, down + 5.0)
}

/// A layout in the making.
struct Plan<'g> {
    graph: &'g Graph,
    columns: Columns,
    boxes: Vec<Placed>,
    /// By column: where its boxes begin, and how wide they are.
    across: Vec<(f64, f64)>,
    /// By column: how wide lines bend before it.
    bends: Vec<f64>,
    /// By edge: the column of its first end, and the height at which it passes each column between its ends.
    passing: Vec<Vec<f64>>,
    strips: Vec<Strip>,
    height: f64,
}

impl<'g> Plan<'g> {
    fn new(graph: &'g Graph, columns: Columns) -> Self {
        let mut arriving = vec![(0_usize, false); graph.nodes.len()];
        for (number, edge) in graph.edges.iter().enumerate() {
            let (_, end) = ends(&columns, number, (edge.from, edge.to));
            if edge.from != edge.to {
                arriving[end].0 += 1;
                arriving[end].1 |= !edge.label.is_empty();
            }
        }
        let boxes = graph
            .nodes
            .iter()
            .zip(&arriving)
            .map(|(node, (count, labelled))| {
                let (lines, width, height) = lines(node, graph.strips);
                // Lines whose labels would hit one another arrive apart.
                let slots = if *labelled { *count } else { 1 };
                let needed = f64::from(u32::try_from(slots).unwrap_or(u32::MAX)) * ARRIVALS + 4.0;
                let area = Area {
                    x: 0.0,
                    y: 0.0,
                    width,
                    height: height.max(needed),
                };
                Placed { area, lines }
            });
        Self {
            boxes: boxes.collect(),
            across: Vec::new(),
            bends: Vec::new(),
            passing: vec![Vec::new(); graph.edges.len()],
            strips: Vec::new(),
            height: 0.0,
            columns,
            graph,
        }
    }

    /// Both ends of a line, the left one first.
    fn ends(&self, edge: usize) -> (usize, usize) {
        let own = &self.graph.edges[edge];
        ends(&self.columns, edge, (own.from, own.to))
    }

    fn is_drawn(&self, edge: usize) -> bool {
        let own = &self.graph.edges[edge];
        own.from != own.to
    }

    fn label(&self, edge: usize) -> Option<(String, f64)> {
        let label = plain(&self.graph.edges[edge].label);
        let text = shorten(&label, LABEL, WIDEST_LABEL);
        (!text.is_empty()).then(|| {
            let wide = width(&text, LABEL);
            (text, wide)
        })
    }

    /// How far apart columns stand: what bends between them needs room, and so do labels and arrows before boxes.
    fn spread(&mut self) {
        let count = self.columns.of.iter().max().map_or(0, |last| last + 1);
        let mut widths = vec![0.0_f64; count];
        for (placed, column) in self.boxes.iter().zip(&self.columns.of) {
            widths[*column] = widths[*column].max(placed.area.width);
        }
        let mut labels = vec![0.0_f64; count];
        let mut bends = vec![BENDS; count];
        for edge in (0..self.graph.edges.len()).filter(|edge| self.is_drawn(*edge)) {
            let (start, end) = self.ends(edge);
            let between = self.columns.of[start] + 1..=self.columns.of[end];
            for bend in bends.get_mut(between).into_iter().flatten() {
                *bend = (*bend + BENDS_FOR_EACH).min(MOST_BENDS);
            }
            if let Some((_, wide)) = self.label(edge) {
                let before = &mut labels[self.columns.of[end]];
                *before = before.max(wide + 10.0);
            }
        }
        let mut x = MARGIN + if self.graph.strips { 8.0 } else { 0.0 };
        for (column, width) in widths.iter().enumerate() {
            if column > 0 {
                x += bends[column] + labels[column] + ARROW;
            }
            self.across.push((x, *width));
            x += width;
        }
        for (placed, column) in self.boxes.iter_mut().zip(&self.columns.of) {
            (placed.area.x, placed.area.width) = self.across[*column];
        }
        self.bends = bends;
    }

    /// The places in the order of their strips: first where lines begin.
    fn places(&self) -> Vec<&'g str> {
        let mut places: Vec<(usize, usize, &str)> = Vec::new();
        for (number, node) in self.graph.nodes.iter().enumerate() {
            let place = if self.graph.strips {
                node.place.as_str()
            } else {
                ""
            };
            let column = self.columns.of[number];
            match places.iter_mut().find(|(.., own)| *own == place) {
                Some((least, ..)) => *least = column.min(*least),
                None => places.push((column, number, place)),
            }
        }
        places.sort_unstable();
        places.into_iter().map(|(.., place)| place).collect()
    }

    /// Puts strip below strip, each ordered for itself. A line passes columns in the strip where it ends.
    fn stack(&mut self) {
        let mut y = MARGIN;
        for place in self.places() {
            let inside = |number: usize| !self.graph.strips || self.graph.nodes[number].place == place;
            let nodes: Vec<usize> = (0..self.graph.nodes.len())
                .filter(|number| inside(*number))
                .collect();
            let mut items: Vec<Item> = nodes
                .iter()
                .map(|number| Item {
                    column: self.columns.of[*number],
                    height: self.boxes[*number].area.height,
                })
                .collect();
            let mut links = Vec::new();
            let mut passing: Vec<(usize, Vec<usize>)> = Vec::new();
            let item = |node: usize| nodes.iter().position(|own| *own == node);
            for edge in (0..self.graph.edges.len()).filter(|edge| self.is_drawn(*edge)) {
                let (start, end) = self.ends(edge);
                let Some(end_item) = item(end) else { continue };
                let mut before = item(start);
                let mut on_the_way = Vec::new();
                for column in self.columns.of[start] + 1..self.columns.of[end] {
                    items.push(Item { column, height: 4.0 });
                    let own = items.len() - 1;
                    links.extend(before.map(|before| (before, own)));
                    before = Some(own);
                    on_the_way.push(own);
                }
                links.extend(before.map(|before| (before, end_item)));
                passing.push((edge, on_the_way));
            }
            let middles = heights(&items, &links);
            let top = y + if self.graph.strips { HEADING } else { 0.0 };
            for (number, middle) in nodes.iter().zip(&middles) {
                let area = &mut self.boxes[*number].area;
                area.y = top + middle - area.height / 2.0;
            }
            for (edge, on_the_way) in passing {
                self.passing[edge] = on_the_way.into_iter().map(|item| top + middles[item]).collect();
            }
            let ends = middles
                .iter()
                .zip(&items)
                .map(|(middle, item)| middle + item.height / 2.0);
            let bottom = top + ends.fold(0.0, f64::max);
            if self.graph.strips {
                self.strip(place, y, bottom + APART - y);
                y = bottom + APART + BETWEEN;
            } else {
                y = bottom + BETWEEN;
            }
        }
        self.height = y - BETWEEN + MARGIN;
    }

    fn strip(&mut self, place: &str, y: f64, height: f64) {
        let full = plain(place);
        let area = Area {
            x: MARGIN - 4.0,
            y,
            width: self.right() - 2.0 * MARGIN + 8.0,
            height,
        };
        self.strips.push(Strip {
            title: shorten(&full, TITLE, area.width - 20.0),
            area,
            full,
        });
    }

    /// The width of the whole.
    fn right(&self) -> f64 {
        let end = self.across.last().map_or(0.0, |(x, width)| x + width);
        (end + MARGIN + if self.graph.strips { 8.0 } else { 0.0 }).max(200.0)
    }

    fn finish(self) -> Layout {
        let wires = self.wires();
        Layout {
            width: self.right(),
            height: self.height.max(2.0 * MARGIN),
            strips: self.strips,
            boxes: self.boxes,
            wires,
        }
    }

    fn wires(&self) -> Vec<Option<Wire>> {
        let all = 0..self.graph.edges.len();
        all.map(|edge| self.is_drawn(edge).then(|| self.wire(edge)))
            .collect()
    }

    fn wire(&self, edge: usize) -> Wire {
        let (start, end) = self.ends(edge);
        let (from, to) = (self.boxes[start].area, self.boxes[end].area);
        let arrives = self.arrival(edge, end);
        let mut hops = Vec::new();
        let first = self.columns.of[start];
        for (offset, y) in self.passing[edge].iter().enumerate() {
            let (x, width) = self.across[first + 1 + offset];
            hops.push(Hop::Bend((self.bent(first + 1 + offset), *y)));
            hops.push(Hop::Level(x + width));
        }
        let bent = self.bent(self.columns.of[end]);
        hops.push(Hop::Bend((bent, arrives)));
        hops.push(Hop::Level(to.x));
        let label = self.label(edge).map(|(text, wide)| Label {
            text,
            full: plain(&self.graph.edges[edge].label),
            middle: (to.x - ARROW - 2.0 - wide / 2.0, arrives),
            width: wide,
        });
        Wire {
            start: (from.x + from.width, from.y + from.height / 2.0),
            hops,
            back: self.columns.back[edge],
            dashed: self.graph.edges[edge].dashed,
            label,
        }
    }

    /// Where lines before a column have done with bending.
    fn bent(&self, column: usize) -> f64 {
        let before = column.checked_sub(1).and_then(|before| self.across.get(before));
        before.map_or(0.0, |(x, width)| x + width + self.bends[column])
    }

    /// At which height a line arrives: all in the middle, or one below the other where something stands on them.
    fn arrival(&self, edge: usize, end: usize) -> f64 {
        let area = self.boxes[end].area;
        let middle = area.y + area.height / 2.0;
        let mut arriving: Vec<usize> = (0..self.graph.edges.len())
            .filter(|other| self.is_drawn(*other) && self.ends(*other).1 == end)
            .collect();
        if arriving
            .iter()
            .all(|other| self.graph.edges[*other].label.is_empty())
        {
            return middle;
        }
        let height = |other: usize| {
            let (start, _) = self.ends(other);
            let area = self.boxes[start].area;
            self.passing[other]
                .last()
                .copied()
                .unwrap_or(area.y + area.height / 2.0)
        };
        arriving.sort_by(|a, b| height(*a).total_cmp(&height(*b)).then(a.cmp(b)));
        let at = |number: usize| f64::from(u32::try_from(number).unwrap_or(0));
        let own = arriving.iter().position(|other| *other == edge).unwrap_or(0);
        middle + (at(own) - (at(arriving.len()) - 1.0) / 2.0) * ARRIVALS
    }
}

/// Both ends of a line, the left one first.
fn ends(columns: &Columns, edge: usize, (from, to): (usize, usize)) -> (usize, usize) {
    if columns.back[edge] {
        (to, from)
    } else {
        (from, to)
    }
}
