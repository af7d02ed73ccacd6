//! Removals in the account. Each is sent once; what is gone already is gone.

use super::kubernetes::NotMade;
use crate::clients::digitalocean::{
    Api, RequestError, clusters, firewalls, projects, registries, snapshots, spaces_keys, volumes, vpcs,
};
use envcheck_core::findings::FixAction;
use envcheck_core::plan::Deed;
use envcheck_core::value::{Value, ValueExt, array, object};

/// Removes what a deed names by its id.
pub(super) async fn remove(api: &Api, deed: &Deed) -> Result<(), NotMade> {
    let id = deed.target.id.as_deref();
    let id = || id.ok_or_else(|| NotMade::Refused(format!("the id of {} is not known", deed.target)));
    let call = match deed.action {
        FixAction::ClusterDestroy => clusters::destroy(id()?, with(deed)),
        FixAction::FirewallDelete => firewalls::delete(id()?),
        FixAction::SpacesKeyDelete => spaces_keys::delete(id()?),
        FixAction::VolumeDelete => volumes::delete(id()?),
        FixAction::SnapshotDelete => snapshots::delete_of_volume(id()?),
        FixAction::VpcDelete => vpcs::delete(id()?),
        FixAction::ProjectDelete => projects::delete(id()?),
        FixAction::RegistryDelete => registries::delete(&deed.target.name),
        other => {
            return Err(NotMade::Refused(format!(
                "{} removes nothing from the account",
                other.as_str()
            )));
        }
    };
    match api.send(&call).await {
        // It went meanwhile.
        Ok(()) | Err(RequestError::NotFound(_)) => Ok(()),
        Err(error) if lags(deed.action, &error) => Err(NotMade::NotYet(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// What the API says to a token without the scope. Any other 403 to the removal of a network is about what is in it.
const LACKS_SCOPE: &str = "not authorized";

/// Whether something is refused because the API has not heard yet that what was in it has left: for a while it says so of networks
/// whose members are on none of its lists any more.
fn lags(action: FixAction, error: &RequestError) -> bool {
    match (action, error) {
        (FixAction::VpcDelete, RequestError::Forbidden { message, .. }) => !message.contains(LACKS_SCOPE),
        (FixAction::VpcDelete | FixAction::ProjectDelete, RequestError::Conflict(_))
        | (FixAction::ProjectDelete, RequestError::Precondition(_)) => true,
        _ => false,
    }
}

/// What goes with a cluster: its load balancers. Its volumes and snapshots hold data; they stay, and those that were named go
/// one by one once it is gone.
fn with(deed: &Deed) -> Vec<u8> {
    let balancers = deed.data.items_at(&["load_balancers"]).iter();
    let balancers = balancers.filter_map(|one| Some(Value::from(one.text_at(&["id"])?)));
    let body = object([
        ("load_balancers", array(balancers)),
        ("volume_snapshots", array([])),
        ("volumes", array([])),
    ]);
    body.to_json_str().unwrap_or_default().into_bytes()
}
