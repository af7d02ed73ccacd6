use super::{render, schema};
use crate::findings::{Assessment, Draft, Verb};
use crate::inventory::Origin;
use crate::policy::Severity;
use crate::report::sample;
use serde_json::{Value, json};

fn rendered(assessment: &Assessment) -> String {
    let mut out = Vec::new();
    render(assessment, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn parsed(assessment: &Assessment) -> Value {
    serde_json::from_str(&rendered(assessment)).unwrap()
}

#[test]
fn reports_are_valid_against_the_schema_and_the_same_each_time() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut timed = sample::audit();
    timed.timings = Some((timed.as_of, timed.as_of));
    timed.policies[0].milliseconds = Some(1.5);
    for assessment in [
        sample::audit(),
        sample::clean(),
        sample::incomplete(),
        sample::check(),
        timed,
    ] {
        let text = rendered(&assessment);
        let report: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&report)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert_eq!(text, rendered(&assessment));
        assert!(text.ends_with("}\n"));
    }
}

#[test]
fn the_schema_refuses_what_is_not_a_report() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for (pointer, wrong) in [
        ("/apiVersion", json!("envcheck.dev/report/v2")),
        ("/findings/0/severity", json!("urgent")),
        ("/findings/0/location/line", json!(0)),
        ("/coverage/ratio", json!(98.7)),
        ("/gate/exitCode", json!(-1)),
        ("/policies", json!(null)),
    ] {
        let mut report = parsed(&sample::check());
        *report.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&report), "{pointer}");
    }
}

#[test]
fn the_top_has_the_promised_fields_in_a_fixed_order() {
    let report = parsed(&sample::audit());
    let keys: Vec<_> = report.as_object().unwrap().keys().map(String::as_str).collect();
    let promised = "apiVersion kind tool verb environment source asOf coverage summary policies findings \
                    notEvaluated errors suppressed waivers warnings budget gate";
    assert_eq!(keys.join(" "), promised);
    assert_eq!(report["apiVersion"], "envcheck.dev/report/v1");
    assert_eq!(report["asOf"], "2026-11-23T03:00:00Z");
    assert_eq!(report["gate"]["exitCode"], 1);
    assert_eq!(report["gate"]["incomplete"], true);
}

#[test]
fn a_finding_in_a_text_has_its_whole_place() {
    let report = parsed(&sample::check());
    insta::assert_snapshot!(serde_json::to_string_pretty(&report["findings"][0]).unwrap(), @r#"
    {
      "fingerprint": "v1:5d77efac67b887147238c49f06c4a290bbe59f91b4f6bc45cba244b3b0ade8a5",
      "key": null,
      "policy": "image-from-declared-registry",
      "title": "Images come from the declared registry",
      "severity": "high",
      "category": "network",
      "verdict": "fail",
      "message": "image comes from docker.io, not from registry.digitalocean.com/acme",
      "resource": {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "namespace": "back",
        "name": "ii",
        "id": null
      },
      "owner": null,
      "location": {
        "file": "manifests/back/ii.yaml",
        "line": 23,
        "column": 16,
        "endLine": 23,
        "endColumn": 28,
        "path": "spec.template.spec.containers[name=web].image"
      },
      "fix": null,
      "waiver": null,
      "new": null,
      "firstSeen": null
    }
    "#);
    let location = &report["findings"][0]["location"];
    let number = |key: &str| usize::try_from(location[key].as_u64().unwrap()).unwrap();
    let line = sample::MANIFEST.lines().nth(number("line") - 1).unwrap();
    let text: String = line
        .chars()
        .skip(number("column") - 1)
        .take(number("endColumn") - number("column"))
        .collect();
    assert_eq!(text, "nginx:latest");
}

#[test]
fn a_line_of_a_snapshot_is_named_as_the_user_can_open_it() {
    let report = parsed(&sample::audit());
    let findings = report["findings"].as_array().unwrap();
    let location = &findings
        .iter()
        .find(|finding| finding["resource"]["name"] == "web")
        .unwrap()["location"];
    assert_eq!(
        *location,
        json!({
            "file": "environments/demo/objects/apps/v1/Deployment.ndjson", "line": 9, "column": null,
            "endLine": null, "endColumn": null, "path": "spec.template.spec.containers[name=web].image",
        })
    );
}

#[test]
fn without_a_file_the_path_is_still_told() {
    let report = parsed(&sample::audit());
    let location = &report["findings"][0]["location"];
    assert_eq!(location["file"], Value::Null);
    assert_eq!(location["path"], "spec.template.spec.containers[name=web].ports");
    assert_eq!(report["findings"][1]["location"], Value::Null);
}

#[test]
fn counts_agree_with_lists() {
    for assessment in [
        sample::audit(),
        sample::clean(),
        sample::incomplete(),
        sample::check(),
    ] {
        let report = parsed(&assessment);
        let findings = report["findings"].as_array().unwrap();
        for severity in Severity::ALL {
            let listed = findings
                .iter()
                .filter(|finding| finding["severity"] == severity.as_str())
                .count();
            assert_eq!(report["summary"]["findings"][severity.as_str()], listed);
        }
        for (count, list) in [
            ("notEvaluated", "notEvaluated"),
            ("errors", "errors"),
            ("suppressed", "suppressed"),
        ] {
            assert_eq!(report["summary"][count], report[list].as_array().unwrap().len());
        }
        assert_eq!(
            report["summary"]["policies"]["total"],
            report["policies"].as_array().unwrap().len()
        );
    }
}

#[test]
fn nothing_is_left_out_of_many() {
    let policy = sample::policy("many", "Many", Severity::Low, "Mend them.");
    let drafts = (0..30_000)
        .map(|number| Draft {
            origin: Origin::Live,
            ..sample::draft(&policy, sample::deployment(&format!("d{number:05}")), "wrong")
        })
        .collect();
    let report = parsed(&sample::assessment(Verb::Audit, vec![policy], drafts));
    assert_eq!(report["findings"].as_array().unwrap().len(), 30_000);
}

#[test]
fn a_closed_pipe_is_an_error() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = render(&sample::audit(), &mut Closed).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
}
