//! Single objects of a cluster as the server has them: whole, since somebody is about to change them. Of Secrets only the
//! metadata are asked for, and of one that is to hold a Spaces key, which key it is.

use super::custom::{UNSERVED, unlisted};
use super::served::{Resource, Served};
use crate::clients::kubernetes::{ApiServer, RequestError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::value::{Value, ValueExt, object};
use std::sync::Arc;

/// As much of the objects of a list as has no content.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
/// More pages than a cluster has applications.
const MOST_PAGES: usize = 100;

/// Why it is not known what there is of a group.
pub(super) const SILENT: &str = "the API server cannot say what it serves of this group";

/// What runs, and what makes it run: group and kind.
const RUNNING: [(&str, &str); 8] = [
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
];

/// Objects by reference.
#[derive(Debug, Clone)]
pub struct Objects {
    pub(super) api: ApiServer,
    pub(super) served: Arc<Served>,
}

impl Objects {
    /// The server that has them.
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// The path of the list in which the object lies.
    pub fn list_path(&self, reference: &ResourceRef) -> Result<String, String> {
        let resource = self.resource(reference.group(), &reference.kind).ok_or_else(|| {
            format!(
                "the API server does not serve {} in API group {:?}",
                reference.kind,
                reference.group()
            )
        })?;
        // In the version in which it is named, where that is served: what is sent is written in it.
        let version = reference
            .api_version
            .rsplit('/')
            .next()
            .unwrap_or(&resource.version);
        let root = if resource.group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{}/{version}", resource.group)
        };
        Ok(match &reference.namespace {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}", resource.plural),
            None => format!("{root}/{}", resource.plural),
        })
    }

    /// The path of the object.
    pub fn path(&self, reference: &ResourceRef) -> Result<String, String> {
        Ok(format!("{}/{}", self.list_path(reference)?, reference.name))
    }

    pub(super) fn resource(&self, group: &str, kind: &str) -> Option<&Resource> {
        let mut resources = self.served.resources.iter();
        resources.find(|resource| resource.group == group && resource.kind == kind)
    }

    /// The object; `None` when there is none.
    ///
    /// # Errors
    ///
    /// In words, with the permission or the trouble.
    pub async fn read(&self, reference: &ResourceRef) -> Result<Option<Value>, String> {
        if reference.kind == "Secret" && reference.group().is_empty() {
            return self.secret(reference).await;
        }
        match self.api.get(&self.path(reference)?).await {
            Ok(bytes) => {
                let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
                Value::from_json_str(text)
                    .map(Some)
                    .map_err(|error| error.to_string())
            }
            Err(RequestError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The id of the Spaces key that a Secret holds, which is no secret; `Some(None)` where it holds none, `None` where there is no
    /// such Secret. Found like [`Self::read`] finds one; nothing else of what it holds is kept.
    ///
    /// # Errors
    ///
    /// In words, with the permission or the trouble.
    pub async fn access_key_in(&self, secret: &ResourceRef) -> Result<Option<Option<String>>, String> {
        let list = self.list_path(secret)?;
        let name = super::list::encode(&secret.name);
        let path = format!("{list}?fieldSelector=metadata.name%3D{name}");
        let bytes = self.api.get(&path).await.map_err(|error| error.to_string())?;
        let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
        // What is wrong with it would be told with a piece of it.
        let list = Value::from_json_str(text).map_err(|_| format!("the list of {secret} is no JSON"))?;
        let named = |item: &&Value| item.text_at(&["metadata", "name"]) == Some(&secret.name);
        let found = list.items_at(&["items"]).iter().find(named);
        Ok(found.map(|found| {
            let encoded = found.text_at(&["data", "AWS_ACCESS_KEY_ID"])?;
            String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
        }))
    }

    /// The metadata of a Secret, found in the list that an audit reads anyway: nobody has to be allowed to `get` Secrets.
    async fn secret(&self, reference: &ResourceRef) -> Result<Option<Value>, String> {
        let list = self.list_path(reference)?;
        let name = super::list::encode(&reference.name);
        let path = format!("{list}?fieldSelector=metadata.name%3D{name}");
        let answer = self.api.get_as(&path, METADATA).await;
        let bytes = answer.map_err(|error| error.to_string())?.bytes;
        let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
        let list = Value::from_json_str(text).map_err(|error| error.to_string())?;
        let named = |item: &&Value| item.text_at(&["metadata", "name"]) == Some(&reference.name);
        let Some(found) = list.items_at(&["items"]).iter().find(named) else {
            return Ok(None);
        };
        let content = ["data", "stringData", "binaryData"];
        if content.iter().any(|key| found.field(key).is_some()) {
            return Err(format!(
                "the API server gave more of {reference} than its metadata"
            ));
        }
        Ok(Some(object([
            ("apiVersion", Value::from("v1")),
            ("kind", Value::from("Secret")),
            (
                "metadata",
                found.field("metadata").cloned().unwrap_or(Value::Null),
            ),
        ])))
    }

    /// All objects of a kind; none where it is not served.
    ///
    /// # Errors
    ///
    /// In words.
    pub async fn all(&self, group: &str, kind: &str) -> Result<Vec<Value>, String> {
        self.selected(group, kind, None).await
    }

    /// Those of a kind whose labels are as this selector wants them.
    ///
    /// # Errors
    ///
    /// In words.
    pub async fn selected(
        &self,
        group: &str,
        kind: &str,
        selector: Option<&str>,
    ) -> Result<Vec<Value>, String> {
        let Some(resource) = self.resource(group, kind) else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        let selector = selector.map_or_else(String::new, |selector| {
            format!("&labelSelector={}", super::list::encode(selector))
        });
        let first = format!("{}?limit=500{selector}", resource.path());
        let mut path = first.clone();
        for _ in 0..MOST_PAGES {
            let bytes = self.api.get(&path).await.map_err(|error| error.to_string())?;
            let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
            let page = Value::from_json_str(text).map_err(|error| error.to_string())?;
            all.extend(page.items_at(&["items"]).iter().cloned());
            let next = page
                .text_at(&["metadata", "continue"])
                .filter(|token| !token.is_empty());
            match next {
                Some(token) => {
                    path = format!("{first}&continue={}", super::list::encode(token));
                }
                None => return Ok(all),
            }
        }
        Err(format!("the list of {kind} does not end"))
    }

    /// Kind and metadata of everything with such labels, of every kind that holds state; and the kinds of which that cannot be
    /// told, with the reason.
    pub async fn labelled(&self, selector: &str) -> (Vec<Value>, Vec<(String, String)>) {
        let (mut found, mut unread) = (Vec::new(), Vec::new());
        let query = format!("?limit=500&labelSelector={}", super::list::encode(selector));
        let mut unlisted_kinds = Vec::new();
        let custom = self.custom_kinds(&mut unlisted_kinds).await;
        let mut take = |object| found.push(object);
        for resource in self.served.all() {
            let listed = self.each_of(resource, &resource.path(), &query, &mut take).await;
            unread.extend(unlisted(resource, listed, &custom));
        }
        unread.extend(
            self.unserved(&custom)
                .map(|kind| (kind.clone(), UNSERVED.to_owned())),
        );
        // They are listed once more below, as every kind is.
        unlisted_kinds.retain(|(kind, _)| unread.iter().all(|(known, _)| known != kind));
        unread.extend(unlisted_kinds);
        unread.extend(self.silent());
        (found, unread)
    }

    /// Whether nothing runs in a namespace, and nothing that would make something run.
    ///
    /// # Errors
    ///
    /// In words, with the permission or the trouble.
    pub async fn is_idle(&self, namespace: &str) -> Result<bool, String> {
        let mut found = false;
        for (group, kind) in RUNNING {
            let Some(resource) = self.resource(group, kind) else {
                return Err(format!("{kind} is not served"));
            };
            let path = resource.path_in(namespace);
            let mut take = |_| found = true;
            self.each_of(resource, &path, "?limit=500", &mut take).await?;
            if found {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The groups of which it is not known what is served.
    pub(super) fn silent(&self) -> impl Iterator<Item = (String, String)> {
        let unknown = self.served.unknown.iter();
        unknown.map(|group| (group.clone(), SILENT.to_owned()))
    }

    /// Gives kind and metadata of each object of a list, page by page. `false`: it is served no more.
    pub(super) async fn each_of(
        &self,
        resource: &Resource,
        path: &str,
        query: &str,
        each: &mut (dyn FnMut(Value) + Send),
    ) -> Result<bool, String> {
        let first = format!("{path}{query}");
        let mut path = first.clone();
        for _ in 0..MOST_PAGES {
            let bytes = match self.api.get_as(&path, METADATA).await {
                Ok(answer) => answer.bytes,
                Err(RequestError::NotFound(_)) => return Ok(false),
                Err(error) => return Err(error.to_string()),
            };
            let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
            // What is wrong with it would be told with a piece of it.
            let page = Value::from_json_str(text).map_err(|_| "the list is no JSON".to_owned())?;
            for item in page.items_at(&["items"]) {
                each(object([
                    ("apiVersion", Value::from(resource.api_version().as_str())),
                    ("kind", Value::from(resource.kind.as_str())),
                    ("metadata", item.field("metadata").cloned().unwrap_or(Value::Null)),
                ]));
            }
            let next = page.text_at(&["metadata", "continue"]);
            match next.filter(|token| !token.is_empty()) {
                Some(token) => path = format!("{first}&continue={}", super::list::encode(token)),
                None => return Ok(true),
            }
        }
        Err("the list does not end".to_owned())
    }
}
