//! What goes and what stays, by a survey of the account and by the journals; nothing is changed.

use super::backups;
use super::guard;
use super::stock::surveyed;
use crate::apply::journal::JournalPlace;
use crate::pipeline::account::NONE_DECLARED;
use crate::pipeline::account_hand::{AccountHand, is_captured, undeclared};
use crate::pipeline::ended::Ended;
use crate::pipeline::proofs;
use crate::pipeline::target::TargetChoice;
use envcheck_core::findings::FixAction;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::path::{FieldPath, PathElement};
use envcheck_core::plan::journal;
use envcheck_core::plan::{PlannedCluster, Removal, Removing, Staying};
use envcheck_core::provision::Proofs;
use envcheck_core::provision::elsewhere::is_marked;
use envcheck_core::provision::removal::{Choice, removal};
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use envcheck_core::value::Value;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// What is to be destroyed, and how it is reached.
#[derive(Debug, Clone)]
pub struct ToDestroy {
    /// The environment.
    pub spec: Spec,
    /// What the command line says of reaching it.
    pub target: TargetChoice,
    /// The real time at the start.
    pub started: Timestamp,
    /// Where the runs are kept that made it.
    pub journals: JournalPlace,
    /// What goes beside what goes anyway.
    pub choice: Choice,
    /// The UIDs of clusters that are no more, as the user says: of what was made in them nothing is left.
    pub gone: Vec<String>,
    /// Whether it matters how old the newest backup is.
    pub without_backup: bool,
    /// Cancelled when the user wants the run to stop.
    pub interrupt: CancellationToken,
}

/// What goes and what stays. Nothing is changed.
pub fn plan_removal(wanted: &ToDestroy) -> Result<Removing, Ended> {
    allowed(wanted)?;
    let has_account = wanted.spec.environment.spec.digitalocean.is_some();
    if has_account && !wanted.gone.is_empty() {
        let problem = "nothing was removed: --gone is for an environment without an account; here that says which clusters there are";
        return Err(Diagnostic::new(problem).hint("leave it away").into());
    }
    let (proofs, unread) = proofs(wanted)?;
    if !has_account && proofs.are_of_account() {
        let hint = "its journals tell of things that were made in one: declare them under spec.digitalocean, so that they are looked for";
        return Err(undeclared(&wanted.spec).hint(hint).into());
    }
    let site = AccountHand::open_if_declared(&wanted.spec, &wanted.target, &wanted.interrupt)?;
    let stock = surveyed(&site, wanted, &proofs, None);
    site.end();
    let stock = stock?;
    if let (false, Some(Ok(marked))) = (has_account, &stock.marked) {
        is_gone(wanted, &marked.cluster)?;
        // What bears the mark proves it as well.
        let bears = |one: &Value| is_marked(one, wanted.spec.name());
        if !marked.objects.iter().any(bears) {
            made_here(&wanted.spec, &proofs, &marked.cluster)?;
        }
    }
    let mut plan = removal(&wanted.spec, &stock, &proofs, &wanted.choice, wanted.started);
    plan.staying.extend(unread);
    if !has_account {
        plan.notes.push(NONE_DECLARED.to_owned());
    }
    for uid in &wanted.gone {
        plan.notes.push(format!(
            "what was made in the cluster {uid} went with it, by --gone: it was not looked for"
        ));
    }
    plan.notes.extend(begun_before(wanted, &plan, &proofs)?);
    let mut destroyed = plan.steps.iter().map(|one| one.step.deed.action);
    if destroyed.any(|action| action == FixAction::ClusterDestroy) {
        if wanted.without_backup {
            let words = "it was not looked whether the newest backup is fresh (--without-backup)";
            plan.notes.push(words.to_owned());
        } else {
            plan.conflicts.extend(backups::stale(wanted)?);
        }
    }
    if let Some(at) = of_declared_cluster(wanted, &plan) {
        match guard::enter(wanted)? {
            Ok(guard) => guard.end(false),
            Err(why) => {
                if let Some(step) = plan.steps.get_mut(at) {
                    step.step.cautions.push(format!("{UNGUARDED}{why}"));
                }
            }
        }
    }
    Ok(plan)
}

