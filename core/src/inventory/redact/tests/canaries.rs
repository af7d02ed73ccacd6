//! Secrets in all the places where people leave them: not one byte run of any may remain.

use super::*;

/// A canary of its own for each place, so that a failure names it.
fn canary(number: usize) -> String {
    format!("c4n4ry{number:02}Zq7")
}

#[test]
fn no_canary_survives() {
    let places = [
        r#"{"kind":"Secret","data":{"a":"%"}}"#,
        r#"{"kind":"Secret","stringData":{"a":"%"}}"#,
        r#"{"kind":"Secret","metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"a\":\"%\"}}"}}}"#,
        r#"{"kind":"Secret","metadata":{"annotations":{"example.com/token":"%"}}}"#,
        r#"{"kind":"Secret","metadata":{"labels":{"a":"ghp_0123456789%0123456789"}}}"#,
        r#"{"kind":"Secret","metadata":{"managedFields":[{"manager":"m","fieldsV1":{"f:data":{"f:%":{}}}}]}}"#,
        r#"{"kind":"Pod","spec":{"containers":[{"env":[{"name":"PASSWORD","value":"%"}]}]}}"#,
        r#"{"kind":"Pod","spec":{"initContainers":[{"env":[{"name":"DSN","value":"postgres://a:%@h/d"}]}]}}"#,
        r#"{"kind":"Pod","spec":{"ephemeralContainers":[{"env":[{"name":"X","value":"https://%@h"}]}]}}"#,
        r#"{"kind":"Deployment","spec":{"template":{"spec":{"containers":[{"args":["--password=%"]}]}}}}"#,
        r#"{"kind":"Deployment","spec":{"template":{"spec":{"containers":[{"args":["--api-key","%"]}]}}}}"#,
        r#"{"kind":"Deployment","spec":{"template":{"spec":{"containers":[{"command":["sh","-c","redis-cli --pass % ping"]}]}}}}"#,
        r#"{"kind":"CronJob","spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"env":[{"name":"apiToken","value":"%"}]}]}}}}}}"#,
        r#"{"kind":"Rollout","spec":{"template":{"spec":{"containers":[{"env":[{"name":"AWS_SECRET_ACCESS_KEY","value":"%"}]}]}}}}"#,
        r#"{"kind":"Pod","spec":{"containers":[{"livenessProbe":{"httpGet":{"httpHeaders":[{"name":"Authorization","value":"Basic %"}]}}}]}}"#,
        r#"{"kind":"ConfigMap","data":{"DB_PASSWORD":"%"}}"#,
        r#"{"kind":"ConfigMap","data":{"app.ini":"[db]\nhost = h\npassword = %\n"}}"#,
        r#"{"kind":"ConfigMap","data":{"app.json":"{\"db\":{\"password\":\"%\"}}"}}"#,
        r#"{"kind":"ConfigMap","data":{"id":"-----BEGIN PRIVATE KEY-----\n%\n-----END PRIVATE KEY-----\n"}}"#,
        r#"{"kind":"ConfigMap","data":{"redis.conf":"port 6379\nrequirepass %\n"}}"#,
        r#"{"kind":"ConfigMap","data":{"users.acl":"user app +@all ~* >% on >older"}}"#,
        r#"{"kind":"ConfigMap","data":{"manifest.yaml":"apiVersion: v1\nkind: Secret\ndata:\n  a: %\n"}}"#,
        r#"{"kind":"ConfigMap","binaryData":{"store":"%"}}"#,
        r#"{"kind":"ConfigMap","metadata":{"labels":{"owner":"helm"}},"data":{"release":"%"}}"#,
        r#"{"kind":"Application","spec":{"source":{"helm":{"values":"auth:\n  password: |\n    %\n"}}}}"#,
        r#"{"kind":"Application","spec":{"source":{"helm":{"parameters":[{"name":"auth.rootPassword","value":"%"}]}}}}"#,
        r#"{"kind":"Application","spec":{"source":{"helm":{"valuesObject":{"auth":{"passwords":{"root":"%"}}}}}}}"#,
        r#"{"kind":"Application","spec":{"source":{"repoURL":"https://u:%@git.example.com/a.git"}}}"#,
        r#"{"kind":"ScaledObject","spec":{"triggers":[{"metadata":{"host":"amqp://u:%@mq"}}]}}"#,
        r#"{"kind":"Ingress","metadata":{"annotations":{"x":"proxy_set_header Authorization \"Bearer %\";"}}}"#,
        r#"{"kind":"Event","message":"cannot connect to postgres://app:%@pg:5432"}"#,
        r#"{"kind":"Widget","spec":{"token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIi%.x"}}"#,
        r#"{"kind":"Widget","spec":{"manifest":{"kind":"Secret","data":{"a":"%"}}}}"#,
        r#"{"kind":"Widget","spec":{"note":"glpat-%0123456789"}}"#,
    ];
    for (number, place) in places.iter().enumerate() {
        let canary = canary(number);
        let text = redacted(&place.replace('%', &canary)).to_json_str().unwrap();
        assert!(!text.contains(&canary), "of {place}: {text}");
    }
}
