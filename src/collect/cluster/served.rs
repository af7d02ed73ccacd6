//! What an API server serves: read once, from aggregated discovery, or group by group from a server that has none.

use crate::clients::kubernetes::{ApiServer, RequestError};
use envcheck_core::inventory::resource_name::groups_of;
use envcheck_core::policy::NeededKind;
use serde::Deserialize;
use std::collections::BTreeSet;

/// A kind that can be listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    /// Empty for the core group.
    pub group: String,
    /// The version that the server prefers.
    pub version: String,
    /// As `Deployment`.
    pub kind: String,
    /// As `deployments`.
    pub plural: String,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
}

impl Resource {
    /// `v1`, `apps/v1`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `apps/v1/Deployment`, as policies write it.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.api_version(), self.kind)
    }

    /// `widgets.example.com`, as its CustomResourceDefinition is called, if it has one.
    pub(crate) fn qualified(&self) -> String {
        format!("{}.{}", self.plural, self.group)
    }

    /// The path of the list of all its objects.
    pub(crate) fn path(&self) -> String {
        if self.group.is_empty() {
            format!("/api/{}/{}", self.version, self.plural)
        } else {
            format!("/apis/{}/{}/{}", self.group, self.version, self.plural)
        }
    }

    /// Where those of one namespace are listed; nothing is found there of a kind that is in no namespace.
    pub(crate) fn path_in(&self, namespace: &str) -> String {
        let own = format!("/namespaces/{namespace}/{}", self.plural);
        if self.group.is_empty() {
            format!("/api/{}{own}", self.version)
        } else {
            format!("/apis/{}/{}{own}", self.group, self.version)
        }
    }
}

/// What is served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Served {
    /// What can be listed, each kind in one version.
    pub resources: Vec<Resource>,
    /// Groups of which the server could not say what they hold (an aggregated API that is down).
    pub unknown: BTreeSet<String>,
}

/// Events are what happened, not what is; metrics are measured anew with each request.
const NO_STATE: [(&str, &str); 5] = [
    ("", "Event"),
    ("events.k8s.io", "Event"),
    ("", "ComponentStatus"),
    ("metrics.k8s.io", "NodeMetrics"),
    ("metrics.k8s.io", "PodMetrics"),
];

impl Served {
    /// The served kinds that a policy means by this.
    pub(crate) fn matching(&self, needed: &NeededKind) -> impl Iterator<Item = &Resource> {
        self.resources
            .iter()
            .filter(move |resource| needed.matches(&resource.group, &resource.kind))
    }

    /// Every kind that holds state.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Resource> {
        self.resources
            .iter()
            .filter(|resource| !NO_STATE.contains(&(resource.group.as_str(), resource.kind.as_str())))
    }

    /// True when nobody can say whether this kind is served: by its group, or for a kind named alone by any group that is
    /// down, unless it is one whose group everybody knows.
    pub(crate) fn is_unknown(&self, needed: &NeededKind) -> bool {
        // One that is served in some version needs no other.
        if let Some(group) = &needed.group {
            return self.unknown.contains(group) && self.matching(needed).next().is_none();
        }
        match groups_of(&needed.kind).as_slice() {
            [] => !self.unknown.is_empty(),
            groups => groups.iter().any(|group| self.unknown.contains(*group)),
        }
    }
}

const AGGREGATED: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/// Asks the server what it serves. `Err` when it does not say.
pub(crate) async fn discover(api: &ApiServer) -> Result<Served, RequestError> {
    let mut served = Served::default();
    for root in ["/api", "/apis"] {
        let answer = api.get_as(root, AGGREGATED).await?;
        if answer.content_type.contains("APIGroupDiscoveryList") {
            let list: GroupDiscoveryList = parse(api, root, "APIGroupDiscoveryList", &answer.bytes)?;
            served.take(&list);
        } else if root == "/api" {
            let versions: Versions = parse(api, root, "APIVersions", &answer.bytes)?;
            for version in &versions.versions {
                served.ask(api, "", version).await?;
            }
        } else {
            let groups: GroupList = parse(api, root, "APIGroupList", &answer.bytes)?;
            for group in groups.groups {
                // A kind may be served in a version alone that the server does not prefer.
                let mut asked = BTreeSet::new();
                for version in group.preferred_version.into_iter().chain(group.versions) {
                    if asked.insert(version.version.clone()) {
                        served.ask(api, &group.name, &version.version).await?;
                    }
                }
            }
        }
    }
    served.resources.sort();
    Ok(served)
}

