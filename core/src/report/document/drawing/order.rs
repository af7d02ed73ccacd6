//! In which order, and how high, the things of a strip stand in their columns.

use dugong::graphlib::{Graph, GraphOptions};
use dugong::{EdgeLabel, GraphLabel, NodeLabel, RankDir, layout};
use std::collections::BTreeMap;

/// Room between two things of a column.
pub(super) const APART: f64 = 14.0;

/// A thing, or the place where a line passes through a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Item {
    pub(super) column: usize,
    pub(super) height: f64,
}

/// The middles of the items, from 0 on. Links lead from a column to the next one.
pub(super) fn heights(items: &[Item], links: &[(usize, usize)]) -> Vec<f64> {
    let mut middles = vec![0.0; items.len()];
    // By column: how far down it is taken.
    let mut taken: BTreeMap<usize, f64> = BTreeMap::new();
    for part in parts(items.len(), links) {
        let own: Vec<Item> = part.iter().map(|number| items[*number]).collect();
        let position = |number: &usize| part.binary_search(number).ok();
        let inner: Vec<(usize, usize)> = links
            .iter()
            .filter_map(|(from, to)| Some((position(from)?, position(to)?)))
            .collect();
        // Where the library gives up, they stand in the order in which they came: still without overlapping.
        let wished = wished(&own, &inner).unwrap_or_else(|| vec![0.0; own.len()]);
        let settled = settled(&own, &wished);
        let top = |(middle, item): (&f64, &Item)| middle - item.height / 2.0;
        let free = |column: usize| taken.get(&column).map_or(0.0, |end| end + APART);
        let needed = settled
            .iter()
            .zip(&own)
            .map(|pair| free(pair.1.column) - top(pair));
        let down = needed.fold(0.0, f64::max);
        for (number, (middle, item)) in part.iter().zip(settled.iter().zip(&own)) {
            middles[*number] = middle + down;
            let end = taken.entry(item.column).or_insert(0.0);
            *end = end.max(middle + down + item.height / 2.0);
        }
    }
    middles
}

/// The middles that dagre's way of placing gives to what hangs together. As every link leads to the next column, all links
/// are as short as can be only when every item stands in its own.
fn wished(items: &[Item], links: &[(usize, usize)]) -> Option<Vec<f64>> {
    let mut graph: Graph<NodeLabel, EdgeLabel, GraphLabel> = Graph::new(GraphOptions {
        directed: true,
        multigraph: false,
        compound: false,
    });
    graph.set_graph(GraphLabel {
        rankdir: RankDir::LR,
        nodesep: APART,
        edgesep: APART,
        ranksep: 40.0,
        ..GraphLabel::default()
    });
    // Numbers as names: nothing that a cluster wrote gets in here.
    for (number, item) in items.iter().enumerate() {
        graph.set_node(format!("item {number}"), box_of(40.0, item.height));
    }
    for (from, to) in links {
        let line = EdgeLabel {
            weight: 1.0,
            ..EdgeLabel::default()
        };
        graph.set_edge_with_label(format!("item {from}"), format!("item {to}"), line);
    }
    layout(&mut graph).ok()?;
    let middles = (0..items.len()).map(|number| graph.node(&format!("item {number}"))?.y);
    let middles: Option<Vec<f64>> = middles.collect();
    middles.filter(|all| all.iter().all(|y| y.is_finite()))
}

fn box_of(width: f64, height: f64) -> NodeLabel {
    NodeLabel {
        width,
        height,
        ..NodeLabel::default()
    }
}

/// The items that hang together, part by part, each in ascending order.
fn parts(count: usize, links: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut part: Vec<usize> = (0..count).collect();
    // Few items: going over the links until nothing changes is quick enough.
    loop {
        let mut changed = false;
        for (a, b) in links {
            let least = part[*a].min(part[*b]);
            changed |= part[*a] != least || part[*b] != least;
            (part[*a], part[*b]) = (least, least);
        }
        if !changed {
            break;
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, part) in part.into_iter().enumerate() {
        parts.entry(part).or_default().push(number);
    }
    parts.into_values().collect()
}

/// The same order with nothing overlapping, whatever was wished for, the topmost edge at 0.
fn settled(items: &[Item], wished: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|a, b| {
        let column = items[*a].column.cmp(&items[*b].column);
        column.then(wished[*a].total_cmp(&wished[*b])).then(a.cmp(b))
    });
    let mut middles = wished.to_vec();
    for pair in order.windows(2) {
        let (above, below) = (pair[0], pair[1]);
        if items[above].column == items[below].column {
            let nearest = middles[above] + f64::midpoint(items[above].height, items[below].height) + APART;
            middles[below] = middles[below].max(nearest);
        }
    }
    let tops = middles
        .iter()
        .zip(items)
        .map(|(middle, item)| middle - item.height / 2.0);
    let top = tops.fold(f64::INFINITY, f64::min);
    middles.iter().map(|middle| middle - top).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(column: usize) -> Item {
        Item { column, height: 40.0 }
    }

    #[test]
    fn a_chain_is_straight_and_lines_do_not_cross() {
        let chain = heights(&[item(0), item(1), item(2)], &[(0, 1), (1, 2)]);
        assert!(
            chain.iter().all(|middle| (middle - chain[0]).abs() < 0.5),
            "{chain:?}"
        );
        // Parts that have nothing to do with one another stand side by side where their columns allow it.
        let parted = heights(&[item(0), item(1), item(2), item(2)], &[(0, 1)]);
        assert_eq!(parted, [20.0, 20.0, 20.0, 74.0]);
        // Two lines that cross in the order in which they came.
        let crossed = heights(&[item(0), item(0), item(1), item(1)], &[(0, 3), (1, 2)]);
        assert_eq!(crossed[0] < crossed[1], crossed[3] < crossed[2], "{crossed:?}");
    }

    #[test]
    fn nothing_overlaps_even_where_nothing_was_wished_for() {
        let items = [item(0), item(0), item(1), item(0)];
        let middles = settled(&items, &[0.0; 4]);
        assert_eq!(middles, [20.0, 74.0, 20.0, 128.0]);
    }
}
