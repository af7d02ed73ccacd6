//! Where fields stand.

use super::all;
use crate::path::{FieldPath, PathElement};
use rstest::rstest;

const POD: &str = r#"# head
---
apiVersion: v1
kind: Pod
x-defaults: &defaults
  image: nginx:latest   # why
  pull: &pull Always
spec:
  containers:
  - name: "web"
    <<: *defaults
    ports: [{containerPort: 8080, name: http}, {containerPort: 9090}]
  - name: side
    image: !!str 'b'
    pull: *pull
    script: |-   # run
      echo 1

      echo 2

    empty:
  # the end
  volumes: []
"#;

/// `a.b`, `[0]`, `[name=web]`.
fn path(text: &str) -> FieldPath {
    let elements = text
        .split_inclusive([']', '.'])
        .flat_map(|piece| piece.split('['))
        .filter_map(|piece| {
            let inside = piece.strip_suffix(']');
            let piece = inside.unwrap_or(piece).trim_end_matches('.');
            match (inside, piece.split_once('=')) {
                _ if piece.is_empty() => None,
                (Some(_), Some((key, value))) => Some(PathElement::Where {
                    key: key.to_owned(),
                    value: value.to_owned(),
                }),
                (Some(index), None) => Some(PathElement::Index(index.parse().unwrap())),
                (None, _) => Some(PathElement::Key(piece.to_owned())),
            }
        });
    FieldPath(elements.collect())
}

#[rstest]
#[case::scalar("kind", "Pod")]
#[case::quoted("spec.containers[name=web].name", "\"web\"")]
#[case::merged("spec.containers[name=web].image", "nginx:latest")]
#[case::tagged("spec.containers[name=side].image", "'b'")]
#[case::alias("spec.containers[name=side].pull", "*pull")]
#[case::through_merge_to_anchor("spec.containers[0].pull", "Always")]
#[case::flow(
    "spec.containers[0].ports[containerPort=8080]",
    "{containerPort: 8080, name: http}"
)]
#[case::index("spec.containers[0].ports[1].containerPort", "9090")]
#[case::mapping("x-defaults", "image: nginx:latest   # why\n  pull: &pull Always")]
#[case::block_scalar(
    "spec.containers[name=side].script",
    "|-   # run\n      echo 1\n\n      echo 2"
)]
#[case::null_is_at_its_key("spec.containers[name=side].empty", "empty")]
#[case::empty_list("spec.volumes", "[]")]
#[case::missing_field("spec.hostNetwork", "spec")]
#[case::missing_deep("spec.securityContext.runAsNonRoot", "spec")]
#[case::missing_in_element("spec.containers[name=web].resources", "name: \"web\"")]
#[case::missing_in_index("spec.containers[1].resources", "name")]
#[case::missing_element("spec.containers[name=nobody].image", "containers")]
#[case::missing_below_scalar("kind.x", "kind")]
#[case::missing_at_root("metadata.name", "apiVersion")]
fn values_are_found(#[case] at: &str, #[case] expected: &str) {
    let document = &all(POD).unwrap()[0];
    let place = document.locate(&path(at));
    assert_eq!(&POD[place.span], expected);
}

#[rstest]
#[case("spec", Some("spec"))]
#[case("spec.containers[name=web].image", Some("image"))]
#[case("spec.containers[name=side].empty", Some("empty"))]
#[case("spec.containers[name=web]", None)]
#[case("spec.nothing", None)]
fn keys_are_found(#[case] at: &str, #[case] expected: Option<&str>) {
    let document = &all(POD).unwrap()[0];
    let found = document.locate_key(&path(at)).map(|place| &POD[place.span]);
    assert_eq!(found, expected);
}

#[test]
fn ends_do_not_reach_past_comments() {
    let document = &all(POD).unwrap()[0];
    let spec = document.locate(&path("spec"));
    assert!(POD[spec.span.clone()].starts_with("containers:"));
    assert_eq!(spec.end().line, POD.lines().count());
    let containers = document.locate(&path("spec.containers"));
    assert!(
        POD[containers.span.clone()].ends_with("empty"),
        "{:?}",
        &POD[containers.span]
    );
}

#[test]
fn json_has_places_too() {
    let text =
        "{\n\t\"spec\":\t{\"a/b\": [1,\n\t\t\"x\\/y\", {\"name\": \"\\ud83d\\ude00\", \"v\": 1e3}]}\n}\n";
    let document = &all(text).unwrap()[0];
    let spans = document.spans();
    let key = |key: &str| PathElement::Key(key.to_owned());
    let at = |rest: &[PathElement]| {
        let mut elements = vec![key("spec"), key("a/b")];
        elements.extend_from_slice(rest);
        &text[spans.locate(&FieldPath(elements)).span]
    };
    assert_eq!(at(&[PathElement::Index(1)]), "\"x\\/y\"");
    let smiling = PathElement::Where {
        key: "name".to_owned(),
        value: "\u{1F600}".to_owned(),
    };
    assert_eq!(at(&[smiling, key("v")]), "1e3");
}

#[test]
fn long_json_keys_have_places() {
    let long = "k".repeat(5_000);
    let text = format!("{{\"{long}\":\n{{\"b\": 2}}}}\n");
    let document = &all(&text).unwrap()[0];
    let place = document.locate(&FieldPath(vec![
        PathElement::Key(long),
        PathElement::Key("b".to_owned()),
    ]));
    assert_eq!(place.start().line, 2);
    assert_eq!(&text[place.span], "2");
}

#[test]
fn merges_decide_as_they_do_for_values() {
    let text = "a: 1\n<<: [{a: 2}, {a: 3, b: 4}]\nb: 5\n";
    let document = &all(text).unwrap()[0];
    for (key, expected) in [("a", "2"), ("b", "5")] {
        assert!(
            document
                .value
                .to_string()
                .contains(&format!("\"{key}\":{expected}"))
        );
        assert_eq!(&text[document.locate(&path(key)).span], expected);
    }
}
