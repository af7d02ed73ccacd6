use super::*;
use crate::inventory::ResourceRef;
use crate::value::patch::{Operation, operations, patched};
use crate::value::{Value, ValueExt};
use crate::yaml::{self, Limits};

fn yaml(text: &str) -> Value {
    let source = yaml::decode("t.yaml", text.as_bytes()).unwrap();
    let limits = Limits::default();
    let mut documents = yaml::documents(&source, &limits);
    documents.next().unwrap().unwrap().value
}

fn patch(text: &str) -> Vec<Operation> {
    operations(yaml(text).items()).unwrap()
}

const LIVE: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, annotations: {a: b}}, spec: {replicas: 1, template: {spec: \
                    {containers: [{name: mesh, image: mesh:1}, {name: web, image: 'nginx:1', imagePullPolicy: Always}], dnsPolicy: ClusterFirst}}}}";
const GIT: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [{name: web, image: \
                   'nginx:1'}]}}}}";

#[test]
fn elements_are_found_by_name_and_defaults_are_said() {
    let (live, git) = (yaml(LIVE), yaml(GIT));
    let wanted = patch(
        "[{op: test, path: /spec/template/spec/containers/1/name, value: web}, {op: replace, path: /spec/template/spec/containers/1/image, value: 'reg/nginx:1'}]",
    );
    let own = translate(&wanted, &live, &git, Way::ToGit).unwrap();
    let after = patched(&git, &own).unwrap();
    assert_eq!(after, yaml(&GIT.replace("nginx:1", "reg/nginx:1")));

    let own = translate(
        &patch("[{op: replace, path: /spec/replicas, value: 2}]"),
        &live,
        &git,
        Way::ToGit,
    )
    .unwrap();
    assert_eq!(own, patch("[{op: add, path: /spec/replicas, value: 2}]"));

    let own = translate(
        &patch("[{op: add, path: /metadata/annotations/x, value: 'y'}]"),
        &live,
        &git,
        Way::ToGit,
    )
    .unwrap();
    assert_eq!(
        own,
        patch("[{op: add, path: /metadata/annotations, value: {x: 'y'}}]")
    );
}

#[test]
fn what_git_does_not_say_is_not_changed_there() {
    let (live, git) = (yaml(LIVE), yaml(GIT));
    let injected = patch("[{op: replace, path: /spec/template/spec/containers/0/image, value: x}]");
    assert!(matches!(
        translate(&injected, &live, &git, Way::ToGit),
        Err(Differs::Added(_))
    ));
    let gone = patch("[{op: remove, path: /metadata/annotations/a}]");
    assert!(matches!(
        translate(&gone, &live, &git, Way::ToGit),
        Err(Differs::Added(_))
    ));
    let drifted = yaml(&GIT.replace("nginx:1", "nginx:2"));
    let image = patch("[{op: replace, path: /spec/template/spec/containers/1/image, value: 'nginx:3'}]");
    assert_eq!(
        translate(&image, &live, &drifted, Way::ToGit),
        Err(Differs::Drifted(
            "/spec/template/spec/containers/1/image".to_owned()
        ))
    );
    let there = patch("[{op: replace, path: /spec/template/spec/containers/1/image, value: 'nginx:2'}]");
    assert_eq!(
        translate(&there, &live, &drifted, Way::ToGit),
        Err(Differs::Synced)
    );
}

