//! What renderers make of folders of a checkout.

use super::Checkout;
use crate::clients::{ProgramError, renderers};
use envcheck_core::inventory::application::Helm;
use envcheck_core::value::{Value, ValueExt};
use envcheck_core::yaml::{self, Limits};
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

impl Checkout {
    /// What Kustomize makes of a folder.
    pub async fn kustomized(&self, folder: &str) -> Result<Vec<Value>, String> {
        let rendered = renderers::kustomize(&self.at(folder)?, &self.interrupt).await;
        rendered_objects("kustomize", &rendered.map_err(|error| self.in_words(&error))?)
    }

    /// What Helm makes of the chart in a folder.
    pub async fn templated(
        &self,
        folder: &str,
        release: &str,
        namespace: Option<&str>,
        helm: &Helm,
    ) -> Result<Vec<Value>, String> {
        // An application's text becomes an argument: what is no name of a release is none.
        let named =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        if !release.bytes().all(named) || !release.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            return Err("the name of its release is none that Helm takes".to_owned());
        }
        let scratch = self.scratch()?;
        let mut words: Vec<OsString> = vec!["template".into()];
        if let Some(namespace) = helm.namespace.as_deref().or(namespace) {
            words.push(format!("--namespace={namespace}").into());
        }
        let said = [
            (!helm.skip_crds, "--include-crds"),
            (helm.skip_tests, "--skip-tests"),
            (helm.skip_schema, "--skip-schema-validation"),
        ];
        words.extend(
            said.iter()
                .filter(|(said, _)| *said)
                .map(|(_, flag)| (*flag).into()),
        );
        // Helm takes a comma in a name for the next file: each is read under a name of ours.
        for (number, file) in self.value_files(folder, helm)?.iter().enumerate() {
            let path = scratch.path().join(format!("file-{number}.yaml"));
            fs::write(&path, self.text(file)?).map_err(|error| error.to_string())?;
            words.extend(["--values".into(), path.into()]);
        }
        let own = [
            // An object of values makes the text count for nothing.
            (
                "text.yaml",
                helm.values_text.clone().filter(|_| helm.values.is_none()),
            ),
            (
                "object.yaml",
                helm.values.as_ref().and_then(|values| values.to_json_str().ok()),
            ),
        ];
        for (name, text) in own {
            let Some(text) = text else { continue };
            let path = scratch.path().join(name);
            let mut file = fs::File::create(&path).map_err(|error| error.to_string())?;
            file.write_all(text.as_bytes())
                .map_err(|error| error.to_string())?;
            words.extend(["--values".into(), path.into()]);
        }
        let mut files = Vec::new();
        for (number, (name, file)) in helm.file_parameters.iter().enumerate() {
            let path = scratch.path().join(format!("parameter-{number}"));
            fs::write(&path, self.text(&self.named(folder, file)?)?).map_err(|error| error.to_string())?;
            files.push((name.as_str(), path));
        }
        words.extend(flags(helm, &files));
        words.extend(["--".into(), release.into(), self.at(folder)?.into()]);
        let rendered = renderers::helm(words, &self.interrupt).await;
        rendered_objects("helm", &rendered.map_err(|error| self.in_words(&error))?)
    }

    /// The files of values that an application names, as paths in the repository.
    pub fn value_files(&self, folder: &str, helm: &Helm) -> Result<Vec<String>, String> {
        let mut files = Vec::new();
        for name in &helm.value_files {
            match self.named(folder, name) {
                Ok(file) => files.push(file),
                Err(_) if helm.ignore_missing && self.is_missing(folder, name) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(files)
    }

    /// Whether a file would be in this repository, and is not.
    fn is_missing(&self, folder: &str, name: &str) -> bool {
        !is_elsewhere(name) && self.at(&within(folder, name)).is_ok_and(|at| !at.exists())
    }

    /// A file that an application names, as a path in the repository.
    fn named(&self, folder: &str, name: &str) -> Result<String, String> {
        if is_elsewhere(name) {
            return Err(format!("its values {name} stand in another repository"));
        }
        let path = within(folder, name);
        let at = self.at(&path)?;
        self.path_of(&at)
            .ok_or_else(|| format!("there is no {path} in {}", self.called))
    }

    fn in_words(&self, error: &ProgramError) -> String {
        // Where our copy is says nothing to anybody.
        let folder = self.files.path().display().to_string();
        error
            .to_string()
            .replace(&format!("{folder}/"), "")
            .replace(&folder, ".")
    }
}

fn is_elsewhere(name: &str) -> bool {
    name.starts_with('$') || name.contains("://")
}

/// A path that an application names, from the root of the repository.
fn within(folder: &str, name: &str) -> String {
    match name.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{name}"),
    }
}

/// What an application says of how a chart is rendered, beside its files of values.
fn flags(helm: &Helm, files: &[(&str, PathBuf)]) -> Vec<OsString> {
    let parameters = helm.parameters.iter().map(|(name, value, forced)| {
        let flag = if *forced { "--set-string" } else { "--set" };
        format!("{flag}={name}={}", escaped(value))
    });
    let files = files
        .iter()
        .map(|(name, path)| format!("--set-file={name}={}", path.display()));
    let version = helm.kube_version.iter();
    let version = version.map(|version| format!("--kube-version={version}"));
    let versions = helm.api_versions.iter();
    let versions = versions.map(|version| format!("--api-versions={version}"));
    parameters
        .chain(files)
        .chain(version)
        .chain(versions)
        .map(Into::into)
        .collect()
}

/// The value of a parameter, as Argo CD hands it to Helm: a comma in it begins no other parameter, but in lists in braces.
fn escaped(value: &str) -> String {
    if value.starts_with('{') && value.ends_with('}') {
        return value.to_owned();
    }
    let mut safe = String::with_capacity(value.len());
    let mut before = ' ';
    for letter in value.chars() {
        if letter == ',' && before != '\\' {
            safe.push('\\');
        }
        safe.push(letter);
        before = letter;
    }
    safe
}

/// The objects in what a renderer says.
pub(in crate::collect) fn rendered_objects(renderer: &str, text: &[u8]) -> Result<Vec<Value>, String> {
    let source = yaml::decode(renderer, text).map_err(|problem| problem.one_line())?;
    let limits = Limits::default();
    let mut objects = Vec::new();
    for document in yaml::documents(&source, &limits) {
        let value = document.map_err(|problem| problem.one_line())?.value;
        let list = value
            .text_at(&["kind"])
            .is_some_and(|kind| kind.ends_with("List"));
        match value.field("items") {
            Some(items) if list => objects.extend(items.items().iter().cloned()),
            _ => objects.push(value),
        }
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_an_application_says_of_a_chart_is_told_to_helm() {
        let helm = Helm {
            parameters: vec![
                ("a".to_owned(), "1".to_owned(), true),
                ("b".to_owned(), r"x,y\,z,c=d".to_owned(), false),
                ("l".to_owned(), "{x,y}".to_owned(), false),
            ],
            kube_version: Some("1.33".to_owned()),
            api_versions: vec!["a/v1".to_owned(), "b/v1/C".to_owned()],
            ..Helm::default()
        };
        let told = flags(&helm, &[("f", PathBuf::from("/tmp/p-0"))]);
        assert_eq!(
            told,
            [
                "--set-string=a=1",
                r"--set=b=x\,y\,z\,c=d",
                "--set=l={x,y}",
                "--set-file=f=/tmp/p-0",
                "--kube-version=1.33",
                "--api-versions=a/v1",
                "--api-versions=b/v1/C",
            ]
        );
    }
}
