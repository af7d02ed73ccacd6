//! The deprecated paths `/v2/registry`, for accounts that have one registry.

use super::registries::{self, only};
use super::{Route, found, garbage, repositories};
use crate::World;
use crate::http::{Answer, Call, Reply};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/registry", &["registry:read"], get),
    Route::new("POST", "/v2/registry", &["registry:create"], registries::create),
    Route::new("DELETE", "/v2/registry", &["registry:delete"], delete),
    Route::new(
        "GET",
        "/v2/registry/options",
        &["registry:read"],
        registries::options,
    ),
    Route::new(
        "GET",
        "/v2/registry/subscription",
        &["registry:read"],
        registries::subscription,
    ),
    Route::new(
        "POST",
        "/v2/registry/subscription",
        &["registry:update"],
        subscribe,
    ),
    Route::new(
        "GET",
        "/v2/registry/docker-credentials",
        &["registry:read"],
        credentials,
    ),
    Route::new(
        "POST",
        "/v2/registry/validate-name",
        &["registry:create"],
        registries::validate_name,
    ),
    Route::new(
        "GET",
        "/v2/registry/{registry_name}/repositories",
        &["registry:read"],
        repositories::old_list,
    ),
    Route::new(
        "GET",
        "/v2/registry/{registry_name}/repositoriesV2",
        &["registry:read"],
        repositories::list,
    ),
    Route::new(
        "GET",
        "/v2/registry/{registry_name}/repositories/{repository_name}/tags",
        &["registry:read"],
        repositories::tags,
    ),
    Route::new(
        "DELETE",
        "/v2/registry/{registry_name}/repositories/{repository_name}/tags/{repository_tag}",
        &["registry:delete"],
        repositories::delete_tag,
    ),
    Route::new(
        "GET",
        "/v2/registry/{registry_name}/repositories/{repository_name}/digests",
        &["registry:read"],
        repositories::digests,
    ),
    Route::new(
        "DELETE",
        "/v2/registry/{registry_name}/repositories/{repository_name}/digests/{manifest_digest}",
        &["registry:delete"],
        repositories::delete_digest,
    ),
    Route::new(
        "GET",
        "/v2/registry/{registry_name}/garbage-collection",
        &["registry:read"],
        garbage::active,
    ),
    Route::new(
        "POST",
        "/v2/registry/{registry_name}/garbage-collection",
        &["registry:update"],
        garbage::request,
    ),
    Route::new(
        "GET",
        "/v2/registry/{registry_name}/garbage-collections",
        &["registry:read"],
        garbage::list,
    ),
    Route::new(
        "PUT",
        "/v2/registry/{registry_name}/garbage-collection/{garbage_collection_uuid}",
        &["registry:update"],
        garbage::cancel,
    ),
];

fn get(world: &mut World, _: &Call) -> Answer {
    let name = only(world)?;
    Reply::one("registry", found(world.row("registries", &name))?.clone())
}

fn delete(world: &mut World, _: &Call) -> Answer {
    let name = only(world)?;
    registries::remove(world, &name)
}

fn subscribe(world: &mut World, call: &Call) -> Answer {
    only(world)?;
    registries::subscribe(world, call)
}

fn credentials(world: &mut World, call: &Call) -> Answer {
    let name = only(world)?;
    registries::give(world, call, &name)
}