impl Served {
    fn take(&mut self, list: &GroupDiscoveryList) {
        for group in &list.items {
            let name = &group.metadata.name;
            for version in &group.versions {
                if version.freshness.as_deref() == Some("Stale") && version.resources.is_empty() {
                    self.unknown.insert(name.clone());
                }
                for one in &version.resources {
                    let resource = Resource {
                        group: name.clone(),
                        version: version.version.clone(),
                        kind: one.response_kind.kind.clone(),
                        plural: one.resource.clone(),
                        // Of what does not say it, nobody may take it for sure that it is in none.
                        namespaced: one.scope.as_deref() != Some("Cluster"),
                    };
                    self.add(resource, &one.verbs);
                }
            }
        }
    }

    /// Versions come in the server's order of preference: the first that serves a kind is taken.
    fn add(&mut self, resource: Resource, verbs: &[String]) {
        let known = self
            .resources
            .iter()
            .any(|one| one.group == resource.group && one.kind == resource.kind);
        // A name with a slash is a part of another resource, as `pods/status`.
        let is_part = resource.plural.contains('/');
        if known || resource.kind.is_empty() || is_part || !verbs.iter().any(|verb| verb == "list") {
            return;
        }
        self.resources.push(resource);
    }

    async fn ask(&mut self, api: &ApiServer, group: &str, version: &str) -> Result<(), RequestError> {
        let path = if group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{group}/{version}")
        };
        let answer = api.get(&path).await;
        match answer.and_then(|bytes| parse::<ResourceList>(api, &path, "APIResourceList", &bytes)) {
            Ok(list) => {
                for one in list.resources.unwrap_or_default() {
                    let resource = Resource {
                        group: group.to_owned(),
                        version: version.to_owned(),
                        kind: one.kind,
                        plural: one.name,
                        namespaced: one.namespaced.unwrap_or(true),
                    };
                    self.add(resource, &one.verbs);
                }
            }
            Err(error @ (RequestError::Cancelled | RequestError::Unauthorized(_))) => return Err(error),
            Err(_) => {
                self.unknown.insert(group.to_owned());
            }
        }
        Ok(())
    }
}

/// Reads an answer that has to be of this kind: any other object would read as one that serves nothing, and what is not
/// served counts as known not to exist.
fn parse<'de, T: Deserialize<'de>>(
    api: &ApiServer,
    path: &str,
    kind: &str,
    bytes: &'de [u8],
) -> Result<T, RequestError> {
    read(kind, bytes).map_err(|words| {
        let server = api.server();
        RequestError::NotKubernetes(format!(
            "{server} answers, but not as a Kubernetes API server: its answer to {path} {words}"
        ))
    })
}

fn read<'de, T: Deserialize<'de>>(kind: &str, bytes: &'de [u8]) -> Result<T, String> {
    let unreadable = |error: serde_json::Error| format!("cannot be read: {error}");
    let typed: Typed = serde_json::from_slice(bytes).map_err(unreadable)?;
    if typed.kind != kind {
        return Err(format!("is not of kind {kind}"));
    }
    serde_json::from_slice(bytes).map_err(unreadable)
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct GroupDiscoveryList {
    items: Vec<GroupDiscovery>,
}

#[derive(Deserialize)]
struct GroupDiscovery {
    #[serde(default)]
    metadata: Named,
    #[serde(default)]
    versions: Vec<VersionDiscovery>,
}

#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct VersionDiscovery {
    version: String,
    #[serde(default)]
    resources: Vec<ResourceDiscovery>,
    freshness: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceDiscovery {
    resource: String,
    #[serde(default)]
    response_kind: KindName,
    scope: Option<String>,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Default, Deserialize)]
