//! What there is in the account, as far as it may go; read as a whole, and again as far as one step hangs on it.

use super::guard::Guard;
use super::inside;
use super::plan::ToDestroy;
use crate::clients::digitalocean::RequestError;
use crate::collect::specs;
use crate::pipeline::account_hand::AccountHand;
use crate::pipeline::ended::Ended;
use envcheck_core::findings::FixAction;
use envcheck_core::plan::Deed;
use envcheck_core::provision::Proofs;
use envcheck_core::provision::account::PRICES;
use envcheck_core::provision::removal::{
    COLLECTIONS, Contents, INSIDE, Inside, Stock, bucket_names, declared_by, looked_into,
};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::ValueExt;

/// Reads everything; what is in a cluster that stays by the hand of a run that has `entered` it, if one has.
pub(super) fn surveyed(
    site: &AccountHand,
    wanted: &ToDestroy,
    proofs: &Proofs,
    entered: Option<&Guard>,
) -> Result<Stock, Ended> {
    if wanted.spec.environment.spec.digitalocean.is_none() {
        let mut stock = Stock::default();
        inside::look(wanted, &mut stock, proofs, entered)?;
        return Ok(stock);
    }
    let open = site.open_account()?;
    let (others, _) = specs::beside(&wanted.spec);
    let others = others.iter().filter(|other| {
        other.name() != wanted.spec.name() && other.value.at(&["target", "snapshot"]).is_none()
    });
    let mut stock = Stock {
        elsewhere: declared_by(others),
        ..Stock::default()
    };
    site.answered(open.survey(&mut stock.account.rows, &COLLECTIONS))?;
    for prices in PRICES {
        // Without them less is told of what things cost, and no more.
        let listed = site.wait(open.survey(&mut stock.account.rows, &[prices]));
        if let Err(RequestError::Cancelled) = listed {
            return Err(Ended::Interrupted(Vec::new()));
        }
    }
    let inside = looked_into(&wanted.spec, &stock, proofs);
    look_into(site, &mut stock, &inside, &INSIDE)?;
    for bucket in bucket_names(&wanted.spec, proofs) {
        look_for(site, &mut stock, &bucket);
    }
    inside::look(wanted, &mut stock, proofs, entered)?;
    Ok(stock)
}

/// Reads once more what a step hangs on; of everything else is believed what is known.
pub(super) fn again(
    (site, entered): (&AccountHand, Option<&Guard>),
    wanted: &ToDestroy,
    proofs: &Proofs,
    deed: &Deed,
    stock: &mut Stock,
) -> Result<(), Ended> {
    if deed.in_cluster() {
        return inside_again(entered, deed, stock);
    }
    if deed.action == FixAction::BucketDelete {
        look_for(site, stock, &deed.target.name);
        return Ok(());
    }
    let (lists, inside): (&[&str], &[&str]) = match deed.action {
        FixAction::ClusterDestroy => (
            &["digitalocean.kubernetes_clusters", "digitalocean.load_balancers"],
            &["digitalocean.kubernetes_associated_resources"],
        ),
        FixAction::FirewallDelete => (&["digitalocean.firewalls", "digitalocean.droplets"], &[]),
        FixAction::LoadBalancerDelete => (
            &["digitalocean.kubernetes_clusters", "digitalocean.load_balancers"],
            &[],
        ),
        FixAction::RegistryDelete => (
            &["digitalocean.kubernetes_clusters", "digitalocean.registries"],
            &[],
        ),
        FixAction::VolumeDelete => (&["digitalocean.kubernetes_clusters", "digitalocean.volumes"], &[]),
        FixAction::VpcDelete => (&["digitalocean.vpcs"], &["digitalocean.vpc_members"]),
        FixAction::ProjectDelete => (&["digitalocean.projects"], &["digitalocean.project_resources"]),
        _ => (deed.collections(), &[]),
    };
    self::lists(site, stock, lists)?;
    let ids = looked_into(&wanted.spec, stock, proofs);
    look_into(site, stock, &ids, inside)
}

/// Reads once more whether it is still there: that is asked often, so nothing else is.
pub(super) fn still(
    (site, entered): (&AccountHand, Option<&Guard>),
    deed: &Deed,
    stock: &mut Stock,
) -> Result<(), Ended> {
    if deed.in_cluster() {
        return inside_again(entered, deed, stock);
    }
    if deed.action == FixAction::BucketDelete {
        look_for(site, stock, &deed.target.name);
        return Ok(());
    }
    lists(site, stock, deed.collections())
}

/// An object is read by the hand that removes it.
fn inside_again(entered: Option<&Guard>, deed: &Deed, stock: &mut Stock) -> Result<(), Ended> {
    let entered = entered.ok_or_else(|| "the cluster was not entered".to_owned());
    let read = entered.and_then(|guard| guard.again(deed, stock));
    read.map_err(|why| Diagnostic::new(format!("{} cannot be looked at: {why}", deed.target)).into())
}

/// Reads some lists once more.
pub(super) fn lists(site: &AccountHand, stock: &mut Stock, collections: &[&str]) -> Result<(), Ended> {
    let open = site.open_account()?;
    site.answered(open.survey(&mut stock.account.rows, collections))
}

fn look_into(
    site: &AccountHand,
    stock: &mut Stock,
    inside: &Inside,
    collections: &[&str],
) -> Result<(), Ended> {
    let open = site.open_account()?;
    for collection in collections {
        let rows = match *collection {
            "digitalocean.kubernetes_associated_resources" => {
                site.answered(open.hanging_on(&inside.clusters))?
            }
            "digitalocean.vpc_members" => site.answered(open.members_of(&inside.vpcs))?,
            _ => site.answered(open.resources_of(&inside.projects))?,
        };
        stock.account.rows.insert((*collection).to_owned(), rows);
    }
    Ok(())
}

fn look_for(site: &AccountHand, stock: &mut Stock, bucket: &str) {
    let found = site
        .buckets()
        .and_then(|buckets| site.wait(buckets.holds_anything(bucket)));
    let contents = found.map(|found| match found {
        None => Contents::Absent,
        Some(false) => Contents::Empty,
        Some(true) => Contents::Objects,
    });
    stock.buckets.insert(bucket.to_owned(), contents);
}
