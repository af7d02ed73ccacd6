//! How a cluster is entered: with credentials of the machine, with those that the account hands out, or with the former where the latter
//! do not open it. One order for all that looks into the declared cluster, or makes and removes things in it.

use super::account::Account;
use super::ended::Ended;
use super::target::{TargetChoice, Way};
use crate::clients::kubernetes::Access;
use envcheck_core::inventory::declared_cluster::DeclaredCluster;
use envcheck_core::source::Diagnostic;

/// How a cluster is entered, once the account was asked for credentials.
pub(super) enum Ways {
    /// There is one way.
    One(Access),
    /// The first, or why there is none; and where that does not open it, the second.
    Two(Result<Access, Vec<Diagnostic>>, Access),
}

/// Asks the account for credentials, where they are to be had there.
pub(super) async fn ways(
    way: &Way,
    account: &Account,
    declared: Option<&DeclaredCluster>,
    choice: &TargetChoice,
) -> Result<Ways, Ended> {
    Ok(match way {
        Way::Own(access) => Ways::One(access.clone()),
        Way::FromDigitalOcean => Ways::One(account.grant(declared, choice.timeout).await?),
        Way::FromDigitalOceanOr(own) => {
            let granted = match account.grant(declared, choice.timeout).await {
                Ok(access) => Ok(access),
                Err(Ended::Refused(why)) => Err(why),
                Err(interrupted) => return Err(interrupted),
            };
            Ways::Two(granted, own.clone())
        }
    })
}

/// That no way leads into the cluster: what was tried, and what came of it.
pub(super) fn neither(first: Vec<Diagnostic>, own: &Access, second: Ended) -> Ended {
    let Ended::Refused(second) = second else {
        return second;
    };
    let tell = |way: String| {
        move |why: Diagnostic| Diagnostic {
            message: format!("{way}: {}", why.message),
            ..why
        }
    };
    let own = match own {
        Access::Kubeconfig {
            context: Some(context),
            ..
        } => format!("context {context}"),
        Access::Kubeconfig { .. } => "the current context".to_owned(),
        Access::InCluster | Access::Granted(_) => "the service account of this Pod".to_owned(),
    };
    let first = first.into_iter().map(tell(
        "the cluster cannot be entered with credentials of the account".to_owned(),
    ));
    let second = second
        .into_iter()
        .map(tell(format!("nor with {own}, as the spec says")));
    Ended::Refused(first.chain(second).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_tried_is_told_with_what_came_of_it() {
        let first = vec![Diagnostic::new("its authority is none").hint("ask DigitalOcean")];
        let own = Access::Kubeconfig {
            file: None,
            context: Some("stage".to_owned()),
        };
        let second = Diagnostic::new("no context is called stage").hint("see kubectl config get-contexts");
        let Ended::Refused(told) = neither(first.clone(), &own, second.into()) else {
            panic!("it is refused");
        };
        let told: Vec<(String, Option<String>)> =
            told.into_iter().map(|one| (one.message, one.hint)).collect();
        let line = |words: &str, hint: &str| (words.to_owned(), Some(hint.to_owned()));
        assert_eq!(
            told,
            [
                line(
                    "the cluster cannot be entered with credentials of the account: its authority is none",
                    "ask DigitalOcean"
                ),
                line(
                    "nor with context stage, as the spec says: no context is called stage",
                    "see kubectl config get-contexts"
                ),
            ]
        );
        // Whoever stopped it has not been refused.
        let stopped = neither(first, &own, Ended::Interrupted(Vec::new()));
        assert!(matches!(stopped, Ended::Interrupted(_)));
    }
}
