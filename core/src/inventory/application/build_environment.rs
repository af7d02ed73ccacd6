//! What Argo CD puts in the place of `$ARGOCD_APP_NAME` and the like where it renders a chart.
//! <https://argo-cd.readthedocs.io/en/stable/user-guide/build-environment/>

use super::{Delivery, Source};

/// What the application itself says of these variables.
pub(super) struct BuildEnvironment {
    known: Vec<(&'static str, String)>,
}

/// Variables that have values only when Argo CD renders.
const LATER: [&str; 5] = [
    "ARGOCD_APP_REVISION",
    "ARGOCD_APP_REVISION_SHORT",
    "ARGOCD_APP_REVISION_SHORT_8",
    "KUBE_VERSION",
    "KUBE_API_VERSIONS",
];

impl BuildEnvironment {
    /// Of one source of an application of this project.
    pub(super) fn of(delivery: &Delivery, project: &str, source: &Source) -> Self {
        let known = vec![
            ("ARGOCD_APP_NAME", delivery.application.clone()),
            (
                "ARGOCD_APP_NAMESPACE",
                delivery.namespace.clone().unwrap_or_default(),
            ),
            ("ARGOCD_APP_PROJECT_NAME", project.to_owned()),
            (
                "ARGOCD_APP_SOURCE_PATH",
                source
                    .path
                    .clone()
                    .filter(|_| source.chart.is_none())
                    .unwrap_or_default(),
            ),
            ("ARGOCD_APP_SOURCE_REPO_URL", source.repository.clone()),
            ("ARGOCD_APP_SOURCE_TARGET_REVISION", source.revision.clone()),
        ];
        Self { known }
    }

    /// Puts the values in their places; `false` where one of them only Argo CD knows.
    pub(super) fn put_into(&self, source: &mut Source) -> bool {
        let helm = &mut source.helm;
        let parameters = helm.parameters.iter_mut().map(|(_, value, _)| value);
        let files = helm.file_parameters.iter_mut().map(|(_, file)| file);
        let mut all_known = true;
        for text in parameters.chain(files).chain(&mut helm.value_files) {
            match self.substituted(text) {
                Some(value) => *text = value,
                None => all_known = false,
            }
        }
        all_known
    }

    /// `$NAME` and `${NAME}` by their values, `$$` by a dollar; a name that Argo CD does not know is empty.
    fn substituted(&self, text: &str) -> Option<String> {
        let mut done = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            done.push_str(before);
            if let Some(after) = behind.strip_prefix('$') {
                done.push('$');
                rest = after;
                continue;
            }
            let braced = behind.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let ends = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
            let bare = || behind.split_at(behind.find(ends).unwrap_or(behind.len()));
            let (name, after) = braced.unwrap_or_else(bare);
            if LATER.contains(&name) {
                return None;
            }
            let known = self.known.iter().find(|(known, _)| *known == name);
            done.push_str(known.map_or("", |(_, value)| value));
            rest = after;
        }
        done.push_str(rest);
        Some(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_the_build_environment_have_their_values() {
        let environment = BuildEnvironment {
            known: vec![("ARGOCD_APP_NAME", "web".to_owned())],
        };
        for (text, value) in [
            ("plain", Some("plain")),
            ("$ARGOCD_APP_NAME", Some("web")),
            ("a-${ARGOCD_APP_NAME}.example", Some("a-web.example")),
            ("$ARGOCD_APP_NAME-x", Some("web-x")),
            ("$$ARGOCD_APP_NAME", Some("$ARGOCD_APP_NAME")),
            ("x$OTHER", Some("x")),
            ("${open", Some("{open")),
            ("tail$", Some("tail")),
            ("$ARGOCD_APP_REVISION", None),
            ("v${KUBE_VERSION}", None),
        ] {
            assert_eq!(environment.substituted(text).as_deref(), value, "{text}");
        }
    }
}
