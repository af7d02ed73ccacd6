//! What holds for repairs of whole environments, whatever is wrong with them: fixing twice is fixing once, and what is undone
//! step by step is as it was. On STAGE with faults thrown in at random, and on all the given manifests.

use super::file_edit::write_files;
use super::files::{Allowed, plan_files};
use super::plan::{Repairing, proposed};
use crate::pipeline::judge::{Judging, unjudged};
use crate::pipeline::{catalogue, check, environment};
use envcheck_core::inventory::redact::Redactor;
use envcheck_core::inventory::{ResourceRef, identify};
use envcheck_core::plan::{Step, Undo, meaning, meaning_hash};
use envcheck_core::policy::{Named, Risk, Selection};
use envcheck_core::remediate::{Access, Observed, Proposal, propose};
use envcheck_core::value::patch::patched;
use envcheck_core::value::{Value, ValueExt, array, object};
use envcheck_core::yaml::{self, Limits};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The files of which STAGE consists.
const STAGE: [&str; 5] = [
    "applications.yaml",
    "argocd.yaml",
    "ingress.yaml",
    "monitoring.yaml",
    "kinds.yaml",
];
/// An environment that is mended needs no more rounds than this: a level of Pod Security is warned of first.
const ROUNDS: usize = 4;
/// All that a file can take.
const ALLOWED: Allowed = Allowed {
    most: Some(Risk::Disruptive),
    declined: None,
    enforcing: true,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn repairing(spec: &Path) -> Repairing {
    let spec = environment(&spec.display().to_string()).unwrap();
    let catalogue = catalogue(true, &[]).unwrap();
    let selection = Selection {
        bundles: vec![Named::from("environment")],
        only: Vec::new(),
        skip: Vec::new(),
        disabled: Vec::new(),
    };
    let selected = catalogue
        .select(&selection)
        .unwrap()
        .into_iter()
        .cloned()
        .collect();
    Repairing::new(Judging {
        catalogue,
        selected,
        jobs: 2,
        ..unjudged(spec, "2026-11-20T10:00:00Z".parse().unwrap())
    })
}

fn documents(text: &str) -> Vec<Value> {
    let source = yaml::decode("objects.yaml", text.as_bytes()).unwrap();
    let limits = Limits::default();
    yaml::documents(&source, &limits)
        .map(|document| document.unwrap().value)
        .collect()
}

/// STAGE as it should be, without what Argo CD's annotations say of it.
fn stage() -> Vec<Value> {
    let folder = root().join("tests/fixtures/stage-live");
    let texts = STAGE.map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
    texts.iter().flat_map(|text| documents(text)).collect()
}

type Objects = BTreeMap<ResourceRef, Value>;

/// What goes wrong with an object.
#[derive(Debug, Clone)]
enum Fault {
    Gone,
    NoLabels,
    NoAnnotations,
    Member(&'static [&'static str], Option<Value>),
    Image(&'static str),
}

fn faults() -> impl Strategy<Value = Fault> {
    let text = |text: &str| Some(Value::from(text));
    prop_oneof![
        Just(Fault::Gone),
        Just(Fault::NoLabels),
        Just(Fault::NoAnnotations),
        prop::sample::select(vec![
            Fault::Member(&["spec", "ingressClassName"], text("other")),
            Fault::Member(&["spec", "ingressClassName"], None),
            Fault::Member(&["spec", "ingress"], Some(array([Value::new_object()]))),
            Fault::Member(&["spec", "ingress"], Some(array([]))),
            Fault::Member(&["spec", "type"], text("NodePort")),
            Fault::Member(&["spec", "type"], text("LoadBalancer")),
            Fault::Member(&["spec", "volumeClaimTemplates"], None),
            Fault::Member(&["spec", "replicas"], Some(Value::from(0))),
            Fault::Member(
                &["spec", "source", "repoURL"],
                text("https://example.com/other.git")
            ),
            Fault::Member(&["spec", "sourceRepos"], Some(array([Value::from("*")]))),
            Fault::Member(
                &["metadata", "labels"],
                Some(object([(
                    "pod-security.kubernetes.io/enforce",
                    Value::from("privileged")
                )]))
            ),
        ]),
        prop::sample::select(vec![
            Fault::Image("docker.io/library/nginx"),
            Fault::Image("nginx:latest")
        ]),
    ]
}

fn spoil(value: &mut Value, fault: &Fault) {
    let set = |value: &mut Value, path: &[&str], new: Option<&Value>| {
        let Some((last, above)) = path.split_last() else {
            return;
        };
        let mut here = value;
        for key in above {
            let Ok(members) = here.as_object_mut() else { return };
            let Some(next) = members.get_mut(&Value::from(*key)) else {
                return;
            };
            here = next;
        }
        if let Ok(members) = here.as_object_mut() {
            match new {
                Some(new) => drop(members.insert(Value::from(*last), new.clone())),
                None => drop(members.remove(&Value::from(*last))),
            }
        }
    };
    match fault {
        Fault::Gone => {}
        Fault::NoLabels => set(value, &["metadata", "labels"], None),
        Fault::NoAnnotations => set(value, &["metadata", "annotations"], None),
        Fault::Member(path, new) => {
            // What the kind does not have is no fault of it.
            if value.at(path).is_some() || path.first() == Some(&"metadata") {
                set(value, path, new.as_ref());
            }
        }
        Fault::Image(image) => {
            let containers = value
                .items_at(&["spec", "template", "spec", "containers"])
                .to_vec();
            if let Some(first) = containers.first() {
                let mut first = first.clone();
                set(&mut first, &["image"], Some(&Value::from(*image)));
                let rest = containers.iter().skip(1).cloned();
                set(
                    value,
                    &["spec", "template", "spec", "containers"],
                    Some(&array([first].into_iter().chain(rest))),
                );
            }
        }
    }
}

fn spoilt(faults: &[(usize, Fault)]) -> Objects {
    let mut objects: Vec<Option<Value>> = stage().into_iter().map(Some).collect();
    for (at, fault) in faults {
        let at = at % objects.len();
        match (fault, objects[at].as_mut()) {
            (Fault::Gone, _) => objects[at] = None,
            (fault, Some(value)) => spoil(value, fault),
            (_, None) => {}
        }
    }
    let known = |value: Value| Some((identify(&value).ok()?.0, value));
    objects.into_iter().flatten().filter_map(known).collect()
}

/// The steps that are proposed for these objects.
fn plan(repairing: &Repairing, objects: &Objects) -> Proposal {
    let folder = tempfile::tempdir().unwrap();
    let text: Vec<String> = objects
        .values()
        .map(|value| value.to_json_str().unwrap())
        .collect();
    std::fs::write(folder.path().join("objects.yaml"), text.join("\n---\n")).unwrap();
    let paths = [folder.path().display().to_string()];
    let assessment = check(repairing.judging.clone(), &paths, true, None).unwrap();
    let open: Vec<_> = assessment.open().collect();
    let redactor = Redactor::new([7; 32]);
    let observed = Observed {
        objects,
        unread: &BTreeMap::new(),
        applications: &[],
        access: Access::default(),
        redactor: &redactor,
    };
    propose(
        &proposed(&open, &assessment, &repairing.judging.selected),
        &observed,
        false,
    )
}

fn done(objects: &mut Objects, steps: &[Step]) -> Result<(), TestCaseError> {
    for step in steps {
        let target = &step.deed.target;
        let before = objects.get(target).cloned();
        prop_assert_eq!(
            before.as_ref().map(meaning_hash),
            step.before.clone(),
            "{}",
            step.summary
        );
        match step.deed.done_to(before.as_ref()).map_err(TestCaseError::fail)? {
            Some(after) => drop(objects.insert(target.clone(), after)),
            None => drop(objects.remove(target)),
        }
    }
    Ok(())
}

fn undone(objects: &mut Objects, steps: &[Step]) -> Result<(), TestCaseError> {
    for step in steps.iter().rev() {
        let target = &step.deed.target;
        match &step.undo {
            Undo::Delete => drop(objects.remove(target)),
            // By whoever wants it gone: no remediation does that.
            Undo::None(why) if why.contains("kubectl delete namespace") => drop(objects.remove(target)),
            Undo::Patch(operations) => {
                let after = objects.get(target).cloned().unwrap_or(Value::Null);
                let before = patched(&after, operations).map_err(TestCaseError::fail)?;
                objects.insert(target.clone(), before);
            }
            other => prop_assert!(false, "{} has no undo: {other:?}", step.summary),
        }
    }
    Ok(())
}

fn meanings(objects: &Objects) -> Vec<(ResourceRef, Value)> {
    objects
        .iter()
        .map(|(reference, value)| (reference.clone(), meaning(value)))
        .collect()
}

proptest! {
    #![proptest_config(Config { cases: 24, ..Config::default() })]

    #[test]
    fn what_is_fixed_stays_fixed_and_what_is_undone_is_as_it_was(
        faults in prop::collection::vec((any::<usize>(), faults()), 1..12)
    ) {
        let repairing = repairing(&root().join("tests/fixtures/stage-live/stage.yaml"));
        let spoilt = spoilt(&faults);
        let mut objects = spoilt.clone();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut rounds: Vec<Vec<Step>> = Vec::new();
        loop {
            let steps = plan(&repairing, &objects).steps;
            if steps.is_empty() {
                break;
            }
            for step in &steps {
                prop_assert!(seen.insert(step.id.clone()), "{} is done twice", step.summary);
            }
            done(&mut objects, &steps)?;
            rounds.push(steps);
            prop_assert!(rounds.len() <= ROUNDS, "it never ends: {rounds:?}");
        }
        for steps in rounds.iter().rev() {
            undone(&mut objects, steps)?;
        }
        prop_assert_eq!(meanings(&objects), meanings(&spoilt));
    }
}

/// The property above is not kept by doing nothing.
#[test]
fn faults_of_stage_become_steps() {
    let repairing = repairing(&root().join("tests/fixtures/stage-live/stage.yaml"));
    let class = Fault::Member(&["spec", "ingressClassName"], Some(Value::from("other")));
    let all: Vec<(usize, Fault)> = (0..stage().len()).map(|at| (at, class.clone())).collect();
    let steps = plan(&repairing, &spoilt(&all)).steps;
    assert_eq!(steps.len(), 2, "{steps:?}");
}

/// Folders that hold manifests themselves.
fn folders(below: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(below)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    let yaml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    if entries.iter().any(yaml) {
        found.push(below.to_owned());
    }
    for entry in entries.iter().filter(|entry| entry.is_dir()) {
        folders(entry, found);
    }
}

/// A spec in which every namespace is an application's.
fn spec_for(texts: &BTreeMap<PathBuf, Vec<u8>>, file: &Path) {
    let mut namespaces: BTreeSet<String> = BTreeSet::from(["default".to_owned()]);
    for bytes in texts.values() {
        let Ok(source) = yaml::decode("given.yaml", bytes) else {
            continue;
        };
        let limits = Limits::default();
        for document in yaml::documents(&source, &limits).flatten() {
            let value = &document.value;
            namespaces.extend(value.text_at(&["metadata", "namespace"]).map(ToOwned::to_owned));
            if value.text_at(&["kind"]) == Some("Namespace") {
                namespaces.extend(value.text_at(&["metadata", "name"]).map(ToOwned::to_owned));
            }
        }
    }
    namespaces.retain(|name| !name.starts_with("kube-"));
    let mut text = String::from(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: given}\nspec:\n  target: {kubernetes: {context: none}}\n  ingress: \
         {controller: ingress-nginx, class: nginx}\n  namespaces:\n",
    );
    for name in namespaces {
        let line = format!(
            "    - {{name: '{name}', role: application, podSecurity: restricted, network: {{accepts: {{fromNamespaces: all}}}}}}\n"
        );
        text.push_str(&line);
    }
    std::fs::write(file, text).unwrap();
}

