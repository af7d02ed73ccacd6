//! Edits of manifests that people wrote: those below `given` in the folder that `ENVCHECK_TEST_DATA` names.

use super::super::edit::{edit, reference};
use super::super::{Limits, decode, documents};
use super::edit_properties::{holds, paths};
use crate::value::patch::{Operation, OperationKind};
use crate::value::{Value, ValueExt, object};
use std::path::{Path, PathBuf};

/// Documents looked at, and of each the scalars replaced by themselves.
const DOCUMENTS: usize = 1500;
const SCALARS: usize = 200;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        let yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if path.is_dir() {
            files(&path, found);
        } else if yaml {
            found.push(path);
        }
    }
}

/// The label that is to be there afterwards.
fn label(value: &Value) -> Vec<Operation> {
    let add = |path: &[&str], value: Value| Operation {
        from: None,
        kind: OperationKind::Add,
        path: path.iter().map(|segment| (*segment).to_owned()).collect(),
        value: Some(value),
    };
    let labels = object([("envcheck.dev/test", Value::from("x"))]);
    if value.field("metadata").is_none() {
        vec![add(&["metadata"], object([("labels", labels)]))]
    } else if value.at(&["metadata", "labels"]).is_none() {
        vec![add(&["metadata", "labels"], labels)]
    } else {
        vec![add(
            &["metadata", "labels", "envcheck.dev/test"],
            Value::from("x"),
        )]
    }
}

#[test]
fn given_manifests_take_a_label_and_nothing_else() {
    let Some(data) = std::env::var_os("ENVCHECK_TEST_DATA").filter(|data| !data.is_empty()) else {
        println!("skipped: ENVCHECK_TEST_DATA is not set");
        return;
    };
    let mut found = Vec::new();
    files(&Path::new(&data).join("given"), &mut found);
    let (mut seen, mut refused) = (0, Vec::new());
    for path in found {
        let Ok(source) = decode(&path.display().to_string(), &std::fs::read(&path).unwrap()) else {
            continue;
        };
        for document in documents(&source, &Limits::default()).filter_map(Result::ok) {
            if seen == DOCUMENTS || !matches!(document.value, Value::Object(_)) {
                continue;
            }
            seen += 1;
            let scalars = paths(&document.value).into_iter();
            let scalars = scalars.filter(|(_, value)| !matches!(value, Value::Object(_) | Value::Array(_)));
            for (path, value) in scalars.take(SCALARS) {
                let change = Operation {
                    from: None,
                    kind: OperationKind::Replace,
                    path,
                    value: Some(value),
                };
                assert_eq!(edit(&document, &[change]).as_ref(), Ok(&source.text));
            }
            let changes = label(&document.value);
            assert!(reference(&document.value, &changes).is_ok(), "{}", path.display());
            if !holds(&document, &changes).unwrap() {
                refused.push(format!(
                    "{} {}: {}",
                    path.display(),
                    document.index,
                    edit(&document, &changes).unwrap_err()
                ));
            }
        }
    }
    println!(
        "{seen} documents, {} refused\n{}",
        refused.len(),
        refused.join("\n")
    );
    assert!(seen > 0, "no documents below given");
    assert!(
        refused.len() * 20 <= seen,
        "{} of {seen} refused: {}",
        refused.len(),
        refused[0]
    );
}
