//! What a document is made of, whatever it is written in: sections of facts, tables and drawings. Its texts are raw: each
//! renderer makes them harmless for its own format.

use super::drawing::Graph;

/// The living document of an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The environment's name.
    pub environment: String,
    /// When the state was captured; only of snapshots.
    pub captured: Option<String>,
    /// What it tells, in order.
    pub sections: Vec<Section>,
    /// What could not be read or worked out, each once. Said where it would stand, too.
    pub unread: Vec<String>,
}

impl Document {
    /// True when nothing is missing in it.
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }

    /// Its drawings, in the order in which they stand.
    pub fn drawings(&self) -> impl Iterator<Item = &Drawing> {
        let blocks = self.sections.iter().flat_map(|section| &section.blocks);
        blocks.filter_map(|block| match block {
            Block::Drawing(drawing) => Some(drawing),
            _ => None,
        })
    }
}

/// A part with a title.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its anchor.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// Something that stands in a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A sentence or two.
    Say(String),
    /// What could not be read and would stand here.
    Unread(String),
    /// A title within the section.
    Heading(String),
    /// Names and what they are.
    Facts(Vec<(&'static str, Cell)>),
    /// A table.
    Table(Table),
    /// A drawing, followed by the same as a table.
    Drawing(Drawing),
}

/// A table. Every row has as many cells as there are columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The titles of its columns.
    pub columns: Vec<&'static str>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

/// A drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// What its file is called, without an ending: lower-case letters, digits and dashes.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The things and the lines between them.
    pub graph: Graph,
}

impl Drawing {
    /// Within a page that has the style.
    pub(super) fn inline(&self) -> String {
        super::drawing::inline(&self.graph, &self.title)
    }

    /// As a file of its own.
    pub fn svg(&self) -> String {
        super::drawing::standalone(&self.graph, &self.title)
    }

    /// Its lines as the rows of a table: from, to, how.
    pub(super) fn rows(&self) -> Vec<Vec<Cell>> {
        let side = |number: usize| {
            let mut cell = Cell::default();
            let kind = self.graph.nodes.get(number).map_or("", |node| node.kind.as_str());
            cell.told(kind, self.graph.full_name(number), "");
            cell
        };
        let edges = self.graph.edges.iter();
        let rows = edges.map(|edge| vec![side(edge.from), side(edge.to), Cell::optional(Some(&edge.label))]);
        rows.collect()
    }
}

/// Words of the document's own, or a name from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Our own.
    Plain(String),
    /// From a cluster, an account or a spec.
    Name(String),
}

impl Words {
    /// The text, whoever wrote it.
    pub fn text(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Name(text) => text,
        }
    }
}

/// The content of a cell: lines, each of words that stand side by side. None is shown as a dash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell(pub Vec<Vec<Words>>);

impl Cell {
    /// Our own words in one line.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(vec![vec![Words::Plain(text.into())]])
    }

    /// A name in one line.
    pub fn name(text: impl Into<String>) -> Self {
        Self(vec![vec![Words::Name(text.into())]])
    }

    /// A name, or nothing.
    pub fn optional(text: Option<&str>) -> Self {
        text.filter(|text| !text.is_empty())
            .map_or_else(Self::default, Self::name)
    }

    /// Names, each in a line of its own.
    pub fn names(texts: impl IntoIterator<Item = String>) -> Self {
        Self(texts.into_iter().map(|text| vec![Words::Name(text)]).collect())
    }

    /// Adds a line.
    pub fn line(&mut self, words: impl IntoIterator<Item = Words>) -> &mut Self {
        self.0.push(words.into_iter().collect());
        self
    }

    /// Adds a line with a name in words of our own: `port`, `6379`.
    pub fn told(&mut self, before: &str, name: impl Into<String>, after: &str) -> &mut Self {
        let plain = |text: &str| (!text.is_empty()).then(|| Words::Plain(text.to_owned()));
        let words = [plain(before), Some(Words::Name(name.into())), plain(after)];
        self.line(words.into_iter().flatten())
    }

    /// Adds a line of our own words.
    pub fn say(&mut self, text: impl Into<String>) -> &mut Self {
        self.line([Words::Plain(text.into())])
    }

    /// True when there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A text as the name of a file and an anchor.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars().take(80) {
        if char.is_ascii_alphanumeric() {
            out.push(char.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() {
        "unnamed".to_owned()
    } else {
        out.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_of_files_are_harmless() {
        assert_eq!(slug("front-web"), "front-web");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("a\u{202e}B c\n"), "a-b-c");
        assert_eq!(slug("…"), "unnamed");
    }
}
