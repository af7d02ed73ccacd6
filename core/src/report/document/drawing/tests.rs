//! What holds for every drawing, with five things and with sixty, whatever they are called.

use super::graph::{Graph, Node, Tone};
use super::layout::{Area, Layout};
use super::measure::width;
use super::svg::{inline, standalone};
use super::wire::{Hop, LABEL_HEIGHT};
use proptest::prelude::*;

const TONES: [Tone; 6] = [
    Tone::Outside,
    Tone::Route,
    Tone::Workload,
    Tone::Settings,
    Tone::Data,
    Tone::Missing,
];

fn overlap(a: Area, b: Area) -> bool {
    let apart = |a: f64, wide: f64, b: f64, other: f64| a + wide <= b + 0.01 || b + other <= a + 0.01;
    !apart(a.x, a.width, b.x, b.width) && !apart(a.y, a.height, b.y, b.height)
}

fn inside(inner: Area, outer: Area) -> bool {
    inner.x >= outer.x - 0.01
        && inner.y >= outer.y - 0.01
        && inner.x + inner.width <= outer.x + outer.width + 0.01
        && inner.y + inner.height <= outer.y + outer.height + 0.01
}

/// Everything that must hold.
fn assert_legible(graph: &Graph) {
    let layout = Layout::new(graph);
    let whole = Area {
        x: 0.0,
        y: 0.0,
        width: layout.width,
        height: layout.height,
    };
    let boxes: Vec<Area> = layout.boxes.iter().map(|placed| placed.area).collect();
    for (number, own) in boxes.iter().enumerate() {
        assert!(
            inside(*own, whole),
            "box {number} leaves the drawing: {own:?} {whole:?}"
        );
        for (other, area) in boxes.iter().enumerate().skip(number + 1) {
            assert!(!overlap(*own, *area), "boxes {number} and {other} overlap");
        }
        for line in &layout.boxes[number].lines {
            assert!(
                width(&line.text, line.face) + 20.0 <= own.width,
                "{line:?} runs out of its box"
            );
            assert!(line.baseline + 4.0 <= own.height, "{line:?} runs out of its box");
        }
    }
    for (number, strip) in layout.strips.iter().enumerate() {
        assert!(inside(strip.area, whole));
        for other in &layout.strips[number + 1..] {
            assert!(!overlap(strip.area, other.area), "strips overlap");
        }
        for (node, area) in graph.nodes.iter().zip(&boxes) {
            assert_eq!(node.place == strip.full, inside(*area, strip.area), "{node:?}");
        }
    }
    let mut labels = Vec::new();
    for (edge, wire) in graph.edges.iter().zip(&layout.wires) {
        let Some(wire) = wire else {
            assert_eq!(edge.from, edge.to, "a line is missing");
            continue;
        };
        let (left, right) = if wire.back {
            (edge.to, edge.from)
        } else {
            (edge.from, edge.to)
        };
        let (from, to) = (boxes[left], boxes[right]);
        let (x, y) = wire.end();
        assert!((wire.start.0 - from.x - from.width).abs() < 0.01 && (x - to.x).abs() < 0.01);
        assert!(y > to.y && y < to.y + to.height, "a line ends beside its box");
        assert_clear(wire.start, &wire.hops, &boxes);
        if let Some(label) = &wire.label {
            labels.push(Area {
                x: label.middle.0 - label.width / 2.0,
                y: label.middle.1 - LABEL_HEIGHT / 2.0,
                width: label.width,
                height: LABEL_HEIGHT,
            });
        }
    }
    for (number, label) in labels.iter().enumerate() {
        assert!(inside(*label, whole), "a label is cut");
        assert!(
            !boxes.iter().any(|area| overlap(*label, *area)),
            "a box covers a label"
        );
        assert!(
            !labels[number + 1..].iter().any(|other| overlap(*label, *other)),
            "labels overlap"
        );
    }
}

