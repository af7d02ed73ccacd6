use super::*;

#[test]
fn values_of_secrets_are_digests_of_what_they_decode_to() {
    let secret = redacted(
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"type":"Opaque","immutable":true,
        "data":{"password":"aHVudGVyMg==","empty":"","line":"aHVudGVyMg==\n","null":null,"bad":"%%%","number":7},
        "stringData":{"password":"hunter2","other":"hunter3"}}"#,
    );
    let at = |path: &[&str]| secret.at(path).unwrap().clone();
    let password = at(&["data", "password"]);
    assert!(is_token(&password, DIGEST), "{password}");
    assert_eq!(at(&["stringData", "password"]), password);
    assert_eq!(at(&["data", "line"]), password);
    assert_ne!(at(&["stringData", "other"]), password);
    assert_eq!(at(&["data", "empty"]).text(), Some(""));
    assert_eq!(at(&["data", "null"]), Value::Null);
    assert!(is_token(&at(&["data", "bad"]), DIGEST));
    assert!(is_token(&at(&["data", "number"]), DIGEST));
    assert_eq!(at(&["type"]).text(), Some("Opaque"));
    assert!(at(&["immutable"]).is_true());
}

#[test]
fn a_secret_within_another_resource_is_one_as_well() {
    for json in [
        r#"{"kind":"List","items":[{"kind":"Secret","data":{"a":"aHVudGVyMg=="}}]}"#,
        r#"{"kind":"SecretList","items":[{"data":{"a":"aHVudGVyMg=="}}]}"#,
        r#"{"kind":"Object","spec":{"forProvider":{"manifest":{"kind":"Secret","data":{"a":"aHVudGVyMg=="}}}}}"#,
        r#"{"kind":"Template","objects":[{"stringData":{"a":"hunter2"}}]}"#,
        r#"{"data":{"a":"aHVudGVyMg=="}}"#,
    ] {
        let text = redacted(json).to_json_str().unwrap();
        assert!(text.contains("digest:"), "{text}");
        assert!(
            !text.contains("hunter2") && !text.contains("aHVudGVyMg"),
            "{text}"
        );
    }
}

#[test]
fn annotations_that_repeat_objects_and_field_ownership_go() {
    let object = redacted(
        r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","annotations":{
        "kubectl.kubernetes.io/last-applied-configuration":"{}","objectset.rio.cattle.io/applied":"H4sI",
        "banzaicloud.com/last-applied":"x","note":"kept"},
        "managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z",
        "subresource":"status","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{}}}]},
        "spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}}}}}"#,
    );
    let expected = Value::from_json_str(
        r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","annotations":{"note":"kept"},
        "managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z",
        "subresource":"status","fieldsType":"FieldsV1"}]},
        "spec":{"template":{"metadata":{"annotations":{}}}}}"#,
    );
    assert_eq!(object, expected.unwrap());
}

#[test]
fn environment_variables_named_as_credentials_are_masked_in_every_workload() {
    for path in [
        r#"{"kind":"Pod","spec":{"containers":[%]}}"#,
        r#"{"kind":"Deployment","spec":{"template":{"spec":{"initContainers":[%]}}}}"#,
        r#"{"kind":"CronJob","spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[%]}}}}}}"#,
        r#"{"kind":"Pod","spec":{"ephemeralContainers":[%]}}"#,
        r#"{"kind":"PodTemplate","template":{"spec":{"containers":[%]}}}"#,
        r#"{"kind":"ControllerRevision","data":{"spec":{"template":{"spec":{"containers":[%]}}}}}"#,
        r#"{"kind":"Rollout","spec":{"template":{"spec":{"containers":[%]}}}}"#,
    ] {
        let container = r#"{"name":"token-service","image":"acme/token-service:1.0","env":[
            {"name":"DB_PASSWORD","value":"hunter2"},{"name":"HOST","value":"keydb"},
            {"name":"EMPTY_PASSWORD","value":""},{"name":"ALLOW_EMPTY_PASSWORD","value":"yes"},
            {"name":"TOKEN_FILE","value":"/var/run/token"},{"name":"URL_TOKEN","value":"$(OTHER)"},
            {"name":"FROM_SECRET","valueFrom":{"secretKeyRef":{"name":"db","key":"password"}}}]}"#;
        let before = Value::from_json_str(&path.replace('%', container)).unwrap();
        let text = redacted(&path.replace('%', container)).to_json_str().unwrap();
        let expected = before.to_json_str().unwrap().replace("hunter2", "*");
        assert_eq!(blurred(&text), expected);
    }
}

