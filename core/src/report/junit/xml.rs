//! Suites as XML 1.0. Escaping is the writer's; what XML cannot hold at all is made visible here.

use super::suite::{Case, Outcome, Suite, Told};
use crate::report::style::Style;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io::{self, Write};

/// Cases, failures, errors and skipped cases.
#[derive(Default, Clone, Copy)]
struct Counts([usize; 4]);

impl Counts {
    fn of(suite: &Suite) -> Self {
        let count = |is: fn(&Outcome) -> bool| suite.cases.iter().filter(|case| is(&case.outcome)).count();
        Self([
            suite.cases.len(),
            count(|outcome| matches!(outcome, Outcome::Failure(_))),
            count(|outcome| matches!(outcome, Outcome::Error(_))),
            count(|outcome| matches!(outcome, Outcome::Skipped(_))),
        ])
    }

    fn attributes(self) -> impl Iterator<Item = (&'static str, String)> {
        ["tests", "failures", "errors", "skipped"]
            .into_iter()
            .zip(self.0.map(|number| number.to_string()))
    }
}

pub(super) fn write(name: &str, suites: &[Suite], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut total = Counts::default();
    for suite in suites {
        for (sum, number) in total.0.iter_mut().zip(Counts::of(suite).0) {
            *sum += number;
        }
    }
    let mut root = writer
        .create_element("testsuites")
        .with_attribute(("name", line(name).as_str()));
    // The schema knows no count of skipped cases here.
    for (key, number) in total.attributes().filter(|(key, _)| *key != "skipped") {
        root = root.with_attribute((key, number.as_str()));
    }
    root.with_attribute(("time", "0")).write_inner_content(|writer| {
        for suite in suites {
            write_suite(suite, writer)?;
        }
        Ok(())
    })?;
    out.write_all(b"\n")
}

fn write_suite<W: Write>(suite: &Suite, writer: &mut Writer<W>) -> io::Result<()> {
    let mut element = writer
        .create_element("testsuite")
        .with_attribute(("name", line(&suite.name).as_str()));
    for (key, number) in Counts::of(suite).attributes() {
        element = element.with_attribute((key, number.as_str()));
    }
    element
        .with_attribute(("time", "0"))
        .write_inner_content(|writer| {
            if !suite.properties.is_empty() {
                writer
                    .create_element("properties")
                    .write_inner_content(|writer| {
                        for (name, value) in &suite.properties {
                            writer
                                .create_element("property")
                                .with_attribute(("name", *name))
                                .with_attribute(("value", line(value).as_str()))
                                .write_empty()?;
                        }
                        Ok(())
                    })?;
            }
            for case in &suite.cases {
                write_case(case, writer)?;
            }
            if !suite.notes.is_empty() {
                let notes = lines(&suite.notes);
                writer
                    .create_element("system-out")
                    .write_text_content(BytesText::new(&notes))?;
            }
            Ok(())
        })?;
    Ok(())
}

fn write_case<W: Write>(case: &Case, writer: &mut Writer<W>) -> io::Result<()> {
    writer
        .create_element("testcase")
        .with_attribute(("classname", line(&case.class).as_str()))
        .with_attribute(("name", line(&case.name).as_str()))
        .with_attribute(("time", "0"))
        .write_inner_content(|writer| match &case.outcome {
            Outcome::Passed(words) => {
                let words = line(words);
                writer
                    .create_element("system-out")
                    .write_text_content(BytesText::new(&words))?;
                Ok(())
            }
            Outcome::Failure(told) => write_told("failure", told, writer),
            Outcome::Error(told) => write_told("error", told, writer),
            Outcome::Skipped(told) => write_told("skipped", told, writer),
        })?;
    Ok(())
}

fn write_told<W: Write>(name: &str, told: &Told, writer: &mut Writer<W>) -> io::Result<()> {
    let element = writer
        .create_element(name)
        .with_attribute(("type", line(&told.kind).as_str()))
        .with_attribute(("message", line(&told.message).as_str()));
    if told.body.is_empty() {
        element.write_empty()?;
    } else {
        let body = lines(&told.body);
        element.write_text_content(BytesText::new(&body))?;
    }
    Ok(())
}

/// Words on one line.
fn line(words: &str) -> String {
    representable(&Style::PLAIN.clean(words))
}

fn lines(words: &[String]) -> String {
    representable(&Style::PLAIN.clean_lines(&words.join("\n")))
}

/// Control characters are visible by now; these two are no controls, and XML 1.0 forbids them all the same.
fn representable(words: &str) -> String {
    words
        .replace('\u{fffe}', "\\u{fffe}")
        .replace('\u{ffff}', "\\u{ffff}")
}
