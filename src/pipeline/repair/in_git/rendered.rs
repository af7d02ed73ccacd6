//! What comes out of the committed files, for whoever compares it with what runs.

use super::Edits;
use crate::clients::git;
use crate::collect::checkout::Made;
use envcheck_core::inventory::application::{Delivery, Source};
use envcheck_core::inventory::identity::Scopes;
use envcheck_core::inventory::{ResourceRef, identify};
use envcheck_core::value::Value;

/// What comes out of one source of an application.
pub(in crate::pipeline) struct Rendered {
    /// The repository, without credentials.
    pub(in crate::pipeline) repository: String,
    /// The commit.
    pub(in crate::pipeline) commit: String,
    /// The objects, each in its namespace; those that have no name yet are left out.
    pub(in crate::pipeline) objects: Vec<(ResourceRef, Value)>,
}

impl Edits {
    /// Renders every source of an application; of each that cannot be rendered, the reason.
    pub(in crate::pipeline) fn rendered(&mut self, delivery: &Delivery) -> Vec<Result<Rendered, String>> {
        let sources = delivery.sources.iter();
        let told = sources.filter_map(|source| match (&source.chart, &source.path) {
            (Some(chart), _) => Some(Err(format!(
                "chart {chart} comes from {}, of which nothing is fetched",
                git::without_credentials(&source.repository)
            ))),
            // Others take values from it.
            (None, None) => None,
            (None, Some(path)) => Some(self.of_source(delivery, source, path)),
        });
        told.collect()
    }

    fn of_source(&mut self, delivery: &Delivery, source: &Source, path: &str) -> Result<Rendered, String> {
        if let Some(foreign) = source.foreign {
            return Err(format!("it is made with {foreign}, which is left to Argo CD"));
        }
        let index = self.checkout_of(source)?;
        let checkout = self.checkouts.get(index).ok_or("its checkout is gone")?;
        let objects: Vec<Value> = match checkout.made(path)? {
            Made::Plain => {
                let objects = checkout.all_objects(path, source.recurse)?;
                objects.into_iter().map(|(_, object)| object.value).collect()
            }
            Made::Kustomize => {
                if let Some(field) = &source.kustomize {
                    return Err(format!(
                        "it changes what Kustomize renders (spec.source.kustomize.{field}), which only Argo CD does"
                    ));
                }
                self.runtime.block_on(checkout.kustomized(path))?
            }
            Made::Helm => {
                let helm = &source.helm;
                let release = helm.release.as_deref().unwrap_or(&delivery.application);
                let namespace = delivery.namespace.as_deref();
                let rendered = checkout.templated(path, release, namespace, helm);
                self.runtime.block_on(rendered)?
            }
        };
        Ok(Rendered {
            repository: git::without_credentials(&source.repository),
            commit: checkout.commit.clone(),
            objects: placed(objects, delivery.namespace.as_deref()),
        })
    }
}

/// Objects in the namespace that Argo CD puts them into.
fn placed(objects: Vec<Value>, namespace: Option<&str>) -> Vec<(ResourceRef, Value)> {
    let mut scopes = Scopes::default();
    for object in &objects {
        scopes.learn(object);
    }
    let named = objects.into_iter().filter_map(|object| {
        let (mut reference, generated) = identify(&object).ok()?;
        let namespaced = scopes.namespaced(reference.group(), &reference.kind);
        if reference.namespace.is_none() && namespaced != Some(false) {
            reference.namespace = Some(namespace.unwrap_or("default").to_owned());
        }
        scopes.settle(&mut reference);
        (!generated).then_some((reference, object))
    });
    named.collect()
}
