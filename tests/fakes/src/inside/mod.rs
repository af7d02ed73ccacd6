//! What stands inside the cluster of [`World::stage`](crate::World::stage), for an API server that has nothing yet: the
//! objects in `tests/fixtures/stage-live`, certificates for their hosts, and what a kubelet says of their Pods.

mod certificates;
mod pods;
mod settling;

pub use certificates::tls_secret;
pub use pods::running;
pub use settling::settle;

use envcheck_test_cluster::Cluster;
use std::time::{Duration, Instant};

/// How long the API server may take to serve a new kind.
const LIMIT: Duration = Duration::from_secs(30);
/// The kinds that are no part of Kubernetes.
const KINDS: &str = include_str!("../../../fixtures/stage-live/kinds.yaml");
/// Everything else, by subject.
const OBJECTS: [&str; 4] = [
    include_str!("../../../fixtures/stage-live/applications.yaml"),
    include_str!("../../../fixtures/stage-live/argocd.yaml"),
    include_str!("../../../fixtures/stage-live/ingress.yaml"),
    include_str!("../../../fixtures/stage-live/monitoring.yaml"),
];
/// Namespace, Secret and host of each certificate.
const CERTIFICATES: [(&str, &str, &str); 2] = [
    ("b2b", "b2b-stage-example-com-tls", "b2b.stage.example.com"),
    ("front-web", "stage-example-com-tls", "stage.example.com"),
];

/// The text of an object as it should be, which is called like `StatefulSet back/keydb`.
pub fn stage_object(place: &str) -> Option<&'static str> {
    let (kind, id) = place.split_once(' ')?;
    let (namespace, name) = id.split_once('/')?;
    let head = format!("kind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}");
    let mut documents = OBJECTS.iter().flat_map(|text| text.split("\n---\n"));
    documents.find(|text| text.contains(&head))
}

/// Makes STAGE of a cluster, or makes it right again where its objects were changed; what was added stays.
///
/// # Errors
/// What kubectl said.
pub fn furnish(cluster: &Cluster) -> Result<(), String> {
    cluster.apply(KINDS)?;
    cluster.answer(&["wait", "--for=condition=Established", "crd", "--all"])?;
    let mut texts = OBJECTS.map(str::to_owned).to_vec();
    for (namespace, name, host) in CERTIFICATES {
        texts.push(tls_secret(namespace, name, host, -30, 60)?);
    }
    let text = texts.join("\n---\n");
    let begun = Instant::now();
    // A kind is established a moment before it is served.
    loop {
        match cluster.apply(&text) {
            Err(why) if why.contains("no matches for kind") && begun.elapsed() < LIMIT => {
                std::thread::sleep(Duration::from_millis(100));
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_by_kind_and_name() {
        assert!(stage_object("StatefulSet back/keydb").is_some_and(|text| text.contains("--requirepass")));
        assert!(stage_object("Service back/keydb").is_some_and(|text| text.contains("clusterIP: None")));
        assert_eq!(stage_object("Service back/web"), None);
    }
}
