use crate::inventory::view::account::Unread;
use crate::inventory::view::{View, ViewBuilder};
use crate::inventory::{Declared, DeclaredRegistry, Lineage, OwnerIndex, identify};
use crate::value::{Value, ValueExt};
use rstest::rstest;

const HOST: &str = "registry.digitalocean.com/acme";

fn digest(byte: &str) -> String {
    format!("sha256:{}", byte.repeat(32))
}

/// An object of this kind; `spec` is what stands beside its template, or is the status of a Pod.
fn workload(kind: &str, name: &str, owner: Option<(&str, &str)>, image: &str, more: &str) -> String {
    let version = match kind {
        "Pod" => "v1",
        "Job" | "CronJob" => "batch/v1",
        _ => "apps/v1",
    };
    let owner = owner.map_or_else(String::new, |(kind, name)| {
        let version = if kind == "CronJob" || kind == "Job" {
            "batch/v1"
        } else {
            "apps/v1"
        };
        format!(r#","ownerReferences":[{{"apiVersion":"{version}","kind":"{kind}","name":"{name}"}}]"#)
    });
    let (metadata, more) = more.split_once('|').unwrap_or(("", more));
    let pod = format!(r#"{{"containers":[{{"name":"c","image":"{image}"}}]}}"#);
    let spec = match kind {
        "Pod" => pod,
        "CronJob" => format!(r#"{{"jobTemplate":{{"spec":{{"template":{{"spec":{pod}}}}}}}}}"#),
        _ => format!(
            r#"{{"template":{{"spec":{pod}}}{}{more}}}"#,
            if more.is_empty() { "" } else { "," }
        ),
    };
    let status = match kind {
        "Pod" if !more.is_empty() => format!(r#","status":{{{more}}}"#),
        _ => String::new(),
    };
    format!(
        r#"{{"apiVersion":"{version}","kind":"{kind}","metadata":{{"name":"{name}","namespace":"back"{metadata}{owner}}},"spec":{spec}{status}}}"#
    )
}

/// A Pod's status in which its container runs this digest.
fn runs(repository: &str, byte: &str) -> String {
    format!(
        r#""containerStatuses":[{{"name":"c","imageID":"{HOST}/{repository}@{}"}}]"#,
        digest(byte)
    )
}

fn manifest(byte: &str, tags: &[&str], children: &[&str]) -> String {
    let list = |items: &[&str]| {
        items
            .iter()
            .map(|item| format!("\"{item}\""))
            .collect::<Vec<_>>()
            .join(",")
    };
    let children: Vec<String> = children.iter().map(|byte| digest(byte)).collect();
    let children: Vec<&str> = children.iter().map(String::as_str).collect();
    format!(
        r#"{{"registry_name":"acme","repository":"web","digest":"{}","updated_at":"2026-11-01T00:00:00Z","tags":[{}],"blobs":[{{"digest":"{}","compressed_size_bytes":5}}],"children":[{}]}}"#,
        digest(byte),
        list(tags),
        digest("ff"),
        list(&children),
    )
}

fn view(objects: &[String], manifests: Option<&[String]>) -> Value {
    let mut view = ViewBuilder::default();
    let registry = DeclaredRegistry {
        name: "acme".to_owned(),
        keep_tags: 0,
        others: [].into(),
    };
    view.declare(Declared {
        registry: Some(registry),
        ..Declared::default()
    });
    let mut owners = OwnerIndex::default();
    for text in objects {
        let object = Value::from_json_str(text).unwrap();
        let (reference, _) = identify(&object).unwrap();
        if let Some(lineage) = Lineage::of(&reference, &object) {
            owners.learn(&reference, lineage);
        }
        view.absorb(&reference, &object, &owners);
    }
    for row in manifests.unwrap_or_default() {
        view.absorb_account(
            "digitalocean.registry_manifests",
            &Value::from_json_str(row).unwrap(),
        );
    }
    let registry = Value::from_json_str(r#"{"name":"acme","storage_usage_bytes":100}"#).unwrap();
    view.absorb_account("digitalocean.registries", &registry);
    let mut unread = Unread::default();
    if manifests.is_none() {
        unread
            .collections
            .insert("digitalocean.registry_manifests", "gone".to_owned());
    }
    let View { document, .. } = view.build(&owners, &unread);
    document
}

/// `image: workloads (desired)` of each.
fn users(document: &Value) -> Vec<String> {
    let images = document.items_at(&["images"]).iter();
    images
        .map(|image| {
            let users: Vec<&str> = image
                .items_at(&["workloads"])
                .iter()
                .filter_map(ValueExt::text)
                .collect();
            let desired = if image.field("desired").unwrap().is_true() {
                " desired"
            } else {
                ""
            };
            format!(
                "{}: {}{desired}",
                image.text_at(&["image"]).unwrap(),
                users.join(" ")
            )
        })
        .collect()
}

#[test]
fn images_are_those_of_templates_of_any_kind_and_of_what_these_own() {
    let objects = [
        workload("Deployment", "web", None, "web:2", r#""replicas":0"#),
        workload("ReplicaSet", "web-1", Some(("Deployment", "web")), "web:1", ""),
        workload(
            "Pod",
            "web-1-a",
            Some(("ReplicaSet", "web-1")),
            "web:injected",
            "",
        ),
        workload("CronJob", "nightly", None, "dump:1", ""),
        workload("Job", "nightly-1", Some(("CronJob", "nightly")), "dump:0", ""),
        workload("StatefulSet", "db", None, "web:2", ""),
        workload("Pod", "debug", None, "tools", ""),
    ];
    let expected = [
        "dump:0: back/nightly[CronJob]",
        "dump:1: back/nightly[CronJob] desired",
        "tools: back/debug[Pod] desired",
        "web:1: back/web[Deployment]",
        "web:2: back/db[StatefulSet] back/web[Deployment] desired",
        "web:injected: back/web[Deployment]",
    ];
    assert_eq!(users(&view(&objects, None)), expected);
    // Owners that come last change nothing.
    let mut reversed = objects.to_vec();
    reversed.reverse();
    assert_eq!(users(&view(&reversed, None)), expected);
}

#[test]
fn what_has_finished_uses_nothing() {
    let done = r#""conditions":[{"type":"Complete","status":"True"}]"#;
    let job = workload("Job", "once", None, "once:1", "");
    let job = job.replacen(r#","spec""#, &format!(r#","status":{{{done}}},"spec""#), 1);
    let pod = format!(r#""phase":"Succeeded",{}"#, runs("web", "aa"));
    let objects = [job, workload("Pod", "gone", None, "gone:1", &pod)];
    assert_eq!(users(&view(&objects, None)), [""; 0]);
}

#[test]
fn old_replica_sets_count_within_the_history_that_their_deployment_keeps() {
    let replica_set = |revision: u8, replicas: u8| {
        let metadata = format!(r#","annotations":{{"deployment.kubernetes.io/revision":"{revision}"}}"#);
        let name = format!("web-{revision}");
        let more = format!(r#"{metadata}|"replicas":{replicas}"#);
        workload(
            "ReplicaSet",
            &name,
            Some(("Deployment", "web")),
            &format!("web:{revision}"),
            &more,
        )
    };
    let of = |limit: &str| {
        let mut objects: Vec<String> = (1..=14).map(|revision| replica_set(revision, 0)).collect();
        objects[1] = replica_set(2, 1);
        objects.push(workload("Deployment", "web", None, "web:14", limit));
        let found = view(&objects, None);
        users(&found)
            .iter()
            .map(|line| line.split_once(": ").unwrap().0.to_owned())
            .collect::<Vec<_>>()
    };
    // The current one, the one before it, and one that still has Pods.
    assert_eq!(of(r#""revisionHistoryLimit":1"#), ["web:13", "web:14", "web:2"]);
    assert_eq!(of(r#""revisionHistoryLimit":0"#), ["web:14", "web:2"]);
    assert_eq!(of("").len(), 12, "the current one, ten before it, and revision 2");
}

#[rstest]
#[case::present("web:v1", Some("aa"), "present", Some("aa"))]
#[case::not_running("web:v1", None, "present", Some("aa"))]
#[case::moved("web:v1", Some("bb"), "moved", Some("aa"))]
#[case::moved_away_and_deleted("web:v1", Some("ee"), "moved", Some("aa"))]
#[case::no_tag("web:v9", None, "missing", None)]
#[case::no_repository("api:v1", None, "missing", None)]
#[case::the_tag_was_removed("web:v9", Some("bb"), "untagged", Some("bb"))]
#[case::another_tag_names_it("web:v9", Some("aa"), "missing", None)]
#[case::the_platform_of_an_index("web:multi", Some("dd"), "present", Some("cc"))]
#[case::latest("web", None, "missing", None)]
fn an_image_of_the_declared_registry_is_looked_up(
    #[case] image: &str,
    #[case] running: Option<&str>,
    #[case] status: &str,
    #[case] names: Option<&str>,
) {
    let image = format!("{HOST}/{image}");
    let ran = running.map(|byte| runs("web", byte)).unwrap_or_default();
    let pod = workload("Pod", "web", None, &image, &ran);
    let manifests = [
        manifest("aa", &["v1", "stable"], &[]),
        manifest("bb", &[], &[]),
        manifest("cc", &["multi"], &["dd"]),
        manifest("dd", &[], &[]),
    ];
    let found = view(&[pod], Some(&manifests));
    let record = &found.items_at(&["images"])[0];
    assert_eq!(record.text_at(&["status"]), Some(status), "{record}");
    assert_eq!(
        record.text_at(&["manifest", "digest"]),
        names.map(digest).as_deref()
    );
    let ran: Vec<&str> = record
        .items_at(&["running"])
        .iter()
        .filter_map(ValueExt::text)
        .collect();
    assert_eq!(
        ran,
        running.map(digest).iter().map(String::as_str).collect::<Vec<_>>()
    );
}

/// What runs, as a node tells it of an image of another registry.
fn pulled(byte: &str) -> String {
    format!(
        r#""phase":"Running","containerStatuses":[{{"name":"c","imageID":"docker.io/acme/web@{}"}}]"#,
        digest(byte)
    )
}

/// What runs is given by its digests; `?` is one that nobody tells.
#[rstest]
#[case::it_runs("web:1", "aa", Some("api web"))]
#[case::pinned("web@aa", "", Some("api web"))]
#[case::pinned_whatever_runs("web@aa", "ee", Some("api web"))]
#[case::a_part_of_an_index("web:1", "dd", Some("web"))]
#[case::no_tag_leads_to_it("web:1", "bb", Some(""))]
#[case::not_there("web:1", "ee", Some(""))]
#[case::twice_the_same("web:1", "aa aa", Some("api web"))]
#[case::two_of_one_name("web:1", "aa ee", None)]
#[case::one_that_nobody_knows("web:1", "aa ?", None)]
#[case::nothing_runs("web:1", "", None)]
fn copies_in_the_declared_registry_are_told_by_their_bytes(
    #[case] image: &str,
    #[case] running: &str,
    #[case] repositories: Option<&str>,
) {
    let image = match image.split_once('@') {
        Some((name, byte)) => format!("{name}@{}", digest(byte)),
        None => image.to_owned(),
    };
    let of_api = manifest("aa", &["v3"], &[]).replace(r#""repository":"web""#, r#""repository":"api""#);
    let manifests = [
        manifest("aa", &["v1"], &[]),
        of_api,
        manifest("bb", &[], &[]),
        manifest("cc", &["multi"], &["dd"]),
        manifest("dd", &[], &[]),
    ];
    let mut objects = vec![workload("Deployment", "web", None, &image, "")];
    for (number, byte) in running.split_whitespace().enumerate() {
        let status = match byte {
            "?" => r#""phase":"Running""#.to_owned(),
            byte => pulled(byte),
        };
        objects.push(workload("Pod", &format!("web-{number}"), None, &image, &status));
    }
    let copies = |manifests: Option<&[String]>| {
        let found = view(&objects, manifests);
        found.items_at(&["images"])[0].field("copies").cloned().unwrap()
    };
    let found = copies(Some(&manifests));
    let named = found.items_at(&["repositories"]).iter();
    let named: Vec<&str> = named.filter_map(ValueExt::text).collect();
    let named = (found != Value::Null).then(|| named.join(" "));
    assert_eq!(named.as_deref(), repositories, "{found}");
    assert_eq!(copies(None), Value::Null);
}

#[rstest]
#[case::tagged("@", "aa", "present")]
#[case::of_an_index("@", "dd", "present")]
#[case::untagged("@", "bb", "untagged")]
#[case::gone("@", "ee", "missing")]
#[case::beside_its_tag(":v1@", "aa", "present")]
#[case::beside_a_tag_that_moved(":v1@", "cc", "moved")]
fn a_digest_decides_over_a_tag(#[case] between: &str, #[case] byte: &str, #[case] status: &str) {
    let image = format!("{HOST}/web{between}{}", digest(byte));
    let manifests = [
        manifest("aa", &["v1"], &[]),
        manifest("bb", &[], &[]),
        manifest("cc", &["multi"], &["dd"]),
        manifest("dd", &[], &[]),
    ];
    let found = view(&[workload("Pod", "web", None, &image, "")], Some(&manifests));
    assert_eq!(found.items_at(&["images"])[0].text_at(&["status"]), Some(status));
}

/// What the index `cc` refers to could not be read: it may be any manifest of the repository.
#[rstest]
#[case::its_platform_runs("web:multi", Some("dd"), "unread")]
#[case::it_runs_itself("web:multi", Some("cc"), "present")]
#[case::what_runs_is_not_there_any_more("web:multi", Some("ee"), "moved")]
#[case::another_tag_leads_nowhere_else("web:v1", Some("dd"), "moved")]
#[case::its_tag_is_gone("web:v9", Some("dd"), "unread")]
#[case::no_such_tag("web:v9", None, "missing")]
#[case::pinned("web@dd", None, "unread")]
#[case::pinned_beside_its_tag("web:multi@aa", None, "unread")]
#[case::pinned_beside_another_tag("web:v1@cc", None, "moved")]
#[case::pinned_and_gone("web@ee", None, "missing")]
fn where_children_could_not_be_read_nothing_is_claimed(
    #[case] image: &str,
    #[case] running: Option<&str>,
    #[case] status: &str,
) {
    let image = match image.split_once('@') {
        Some((name, byte)) => format!("{HOST}/{name}@{}", digest(byte)),
        None => format!("{HOST}/{image}"),
    };
    let ran = running.map(|byte| runs("web", byte)).unwrap_or_default();
    let veiled = manifest("cc", &["multi"], &[]).replace(
        r#""children":[]"#,
        r#""children":null,"children_unread":"the registry refused the connection""#,
    );
    assert!(veiled.contains("children_unread"), "{veiled}");
    let manifests = [manifest("aa", &["v1"], &[]), veiled, manifest("dd", &[], &[])];
    let found = view(&[workload("Pod", "web", None, &image, &ran)], Some(&manifests));
    let record = &found.items_at(&["images"])[0];
    assert_eq!(record.text_at(&["status"]), Some(status), "{record}");
    let why = (status == "unread").then_some("the registry refused the connection");
    assert_eq!(record.text_at(&["why"]), why);
    let garbage = found.items_at(&["registries"])[0].field("garbage").unwrap();
    let doubts = garbage.items_at(&["why"]);
    assert!(
        doubts.contains(&Value::from("the registry refused the connection")),
        "{garbage}"
    );
}

#[test]
fn images_elsewhere_have_no_status_and_those_of_an_unread_registry_say_so() {
    let images = [
        format!("{HOST}/web:v1"),
        "registry.digitalocean.com/other/web:v1".to_owned(),
        "nginx".to_owned(),
        "$(IMAGE)".to_owned(),
    ];
    let numbered = images.iter().enumerate();
    let objects: Vec<String> = numbered
        .map(|(number, image)| workload("Pod", &format!("p{number}"), None, image, ""))
        .collect();
    let found = view(&objects, None);
    let shown: Vec<String> = found
        .items_at(&["images"])
        .iter()
        .map(|image| {
            format!(
                "{} {}",
                image.field("host").unwrap(),
                image.field("status").unwrap()
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "null null",
            "\"docker.io\" null",
            "\"registry.digitalocean.com\" \"unread\"",
            "\"registry.digitalocean.com\" null"
        ]
    );
    assert_eq!(
        found.items_at(&["registries"])[0].field("garbage"),
        Some(&Value::Null)
    );
}

#[test]
fn what_templates_name_what_runs_and_what_nodes_pulled_is_no_garbage() {
    let manifests = [
        manifest("aa", &["v1"], &[]),
        manifest("bb", &[], &[]),
        manifest("cc", &["old"], &[]),
        manifest("dd", &[], &[]),
    ];
    let objects = [
        workload("CronJob", "nightly", None, &format!("{HOST}/web:v1"), ""),
        workload("Pod", "web", None, &format!("{HOST}/web:v1"), &runs("web", "bb")),
        // Named otherwise by whoever wrote the Pod, and pulled from here.
        workload(
            "Pod",
            "mirrored",
            None,
            "mirror.acme.com/web:v1",
            &runs("web", "dd"),
        ),
    ];
    let found = view(&objects, Some(&manifests));
    let registry = &found.items_at(&["registries"])[0];
    let candidates: Vec<&str> = registry
        .items_at(&["garbage", "candidates"])
        .iter()
        .filter_map(|one| one.text_at(&["digest"]))
        .collect();
    assert_eq!(candidates, [digest("cc")]);
    assert_eq!(registry.at(&["garbage", "kept", "inUse"]), Some(&Value::from(3)));
    assert_eq!(registry.at(&["garbage", "complete"]), Some(&Value::from(true)));
    assert_eq!(registry.field("manifests"), Some(&Value::from(4)));
}

/// Status of a Pod that runs, with these members of its container's.
fn says(more: &str) -> String {
    format!(r#""phase":"Running","containerStatuses":[{{"name":"c"{more}}}]"#)
}

#[rstest]
#[case::without_a_digest("web:v1", &says(r#","imageID":"","state":{"running":{}}"#), false)]
#[case::without_an_id("web:v1", &says(r#","state":{"running":{}}"#), false)]
#[case::of_the_configuration("web:v1", &says(&format!(r#","imageID":"{}","ready":true"#, digest("aa"))), false)]
#[case::of_another_kind("web:v1", &says(r#","imageID":"registry.digitalocean.com/acme/web@sha512:00","started":true"#), false)]
#[case::beside_a_digest_that_is_none("web@sha256:00", &says(r#","imageID":"","ready":true"#), false)]
#[case::without_a_status("web:v1", r#""phase":"Running""#, false)]
#[case::known("web:v1", &format!(r#""phase":"Running",{}"#, runs("web", "aa")), true)]
#[case::named_by_its_digest(&format!("web@{}", digest("aa")), &says(r#","imageID":"","ready":true"#), true)]
#[case::waits("web:v1", &says(r#","imageID":"","state":{"waiting":{"reason":"ImagePullBackOff"}}"#), true)]
#[case::has_ended("web:v1", &says(r#","imageID":"","state":{"terminated":{"exitCode":0}}"#), true)]
#[case::starts("web:v1", &says(r#","imageID":"","ready":false,"started":false"#), true)]
#[case::has_finished(
    "web:v1",
    r#""phase":"Succeeded","containerStatuses":[{"name":"c","imageID":"","state":{"running":{}}}]"#,
    true
)]
#[case::pending("web:v1", r#""phase":"Pending""#, true)]
fn what_runs_and_nobody_knows_leaves_no_garbage_for_certain(
    #[case] image: &str,
    #[case] status: &str,
    #[case] complete: bool,
) {
    let pod = workload("Pod", "web", None, &format!("{HOST}/{image}"), status);
    let found = view(&[pod], Some(&[manifest("aa", &["v1"], &[])]));
    let garbage = found.items_at(&["registries"])[0].field("garbage").unwrap();
    assert_eq!(
        garbage.field("complete"),
        Some(&Value::from(complete)),
        "{garbage}"
    );
    let why = if complete {
        "[]"
    } else {
        r#"["no digest is told of what runs as container c of Pod back/web"]"#
    };
    assert_eq!(garbage.field("why").unwrap().to_string(), why);
    let known = found
        .items_at(&["images"])
        .iter()
        .all(|image| image.field("runningKnown").unwrap().is_true());
    assert_eq!(known, complete);
}

#[test]
fn of_many_pods_the_first_are_named_and_what_was_read_later_counts() {
    let quiet = says(r#","imageID":"","ready":true"#);
    let mut objects: Vec<String> = (1..=5)
        .map(|number| workload("Pod", &format!("web-{number}"), None, "web:v1", &quiet))
        .collect();
    objects.push(workload("Pod", "web-2", None, "web:v1", &runs("web", "aa")));
    let found = view(&objects, Some(&[]));
    let why = found.items_at(&["registries"])[0]
        .at(&["garbage", "why"])
        .unwrap();
    let expected = "no digest is told of what runs as container c of Pod back/web-1, container c of Pod back/web-3, container c of Pod back/web-4 and 1 more";
    assert_eq!(why.items(), [Value::from(expected)]);
}

/// A workload that mounts an image beside what its container runs.
fn mounting(kind: &str, name: &str, owner: Option<(&str, &str)>, image: &str, status: &str) -> String {
    let volumes =
        format!(r#""volumes":[{{"name":"data"}},{{"name":"model","image":{{"reference":"{image}"}}}}]"#);
    let text = workload(kind, name, owner, "tools", status);
    let changed = text.replacen(r#""containers":["#, &format!(r#"{volumes},"containers":["#), 1);
    assert_ne!(text, changed);
    changed
}

#[test]
fn images_mounted_as_volumes_are_used() {
    let manifests = [
        manifest("aa", &["v1"], &[]),
        manifest("bb", &[], &[]),
        manifest("cc", &["old"], &[]),
        manifest("dd", &[], &[]),
    ];
    let mounted = format!(
        r#""phase":"Running","containerStatuses":[{{"name":"c","imageID":"tools@{}","volumeMounts":[{{"name":"model","volumeStatus":{{"image":{{"imageRef":"{HOST}/web@{}"}}}}}}]}}]"#,
        digest("ff"),
        digest("dd")
    );
    let owned = format!("{HOST}/web@{}", digest("bb"));
    let objects = [
        mounting("Deployment", "model", None, &format!("{HOST}/web:v1"), ""),
        mounting("ReplicaSet", "model-1", Some(("Deployment", "model")), &owned, ""),
        mounting("Pod", "debug", None, &format!("{HOST}/web:v1"), &mounted),
    ];
    let found = view(&objects, Some(&manifests));
    let garbage = found.items_at(&["registries"])[0].field("garbage").unwrap();
    let candidates: Vec<&str> = garbage
        .items_at(&["candidates"])
        .iter()
        .filter_map(|one| one.text_at(&["digest"]))
        .collect();
    assert_eq!(candidates, [digest("cc")]);
    assert_eq!(garbage.field("why").unwrap().to_string(), "[]");
    let users = users(&found);
    let own = format!("{HOST}/web:v1: back/debug[Pod] back/model[Deployment] desired");
    assert!(users.contains(&own), "{users:#?}");
}

#[rstest]
#[case::by_a_tag(&format!("{HOST}/web:v1"), &["no digest is told of what runs as volume model of Pod back/debug"])]
#[case::by_its_digest(&format!("{HOST}/web@{}", digest("aa")), &[])]
#[case::of_somebody_else("models:v1", &[])]
fn of_what_is_mounted_by_a_tag_nobody_may_know_which_it_was(#[case] image: &str, #[case] why: &[&str]) {
    let status = says(&format!(r#","imageID":"tools@{}""#, digest("ff")));
    let pod = mounting("Pod", "debug", None, image, &status);
    let found = view(&[pod], Some(&[manifest("aa", &["v1"], &[])]));
    let doubts: Vec<&str> = found.items_at(&["registries"])[0]
        .at(&["garbage", "why"])
        .unwrap()
        .items()
        .iter()
        .filter_map(ValueExt::text)
        .collect();
    assert_eq!(doubts, why);
}
