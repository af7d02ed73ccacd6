//! Access keys of Spaces.

use super::{Route, found, items};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::{sha256, text};
use http::StatusCode;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/spaces/keys", &["spaces_key:read"], list),
    Route::new(
        "POST",
        "/v2/spaces/keys",
        &["spaces_key:create_credentials"],
        create,
    ),
    Route::new("GET", "/v2/spaces/keys/{access_key}", &["spaces_key:read"], get),
    Route::new(
        "PUT",
        "/v2/spaces/keys/{access_key}",
        &["spaces_key:update"],
        rename,
    ),
    Route::new(
        "PATCH",
        "/v2/spaces/keys/{access_key}",
        &["spaces_key:update"],
        rename,
    ),
    Route::new(
        "DELETE",
        "/v2/spaces/keys/{access_key}",
        &["spaces_key:delete"],
        delete,
    ),
];

const PERMISSIONS: [&str; 4] = ["read", "readwrite", "fullaccess", ""];
/// How many an account may have.
const LIMIT: usize = 200;

fn list(world: &mut World, call: &Call) -> Answer {
    if call.asked("sort").is_some() != call.asked("sort_direction").is_some() {
        return Err(Refusal::bad_request("sort and sort_direction go together"));
    }
    let granted = |row: &Value, field: &str, wanted: &str| {
        items(&row["grants"]).iter().any(|grant| grant[field] == wanted)
    };
    let mut rows: Vec<Value> = world
        .rows("spaces_keys")
        .iter()
        .filter(|row| call.asked("name").is_none_or(|name| row["name"] == name))
        .filter(|row| {
            call.asked("bucket")
                .is_none_or(|bucket| granted(row, "bucket", bucket))
        })
        .filter(|row| {
            call.asked("permission")
                .is_none_or(|wanted| granted(row, "permission", wanted))
        })
        .cloned()
        .collect();
    if let Some(field) = call.asked("sort") {
        rows.sort_by(|a, b| text(&a[field]).cmp(text(&b[field])));
        if call.asked("sort_direction") == Some("desc") {
            rows.reverse();
        }
    }
    Reply::pages("keys", rows)
}

/// The contract says a list below `keys`, its example and the service say `key`: both are given.
fn get(world: &mut World, call: &Call) -> Answer {
    let row = found(world.row("spaces_keys", call.parameter(0)))?.clone();
    Reply::bare(json!({"key": row, "keys": [row]}))
}

fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.needed("name")?;
    let grants = items(&call.body["grants"]);
    for grant in grants {
        if !PERMISSIONS.contains(&text(&grant["permission"])) {
            return Err(Refusal::bad_request("a grant's permission is unknown"));
        }
        if (grant["permission"] == "fullaccess") != text(&grant["bucket"]).is_empty() {
            return Err(Refusal::bad_request(
                "full access is granted to all buckets, anything else to one",
            ));
        }
    }
    if world.rows("spaces_keys").len() >= LIMIT {
        return Err(Refusal::unprocessable("the account has too many keys"));
    }
    let seed = world.new_id("SpacesKey");
    let access = format!(
        "DO00{}",
        sha256(seed.as_bytes())
            .to_uppercase()
            .chars()
            .take(16)
            .collect::<String>()
    );
    let row =
        json!({"name": name, "grants": grants, "access_key": access, "created_at": call.now.to_string()});
    world.add("spaces_keys", row.clone());
    let mut shown = row;
    shown["secret_key"] = json!(
        sha256(format!("secret/{seed}").as_bytes())
            .chars()
            .take(43)
            .collect::<String>()
    );
    Reply::with(StatusCode::CREATED, "key", shown)
}

fn rename(world: &mut World, call: &Call) -> Answer {
    let name = call.needed("name")?.to_owned();
    let row = found(world.row_mut("spaces_keys", call.parameter(0)))?;
    if call
        .body
        .get("grants")
        .is_some_and(|grants| *grants != row["grants"])
    {
        return Err(Refusal::bad_request("only the name of a key can be changed"));
    }
    row["name"] = json!(name);
    Reply::one("key", row.clone())
}

fn delete(world: &mut World, call: &Call) -> Answer {
    found(world.remove("spaces_keys", call.parameter(0)))?;
    Reply::nothing()
}
