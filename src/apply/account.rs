//! Changes of rows in the account. The API has no dry run for them: each write is sent once, with everything that it would
//! otherwise reset, and whoever asked reads the row again.

use super::kubernetes::NotMade;
use super::removals;
use crate::clients::digitalocean::{
    Api, RequestError, clusters, firewalls, load_balancers, projects, registries, vpcs,
};
use envcheck_core::findings::FixAction;
use envcheck_core::plan::{Deed, rules_as_they_are};
use envcheck_core::value::{Value, ValueExt, array, object};

impl From<RequestError> for NotMade {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Cancelled => Self::Cancelled,
            RequestError::Unavailable(_)
            | RequestError::TimedOut(_)
            | RequestError::Cut(_)
            | RequestError::TooLarge(_)
            | RequestError::Stranger(_) => Self::Unknown(error.to_string()),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// Settings of a cluster that the API resets, or may come to reset, where they are not sent; `ha` and `version` are never.
const OF_CLUSTERS: [&str; 13] = [
    "auto_upgrade",
    "surge_upgrade",
    "control_plane_firewall",
    "cluster_autoscaler_configuration",
    "sso",
    "routing_agent",
    "coredns_autoscaler",
    "p2p_oci_registry_plugin",
    "amd_gpu_device_plugin",
    "amd_gpu_device_metrics_exporter_plugin",
    "nvidia_gpu_device_plugin",
    "rdma_shared_dev_plugin",
    "name",
];
const OF_POOLS: [&str; 5] = ["name", "taints", "auto_scale", "min_nodes", "max_nodes"];

/// Does a deed to a row that now is as `live`.
pub async fn make(api: &Api, deed: &Deed, live: Option<&Value>) -> Result<(), NotMade> {
    if deed.action.is_of_provisioning() {
        return create(api, deed, live).await;
    }
    if deed.action.is_of_removal() {
        return removals::remove(api, deed).await;
    }
    if deed.action == FixAction::ProjectAssign {
        // It is sent whole, wherever the thing is by now.
        return assign(api, deed).await;
    }
    let live = live.ok_or_else(|| NotMade::Refused("it does not exist".to_owned()))?;
    let after = deed.done_to(Some(live)).map_err(NotMade::Refused)?;
    let id = deed.target.id.as_deref().unwrap_or_default();
    match deed.action {
        FixAction::ClusterUpdate => {
            let settings = of_cluster(&after.unwrap_or(Value::Null));
            api.send(&clusters::update(id, json(&settings))).await?;
        }
        FixAction::NodePoolUpdate => {
            let settings = of_pool(&after.unwrap_or(Value::Null));
            let pool = live.text_at(&["id"]).unwrap_or_default();
            let cluster = deed.cluster().unwrap_or_default();
            api.send(&clusters::update_pool(cluster, pool, json(&settings)))
                .await?;
        }
        FixAction::FirewallAddRules => api.send(&firewalls::add_rules(id, json(&deed.data))).await?,
        FixAction::FirewallRemoveRules => {
            let rules = rules_as_they_are(deed, live);
            api.send(&firewalls::remove_rules(id, json(&rules))).await?;
        }
        FixAction::LoadBalancerDelete => match api.send(&load_balancers::delete(id)).await {
            // It went meanwhile.
            Err(RequestError::NotFound(_)) => {}
            sent => sent?,
        },
        FixAction::RegistryCollectGarbage => {
            let call = registries::collect_garbage(&deed.target.name, json(&deed.collection()));
            api.send(&call).await?;
        }
        FixAction::RegistryDeleteManifest => manifests(api, deed).await?,
        other => {
            return Err(NotMade::Refused(format!(
                "{} changes nothing in the account",
                other.as_str()
            )));
        }
    }
    Ok(())
}

/// Makes what is not there yet. Whether it is, whoever asks has looked.
async fn create(api: &Api, deed: &Deed, live: Option<&Value>) -> Result<(), NotMade> {
    deed.done_to(live).map_err(NotMade::Refused)?;
    let body = json(&deed.data);
    match deed.action {
        FixAction::ProjectCreate => api.row(&projects::create(body)).await.map(drop)?,
        FixAction::VpcCreate => api.row(&vpcs::create(body)).await.map(drop)?,
        FixAction::RegistryCreate => api.row(&registries::create(body)).await.map(drop)?,
        FixAction::RegistryIntegrate => api.send(&registries::integrate(body)).await?,
        FixAction::ClusterCreate => api.row(&clusters::create(body)).await.map(drop)?,
        FixAction::FirewallCreate => api.row(&firewalls::create(body)).await.map(drop)?,
        FixAction::NodePoolCreate => {
            let cluster = deed.data.text_at(&["cluster_id"]).unwrap_or_default();
            let own = deed.data.members().filter(|(key, _)| *key != "cluster_id");
            let body = json(&object(own.map(|(key, value)| (key, value.clone()))));
            api.row(&clusters::create_pool(cluster, body)).await.map(drop)?;
        }
        other => {
            return Err(NotMade::Refused(format!("{} is not done here", other.as_str())));
        }
    }
    Ok(())
}

/// One after the other: once one is gone, what stopped the others no longer means that nothing was done.
async fn manifests(api: &Api, deed: &Deed) -> Result<(), NotMade> {
    for (number, manifest) in deed.manifests().iter().enumerate() {
        let text = |key: &str| manifest.text_at(&[key]).unwrap_or_default();
        let call = registries::delete_manifest(&deed.target.name, text("repository"), text("digest"));
        match api.send(&call).await {
            Ok(()) | Err(RequestError::NotFound(_)) => {}
            Err(RequestError::Cancelled) => return Err(NotMade::Cancelled),
            Err(error) if number == 0 => return Err(error.into()),
            Err(error) => {
                return Err(NotMade::Unknown(format!(
                    "{number} of {} manifests were deleted: {error}",
                    deed.manifests().len()
                )));
            }
        }
    }
    Ok(())
}

/// Each resource is told of by itself, whatever the status of the answer is.
async fn assign(api: &Api, deed: &Deed) -> Result<(), NotMade> {
    let urn = deed.target.name.as_str();
    let body = object([("resources", array([Value::from(urn)]))]);
    let call = projects::assign(deed.project().unwrap_or_default(), json(&body));
    let answer = api.row(&call).await?;
    let told = answer
        .items()
        .iter()
        .find(|row| row.text_at(&["urn"]) == Some(urn));
    match told.and_then(|row| row.text_at(&["status"])) {
        Some("ok" | "assigned" | "already_assigned") => Ok(()),
        Some("not_found") => Err(NotMade::Refused(format!("the account has no {urn}"))),
        Some(other) => Err(NotMade::Unknown(format!("the status of {urn} is {other}"))),
        None => Err(NotMade::Unknown(format!("nothing is told of {urn}"))),
    }
}

fn json(value: &Value) -> Vec<u8> {
    value.to_json_str().unwrap_or_default().into_bytes()
}

/// The named members that have a value.
fn settings(row: &Value, names: &[&'static str]) -> Vec<(&'static str, Value)> {
    let set = |name: &&'static str| {
        let value = row.field(name).filter(|value| **value != Value::Null)?;
        Some((*name, value.clone()))
    };
    names.iter().filter_map(set).collect()
}

/// Tags that DOKS gives by itself are not ours to set.
fn tags(row: &Value) -> Option<(&'static str, Value)> {
    let tags = row.field("tags").filter(|tags| tags.as_array().is_ok())?;
    let of_doks = |tag: &str| matches!(tag, "k8s" | "k8s-worker") || tag.starts_with("k8s:");
    let own = tags.items().iter();
    let own = own.filter(|tag| !tag.text().is_some_and(of_doks)).cloned();
    Some(("tags", array(own)))
}

fn of_cluster(row: &Value) -> Value {
    let mut members = settings(row, &OF_CLUSTERS);
    members.extend(tags(row));
    if let Some(policy) = row.field("maintenance_policy") {
        let window = settings(policy, &["day", "start_time"]);
        members.extend((!window.is_empty()).then(|| ("maintenance_policy", object(window))));
    }
    object(members)
}

fn of_pool(row: &Value) -> Value {
    let mut members = settings(row, &OF_POOLS);
    members.extend(tags(row));
    if let Some(labels) = row.field("labels").filter(|labels| labels.as_object().is_ok()) {
        let own = labels.members();
        let own = own.filter(|(key, _)| !key.starts_with("doks.digitalocean.com/"));
        members.push(("labels", object(own.map(|(key, value)| (key, value.clone())))));
    }
    // The API wants a number even of a pool that scales by itself: as it is, within its bounds.
    if let Some(count) = row.field("count").and_then(ValueExt::int) {
        let bound = |name: &str| row.field(name).and_then(ValueExt::int);
        let count = match (
            row.field("auto_scale").is_some_and(ValueExt::is_true),
            bound("min_nodes"),
            bound("max_nodes"),
        ) {
            (true, Some(least), Some(most)) if least <= most => count.clamp(least, most),
            _ => count,
        };
        members.push(("count", Value::from(count)));
    }
    object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        Value::from_json_str(json).unwrap()
    }

