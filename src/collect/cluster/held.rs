//! What goes along with a Namespace or a custom kind, as far as it can be listed; and of which kinds that is not known.

use super::custom::{CUSTOM_KIND, UNSERVED, group_of, unlisted};
use super::objects::{Objects, SILENT};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::value::{Value, ValueExt};

const ALL: &str = "?limit=500";

type Each<'a> = dyn FnMut(&str, Value) + Send + 'a;

impl Objects {
    /// Gives kind and metadata of each object that goes with another one because it holds it: what is in a Namespace, and the objects of
    /// a custom kind; with the plural of the kind. What comes back are the kinds that could not be listed, with the reason.
    pub async fn held_by(&self, holder: &ResourceRef, each: &mut Each<'_>) -> Vec<(String, String)> {
        match holder.kind.as_str() {
            "Namespace" => self.held_in(&holder.name, each).await,
            kind if kind == CUSTOM_KIND.1 => {
                let unread = self.held_of(&holder.name, each).await.err();
                unread.map(|why| (holder.name.clone(), why)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The objects of a custom kind.
    async fn held_of(&self, kind: &str, each: &mut Each<'_>) -> Result<(), String> {
        let Some(resource) = self.served_as(kind) else {
            let silent = self.served.unknown.contains(group_of(kind));
            return Err(if silent { SILENT } else { UNSERVED }.to_owned());
        };
        let mut take = |object| each(&resource.plural, object);
        if self.each_of(resource, &resource.path(), ALL, &mut take).await? {
            Ok(())
        } else {
            Err(UNSERVED.to_owned())
        }
    }

    /// What is in a Namespace.
    async fn held_in(&self, namespace: &str, each: &mut Each<'_>) -> Vec<(String, String)> {
        let mut unread = Vec::new();
        let custom = self.custom_kinds(&mut unread).await;
        for resource in self.served.all().filter(|resource| resource.namespaced) {
            let mut take = |object| each(&resource.plural, object);
            let path = resource.path_in(namespace);
            let listed = self.each_of(resource, &path, ALL, &mut take).await;
            unread.extend(unlisted(resource, listed, &custom));
        }
        for kind in self.unserved(&custom) {
            match self.may_be_in_namespaces(kind).await {
                Ok(false) => {}
                Ok(true) => unread.push((kind.clone(), UNSERVED.to_owned())),
                Err(why) => unread.push((kind.clone(), why)),
            }
        }
        unread.extend(self.silent());
        unread
    }

    /// Whether objects of a custom kind that is not served may be in a namespace. Nobody has to be allowed to `get` it.
    async fn may_be_in_namespaces(&self, kind: &str) -> Result<bool, String> {
        let selector = format!("metadata.name={kind}");
        let Some(resource) = self.resource(CUSTOM_KIND.0, CUSTOM_KIND.1) else {
            return Ok(false);
        };
        let path = format!(
            "{}?fieldSelector={}",
            resource.path(),
            super::list::encode(&selector)
        );
        let bytes = self.api.get(&path).await.map_err(|error| error.to_string())?;
        let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
        let list = Value::from_json_str(text).map_err(|_| "the list is no JSON".to_owned())?;
        let mut found = list.items_at(&["items"]).iter();
        let found = found.find(|one| one.text_at(&["metadata", "name"]) == Some(kind));
        Ok(found.is_some_and(|one| one.text_at(&["spec", "scope"]) != Some("Cluster")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::served::discover;
    use super::*;
    use crate::clients::http::scripted::{Reply, Server, answer, json};
    use crate::clients::kubernetes::reached;
    use std::sync::Arc;

    const NONE: &str = r#"{"items":[]}"#;
    const CORE: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1","resources":[
        {"resource":"nodes","responseKind":{"kind":"Node"},"scope":"Cluster","verbs":["list"]},
        {"resource":"pods","responseKind":{"kind":"Pod"},"scope":"Namespaced","verbs":["list"]}]}]}]}"#;
    /// Widgets are served in v1 and not to be told of in v2; nothing is known of the group quiet.io.
    const GROUPS: &str = r#"{"kind":"APIGroupDiscoveryList","items":[
        {"metadata":{"name":"apiextensions.k8s.io"},"versions":[{"version":"v1","resources":[
            {"resource":"customresourcedefinitions","responseKind":{"kind":"CustomResourceDefinition"},"scope":"Cluster","verbs":["list"]}]}]},
        {"metadata":{"name":"example.com"},"versions":[{"version":"v2","freshness":"Stale"},{"version":"v1","resources":[
            {"resource":"widgets","responseKind":{"kind":"Widget"},"scope":"Namespaced","verbs":["list"]},
            {"resource":"gone","responseKind":{"kind":"Gone"},"scope":"Namespaced","verbs":["list"]}]}]},
        {"metadata":{"name":"quiet.io"},"versions":[{"version":"v1","freshness":"Stale"}]}]}"#;

    fn kinds(kinds: &[(&str, &str)]) -> String {
        let items = kinds.iter().map(|(name, scope)| {
            format!(r#"{{"metadata":{{"name":"{name}"}},"spec":{{"scope":"{scope}"}}}}"#)
        });
        format!(r#"{{"items":[{}]}}"#, items.collect::<Vec<_>>().join(","))
    }

    /// What a server has that answers lists so, where they are not empty.
    async fn objects(lists: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> (Server, Objects) {
        let server = Server::new(move |_, asked| {
            let path = asked.line.trim_start_matches("GET ");
            let discovery = "Content-Type: application/json;as=APIGroupDiscoveryList\r\n";
            match path {
                "/api" => answer("200 OK", discovery, CORE),
                "/apis" => answer("200 OK", discovery, GROUPS),
                _ => lists(path.split('?').next().unwrap()).unwrap_or_else(|| json(NONE)),
            }
        })
        .await;
        let api = reached(&server.url).await;
        let served = Arc::new(discover(&api).await.unwrap());
        (server, Objects { api, served })
    }

    /// What a holder holds by such a server; and what it was asked for besides discovery.
    async fn held(
        (kind, name): (&str, &str),
        lists: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static,
    ) -> (Vec<String>, Vec<(String, String)>, Vec<String>) {
        let (server, objects) = objects(lists).await;
        let holder = ResourceRef::kubernetes("v1", kind, None, name);
        let mut found = Vec::new();
        let mut take = |plural: &str, object: Value| {
            let name = object.text_at(&["metadata", "name"]).unwrap().to_owned();
            found.push(format!("{plural}/{name}"));
        };
        let unread = objects.held_by(&holder, &mut take).await;
        (found, unread, server.lines().split_off(2))
    }

    fn unread(all: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(kind, why): &(&str, &str)| ((*kind).to_owned(), (*why).to_owned());
        all.iter().map(owned).collect()
    }

    #[tokio::test]
    async fn of_a_custom_kind_that_nobody_can_list_it_is_not_known_what_goes() {
        let of = |name| {
            held(("CustomResourceDefinition", name), |path| {
                let one = r#"{"items":[{"metadata":{"name":"one"}}]}"#;
                match path {
                    "/apis/example.com/v1/widgets" => Some(json(one)),
                    "/apis/example.com/v1/gone" => Some(answer("404 Not Found", "", "")),
                    _ => None,
                }
            })
        };
        // It is served in one version, and then its objects are known whatever becomes of the others.
        let (found, not, _) = of("widgets.example.com").await;
        assert_eq!((found, not), (vec!["widgets/one".to_owned()], Vec::new()));
        for (name, why) in [
            ("olds.other.com", UNSERVED),
            ("gone.example.com", UNSERVED),
            ("whispers.quiet.io", SILENT),
        ] {
            let (found, not, _) = of(name).await;
            assert_eq!((found, not), (Vec::new(), unread(&[(name, why)])));
        }
    }

    #[tokio::test]
    async fn in_a_namespace_is_looked_for_what_can_be_there_and_the_rest_is_named() {
        let (found, not, asked) = held(("Namespace", "web"), |path| match path {
            "/api/v1/namespaces/web/pods" => Some(json(r#"{"items":[{"metadata":{"name":"p"}}]}"#)),
            // What is in no namespace may be hidden from whoever removes one.
            path if path.ends_with("/nodes") => Some(answer("403 Forbidden", "", "")),
            path if path.ends_with("/gone") => Some(answer("404 Not Found", "", "")),
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions" => Some(json(&kinds(&[
                ("widgets.example.com", "Namespaced"),
                ("olds.other.com", "Namespaced"),
                ("wides.other.com", "Cluster"),
                ("whispers.quiet.io", "Namespaced"),
            ]))),
            _ => None,
        })
        .await;
        assert_eq!(found, ["pods/p"]);
        let expected = unread(&[
            ("olds.other.com", UNSERVED),
            ("example.com", SILENT),
            ("quiet.io", SILENT),
        ]);
        assert_eq!(not, expected);
        assert!(!asked.iter().any(|line| line.contains("nodes")), "{asked:?}");
    }

    #[tokio::test]
    async fn where_custom_kinds_cannot_be_listed_or_were_served_a_moment_ago_something_may_be_in_a_namespace()
    {
        let (_, not, _) = held(("Namespace", "web"), |path| {
            path.ends_with("/customresourcedefinitions")
                .then(|| answer("403 Forbidden", "", ""))
        })
        .await;
        assert_eq!(not[0].0, "apiextensions.k8s.io/v1/CustomResourceDefinition");
        let (_, not, _) = held(("Namespace", "web"), |path| {
            if path.ends_with("/gone") {
                return Some(answer("404 Not Found", "", ""));
            }
            path.ends_with("/customresourcedefinitions")
                .then(|| json(&kinds(&[("gone.example.com", "Namespaced")])))
        })
        .await;
        assert_eq!(not[0], ("example.com/v1/Gone".to_owned(), UNSERVED.to_owned()));
    }

    #[tokio::test]
    async fn what_bears_a_mark_may_be_of_a_kind_that_nobody_can_list() {
        let (_server, objects) = objects(|path| match path {
            path if path.ends_with("/gone") => Some(answer("404 Not Found", "", "")),
            "/apis/example.com/v1/widgets" => Some(json(r#"{"items":[{"metadata":{"name":"one"}}]}"#)),
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions" => Some(json(
                r#"{"items":[{"metadata":{"name":"olds.other.com"},"spec":{"group":"other.com","names":{"kind":"Old"}}},
                    {"metadata":{"name":"whispers.quiet.io"},"spec":{"group":"quiet.io","names":{"kind":"Whisper"}}}]}"#,
            )),
            _ => None,
        })
        .await;
        let (found, not) = objects.labelled("envcheck.dev/environment=dev").await;
        let kinds: Vec<&str> = found.iter().filter_map(|one| one.text_at(&["kind"])).collect();
        assert_eq!(
            kinds,
            ["CustomResourceDefinition", "CustomResourceDefinition", "Widget"]
        );
        let expected = unread(&[
            ("olds.other.com", UNSERVED),
            ("example.com", SILENT),
            ("quiet.io", SILENT),
        ]);
        assert_eq!(not, expected);
        // Nor is one gone that cannot be read.
        let of = async |api_version: &str, kind: &str| {
            let one = ResourceRef::kubernetes(api_version, kind, Some("web"), "one");
            objects.is_of_no_kind(&one).await
        };
        assert_eq!(of("other.com/v1", "Old").await, Err(UNSERVED.to_owned()));
        assert_eq!(of("quiet.io/v1", "Whisper").await, Err(SILENT.to_owned()));
        assert_eq!(of("other.com/v1", "Young").await, Ok(()));
    }
}
