//! Where an application of Argo CD takes its objects from (`spec.source`, `spec.sources`), and into which cluster.

mod build_environment;
pub mod destination;
pub mod repositories;

use crate::value::{Value, ValueExt};
use build_environment::BuildEnvironment;

/// What an application delivers, from where, and to where.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The application's name.
    pub application: String,
    /// The namespace that objects get which name none.
    pub namespace: Option<String>,
    /// The commit that was delivered last, by source; as far as the status says.
    pub delivered: Vec<String>,
    /// In their order.
    pub sources: Vec<Source>,
}

/// One source of an application.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The repository's address, of Git or of Helm charts.
    pub repository: String,
    /// The branch, tag or commit that is wanted; `HEAD` where none is named.
    pub revision: String,
    /// The folder in the repository; `None` for a chart of a Helm repository.
    pub path: Option<String>,
    /// A chart of a Helm repository.
    pub chart: Option<String>,
    /// Folders below are read as well.
    pub recurse: bool,
    /// What only Argo CD can render: a plugin, Jsonnet, a variable that it alone knows.
    pub foreign: Option<&'static str>,
    /// What the application itself changes in the output of Kustomize: the field's name.
    pub kustomize: Option<String>,
    /// How a chart is rendered.
    pub helm: Helm,
}

/// How a chart is rendered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Helm {
    /// The release's name; the application's, where none is named.
    pub release: Option<String>,
    /// Files of values, relative to the chart.
    pub value_files: Vec<String>,
    /// Values that stand in the application itself.
    pub values: Option<Value>,
    /// The same as text.
    pub values_text: Option<String>,
    /// `--set`: name, value, and whether the value is text.
    pub parameters: Vec<(String, String, bool)>,
    /// `--set-file`: name, and a file relative to the chart.
    pub file_parameters: Vec<(String, String)>,
    /// The version of Kubernetes for which it is rendered.
    pub kube_version: Option<String>,
    /// The API versions that templates are told of.
    pub api_versions: Vec<String>,
    /// CustomResourceDefinitions of the chart are left out.
    pub skip_crds: bool,
    /// Manifests of tests are left out.
    pub skip_tests: bool,
    /// Values are not held against the chart's schema.
    pub skip_schema: bool,
    /// Files of values that are not there are passed over.
    pub ignore_missing: bool,
    /// The namespace that templates are told of, where it is not the application's.
    pub namespace: Option<String>,
}

impl Delivery {
    /// Reads an application.
    pub fn of(application: &Value) -> Self {
        let spec = application.field("spec").unwrap_or(&Value::Null);
        let several = spec.items_at(&["sources"]);
        let sources: Vec<Source> = if several.is_empty() {
            spec.field("source").map(Source::of).into_iter().collect()
        } else {
            several.iter().map(Source::of).collect()
        };
        let owned = |path: &[&str], value: &Value| value.text_at(path).map(ToOwned::to_owned);
        let revisions = application.items_at(&["status", "sync", "revisions"]);
        let delivered = if revisions.is_empty() {
            owned(&["status", "sync", "revision"], application)
                .into_iter()
                .collect()
        } else {
            revisions
                .iter()
                .map(|one| one.text().unwrap_or_default().to_owned())
                .collect()
        };
        let mut delivery = Self {
            application: owned(&["metadata", "name"], application).unwrap_or_default(),
            namespace: owned(&["destination", "namespace"], spec),
            delivered,
            sources: Vec::new(),
        };
        let project = spec.text_at(&["project"]).unwrap_or("default");
        let with_values = |mut source: Source| {
            let known = BuildEnvironment::of(&delivery, project, &source).put_into(&mut source);
            if !known {
                source.foreign = source
                    .foreign
                    .or(Some("a variable of Argo CD's build environment"));
            }
            source
        };
        delivery.sources = sources.into_iter().map(with_values).collect();
        delivery
    }
}

impl Source {
    fn of(source: &Value) -> Self {
        let owned = |path: &[&str]| {
            source
                .text_at(path)
                .filter(|text| !text.is_empty())
                .map(ToOwned::to_owned)
        };
        let foreign = if source
            .field("plugin")
            .is_some_and(|plugin| *plugin != Value::Null)
        {
            Some("a plugin of Argo CD")
        } else if source
            .at(&["directory", "jsonnet"])
            .is_some_and(|jsonnet| jsonnet.members().next().is_some())
        {
            Some("Jsonnet")
        } else {
            None
        };
        Self {
            repository: owned(&["repoURL"]).unwrap_or_default(),
            revision: owned(&["targetRevision"]).unwrap_or_else(|| "HEAD".to_owned()),
            // A source that others only take values from has neither.
            path: owned(&["path"]).or_else(|| {
                let bare = source.field("chart").is_none() && source.field("ref").is_none();
                bare.then(|| ".".to_owned())
            }),
            chart: owned(&["chart"]),
            recurse: source
                .at(&["directory", "recurse"])
                .is_some_and(ValueExt::is_true),
            foreign,
            kustomize: overrides(source.field("kustomize")),
            helm: Helm::of(source.field("helm").unwrap_or(&Value::Null)),
        }
    }
}

