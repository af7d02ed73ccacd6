//! What is made from specs, object by object.

mod charts;
mod install;
mod properties;
mod whole;

use super::{Desired, Material, objects};
use crate::source::{Diagnostic, SourceText};
use crate::spec::{self, Spec};
use crate::value::Value;
use crate::yaml::edit::whole;

/// The spec whose `spec:` section holds these lines.
fn declared(sections: &str) -> Spec {
    let indented: Vec<String> = sections.lines().map(|line| format!("  {line}")).collect();
    let indented = indented.join("\n");
    let text = format!(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n{indented}\n"
    );
    spec::load("stage.yaml", &mut |_| Ok(text.clone().into_bytes()))
        .unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

/// A spec of the repository with the values of its charts.
fn of_repository(name: &str) -> (Spec, Material) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
    let read = |path: &str| std::fs::read(format!("{root}{path}"));
    let spec = spec::load(&format!("environments/{name}.yaml"), &mut |path| {
        read(path).map_err(|error| error.to_string())
    })
    .unwrap();
    let mut material = Material::default();
    for chart in &spec.environment.spec.delivery.charts {
        if let Some(file) = &chart.values {
            let text = String::from_utf8(read(file.as_str()).unwrap()).unwrap();
            let source = SourceText::new(file.as_str(), text);
            material.values.insert(file.as_str().to_owned(), source);
        }
    }
    (spec, material)
}

fn made(sections: &str) -> Desired {
    objects(&declared(sections), &Material::default()).unwrap()
}

fn refused(spec: &Spec, material: &Material) -> Vec<String> {
    objects(spec, material)
        .unwrap_err()
        .iter()
        .map(Diagnostic::one_line)
        .collect()
}

/// Each object as `Kind namespace/name`, in order.
fn listed(desired: &Desired) -> Vec<String> {
    desired
        .objects
        .iter()
        .map(|object| format!("{} {}", object.reference.kind, object.reference.qualified_name()))
        .collect()
}

/// The object of this kind and `namespace/name`.
#[track_caller]
fn object<'d>(desired: &'d Desired, kind: &str, name: &str) -> &'d Value {
    let found = desired
        .objects
        .iter()
        .find(|object| object.reference.kind == kind && object.reference.qualified_name() == name);
    &found
        .unwrap_or_else(|| panic!("no {kind} {name} among {:?}", listed(desired)))
        .value
}

#[track_caller]
fn text(desired: &Desired, kind: &str, name: &str) -> String {
    whole(object(desired, kind, name))
}