    #[test]
    fn a_cluster_is_sent_with_all_that_would_be_reset_and_nothing_that_must_not_change() {
        let row = value(
            r#"{"id": "8d2c", "name": "stage", "version": "1.35.1-do.0", "ha": true, "auto_upgrade": true,
                "tags": ["k8s", "k8s:8d2c", "team"], "sso": null, "routing_agent": {"enabled": true},
                "maintenance_policy": {"day": "sunday", "start_time": "03:00", "duration": "4h0m0s"}}"#,
        );
        let sent = r#"{"name": "stage", "auto_upgrade": true, "tags": ["team"], "routing_agent": {"enabled": true},
                       "maintenance_policy": {"day": "sunday", "start_time": "03:00"}}"#;
        assert_eq!(of_cluster(&row), value(sent));
    }

    #[test]
    fn a_pool_is_sent_with_a_number_within_its_bounds() {
        let row = value(
            r#"{"id": "a", "name": "general", "size": "s", "count": 7, "auto_scale": true, "min_nodes": 2, "max_nodes": 5,
                "labels": {"x": "y", "doks.digitalocean.com/managed": "true"}, "taints": [], "nodes": [],
                "tags": ["k8s", "k8s:8d2c", "k8s:worker", "team"]}"#,
        );
        let sent = r#"{"name": "general", "count": 5, "auto_scale": true, "min_nodes": 2, "max_nodes": 5,
                       "labels": {"x": "y"}, "taints": [], "tags": ["team"]}"#;
        assert_eq!(of_pool(&row), value(sent));
    }

    #[test]
    fn only_a_clear_no_means_that_nothing_was_done() {
        let unknown = NotMade::from(RequestError::TimedOut("t".to_owned()));
        assert_eq!(unknown, NotMade::Unknown("t".to_owned()));
        let refused = NotMade::from(RequestError::Unprocessable("u".to_owned()));
        assert_eq!(refused, NotMade::Refused("u".to_owned()));
    }
}