struct KindName {
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct Versions {
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct GroupList {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    preferred_version: Option<GroupVersion>,
    #[serde(default)]
    versions: Vec<GroupVersion>,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
}

#[derive(Deserialize)]
struct ResourceList {
    /// Go writes an empty list as null.
    resources: Option<Vec<ApiResource>>,
}

#[derive(Deserialize)]
struct ApiResource {
    name: String,
    #[serde(default)]
    kind: String,
    namespaced: Option<bool>,
    #[serde(default)]
    verbs: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(json: &str) -> Served {
        let mut served = Served::default();
        served.take(&serde_json::from_str(json).unwrap());
        served
    }

    const LIST: &str = r#"{"items":[
      {"metadata":{},"versions":[{"version":"v1","resources":[
        {"resource":"pods","responseKind":{"kind":"Pod"},"scope":"Namespaced","verbs":["list","get"],"subresources":[{"subresource":"status","verbs":["get"]}]},
        {"resource":"bindings","responseKind":{"kind":"Binding"},"verbs":["create"]},
        {"resource":"events","responseKind":{"kind":"Event"},"verbs":["list"]}]}]},
      {"metadata":{"name":"autoscaling"},"versions":[
        {"version":"v2","resources":[{"resource":"horizontalpodautoscalers","responseKind":{"kind":"HorizontalPodAutoscaler"},"verbs":["list"]}],"freshness":"Current"},
        {"version":"v1","resources":[{"resource":"horizontalpodautoscalers","responseKind":{"kind":"HorizontalPodAutoscaler"},"verbs":["list"]}]}]},
      {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale"}]}]}"#;

    #[test]
    fn each_listable_kind_is_known_in_the_preferred_version() {
        let served = served(LIST);
        let names: Vec<String> = served.resources.iter().map(Resource::name).collect();
        assert_eq!(
            names,
            ["v1/Pod", "v1/Event", "autoscaling/v2/HorizontalPodAutoscaler"]
        );
        assert_eq!(served.resources[0].path(), "/api/v1/pods");
        assert_eq!(
            served.resources[2].path(),
            "/apis/autoscaling/v2/horizontalpodautoscalers"
        );
        assert_eq!(served.all().count(), 2, "events are no state");
    }

    #[test]
    fn what_is_in_no_namespace_is_known_by_its_scope_alone() {
        let served = served(
            r#"{"items":[{"metadata":{},"versions":[{"version":"v1","resources":[
            {"resource":"nodes","responseKind":{"kind":"Node"},"scope":"Cluster","verbs":["list"]},
            {"resource":"pods","responseKind":{"kind":"Pod"},"scope":"Namespaced","verbs":["list"]},
            {"resource":"things","responseKind":{"kind":"Thing"},"verbs":["list"]}]}]}]}"#,
        );
        let namespaced: Vec<bool> = served.resources.iter().map(|one| one.namespaced).collect();
        assert_eq!(namespaced, [false, true, true]);
    }

    #[test]
    fn what_is_of_another_kind_does_not_read_as_serving_nothing() {
        for answer in [
            "{}",
            "[]",
            "null",
            r#"{"kind":"Status","status":"Failure"}"#,
            r#"{"kind":"APIGroupList"}"#,
            r#"{"kind":"APIGroupList","groups":[{"name":"#,
        ] {
            let groups: Result<GroupList, _> = read("APIGroupList", answer.as_bytes());
            assert!(groups.is_err(), "{answer}");
        }
        let nothing = br#"{"kind":"APIResourceList","groupVersion":"a/v1","resources":null}"#;
        let list: ResourceList = read("APIResourceList", nothing).unwrap();
        assert!(list.resources.is_none());
    }

    #[test]
    fn a_group_that_is_down_is_unknown_not_absent() {
        let served = served(LIST);
        assert!(served.is_unknown(&NeededKind::of("metrics.k8s.io", "PodMetrics")));
        assert!(!served.is_unknown(&NeededKind::of("argoproj.io", "Application")));
        let mut half = self::served(LIST);
        half.unknown.insert("autoscaling".to_owned());
        assert!(!half.is_unknown(&NeededKind::of("autoscaling", "HorizontalPodAutoscaler")));
        assert!(half.is_unknown(&NeededKind::of("autoscaling", "Other")));
        let anywhere = |kind: &str| NeededKind {
            group: None,
            kind: kind.to_owned(),
        };
        assert!(
            served.is_unknown(&anywhere("Thing")),
            "it may be in the unknown group"
        );
        assert!(!served.is_unknown(&anywhere("Pod")));
    }
}