/// What a patch of a kustomization did is done, of whatever kind it was.
#[test]
fn what_is_rendered_as_it_should_be_is_not_changed_again() {
    const MANIFEST: &str = "{metadata: {name: w, labels: {a: b, c: d}}, spec: {hosts: [a, b, c], ports: [{port: 80}, {port: 81}], \
                            class: old, containers: [{name: one, args: [x]}, {name: two}], kept: {deep: {x: 1}}}}";
    let manifest = yaml(MANIFEST);
    for operations in [
        "[{op: replace, path: /spec/class, value: new}]",
        "[{op: replace, path: /spec/hosts/1, value: z}]",
        "[{op: replace, path: /spec/containers/1, value: {name: three}}]",
        "[{op: add, path: /spec/more, value: {a: b}}]",
        "[{op: add, path: /spec/hosts/0, value: z}]",
        "[{op: add, path: /spec/hosts/-, value: z}]",
        "[{op: add, path: /spec/containers/1/args, value: [y]}]",
        "[{op: remove, path: /metadata/labels/c}]",
        "[{op: remove, path: /metadata/labels}]",
        "[{op: remove, path: /spec/hosts/1}]",
        "[{op: remove, path: /spec/ports/0}]",
        "[{op: remove, path: /spec/containers/0/args/0}]",
        "[{op: remove, path: /spec/containers/0}]",
        "[{op: test, path: /spec/class, value: old}, {op: remove, path: /spec/class}, {op: add, path: /spec/other, value: 1}]",
        "[{op: remove, path: /spec/hosts/0}, {op: remove, path: /spec/hosts/0}, {op: replace, path: /spec/class, value: new}]",
    ] {
        let operations = patch(operations);
        let first = translate(&operations, &manifest, &manifest, Way::ToRendered).unwrap();
        let rendered = patched(&manifest, &first).unwrap();
        assert_eq!(
            rendered,
            patched(&manifest, &operations).unwrap(),
            "{operations:?}"
        );
        let second = translate(&operations, &manifest, &rendered, Way::ToRendered);
        assert_eq!(second, Err(Differs::Synced), "{operations:?}");
        // Of what somebody added besides nobody is sure, and half of it is done.
        let more = yaml(&MANIFEST.replace("[a, b, c]", "[a, b, c, d]"));
        if let Ok(own) = translate(&operations, &manifest, &more, Way::ToRendered) {
            let after = patched(&more, &own).unwrap();
            let again = translate(&operations, &manifest, &after, Way::ToRendered);
            assert!(again.is_err(), "{operations:?}: {again:?}");
        }
    }
    let half = yaml(&MANIFEST.replace(", c: d", ""));
    let both =
        patch("[{op: remove, path: /metadata/labels/c}, {op: replace, path: /spec/class, value: new}]");
    assert_eq!(
        translate(&both, &manifest, &half, Way::ToRendered).unwrap(),
        patch("[{op: replace, path: /spec/class, value: new}]")
    );
    let host = patch("[{op: remove, path: /spec/hosts/1}]");
    let more = yaml(&MANIFEST.replace("[a, b, c]", "[b, x]"));
    assert!(matches!(
        translate(&host, &manifest, &more, Way::ToRendered),
        Err(Differs::Added(_))
    ));
}

#[test]
fn a_kustomization_gets_a_patch_and_keeps_its_comments() {
    let text = "# the overlay of STAGE\nnamePrefix: st-\nresources:\n  - ../base # shared\n";
    let target = ResourceRef::kubernetes("networking.k8s.io/v1", "Ingress", Some("b2b"), "st-web");
    let after = with_patch(
        "kustomization.yaml",
        text,
        &target,
        &patch("[{op: replace, path: /spec/ingressClassName, value: nginx}]"),
        false,
    )
    .unwrap();
    let expected = "# the overlay of STAGE\nnamePrefix: st-\nresources:\n  - ../base # shared\npatches:\n  - patch: |\n      - op: replace\n        path: \"/spec/ingressClassName\"\n        value: \"nginx\"\n    target:\n      group: networking.k8s.io\n      kind: Ingress\n      name: web\n";
    assert_eq!(after, expected);
    let marked = format!("\u{feff}{text}").replace('\n', "\r\n");
    let operations = patch("[{op: remove, path: /spec/x}]");
    let marked = (
        with_patch("kustomization.yaml", &marked, &target, &operations, false).unwrap(),
        marked,
    );
    assert!(marked.0.starts_with(&marked.1), "{marked:?}");
    let again = with_patch(
        "kustomization.yaml",
        &after,
        &target,
        &patch("[{op: remove, path: /spec/x}]"),
        true,
    )
    .unwrap();
    assert!(
        again.starts_with(expected) && again.contains("namespace: b2b"),
        "{again}"
    );
    let other = ResourceRef::kubernetes("v1", "Service", None, "web");
    assert!(with_patch("kustomization.yaml", text, &other, &[], false).is_err());
}

