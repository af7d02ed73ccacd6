//! What a plan of what has to be made was made for: whoever carries it out later looks whether it is still that.

use crate::plan::PlannedCluster;
use crate::value::{Value, ValueExt, object, text_or_null};

/// The account and the cluster that a plan saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MadeFor {
    /// The id of the team, or of the account where it tells of no team; `None` where the token may not ask.
    pub account: Option<String>,
    /// The cluster of the environment; `None` where none stood. Of one that nobody had to enter, only the id is known.
    pub cluster: Option<PlannedCluster>,
}

impl MadeFor {
    /// Why a plan that was made for this may not be carried out on `now`; `makes_it`, whether the plan itself makes the cluster.
    pub(super) fn objection(&self, now: &Self, makes_it: bool) -> Option<String> {
        match (&self.account, &now.account) {
            (Some(then), Some(is)) if then != is => {
                return Some(format!(
                    "it was made for the account {then}, and this one is {is}"
                ));
            }
            (None, Some(is)) => {
                return Some(format!(
                    "it does not say for which account it was made, and this one is {is}"
                ));
            }
            _ => {}
        }
        match (&self.cluster, &now.cluster) {
            (Some(then), Some(is)) => (!same(then, is)).then(|| {
                format!(
                    "it was made for {}, and what is called so now is another: {}",
                    words(then),
                    words(is)
                )
            }),
            (Some(then), None) => Some(format!("it was made for {}, which is not there", words(then))),
            (None, Some(is)) if !makes_it => Some(format!(
                "no cluster stood when it was made, it makes none, and now there is {}",
                words(is)
            )),
            (None, _) => None,
        }
    }

    pub(super) fn to_value(&self) -> Value {
        let cluster = self.cluster.as_ref();
        object([
            ("account", text_or_null(self.account.as_deref())),
            ("cluster", cluster.map_or(Value::Null, PlannedCluster::to_value)),
        ])
    }

    pub(super) fn from_value(value: &Value) -> Self {
        let cluster = value.field("cluster").filter(|cluster| **cluster != Value::Null);
        Self {
            account: value.text_at(&["account"]).map(ToOwned::to_owned),
            cluster: cluster.map(PlannedCluster::from_value),
        }
    }
}

/// Whether one is the other, by all that is known of both; what was known and cannot be told any more is not the same, unless the
/// account's id is.
fn same(then: &PlannedCluster, now: &PlannedCluster) -> bool {
    let ids = (&then.id, &now.id);
    let differ = matches!(ids, (Some(then), Some(now)) if then != now);
    let equal = matches!(ids, (Some(then), Some(now)) if then == now);
    !differ
        && match (&then.uid, &now.uid) {
            (Some(then), Some(now)) => then == now,
            _ => equal,
        }
}

fn words(cluster: &PlannedCluster) -> String {
    let known = [("id", &cluster.id), ("kube-system", &cluster.uid)];
    let known: Vec<String> = known
        .iter()
        .filter_map(|(what, id)| Some(format!("{what} {}", id.as_deref()?)))
        .collect();
    let name = &cluster.name;
    if known.is_empty() {
        format!("cluster {name}")
    } else {
        format!("cluster {name} ({})", known.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(id: Option<&str>, uid: Option<&str>) -> MadeFor {
        MadeFor {
            account: Some("t1".to_owned()),
            cluster: Some(PlannedCluster {
                name: "stage".to_owned(),
                uid: uid.map(ToOwned::to_owned),
                id: id.map(ToOwned::to_owned),
            }),
        }
    }

    #[test]
    fn a_plan_for_one_cluster_is_none_for_another_of_its_name() {
        let then = cluster(Some("c1"), Some("u1"));
        let none = MadeFor {
            account: Some("t1".to_owned()),
            cluster: None,
        };
        for (now, why) in [
            (then.clone(), None),
            // It could not be entered, and the account says that it is the same.
            (cluster(Some("c1"), None), None),
            // By a context, whose account was not asked.
            (cluster(None, Some("u1")), None),
            (cluster(Some("c2"), Some("u1")), Some("(id c2, kube-system u1)")),
            (cluster(Some("c1"), Some("u2")), Some("kube-system u2")),
            (cluster(None, Some("u2")), Some("is another")),
            (cluster(None, None), Some("is another")),
            (none.clone(), Some("which is not there")),
            (
                MadeFor {
                    account: Some("t2".to_owned()),
                    ..then.clone()
                },
                Some("made for the account t1, and this one is t2"),
            ),
        ] {
            let found = then.objection(&now, false);
            match (&found, why) {
                (None, None) => {}
                (Some(found), Some(why)) => assert!(found.contains(why), "{found}"),
                _ => panic!("{now:?}: {found:?}"),
            }
        }
        // The cluster that the plan makes may be there already, since its run was cut short.
        assert_eq!(none.objection(&then, true), None);
        assert!(none.objection(&then, false).unwrap().contains("it makes none"));
        assert_eq!(none.objection(&none, false), None);
        // Whoever may not ask whose account it is knows less, and no more than that.
        let unasked = MadeFor {
            account: None,
            ..then.clone()
        };
        assert_eq!(then.objection(&unasked, false), None);
        // Who did not say it could have been of any other.
        let why = unasked.objection(&then, false).unwrap();
        assert!(why.contains("does not say for which account"), "{why}");
        for one in [then, none, unasked] {
            assert_eq!(MadeFor::from_value(&one.to_value()), one);
        }
    }
}
