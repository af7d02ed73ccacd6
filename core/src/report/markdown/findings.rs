//! Findings: a table for each severity, the worst first.

use super::super::prose::{BREAK, advice, prose};
use super::table;
use crate::findings::{Assessment, Finding, PolicyResult};
use crate::report::facts;
use crate::report::standing::Standing;
use crate::report::style::Style;
use std::collections::HashMap;
use std::io::{self, Write};

pub(super) fn render(a: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let policies: HashMap<&str, &PolicyResult> = a
        .policies
        .iter()
        .map(|policy| (policy.id.as_ref(), policy))
        .collect();
    for findings in a.findings.chunk_by(|left, right| left.severity == right.severity) {
        let severity = findings[0].severity.as_str();
        let count = Style::PLAIN.number(findings.len() as u64);
        writeln!(
            out,
            "### {}{} ({count})\n",
            severity[..1].to_uppercase(),
            &severity[1..]
        )?;
        let rows: Vec<_> = findings
            .iter()
            .map(|finding| {
                let policy = policies.get(finding.policy.as_ref());
                vec![
                    prose(&finding.policy),
                    place(a, finding),
                    message(a, finding),
                    hint(finding, policy.copied()),
                ]
            })
            .collect();
        table(&["policy", "where", "what", "how to mend it"], &rows, out)?;
    }
    Ok(())
}

/// True for a finding that fails the run.
pub(super) fn fails(a: &Assessment, finding: &Finding) -> bool {
    Standing::of(a, finding) == Standing::Fails
}

/// The resource, and below it where it stands and whose it is.
fn place(a: &Assessment, finding: &Finding) -> String {
    let mut lines = vec![prose(&finding.resource().to_string())];
    lines.extend(facts::of(a, finding).iter().map(|fact| prose(fact)));
    lines.join(BREAK)
}

/// What is wrong; and, of a finding that does not fail the run, why it does not.
fn message(a: &Assessment, finding: &Finding) -> String {
    let words = prose(&finding.message);
    match Standing::of(a, finding) {
        Standing::Fails => words,
        Standing::Noted(why) => format!("{words}{BREAK}({})", prose(&why)),
    }
}

/// The repair that the policy proposes for this very finding, else what it advises for all of them.
fn hint(finding: &Finding, policy: Option<&PolicyResult>) -> String {
    match (&finding.fix, policy) {
        (Some(fix), _) => prose(&format!("fix: {}", facts::fix(fix))),
        // What stands in the user's own policies is shown as it is.
        (None, Some(policy)) if policy.foreign => prose(policy.remediation.trim()),
        (None, Some(policy)) => advice(policy.remediation.trim()),
        (None, None) => String::new(),
    }
}
