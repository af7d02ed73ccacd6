use super::render;
use crate::findings::{Assessment, Draft, Verb};
use crate::inventory::{Origin, ResourceRef};
use crate::policy::Severity;
use crate::report::sample;
use serde_json::Value;

fn run(assessment: &Assessment) -> Value {
    let mut out = Vec::new();
    render(assessment, &mut out).unwrap();
    let mut again = Vec::new();
    render(assessment, &mut again).unwrap();
    assert_eq!(out, again);
    let log: Value = serde_json::from_slice(&out).unwrap();
    log["runs"][0].clone()
}

fn results(run: &Value) -> &Vec<Value> {
    run["results"].as_array().unwrap()
}

fn physical(result: &Value) -> &Value {
    &result["locations"][0]["physicalLocation"]
}

#[test]
fn a_result_points_at_its_text() {
    let run = run(&sample::check());
    let result = &results(&run)[0];
    insta::assert_snapshot!(serde_json::to_string_pretty(result).unwrap(), @r#"
    {
      "ruleId": "image-from-declared-registry",
      "ruleIndex": 2,
      "level": "error",
      "message": {
        "text": "image comes from docker.io, not from registry.digitalocean.com/acme"
      },
      "locations": [
        {
          "physicalLocation": {
            "artifactLocation": {
              "uri": "manifests/back/ii.yaml"
            },
            "region": {
              "startLine": 23,
              "startColumn": 16,
              "endLine": 23,
              "endColumn": 28,
              "snippet": {
                "text": "nginx:latest"
              }
            }
          },
          "logicalLocations": [
            {
              "name": "ii",
              "fullyQualifiedName": "back/ii",
              "decoratedName": "back/ii (Deployment)",
              "kind": "resource"
            }
          ]
        }
      ],
      "partialFingerprints": {
        "envcheck/v1": "v1:5d77efac67b887147238c49f06c4a290bbe59f91b4f6bc45cba244b3b0ade8a5"
      },
      "properties": {
        "severity": "high",
        "path": "spec.template.spec.containers[name=web].image"
      }
    }
    "#);
    let region = &physical(result)["region"];
    let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
    let line = sample::MANIFEST.lines().nth(number("startLine") - 1).unwrap();
    let text: String = line
        .chars()
        .skip(number("startColumn") - 1)
        .take(number("endColumn") - number("startColumn"))
        .collect();
    assert_eq!(region["snippet"]["text"], text);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
}

#[test]
fn every_selected_policy_is_a_rule_and_results_refer_to_it() {
    for assessment in [
        sample::audit(),
        sample::clean(),
        sample::incomplete(),
        sample::check(),
    ] {
        let run = run(&assessment);
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), assessment.policies.len());
        for result in results(&run) {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
    }
    let clean = run(&sample::clean());
    assert!(results(&clean).is_empty());
    assert_eq!(clean["invocations"][0]["executionSuccessful"], true);
    assert_eq!(
        clean["tool"]["driver"]["rules"][0]["name"],
        "BackendAcceptsAllNamespaces"
    );
}

#[test]
fn findings_without_a_file_have_one_made_up() {
    let run = run(&sample::audit());
    let uris: Vec<_> = results(&run)
        .iter()
        .map(|result| physical(result)["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    assert_eq!(
        uris,
        [
            "cluster/back/Deployment/ii",
            "environments/stage.yaml",
            "cluster/back/Deployment/api",
            "environments/demo/objects/apps/v1/Deployment.ndjson",
            "environments/demo/objects/apps/v1/Deployment.ndjson",
            "environments/demo/objects/apps/v1/Deployment.ndjson",
            "account/Registry/acme",
        ]
    );
}

#[test]
fn what_failed_or_was_not_seen_is_never_a_result() {
    let run = run(&sample::audit());
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notes: Vec<_> = invocation["toolExecutionNotifications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| {
            format!(
                "{} [{}] {}",
                note["level"].as_str().unwrap(),
                note["associatedRule"]["id"].as_str().unwrap_or(""),
                note["message"]["text"].as_str().unwrap(),
            )
        })
        .collect();
    insta::assert_snapshot!(notes.join("\n"), @"
    error [] incomplete: coverage 97.6 % is below the required 100 %
    error [pod-security-level] b2b (Namespace): failed to run: object.get: first argument must be an object
    warning [space-lifecycle] acme-stage-backups (Bucket): not evaluated: the Spaces key may not read lifecycle rules: needs a full-access key
    warning [space-lifecycle] acme-stage-images (Bucket): not evaluated: the Spaces key may not read lifecycle rules: needs a full-access key
    note [image-from-declared-registry] back/canary (Deployment): suppressed by exception in main.rego:12: image comes from docker.io
    warning [] the snapshot was taken by envcheck 0.0.9
    ");
    let text = run["results"].to_string();
    assert!(!text.contains("object.get") && !text.contains("Spaces key"));
}

#[test]
fn what_stands_twice_is_one_result_with_all_words() {
    let policy = sample::policy("twice", "Twice", Severity::High, "Mend it.");
    let draft = |message: &str| Draft {
        origin: Origin::Declared(sample::place("a.yaml", sample::MANIFEST, "replicas: 1")),
        ..sample::draft(&policy, sample::deployment("ii"), message)
    };
    let drafts = vec![draft("first"), draft("first"), draft("second")];
    let assessment = sample::assessment(Verb::Check, vec![policy.clone()], drafts);
    let run = run(&assessment);
    assert_eq!(results(&run).len(), 1);
    assert_eq!(results(&run)[0]["message"]["text"], "first\nsecond");
}

#[test]
fn what_a_secret_holds_is_not_repeated() {
    let policy = sample::policy("secret", "Secret", Severity::High, "Mend it.");
    let text = "kind: Secret\ndata:\n  password: aHVudGVyMg==\n";
    let draft = Draft {
        origin: Origin::Declared(sample::place("s.yaml", text, "aHVudGVyMg==")),
        ..sample::draft(
            &policy,
            ResourceRef::kubernetes("v1", "Secret", Some("back"), "db"),
            "weak password",
        )
    };
    let run = run(&sample::assessment(Verb::Check, vec![policy], vec![draft]));
    assert_eq!(physical(&results(&run)[0])["region"]["startLine"], 3);
    assert!(!run.to_string().contains("aHVudGVyMg"));
}

#[test]
fn many_results_are_all_there_and_announced() {
    let policy = sample::policy("many", "Many", Severity::Low, "Mend them.");
    let drafts = (0..5001)
        .map(|number| sample::draft(&policy, sample::deployment(&format!("d{number}")), "wrong"))
        .collect();
    let run = run(&sample::assessment(Verb::Audit, vec![policy], drafts));
    assert_eq!(results(&run).len(), 5001);
    let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("5001 results"), "{notes}");
}