/// How it is told that no Lease guards the run.
const UNGUARDED: &str =
    "it cannot be entered, so only the lock beside the journal keeps others from changing it meanwhile: ";

/// Whether a step says that its cluster cannot be entered.
pub(super) fn is_unguarded(step: &Removal) -> bool {
    step.step
        .cautions
        .iter()
        .any(|caution| caution.starts_with(UNGUARDED))
}

/// Where in the plan the declared cluster is that goes, and still has an API server.
pub(super) fn of_declared_cluster(wanted: &ToDestroy, plan: &Removing) -> Option<usize> {
    let declared = wanted
        .spec
        .environment
        .spec
        .digitalocean
        .as_ref()?
        .cluster
        .as_ref()?;
    plan.steps.iter().position(|one| {
        let deed = &one.step.deed;
        deed.action == FixAction::ClusterDestroy && deed.target.name == declared.name.as_str()
    })
}

/// That every step that is named is one of the plan, or was: whoever goes on after a run that was cut short says the same again, and what
/// is gone by then is told.
fn begun_before(wanted: &ToDestroy, plan: &Removing, proofs: &Proofs) -> Result<Vec<String>, Diagnostic> {
    let known = plan.known();
    let named = wanted.choice.named.iter();
    let unknown = named.filter(|id| !known.contains(&id.as_str()));
    let told = unknown.map(|id| {
        let Some((run, summary)) = proofs.began(id) else {
            let problem = format!("nothing was removed: there is no step {id}");
            return Err(Diagnostic::new(problem).hint("the id of each step stands in the plan"));
        };
        Ok(format!(
            "step {id} is none of this plan: run {run} had it ({summary})"
        ))
    });
    told.collect()
}

/// That the user takes no cluster for one that is no more which answers.
fn is_gone(wanted: &ToDestroy, here: &PlannedCluster) -> Result<(), Diagnostic> {
    if wanted.gone.is_empty() {
        return Ok(());
    }
    let Some(own) = &here.uid else {
        let problem = format!(
            "nothing was removed: whether {} is the cluster that --gone names is not known: the UID of Namespace kube-system could not be read",
            here.name
        );
        return Err(Diagnostic::new(problem).hint("let the credentials `get` Namespaces"));
    };
    if !wanted.gone.contains(own) {
        return Ok(());
    }
    let problem = format!(
        "nothing was removed: {} is there, and --gone says that it is no more",
        here.named()
    );
    Err(Diagnostic::new(problem).hint("leave that away"))
}

/// That a cluster in which nothing bears the mark is not the wrong one, as far as the journals know: in that one there would be nothing to remove, as if nothing were left.
fn made_here(spec: &Spec, proofs: &Proofs, here: &PlannedCluster) -> Result<(), Diagnostic> {
    let elsewhere = proofs.only_elsewhere(here);
    if elsewhere.is_empty() {
        return Ok(());
    }
    let uids = elsewhere.iter().filter_map(|cluster| cluster.uid.as_deref());
    let gone: Vec<String> = uids.map(|uid| format!("--gone {uid}")).collect();
    let made: Vec<String> = elsewhere.into_iter().map(PlannedCluster::named).collect();
    let problem = format!(
        "nothing was removed: by its journals what was made for {} is in {}, and {} is another cluster, in which nothing was",
        spec.name(),
        made.join(" and "),
        here.named()
    );
    Err(Diagnostic::new(problem).hint(format!(
        "name the cluster in which it was made: --context; where that is no more: {}",
        gone.join(" ")
    )))
}

