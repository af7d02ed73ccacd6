//! What the service offers, and the account itself.

use super::Route;
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use http::StatusCode;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/account", &["account:read"], account),
    Route::new("GET", "/v2/customers/my/balance", &["billing:read"], balance),
    Route::new("GET", "/v2/regions", &["regions:read"], regions),
    Route::new("GET", "/v2/sizes", &["sizes:read", "regions:read"], sizes),
    Route::new(
        "GET",
        "/v2/kubernetes/options",
        &["kubernetes:read"],
        kubernetes_options,
    ),
    Route::new("GET", "/v2/1-clicks", &[], one_clicks),
    Route::new(
        "POST",
        "/v2/1-clicks/kubernetes",
        &["kubernetes:update", "addon:create"],
        install_one_click,
    ),
    Route::new("GET", "/v2/actions", &["actions:read"], actions),
    Route::new("GET", "/v2/actions/{action_id}", &["actions:read"], action),
];

/// Slug and name of the regions.
const REGIONS: [(&str, &str); 8] = [
    ("ams3", "Amsterdam 3"),
    ("blr1", "Bangalore 1"),
    ("fra1", "Frankfurt 1"),
    ("lon1", "London 1"),
    ("nyc3", "New York 3"),
    ("sfo3", "San Francisco 3"),
    ("sgp1", "Singapore 1"),
    ("syd1", "Sydney 1"),
];

/// Slug, memory in MiB, CPUs, disk in GiB, transfer in TB, dollars a month.
const SIZES: [(&str, u64, u64, u64, u64, u64); 5] = [
    ("s-1vcpu-2gb", 2_048, 1, 50, 2, 12),
    ("s-2vcpu-2gb", 2_048, 2, 60, 3, 18),
    ("s-2vcpu-4gb", 4_096, 2, 80, 4, 24),
    ("s-4vcpu-8gb", 8_192, 4, 160, 5, 48),
    ("s-8vcpu-16gb", 16_384, 8, 320, 6, 96),
];

/// A region as other objects embed it.
pub(crate) fn region(slug: &str) -> Value {
    let name = REGIONS
        .iter()
        .find(|(own, _)| *own == slug)
        .map_or(slug, |(_, name)| name);
    json!({
        "name": name,
        "slug": slug,
        "features": ["backups", "ipv6", "metadata", "storage"],
        "available": true,
        "sizes": SIZES.map(|size| size.0),
    })
}

/// A size of Droplets; the smallest where the slug is unknown.
pub(super) fn size(slug: &str) -> Value {
    let known = SIZES.iter().find(|size| size.0 == slug).unwrap_or(&SIZES[0]);
    let (_, memory, vcpus, disk, transfer, dollars) = *known;
    // Sums of money are small whole numbers here.
    let monthly = u32::try_from(dollars).map_or(0.0, f64::from);
    json!({
        "slug": slug,
        "memory": memory,
        "vcpus": vcpus,
        "disk": disk,
        "transfer": transfer,
        "price_monthly": monthly,
        "price_hourly": (monthly / 672.0 * 100_000.0).round() / 100_000.0,
        "regions": REGIONS.map(|region| region.0),
        "available": true,
        "description": "Basic",
    })
}

/// A tier of the container registry.
pub(crate) fn tier(slug: &str) -> Value {
    let (name, repositories, storage, overage, cents) = match slug {
        "starter" => ("Starter", 1, 524_288_000_u64, false, 0),
        "professional" => ("Professional", 0, 107_374_182_400, true, 2_000),
        _ => ("Basic", 5, 5_368_709_120, true, 500),
    };
    json!({
        "name": name,
        "slug": slug,
        "included_repositories": repositories,
        "included_storage_bytes": storage,
        "allow_storage_overage": overage,
        "included_bandwidth_bytes": storage,
        "monthly_price_in_cents": cents,
        "storage_overage_price_in_cents": 2,
    })
}

/// Whether there is a region of this name.
pub(super) fn is_region(slug: &str) -> bool {
    REGIONS.iter().any(|(own, _)| *own == slug)
}

/// Whether there is a size of this name.
pub(crate) fn is_size(slug: &str) -> bool {
    SIZES.iter().any(|size| size.0 == slug)
}

/// What DOKS offers, where the world does not say otherwise.
pub(crate) fn offered() -> Value {
    let version = |number: &str| {
        json!({
            "slug": format!("{number}-do.0"),
            "kubernetes_version": number,
            "supported_features": [
                "cluster-autoscaler", "docr-integration", "ha-control-plane", "token-authentication",
            ],
        })
    };
    let regions = REGIONS.map(|(slug, name)| json!({"name": name, "slug": slug}));
    let sizes = SIZES.map(|size| json!({"name": size.0, "slug": size.0}));
    json!({
        "regions": regions,
        "versions": [version("1.36.1"), version("1.35.6"), version("1.34.9")],
        "sizes": sizes,
    })
}

/// What DOKS offers in this world.
pub(super) fn options(world: &World) -> Value {
    world
        .rows("kubernetes_options")
        .first()
        .cloned()
        .unwrap_or_else(offered)
}

fn account(world: &mut World, _: &Call) -> Answer {
    Reply::one(
        "account",
        world.rows("account").first().cloned().unwrap_or_default(),
    )
}

fn balance(_: &mut World, call: &Call) -> Answer {
    Reply::bare(json!({
        "month_to_date_balance": "214.40",
        "account_balance": "0.00",
        "month_to_date_usage": "214.40",
        "generated_at": call.now.to_string(),
    }))
}

fn regions(_: &mut World, _: &Call) -> Answer {
    Reply::pages("regions", REGIONS.iter().map(|(slug, _)| region(slug)).collect())
}

fn sizes(_: &mut World, _: &Call) -> Answer {
    Reply::pages("sizes", SIZES.iter().map(|known| size(known.0)).collect())
}

fn kubernetes_options(world: &mut World, _: &Call) -> Answer {
    Reply::one("options", options(world))
}

fn one_clicks(_: &mut World, call: &Call) -> Answer {
    let all = [
        ("monitoring", "kubernetes"),
        ("ingress-nginx", "kubernetes"),
        ("docker-20-04", "droplet"),
    ];
    let wanted = call.asked("type");
    let rows: Vec<Value> = all
        .iter()
        .filter(|(_, kind)| wanted.is_none_or(|wanted| wanted == *kind))
        .map(|(slug, kind)| json!({"slug": slug, "type": kind}))
        .collect();
    Reply::one("1_clicks", json!(rows))
}

fn install_one_click(world: &mut World, call: &Call) -> Answer {
    let cluster = call.needed("cluster_uuid")?;
    super::found(world.row("kubernetes_clusters", cluster))?;
    Ok(Reply::Json(
        StatusCode::OK,
        json!({"message": "Successfully kicked off addon job."}),
    ))
}

fn actions(world: &mut World, _: &Call) -> Answer {
    Reply::pages("actions", world.rows("actions").to_vec())
}

fn action(world: &mut World, call: &Call) -> Answer {
    let row = world.row("actions", call.parameter(0)).cloned();
    Reply::one("action", row.ok_or_else(Refusal::not_found)?)
}
