//! Markdown as a reader's program sees it, for tests: what became of words that came from outside.

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};

/// What a reader sees: the cells of each table, row by row, and every link or piece of HTML.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) rows: Vec<Vec<String>>,
    pub(super) html: Vec<String>,
    pub(super) links: Vec<String>,
}

/// As GitHub reads it, with all that it makes of bare words.
pub(super) fn seen(text: &str) -> Seen {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.math_dollars = true;
    let arena = Arena::new();
    let mut seen = Seen::default();
    for node in parse_document(&arena, text, &options).descendants() {
        match &node.data.borrow().value {
            NodeValue::TableRow(_) => seen.rows.push(node.children().map(words).collect()),
            NodeValue::HtmlInline(html) => seen.html.push(html.clone()),
            NodeValue::HtmlBlock(block) => seen.html.push(block.literal.clone()),
            NodeValue::Link(link) | NodeValue::Image(link) => seen.links.push(link.url.clone()),
            NodeValue::Math(math) => seen.links.push(math.literal.clone()),
            NodeValue::FootnoteReference(note) => seen.links.push(note.name.clone()),
            _ => {}
        }
    }
    seen
}

fn words<'a>(node: &'a AstNode<'a>) -> String {
    let parts = node.descendants().map(|node| match &node.data.borrow().value {
        NodeValue::Text(text) => text.clone(),
        NodeValue::Code(code) => code.literal.clone(),
        NodeValue::HtmlInline(_) => "\n".to_owned(),
        _ => String::new(),
    });
    parts.collect()
}