/// That the spec lets it be destroyed at all.
fn allowed(wanted: &ToDestroy) -> Result<(), Ended> {
    let spec = &wanted.spec;
    if spec.environment.spec.protect {
        let problem = Diagnostic::new(format!(
            "{} is protected: nothing of it is destroyed",
            spec.name()
        ))
        .hint("take spec.protect away first, in a change that somebody reviews");
        let path = FieldPath(vec![PathElement::Key("protect".to_owned())]);
        return Err(match spec.place(&path) {
            Some(place) => problem.at(place),
            None => problem,
        }
        .into());
    }
    if is_captured(spec, &wanted.target) {
        return Err(Diagnostic::new(format!(
            "{} is read from a snapshot, and nothing of that can be destroyed",
            spec.name()
        ))
        .hint("name a running environment in the spec: target: {kubernetes: …}")
        .into());
    }
    Ok(())
}

/// What the journals prove, and those of them that could not be read: as long as there is one, nobody can say that nothing is left.
pub(super) fn proofs(wanted: &ToDestroy) -> Result<(Proofs, Vec<Staying>), Ended> {
    let (mut proofs, unread) = proofs::proofs(&wanted.journals, wanted.spec.name())?;
    for uid in &wanted.gone {
        if proofs.forget_cluster(uid).is_none() {
            let (name, journals) = (wanted.spec.name(), &wanted.journals);
            let problem =
                format!("nothing was removed: no journal tells of things made for {name} in a cluster {uid}");
            let hint = format!(
                "--gone takes the UID of a cluster's Namespace kube-system, as the plan shows it; journals were read in {journals}"
            );
            return Err(Diagnostic::new(problem).hint(hint).into());
        }
    }
    let unread = unread.into_iter().map(|(run, why)| Staying {
        target: ResourceRef::kubernetes(journal::API_VERSION, "Journal", None, &run),
        why: format!("it cannot be read ({why}): what it alone proves stays, and is not seen"),
        open: true,
        passing: false,
        billed: false,
        cents: None,
        step: None,
    });
    Ok((proofs, unread.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_without_an_account_is_not_removed_from_a_cluster_in_which_nothing_of_it_was_made() {
        let text =
            "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: dev}\nspec: {namespaces: []}\n";
        let spec = envcheck_core::spec::load("dev.yaml", &mut |_| Ok(text.as_bytes().to_vec())).unwrap();
        let made = |uid: &str| {
            let text = format!(
                r#"{{"apiVersion":"envcheck.dev/journal/v1","run":"r","environment":"dev","cluster":{{"name":"kind-{uid}","uid":"{uid}","id":null}},"started":"s","undoes":null,"steps":1}}
{{"phase":"intent","step":"a","summary":"s","deed":{{"action":"kubernetes.create","target":{{"apiVersion":"v1","kind":"Namespace","name":"web"}},"data":{{}}}},"before":null,"after":null,"undo":{{"none":"n"}}}}
{{"phase":"done","step":"a","after":null,"uid":"u"}}
"#
            );
            journal::read(&text).unwrap()
        };
        let here = |uid: Option<&str>| PlannedCluster {
            name: "test".to_owned(),
            uid: uid.map(ToOwned::to_owned),
            id: None,
        };
        let mut proofs = Proofs::of("dev");
        assert!(made_here(&spec, &proofs, &here(Some("b"))).is_ok());
        proofs.add(&made("a"));
        assert!(made_here(&spec, &proofs, &here(Some("a"))).is_ok());
        assert!(made_here(&spec, &proofs, &here(None)).is_ok());
        let refused = made_here(&spec, &proofs, &here(Some("b")))
            .unwrap_err()
            .one_line();
        let words =
            "what was made for dev is in kind-a (kube-system a), and test (kube-system b) is another cluster";
        assert!(refused.contains(words), "{refused}");
        proofs.add(&made("b"));
        assert!(made_here(&spec, &proofs, &here(Some("b"))).is_ok());
    }
}
