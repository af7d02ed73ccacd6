//! In which column a thing stands: one further than whatever leads to it.

/// The columns of nodes, and which lines lead back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    /// By node.
    pub(super) of: Vec<usize>,
    /// By line: it closes a circle, and is drawn from right to left.
    pub(super) back: Vec<bool>,
}

impl Columns {
    /// Of a graph with so many nodes. A line from a node to itself leads back.
    pub(super) fn new(nodes: usize, edges: &[(usize, usize)]) -> Self {
        let back = closing(nodes, edges);
        let forward: Vec<(usize, usize)> = edges
            .iter()
            .zip(&back)
            .filter(|(_, back)| !**back)
            .map(|(edge, _)| *edge)
            .collect();
        let mut of = farthest(nodes, &forward);
        let last = of.iter().copied().max().unwrap_or(0);
        for node in 0..nodes {
            let leads = |edge: &&(usize, usize)| edge.0 == node;
            if forward.iter().any(|(_, to)| *to == node) {
                continue;
            }
            // Where lines begin: as close as can be to what they lead to. What has none stands where they end.
            let nearest = forward.iter().filter(leads).map(|(_, to)| of[*to]).min();
            of[node] = nearest.map_or(last, |nearest| nearest.saturating_sub(1));
        }
        Self { of, back }
    }
}

/// The lines that close a circle, when one walks along lines from the first node on.
fn closing(nodes: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        OnTheWay,
        Done,
    }
    let mut back = vec![false; edges.len()];
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (number, (from, _)) in edges.iter().enumerate() {
        leaving[*from].push(number);
    }
    let mut seen = vec![Seen::Not; nodes];
    for start in 0..nodes {
        // Without recursion: a chain may be long.
        let mut way = vec![(start, 0)];
        while let Some((node, next)) = way.pop() {
            if next == 0 {
                if seen[node] != Seen::Not {
                    continue;
                }
                seen[node] = Seen::OnTheWay;
            }
            let Some(edge) = leaving[node].get(next).copied() else {
                seen[node] = Seen::Done;
                continue;
            };
            way.push((node, next + 1));
            let to = edges[edge].1;
            match seen[to] {
                Seen::OnTheWay => back[edge] = true,
                Seen::Not => way.push((to, 0)),
                Seen::Done => {}
            }
        }
    }
    back
}

/// How many lines the longest way to each node has; the lines have no circle.
fn farthest(nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut waiting = vec![0_usize; nodes];
    for (_, to) in edges {
        waiting[*to] += 1;
    }
    let mut of = vec![0; nodes];
    let mut ready: Vec<usize> = (0..nodes).filter(|node| waiting[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for (_, to) in edges.iter().filter(|(from, _)| *from == node) {
            of[*to] = of[*to].max(of[node] + 1);
            waiting[*to] -= 1;
            if waiting[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn things_stand_behind_what_leads_to_them() {
        // 0 → 1 → 2, 3 → 2, 4 alone, 2 → 0 leads back.
        let columns = Columns::new(5, &[(0, 1), (1, 2), (3, 2), (2, 0), (4, 4)]);
        assert_eq!(columns.of, [0, 1, 2, 1, 2]);
        assert_eq!(columns.back, [false, false, false, true, true]);
    }

    proptest! {
        #[test]
        fn lines_lead_to_the_right_unless_they_lead_back(
            edges in proptest::collection::vec((0usize..20, 0usize..20), 0..60),
        ) {
            let columns = Columns::new(20, &edges);
            for ((from, to), back) in edges.iter().zip(&columns.back) {
                let (from, to) = (columns.of[*from], columns.of[*to]);
                let held = if *back { from >= to } else { from < to };
                prop_assert!(held, "{} {} {}", from, to, back);
            }
        }
    }
}
