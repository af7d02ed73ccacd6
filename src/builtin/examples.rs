//! What shows a policy at work: its smallest fixture that fails, the smallest one of the same kinds that passes, and the
//! repairs that it proposes. The build script picks them for the built-in policies, the program for those of the user;
//! so this knows texts only, and nothing but the standard library.

use std::collections::BTreeSet;

/// Words for how dangerous a repair is, as policies write them.
const RISKS: [&str; 3] = ["safe", "disruptive", "destructive"];

/// What there is to show of a policy.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Examples {
    /// What it finds fault with.
    pub(crate) fail: Option<Example>,
    /// What it is content with.
    pub(crate) pass: Option<Example>,
    /// True when it proposes repairs.
    pub(crate) proposes: bool,
    /// Their actions with the risk that the policy says, as far as its text tells.
    pub(crate) fixes: Vec<(String, String)>,
}

/// A part of a fixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Example {
    /// The fixture's name without `pass_`, in words.
    pub(crate) name: String,
    /// YAML: what the spec declares, and the objects, or else the account and Spaces.
    pub(crate) text: String,
}

/// Chooses among fixtures (file name and text). `rego` is the text of the policy, `lib` of what it imports.
pub(crate) fn of(fixtures: &[(String, String)], rego: &str, lib: &str) -> Examples {
    let mut candidates: Vec<Candidate> = fixtures
        .iter()
        .filter_map(|(name, text)| Candidate::of(name, text))
        .collect();
    candidates.sort_by(|left, right| left.order().cmp(&right.order()));
    let fail = candidates.iter().find(|candidate| candidate.fails);
    let alike =
        |candidate: &&Candidate| !candidate.fails && fail.is_none_or(|fail| fail.kinds == candidate.kinds);
    let pass = candidates
        .iter()
        .find(alike)
        .or_else(|| candidates.iter().find(|candidate| !candidate.fails));
    let proposes = rego.contains("\"fix\":");
    let mut fixes = if proposes { actions(rego) } else { BTreeSet::new() };
    if proposes && fixes.is_empty() {
        fixes = actions(lib);
    }
    Examples {
        fail: fail.map(|candidate| candidate.example.clone()),
        pass: pass.map(|candidate| candidate.example.clone()),
        proposes,
        fixes: fixes.into_iter().collect(),
    }
}

struct Candidate {
    fails: bool,
    /// What it is about: kinds of objects, else collections.
    kinds: BTreeSet<String>,
    example: Example,
}

impl Candidate {
    fn of(file: &str, text: &str) -> Option<Self> {
        let name = file.strip_suffix(".yaml").unwrap_or(file);
        let (fails, name) = match (name.strip_prefix("fail_"), name.strip_prefix("pass_")) {
            (Some(name), _) => (true, name),
            (None, Some(name)) => (false, name),
            (None, None) => return None,
        };
        let (head, objects) = match text.split_once("\n---\n") {
            Some((head, objects)) => (head, objects.trim()),
            None => (text, ""),
        };
        // What was not judged shows nothing.
        if !fails && (holds(head, "notEvaluated") || holds(head, "pending")) {
            return None;
        }
        let rows = [section(head, "account:"), section(head, "spaces:")].concat();
        let (title, found, kinds) = if objects.is_empty() {
            ("found", rows.join("\n"), collections(&rows))
        } else {
            ("found in the cluster", objects.to_owned(), kinds(objects))
        };
        if found.is_empty() {
            return None;
        }
        let declared = declared(head);
        let text = if declared.is_empty() {
            found
        } else {
            format!("# declared\n{}\n---\n# {title}\n{found}", declared.join("\n"))
        };
        let name = name.replace('_', " ");
        Some(Self {
            fails,
            kinds,
            example: Example { name, text },
        })
    }

    fn order(&self) -> (usize, &str) {
        (self.example.text.len(), &self.example.name)
    }
}

/// Whether this list of expectations has members.
fn holds(head: &str, list: &str) -> bool {
    head.lines()
        .filter_map(|line| line.trim_start().strip_prefix(list)?.strip_prefix(':'))
        .any(|rest| rest.trim() != "[]")
}

/// The lines of a section that begins at the left margin, its title included.
fn section<'t>(head: &'t str, title: &str) -> Vec<&'t str> {
    let mut lines = head.lines().skip_while(|line| !line.starts_with(title));
    let first = lines.next();
    first
        .into_iter()
        .chain(lines.take_while(|line| line.is_empty() || line.starts_with([' ', '-'])))
        .collect()
}

/// What the environment's spec says, without where the cluster is and how to log in.
fn declared(head: &str) -> Vec<&str> {
    let inside = section(head, "environment:");
    let lines = inside.iter().skip_while(|line| line.trim() != "spec:").skip(1);
    lines
        .filter(|line| {
            let words = line.trim();
            !words.starts_with("target:") && !words.starts_with("token:")
        })
        .map(|line| line.strip_prefix("    ").unwrap_or(line))
        .collect()
}

fn kinds(objects: &str) -> BTreeSet<String> {
    let named = objects.lines().filter_map(|line| line.strip_prefix("kind:"));
    named.map(|kind| kind.trim().to_owned()).collect()
}

/// The collections among the lines of a section: what stands one step in.
fn collections(rows: &[&str]) -> BTreeSet<String> {
    let named = rows.iter().filter_map(|line| line.strip_prefix("  "));
    named
        .filter(|line| !line.starts_with([' ', '-', '#']))
        .filter_map(|line| Some(line.split_once(':')?.0.to_owned()))
        .collect()
}

/// Each action with the risk said beside it; a risk that is worked out may be any that the text names.
fn actions(rego: &str) -> BTreeSet<(String, String)> {
    let literal = |text: &str| Some(text.strip_prefix('"')?.split('"').next()?.to_owned());
    let mut found = BTreeSet::new();
    for part in rego.split("\"action\": ").skip(1) {
        let Some(action) = literal(part) else { continue };
        match part.split("\"risk\": ").nth(1).and_then(literal) {
            Some(risk) => {
                found.insert((action, risk));
            }
            None => found.extend(
                RISKS
                    .iter()
                    .filter(|risk| rego.contains(&format!("\"{risk}\"")))
                    .map(|risk| (action.clone(), (*risk).to_owned())),
            ),
        }
    }
    found
}
