//! Load balancers of exposed Services as they are declared, beside what the account has.

use super::Account;
use super::rows::{DeclaredRow, id};
use crate::provision::steps::of_account;
use crate::spec::{LoadBalancerType, Spec};
use crate::value::{Value, ValueExt, object};
use std::collections::BTreeMap;

pub(super) fn of_balancers(
    spec: &Spec,
    account: &Account,
    balancers: &BTreeMap<(String, String), String>,
    all: &mut Vec<DeclaredRow>,
) {
    for exposure in &spec.environment.spec.exposure {
        let Some(own) = balancers.get(exposure.service.meaning()) else {
            continue;
        };
        let mut rows = account.rows("load_balancers").iter();
        let live = rows.find(|row| id(row) == Some(own));
        let kind = match exposure.load_balancer.kind {
            LoadBalancerType::Regional => "REGIONAL",
            LoadBalancerType::RegionalNetwork => "REGIONAL_NETWORK",
        };
        let units = exposure.load_balancer.size_unit;
        let units = units.map(|units| ("size_unit", Value::from(u64::from(units))));
        let name = live.and_then(|row| row.text_at(&["name"])).unwrap_or(own);
        all.push(DeclaredRow {
            target: of_account("LoadBalancer", name, Some(own)),
            declared: object([("type", Value::from(kind))].into_iter().chain(units)),
            live: live.cloned(),
            by: &["digitalocean.load_balancers"],
        });
    }
}
