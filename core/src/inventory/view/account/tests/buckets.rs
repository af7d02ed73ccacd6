use super::view;
use crate::value::{Value, ValueExt};

#[test]
fn workloads_write_to_buckets_by_secret_by_name_and_as_declared() {
    let cron = |name: &str, container: &str, volumes: &str| {
        format!(
            r#"{{"apiVersion":"batch/v1","kind":"CronJob","metadata":{{"name":"{name}","namespace":"back"}},"spec":{{"jobTemplate":{{"spec":{{"template":{{"spec":{{"containers":[{{"name":"c",{container}}}],"volumes":[{volumes}]}}}}}}}}}}}}"#
        )
    };
    let config = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"s3","namespace":"back"},"data":{"url":"https://dumps.fra1.digitaloceanspaces.com","other":"x"}}"#;
    let objects = [
        cron("env", r#""env":[{"name":"K","valueFrom":{"secretKeyRef":{"name":"dumps-key","key":"id"}}}]"#, ""),
        cron("from", r#""envFrom":[{"secretRef":{"name":"dumps-key"}}]"#, ""),
        cron("volume", r#""image":"x""#, r#"{"name":"v","secret":{"secretName":"dumps-key"}}"#),
        cron("projected", r#""image":"x""#, r#"{"name":"v","projected":{"sources":[{"secret":{"name":"dumps-key"}}]}}"#),
        cron("args", r#""args":["--to","s3://dumps/db"]"#, ""),
        cron("longer", r#""command":["cp","s3://acme-dumps/x"]"#, ""),
        cron("map", r#""envFrom":[{"configMapRef":{"name":"s3"}}]"#, ""),
        cron("key", r#""env":[{"name":"U","valueFrom":{"configMapKeyRef":{"name":"s3","key":"url"}}}]"#, ""),
        cron("other-key", r#""env":[{"name":"U","valueFrom":{"configMapKeyRef":{"name":"s3","key":"other"}}}]"#, ""),
        cron("unrelated", r#""env":[{"name":"U","value":"dumpsters"}]"#, ""),
        config.to_owned(),
        r#"{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"keydb","namespace":"back"},"spec":{"template":{"spec":{"containers":[]}}}}"#.to_owned(),
    ];
    let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
    let rows = [
        (
            "spaces.buckets",
            r#"{"name":"dumps","region":"ams3","exists":true}"#,
        ),
        (
            "spaces.buckets",
            r#"{"bucket":"stray","unread":{"reason":"forbidden","detail":""}}"#,
        ),
        (
            "digitalocean.spaces_keys",
            r#"{"name":"k1","grants":[{"bucket":"dumps","permission":"read"},{"bucket":"dumps","permission":"readwrite"}]}"#,
        ),
        (
            "digitalocean.spaces_keys",
            r#"{"name":"k2","grants":[{"bucket":"","permission":"fullaccess"}]}"#,
        ),
        (
            "digitalocean.spaces_keys",
            r#"{"name":"k3","grants":[{"bucket":"dumps","permission":""}]}"#,
        ),
    ];
    let found = view(&objects, &rows, &[]);
    let [longer, dumps, stray] = found.items_at(&["buckets"]) else {
        panic!("{found}");
    };
    let workloads = |bucket: &Value| -> Vec<String> {
        let ids = bucket.items_at(&["workloads"]).iter().filter_map(ValueExt::text);
        ids.map(|id| id[5..].replace("[CronJob]", "")).collect()
    };
    assert_eq!(
        workloads(dumps),
        [
            "args",
            "env",
            "from",
            "key",
            "keydb[StatefulSet]",
            "map",
            "projected",
            "volume"
        ]
    );
    assert_eq!(workloads(longer), ["keydb[StatefulSet]", "longer"]);
    assert_eq!(
        dumps.field("keys").unwrap().to_string(),
        r#"[{"name": "k1", "permission": "readwrite"}, {"name": "k2", "permission": "fullaccess"}]"#
    );
    assert_eq!(dumps.text_at(&["region"]), Some("ams3"));
    assert_eq!(dumps.field("exists"), Some(&Value::from(true)));
    assert_eq!(dumps.text_at(&["purpose"]), Some("databaseBackups"));
    assert_eq!(longer.field("exists"), Some(&Value::Null));
    assert_eq!(longer.text_at(&["region"]), Some("fra1"));
    assert_eq!(stray.field("purpose"), Some(&Value::Null));
    assert_eq!(stray.text_at(&["ref", "kind"]), Some("Bucket"));
}