/// A line is level where there are boxes, and hits none.
fn assert_clear(start: (f64, f64), hops: &[Hop], boxes: &[Area]) {
    let (mut x, mut y) = start;
    for hop in hops {
        let (to_x, to_y) = match hop {
            Hop::Bend(to) => *to,
            Hop::Level(to) => (*to, y),
        };
        assert!(to_x >= x, "a line turns back");
        // A bend may be anywhere between both heights.
        let swept = Area {
            x: x + 0.02,
            y: y.min(to_y),
            width: (to_x - x - 0.04).max(0.0),
            height: (to_y - y).abs().max(0.1),
        };
        assert!(
            !boxes.iter().any(|area| overlap(swept, *area)),
            "a line crosses a box"
        );
        (x, y) = (to_x, to_y);
    }
}

fn node(number: usize, name: &str, place: usize) -> Node {
    Node {
        kind: "Service".to_owned(),
        name: format!("{name}{number}"),
        notes: vec!["a note".to_owned(); number % 3],
        place: format!("place {place}"),
        tone: TONES[number % TONES.len()],
    }
}

prop_compose! {
    fn graphs(most: usize)(
        nodes in proptest::collection::vec(("\\PC{0,70}", 0usize..5), 1..=most),
        strips in any::<bool>(),
    )(
        edges in proptest::collection::vec((0..nodes.len(), 0..nodes.len(), "\\PC{0,40}", any::<bool>()), 0..=most + most / 2),
        nodes in Just(nodes),
        strips in Just(strips),
    ) -> Graph {
        let mut graph = Graph { strips, ..Graph::default() };
        for (number, (name, place)) in nodes.iter().enumerate() {
            graph.add(node(number, name, *place));
        }
        for (from, to, label, dashed) in edges {
            graph.edge(from, to, &label, dashed);
        }
        graph
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn five_things_are_legible(graph in graphs(5)) {
        assert_legible(&graph);
    }

    #[test]
    fn sixty_things_are_legible(graph in graphs(60)) {
        assert_legible(&graph);
    }

    #[test]
    fn the_same_graph_gives_the_same_bytes(graph in graphs(20)) {
        prop_assert_eq!(standalone(&graph, "a"), standalone(&graph, "a"));
    }

    #[test]
    fn what_is_drawn_is_one_document(graph in graphs(12), title in "\\PC{0,20}") {
        let svg = inline(&graph, &title);
        prop_assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        for tag in ["svg", "g", "text", "title"] {
            let opened = svg.matches(&format!("<{tag} ")).count() + svg.matches(&format!("<{tag}>")).count();
            prop_assert_eq!(opened, svg.matches(&format!("</{tag}>")).count(), "{}", tag);
        }
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf\""));
    }
}

#[test]
fn an_application_of_sixty_objects_is_legible_and_not_wider_than_its_columns() {
    let mut graph = Graph {
        strips: true,
        ..Graph::default()
    };
    let long = "kube-prometheus-stack-prometheus-node-exporter-with-a-very-long-name-";
    let workload = graph.add(node(0, long, 0));
    for number in 1..=58 {
        let leaf = graph.add(node(number, long, number % 4));
        graph.edge(workload, leaf, "", false);
    }
    let service = graph.add(node(59, long, 0));
    graph.edge(service, workload, "8080/TCP", false);
    assert_legible(&graph);
    let layout = Layout::new(&graph);
    assert!(layout.width < 900.0, "{}", layout.width);
    assert!(
        standalone(&graph, "many")
            .contains("<title>Service, place 0/kube-prometheus-stack-prometheus-node-exporter-with")
    );
}

#[test]
fn an_empty_graph_is_an_empty_drawing() {
    assert_legible(&Graph::default());
    assert!(standalone(&Graph::default(), "<none>").contains("aria-label=\"&lt;none&gt;\""));
}

#[test]
fn lines_that_lead_back_and_lines_to_themselves_are_drawn_or_left_out() {
    let mut graph = Graph::default();
    for number in 0..3 {
        graph.add(node(number, "n", 0));
    }
    for (from, to) in [(0, 1), (1, 2), (2, 0), (1, 1)] {
        graph.edge(from, to, "calls", false);
    }
    assert_legible(&graph);
    let wires = Layout::new(&graph).wires;
    assert!(wires[2].as_ref().is_some_and(|wire| wire.back));
    assert!(wires[3].is_none());
}
