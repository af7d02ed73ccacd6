//! Objects that are called as the spec would call them and were made by somebody else. The spec says of them what is declared; what
//! envcheck would choose besides is theirs to choose.

use super::elsewhere::{is_marked, is_of_directory};
use crate::value::{Value, ValueExt, object};
use std::borrow::Cow;

/// By these labels Namespaces warn and record, beside the one that is declared.
const BESIDE: [&str; 2] = [
    "pod-security.kubernetes.io/audit",
    "pod-security.kubernetes.io/warn",
];

/// What is declared of an object, where `live` stands: all that would be made, unless others made it.
pub fn declared_of<'v>(desired: &'v Value, live: &Value, environment: &str) -> Cow<'v, Value> {
    if is_marked(live, environment) {
        return Cow::Borrowed(desired);
    }
    match desired.text_at(&["kind"]) {
        Some("Application") => Cow::Owned(application(desired, live)),
        // What a project lets its applications do, policies judge.
        Some("AppProject") => Cow::Owned(with(desired, [])),
        Some("Namespace") => Cow::Owned(namespace(desired)),
        _ => Cow::Borrowed(desired),
    }
}

/// Its project, how it syncs and with which values is theirs, and so is how the declared directory is laid out below.
fn application(desired: &Value, live: &Value) -> Value {
    let source = desired.at(&["spec", "source"]).unwrap_or(&Value::Null);
    let own = live.at(&["spec", "source"]).unwrap_or(&Value::Null);
    let path = (!is_of_directory(own, source)).then_some("path");
    let said = ["chart", "repoURL", "targetRevision"].into_iter().chain(path);
    let said = said.filter_map(|key| Some((key, source.field(key)?.clone())));
    let source = object(said);
    // Of several sources one delivers what is declared.
    let several = live.at(&["spec", "source"]).is_none();
    let destination = desired.at(&["spec", "destination", "namespace"]);
    let destination = destination.map(|name| ("destination", object([("namespace", name.clone())])));
    let source = (!several).then_some(("source", source));
    with(desired, [("spec", object(destination.into_iter().chain(source)))])
}

fn namespace(desired: &Value) -> Value {
    let labels = desired.at(&["metadata", "labels"]);
    let labels = labels.into_iter().flat_map(ValueExt::members);
    let kept = labels.filter(|(key, _)| !BESIDE.contains(key));
    let kept = object(kept.map(|(key, value)| (key, value.clone())));
    let name = desired.at(&["metadata", "name"]).cloned().unwrap_or(Value::Null);
    with(
        desired,
        [("metadata", object([("name", name), ("labels", kept)]))],
    )
}

/// The object with these members in place of its own, and without the others but those that say who it is.
fn with<const N: usize>(desired: &Value, members: [(&str, Value); N]) -> Value {
    let kept = ["apiVersion", "kind", "metadata"].into_iter();
    let kept = kept.filter_map(|key| Some((key, desired.field(key)?.clone())));
    object(kept.chain(members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::value_of as read;

    #[test]
    fn of_what_others_made_only_that_is_said_which_is_declared() {
        let desired = read(
            "{apiVersion: v1, kind: Namespace, metadata: {name: back, labels: {pod-security.kubernetes.io/audit: baseline, \
             pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/warn: baseline}}}",
        );
        let live = |labels: &str| read(&format!("{{metadata: {{labels: {labels}}}}}"));
        assert_eq!(
            declared_of(&desired, &live("{envcheck.dev/environment: stage}"), "stage").as_ref(),
            &desired
        );
        let of_others = declared_of(&desired, &live("{envcheck.dev/environment: dev}"), "stage").into_owned();
        let labels = of_others.at(&["metadata", "labels"]).unwrap();
        assert_eq!(
            labels.members().map(|(key, _)| key).collect::<Vec<_>>(),
            ["pod-security.kubernetes.io/enforce"]
        );
        let desired = read(
            "{kind: Application, metadata: {name: b2b}, spec: {project: stage, syncPolicy: {automated: {}}, destination: {namespace: \
             b2b, server: here}, source: {repoURL: https://g/x, path: stage/b2b, targetRevision: main}}}",
        );
        for (path, more) in [("stage/b2b/overlay", ""), ("stage/other", "path: stage/b2b, ")] {
            let live = read(&format!("{{spec: {{source: {{path: {path}}}}}}}"));
            let own = declared_of(&desired, &live, "stage").into_owned();
            let wanted = format!(
                "{{destination: {{namespace: b2b}}, source: {{{more}repoURL: https://g/x, targetRevision: main}}}}"
            );
            assert_eq!(own.at(&["spec"]), Some(&read(&wanted)), "{path}");
        }
        // All below a wider directory, the declared one with it.
        let wider = read("{spec: {source: {path: stage, directory: {recurse: true}}}}");
        let own = declared_of(&desired, &wider, "stage").into_owned();
        assert_eq!(own.at(&["spec", "source", "path"]), None);
        let several = declared_of(&desired, &read("{spec: {sources: []}}"), "stage").into_owned();
        assert_eq!(
            several.at(&["spec"]),
            Some(&read("{destination: {namespace: b2b}}"))
        );
    }
}
