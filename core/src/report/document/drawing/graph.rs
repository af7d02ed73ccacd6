//! Things and the lines between them, before anybody knows where they will stand.

/// A drawing's content. The same content gives the same drawing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graph {
    /// The things.
    pub nodes: Vec<Node>,
    /// The lines, by numbers of nodes.
    pub edges: Vec<Edge>,
    /// Whether things of one place get a strip of their own. Otherwise what belongs together by its lines stands together,
    /// and each box says its place.
    pub strips: bool,
}

/// A thing: drawn as a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is, as `Service`.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// More about it, a line each.
    pub notes: Vec<String>,
    /// Where it belongs: things of one place stand together.
    pub place: String,
    /// How it is coloured.
    pub tone: Tone,
}

/// What a thing is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Outside the cluster.
    Outside,
    /// Leads traffic on.
    Route,
    /// Runs.
    Workload,
    /// Is read by what runs.
    Settings,
    /// Keeps data.
    Data,
    /// Is referred to, and is not there.
    Missing,
}

impl Tone {
    /// Its name in a style sheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Route => "route",
            Self::Workload => "workload",
            Self::Settings => "settings",
            Self::Data => "data",
            Self::Missing => "missing",
        }
    }
}

/// A line from one thing to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The number of the node that it leaves.
    pub from: usize,
    /// The number of the node that it leads to.
    pub to: usize,
    /// What stands on it; may be empty.
    pub label: String,
    /// Drawn with dashes: it is declared or written in settings, and no object says so.
    pub dashed: bool,
}

impl Graph {
    /// The number of this node, which is added unless there is one of the same kind, place and name.
    pub fn node(&mut self, node: Node) -> usize {
        let same = |own: &Node| own.kind == node.kind && own.place == node.place && own.name == node.name;
        if let Some(number) = self.nodes.iter().position(same) {
            return number;
        }
        self.add(node)
    }

    /// Adds a node, whether there is one like it or not, and gives its number.
    pub fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Adds a line, once.
    pub fn edge(&mut self, from: usize, to: usize, label: &str, dashed: bool) {
        let edge = Edge {
            from,
            to,
            label: label.to_owned(),
            dashed,
        };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }

    /// `namespace/name` of a node, for tables.
    pub fn full_name(&self, number: usize) -> String {
        self.nodes.get(number).map_or_else(String::new, |node| {
            if node.place.is_empty() || node.tone == Tone::Outside {
                node.name.clone()
            } else {
                format!("{}/{}", node.place, node.name)
            }
        })
    }
}
