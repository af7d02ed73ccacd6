//! Where in an owner's object a field of what it owns was written: a Pod's `spec.containers[name=web].image` in the
//! template of its Deployment.

use crate::path::{FieldPath, PathElement};

/// The path in an object of kind `top` to which `path` in an owned object of `kind` goes back. `None` when nobody wrote it
/// there: what the cluster adds to the owned object alone (status, ephemeral containers), and what no template has.
pub(super) fn counterpart(kind: &str, top: &str, path: &FieldPath) -> Option<FieldPath> {
    let key = |position: usize| match path.0.get(position) {
        Some(PathElement::Key(key)) => Some(key.as_str()),
        _ => None,
    };
    let prefix: &[&str] = match (kind, top, key(0)?, key(1)) {
        ("Pod", _, "spec", Some("ephemeralContainers")) => return None,
        ("Pod", "CronJob", "spec", _) | ("Pod", "CronJob", "metadata", Some("labels" | "annotations")) => {
            &["spec", "jobTemplate", "spec", "template"]
        }
        // The labels of a ReplicaSet are those of the template.
        ("Pod", _, "spec", _)
        | ("Pod", _, "metadata", Some("labels" | "annotations"))
        | ("ReplicaSet", "Deployment", "metadata", Some("labels")) => &["spec", "template"],
        // Its annotations are the Deployment's.
        (
            "ReplicaSet",
            "Deployment",
            "spec",
            None | Some("template" | "selector" | "replicas" | "minReadySeconds"),
        )
        | ("ReplicaSet", "Deployment", "metadata", Some("annotations")) => &[],
        ("Job", "CronJob", "spec", _) | ("Job", "CronJob", "metadata", Some("labels" | "annotations")) => {
            &["spec", "jobTemplate"]
        }
        _ => return None,
    };
    let elements = prefix.iter().map(|key| PathElement::Key((*key).to_owned()));
    Some(FieldPath(elements.chain(path.0.iter().cloned()).collect()))
}

/// The container that a path leads into, when it names one of the lists that templates have.
pub(super) fn container(path: &FieldPath) -> Option<&str> {
    path.0.windows(2).find_map(|pair| match pair {
        [PathElement::Key(list), PathElement::Where { key, value }]
            if matches!(list.as_str(), "containers" | "initContainers") && key == "name" =>
        {
            Some(value.as_str())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn path(steps: &[&str]) -> FieldPath {
        let steps: Vec<Value> = steps.iter().map(|step| Value::from(*step)).collect();
        FieldPath::resolve(&steps, &Value::Undefined)
    }

    fn found(kind: &str, top: &str, steps: &[&str]) -> Option<String> {
        counterpart(kind, top, &path(steps)).map(|path| path.to_string())
    }

    #[test]
    fn fields_of_pods_go_back_to_the_template() {
        let image = ["spec", "containers", "name=web", "image"];
        for (top, expected) in [
            ("Deployment", "spec.template.spec.containers[name=web].image"),
            ("StatefulSet", "spec.template.spec.containers[name=web].image"),
            (
                "CronJob",
                "spec.jobTemplate.spec.template.spec.containers[name=web].image",
            ),
        ] {
            assert_eq!(found("Pod", top, &image).as_deref(), Some(expected));
        }
        assert_eq!(
            found("Pod", "DaemonSet", &["metadata", "labels", "app"]).as_deref(),
            Some("spec.template.metadata.labels.app")
        );
        assert_eq!(container(&path(&image)), Some("web"));
        assert_eq!(container(&path(&["spec", "volumes", "name=web"])), None);
    }

    #[test]
    fn what_the_cluster_adds_goes_back_to_nothing() {
        for steps in [
            &["spec", "ephemeralContainers", "name=debug"][..],
            &["status", "phase"],
            &["metadata", "ownerReferences"],
            &["metadata"],
        ] {
            assert_eq!(found("Pod", "Deployment", steps), None, "{steps:?}");
        }
        assert_eq!(found("ReplicaSet", "Deployment", &["status"]), None);
        assert_eq!(found("Job", "Deployment", &["spec"]), None);
    }

    #[test]
    fn controllers_between_keep_what_they_copied() {
        for (kind, top, steps, expected) in [
            (
                "ReplicaSet",
                "Deployment",
                &["spec", "template", "spec"][..],
                "spec.template.spec",
            ),
            (
                "ReplicaSet",
                "Deployment",
                &["metadata", "labels", "a"],
                "spec.template.metadata.labels.a",
            ),
            (
                "ReplicaSet",
                "Deployment",
                &["metadata", "annotations", "a"],
                "metadata.annotations.a",
            ),
            (
                "Job",
                "CronJob",
                &["spec", "backoffLimit"],
                "spec.jobTemplate.spec.backoffLimit",
            ),
            (
                "Job",
                "CronJob",
                &["metadata", "labels", "a"],
                "spec.jobTemplate.metadata.labels.a",
            ),
        ] {
            assert_eq!(found(kind, top, steps).as_deref(), Some(expected));
        }
    }
}
