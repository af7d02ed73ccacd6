//! Objects that are called as the spec would call them and were made by somebody else. The spec says of them what is declared; what
//! envcheck would choose besides is theirs to choose.

use super::elsewhere::{destination, is_marked, source};
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

/// Its project, how it syncs and with which values is theirs.
fn application(desired: &Value, live: &Value) -> Value {
    let members = [
        Some(("destination", destination(desired, live))),
        source(desired, live),
    ];
    with(desired, [("spec", object(members.into_iter().flatten()))])
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
    }

    const B2B: &str = "{kind: Application, metadata: {name: b2b}, spec: {project: stage, syncPolicy: {automated: {}}, destination: {namespace: \
                       b2b, server: 'https://kubernetes.default.svc'}, source: {repoURL: 'https://g/x', path: stage/b2b, targetRevision: main}}}";
    const HERE: &str = "destination: {namespace: b2b, server: 'https://kubernetes.default.svc'}";

    /// In which way an Application of others under the declared name is not the declared one.
    fn differs(live: &str) -> Vec<String> {
        let (desired, live) = (read(B2B), read(&format!("{{kind: Application, spec: {live}}}")));
        let declared = declared_of(&desired, &live, "stage").into_owned();
        let found = super::super::differences::compared(&declared, &live);
        let told = found.iter().map(super::super::differences::said);
        told.map(|(path, is, wanted)| format!("{path}: {is} for {wanted}"))
            .filter(|words| !words.starts_with("metadata"))
            .collect()
    }

    #[test]
    fn of_applications_of_others_the_source_is_said_and_the_rest_is_theirs() {
        let source = |members: &str| differs(&format!("{{{HERE}, source: {{{members}}}}}"));
        let from = "repoURL: 'https://g/x', targetRevision: main";
        assert_eq!(source(&format!("{from}, path: stage/b2b")), [""; 0]);
        assert_eq!(source(&format!("{from}, path: stage/b2b/overlay")), [""; 0]);
        // All below a wider directory, the declared one with it.
        let wider = format!("{from}, path: stage, directory: {{recurse: true}}");
        assert_eq!(source(&wider), [""; 0]);
        // In other words the same.
        let same = "repoURL: 'git@g:x.git', targetRevision: refs/heads/main, path: ./stage/b2b/";
        assert_eq!(source(same), [""; 0]);
        assert_eq!(
            source(&format!("{from}, path: stage/other")),
            [r#"spec.source.path: "stage/other" for "stage/b2b""#]
        );
        assert_eq!(
            source("repoURL: 'https://g/x', path: stage/b2b"),
            [r#"spec.source.targetRevision: nothing for "main""#]
        );
    }

    #[test]
    fn one_of_several_sources_has_to_be_the_declared_one() {
        let sources = |list: &str| differs(&format!("{{{HERE}, sources: [{list}]}}"));
        let chart = "{chart: redis, repoURL: 'https://c/x', targetRevision: '1'}, {ref: values, repoURL: 'https://g/x', targetRevision: main}";
        let own = |revision: &str, path: &str| {
            format!("{{repoURL: 'https://g/x', targetRevision: {revision}, path: {path}}}")
        };
        let with = |own: &str| sources(&format!("{chart}, {own}"));
        assert_eq!(with(&own("main", "stage/b2b")), [""; 0]);
        assert_eq!(
            with(&own("other", "stage/b2b")),
            [r#"spec.sources[2].targetRevision: "other" for "main""#]
        );
        // None delivers it: the closest is told.
        assert_eq!(
            with(&own("main", "stage/other")),
            [r#"spec.sources[2].path: "stage/other" for "stage/b2b""#]
        );
        // One that delivers it, though of another revision, is closer than another directory.
        let both = format!("{}, {}", own("main", "stage/other"), own("other", "stage/b2b"));
        assert_eq!(
            sources(&both),
            [r#"spec.sources[1].targetRevision: "other" for "main""#]
        );
        // Named ones, and beside them the one that Argo CD ignores then.
        let ignored = differs(&format!(
            "{{{HERE}, source: {}, sources: [{{name: a, repoURL: 'https://g/y', path: stage/b2b, targetRevision: main}}]}}",
            own("main", "stage/b2b")
        ));
        assert_eq!(
            ignored,
            [r#"spec.sources[0].repoURL: "https://g/y" for "https://g/x""#]
        );
        for nothing in ["", "{ref: values, repoURL: 'https://g/x', targetRevision: main}"] {
            let found = sources(nothing);
            assert!(
                found.len() == 1 && found[0].starts_with("spec.source: nothing for {"),
                "{found:?}"
            );
        }
    }

    #[test]
    fn of_a_hydrator_what_it_renders_from_has_to_be_the_declared_one() {
        let hydrated = |dry: &str| {
            differs(&format!(
                "{{{HERE}, sourceHydrator: {{drySource: {{{dry}}}, syncSource: {{targetBranch: rendered, path: b2b}}}}, sources: [{{repoURL: \
                 'https://g/ignored', path: x}}]}}"
            ))
        };
        let from = "repoURL: 'https://g/x', path: stage/b2b";
        assert_eq!(hydrated(&format!("{from}, targetRevision: main")), [""; 0]);
        assert_eq!(
            hydrated(&format!("{from}, targetRevision: dev")),
            [r#"spec.sourceHydrator.drySource.targetRevision: "dev" for "main""#]
        );
    }

    #[test]
    fn another_cluster_is_a_difference_and_another_word_for_the_own_one_is_none() {
        let source = "source: {repoURL: 'https://g/x', path: stage/b2b, targetRevision: main}";
        let into = |members: &str| differs(&format!("{{{source}, destination: {{{members}}}}}"));
        assert_eq!(
            into("namespace: b2b, server: 'https://kubernetes.default.svc'"),
            [""; 0]
        );
        assert_eq!(
            into("namespace: b2b, server: 'https://kubernetes.default.svc/'"),
            [""; 0]
        );
        assert_eq!(into("namespace: b2b, name: in-cluster"), [""; 0]);
        assert_eq!(into("namespace: b2b, name: in-cluster, server: ''"), [""; 0]);
        assert_eq!(
            into("namespace: b2b, name: prod"),
            [r#"spec.destination.name: "prod" for "in-cluster""#]
        );
        assert_eq!(
            into("namespace: c2c, server: 'https://192.0.2.1'"),
            [
                r#"spec.destination.namespace: "c2c" for "b2b""#,
                r#"spec.destination.server: "https://192.0.2.1" for "https://kubernetes.default.svc""#
            ]
        );
        assert_eq!(
            into("namespace: b2b"),
            [r#"spec.destination.server: nothing for "https://kubernetes.default.svc""#]
        );
    }
}
