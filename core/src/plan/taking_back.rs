//! What takes a recorded deed back, and how dangerous that is. A journal is a file, and files are written by anybody: it says what
//! was done, never what may be done now. What no remediation does, no rollback does either.

use super::account::hazard;
use super::deed::{Deed, Undo, stays};
use super::floor::{FIRST_PASSWORD, MANAGER, NEVER_DELETED, risk};
use super::journal::{Ended, Recorded};
use super::meaning::meaning;
use crate::findings::FixAction;
use crate::policy::Risk;
use crate::value::{Value, ValueExt, patch};

const UNSAID: &str = "this journal does not say how it is undone";

/// A deed that takes another back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// What is done.
    pub deed: Deed,
    /// Its least risk.
    pub risk: Risk,
    /// What must be known besides.
    pub caution: Option<String>,
}

/// What takes a recorded step back. `live` is the target as it is now, `before` as it will be when the turn comes: once later
/// steps on it are taken back.
///
/// # Errors
///
/// In words, why it stays.
pub fn taking_back(
    recorded: &Recorded,
    live: Option<&Value>,
    before: Option<&Value>,
) -> Result<TakenBack, String> {
    let intent = &recorded.intent;
    let done = &intent.deed;
    if let Undo::None(why) = &intent.undo {
        return Err(why.clone());
    }
    // Of what no run does, no run has kept a journal.
    risk(done).map_err(|never| format!("no run has done that: {never}"))?;
    let deed = opposite(done, &intent.undo, intent.before.is_none()).ok_or(UNSAID)?;
    let certain = |risk| TakenBack {
        deed: deed.clone(),
        risk: Risk::Disruptive.max(risk),
        caution: None,
    };
    if deed.action == FixAction::KubernetesDelete {
        return made(recorded, live).map(|own| TakenBack {
            caution: (!own).then(|| {
                "the run ended before it could say which object it made: this one may be somebody else's"
                    .to_owned()
            }),
            ..certain(if own {
                floor_of_kind(done)
            } else {
                Risk::Destructive
            })
        });
    }
    let least = match risk(&deed) {
        Ok(least) => least,
        // As it was before it may be more open than it is ever made to be: only whoever names it gets that.
        Err(_) if deed.in_spaces() => Risk::Destructive,
        Err(never) => return Err(never.to_string()),
    };
    if deed.target.kind.ends_with("NetworkPolicy") {
        // What it admitted before, the journal alone says.
        return Ok(TakenBack {
            caution: Some(
                "whom it admits afterwards, nothing but this journal says: look at it closely".to_owned(),
            ),
            ..certain(Risk::Destructive)
        });
    }
    let least = least.max(hazard(&deed, live));
    if undoes(&deed, done, before) {
        return Ok(certain(least));
    }
    Ok(TakenBack {
        caution: Some("it changes more than what the run did: look at it closely".to_owned()),
        ..certain(Risk::Destructive)
    })
}

/// The deed of the opposite kind, to the same target; `None` where the undo is no such thing. `new`: there was nothing before.
fn opposite(done: &Deed, undo: &Undo, new: bool) -> Option<Deed> {
    let to_same = |action, data| Deed {
        action,
        target: done.target.clone(),
        data,
    };
    let patches = matches!(
        done.action,
        FixAction::KubernetesPatch | FixAction::KubernetesLabel | FixAction::KubernetesAnnotate
    );
    match undo {
        Undo::Delete if done.action == FixAction::KubernetesCreate && new => {
            Some(to_same(FixAction::KubernetesDelete, Value::new_object()))
        }
        Undo::Patch(operations) if patches => {
            Some(to_same(FixAction::KubernetesPatch, patch::to_value(operations)))
        }
        Undo::Deed(deed) if deed.target == done.target && opposes(done, deed) => Some(Deed::clone(deed)),
        _ => None,
    }
}

fn opposes(done: &Deed, deed: &Deed) -> bool {
    let wanted = match done.action {
        FixAction::FirewallAddRules => FixAction::FirewallRemoveRules,
        FixAction::FirewallRemoveRules => FixAction::FirewallAddRules,
        FixAction::ClusterUpdate
        | FixAction::NodePoolUpdate
        | FixAction::BucketAcl
        | FixAction::BucketLifecycle
        | FixAction::BucketVersioning
        | FixAction::ProjectAssign => done.action,
        _ => return false,
    };
    deed.action == wanted && deed.cluster() == done.cluster()
}

/// Whether it takes back that deed and nothing else: done once more, the deed makes it again what it is.
fn undoes(deed: &Deed, done: &Deed, before: Option<&Value>) -> bool {
    let undone = deed.done_to(before).ok().flatten();
    let again = undone.and_then(|undone| done.done_to(Some(&undone)).ok().flatten());
    again.as_ref().map(meaning) == before.map(meaning)
}

/// Whether the object is proven to be the one that the run made; `Err` where it is not deleted, whoever asks for it.
fn made(recorded: &Recorded, live: Option<&Value>) -> Result<bool, String> {
    let target = &recorded.intent.deed.target;
    let kind = target.kind.as_str();
    // As journals of earlier versions would have it.
    if kind == "Namespace" {
        return Err(stays(target));
    }
    if NEVER_DELETED.contains(&kind) {
        return Err(format!("no remediation deletes a {kind}"));
    }
    if kind == "Secret" && target.name != FIRST_PASSWORD {
        return Err(format!("no remediation deletes a Secret but {FIRST_PASSWORD}"));
    }
    let own = live.and_then(|live| live.text_at(&["metadata", "uid"]));
    let managers = live.map_or(&[][..], |live| live.items_at(&["metadata", "managedFields"]));
    if !managers
        .iter()
        .any(|one| one.text_at(&["manager"]) == Some(MANAGER))
    {
        return Err(format!("nothing in {target} says that envcheck made it"));
    }
    match &recorded.ended {
        Some(Ended::Done { uid: Some(uid), .. }) if own == Some(uid.as_str()) => Ok(true),
        Some(Ended::Done { uid: Some(_), .. }) => Err(format!("{target} was made anew since")),
        Some(Ended::Done { uid: None, .. }) => {
            Err(format!("the journal does not say which {target} the run made"))
        }
        // Nobody knows which one: the run ended before it could be said.
        Some(Ended::Failed(_)) | None => Ok(false),
    }
}

/// What it risks to make it, it risks to take it away: rights, and what everybody's requests mean.
fn floor_of_kind(done: &Deed) -> Risk {
    risk(done).unwrap_or(Risk::Destructive)
}