/// The first field by which the application changes what Kustomize renders.
fn overrides(kustomize: Option<&Value>) -> Option<String> {
    let says = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => value.is_true(),
    };
    let mut members = kustomize?.members();
    let found = members.find(|(key, value)| *key != "version" && says(value));
    found.map(|(key, _)| key.to_owned())
}

impl Helm {
    fn of(helm: &Value) -> Self {
        let owned = |value: &Value, key: &str| value.text_at(&[key]).map(ToOwned::to_owned);
        let parameter = |one: &Value| {
            let forced = one.field("forceString").is_some_and(ValueExt::is_true);
            Some((
                owned(one, "name")?,
                owned(one, "value").unwrap_or_default(),
                forced,
            ))
        };
        let files = helm.items_at(&["valueFiles"]).iter();
        let says = |key: &str| helm.field(key).is_some_and(ValueExt::is_true);
        Self {
            release: owned(helm, "releaseName").filter(|name| !name.is_empty()),
            value_files: files
                .filter_map(|file| file.text().map(ToOwned::to_owned))
                .collect(),
            values: helm
                .field("valuesObject")
                .filter(|values| values.as_object().is_ok())
                .cloned(),
            values_text: owned(helm, "values").filter(|text| !text.trim().is_empty()),
            parameters: helm
                .items_at(&["parameters"])
                .iter()
                .filter_map(parameter)
                .collect(),
            file_parameters: helm
                .items_at(&["fileParameters"])
                .iter()
                .filter_map(|one| Some((owned(one, "name")?, owned(one, "path").unwrap_or_default())))
                .collect(),
            kube_version: owned(helm, "kubeVersion").filter(|version| !version.is_empty()),
            api_versions: helm
                .items_at(&["apiVersions"])
                .iter()
                .filter_map(|version| version.text().map(ToOwned::to_owned))
                .collect(),
            skip_crds: says("skipCrds"),
            skip_tests: says("skipTests"),
            skip_schema: says("skipSchemaValidation"),
            ignore_missing: says("ignoreMissingValueFiles"),
            namespace: owned(helm, "namespace").filter(|name| !name.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::value_of as read;

    #[test]
    fn an_application_says_where_it_takes_its_objects_from() {
        let delivery = Delivery::of(&read(
            "{metadata: {name: web}, spec: {destination: {namespace: front-web}, sources: [{repoURL: 'https://git/x.git', path: deploy, \
             directory: {recurse: true}}, {repoURL: 'https://charts', chart: c, helm: {valuesObject: {a: 1}, parameters: [{name: 'n', value: v}], \
             fileParameters: [{name: 'f', path: files/a.txt}], kubeVersion: '1.33', apiVersions: [a/v1, b/v1/C], namespace: other, skipTests: true, \
             ignoreMissingValueFiles: true}}, \
             {repoURL: 'https://git/y.git', path: k, kustomize: {version: v5, images: ['a=b']}}]}, status: {sync: {revisions: [r1, r2, r3]}}}",
        ));
        assert_eq!(delivery.namespace.as_deref(), Some("front-web"));
        let [plain, chart, kustomize] = &delivery.sources[..] else {
            panic!()
        };
        assert!(plain.recurse && plain.path.as_deref() == Some("deploy") && plain.revision == "HEAD");
        assert_eq!((chart.path.as_deref(), chart.chart.as_deref()), (None, Some("c")));
        assert_eq!(chart.helm.parameters, [("n".to_owned(), "v".to_owned(), false)]);
        assert_eq!(
            chart.helm.file_parameters,
            [("f".to_owned(), "files/a.txt".to_owned())]
        );
        assert_eq!(chart.helm.kube_version.as_deref(), Some("1.33"));
        assert_eq!(chart.helm.api_versions, ["a/v1", "b/v1/C"]);
        assert_eq!(chart.helm.namespace.as_deref(), Some("other"));
        assert!(chart.helm.skip_tests && chart.helm.ignore_missing && !chart.helm.skip_schema);
        assert_eq!(kustomize.kustomize.as_deref(), Some("images"));
        assert_eq!(chart.foreign, None);
    }

    #[test]
    fn what_argo_cd_fills_in_is_filled_in() {
        let delivery = Delivery::of(&read(
            "{metadata: {name: web}, spec: {destination: {namespace: front-web}, sources: [{repoURL: 'https://git/x.git', path: deploy, \
             helm: {valueFiles: [values-$ARGOCD_APP_NAMESPACE.yaml], parameters: [{name: host, value: '${ARGOCD_APP_NAME}.example.com'}]}}, \
             {repoURL: 'https://git/x.git', path: y, helm: {parameters: [{name: revision, value: $ARGOCD_APP_REVISION}]}}]}}",
        ));
        let [known, later] = &delivery.sources[..] else {
            panic!()
        };
        assert_eq!(known.helm.value_files, ["values-front-web.yaml"]);
        assert_eq!(known.helm.parameters[0].1, "web.example.com");
        assert_eq!(known.foreign, None);
        assert_eq!(later.foreign, Some("a variable of Argo CD's build environment"));
    }
}
