//! Values of flags: what may be written, and what it means.

use envcheck_core::policy::Risk;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A span of time, written `90s` or `10m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience(pub Duration);

impl std::str::FromStr for Patience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no span of time, as 90s or 10m");
        let span: jiff::SignedDuration = text.trim().parse().map_err(|_| wrong())?;
        let span = Duration::try_from(span).map_err(|_| wrong())?;
        if span.is_zero() || span > Duration::from_hours(24) {
            return Err(format!("{text} is not between 1s and 24h"));
        }
        Ok(Self(span))
    }
}

/// How many calls may be made.
pub(super) fn calls(text: &str) -> Result<u32, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("{text:?} is no number of calls, as 200"))
}

/// A format and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputSpec {
    pub format: Format,
    pub file: Option<PathBuf>,
}

impl OutputSpec {
    /// True for the table on standard output.
    pub(crate) fn is_table_on_stdout(&self) -> bool {
        self.format == Format::Table && self.file.is_none()
    }
}

/// `FORMAT`, or `FORMAT=FILE`.
fn format_and_file(text: &str) -> Result<(&str, Option<PathBuf>), String> {
    match text.split_once('=') {
        Some((_, "")) => Err(format!("{text:?} names no file after =")),
        Some((format, file)) => Ok((format, Some(PathBuf::from(file)))),
        None => Ok((text, None)),
    }
}

/// The report formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
    Sarif,
    Junit,
    Markdown,
}

impl Format {
    /// Every format by its name on the command line.
    const ALL: [(&'static str, Self); 5] = [
        ("table", Self::Table),
        ("json", Self::Json),
        ("sarif", Self::Sarif),
        ("junit", Self::Junit),
        ("markdown", Self::Markdown),
    ];

    /// `table, json or sarif`, with all of them.
    fn names() -> String {
        let [first @ .., last] = Self::ALL.map(|(name, _)| name);
        format!("{} or {last}", first.join(", "))
    }
}

impl std::str::FromStr for OutputSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = format_and_file(text)?;
        let known = Format::ALL.into_iter().find(|(name, _)| *name == format);
        let (_, format) =
            known.ok_or_else(|| format!("{format:?} is no output format; use {}", Format::names()))?;
        Ok(Self { format, file })
    }
}

/// A format of the living document and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentOutput {
    pub format: DocumentFormat,
    pub file: Option<PathBuf>,
}

/// The formats of the living document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentFormat {
    Markdown,
    Html,
}

impl DocumentFormat {
    /// That of a file, by its ending: `.html` is HTML, anything else Markdown.
    pub(crate) fn of(file: &Path) -> Self {
        let ending = file
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        if matches!(ending.as_deref(), Some("html" | "htm")) {
            Self::Html
        } else {
            Self::Markdown
        }
    }
}

impl std::str::FromStr for DocumentOutput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = format_and_file(text)?;
        let format = match format {
            "markdown" => DocumentFormat::Markdown,
            "html" => DocumentFormat::Html,
            other => {
                return Err(format!(
                    "{other:?} is no format of a document; use markdown or html"
                ));
            }
        };
        Ok(Self { format, file })
    }
}

/// A format of a plan and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanOutput {
    pub format: PlanFormat,
    pub file: Option<PathBuf>,
}

/// The formats of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanFormat {
    Table,
    Json,
    Markdown,
}

impl std::str::FromStr for PlanOutput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = format_and_file(text)?;
        let format = match format {
            "table" => PlanFormat::Table,
            "json" => PlanFormat::Json,
            "markdown" => PlanFormat::Markdown,
            other => {
                return Err(format!(
                    "{other:?} is no format of a plan; use table, json or markdown"
                ));
            }
        };
        Ok(Self { format, file })
    }
}

/// The most dangerous steps that are done without being named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MostRisk(pub Risk);

impl std::str::FromStr for MostRisk {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "safe" => Ok(Self(Risk::Safe)),
            "disruptive" => Ok(Self(Risk::Disruptive)),
            "destructive" => Err("what is destructive is named: --step ID".to_owned()),
            _ => Err("use safe or disruptive".to_owned()),
        }
    }
}

/// `POLICY.KEY=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub policy: String,
    pub key: String,
    pub value: String,
}

impl std::str::FromStr for Parameter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not POLICY.KEY=VALUE, as registry-size.maxAge=48h");
        let (name, value) = text.split_once('=').ok_or_else(wrong)?;
        let (policy, key) = name.rsplit_once('.').ok_or_else(wrong)?;
        if policy.is_empty() || key.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            policy: policy.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }
}

/// A share between 0 and 1, written `90%` or `90`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Percent(pub f64);

impl std::str::FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number: f64 = text
            .trim_end_matches('%')
            .trim()
            .parse()
            .map_err(|_| format!("{text:?} is not a percentage, as 90%"))?;
        if (0.0..=100.0).contains(&number) {
            Ok(Self(number / 100.0))
        } else {
            Err(format!("{text} is not between 0% and 100%"))
        }
    }
}
