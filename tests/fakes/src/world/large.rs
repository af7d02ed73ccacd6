//! Large accounts, for figures of cost.

use super::{Image, World};
use crate::api::{balancers, region};
use serde_json::json;

/// How much a large account holds beyond the environment `stage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Load balancers.
    pub balancers: usize,
    /// Repositories of the registry.
    pub repositories: usize,
    /// Manifests in each.
    pub manifests: usize,
}

/// 200 load balancers, 50 repositories of 500 manifests.
impl Default for Size {
    fn default() -> Self {
        Self {
            balancers: 200,
            repositories: 50,
            manifests: 500,
        }
    }
}

impl World {
    /// The environment `stage` in an account that holds much more.
    pub fn large(size: Size) -> Self {
        let mut world = Self::stage();
        let vpc = world.named("vpcs", "default-fra1").map(|row| row["id"].clone());
        for number in 0..size.balancers {
            let id = balancers::add(
                &mut world,
                &json!({
                    "name": format!("other-{number}"),
                    "region": region("fra1"),
                    "vpc_uuid": vpc,
                    "forwarding_rules": [{
                        "entry_protocol": "tcp", "entry_port": 443, "target_protocol": "tcp", "target_port": 443,
                        "certificate_id": "", "tls_passthrough": false,
                    }],
                }),
            );
            if let Some(row) = world.row_mut("load_balancers", &id) {
                row["status"] = json!("active");
                row["ip"] = json!(format!("198.51.{}.{}", 101 + number / 250, number % 250 + 1));
            }
        }
        for row in world.rows_mut("registries") {
            row["subscription"]["tier"] = crate::api::tier("professional");
        }
        for repository in 0..size.repositories {
            let name = format!("team/service-{repository}");
            for number in 0..size.manifests {
                // Every fourth lost its tag to a later one.
                let tags = if number % 4 == 3 {
                    Vec::new()
                } else {
                    vec![format!("1.{number}.0")]
                };
                let layers = vec![
                    ("debian-slim".to_owned(), 29_150_479),
                    (format!("{name}/runtime-{}", number / 50), 61_402_113),
                    (format!("{name}:{number}"), 9_733_820),
                ];
                let pushed = format!(
                    "2026-{:02}-{:02}T{:02}:{:02}:00Z",
                    1 + number / 50 % 11,
                    1 + number % 28,
                    repository % 24,
                    number % 60
                );
                let image = Image {
                    tags,
                    layers,
                    pushed: Some(pushed),
                    ..Image::default()
                };
                world.push_new("acme", &name, image);
            }
        }
        let usage = world.content.usage("acme");
        if let Some(row) = world.row_mut("registries", "acme") {
            row["storage_usage_bytes"] = json!(usage);
        }
        world
    }
}
