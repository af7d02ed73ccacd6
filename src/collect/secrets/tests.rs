use super::*;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;

const CANARY: &str = "canary-2f61";

fn secrets(commands: bool) -> Secrets {
    let variables = [("TOKEN", CANARY), ("EMPTY", ""), ("LINES", "canary-2f61\nsecond")];
    Secrets {
        patience: Duration::from_millis(500),
        ..Secrets::new(Variables::from_iter(variables), commands)
    }
}

fn reference(json: &serde_json::Value) -> SecretRef {
    serde_json::from_value(json.clone()).unwrap()
}

async fn ask(secrets: &Secrets, json: serde_json::Value, beside: &Path) -> Result<String, SecretError> {
    let value = secrets.resolve(&reference(&json), beside).await?;
    assert!(!format!("{value:?} {secrets:?}").contains(CANARY));
    Ok(value.expose_secret().to_owned())
}

/// The sentence of a reference that gives nothing; never the value.
async fn refusal(secrets: &Secrets, json: serde_json::Value) -> String {
    let error = ask(secrets, json, Path::new("environments/stage.yaml"))
        .await
        .unwrap_err();
    let all = format!("{error} {error:?}");
    assert!(!all.contains(CANARY) && !error.hint().is_empty(), "{all}");
    error.to_string()
}

#[tokio::test]
async fn variables_give_secrets() {
    let secrets = secrets(false);
    let nowhere = Path::new("stage.yaml");
    let given = ask(&secrets, serde_json::json!({"env": "TOKEN"}), nowhere).await;
    assert_eq!(given.unwrap(), CANARY);
    for (name, sentence) in [
        ("ABSENT", "the variable ABSENT is not set"),
        ("EMPTY", "the variable EMPTY is empty"),
        (
            "LINES",
            "the variable LINES has more than one line, or control characters",
        ),
    ] {
        assert_eq!(
            refusal(&secrets, serde_json::json!({"env": name})).await,
            sentence
        );
    }
}

#[test]
fn convention_takes_the_first_variable_that_is_set() {
    let secrets = secrets(false);
    let first = secrets.first_set(&["ABSENT", "EMPTY", "TOKEN"]).unwrap().unwrap();
    assert_eq!(first.expose_secret(), CANARY);
    assert!(secrets.first_set(&["ABSENT", "EMPTY"]).is_none());
    assert!(secrets.first_set(&["LINES"]).unwrap().is_err());
}

#[tokio::test]
async fn files_are_relative_to_the_spec_that_names_them() {
    let directory = tempfile::tempdir().unwrap();
    let spec = directory.path().join("stage.yaml");
    std::fs::write(directory.path().join("token"), format!("  {CANARY}\r\n")).unwrap();
    let secrets = secrets(false);
    assert_eq!(
        ask(&secrets, serde_json::json!({"file": "token"}), &spec)
            .await
            .unwrap(),
        CANARY
    );
    let absolute = directory.path().join("token");
    let by_root = serde_json::json!({"file": absolute});
    assert_eq!(
        ask(&secrets, by_root, Path::new("elsewhere.yaml")).await.unwrap(),
        CANARY
    );

    std::fs::write(directory.path().join("large"), CANARY.repeat(10_000)).unwrap();
    std::fs::write(directory.path().join("empty"), "\n").unwrap();
    std::fs::write(directory.path().join("bytes"), b"canary-2f61\xff").unwrap();
    std::fs::create_dir(directory.path().join("folder")).unwrap();
    for (name, words) in [
        ("absent", "does not exist"),
        ("large", "cannot be read: it is larger than 64 KiB"),
        ("empty", "is empty"),
        ("bytes", "is not text"),
        ("folder", "is a directory"),
    ] {
        let asked = reference(&serde_json::json!({"file": name}));
        let error = secrets.resolve(&asked, &spec).await.unwrap_err();
        assert_eq!(error.to_string(), format!("the secret's file {name} {words}"));
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_without_a_writer_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let asked = serde_json::json!({"file": pipe});
    let sentence = refusal(&secrets(false), asked).await;
    assert!(sentence.ends_with("did not give it within 0.5 s"), "{sentence}");
    // Ends the thread that waits.
    std::fs::write(&pipe, "late").unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn commands_run_only_when_allowed() {
    let printing = serde_json::json!({"command": format!("printf '%s\\n' {CANARY}")});
    assert_eq!(
        refusal(&secrets(false), printing.clone()).await,
        "the spec takes a secret from the command `printf`, and commands are not allowed"
    );
    let nowhere = Path::new("stage.yaml");
    assert_eq!(ask(&secrets(true), printing, nowhere).await.unwrap(), CANARY);
    let words = serde_json::json!({"command": ["echo", CANARY]});
    assert_eq!(ask(&secrets(true), words, nowhere).await.unwrap(), CANARY);
}

#[cfg(unix)]
#[tokio::test]
async fn commands_are_bounded_and_keep_their_secrets() {
    let secrets = secrets(true);
    for (command, shown, words) in [
        (
            serde_json::json!(["absent-2f61"]),
            "absent-2f61",
            "cannot be found",
        ),
        (
            serde_json::json!(format!(
                "KEY={CANARY} sh -c 'echo {CANARY}; echo {CANARY} >&2; exit 3'"
            )),
            "sh",
            "failed with exit code 3",
        ),
        (serde_json::json!("kill -9 $$"), "kill", "was killed"),
        (serde_json::json!(["yes", CANARY]), "yes", "said more than 64 KiB"),
        (
            serde_json::json!(["sleep", "20"]),
            "sleep",
            "did not give it within 0.5 s",
        ),
        (serde_json::json!("true"), "true", "gave something that is empty"),
        (
            serde_json::json!(format!("echo {CANARY}; echo {CANARY}")),
            "echo",
            "gave something that has more than one line, or control characters",
        ),
    ] {
        assert_eq!(
            refusal(&secrets, serde_json::json!({"command": command})).await,
            format!("the command `{shown}` that gives a secret {words}")
        );
    }
}

#[test]
fn a_reference_knows_the_file_that_wrote_it() {
    let files = BTreeMap::from([
        (
            "env/stage.yaml",
            "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: stage}\nextends: ../base/base.yaml\nspec: {}\n",
        ),
        (
            "base/base.yaml",
            "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: base}\nspec:\n  digitalocean:\n    region: fra1\n    token: {file: token}\n",
        ),
    ]);
    let spec = envcheck_core::spec::load("env/stage.yaml", &mut |path| {
        let path = path.replace("env/../", "");
        files
            .get(path.as_str())
            .map(|text| text.as_bytes().to_vec())
            .ok_or_else(|| format!("no {path}"))
    })
    .unwrap();
    let file = written_in(&spec, &["digitalocean", "token"]);
    assert!(file.ends_with("base/base.yaml"), "{}", file.display());
    let own = written_in(&spec, &["digitalocean", "spaces", "auditor"]);
    assert!(own.ends_with("env/stage.yaml"), "{}", own.display());
}
