//! What `destroy` removes from the account. Nothing of it comes back: it can only be made anew, with other ids and other addresses.

use crate::findings::FixAction;

/// Why nothing takes a removal back.
pub(super) const GONE: &str =
    "what is removed does not come back; envcheck provision makes it anew, with another id";

/// The collections in which is seen whether something is still there.
pub(super) fn collections(action: FixAction) -> &'static [&'static str] {
    match action {
        FixAction::FirewallDelete => &["digitalocean.firewalls"],
        FixAction::SpacesKeyDelete => &["digitalocean.spaces_keys"],
        FixAction::VolumeDelete => &["digitalocean.volumes"],
        FixAction::SnapshotDelete => &["digitalocean.snapshots"],
        FixAction::RegistryDelete => &["digitalocean.registries"],
        FixAction::VpcDelete => &["digitalocean.vpcs"],
        FixAction::ProjectDelete => &["digitalocean.projects"],
        FixAction::ClusterDestroy => &["digitalocean.kubernetes_clusters"],
        // Of Spaces.
        _ => &[],
    }
}
