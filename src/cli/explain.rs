//! `envcheck policy explain`: one policy on one page.

use crate::builtin::examples::Examples;
use envcheck_core::findings::FixAction;
use envcheck_core::policy::{Policy, Risk, Scope, Stage};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Everything about a policy, as Markdown that reads well in a terminal; also its page of the reference.
pub(crate) fn explain(policy: &Policy, examples: &Examples) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "# {}\n\n`{}` · {} · {}\n",
        policy.title, policy.id, policy.severity, policy.category
    );
    if !policy.description.trim().is_empty() {
        let _ = writeln!(text, "{}\n", policy.description.trim());
    }
    let what = match policy.scope {
        Scope::Object => "each object by itself",
        Scope::Environment => "the environment as a whole",
    };
    let _ = writeln!(text, "**Judges** {what}.");
    let kinds: Vec<String> = policy.kinds.patterns().iter().map(ToString::to_string).collect();
    if !kinds.is_empty() {
        let _ = writeln!(text, "**Reads** {}.", kinds.join(", "));
    }
    if !policy.needs.is_empty() {
        let _ = writeln!(
            text,
            "**Needs** {}; without them it is *not evaluated*.",
            policy.needs.join(", ")
        );
    }
    if !policy.declares.is_empty() {
        let _ = writeln!(
            text,
            "**Applies** where the environment declares {}.",
            policy.declares.join(", ")
        );
    }
    let stages: Vec<&str> = policy
        .stages
        .iter()
        .map(|stage| match stage {
            Stage::Spec => "the spec",
            Stage::Manifests => "`check`",
            Stage::Live => "`audit`",
        })
        .collect();
    if !stages.is_empty() {
        let whole = if policy.requires_complete {
            ", only with the whole environment in view"
        } else {
            ""
        };
        let _ = writeln!(text, "**Runs in** {}{whole}.", stages.join(" and "));
    }
    if !policy.bundles.is_empty() {
        let _ = writeln!(text, "**Bundles** {}.", policy.bundles.join(", "));
    }
    show(examples, &mut text);
    if !policy.remediation.trim().is_empty() || examples.proposes {
        let _ = writeln!(text, "\n## How to mend it");
    }
    if !policy.remediation.trim().is_empty() {
        let _ = writeln!(text, "\n{}", policy.remediation.trim());
    }
    repair(policy, examples, &mut text);
    if !policy.parameters.is_empty() {
        let _ = writeln!(text, "\n## Parameters\n");
        for parameter in &policy.parameters {
            let _ = writeln!(
                text,
                "* `{}` (default `{}`): {}",
                parameter.name,
                parameter
                    .default
                    .as_ref()
                    .map_or_else(|| "none".to_owned(), envcheck_core::path::scalar_text),
                parameter.description
            );
        }
        let _ = writeln!(
            text,
            "\nSet them in the spec under `policies.parameters.{}`, or with `--param`.",
            policy.id
        );
    }
    if !policy.references.is_empty() {
        let _ = writeln!(text, "\n## References\n");
        for reference in &policy.references {
            let _ = writeln!(text, "* {reference}");
        }
    }
    let _ = writeln!(text, "\nSource: `{}`", &policy.source.name);
    text
}

fn show(examples: &Examples, text: &mut String) {
    if examples.fail.is_none() && examples.pass.is_none() {
        return;
    }
    let _ = writeln!(text, "\n## Examples");
    for (verdict, example) in [("Fails", &examples.fail), ("Passes", &examples.pass)] {
        if let Some(example) = example {
            let _ = writeln!(
                text,
                "\n{verdict} ({}):\n\n```yaml\n{}\n```",
                example.name, example.text
            );
        }
    }
}

/// What envcheck proposes, and how dangerous that is; the engine's own word counts where it is the higher one.
fn repair(policy: &Policy, examples: &Examples, text: &mut String) {
    if let Some(why) = &policy.no_fix {
        let _ = writeln!(text, "\nenvcheck proposes no fix: {why}");
    }
    let fixes: BTreeSet<(Risk, &str)> = examples
        .fixes
        .iter()
        .filter_map(|(name, risk)| {
            let action: FixAction = name.parse().ok()?;
            let risk: Risk = risk.parse().ok()?;
            (action != FixAction::Instructions).then(|| (risk.max(action.floor()), action.as_str()))
        })
        .collect();
    if fixes.is_empty() {
        // Without a known action the words of the findings say more than could be said here.
        if examples.proposes && examples.fixes.is_empty() {
            let _ = writeln!(text, "\nenvcheck proposes a fix with its findings.");
        }
        return;
    }
    let _ = writeln!(
        text,
        "\nWhere it can tell what is right, envcheck proposes a fix:\n"
    );
    for (risk, action) in fixes {
        let why = match risk {
            Risk::Safe => "nothing that works stops working",
            Risk::Disruptive => "something restarts, closes or is read-only for a while",
            Risk::Destructive => "something is lost: an address, data, an object",
        };
        let _ = writeln!(text, "* `{action}`, {}: {why}", risk.as_str());
    }
}
