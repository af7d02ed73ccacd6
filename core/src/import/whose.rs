//! Which cluster of an account it is that was read.

use super::page::text;
use crate::source::Diagnostic;
use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// By what it is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The Droplets that the Nodes say they are.
    pub nodes: BTreeSet<u64>,
    /// The cluster's id, where whoever read it knew that.
    pub id: Option<String>,
}

/// The row of the cluster: that of this id, of this name, that whose Droplets the Nodes are, or the only one. `None` for an account
/// without any; an error where it is not clear, or another account's.
pub fn whose<'r>(
    clusters: &'r [Value],
    told: &Told,
    name: Option<&str>,
) -> Result<Option<&'r Value>, Diagnostic> {
    let Told { nodes, id } = told;
    let mut own = clusters.iter();
    if let Some(row) = own.find(|row| id.is_some() && row.text_at(&["id"]) == id.as_deref()) {
        match name {
            Some(name) if text(row, "name") != name => {
                if clusters.iter().any(|row| text(row, "name") == name) {
                    return Err(Diagnostic::new(format!(
                        "what was read is cluster {}, and not {name}",
                        text(row, "name")
                    ))
                    .hint("leave out --cluster, or name what was read of that cluster"));
                }
            }
            _ => return Ok(Some(row)),
        }
    }
    let named: Vec<&Value> = clusters
        .iter()
        .filter(|row| name.is_none_or(|name| text(row, "name") == name))
        .collect();
    if let (Some(name), true) = (name, named.is_empty()) {
        return Err(
            Diagnostic::new(format!("the account has no cluster called {name}")).hint(known(clusters)),
        );
    }
    let own: Vec<&Value> = named
        .iter()
        .filter(|row| !droplets(row).is_disjoint(nodes))
        .copied()
        .collect();
    match (named.as_slice(), own.as_slice()) {
        ([], _) => Ok(None),
        (_, [one]) => Ok(Some(*one)),
        ([one], []) if nodes.is_empty() => Ok(Some(*one)),
        (_, []) if nodes.is_empty() => Err(Diagnostic::new(format!(
            "the account has {} clusters, and nothing says which one is meant",
            named.len()
        ))
        .hint(format!("choose one with --cluster NAME: {}", known(clusters)))),
        (_, []) => Err(Diagnostic::new(match name {
            Some(name) => format!("the Nodes that were read are no Droplets of cluster {name}"),
            None => "the Nodes that were read are Droplets of no cluster of the account".to_owned(),
        })
        .hint(
            "use a token of the account that has the cluster, or name its context with --context; without a token, the cluster \
             alone is imported",
        )),
        (_, several) => Err(Diagnostic::new(format!(
            "the Nodes that were read are Droplets of {} clusters of the account",
            several.len()
        ))
        .hint(format!("choose one with --cluster NAME: {}", known(clusters)))),
    }
}

/// The Droplets of a cluster's node pools.
pub(super) fn droplets(cluster: &Value) -> BTreeSet<u64> {
    let pools = cluster.items_at(&["node_pools"]).iter();
    pools
        .flat_map(|pool| pool.items_at(&["nodes"]))
        .filter_map(|node| text(node, "droplet_id").parse().ok())
        .collect()
}

fn known(clusters: &[Value]) -> String {
    let names: BTreeSet<&str> = clusters.iter().map(|row| text(row, "name")).collect();
    let names: Vec<&str> = names.into_iter().collect();
    format!("its clusters are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clusters() -> Vec<Value> {
        Value::from_json_str(
            r#"[{"name": "dev", "node_pools": [{"nodes": [{"droplet_id": "1"}]}]},
                {"name": "stage", "node_pools": [{"nodes": [{"droplet_id": "2"}, {"droplet_id": "3"}]}]}]"#,
        )
        .unwrap()
        .items()
        .to_vec()
    }

    #[test]
    fn the_nodes_tell_the_cluster() {
        let rows = clusters();
        let of = |nodes: &[u64], name| {
            let told = Told {
                nodes: nodes.iter().copied().collect(),
                id: None,
            };
            let found = whose(&rows, &told, name);
            found
                .map(|row| row.map(|row| text(row, "name").to_owned()))
                .map_err(|why| why.message)
        };
        assert_eq!(of(&[3, 9], None), Ok(Some("stage".to_owned())));
        assert_eq!(of(&[], Some("dev")), Ok(Some("dev".to_owned())));
        for (nodes, name, part) in [
            (&[][..], None, "2 clusters"),
            (&[9], None, "no cluster of the account"),
            (&[1], Some("stage"), "no Droplets of cluster stage"),
            (&[1, 2], None, "2 clusters of the account"),
            (&[], Some("x"), "no cluster called x"),
        ] {
            let why = of(nodes, name).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
    }

    #[test]
    fn the_only_cluster_is_it_and_an_account_may_have_none() {
        let rows = clusters();
        let only = whose(&rows[..1], &Told::default(), None).unwrap();
        assert_eq!(only.map(|row| text(row, "name")), Some("dev"));
        let told = Told {
            nodes: BTreeSet::from([1]),
            id: None,
        };
        assert_eq!(whose(&[], &told, None).unwrap(), None);
    }

    #[test]
    fn an_id_tells_it_without_nodes_and_no_name_makes_it_another() {
        let rows =
            Value::from_json_str(r#"[{"id": "a", "name": "dev"}, {"id": "b", "name": "stage"}]"#).unwrap();
        let of = |id: &str, name| {
            let told = Told {
                id: Some(id.to_owned()),
                ..Told::default()
            };
            let found = whose(rows.items(), &told, name);
            found.map(|row| row.map(|row| text(row, "name").to_owned()))
        };
        assert_eq!(of("b", None).unwrap(), Some("stage".to_owned()));
        assert_eq!(of("b", Some("stage")).unwrap(), Some("stage".to_owned()));
        assert!(
            of("b", Some("dev"))
                .unwrap_err()
                .message
                .contains("cluster stage, and not dev")
        );
        assert!(
            of("b", Some("x"))
                .unwrap_err()
                .message
                .contains("no cluster called x")
        );
        // An id that the account does not have tells nothing.
        assert!(of("c", None).unwrap_err().message.contains("2 clusters"));
    }
}
