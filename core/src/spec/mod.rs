//! temporary
use crate::{
    path::FieldPath,
    source::{Diagnostic, Place},
    value::{Value, ValueExt},
};
/// x
#[derive(Debug)]
pub struct Spec {
    /// x
    pub value: Value,
}
impl Spec {
    /// x
    pub fn place(&self, _p: &FieldPath) -> Option<Place> {
        None
    }
    /// x
    pub fn cluster_subnets(&self) -> Vec<ipnet::IpNet> {
        vec![]
    }
    /// x
    pub fn policy_ids(&self) -> Vec<(String, Option<Place>)> {
        vec![]
    }
}
/// x
pub fn load(
    path: &str,
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<Spec, Vec<Diagnostic>> {
    let bytes = read(path).map_err(|e| vec![Diagnostic::new(e)])?;
    let source = crate::yaml::decode(path, &bytes).map_err(|e| vec![e])?;
    let doc = crate::yaml::documents(&source, &crate::yaml::Limits::default())
        .next()
        .ok_or_else(Vec::new)?
        .map_err(|e| vec![e])?;
    let mut v = doc.value.field("spec").cloned().unwrap_or_else(Value::new_object);
    let set = |v: &mut Value, p: &[&str], x: Value| {
        let mut cur = v;
        for k in p {
            if cur.field(k).is_none() {
                if let Ok(o) = cur.as_object_mut() {
                    o.insert(Value::from(*k), Value::new_object());
                }
            }
            if let Ok(o) = cur.as_object_mut() {
                match o.get_mut(&Value::from(*k)) {
                    Some(n) => cur = n,
                    None => return,
                }
            } else {
                return;
            }
        }
        *cur = x;
    };
    set(
        &mut v,
        &["name"],
        doc.value
            .at(&["metadata", "name"])
            .cloned()
            .unwrap_or(Value::Null),
    );
    set(
        &mut v,
        &["systemNamespaces"],
        Value::from_json_str(r#"{"names":["kube-node-lease","kube-public","kube-system"],"allow":[]}"#)
            .unwrap_or(Value::Null),
    );
    if let Some(s) = v.text_at(&["target", "snapshot"]) {
        let p = std::path::Path::new(path).parent().map(|p| p.join(s));
        if let Some(p) = p {
            set(
                &mut v,
                &["target", "snapshot"],
                Value::from(p.display().to_string()),
            );
        }
    }
    if v.at(&["digitalocean", "registry"]).is_some() {
        set(
            &mut v,
            &["digitalocean", "registry", "storageLimitBytes"],
            Value::from(5_368_709_120_u64),
        );
        set(
            &mut v,
            &["digitalocean", "registry", "warnAtRatio"],
            Value::from(0.8),
        );
    }
    Ok(Spec { value: v })
}
/// x
pub fn json_schema() -> serde_json::Value {
    serde_json::Value::Null
}
