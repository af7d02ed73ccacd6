//! What is reported does not depend on the order in which objects are read.

use super::cluster::{ABOUT_TEMPLATES, lines, object, object_with_uid, run};
use envcheck_core::findings::{Finding, Verb};
use envcheck_core::value::Value;
use proptest::prelude::*;
use std::collections::BTreeSet;

const IMAGES: [&str; 3] = ["web:1", "web:latest", "old:latest"];

/// Deployments, ReplicaSets and Pods whose owners are right, forged, absent, or missing.
fn cluster() -> impl Strategy<Value = Vec<Value>> {
    let deployments = proptest::collection::vec(0usize..3, 2);
    let sets = proptest::collection::vec((0usize..4, 0usize..3), 0..4);
    let pods = proptest::collection::vec((0usize..6, 0usize..3, any::<bool>()), 0..7);
    (deployments, sets, pods).prop_map(|(deployments, sets, pods)| {
        let container = |image: usize| [("app", IMAGES[image])];
        let mut objects = Vec::new();
        for (index, image) in deployments.iter().enumerate() {
            objects.push(object(
                "Deployment",
                &format!("d{index}"),
                None,
                &container(*image),
            ));
        }
        for (index, (owner, image)) in sets.iter().enumerate() {
            let owner_name = format!("d{owner}");
            let owner = (*owner < 3).then_some(("Deployment", owner_name.as_str()));
            let name = format!("s{index}");
            objects.push(object("ReplicaSet", &name, owner, &container(*image)));
        }
        for (index, (owner, image, forged)) in pods.iter().enumerate() {
            let owner_name = format!("s{owner}");
            let uid = if *forged {
                "forged".to_owned()
            } else {
                format!("uid-{owner_name}")
            };
            let owner = (*owner < 5).then_some(("ReplicaSet", owner_name.as_str(), uid.as_str()));
            let name = format!("p{index}");
            objects.push(object_with_uid("Pod", &name, owner, &container(*image)));
        }
        objects
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn in_any_order_the_same_is_found(
        (objects, shuffled) in cluster().prop_flat_map(|objects| (Just(objects.clone()), Just(objects).prop_shuffle()))
    ) {
        let one = run(Verb::Audit, ABOUT_TEMPLATES, &objects);
        let other = run(Verb::Audit, ABOUT_TEMPLATES, &shuffled);
        prop_assert_eq!(lines(&one), lines(&other));
        let fingerprints: Vec<_> = one.findings.iter().map(Finding::fingerprint).collect();
        prop_assert_eq!(&fingerprints, &other.findings.iter().map(Finding::fingerprint).collect::<Vec<_>>());
        // Each finding is one finding.
        prop_assert_eq!(fingerprints.iter().collect::<BTreeSet<_>>().len(), fingerprints.len());
        // As many objects are judged wrong as without folding, and where one is wrong something is told.
        let apart = run(Verb::Check, ABOUT_TEMPLATES, &objects);
        prop_assert_eq!(one.policies[0].failed, apart.policies[0].failed);
        prop_assert_eq!(one.policies[0].passed, apart.policies[0].passed);
        prop_assert_eq!(one.findings.is_empty(), apart.findings.is_empty());
        prop_assert!(one.findings.len() <= apart.findings.len());
    }
}
