//! The plan as it grows: each thing goes or stays by the same rule.

use super::{Choice, Part, Whose};
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::{Along, Conflict, Deed, Removal, Staying, Step};
use crate::policy::Risk;
use crate::value::{Value, object};
use std::collections::BTreeSet;

/// What a plan is made of, as it grows.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) steps: Vec<Removal>,
    pub(super) staying: Vec<Staying>,
    pub(super) conflicts: Vec<Conflict>,
    /// What will be gone, as projects and networks name their members: `do:kubernetes:8d2c…`.
    pub(super) gone: BTreeSet<String>,
    /// What is kept on purpose, named in the same way.
    pub(super) kept: BTreeSet<String>,
}

/// Something that could go.
pub(super) struct Wish {
    pub(super) action: FixAction,
    pub(super) target: ResourceRef,
    pub(super) data: Value,
    pub(super) summary: String,
    pub(super) whose: Whose,
    /// Why it stays unless it is named: it holds data, or it could be shared.
    pub(super) keeps: Option<String>,
    /// As long as it stays the environment is not gone, even where it is kept until it is named.
    pub(super) remains: bool,
    /// Why it cannot go at all.
    pub(super) held: Option<String>,
    pub(super) along: Vec<Along>,
    pub(super) cautions: Vec<String>,
    pub(super) after: Vec<String>,
    /// By which projects and networks know it.
    pub(super) urn: Option<String>,
}

impl Wish {
    pub(super) fn new(action: FixAction, target: ResourceRef, summary: String, whose: Whose) -> Self {
        Self {
            action,
            target,
            data: object::<&str>([]),
            summary,
            whose,
            keeps: None,
            remains: false,
            held: None,
            along: Vec::new(),
            cautions: Vec::new(),
            after: Vec::new(),
            urn: None,
        }
    }
}

/// Whether something of this kind of owner goes by this choice, were it not kept for another reason.
pub(super) fn may_go(whose: &Whose, choice: &Choice) -> bool {
    match whose {
        Whose::Ours(_) => true,
        Whose::Adopted(_) => choice.adopted,
        Whose::Others(_) => false,
    }
}

impl Draft {
    /// Puts something where it belongs; the id of its step when it goes.
    pub(super) fn put(&mut self, part: &Part<'_>, wish: Wish) -> Option<String> {
        let deed = Deed {
            action: wish.action,
            target: wish.target.clone(),
            data: wish.data.clone(),
        };
        let id = Step::id_of(&deed);
        let named = part.choice.names(&deed);
        let kept_on_purpose = wish.keeps.is_some() && !wish.remains;
        // A thing of nobody is not named either: the second consent has to come first.
        let why = match (&wish.whose, &wish.held, &wish.keeps) {
            (Whose::Others(why), ..) => Some((why.clone(), false)),
            (_, Some(held), _) => Some((held.clone(), false)),
            (Whose::Adopted(by), _, keeps) if !part.choice.adopted => {
                let keeps = keeps.as_ref().map_or_else(String::new, |why| format!("{why}; "));
                let run = by
                    .as_ref()
                    .map_or_else(String::new, |run| format!("adopted by run {run}; "));
                let nothing = format!(
                    "{keeps}{run}nothing proves that it was made for {}: --include-adopted offers it",
                    part.environment
                );
                Some((nothing, false))
            }
            (_, _, Some(why)) if !named => Some((why.clone(), true)),
            _ => None,
        };
        if let Some((why, nameable)) = why {
            if kept_on_purpose {
                self.kept.extend(wish.urn);
            }
            self.staying.push(Staying {
                target: wish.target,
                why,
                open: !kept_on_purpose,
                passing: false,
                billed: !wish.along.is_empty(),
                cents: wish.along.iter().map(|line| line.cents).sum(),
                step: nameable.then_some(id),
            });
            return None;
        }
        self.gone.extend(wish.urn);
        let proof = match &wish.whose {
            Whose::Ours(proof) => proof.clone(),
            Whose::Adopted(Some(run)) => {
                format!("adopted by run {run}; nothing proves that it was made for this environment")
            }
            _ => "declared; nothing proves that it was made for this environment".to_owned(),
        };
        self.steps.push(Removal {
            // Nothing can be tried out on a copy, and nobody judges what is gone.
            step: Step {
                cautions: wish.cautions,
                ..Step::new(deed, Risk::Destructive.max(wish.action.floor()), wish.summary)
            },
            after: wish.after,
            proof,
            adopted: matches!(wish.whose, Whose::Adopted(_)),
            along: wish.along,
        });
        Some(id)
    }

    /// Says of something that it stays for good reason.
    pub(super) fn keep(&mut self, target: ResourceRef, why: impl Into<String>, open: bool, billed: bool) {
        self.staying.push(Staying {
            target,
            why: why.into(),
            open,
            passing: false,
            billed,
            cents: None,
            step: None,
        });
    }

    /// Says of something that it goes by itself.
    pub(super) fn passes(&mut self, target: ResourceRef) {
        self.staying.push(Staying {
            target,
            why: "DOKS takes it away by itself, some minutes after its cluster".to_owned(),
            open: true,
            passing: true,
            billed: false,
            cents: None,
            step: None,
        });
    }

    /// Whether a thing has its place in the plan already.
    pub(super) fn knows(&self, kind: &str, id: &str) -> bool {
        let going = self.steps.iter().map(|one| &one.step.deed.target);
        let mut all = going.chain(self.staying.iter().map(|one| &one.target));
        all.any(|target| target.kind == kind && target.id.as_deref() == Some(id))
    }

    /// The ids of the steps so far that do one of these.
    pub(super) fn ids_of(&self, actions: &[FixAction]) -> Vec<String> {
        let own = self.steps.iter();
        let own = own.filter(|one| actions.contains(&one.step.deed.action));
        own.map(|one| one.step.id.clone()).collect()
    }
}
