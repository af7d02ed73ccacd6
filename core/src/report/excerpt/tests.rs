use super::{Level, excerpt};
use crate::report::Style;
use crate::report::layout::width;
use crate::source::{Diagnostic, Place, SourceText};
use proptest::prelude::*;

fn ascii(width: Option<usize>) -> Style {
    Style {
        unicode: false,
        width,
        ..Style::PLAIN
    }
}

fn at(text: &str, needle: &str) -> Place {
    let start = text.find(needle).unwrap();
    Place::new(&SourceText::new("stage.yaml", text), start..start + needle.len())
}

#[test]
fn an_error_of_the_command_line() {
    let text = "spec:\n  namespaces:\n    - name: back\n    - name: front\n    - name: back\n";
    let (first, second) = (text.find("back").unwrap(), text.rfind("back").unwrap());
    let source = SourceText::new("environments/stage.yaml", text);
    let diagnostic = Diagnostic::new("environments/stage.yaml declares two namespaces called back")
        .at(Place::new(&source, second..second + 4))
        .label("again")
        .related(Place::new(&source, first..first + 4), "first declared here")
        .hint("a namespace appears once; put both applications under its workloads");
    insta::assert_snapshot!(excerpt(&diagnostic, Level::Error, &Style::PLAIN), @"
    error: environments/stage.yaml declares two namespaces called back
      ╭▸ environments/stage.yaml:5:13
      │
    5 │     - name: back
      │             ━━━━ again
      │
      ⸬  environments/stage.yaml:3:13
      │
    3 │     - name: back
      ╰╴            ──── first declared here
    hint: a namespace appears once; put both applications under its workloads
    ");
    let coloured = Style {
        color: true,
        ..Style::PLAIN
    };
    let coloured = excerpt(&diagnostic, Level::Error, &coloured);
    assert_eq!(
        without_colours(&coloured),
        excerpt(&diagnostic, Level::Error, &Style::PLAIN)
    );
}

#[test]
fn without_a_place() {
    let diagnostic = Diagnostic::new("the API server refused the credentials (401)").hint("renew them");
    insta::assert_snapshot!(excerpt(&diagnostic, Level::Error, &Style::PLAIN), @"
    error: the API server refused the credentials (401)
    hint: renew them
    ");
}

#[test]
fn tabs_wide_characters_and_escapes_stay_under_their_sign() {
    let text = "a: 1\n\tname: \"界\u{1b}[31m\" # 界\r\n";
    let drawn = excerpt(
        &Diagnostic::new("no\u{1b}[2J")
            .at(at(text, "\"界\u{1b}[31m\""))
            .label("this"),
        Level::Warning,
        &Style::PLAIN,
    );
    insta::assert_snapshot!(drawn, @r#"
    warning: no\u{1b}[2J
      ╭▸ stage.yaml:2:8
      │
    2 │     name: "界\u{1b}[31m" # 界
      ╰╴          ━━━━━━━━━━━━━━ this
    "#);
    let lines: Vec<_> = drawn.lines().collect();
    let source = lines.iter().position(|line| line.starts_with("2 ")).unwrap();
    let span_at = lines[source].split("\"界").next().map(width).unwrap();
    let sign_at = lines[source + 1].split('━').next().map(width).unwrap();
    assert_eq!(span_at, sign_at, "{drawn}");
    assert!(!drawn.contains('\u{1b}'));
}

#[test]
fn a_line_of_fifty_megabytes_is_cut_around_the_span() {
    let half = "{\"key\":\"value\"},".repeat(1_700_000);
    let text = format!("[{half}{{\"image\":\"nginx:latest\"}},{half}]");
    let diagnostic = Diagnostic::new("docker.io")
        .at(at(&text, "\"nginx:latest\""))
        .label("here");
    for (style, limit) in [(Style::PLAIN, 210), (ascii(Some(80)), 80)] {
        let drawn = excerpt(&diagnostic, Level::Error, &style);
        assert!(drawn.lines().all(|line| width(line) <= limit), "{drawn}");
        assert!(drawn.contains("\"nginx:latest\""), "{drawn}");
        assert!(drawn.contains(":1:27200011\n"), "{drawn}");
    }
}

#[test]
fn spans_at_the_edges() {
    let source = SourceText::new("x.yaml", "a: 1\nb:\n  c: 2\n  d: 3\n");
    for span in [0..0, 4..4, 7..7, 8..22, 22..22, 22..40, 40..50, 5..23] {
        let diagnostic = Diagnostic::new("here")
            .at(Place::new(&source, span.clone()))
            .label("this");
        let drawn = excerpt(&diagnostic, Level::Error, &Style::PLAIN);
        let start = Place::new(&source, span).start();
        let position = format!("x.yaml:{}:{}\n", start.line, start.column);
        assert!(drawn.contains(&position), "{drawn}");
        assert!(drawn.contains('━'), "{drawn}");
    }
    let empty = SourceText::new("empty.yaml", "");
    let diagnostic = Diagnostic::new("empty").at(Place::new(&empty, 0..0));
    assert!(excerpt(&diagnostic, Level::Hint, &Style::PLAIN).contains("empty.yaml:1:1"));
}

#[test]
fn a_label_without_room_goes_below() {
    let text = "image: registry.example.com/a/very/long/name/of/an/image:v1\n";
    let place = at(text, text.trim_start_matches("image: ").trim_end());
    let label = "Deployment back/ii, container web";
    let diagnostic = Diagnostic::new("no").at(place).label(label);
    let drawn = excerpt(&diagnostic, Level::Error, &ascii(Some(60)));
    assert!(drawn.lines().all(|line| width(line) <= 60), "{drawn}");
    assert!(drawn.contains(&format!("in: {label}")), "{drawn}");
}

proptest! {
    #[test]
    fn nothing_in_a_source_breaks_an_excerpt(
        text in "([a-z:é界\t\u{1b}\u{e000}\u{200d}\u{301}\r\n\" -]|\\PC){0,120}",
        start in 0usize..140,
        length in 0usize..60,
        columns in proptest::option::of(20usize..120),
        unicode: bool,
    ) {
        let source = SourceText::new("x", text);
        let diagnostic = Diagnostic::new("m").at(Place::new(&source, start..start + length)).label("l");
        let style = Style { unicode, width: columns, ..Style::PLAIN };
        let drawn = excerpt(&diagnostic, Level::Error, &style);
        prop_assert!(!drawn.chars().any(|char| char != '\n' && crate::report::words::acts(char)), "{drawn:?}");
        prop_assert!(unicode || drawn.is_ascii(), "{drawn:?}");
        if let Some(columns) = columns {
            let columns = columns.max(40);
            prop_assert!(drawn.lines().all(|line| width(line) <= columns), "{drawn}");
        }
    }
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}
