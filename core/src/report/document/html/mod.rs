//! The document as one page of HTML: drawings and style are in it, it needs neither scripts nor anything from elsewhere, and
//! is read on a phone, on a screen and on paper, by day and by night.

mod style;

use super::drawing;
use super::escape::xml;
use super::model::{Block, Cell, Document, Drawing, Section, Table, Words};
use std::io::{self, Write};

/// How the line begins that tells when the state was captured: the one line that may differ in a copy that is up to date.
pub const CAPTURED: &str = "<p class=\"captured\">State captured at ";

/// Nothing is loaded, run or sent, whatever a cluster calls its objects.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A name as short as this is not broken into two lines.
const SHORT: usize = 18;

/// Writes the page.
pub fn render(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("Environment {}", xml(&document.environment));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>{}{}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n\
         <p>Written by <code>envcheck document</code> from what was read. Change the environment or its spec, not this \
         page.</p>\n",
        style::RULES,
        drawing::rules()
    )?;
    if let Some(captured) = &document.captured {
        writeln!(out, "{CAPTURED}{}</p>", xml(captured))?;
    }
    writeln!(out, "<nav>")?;
    for section in &document.sections {
        writeln!(out, "<a href=\"#{}\">{}</a>", section.id, section.title)?;
    }
    writeln!(out, "</nav>\n</header>\n<main>")?;
    for section in &document.sections {
        self::section(section, out)?;
    }
    writeln!(out, "</main>\n</body>\n</html>")
}

fn section(section: &Section, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"{}\">\n<h2>{}</h2>", section.id, section.title)?;
    for block in &section.blocks {
        match block {
            Block::Say(text) => writeln!(out, "<p>{}</p>", xml(text))?,
            Block::Unread(text) => writeln!(
                out,
                "<p class=\"unread\"><strong>Not read:</strong> <code>{}</code></p>",
                xml(text)
            )?,
            Block::Heading(text) => writeln!(out, "<h3>{}</h3>", xml(text))?,
            Block::Facts(facts) => self::facts(facts, out)?,
            Block::Table(table) => self::table(table, out)?,
            Block::Drawing(drawing) => self::drawing(drawing, out)?,
        }
    }
    writeln!(out, "</section>")
}

fn facts(facts: &[(&str, Cell)], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<dl>")?;
    for (name, cell) in facts {
        writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", xml(name), words(cell))?;
    }
    writeln!(out, "</dl>")
}

/// On a phone each row becomes a card: its cells bring the titles of their columns.
fn table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<table>\n<thead><tr>")?;
    for column in &table.columns {
        write!(out, "<th scope=\"col\">{}</th>", xml(column))?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in &table.rows {
        write!(out, "<tr>")?;
        for (column, cell) in table.columns.iter().zip(row) {
            write!(out, "<td data-column=\"{}\">{}</td>", xml(column), words(cell))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>")
}

fn words(cell: &Cell) -> String {
    if cell.is_empty() {
        return "<span class=\"none\">–</span>".to_owned();
    }
    let lines = cell.0.iter().map(|line| {
        let words: Vec<String> = line
            .iter()
            .map(|words| match words {
                Words::Plain(text) => xml(text),
                Words::Name(text) if text.chars().count() <= SHORT => {
                    format!("<code class=\"short\">{}</code>", xml(text))
                }
                Words::Name(text) => format!("<code>{}</code>", breakable(&xml(text))),
            })
            .collect();
        format!("<div>{}</div>", words.join(" "))
    });
    lines.collect()
}

/// A long name may be broken after the signs that part it; the text is escaped already.
fn breakable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        out.push(char);
        if matches!(char, '/' | '=' | ':' | '.' | '@') {
            out.push_str("<wbr>");
        }
    }
    out
}

/// A drawing wider than the page scrolls within its frame; what it shows stands below as a table for whoever cannot see it.
fn drawing(drawing: &Drawing, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<figure>\n<div class=\"frame\" tabindex=\"0\">\n{}</div>\n<figcaption>{}</figcaption>\n</figure>\n",
        drawing.inline(),
        xml(&drawing.title)
    )?;
    let rows = drawing.rows();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details>\n<summary>The same as a table</summary>")?;
    self::table(
        &Table {
            columns: vec!["From", "To", "How"],
            rows,
        },
        out,
    )?;
    writeln!(out, "</details>")
}
