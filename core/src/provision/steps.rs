//! Steps as they come together: each named by what it makes, so that others can wait for it.

use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::inventory::reference::ACCOUNT_API;
use crate::plan::{Adoption, Bill, Conflict, Deed, Difference, Making, Standing, Step, Undo, id_of, preview};
use crate::policy::Risk;
use crate::value::Value;
use std::collections::BTreeMap;

/// What a plan is made of, as it grows.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub(super) makings: Vec<Making>,
    pub(super) standing: Vec<Standing>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) bill: Vec<Bill>,
    pub(super) adoptions: Vec<Adoption>,
    pub(super) notes: Vec<String>,
    /// The ids of what exists already, by kind and name.
    pub(super) ids: BTreeMap<(&'static str, String), String>,
}

impl Steps {
    /// Adds a step that comes after those that make these things. Where its data needs the id of something else, that is named
    /// (`<id of VPC stage>`), whether it exists or not: by these words the step is known, before that is made and after.
    pub(super) fn make(
        &mut self,
        action: FixAction,
        target: ResourceRef,
        data: Value,
        summary: &str,
        after: &[&str],
    ) {
        let named = Deed { action, target, data };
        let id = Step::id_of(&named);
        let deed = self.with_ids(named);
        let made = deed.done_to(None).ok().flatten();
        let before = after.iter().filter_map(|what| self.id_of(what)).collect();
        // What is assigned is there already, wherever the API has put it.
        let (undo, shown) = match deed.action {
            FixAction::ProjectAssign => (
                Undo::None("until then it is in the project where new things are put".to_owned()),
                preview(None, Some(&deed.data)),
            ),
            // All that is sent.
            action if action.is_of_provisioning() => {
                (deed.undo(None, made.as_ref()), preview(None, Some(&deed.data)))
            }
            _ => (deed.undo(None, made.as_ref()), preview(None, made.as_ref())),
        };
        self.makings.push(Making {
            // There is nothing yet that it could break.
            step: Step {
                id,
                preview: shown,
                undo,
                ..Step::new(deed, Risk::Safe.max(action.floor()), summary.to_owned())
            },
            after: before,
        });
    }

    /// Adds a step that does what is left of something that was half made. Like all that is made it has no inverse here.
    pub(super) fn complete(&mut self, deed: Deed, row: &Value, summary: String) {
        let after = deed.done_to(Some(row)).ok().flatten();
        let shown = preview(Some(row), after.as_ref());
        let risk = Risk::Safe.max(deed.action.floor());
        self.makings.push(Making {
            step: Step {
                preview: shown,
                undo: Undo::None("it completes what was created, and that stays".to_owned()),
                ..Step::new(deed, risk, summary)
            },
            after: Vec::new(),
        });
    }

    /// The same with the ids of what exists already.
    fn with_ids(&self, named: Deed) -> Deed {
        if self.ids.is_empty() {
            return named;
        }
        let id = |kind: &str, name: &str| {
            let mut known = self.ids.iter();
            let own = known.find(|((of, called), _)| *of == kind && called == name);
            Some(own.map_or_else(|| id_of(kind, name), |(_, id)| id.clone()))
        };
        named.resolved(&id).unwrap_or(named)
    }

    /// The id of the step that makes a thing: `VPC stage`.
    fn id_of(&self, what: &str) -> Option<String> {
        let named = |step: &&Making| {
            let target = &step.step.deed.target;
            what.strip_prefix(target.kind.as_str())
                .and_then(|rest| rest.strip_prefix(' '))
                == Some(target.name.as_str())
        };
        self.makings.iter().find(named).map(|step| step.step.id.clone())
    }

    /// Says of something that it is there already.
    pub(super) fn stands(&mut self, target: ResourceRef, created: bool, differs: Vec<Difference>) {
        self.standing.push(Standing {
            target,
            created,
            shared: false,
            adopted: false,
            differs,
        });
    }

    /// Says that something stands in the way.
    pub(super) fn conflicts(&mut self, target: ResourceRef, why: impl Into<String>, hint: impl Into<String>) {
        self.conflicts.push(Conflict {
            target,
            why: why.into(),
            hint: hint.into(),
        });
    }
}

/// A thing of the account.
pub(super) fn of_account(kind: &str, name: &str, id: Option<&str>) -> ResourceRef {
    ResourceRef {
        api_version: ACCOUNT_API.to_owned(),
        kind: kind.to_owned(),
        namespace: None,
        name: name.to_owned(),
        id: id.map(ToOwned::to_owned),
    }
}
