//! Names that the cluster generates, in what policies say: replaced, so that replicas say the same.

use crate::inventory::view::workload::WORKLOAD_KINDS;
use std::borrow::Cow;

/// The volume that the API server adds to each Pod has a name with five random characters.
const TOKEN_VOLUME: &str = "kube-api-access-";
const TOKEN_VOLUME_LENGTH: usize = TOKEN_VOLUME.len() + 5;

/// `text` with each of the `generated` names replaced by `owner`, and random parts of other names by `*`.
pub(super) fn renamed(text: &str, generated: &[&str], owner: &str) -> String {
    each_name(text, |name| {
        if name.starts_with(TOKEN_VOLUME) && name.len() == TOKEN_VOLUME_LENGTH {
            return Some(Cow::Owned(format!("{TOKEN_VOLUME}*")));
        }
        generated.iter().find_map(|own| {
            let rest = name.strip_prefix(own)?;
            // Names in a name: the host name of a Pod of a StatefulSet.
            (rest.is_empty() || rest.starts_with('.')).then(|| Cow::Owned(format!("{owner}{rest}")))
        })
    })
}

/// `text` with every kind of workload replaced by one word: a policy that names the kind it judged says the same of a
/// Deployment and of its Pods.
pub(super) fn without_kinds(text: &str) -> String {
    each_name(text, |name| {
        WORKLOAD_KINDS
            .iter()
            .any(|kind| kind.eq_ignore_ascii_case(name))
            .then_some(Cow::Borrowed("workload"))
    })
}

/// Rebuilds `text`, giving each run of characters that names consist of (without a full stop or dash at its end) to
/// `replace`.
fn each_name(text: &str, replace: impl Fn(&str) -> Option<Cow<'static, str>>) -> String {
    let in_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(in_name) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|character| !in_name(character)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        let name = run.trim_end_matches(['.', '-']);
        out.push_str(before);
        out.push_str(&replace(name).unwrap_or(Cow::Borrowed(name)));
        out.push_str(&run[name.len()..]);
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_are_replaced_and_nothing_that_only_contains_them() {
        let rename = |text: &str| renamed(text, &["web-7d9f-x2k4q", "web-7d9f"], "web");
        for (text, expected) in [
            ("Pod web-7d9f-x2k4q runs as root.", "Pod web runs as root."),
            ("b2b/web-7d9f-x2k4q: no limits", "b2b/web: no limits"),
            ("\"web-7d9f-x2k4q\" of web-7d9f.", "\"web\" of web."),
            ("web-7d9f-x2k4q.web.b2b.svc", "web.web.b2b.svc"),
            (
                "my-web-7d9f-x2k4q and web-7d9f-other",
                "my-web-7d9f-x2k4q and web-7d9f-other",
            ),
            ("volume kube-api-access-ab1cd", "volume kube-api-access-*"),
            (
                "volume kube-api-access-mine-too",
                "volume kube-api-access-mine-too",
            ),
            ("größer – web-7d9f…", "größer – web…"),
            ("", ""),
        ] {
            assert_eq!(rename(text), expected);
        }
    }

    #[test]
    fn kinds_become_one_word() {
        assert_eq!(
            without_kinds("Pod web (pod) in the CronJob."),
            "workload web (workload) in the workload."
        );
        assert_eq!(without_kinds("Pods and jobs podium"), "Pods and jobs podium");
    }
}
