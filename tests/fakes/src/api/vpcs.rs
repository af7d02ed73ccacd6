//! Networks, their members and peerings.

use super::{Route, catalogue, copy, found};
use crate::World;
use crate::http::{Answer, Call, Refusal, Reply};
use crate::world::text;
use http::StatusCode;
use ipnet::Ipv4Net;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/v2/vpcs", &["vpc:read"], list),
    Route::new("POST", "/v2/vpcs", &["vpc:create"], create),
    Route::new("GET", "/v2/vpcs/{vpc_id}", &["vpc:read"], get),
    Route::new("PUT", "/v2/vpcs/{vpc_id}", &["vpc:update"], update),
    Route::new("PATCH", "/v2/vpcs/{vpc_id}", &["vpc:update"], patch),
    Route::new("DELETE", "/v2/vpcs/{vpc_id}", &["vpc:delete"], delete),
    Route::new("GET", "/v2/vpcs/{vpc_id}/members", &["vpc:read"], members),
    Route::new(
        "GET",
        "/v2/vpcs/{vpc_id}/peerings",
        &["vpc_peering:read"],
        peerings,
    ),
    Route::new(
        "POST",
        "/v2/vpcs/{vpc_id}/peerings",
        &["vpc_peering:create"],
        peer,
    ),
    Route::new(
        "PATCH",
        "/v2/vpcs/{vpc_id}/peerings/{vpc_peering_id}",
        &["vpc_peering:update"],
        rename_peering,
    ),
];

/// Collections whose rows live in a network: name of the collection, of its kind in resource names.
const MEMBERS: [(&str, &str); 3] = [
    ("droplets", "droplet"),
    ("load_balancers", "loadbalancer"),
    ("kubernetes_clusters", "kubernetes"),
];

fn list(world: &mut World, _: &Call) -> Answer {
    Reply::pages("vpcs", world.rows("vpcs").to_vec())
}

fn get(world: &mut World, call: &Call) -> Answer {
    Reply::one("vpc", found(world.row("vpcs", call.parameter(0)))?.clone())
}

fn create(world: &mut World, call: &Call) -> Answer {
    let (name, region) = (call.needed("name")?, call.needed("region")?);
    if !catalogue::is_region(region) {
        return Err(Refusal::unprocessable("region is invalid"));
    }
    if world.named("vpcs", name).is_some() {
        return Err(Refusal::unprocessable("a VPC with this name already exists"));
    }
    let range = match call.text("ip_range") {
        Some(range) => checked(world, range)?,
        None => free_range(world)?,
    };
    let id = world.new_id("VPC");
    let first = !world.rows("vpcs").iter().any(|vpc| vpc["region"] == region);
    let row = json!({
        "id": id,
        "urn": format!("do:vpc:{id}"),
        "name": name,
        "description": call.text("description").unwrap_or_default(),
        "region": region,
        "ip_range": range.to_string(),
        "created_at": call.now.to_string(),
        "default": first,
    });
    world.add("vpcs", row.clone());
    Reply::with(StatusCode::CREATED, "vpc", row)
}

/// A range that is private, of an allowed size and free.
fn checked(world: &World, range: &str) -> Result<Ipv4Net, Refusal> {
    let range: Ipv4Net = range
        .parse()
        .map_err(|_| Refusal::unprocessable("ip_range is not a valid CIDR"))?;
    if !(16..=28).contains(&range.prefix_len()) || range.trunc() != range {
        return Err(Refusal::unprocessable(
            "ip_range must be a network between /16 and /28",
        ));
    }
    if !range.network().is_private() || !range.broadcast().is_private() {
        return Err(Refusal::unprocessable(
            "ip_range must be within the private ranges of RFC 1918",
        ));
    }
    if overlaps(world, range) {
        return Err(Refusal::unprocessable(
            "This range/size overlaps with another VPC network in your account",
        ));
    }
    Ok(range)
}

