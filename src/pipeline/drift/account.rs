//! The account's side: what the spec declares of it, beside its rows.

use super::comparison::Comparison;
use envcheck_core::drift::{Found, Rules, Said, THE_SPEC, Thing};
use envcheck_core::findings::drift::NotCompared;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::policy::PolicyIds;
use envcheck_core::provision::Account;
use envcheck_core::provision::account::{LOOKED_AT, rows};
use envcheck_core::spec::Spec;
use envcheck_core::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// By which a Service knows its load balancer.
const BALANCER: &str = "kubernetes.digitalocean.com/load-balancer-id";

/// The collections that are looked at.
pub(super) fn collections(spec: &Spec) -> BTreeMap<String, PolicyIds> {
    let declared = spec.environment.spec.digitalocean.as_ref();
    let spaces = declared.is_some_and(|declared| declared.spaces.is_some());
    let wanted = LOOKED_AT
        .into_iter()
        .filter(|name| spaces || !name.starts_with("spaces."));
    wanted.map(|name| (name.to_owned(), PolicyIds::new())).collect()
}

/// Compares. Where only some namespaces are wanted, the account is not.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    if !comparison.wanted.namespaces.is_empty() || comparison.spec.environment.spec.digitalocean.is_none() {
        return;
    }
    let account = Account {
        rows: comparison.seen.rows.clone(),
        ..Account::default()
    };
    let balancers = balancers(comparison);
    let (declared, beside) = rows(comparison.spec, &account, &balancers);
    let mut unread: BTreeMap<(String, String), Vec<ResourceRef>> = BTreeMap::new();
    let scaled = BTreeMap::new();
    let rules = Rules {
        declared: &comparison.spec.environment.spec.drift.ignore_differences,
        applications: &[],
        scaled: &scaled,
        marks: &[],
        one_key: true,
    };
    for row in declared {
        let gaps = row
            .by
            .iter()
            .filter_map(|name| comparison.seen.inventory.collection_gap(name));
        let mut services = balancers.iter();
        let own =
            services.find(|(_, id)| row.target.kind == "LoadBalancer" && row.target.id.as_ref() == Some(*id));
        if let Some(((namespace, name), _)) = own {
            let service = ResourceRef::kubernetes("v1", "Service", Some(namespace), name);
            comparison.halves.insert(row.target.clone(), service);
        }
        let mut unknown = false;
        for gap in gaps {
            unknown = true;
            let why = format!("{}: {}", gap.reason, gap.detail);
            let things = unread.entry((gap.subject.to_string(), why)).or_default();
            things.push(row.target.clone());
        }
        if unknown {
            continue;
        }
        let thing = Thing {
            target: row.target,
            declared: Some(Said {
                value: row.declared,
                place: THE_SPEC.to_owned(),
            }),
            committed: None,
            live: row.live.map_or(Found::Absent, Found::There),
            applied: None,
        };
        comparison.take(&thing, thing.compared(&rules));
    }
    for target in beside {
        comparison.left_over(target);
    }
    comparison
        .less
        .extend(unread.into_iter().map(|((what, why), things)| NotCompared {
            what,
            why,
            count: things.len(),
            things,
        }));
}

/// The load balancer that each exposed Service says is its own.
fn balancers(comparison: &Comparison<'_>) -> BTreeMap<(String, String), String> {
    let exposed = comparison.spec.environment.spec.exposure.iter();
    let own = exposed.filter_map(|exposure| {
        let (namespace, name) = exposure.service.meaning();
        let key = (
            String::new(),
            "Service".to_owned(),
            Some(namespace.clone()),
            name.clone(),
        );
        let (_, service): &(_, Value) = comparison.seen.objects.get(&key)?;
        let id = service.text_at(&["metadata", "annotations", BALANCER])?;
        Some(((namespace.clone(), name.clone()), id.to_owned()))
    });
    own.collect()
}
