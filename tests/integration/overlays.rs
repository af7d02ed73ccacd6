//! `remediate --files` and `check --fix` where what is delivered comes out of an overlay: an edit of the base counts as far as it shows there.

use crate::patch_files::INGRESS;
use crate::patching_beside::{rendered, rendered_at_all, skipped};
use crate::program::Folder;
use crate::repairing_files::{SPEC, WRITE};

const SETS_AGAIN: &str = "- target: {kind: Ingress}
  patch: |
    - {op: replace, path: /spec/ingressClassName, value: traefik}
";

/// A base with the Ingress, and these overlays of it.
fn folder(overlays: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    folder.write("environments/stage.yaml", SPEC);
    folder.write("app/base/web.yaml", INGRESS);
    folder.write("app/base/kustomization.yaml", "resources: [web.yaml]\n");
    for (path, text) in overlays {
        folder.write(&format!("app/{path}"), text);
    }
    folder
}

fn only() -> Vec<&'static str> {
    [&WRITE[..], &["--only", "ingress-class"]].concat()
}

fn mended() -> String {
    INGRESS.replace("traefik", "nginx")
}

#[test]
fn an_edit_that_shows_in_no_overlay_is_not_made_and_what_sets_the_field_again_is_named() {
    if !rendered_at_all() {
        return skipped();
    }
    let merged = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: web}\nspec: {ingressClassName: other}\n";
    let replacing = "resources: [../base, map.yaml]\nreplacements:\n- path: replace.yaml\n";
    let replacement = "source: {kind: ConfigMap, name: own, fieldPath: data.class}\ntargets:\n- select: {kind: Ingress}\n  fieldPaths: [spec.ingressClassName]\n";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {class: other}\n";
    let inline = format!("namePrefix: st-\nnamespace: other\nresources: [../base]\npatches:\n{SETS_AGAIN}");
    let component =
        format!("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n{SETS_AGAIN}");
    for (overlays, setter) in [
        (
            &[
                (
                    "over/kustomization.yaml",
                    "resources: [../base]\npatches:\n- path: class.yaml\n",
                ),
                ("over/class.yaml", merged),
            ][..],
            "the patch in over/class.yaml",
        ),
        (
            &[("over/kustomization.yaml", inline.as_str())],
            "the patch in over/kustomization.yaml",
        ),
        (
            &[
                ("over/kustomization.yaml", replacing),
                ("over/replace.yaml", replacement),
                ("over/map.yaml", map),
            ],
            "the replacement in over/replace.yaml",
        ),
        (
            &[
                (
                    "over/kustomization.yaml",
                    "resources: [../base]\ncomponents: [../component]\n",
                ),
                ("component/kustomization.yaml", &component),
            ],
            "the component in component",
        ),
        // Between what is edited and what is delivered.
        (
            &[
                ("over/kustomization.yaml", "resources: [../between]\n"),
                ("between/kustomization.yaml", &inline),
            ],
            "the patch in between/kustomization.yaml",
        ),
    ] {
        let folder = folder(overlays);
        let words = format!(
            "the kustomization in over goes on rendering spec.ingressClassName as it is: {setter} sets it again; change it there"
        );
        folder.run(only()).exits(1).says(&[&words, "0 edits in 0 files"]);
        assert_eq!(folder.read("app/base/web.yaml"), INGRESS, "{setter}");
    }
}

#[test]
fn where_one_overlay_sets_it_again_the_others_are_mended_and_that_one_is_named() {
    if !rendered_at_all() {
        return skipped();
    }
    let again = format!("resources: [../base]\npatches:\n{SETS_AGAIN}");
    let folder = folder(&[
        (
            "stage/kustomization.yaml",
            "namePrefix: st-\nresources: [../base]\n",
        ),
        ("prod/kustomization.yaml", &again),
    ]);
    let words = "web/web (Ingress): the kustomization in prod goes on rendering spec.ingressClassName as it is: the patch in prod/kustomization.yaml \
                 sets it again; change it there as well";
    folder
        .run(only())
        .exits(1)
        .says(&["1 edit in 1 file repair 1 of 1 finding", words]);
    assert_eq!(folder.read("app/base/web.yaml"), mended());
    let of = |name: &str| rendered(&folder, name).unwrap();
    assert!(of("app/stage").contains("ingressClassName: nginx"));
    assert!(of("app/prod").contains("ingressClassName: traefik"));
}

