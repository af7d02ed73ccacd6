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

/// A file to be written. Files are written whole or not at all, which nobody can do to standard output.
pub(super) fn file(text: &str) -> Result<PathBuf, String> {
    match text {
        "" => Err("a file has a name".to_owned()),
        "-" => {
            Err("this is written to a file, not to standard output; ./- is a file of that name".to_owned())
        }
        name => Ok(PathBuf::from(name)),
    }
}

/// A format and where it goes: `FORMAT` or `FORMAT=-` to standard output, or `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output<F> {
    pub format: F,
    pub file: Option<PathBuf>,
}

/// A report and where it goes.
pub(crate) type ReportOutput = Output<Format>;
/// The living document and where it goes.
pub(crate) type DocumentOutput = Output<DocumentFormat>;
/// A plan, or a comparison, and where it goes.
pub(crate) type PlanOutput = Output<PlanFormat>;

impl<F: std::str::FromStr<Err = String>> std::str::FromStr for Output<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err(format!("{text:?} names no file after =")),
            Some((format, "-")) => (format, None),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self {
            format: format.parse()?,
            file,
        })
    }
}

impl ReportOutput {
    /// True for the table on standard output.
    pub(crate) fn is_table_on_stdout(&self) -> bool {
        self.format == Format::Table && self.file.is_none()
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

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|(name, _)| *name == text);
        let (_, format) =
            known.ok_or_else(|| format!("{text:?} is no output format; use {}", Self::names()))?;
        Ok(format)
    }
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

impl std::str::FromStr for DocumentFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "markdown" => Ok(Self::Markdown),
            "html" => Ok(Self::Html),
            other => Err(format!(
                "{other:?} is no format of a document; use markdown or html"
            )),
        }
    }
}

/// The formats of a plan, and of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanFormat {
    Table,
    Json,
    Markdown,
}

impl std::str::FromStr for PlanFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "markdown" => Ok(Self::Markdown),
            other => Err(format!(
                "{other:?} is no format here; use table, json or markdown"
            )),
        }
    }
}

/// The most dangerous steps that are done without being named; `None` where only those are done that are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MostRisk(pub Option<Risk>);

impl std::fmt::Display for MostRisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.map_or("none", Risk::as_str))
    }
}

impl std::str::FromStr for MostRisk {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self(None)),
            "safe" => Ok(Self(Some(Risk::Safe))),
            "disruptive" => Ok(Self(Some(Risk::Disruptive))),
            "destructive" => Err("what is destructive is named: --step ID".to_owned()),
            _ => Err("use none, safe or disruptive".to_owned()),
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
