//! What tells one cluster from another: its Nodes, and the UID of Namespace kube-system.

use super::list::permission;
use super::served::Resource;
use crate::clients::kubernetes::{ApiServer, RequestError};
use envcheck_core::inventory::declared_cluster::ObservedNode;
use envcheck_core::inventory::page;
use envcheck_core::value::{Value, ValueExt};

/// More pages of Nodes than any cluster has; a server that never ends is not asked for ever.
const MOST_PAGES: usize = 100;

/// The Nodes, as far as they tell whose they are.
pub(super) async fn nodes(api: &ApiServer) -> Result<Vec<ObservedNode>, RequestError> {
    let mut nodes = Vec::new();
    let mut path = "/api/v1/nodes?limit=500".to_owned();
    for _ in 0..MOST_PAGES {
        let bytes = api.get(&path).await?;
        let cut = |fault: page::PageFault| RequestError::Cut(fault.to_string());
        let (head, objects) = page::objects(&bytes, "Node").map_err(cut)?;
        nodes.extend(objects.iter().map(ObservedNode::of));
        match head.continue_token {
            Some(token) => path = format!("/api/v1/nodes?limit=500&continue={}", super::list::encode(&token)),
            None => break,
        }
    }
    Ok(nodes)
}

/// The UID of Namespace kube-system: no two clusters share it. `None` when it may not be read.
pub(super) async fn uid(api: &ApiServer) -> Option<String> {
    let bytes = api.get("/api/v1/namespaces/kube-system").await.ok()?;
    let namespace = Value::from_json_str(std::str::from_utf8(&bytes).ok()?).ok()?;
    namespace.text_at(&["metadata", "uid"]).map(ToOwned::to_owned)
}

/// Why Nodes could not be read, naming the permission when that is what lacks.
pub(super) fn words(error: &RequestError) -> String {
    let nodes = Resource {
        group: String::new(),
        version: "v1".to_owned(),
        kind: "Node".to_owned(),
        plural: "nodes".to_owned(),
        namespaced: false,
    };
    match error {
        RequestError::Forbidden(_) => format!("the credentials may not {}", permission(&nodes)),
        other => other.to_string(),
    }
}
