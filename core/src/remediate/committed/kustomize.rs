//! A patch as an entry of a kustomization: for objects that stand in a base which others use, too.

use crate::inventory::ResourceRef;
use crate::value::patch::{self, Operation};
use crate::value::{Value, ValueExt, array, object};
use crate::yaml::edit::{edit, marked_as};
use crate::yaml::{self, Limits};

/// The text of a kustomization with one more patch, of this target. The target is named as it is when the file's patches are
/// done, that is without the prefix and suffix that the same file adds; its namespace only when `in_namespace`.
///
/// # Errors
///
/// In words, why the file cannot be edited so.
pub fn with_patch(
    name: &str,
    text: &str,
    target: &ResourceRef,
    operations: &[Operation],
    in_namespace: bool,
) -> Result<String, String> {
    let source = yaml::decode(name, text.as_bytes()).map_err(|problem| problem.one_line())?;
    let limits = Limits::default();
    let mut documents = yaml::documents(&source, &limits);
    let (first, second) = (documents.next(), documents.next());
    let (Some(Ok(document)), None) = (first, second) else {
        return Err(format!("{name} is not one document of YAML"));
    };
    let entry = entry(&document.value, target, operations, in_namespace)?;
    let patches = vec!["patches".to_owned()];
    let added = match document.value.field("patches") {
        Some(list) if list.as_array().is_ok() => {
            Operation::add(patches.into_iter().chain(["-".to_owned()]).collect(), entry)
        }
        None | Some(Value::Null) => Operation::add(patches, array([entry])),
        Some(_) => return Err(format!("the patches of {name} are not a list")),
    };
    let after = edit(&document, &[added]).map_err(|cannot| cannot.to_string())?;
    Ok(marked_as(text, after))
}

/// What in a kustomization changes what it takes in, in the order in which that is looked for.
const CHANGING: [&str; 13] = [
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "components",
    "images",
    "replacements",
    "replicas",
    "labels",
    "transformers",
    "vars",
    "commonLabels",
    "commonAnnotations",
    "namespace",
];

/// Each thing in a kustomization that changes what it takes in: in words, with the text without it.
pub fn without_each(name: &str, text: &str) -> Vec<(String, String)> {
    let Ok(source) = yaml::decode(name, text.as_bytes()) else {
        return Vec::new();
    };
    let Some(Ok(document)) = yaml::documents(&source, &Limits::default()).next() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for member in CHANGING {
        let Some(value) = document.value.field(member) else {
            continue;
        };
        let entries = if value.as_array().is_ok() {
            (0..value.items().len()).map(Some).collect()
        } else {
            vec![None]
        };
        for index in entries {
            let entry = index.and_then(|index| value.items().get(index));
            let path = [member.to_owned()]
                .into_iter()
                .chain(index.map(|index| index.to_string()));
            if let Ok(without) = edit(&document, &[Operation::remove(path.collect())]) {
                found.push((entry_in_words(name, member, entry), marked_as(text, without)));
            }
        }
    }
    found
}

/// `the patch in over/class.yaml`.
fn entry_in_words(name: &str, member: &str, entry: Option<&Value>) -> String {
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let file = entry.and_then(|entry| entry.text().or_else(|| entry.text_at(&["path"])));
    let file = file.filter(|file| !file.contains('\n'));
    let file = file.map(|file| below(folder, file));
    let what = match member {
        "patches" | "patchesStrategicMerge" | "patchesJson6902" => "the patch",
        "components" => "the component",
        "replacements" => "the replacement",
        "transformers" => "the transformer",
        "images" => "an image",
        "replicas" => "a number of replicas",
        "labels" => "an entry of labels",
        "vars" => "a variable",
        other => other,
    };
    format!("{what} in {}", file.as_deref().unwrap_or(name))
}

/// What a file in a folder names, as it is called from where that one is.
fn below(folder: &str, file: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(file.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// As what an object comes out of a kustomization that lists its file.
///
/// # Errors
///
/// In words, why that cannot be told.
pub fn comes_out_as(name: &str, text: &str, object: &ResourceRef) -> Result<ResourceRef, String> {
    let source = yaml::decode(name, text.as_bytes()).map_err(|problem| problem.one_line())?;
    let limits = Limits::default();
    let first = yaml::documents(&source, &limits).next();
    let kustomization = match first {
        Some(Ok(document)) => document.value,
        Some(Err(problem)) => return Err(problem.one_line()),
        None => return Err(format!("{name} is empty")),
    };
    let said = |key: &str| kustomization.text_at(&[key]).unwrap_or_default();
    let mut out = object.clone();
    out.name = format!("{}{}{}", said("namePrefix"), object.name, said("nameSuffix"));
    if !said("namespace").is_empty() {
        out.namespace = Some(said("namespace").to_owned());
    }
    Ok(out)
}

fn entry(
    kustomization: &Value,
    target: &ResourceRef,
    operations: &[Operation],
    in_namespace: bool,
) -> Result<Value, String> {
    let affix = |key: &str| kustomization.text_at(&[key]).unwrap_or_default();
    let bare = target
        .name
        .strip_prefix(affix("namePrefix"))
        .and_then(|name| name.strip_suffix(affix("nameSuffix")))
        .filter(|name| !name.is_empty())
        .ok_or_else(|| {
            format!("the name of {target} does not have the prefix and suffix that are added to it")
        })?;
    let mut selector = vec![
        ("kind", Value::from(target.kind.as_str())),
        ("name", Value::from(bare)),
    ];
    if !target.group().is_empty() {
        selector.insert(0, ("group", Value::from(target.group())));
    }
    if let Some(namespace) = target.namespace.as_deref().filter(|_| in_namespace) {
        selector.push(("namespace", Value::from(namespace)));
    }
    let mut lines = String::new();
    for operation in operations {
        lines.push_str("- op: ");
        lines.push_str(operation.kind.as_str());
        lines.push_str("\n  path: ");
        lines.push_str(&json(&Value::from(patch::pointer(&operation.path))));
        if let Some(value) = &operation.value {
            lines.push_str("\n  value: ");
            lines.push_str(&json(value));
        }
        lines.push('\n');
    }
    Ok(object([
        ("target", object(selector)),
        ("patch", Value::from(lines)),
    ]))
}

/// JSON is YAML on one line, whatever stands in it.
fn json(value: &Value) -> String {
    value.to_json_str().unwrap_or_default()
}
