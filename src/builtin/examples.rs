//! What shows a policy at work: its smallest fixture that fails, the one that passes and differs least from it, and the
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

/// Chooses among fixtures (file name and text). `rego` is the text of the policy; `helpers` are the modules that it imports, by
/// the name that it calls them.
pub(crate) fn of(fixtures: &[(String, String)], rego: &str, helpers: &[(String, String)]) -> Examples {
    let mut candidates: Vec<Candidate> = fixtures
        .iter()
        .filter_map(|(name, text)| Candidate::of(name, text))
        .collect();
    candidates.sort_by(|left, right| left.order().cmp(&right.order()));
    let fail = candidates.iter().find(|candidate| candidate.fails);
    let passing = candidates.iter().filter(|candidate| !candidate.fails);
    // The sort is kept among equals: the smallest comes first.
    let pass = passing.min_by_key(|pass| fail.map_or(0, |fail| pass.differs_from(fail)));
    let mut proposes = rego.contains("\"fix\":");
    let mut fixes = if proposes {
        actions(rego, rego)
    } else {
        BTreeSet::new()
    };
    for (module, text) in helpers {
        for (rule, body) in rules(text) {
            if rego.contains(&format!("{module}.{rule}(")) {
                proposes |= body.contains("\"fix\":");
                fixes.extend(actions(&body, text));
            }
        }
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
        if holds(head, "notEvaluated") || holds(head, "pending") {
            return None;
        }
        let found = if objects.is_empty() {
            [section(head, "account:"), section(head, "spaces:")]
                .concat()
                .join("\n")
        } else {
            objects.to_owned()
        };
        if found.is_empty() {
            return None;
        }
        let declared = declared(head);
        let text = if declared.is_empty() {
            found
        } else {
            format!("# declared\n{}\n---\n# found\n{found}", declared.join("\n"))
        };
        let name = name.replace('_', " ");
        Some(Self {
            fails,
            example: Example { name, text },
        })
    }

    /// How much must be done to `other` to get this: a line that is missing here is changed or gone, others are new.
    fn differs_from(&self, other: &Self) -> usize {
        let lines = |candidate: &'_ Self| -> BTreeSet<String> {
            candidate.example.text.lines().map(str::to_owned).collect()
        };
        let (here, there) = (lines(self), lines(other));
        2 * there.difference(&here).count() + here.difference(&there).count()
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

/// The rules of a module, each with its text: what begins at the left margin, up to the next.
fn rules(module: &str) -> Vec<(&str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for line in module.lines() {
        let name = line
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .next()
            .unwrap_or_default();
        if !name.is_empty() && name != "else" {
            found.push((name, String::new()));
        }
        if let Some((_, body)) = found.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    found
}

/// Each action in a text with the risk said beside it; a risk that is worked out may be any that its `module` names.
fn actions(text: &str, module: &str) -> BTreeSet<(String, String)> {
    let literal = |text: &str| Some(text.strip_prefix('"')?.split('"').next()?.to_owned());
    let mut found = BTreeSet::new();
    for part in text.split("\"action\": ").skip(1) {
        let Some(action) = literal(part) else { continue };
        match part.split("\"risk\": ").nth(1).and_then(literal) {
            Some(risk) => {
                found.insert((action, risk));
            }
            None => found.extend(
                RISKS
                    .iter()
                    .filter(|risk| module.contains(&format!("\"{risk}\"")))
                    .map(|risk| (action.clone(), (*risk).to_owned())),
            ),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::of;

    fn fixture(name: &str, expect: &str, objects: &str) -> (String, String) {
        let head = "apiVersion: envcheck.dev/v1\nkind: Fixture\nenvironment:\n  metadata: {name: stage}\n  spec:\n    \
                    target: {snapshot: x}\n    exposure: []\nexpect:\n";
        (format!("{name}.yaml"), format!("{head}{expect}---\n{objects}"))
    }

    #[test]
    fn the_smallest_that_fails_and_what_is_nearest_to_it() {
        let found = of(
            &[
                fixture("pass_tiny", "", "kind: Service\n"),
                fixture(
                    "pass_other_type",
                    "",
                    "kind: Service\nname: web\ntype: ClusterIP\n",
                ),
                fixture(
                    "pass_unread",
                    "  notEvaluated:\n    - {}\n",
                    "kind: Service\nname: web\n",
                ),
                fixture(
                    "fail_longer_name",
                    "",
                    "kind: Service\nname: webs\ntype: LoadBalancer\n",
                ),
                fixture(
                    "fail_public",
                    "  pending: []\n",
                    "kind: Service\nname: web\ntype: LoadBalancer\n",
                ),
                ("notes.yaml".to_owned(), "x: 1\n---\ny: 2\n".to_owned()),
            ],
            "",
            &[],
        );
        let fail = found.fail.unwrap();
        assert_eq!(fail.name, "public");
        assert_eq!(
            fail.text,
            "# declared\nexposure: []\n---\n# found\nkind: Service\nname: web\ntype: LoadBalancer"
        );
        assert_eq!(found.pass.unwrap().name, "other type");
        assert!(!found.proposes);
    }

    #[test]
    fn without_objects_the_account_is_shown() {
        let text = "kind: Fixture\naccount:\n  vpcs:\n    - {name: a}\nspaces:\n  acls: []\nexpect:\n  findings: []\n";
        let found = of(&[("pass_a.yaml".to_owned(), text.to_owned())], "", &[]);
        assert_eq!(found.fail, None);
        assert_eq!(
            found.pass.unwrap().text,
            "account:\n  vpcs:\n    - {name: a}\nspaces:\n  acls: []"
        );
    }

    #[test]
    fn repairs_are_told_with_their_risk() {
        let fixes = |rego: &str, lib: &str| of(&[], rego, &[("lib".to_owned(), lib.to_owned())]).fixes;
        let pair = |action: &str, risk: &str| (action.to_owned(), risk.to_owned());
        let said = "\"fix\": {\"action\": \"bucket.acl\", \"risk\": \"disruptive\"}";
        assert_eq!(fixes(said, ""), [pair("bucket.acl", "disruptive")]);
        let worked_out = "\"fix\": f\n{\"action\": \"a.b\", \"risk\": r(x)}\nr(x) := \"safe\" if y";
        assert_eq!(fixes(worked_out, ""), [pair("a.b", "safe")]);
    }

    #[test]
    fn of_a_helper_count_the_rules_that_are_called() {
        let lib = "close(x) := {\"fix\": {\n\t\"action\": \"a.b\", \"risk\": \"safe\"}}\n\n\
                   else := {\"fix\": {\"action\": \"c.d\", \"risk\": r(x)}}\n\n\
                   open(x) := {\"fix\": {\"action\": \"e.f\", \"risk\": \"safe\"}}\n\n\
                   r(x) := \"destructive\" if x\n";
        let found = |rego: &str| of(&[], rego, &[("lib".to_owned(), lib.to_owned())]);
        let pair = |action: &str, risk: &str| (action.to_owned(), risk.to_owned());
        let close = [
            pair("a.b", "safe"),
            pair("c.d", "destructive"),
            pair("c.d", "safe"),
        ];
        let called = found("repair := lib.close(x)");
        assert!(called.proposes);
        assert_eq!(called.fixes, close);
        assert_eq!(found("\"fix\": lib.open(x)").fixes, [pair("e.f", "safe")]);
        let other = found("lib.r(x)");
        assert!(!other.proposes && other.fixes.is_empty());
        assert!(found("deny contains {}").fixes.is_empty());
    }
}