#[test]
fn each_thing_that_changes_what_a_kustomization_takes_in_is_left_out_once() {
    let text = "resources: [../base]\npatches:\n- path: class.yaml\n- patch: |\n    - {op: remove, path: /spec/x}\n  target: {kind: Ingress}\n\
                patchesStrategicMerge:\n- deep/more.yaml\n- |\n  kind: A\nimages:\n- {name: nginx, newTag: '2'}\nnamespace: b2b\n";
    let each = without_each("over/kustomization.yaml", text);
    let words: Vec<&str> = each.iter().map(|(words, _)| words.as_str()).collect();
    assert_eq!(
        words,
        [
            "the patch in over/class.yaml",
            "the patch in over/kustomization.yaml",
            "the patch in over/deep/more.yaml",
            "the patch in over/kustomization.yaml",
            "an image in over/kustomization.yaml",
            "namespace in over/kustomization.yaml",
        ]
    );
    for (number, (words, without)) in each.iter().enumerate() {
        let value = yaml(without);
        assert_ne!(value, yaml(text), "{words}");
        assert_eq!(value.items_at(&["resources"]).len(), 1, "{words}");
        assert_eq!(value.field("namespace").is_some(), number != 5, "{words}");
        assert_eq!(
            value.items_at(&["patches"]).len(),
            if number < 2 { 1 } else { 2 },
            "{words}"
        );
    }
    assert_eq!(
        without_each("kustomization.yaml", "patches: [{path: a.yaml}]")[0].0,
        "the patch in a.yaml"
    );
    assert!(without_each("kustomization.yaml", "resources: [a]").is_empty());
    let component = without_each("over/a/kustomization.yaml", "components: [../../c/./d]");
    assert_eq!(component[0].0, "the component in c/d");
}

#[test]
fn values_are_listed_that_could_be_it() {
    let before = yaml(
        "{metadata: {name: w, labels: {app: w}}, spec: {ingressClassName: other, containers: [{image: 'docker.io/library/nginx:1.2'}]}}",
    );
    let values = yaml(
        "{image: {repository: docker.io/library/nginx, tag: '1.2'}, ingress: {className: other, annotations: {}}, name: other}",
    );
    let class = candidates(
        &patch("[{op: replace, path: /spec/ingressClassName, value: nginx}]"),
        &before,
        &values,
    );
    let paths: Vec<String> = class.iter().map(|one| one.path.join(".")).collect();
    assert_eq!(paths, ["ingress.className", "name"]);
    let image = candidates(
        &patch("[{op: replace, path: /spec/containers/0/image, value: 'reg/x/nginx:1.2'}]"),
        &before,
        &values,
    );
    assert_eq!(
        image,
        [Candidate {
            path: vec!["image".into(), "repository".into()],
            value: Value::from("reg/x/nginx")
        }]
    );
    let mark = candidates(
        &patch("[{op: add, path: /metadata/annotations, value: {a: b}}]"),
        &before,
        &values,
    );
    assert!(
        mark.contains(&Candidate {
            path: vec!["ingress".into(), "annotations".into()],
            value: yaml("{a: b}")
        }),
        "{mark:?}"
    );
}

#[test]
fn a_key_is_set_in_a_file_that_lacks_what_leads_to_it() {
    let candidate = Candidate {
        path: vec!["a".into(), "b".into(), "c".into()],
        value: Value::from(1),
    };
    let at = |text: &str| patched(&yaml(text), &[set(&yaml(text), &candidate)]).unwrap();
    assert_eq!(at("{a: {b: {c: 0, d: 1}}}"), yaml("{a: {b: {c: 1, d: 1}}}"));
    assert_eq!(at("{a: {x: 1}}"), yaml("{a: {x: 1, b: {c: 1}}}"));
    assert_eq!(at("{z: 1}"), yaml("{z: 1, a: {b: {c: 1}}}"));
}