#[test]
fn what_an_overlay_has_set_right_already_or_cannot_be_built_keeps_nothing() {
    if !rendered_at_all() {
        return skipped();
    }
    let right = format!(
        "resources: [../base]\npatches:\n{}",
        SETS_AGAIN.replace("traefik", "nginx")
    );
    let broken = format!("resources: [../base, gone.yaml]\npatches:\n{SETS_AGAIN}");
    let deleted = "resources: [../base]\npatches:\n- patch: |\n    {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web, namespace: web}, \
                   $patch: delete}\n";
    let unknown = "what the edits change in the kustomization in over is not known: rendering fails: ";
    let nowhere =
        "web/web (Ingress): the edit shows nowhere: no such object comes out of the kustomization in over";
    for (overlay, note) in [
        (right.as_str(), None),
        (&broken, Some(unknown)),
        (deleted, Some(nowhere)),
    ] {
        let folder = folder(&[("over/kustomization.yaml", overlay)]);
        let run = folder.run(only()).exits(0).says(&["1 edit in 1 file"]);
        for one in [unknown, nowhere] {
            assert_eq!(run.stderr.contains(one), note == Some(one), "{}", run.stderr);
        }
        assert_eq!(folder.read("app/base/web.yaml"), mended(), "{overlay}");
    }
}

/// The base says the class in an annotation, which goes, and in no field, which comes.
const ANNOTATED: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: web
  annotations:
    kubernetes.io/ingress.class: traefik
    other: kept
spec:
  tls: [{hosts: [example.com], secretName: t}]
  rules: [{host: example.com}]
";

#[test]
fn an_edit_of_two_places_is_not_made_where_every_overlay_sets_one_of_them_again() {
    if !rendered_at_all() {
        return skipped();
    }
    let kong = "resources: [../base]\npatches:\n- path: class.yaml\n";
    let class = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: web}\nspec: {ingressClassName: kong}\n";
    let folder = folder(&[
        ("stage/kustomization.yaml", kong),
        ("stage/class.yaml", class),
        ("prod/kustomization.yaml", kong),
        ("prod/class.yaml", class),
    ]);
    folder.write("app/base/web.yaml", ANNOTATED);
    let again = |name: &str| {
        format!(
            "the kustomization in {name} goes on rendering spec.ingressClassName as it is: the patch in {name}/class.yaml sets it again"
        )
    };
    let (stage, prod) = (again("stage"), again("prod"));
    folder
        .run(only())
        .exits(1)
        .says(&[&stage, &prod, "0 edits in 0 files"]);
    assert_eq!(folder.read("app/base/web.yaml"), ANNOTATED);
    // All of it shows in one of them: it is made, and the other one is named.
    folder.write("app/stage/kustomization.yaml", "resources: [../base]\n");
    folder.write("app/stage/class.yaml", "# gone\n");
    let prod = format!("web/web (Ingress): {prod}; change it there as well");
    folder.run(only()).exits(1).says(&[&prod, "1 edit in 1 file"]);
    assert!(
        rendered(&folder, "app/stage")
            .unwrap()
            .contains("ingressClassName: nginx")
    );
}

/// Two copies come out of one kustomization: one is mended, and the other one is named.
#[test]
fn of_two_copies_in_one_overlay_the_one_that_stays_is_named() {
    if !rendered_at_all() {
        return skipped();
    }
    let one = "namePrefix: one-\nresources: [../base]\n";
    let two = format!("namePrefix: two-\nresources: [../base]\npatches:\n{SETS_AGAIN}");
    let folder = folder(&[
        ("one/kustomization.yaml", one),
        ("two/kustomization.yaml", &two),
        ("over/kustomization.yaml", "resources: [../one, ../two]\n"),
    ]);
    let words = "web/web (Ingress): the kustomization in over goes on rendering spec.ingressClassName of web/two-web (Ingress) as it is: the patch \
                 in two/kustomization.yaml sets it again; change it there as well";
    folder.run(only()).exits(1).says(&["1 edit in 1 file", words]);
    let all = rendered(&folder, "app/over").unwrap();
    assert!(all.contains("ingressClassName: nginx") && all.contains("ingressClassName: traefik"));
    // Each by its own patch: then it shows in none.
    folder.write("app/base/web.yaml", INGRESS);
    let one = format!("{one}patches:\n{SETS_AGAIN}");
    folder.write("app/one/kustomization.yaml", one);
    let again = |name: &str| {
        format!("of web/{name}-web (Ingress) as it is: the patch in {name}/kustomization.yaml sets it again")
    };
    folder
        .run(only())
        .exits(1)
        .says(&[&again("one"), &again("two"), "0 edits in 0 files"]);
    assert_eq!(folder.read("app/base/web.yaml"), INGRESS);
}

