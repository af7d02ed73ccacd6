//! What rendering has to show before an edit counts: the one object becomes what is wanted, and nothing else changes.

use envcheck_core::inventory::identify;
use envcheck_core::plan::Deed;
use envcheck_core::remediate::committed::{Differs, Way, changes, rendered_as, with_patch};
use envcheck_core::value::Value;
use envcheck_core::value::patch::{Operation, patched};

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
        Err(format!("no patch in {file} renders exactly what is wanted"))
    }
}
