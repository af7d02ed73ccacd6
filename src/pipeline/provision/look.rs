//! What is known beside the account's own lists before anything is planned: buckets, journals, the specs beside this one, and which keys
//! the cluster's Secrets hold.

use super::cluster::{Progress, progress};
use super::plan::{ToProvision, cluster_row, declares_cluster};
use super::seen::{self, Entrance};
use crate::collect::specs;
use crate::pipeline::account_hand::AccountHand;
use crate::pipeline::ended::Ended;
use crate::pipeline::proofs::proofs;
use envcheck_core::provision::account::{addresses_of_others, in_no_own_project, key_places};
use envcheck_core::provision::{self, Provenance, declared_by_each};
use envcheck_core::spec::Spec;
use envcheck_core::value::ValueExt;

impl AccountHand {
    /// Since when there are the buckets that a run was about to make, and never heard of. Where Spaces does not tell, it is asked whose
    /// they are.
    pub(super) fn age_of_buckets(
        &self,
        wanted: &ToProvision,
        provenance: &Provenance,
        account: &mut provision::Account,
    ) -> Result<(), Ended> {
        let declared = wanted.spec.environment.spec.digitalocean.as_ref();
        let spaces = declared.and_then(|declared| declared.spaces.as_ref());
        let mut buckets = spaces.into_iter().flat_map(|spaces| &spaces.buckets);
        if !buckets.any(|bucket| provenance.proofs.was_begun(bucket.name.as_str())) {
            return Ok(());
        }
        if let Ok(Ok(rows)) = self.buckets().map(|buckets| self.wait(buckets.listed())) {
            account.rows.insert("spaces.buckets".to_owned(), rows);
        }
        if wanted.interrupt.is_cancelled() {
            return Err(Ended::Interrupted(Vec::new()));
        }
        Ok(())
    }

    /// In which of the account's projects what is declared is, where that is not the declared one.
    pub(super) fn look_in_projects(
        &self,
        spec: &Spec,
        account: &mut provision::Account,
    ) -> Result<(), Ended> {
        if !in_no_own_project(spec, account) {
            return Ok(());
        }
        let projects = account.rows("projects").iter();
        let projects = projects.filter_map(|row| row.text_at(&["id"]).map(ToOwned::to_owned));
        let projects: Vec<String> = projects.collect();
        let open = self.open_account()?;
        let rows = self.answered(open.resources_of(&projects))?;
        account
            .rows
            .insert("digitalocean.project_resources".to_owned(), rows);
        Ok(())
    }

    /// Whether a bucket exists, and what it is like.
    pub(super) fn look_for(&self, bucket: &str, account: &mut provision::Account) {
        let mut exists = match self.buckets() {
            Ok(buckets) => self.wait(buckets.exists(bucket)),
            Err(why) => Err(why),
        };
        if let (Ok(true), Ok(buckets)) = (&exists, self.buckets()) {
            match self.wait(buckets.settings(bucket)) {
                Ok(read) => account.put_bucket(bucket, read),
                Err(why) => exists = Err(why),
            }
        }
        account.buckets.insert(bucket.to_owned(), exists);
    }
}

/// What journals and the specs beside this one say of whose things are, and what of these cannot be read.
pub(super) fn surroundings(
    wanted: &ToProvision,
    account: &mut provision::Account,
) -> Result<(Provenance, Vec<String>), Ended> {
    let spec = &wanted.spec;
    let (proofs, unkept) = proofs(&wanted.journals, spec.name())?;
    let (others, unread) = specs::beside(spec);
    // What a spec that shows a snapshot declares, nobody makes.
    let others: Vec<&Spec> = others
        .iter()
        .filter(|other| other.name() != spec.name() && other.value.at(&["target", "snapshot"]).is_none())
        .collect();
    account.declared_by_others = addresses_of_others(others.iter().copied());
    let unkept = unkept.iter().map(|(run, why)| {
        format!("the journal of run {run} cannot be read ({why}): what it alone proves has to be adopted")
    });
    let unread = unread
        .iter()
        .map(|file| format!("{file} cannot be read as a spec: what addresses it declares is not known"));
    let notes = unkept.chain(unread).collect();
    let provenance = Provenance {
        proofs,
        elsewhere: declared_by_each(others),
    };
    Ok((provenance, notes))
}

/// Whether the Secrets of the declared keys hold them. Without a cluster there are none; one that the account is not said to have is
/// there.
pub(super) fn look_for_keys(
    wanted: &ToProvision,
    account: &mut provision::Account,
    entrance: &mut Entrance,
) -> Result<(), Ended> {
    let places = key_places(&wanted.spec);
    let runs = match cluster_row(&wanted.spec, account) {
        Some(row) => progress(Some(row)) == Progress::Running,
        None => !declares_cluster(&wanted.spec),
    };
    if runs && !places.is_empty() {
        account.key_places = seen::key_places(wanted, &places, entrance)?;
    }
    Ok(())
}
