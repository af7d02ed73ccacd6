//! What a Namespace or a custom kind holds, as it is listed: however much that is, its numbers are kept, and of what another controller
//! finishes who it is.

use super::along::is_bound;
use crate::inventory::identity::is_built_in;
use crate::value::{Value, ValueExt, object};
use std::collections::BTreeMap;

/// What Kubernetes puts into every Namespace.
const IN_EACH: [(&str, &str); 2] = [("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")];

/// A server that lets nobody list anything gives a reason for each kind.
const MOST_REASONS: usize = 3;

/// What a Namespace or a custom kind holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// How many there are of each kind, by its name: `Deployment`, `widgets.example.com`.
    counts: BTreeMap<String, usize>,
    /// Those whose deletion another controller finishes.
    bound: Vec<Value>,
    /// The kinds that could not be listed, and why.
    unread: Vec<(String, String)>,
}

impl Held {
    /// Counts an object, of a kind whose plural is as the API server has it.
    pub fn take(&mut self, plural: &str, object: &Value) {
        if is_bound(object) {
            self.bound.push(who(object));
        }
        let text = |path: &[&str]| object.text_at(path).unwrap_or_default();
        let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
        if IN_EACH.contains(&(kind, name)) {
            return;
        }
        let group = text(&["apiVersion"])
            .rsplit_once('/')
            .map_or("", |(group, _)| group);
        let of = if is_built_in(group) {
            kind.to_owned()
        } else {
            format!("{plural}.{group}")
        };
        *self.counts.entry(of).or_default() += 1;
    }

    /// The same, as far as some kinds could not be listed.
    #[must_use]
    pub fn without(self, unread: Vec<(String, String)>) -> Self {
        Self { unread, ..self }
    }

    /// Those whose deletion another controller finishes: what would go with them only that one knows.
    pub fn bound(&self) -> &[Value] {
        &self.bound
    }

    /// Why it is not known what is among it.
    pub fn unknown(&self) -> Option<String> {
        let why = of_kinds(&self.unread)?;
        Some(format!("what would go with it is not known of {why}"))
    }

    /// How much it is, in words.
    pub(super) fn told(&self) -> String {
        let counts = self.counts.iter().map(|(kind, count)| counted(kind, *count));
        let counts: Vec<String> = counts.collect();
        let unread = of_kinds(&self.unread).map(|why| format!("not looked at: {why}"));
        match (counts.join(", "), unread) {
            (counts, None) if counts.is_empty() => "at the moment nothing".to_owned(),
            // It may be all that there is.
            (counts, Some(unread)) if counts.is_empty() => format!("how much is not known; {unread}"),
            (counts, None) => format!("at the moment {counts}"),
            (counts, Some(unread)) => format!("at the moment {counts}; {unread}"),
        }
    }
}

/// What could not be listed, in words: `kinds v1/Secret, v1/Pod: forbidden; kind v1/Node: timed out`.
pub(super) fn of_kinds(unread: &[(String, String)]) -> Option<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (kind, why) in unread {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, kinds)) => kinds.push(kind),
            None => reasons.push((why, vec![kind])),
        }
    }
    let (told, rest) = reasons.split_at(reasons.len().min(MOST_REASONS));
    let rest: Vec<&str> = rest.iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect();
    let rest = (!rest.is_empty()).then_some(("for reasons of their own", rest));
    let told = told.iter().chain(&rest).map(|(why, kinds)| {
        let noun = if kinds.len() == 1 { "kind" } else { "kinds" };
        format!("{noun} {}: {why}", kinds.join(", "))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// As much of an object as tells who it is and who finishes its deletion.
fn who(whole: &Value) -> Value {
    let metadata = ["name", "namespace", "uid", "finalizers"].into_iter();
    let metadata = metadata.filter_map(|key| Some((key, whole.at(&["metadata", key])?.clone())));
    let metadata = object(metadata);
    let head = ["apiVersion", "kind"].into_iter();
    let head = head.filter_map(|key| Some((key, whole.field(key)?.clone())));
    object(head.chain([("metadata", metadata)]))
}

/// `1 Deployment`, `2 NetworkPolicies`, `4 widgets.example.com`.
fn counted(kind: &str, count: usize) -> String {
    // The name of a custom kind is a plural already, as that of Endpoints.
    if count == 1 || kind.contains('.') || kind == "Endpoints" {
        return format!("{count} {kind}");
    }
    match kind.strip_suffix('y') {
        Some(stem) => format!("{count} {stem}ies"),
        None if kind.ends_with('s') => format!("{count} {kind}es"),
        None => format!("{count} {kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::value_of as read;

    fn one(api_version: &str, kind: &str, name: &str, more: &str) -> Value {
        read(&format!(
            "{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: {name}, namespace: web, uid: u-{name}, \
             labels: {{a: b}}{more}}}}}"
        ))
    }

    #[test]
    fn all_that_is_listed_is_counted_and_only_what_is_bound_is_kept() {
        let mut held = Held::default();
        assert_eq!(held.told(), "at the moment nothing");
        for (kind, name) in IN_EACH {
            held.take("any", &one("v1", kind, name, ""));
        }
        assert_eq!(held.told(), "at the moment nothing");
        for at in 0..12 {
            held.take(
                "deployments",
                &one("apps/v1", "Deployment", &format!("d{at}"), ""),
            );
        }
        held.take("secrets", &one("v1", "Secret", "one", ""));
        for name in ["a", "b"] {
            held.take("endpoints", &one("v1", "Endpoints", name, ""));
            held.take("ingresses", &one("networking.k8s.io/v1", "Ingress", name, ""));
            held.take(
                "networkpolicies",
                &one("networking.k8s.io/v1", "NetworkPolicy", name, ""),
            );
            held.take("cacti", &one("example.com/v1", "Cactus", name, ""));
        }
        held.take(
            "gateways",
            &one("gateway.networking.k8s.io/v1", "Gateway", "edge", ""),
        );
        assert!(held.bound().is_empty());
        held.take(
            "cacti",
            &one(
                "example.com/v1",
                "Cactus",
                "held",
                ", finalizers: [example.com/held]",
            ),
        );
        assert_eq!(
            held.told(),
            "at the moment 12 Deployments, 2 Endpoints, 2 Ingresses, 2 NetworkPolicies, 1 Secret, 3 cacti.example.com, \
             1 gateways.gateway.networking.k8s.io"
        );
        assert_eq!(
            held.bound(),
            [read(
                "{apiVersion: example.com/v1, kind: Cactus, metadata: {name: held, namespace: web, uid: u-held, finalizers: \
                 [example.com/held]}}"
            )]
        );
        assert_eq!(held.unknown(), None);
    }

    #[test]
    fn what_could_not_be_listed_is_named() {
        let unread = |kinds: &[&str]| {
            let why = |kind: &&str| ((*kind).to_owned(), "forbidden".to_owned());
            Held::default().without(kinds.iter().map(why).collect())
        };
        let one = unread(&["v1/Secret"]);
        assert_eq!(
            one.told(),
            "how much is not known; not looked at: kind v1/Secret: forbidden"
        );
        assert_eq!(
            one.unknown().as_deref(),
            Some("what would go with it is not known of kind v1/Secret: forbidden")
        );
        assert_eq!(
            unread(&["v1/Secret", "example.com"]).told(),
            "how much is not known; not looked at: kinds v1/Secret, example.com: forbidden"
        );
    }
}
