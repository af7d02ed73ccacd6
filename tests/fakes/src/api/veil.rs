//! Fields that an answer shows only to tokens with a second scope.

use crate::tokens::Scopes;
use serde_json::Value;

/// Object in the answer, field, scope.
const VEILED: [(&str, &str, &str); 5] = [
    ("kubernetes_cluster", "vpc_uuid", "vpc:read"),
    ("kubernetes_cluster", "tags", "tag:read"),
    ("node_pool", "tags", "tag:read"),
    ("firewall", "droplet_ids", "droplet:read"),
    ("firewall", "tags", "tag:read"),
];

/// Takes out of a body what the token may not see.
pub(crate) fn hide(body: &mut Value, scopes: &Scopes) {
    let Some(members) = body.as_object_mut() else {
        return;
    };
    for (key, value) in members.iter_mut() {
        let kind = key.strip_suffix('s').unwrap_or(key);
        match value {
            Value::Array(rows) if key.ends_with('s') => {
                for row in rows {
                    hide_in(row, kind, scopes);
                }
            }
            row => hide_in(row, key, scopes),
        }
    }
}

fn hide_in(row: &mut Value, kind: &str, scopes: &Scopes) {
    let Some(members) = row.as_object_mut() else {
        return;
    };
    for (of, field, scope) in VEILED {
        if of == kind && !scopes.allow(scope) {
            members.shift_remove(field);
        }
    }
    if let Some(pools) = members.get_mut("node_pools").and_then(Value::as_array_mut) {
        for pool in pools {
            hide_in(pool, "node_pool", scopes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_needs_a_second_scope_is_not_there_without_it() {
        let shown = json!({"kubernetes_clusters": [
            {"id": "1", "vpc_uuid": "v", "tags": ["a"], "node_pools": [{"id": "2", "tags": ["b"]}]}
        ]});
        let mut body = shown.clone();
        hide(&mut body, &Scopes::All);
        assert_eq!(body, shown);
        hide(&mut body, &Scopes::names(&["kubernetes:read", "vpc:read"]));
        assert_eq!(
            body,
            json!({"kubernetes_clusters": [{"id": "1", "vpc_uuid": "v", "node_pools": [{"id": "2"}]}]})
        );
        let mut body = json!({"firewall": {"id": "1", "droplet_ids": [1], "tags": ["a"]}});
        hide(&mut body, &Scopes::names(&["firewall:read"]));
        assert_eq!(body, json!({"firewall": {"id": "1"}}));
    }
}