/// What one edit of a file is refused for is no reason to leave the other.
#[test]
fn only_the_edit_is_left_that_does_not_show() {
    if !rendered_at_all() {
        return skipped();
    }
    let again = SETS_AGAIN.replace("{kind: Ingress}", "{kind: Ingress, name: web}");
    let folder = folder(&[(
        "over/kustomization.yaml",
        &format!("resources: [../base]\npatches:\n{again}"),
    )]);
    let other = INGRESS
        .replace("name: web,", "name: other,")
        .replace("example.com", "example.org");
    folder.write("app/base/web.yaml", format!("{INGRESS}---\n{other}"));
    folder.run(only()).exits(1).says(&[
        "1 edit in 1 file repair 1 of 2 findings",
        "sets it again; change it there",
    ]);
    assert_eq!(
        folder.read("app/base/web.yaml"),
        format!("{INGRESS}---\n{}", other.replace("traefik", "nginx"))
    );
}

/// Wants another image, of which no overlay knows.
const POLICY: &str = r#"# METADATA
# title: own
# description: own
# scope: package
# custom:
#   id: own-image
#   severity: high
#   evaluates: object
#   kinds: [apps/v1/Deployment]
#   needs: []
#   stages: [manifests]
#   remediation: own
package own.own_image

deny contains finding if {
	input.spec.template.spec.containers[0].image == "nginx:1"
	finding := {"message": "not ours", "path": ["spec"], "fix": {"action": "kubernetes.patch", "risk": "disruptive", "summary": "take ours", "patch": [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "reg/nginx:1"}]}}
}
"#;

/// The tag that an overlay gives an image by its old name.
#[test]
fn what_an_overlay_says_of_its_own_is_not_lost() {
    if !rendered_at_all() {
        return skipped();
    }
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  \
                      template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: 'nginx:1'}]}\n";
    let folder = folder(&[(
        "over/kustomization.yaml",
        "resources: [../base]\nimages: [{name: nginx, newTag: '2'}]\n",
    )]);
    folder.write("own/image.rego", POLICY);
    folder.write("app/base/web.yaml", deployment);
    let words = [&WRITE[..], &["-p", "own", "--only", "own-image", "--trust-fixes"]].concat();
    folder.run(words).exits(1).says(&[
        "the kustomization in over says something of its own of spec.template.spec.containers.0.image, which would be lost: change it there as well",
        "0 edits in 0 files",
    ]);
    assert_eq!(folder.read("app/base/web.yaml"), deployment);
}

/// A patch in the base is as little worth as an edit of it.
#[test]
fn a_patch_of_the_base_has_to_show_in_the_overlay_as_well() {
    if !rendered_at_all() {
        return skipped();
    }
    let again = format!("resources: [../base]\npatches:\n{SETS_AGAIN}");
    let folder = folder(&[("over/kustomization.yaml", &again)]);
    let odd = INGRESS.replace("ingressClassName:", "? ingressClassName\n  :");
    folder.write("app/base/web.yaml", &odd);
    folder
        .run(only())
        .exits(1)
        .says(&["the patch in over/kustomization.yaml sets it again"]);
    assert_eq!(
        folder.read("app/base/kustomization.yaml"),
        "resources: [web.yaml]\n"
    );
    folder.write("app/over/kustomization.yaml", "resources: [../base]\n");
    folder
        .run(only())
        .exits(0)
        .says(&["wrote app/base/kustomization.yaml"]);
    assert!(
        rendered(&folder, "app/over")
            .unwrap()
            .contains("ingressClassName: nginx")
    );
}
