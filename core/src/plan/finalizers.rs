//! Finalizers: by which a controller keeps an object until it has done what belongs to its deletion.
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/>

/// With these the garbage collector does as it was told with the object's dependents.
const OF_GARBAGE: [&str; 2] = ["foregroundDeletion", "orphan"];
/// How those begin that end with what belongs to the object itself.
const OF_KUBERNETES: [&str; 3] = ["kubernetes.io/", "service.kubernetes.io/", "batch.kubernetes.io/"];

/// Whether only a controller that is not Kubernetes' own knows what goes with the object.
pub fn is_foreign(finalizer: &str) -> bool {
    !OF_GARBAGE.contains(&finalizer) && !OF_KUBERNETES.iter().any(|own| finalizer.starts_with(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_with_the_object_itself_is_kubernetes_own() {
        // The Job controller counts its Pods by it.
        for own in [
            "batch.kubernetes.io/job-tracking",
            "kubernetes.io/pvc-protection",
            "service.kubernetes.io/load-balancer-cleanup",
            "foregroundDeletion",
        ] {
            assert!(!is_foreign(own), "{own}");
        }
        for foreign in [
            "resources-finalizer.argocd.argoproj.io",
            "batch.kubernetes.io.example.com/x",
            "example.com/batch.kubernetes.io/",
        ] {
            assert!(is_foreign(foreign), "{foreign}");
        }
    }
}
