//! Who delivers an object that a step would change, and whether a change would last.

use crate::inventory::ResourceRef;
use crate::inventory::view::manager;
use crate::plan::Keeper;
use crate::value::{Value, ValueExt};

const INSTANCE: &str = "app.kubernetes.io/instance";
const HELM: &str = "meta.helm.sh/release-name";

/// Who delivers the object, as far as it and the applications of Argo CD say.
pub fn keeper(reference: &ResourceRef, object: &Value, applications: &[Value]) -> Keeper {
    let manager = manager(reference, object);
    let name = manager.text_at(&["name"]).unwrap_or_default();
    match manager.text_at(&["type"]) {
        Some("argocd") => argo(name, applications),
        Some("helm") => tracked_by_label(object, applications)
            .map_or_else(|| Keeper::Helm(name.to_owned()), |name| argo(name, applications)),
        _ => tracked_by_label(object, applications).map_or(Keeper::Nobody, |name| argo(name, applications)),
    }
}

/// Why a change of this object would not last: an application with selfHeal delivers it. Asked when a step is planned, when its turn
/// comes, and when it is taken back.
pub fn healed(reference: &ResourceRef, object: &Value, applications: &[Value]) -> Option<String> {
    match keeper(reference, object, applications) {
        Keeper::ArgoCd {
            application,
            self_heal: true,
            ..
        } => Some(format!(
            "Argo CD application {application} has selfHeal and would take it back within seconds: change it in Git"
        )),
        _ => None,
    }
}

/// Argo CD's other method of tracking. Whether it is in use, the object does not say; an application of that name is reason
/// enough to take it so. What Helm itself installed says so in an annotation.
fn tracked_by_label<'o>(object: &'o Value, applications: &[Value]) -> Option<&'o str> {
    if object.text_at(&["metadata", "annotations", HELM]).is_some() {
        return None;
    }
    let name = object.text_at(&["metadata", "labels", INSTANCE])?;
    applications
        .iter()
        .any(|one| one.text_at(&["metadata", "name"]) == Some(name))
        .then_some(name)
}

/// The application that a tracking id names; of several that may be meant, one that takes back what others change.
pub fn application<'a>(name: &str, applications: &'a [Value]) -> Option<&'a Value> {
    let is = |one: &&Value| {
        let own = |key: &str| one.text_at(&["metadata", key]).unwrap_or_default();
        // `NAMESPACE_NAME` where applications live in namespaces of their own; else any namespace may be Argo CD's.
        match name.rsplit_once('_') {
            Some((namespace, bare)) => own("name") == bare && own("namespace") == namespace,
            None => own("name") == name,
        }
    };
    let mut all = applications.iter().filter(is);
    let first = all.clone().next();
    all.find(|one| heals(one)).or(first)
}

/// Whether it syncs by itself.
fn syncs(application: &Value) -> bool {
    let automated = application.at(&["spec", "syncPolicy", "automated"]);
    let automated = automated.filter(|one| one.as_object().is_ok());
    automated.is_some_and(|one| one.field("enabled") != Some(&Value::from(false)))
}

/// Whether it takes back what others change.
fn heals(application: &Value) -> bool {
    let heal = application.at(&["spec", "syncPolicy", "automated", "selfHeal"]);
    syncs(application) && heal.is_some_and(ValueExt::is_true)
}

fn argo(name: &str, applications: &[Value]) -> Keeper {
    let found = application(name, applications);
    Keeper::ArgoCd {
        application: name.to_owned(),
        // Of one that is not there to be asked, the worst is taken.
        automated: found.is_none_or(syncs),
        self_heal: found.is_none_or(heals),
    }
}

/// The controller that owns it, at which it has to be mended.
pub(super) fn controller(object: &Value) -> Option<String> {
    let owners = object.items_at(&["metadata", "ownerReferences"]);
    let owner = owners
        .iter()
        .find(|owner| owner.field("controller").is_some_and(ValueExt::is_true))?;
    let text = |key: &str| owner.text_at(&[key]).unwrap_or("?");
    Some(format!("{} {}", text("kind"), text("name")))
}

/// True for what DOKS itself keeps in the cluster.
pub(super) fn of_doks(object: &Value) -> bool {
    object.text_at(&["metadata", "labels", "doks.digitalocean.com/managed"]) == Some("true")
}