fn overlaps(world: &World, range: Ipv4Net) -> bool {
    world.rows("vpcs").iter().any(|vpc| {
        text(&vpc["ip_range"])
            .parse::<Ipv4Net>()
            .is_ok_and(|own| own.contains(&range) || range.contains(&own))
    })
}

fn free_range(world: &World) -> Result<Ipv4Net, Refusal> {
    (0..16)
        .filter_map(|part| format!("10.116.{}.0/20", part * 16).parse().ok())
        .find(|range| !overlaps(world, *range))
        .ok_or_else(|| Refusal::unprocessable("no range is free"))
}

fn update(world: &mut World, call: &Call) -> Answer {
    call.needed("name")?;
    patch(world, call)
}

fn patch(world: &mut World, call: &Call) -> Answer {
    let id = call.parameter(0);
    let region = found(world.row("vpcs", id))?["region"].clone();
    let taken = call.text("name").and_then(|name| world.named("vpcs", name));
    if taken.is_some_and(|other| other["id"] != id) {
        return Err(Refusal::unprocessable("a VPC with this name already exists"));
    }
    if call.body["default"] == true {
        for other in world
            .rows_mut("vpcs")
            .iter_mut()
            .filter(|vpc| vpc["region"] == region)
        {
            other["default"] = json!(false);
        }
    }
    let row = found(world.row_mut("vpcs", id))?;
    copy(row, &call.body, &["name", "description"]);
    if call.body["default"] == true {
        row["default"] = json!(true);
    }
    Reply::one("vpc", row.clone())
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let id = call.parameter(0);
    if found(world.row("vpcs", id))?["default"] == true {
        return Err(Refusal::forbidden("Can not delete default VPC"));
    }
    if !of(world, id).is_empty() {
        return Err(Refusal::forbidden("Can not delete VPC with members"));
    }
    world.remove("vpcs", id);
    Reply::nothing()
}

/// The members of a network.
fn of(world: &World, vpc: &str) -> Vec<Value> {
    MEMBERS
        .iter()
        .flat_map(|(collection, kind)| {
            world
                .rows(collection)
                .iter()
                .filter(move |row| row["vpc_uuid"] == vpc)
                .map(move |row| {
                    let id = row["id"]
                        .as_str()
                        .map_or_else(|| row["id"].to_string(), str::to_owned);
                    json!({
                        "urn": format!("do:{kind}:{id}"),
                        "name": row["name"],
                        "created_at": row["created_at"],
                    })
                })
        })
        .collect()
}

fn members(world: &mut World, call: &Call) -> Answer {
    let id = call.parameter(0);
    found(world.row("vpcs", id))?;
    let mut rows = of(world, id);
    if let Some(kind) = call.asked("resource_type") {
        let prefix = format!("do:{}:", kind.replace('_', ""));
        rows.retain(|row| text(&row["urn"]).starts_with(&prefix));
    }
    Reply::pages("members", rows)
}

fn peerings(world: &mut World, call: &Call) -> Answer {
    let id = call.parameter(0);
    found(world.row("vpcs", id))?;
    let rows = world.rows("vpc_peerings").iter();
    let own = rows.filter(|row| super::holds(&row["vpc_ids"], id)).cloned();
    Reply::pages("peerings", own.collect())
}

fn peer(world: &mut World, call: &Call) -> Answer {
    let (id, other) = (call.parameter(0), call.needed("vpc_id")?);
    found(world.row("vpcs", id))?;
    found(world.row("vpcs", other))?;
    let row = json!({
        "id": world.new_id("VPCPeering"),
        "name": call.needed("name")?,
        "vpc_ids": [id, other],
        "created_at": call.now.to_string(),
        "status": "ACTIVE",
    });
    world.add("vpc_peerings", row.clone());
    Reply::with(StatusCode::ACCEPTED, "peering", row)
}

fn rename_peering(world: &mut World, call: &Call) -> Answer {
    let name = call.needed("name")?.to_owned();
    let row = found(world.row_mut("vpc_peerings", call.parameter(1)))?;
    row["name"] = json!(name);
    Reply::one("peering", row.clone())
}