fn read_all(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect()
}

/// Fixing twice is fixing once, a fix taken back leaves the same bytes, and what needs no fix keeps them.
#[test]
fn given_manifests_are_mended_once_and_only_where_they_have_to_be() {
    let Some(given) = std::env::var_os("ENVCHECK_TEST_DATA") else {
        println!("skipped: given: ENVCHECK_TEST_DATA does not say where the given data is");
        return;
    };
    let mut all = Vec::new();
    folders(&Path::new(&given).join("given"), &mut all);
    assert!(all.len() > 20, "{} folders", all.len());
    let (mut edited, mut looked) = (0, 0);
    for folder in all {
        let copy = tempfile::tempdir().unwrap();
        for (path, bytes) in read_all(&folder) {
            std::fs::write(copy.path().join(path.file_name().unwrap()), bytes).unwrap();
        }
        let before = read_all(copy.path());
        let elsewhere = tempfile::tempdir().unwrap();
        let spec = elsewhere.path().join("given.yaml");
        spec_for(&before, &spec);
        let repairing = repairing(&spec);
        let paths = [copy.path().display().to_string()];
        let mut rounds = Vec::new();
        loop {
            let plan = plan_files(&repairing, &paths, true, ALLOWED).unwrap();
            if plan.edits.is_empty() {
                break;
            }
            for (path, written) in write_files(&plan.edits) {
                written.unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            }
            rounds.push(plan.edits);
            assert!(rounds.len() <= ROUNDS, "{} never ends", folder.display());
        }
        looked += before.len();
        let touched: BTreeSet<PathBuf> = rounds.iter().flatten().map(|edit| edit.path.clone()).collect();
        edited += touched.len();
        for (path, bytes) in &before {
            assert!(
                touched.contains(path) || std::fs::read(path).unwrap() == *bytes,
                "{}",
                path.display()
            );
        }
        // The same files, the other way round.
        for mut edits in rounds.into_iter().rev() {
            for edit in &mut edits {
                std::mem::swap(&mut edit.before, &mut edit.after);
            }
            for (path, written) in write_files(&edits) {
                written.unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            }
        }
        assert_eq!(read_all(copy.path()), before, "{}", folder.display());
    }
    assert!(
        looked > 200 && edited > 5,
        "{edited} of {looked} files were edited"
    );
}
