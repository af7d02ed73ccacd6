//! Both renderers on texts that want to act, and what counts as the same document.

use super::drawing::{Graph, Node, Tone};
use super::model::{Block, Cell, Document, Drawing, Section, Table};
use super::{html, markdown, same};
use crate::report::seen::seen;

const HOSTILE: &str = "</code></title><script>alert(1)</script>|`\u{1b}[31m\u{202e}\"' onload=x\n# title";

fn hostile(captured: &str) -> Document {
    let mut graph = Graph::default();
    for place in ["a", "b"] {
        graph.add(Node {
            kind: HOSTILE.to_owned(),
            name: HOSTILE.to_owned(),
            notes: vec![HOSTILE.to_owned()],
            place: place.to_owned(),
            tone: Tone::Workload,
        });
    }
    graph.edge(0, 1, HOSTILE, false);
    let text = HOSTILE.to_owned();
    Document {
        environment: text.clone(),
        captured: Some(captured.to_owned()),
        sections: vec![Section {
            id: "services",
            title: "Services",
            blocks: vec![
                Block::Say(text.clone()),
                Block::Unread(text.clone()),
                Block::Heading(text.clone()),
                Block::Facts(vec![("Name", Cell::name(HOSTILE))]),
                Block::Table(Table {
                    columns: vec!["A", "B"],
                    rows: vec![vec![Cell::name(HOSTILE), Cell::plain(HOSTILE)]],
                }),
                Block::Drawing(Drawing {
                    name: "a".to_owned(),
                    title: text.clone(),
                    graph,
                }),
            ],
        }],
        unread: vec![text],
    }
}

fn as_markdown(document: &Document, images: Option<&str>) -> String {
    let mut out = Vec::new();
    markdown::render(document, images, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn as_html(document: &Document) -> String {
    let mut out = Vec::new();
    html::render(document, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn nothing_in_a_page_is_what_a_cluster_wrote() {
    let page = as_html(&hostile("2026-11-23T03:00:00Z"));
    assert!(!page.contains("<script") && !page.contains('\u{1b}') && !page.contains('\u{202e}'));
    assert!(page.contains("&lt;script&gt;"));
    // No text ends an attribute.
    assert!(!page.contains("\"' onload"));
    assert!(page.contains("Content-Security-Policy"));
    for tag in [
        "div", "code", "section", "table", "tr", "td", "figure", "details", "svg", "dl",
    ] {
        let opened = page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn nothing_in_markdown_is_what_a_cluster_wrote() {
    let text = as_markdown(&hostile("2026-11-23T03:00:00Z"), Some("stage"));
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    // Outside of code no tag and no link is left, no row has more cells than its table, and no line begins a title.
    let seen = seen(&text);
    assert!(seen.html.iter().all(|html| html == "<br>"), "{:?}", seen.html);
    assert!(
        seen.links
            .iter()
            .all(|link| link.starts_with("stage-") && link.strip_suffix(".svg").is_some()),
        "{:?}",
        seen.links
    );
    for line in text.lines() {
        assert!(!line.starts_with("# title"), "{line}");
        if line.starts_with("| ") {
            let bars = line.replace("\\|", "").matches('|').count();
            assert!((3..=4).contains(&bars), "{line}");
        }
    }
    assert!(text.contains("](stage-a.svg)"));
    assert!(!as_markdown(&hostile(""), None).contains(".svg"));
}

#[test]
fn the_time_of_a_capture_makes_no_difference_and_all_else_does() {
    let (early, late) = (hostile("2026-11-23T03:00:00Z"), hostile("2026-11-24T03:00:00Z"));
    let mut other = early.clone();
    other.sections[0].blocks.remove(0);
    for render in [as_html, |document: &Document| {
        as_markdown(document, Some("stage"))
    }] {
        let text = render(&early);
        assert_ne!(text, render(&late));
        assert!(same(text.as_bytes(), render(&late).as_bytes()));
        assert!(same(text.replace('\n', "\r\n").as_bytes(), text.as_bytes()));
        assert!(!same(text.as_bytes(), render(&other).as_bytes()));
    }
}
