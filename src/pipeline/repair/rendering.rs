//! What rendering has to show before an edit counts: the one object becomes what is wanted, and nothing else changes.

use envcheck_core::findings::FixAction;
use envcheck_core::inventory::identify;
use envcheck_core::plan::Deed;
use envcheck_core::remediate::committed::{
    Differs, Way, changes, first_place, is_shown, rendered_as, with_patch, without_each,
};
use envcheck_core::value::Value;
use envcheck_core::value::patch::{self, Operation, patched};

/// What was rendered before an edit, and what is wanted of it.
pub(super) struct Proof {
    before: Vec<Value>,
    /// Where the target is in it.
    index: usize,
    /// The target as it was rendered.
    pub(super) rendered: Value,
    /// What changes it as it should be.
    pub(super) operations: Vec<Operation>,
    wanted: Value,
}

impl Proof {
    /// Of a deed that was made for `object`, which comes out as the object at `index`, or runs as what comes out there.
    pub(super) fn of(
        before: Vec<Value>,
        index: usize,
        deed: &Deed,
        (object, way): (&Value, Way),
    ) -> Result<Self, Differs> {
        let rendered = before.get(index).cloned().unwrap_or(Value::Null);
        let operations = changes(deed, object, &rendered, way)?;
        let wanted = patched(&rendered, &operations).map_err(Differs::NoPlace)?;
        Ok(Self {
            before,
            index,
            rendered,
            operations,
            wanted,
        })
    }

    pub(super) fn holds(&self, after: &[Value]) -> bool {
        rendered_as(&self.before, after, self.index, &self.wanted)
    }

    /// The text of a kustomization with one more patch, of which rendering shows that it makes of the target what is wanted.
    ///
    /// # Errors
    ///
    /// In words, why there is none.
    pub(super) fn with_patch(
        &self,
        file: &str,
        text: &str,
        mut render: impl FnMut(&str) -> Result<Vec<Value>, String>,
    ) -> Result<String, String> {
        let (target, _) = identify(&self.rendered)?;
        for in_namespace in [false, true] {
            let after = with_patch(file, text, &target, &self.operations, in_namespace)?;
            if render(&after).is_ok_and(|rendered| self.holds(&rendered)) {
                return Ok(after);
            }
        }
        let last = with_patch(file, text, &target, &self.operations, false)?;
        Err(self
            .set_again(file, &last, render)
            .unwrap_or_else(|| format!("no patch in {file} renders exactly what is wanted")))
    }

    /// What in a kustomization sets again what the patch in it set, in words.
    fn set_again(
        &self,
        file: &str,
        text: &str,
        mut render: impl FnMut(&str) -> Result<Vec<Value>, String>,
    ) -> Option<String> {
        let wanted = Deed {
            action: FixAction::KubernetesPatch,
            target: identify(&self.rendered).ok()?.0,
            data: patch::to_value(&self.operations),
        };
        let mut shows = |text: &str| {
            let rendered = render(text).ok()?;
            let there = rendered.get(self.index)?;
            Some(is_shown(&wanted, &self.rendered, there))
        };
        if shows(text)? {
            return None;
        }
        let setter = setter(file, text, |text| shows(text) == Some(true))?;
        Some(format!(
            "{setter} sets {} again: change it there",
            first_place(&wanted)
        ))
    }
}

/// What in a kustomization keeps something from showing: in words, that without which it shows.
pub(super) fn setter(file: &str, text: &str, mut shows: impl FnMut(&str) -> bool) -> Option<String> {
    let mut each = without_each(file, text).into_iter();
    each.find_map(|(words, without)| shows(&without).then_some(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use envcheck_core::yaml::{self, Limits};

    fn read(text: &str) -> Value {
        let source = yaml::decode("t.yaml", text.as_bytes()).unwrap();
        let limits = Limits::default();
        yaml::documents(&source, &limits).next().unwrap().unwrap().value
    }

    /// `images` come after all patches: no patch in that file gets by.
    #[test]
    fn what_sets_a_field_after_the_patches_is_named() {
        let object = |image: &str| {
            read(&format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: web}}, spec: {{containers: [{{name: web, image: '{image}'}}]}}}}"
            ))
        };
        let before = object("nginx:1");
        let deed = Deed {
            action: FixAction::KubernetesPatch,
            target: identify(&before).unwrap().0,
            data: read("[{op: replace, path: /spec/containers/0/image, value: 'nginx:2'}]"),
        };
        let proof = || Proof::of(vec![before.clone()], 0, &deed, (&before, Way::ToGit)).unwrap();
        let text =
            "resources: [web.yaml]\nimages:\n- {name: nginx, newTag: '1'}\n- {name: redis, newTag: '1'}\n";
        let render = |text: &str| {
            let patched = text.contains("nginx:2") && !text.contains("{name: nginx");
            Ok(vec![object(if patched { "nginx:2" } else { "nginx:1" })])
        };
        assert_eq!(
            proof().with_patch("over/kustomization.yaml", text, render),
            Err(
                "an image in over/kustomization.yaml sets spec.containers.0.image again: change it there"
                    .to_owned()
            )
        );
        let other = |_: &str| Ok(vec![object("nginx:3")]);
        assert_eq!(
            proof().with_patch("over/kustomization.yaml", text, other),
            Err("no patch in over/kustomization.yaml renders exactly what is wanted".to_owned())
        );
        let without = text.replace("- {name: nginx, newTag: '1'}\n", "");
        assert!(
            proof()
                .with_patch("over/kustomization.yaml", &without, render)
                .is_ok()
        );
    }
}
