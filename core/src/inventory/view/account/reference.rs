//! Who an account object is in findings: every collection of `docs/account.md` has a kind.

use crate::inventory::reference::{ACCOUNT_API, ResourceRef};
use crate::value::{Value, ValueExt};

/// The kind under which a collection's objects are referenced. Collections of Spaces are about buckets.
pub fn kind_of(collection: &str) -> &'static str {
    match collection {
        "account" => "Account",
        "projects" => "Project",
        "project_resources" => "ProjectResource",
        "vpcs" => "VPC",
        "vpc_members" => "VPCMember",
        "kubernetes_clusters" => "Cluster",
        "kubernetes_cluster_lookups" => "ClusterLookup",
        "kubernetes_options" => "KubernetesOptions",
        "kubernetes_upgrades" => "KubernetesUpgrade",
        "kubernetes_associated_resources" => "AssociatedResources",
        "kubernetes_clusterlint" => "ClusterlintRun",
        "load_balancers" => "LoadBalancer",
        "firewalls" => "Firewall",
        "droplets" => "Droplet",
        "tags" => "Tag",
        "certificates" => "Certificate",
        "volumes" => "Volume",
        "snapshots" => "Snapshot",
        "cdn_endpoints" => "CdnEndpoint",
        "registries" => "Registry",
        "registry_options" => "RegistryOptions",
        "sizes" => "Size",
        "registry_repositories" => "Repository",
        "registry_manifests" => "Manifest",
        "registry_garbage_collections" => "GarbageCollection",
        "registry_uses" => "ImageUse",
        "spaces_keys" => "SpacesKey",
        "observations" => "Observation",
        "buckets" | "acls" | "policies" | "versionings" | "lifecycles" | "cors" | "uploads" => "Bucket",
        "backups" => "Backup",
        _ => "AccountObject",
    }
}

/// Whether a collection's rows are things with a place of their own: where a finding about one was read. Others say more
/// about such a thing, or are too many to be told apart (a manifest's finding is one about its repository).
pub fn has_place(collection: &str) -> bool {
    !matches!(
        collection,
        "project_resources"
            | "vpc_members"
            | "kubernetes_cluster_lookups"
            | "registry_manifests"
            | "registry_uses"
            | "observations"
            | "acls"
            | "policies"
            | "versionings"
            | "lifecycles"
            | "cors"
            | "uploads"
    )
}

/// The reference of an account object: its name and id as the API says them, else what tells it from its like.
pub fn account_reference(collection: &str, value: &Value) -> ResourceRef {
    let text = |key: &str| value.text_at(&[key]).filter(|text| !text.is_empty());
    let joined = |first: &str, between: &str, second: &str| {
        let parts = [text(first), text(second)];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(between))
    };
    let id = match collection {
        "spaces_keys" => text("access_key"),
        "vpc_members" => text("urn"),
        // Numbers in the API; a reference holds texts.
        "droplets" => {
            let id = value.field("id").and_then(ValueExt::int).map(|id| id.to_string());
            return reference(collection, text("name").map(ToOwned::to_owned).or(id.clone()), id);
        }
        // Known by repository and digest, by name, or by what they are about: the same in every answer.
        "registry_manifests"
        | "registry_repositories"
        | "kubernetes_options"
        | "registry_options"
        | "registry_uses"
        | "observations" => None,
        _ => text("id").or_else(|| text("uuid")),
    };
    let name = match collection {
        "project_resources" => text("urn").map(ToOwned::to_owned),
        "kubernetes_cluster_lookups" | "kubernetes_associated_resources" => {
            text("cluster_id").map(ToOwned::to_owned)
        }
        "kubernetes_upgrades" | "sizes" => text("slug").map(ToOwned::to_owned),
        "kubernetes_clusterlint" => text("run_id").map(ToOwned::to_owned),
        "cdn_endpoints" => text("origin").map(ToOwned::to_owned),
        "registry_repositories" => joined("registry_name", "/", "name"),
        "registry_manifests" => joined("repository", "@", "digest"),
        "registry_garbage_collections" => joined("registry_name", "/", "uuid"),
        "registry_uses" => joined("environment", " ", "image"),
        "observations" => joined("id", " ", "fact"),
        "backups" => joined("bucket", "/", "prefix"),
        _ => text("name").or_else(|| text("bucket")).map(ToOwned::to_owned),
    };
    let name = name.or_else(|| id.map(ToOwned::to_owned));
    reference(collection, name, id.map(ToOwned::to_owned))
}

fn reference(collection: &str, name: Option<String>, id: Option<String>) -> ResourceRef {
    ResourceRef {
        api_version: ACCOUNT_API.to_owned(),
        kind: kind_of(collection).to_owned(),
        namespace: None,
        name: name.unwrap_or_else(|| collection.to_owned()),
        id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("droplets", r#"{"id":7,"name":"pool-1"}"#, "pool-1 (Droplet) 7")]
    #[case("droplets", r#"{"id":7}"#, "7 (Droplet) 7")]
    #[case("load_balancers", r#"{"id":"f0a3","name":""}"#, "f0a3 (LoadBalancer) f0a3")]
    #[case("registries", r#"{"name":"acme"}"#, "acme (Registry) -")]
    #[case(
        "registry_repositories",
        r#"{"registry_name":"acme","name":"back/ii"}"#,
        "acme/back/ii (Repository) -"
    )]
    #[case(
        "registry_manifests",
        r#"{"repository":"ii","digest":"sha256:ab"}"#,
        "ii@sha256:ab (Manifest) -"
    )]
    #[case(
        "registry_garbage_collections",
        r#"{"registry_name":"acme","uuid":"u"}"#,
        "acme/u (GarbageCollection) u"
    )]
    #[case("spaces_keys", r#"{"name":"k","access_key":"DO00"}"#, "k (SpacesKey) DO00")]
    #[case(
        "cdn_endpoints",
        r#"{"id":"i","origin":"b.fra1.digitaloceanspaces.com"}"#,
        "b.fra1.digitaloceanspaces.com (CdnEndpoint) i"
    )]
    #[case("sizes", r#"{"slug":"s-4vcpu-8gb"}"#, "s-4vcpu-8gb (Size) -")]
    #[case("buckets", r#"{"name":"b"}"#, "b (Bucket) -")]
    #[case("acls", r#"{"bucket":"b"}"#, "b (Bucket) -")]
    #[case("backups", r#"{"bucket":"b","prefix":"db/"}"#, "b/db/ (Backup) -")]
    #[case("tags", r#"{"name":"k8s"}"#, "k8s (Tag) -")]
    #[case(
        "kubernetes_options",
        r#"{"regions":[]}"#,
        "kubernetes_options (KubernetesOptions) -"
    )]
    #[case("account", r#"{"uuid":"u","email":"a@b"}"#, "u (Account) u")]
    #[case("brand_new", r#"{"id":"x"}"#, "x (AccountObject) x")]
    fn everything_of_the_account_can_be_named(
        #[case] collection: &str,
        #[case] row: &str,
        #[case] shown: &str,
    ) {
        let found = account_reference(collection, &Value::from_json_str(row).unwrap());
        assert_eq!(format!("{found} {}", found.id.as_deref().unwrap_or("-")), shown);
    }
}
