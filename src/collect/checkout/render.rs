//! What renderers make of folders of a checkout.

use super::Checkout;
use crate::clients::{ProgramError, renderers};
use envcheck_core::inventory::application::Helm;
use envcheck_core::value::{Value, ValueExt};
use envcheck_core::yaml::{self, Limits};
use std::ffi::OsString;
use std::fs;
use std::io::Write;

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
        if let Some(namespace) = namespace {
            words.push(format!("--namespace={namespace}").into());
        }
        if !helm.skip_crds {
            words.push("--include-crds".into());
        }
        // Helm takes a comma in a name for the next file: each is read under a name of ours.
        for (number, file) in self.value_files(folder, helm)?.iter().enumerate() {
            let path = scratch.path().join(format!("file-{number}.yaml"));
            fs::write(&path, self.text(file)?).map_err(|error| error.to_string())?;
            words.extend(["--values".into(), path.into()]);
        }
        let own = [
            ("text.yaml", helm.values_text.clone()),
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
        for (name, value, forced) in &helm.parameters {
            let flag = if *forced { "--set-string" } else { "--set" };
            words.push(format!("{flag}={name}={value}").into());
        }
        words.extend(["--".into(), release.into(), self.at(folder)?.into()]);
        let rendered = renderers::helm(words, &self.interrupt).await;
        rendered_objects("helm", &rendered.map_err(|error| self.in_words(&error))?)
    }

    /// The files of values that an application names, as paths in the repository.
    pub fn value_files(&self, folder: &str, helm: &Helm) -> Result<Vec<String>, String> {
        let one = |name: &String| {
            if name.starts_with('$') || name.contains("://") {
                return Err(format!("its values {name} stand in another repository"));
            }
            let path = match name.strip_prefix('/') {
                Some(absolute) => absolute.to_owned(),
                None => format!("{folder}/{name}"),
            };
            let at = self.at(&path)?;
            self.path_of(&at)
                .ok_or_else(|| format!("there is no {path} in {}", self.called))
        };
        helm.value_files.iter().map(one).collect()
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

fn rendered_objects(renderer: &str, text: &[u8]) -> Result<Vec<Value>, String> {
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