#[test]
fn flags_and_their_arguments() {
    let args = |json: &str| {
        let pod = redacted(&format!(
            r#"{{"kind":"Pod","spec":{{"containers":[{{"args":{json}}}]}}}}"#
        ));
        let items = pod.at(&["spec", "containers"]).unwrap().items()[0]
            .items_at(&["args"])
            .to_vec();
        items
            .iter()
            .map(|item| blurred(item.text().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        args(r#"["--password=hunter2","--v=2"]"#),
        ["--password=*", "--v=2"]
    );
    assert_eq!(
        args(r#"["--token","hunter2","--x","y"]"#),
        ["--token", "*", "--x", "y"]
    );
    assert_eq!(args(r#"["-p","3000"]"#), ["-p", "3000"]);
    assert_eq!(
        args(r#"["--rotate-token","--port","80"]"#),
        ["--rotate-token", "--port", "80"]
    );
    assert_eq!(
        args(r#"["--token-file","/x","--secret-name=a"]"#),
        ["--token-file", "/x", "--secret-name=a"]
    );
    assert_eq!(args(r#"["--requirepass","hunter2"]"#), ["--requirepass", "*"]);
    assert_eq!(
        args(r#"["sh","-c","mysql --password=hunter2 -h db"]"#),
        ["sh", "-c", "mysql --password=* -h db"]
    );
    assert_eq!(
        args(r#"["redis-cli","-a","hunter2","ping"]"#),
        ["redis-cli", "-a", "*", "ping"]
    );
    assert_eq!(
        args(r#"["mysqladmin","-uroot","-phunter2"]"#),
        ["mysqladmin", "-uroot", "-p*"]
    );
    assert_eq!(args(r#"["curl","-u","a:hunter2"]"#), ["curl", "-u", "a:*"]);
    assert_eq!(args(r#"["-a","hunter2"]"#), ["-a", "hunter2"]);
    assert_eq!(
        args(r#"["vault","login","-no-print","hunter2"]"#),
        ["vault", "login", "-no-print", "*"]
    );
    assert_eq!(
        args(r#"["bao","login","username=a"]"#),
        ["bao", "login", "username=a"]
    );
    let pod = redacted(
        r#"{"kind":"Pod","spec":{"containers":[{"args":["-a","hunter2","-h","x"],"command":["/bin/redis-cli"]}]}}"#,
    );
    let container = &pod.at(&["spec", "containers"]).unwrap().items()[0];
    assert_eq!(blurred(container.items_at(&["args"])[1].text().unwrap()), "*");
    let pod = redacted(
        r#"{"kind":"Pod","spec":{"containers":[{"args":["operator","unseal","hunter2"],"command":["vault"]}]}}"#,
    );
    let container = &pod.at(&["spec", "containers"]).unwrap().items()[0];
    assert_eq!(blurred(container.items_at(&["args"])[2].text().unwrap()), "*");
    assert_eq!(args(r#"["curl --token hunter2 -v"]"#), ["curl --token * -v"]);
}

#[test]
fn config_maps_and_resources_by_the_names_of_their_members() {
    let map = redacted(
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"binaryData":{"store.jks":"aHVudGVyMg=="},
        "data":{"DB_PASSWORD":"hunter2","HOST":"keydb","app.yaml":"host: keydb\npassword: hunter2\n"}}"#,
    );
    assert_eq!(
        blurred(&map.to_json_str().unwrap()),
        Value::from_json_str(
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"binaryData":{"store.jks":"*"},
            "data":{"DB_PASSWORD":"*","HOST":"keydb","app.yaml":"host: keydb\npassword: *\n"}}"#
        )
        .unwrap()
        .to_json_str()
        .unwrap()
    );
    let application = r#"{"kind":"Application","metadata":{"name":"a","namespace":"argocd"},"spec":{"source":{
        "repoURL":"https://ci:hunter2@git.example.com/acme/app.git","targetRevision":"main","helm":{
        "values":"db:\n  password: hunter2\n  host: pg\n","valuesObject":{"auth":{"password":"hunter2","pin":1,
        "rootPassword":12345,"existingSecretName":"db","tokens":["hunter2"],"passwords":{"alice":"hunter2"}}},
        "parameters":[{"name":"auth.password","value":"hunter2"},{"name":"image.tag","value":"1.0"}]}}}}"#;
    let expected = application
        .replace("ci:hunter2", "*")
        .replace("hunter2", "*")
        .replace("12345", "\"*\"");
    assert_eq!(
        blurred(&redacted(application).to_json_str().unwrap()),
        Value::from_json_str(&expected).unwrap().to_json_str().unwrap()
    );
}

#[test]
fn releases_and_other_packed_objects_are_masked_whole() {
    let release = redacted(
        r#"{"kind":"ConfigMap","metadata":{"name":"r","labels":{"owner":"helm"}},"data":{"release":"UGFja2Vk"}}"#,
    );
    assert!(is_token(release.at(&["data", "release"]).unwrap(), MASKED));
    assert_eq!(blurred(&text("H4sIAAAAAAAA/0rOzy0oSi0uTgUA")), "*");
}

#[test]
fn schemas_of_custom_resources_go() {
    let crd = redacted(
        r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a.b"},
        "spec":{"group":"b","names":{"kind":"A"},"scope":"Namespaced","versions":[{"name":"v1","served":true,
        "schema":{"openAPIV3Schema":{"type":"object"}}}]}}"#,
    );
    let expected = Value::from_json_str(
        r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a.b"},
        "spec":{"group":"b","names":{"kind":"A"},"scope":"Namespaced","versions":[{"name":"v1","served":true}]}}"#,
    );
    assert_eq!(crd, expected.unwrap());
}

/// What policies and joins read is left, even where it is named like a credential.
#[test]
fn what_joins_need_survives() {
    for json in [
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"token-service-xoxb-1","namespace":"secret-things","uid":"u",
            "labels":{"app":"password-reset","token":"a"}},"spec":{"nodeName":"secret-node","serviceAccountName":"token-reader",
            "imagePullSecrets":[{"name":"registry"}],"automountServiceAccountToken":false,
            "tolerations":[{"key":"token","operator":"Equal","value":"x","effect":"NoSchedule"}],
            "volumes":[{"name":"token","secret":{"secretName":"db","defaultMode":420}},
            {"projected":{"sources":[{"serviceAccountToken":{"path":"token","expirationSeconds":3607}}]}}],
            "containers":[{"name":"secret","image":"acme/secret-service:1.0@sha256:abc","command":["/bin/token-service","serve"]}]},
            "status":{"podIP":"10.0.0.1"}}"#,
        r#"{"kind":"NetworkPolicy","spec":{"podSelector":{"matchLabels":{"token":"a"},"matchExpressions":[{"key":"secret","operator":"In","values":["a"]}]}}}"#,
        r#"{"kind":"Service","metadata":{"name":"s","annotations":{"kubernetes.digitalocean.com/load-balancer-id":"4de7ac8b-495b-4884-9a69-1050c6793cd6"}},
            "spec":{"selector":{"secret":"x"},"ports":[{"name":"token","port":1}]}}"#,
        r#"{"kind":"Deployment","metadata":{"name":"s","annotations":{"envcheck.dev/waive.spaces-access-key":"the key is replaced; owner=platform team; ticket=OPS-212; expires=2026-12-31"}}}"#,
        r#"{"kind":"Ingress","metadata":{"name":"s","annotations":{"nginx.ingress.kubernetes.io/auth-secret":"back/basic"}},
            "spec":{"tls":[{"hosts":["token.example.com"],"secretName":"tls"}]}}"#,
        r#"{"kind":"Role","rules":[{"apiGroups":[""],"resources":["secrets","serviceaccounts/token"],"verbs":["get"]}]}"#,
        r#"{"kind":"ResourceQuota","spec":{"hard":{"secrets":"10","count/secrets":"5"}}}"#,
        r#"{"kind":"Application","spec":{"source":{"repoURL":"https://git.example.com/acme/secret-app.git"},"destination":{"server":"https://kubernetes.default.svc"}}}"#,
        r#"{"kind":"Application","spec":{"source":{"repoURL":"ssh://git@git.example.com/acme/app.git"}}}"#,
        r#"{"kind":"Certificate","spec":{"secretName":"tls","privateKey":{"algorithm":"ECDSA"},"issuerRef":{"name":"le"}}}"#,
    ] {
        let before = Value::from_json_str(json).unwrap();
        assert_eq!(redacted(json), before);
    }
}

/// What needs no change stays in the compact form in which it was parsed, shared with whoever else has it.
#[test]
fn an_object_without_credentials_is_not_rebuilt() {
    let mut value =
        Value::from_json_str(r#"{"kind":"Service","spec":{"type":"ClusterIP","ports":[{"port":1}]}}"#)
            .unwrap();
    let (before, other) = (value.clone(), value.clone());
    redactor().redact(&mut value);
    let same = match (&value, &before) {
        (Value::Object(after), Value::Object(before)) => {
            std::ptr::eq(&raw const **after, &raw const **before)
        }
        _ => false,
    };
    assert!(same);
    assert_eq!(value, other);
}
