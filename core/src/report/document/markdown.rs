//! The document as Markdown: for a repository, where its changes are read line by line.

use super::super::prose::{BREAK, prose};
use super::escape::{code, link, plain};
use super::model::{Block, Cell, Document, Drawing, Table, Words};
use std::io::{self, Write};

/// Writes it. `images`: what the names of the files begin with that hold the drawings, beside the document; without them it
/// embeds nothing. What is drawn stands in tables as well.
pub fn render(document: &Document, images: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Environment {}\n", prose(&document.environment))?;
    writeln!(
        out,
        "Written by `envcheck document` from what was read. Change the environment or its spec, not this file."
    )?;
    if let Some(captured) = &document.captured {
        writeln!(out, "\n{CAPTURED}{}", plain(captured))?;
    }
    for section in &document.sections {
        writeln!(out, "\n## {}", section.title)?;
        for block in &section.blocks {
            self::block(block, images, out)?;
        }
    }
    Ok(())
}

/// How the line begins that tells when the state was captured: the one line that may differ in a copy that is up to date.
pub const CAPTURED: &str = "State captured at ";

fn block(block: &Block, images: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    match block {
        Block::Say(text) => writeln!(out, "{}", prose(text)),
        Block::Unread(text) => writeln!(out, "> **Not read:** {}", code(text)),
        Block::Heading(text) => writeln!(out, "### {}", prose(text)),
        Block::Facts(facts) => {
            writeln!(out, "| | |\n|---|---|")?;
            for (name, cell) in facts {
                writeln!(out, "| {} | {} |", prose(name), words(cell))?;
            }
            Ok(())
        }
        Block::Table(table) => self::table(table, out),
        Block::Drawing(drawing) => self::drawing(drawing, images, out),
    }
}

fn table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| {} |", table.columns.join(" | "))?;
    writeln!(out, "|{}", "---|".repeat(table.columns.len()))?;
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(words).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}

fn words(cell: &Cell) -> String {
    if cell.is_empty() {
        return "–".to_owned();
    }
    let lines = cell.0.iter().map(|line| {
        let words: Vec<String> = line
            .iter()
            .map(|words| match words {
                Words::Plain(text) => prose(text),
                Words::Name(text) => code(text),
            })
            .collect();
        words.join(" ")
    });
    lines.collect::<Vec<_>>().join(BREAK)
}

fn drawing(drawing: &Drawing, images: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    if let Some(prefix) = images {
        let file = file_name(prefix, drawing);
        writeln!(out, "![{}]({})\n", prose(&drawing.title), link(&file))?;
    }
    let rows = drawing.rows();
    if rows.is_empty() {
        return writeln!(out, "No line leads from one of these to another.");
    }
    self::table(
        &Table {
            columns: vec!["From", "To", "How"],
            rows,
        },
        out,
    )
}

/// What the file of a drawing is called beside a document whose files begin with `prefix`.
pub fn file_name(prefix: &str, drawing: &Drawing) -> String {
    format!("{prefix}-{}.svg", drawing.name)
}
