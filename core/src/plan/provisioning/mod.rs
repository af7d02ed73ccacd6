//! What has to be made so that an environment is as it is declared: steps with what they cost and what they wait for, beside what
//! stands already and what stands in the way.

mod file;
mod made_for;

pub use file::{API_VERSION, Agreed, read};
pub use made_for::MadeFor;

use super::account::id_of;
use super::deed::Deed;
use super::step::Step;
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use jiff::Timestamp;

/// What has to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Provisioning {
    /// The environment's name.
    pub environment: String,
    /// When it was planned.
    pub planned: Timestamp,
    /// For which account and cluster.
    pub made_for: MadeFor,
    /// In the order in which they are made.
    pub steps: Vec<Making>,
    /// What is there already.
    pub standing: Vec<Standing>,
    /// What stands in the way: while there is one, nothing is made.
    pub conflicts: Vec<Conflict>,
    /// What the environment costs each month, line by line, whether it stands or is to be made.
    pub bill: Vec<Bill>,
    /// What stands and is used only once the user has agreed to it. These are no steps, and no difference.
    pub adoptions: Vec<Adoption>,
    /// What must be known besides.
    pub notes: Vec<String>,
    /// What is not made, as others made the same under other names.
    pub instead: Vec<ResourceRef>,
    /// What was not looked at though it is there, and why: steps may be missing, or be of what stands already.
    pub unseen: Vec<String>,
    /// It is of a snapshot, in which nothing is made or repaired.
    pub captured: bool,
}

/// A step that makes something.
#[derive(Debug, Clone, PartialEq)]
pub struct Making {
    /// What it does. Its id is the same in every plan that has it.
    pub step: Step,
    /// The ids of steps that come before it.
    pub after: Vec<String>,
}

/// Something that is there already and is used as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// What, with its id where the account gives one.
    pub target: ResourceRef,
    /// A mark in it, or a journal, says that it was created for this environment.
    pub created: bool,
    /// It belongs to several environments.
    pub shared: bool,
    /// It was there before, and the user has agreed to that in an earlier run.
    pub adopted: bool,
    /// In which way it differs from what is declared and could be changed: that is repaired, or a person's, not provisioned.
    pub differs: Vec<Difference>,
}

/// In which way something is not as it is declared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// `access is "public", declared is "private"`.
    pub words: String,
    /// A repair can change that; otherwise only a person can.
    pub repaired: bool,
}

impl Difference {
    /// What `remediate` repairs.
    pub fn repaired(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            repaired: true,
        }
    }

    /// What only a person can change.
    pub fn by_hand(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            repaired: false,
        }
    }
}

/// Something of the account that stands, and that nothing proves to be made for the environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Adoption {
    /// What, with its id where the account gives one.
    pub target: ResourceRef,
    /// By what the user names it: its id, or the URN of what has none (`do:space:NAME`).
    pub id: String,
    /// What is known of whose it is: `which nothing marks as made for stage`.
    pub why: String,
}

impl Adoption {
    /// `VPC stage (id 4b1d…)`.
    pub fn named(&self) -> String {
        format!("{} {} (id {})", self.target.kind, self.target.name, self.id)
    }

    /// The same, with what is known of whose it is.
    pub fn words(&self) -> String {
        format!("{}, {}", self.named(), self.why)
    }
}

/// Something that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// What.
    pub target: ResourceRef,
    /// Why.
    pub why: String,
    /// What a person can do.
    pub hint: String,
}

/// A line of the monthly bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// `3 nodes s-4vcpu-8gb (pool general)`.
    pub what: String,
    /// Cents of a US dollar each month; `None` where the account's price lists do not tell.
    pub cents: Option<u64>,
    /// It is to be made; otherwise it is billed already.
    pub new: bool,
    /// Other environments use it too, so it is billed once for all of them.
    pub shared: bool,
}

impl Provisioning {
    /// The known cents each month of what is there (`false`) or is to be made (`true`).
    pub fn cents(&self, new: bool) -> u64 {
        let lines = self.bill.iter().filter(|line| line.new == new);
        lines.filter_map(|line| line.cents).sum()
    }

    /// Leaves of the steps those that a file agreed to. What it agreed to and is not to be made any more has to stand already. `id` knows
    /// the ids of what exists by now.
    ///
    /// # Errors
    ///
    /// In words, which step is not as it was agreed to, or is of something that is not declared; or that the file is of another
    /// environment, account or cluster.
    pub fn choose(
        &mut self,
        agreed: &Agreed,
        id: &impl Fn(&str, &str) -> Option<String>,
    ) -> Result<(), String> {
        if agreed.environment != self.environment {
            return Err(format!(
                "it is a plan for {}, not for {}",
                agreed.environment, self.environment
            ));
        }
        let mut actions = agreed.deeds.values().map(|deed| deed.action);
        let makes_it = actions.any(|action| action == FixAction::ClusterCreate);
        if let Some(why) = agreed.made_for.objection(&self.made_for, makes_it) {
            return Err(why);
        }
        // What waited for the id of something may know it by now.
        let known = |kind: &str, name: &str| id(kind, name).or_else(|| Some(id_of(kind, name)));
        let resolved = agreed.deeds.values().map(|deed| deed.resolved(&known));
        let deeds = resolved.collect::<Result<Vec<Deed>, String>>()?;
        let mut chosen = Vec::new();
        for one in &self.steps {
            let own = &one.step.deed;
            let same = deeds.iter().find(|deed| {
                deed.action == own.action
                    && deed.target.kind == own.target.kind
                    && deed.target.namespace == own.target.namespace
                    && deed.target.name == own.target.name
            });
            match same {
                Some(deed) if deed == own => chosen.push(one.step.id.clone()),
                Some(_) => {
                    return Err(format!("{}: that is not what was agreed to", one.step.summary));
                }
                None => {}
            }
        }
        // While something stands in the way, not all that stands is told, and nothing is made anyway.
        let stranger = agreed.deeds.iter().find(|(_, deed)| !self.knows(deed));
        if let (Some((id, deed)), true) = (stranger, self.conflicts.is_empty()) {
            return Err(format!(
                "its step {id} is of {}, which is neither to be made nor stands as declared",
                deed.target
            ));
        }
        self.steps.retain(|one| chosen.contains(&one.step.id));
        Ok(())
    }

    /// Whether this plan makes what a deed makes, or knows that it stands: a run that was cut short may have made it.
    fn knows(&self, deed: &Deed) -> bool {
        let is_it = |target: &ResourceRef| {
            target.kind == deed.target.kind
                && target.namespace == deed.target.namespace
                && target.name == deed.target.name
        };
        // A bucket's versions are completed as a thing of their own.
        let of_bucket = |target: &ResourceRef| {
            deed.action == FixAction::BucketVersioning && target.kind == "Bucket" && target.name == deed.target.name
        };
        let made = self.steps.iter().map(|one| &one.step.deed.target);
        let stands = self.standing.iter().map(|one| &one.target);
        let same = self.instead.iter();
        made.chain(stands)
            .chain(same)
            .any(|target| is_it(target) || of_bucket(target))
    }

    /// Whether everything that is declared stands, as it is declared.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.conflicts.is_empty()
    }

    /// Whether something differs that provisioning leaves to repair.
    pub fn differs(&self) -> bool {
        self.standing.iter().any(|one| !one.differs.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlannedCluster;
    use crate::policy::Risk;
    use crate::value::Value;

    fn making(namespace: &str, data: &str) -> Making {
        let deed = Deed {
            action: FixAction::KubernetesCreate,
            target: ResourceRef::kubernetes(
                "networking.k8s.io/v1",
                "NetworkPolicy",
                Some(namespace),
                "default-deny",
            ),
            data: Value::from_json_str(data).unwrap(),
        };
        Making {
            step: Step::new(
                deed,
                Risk::Safe,
                format!("create NetworkPolicy {namespace}/default-deny"),
            ),
            after: Vec::new(),
        }
    }

    fn plan(steps: Vec<Making>) -> Provisioning {
        Provisioning {
            environment: "stage".to_owned(),
            planned: Timestamp::UNIX_EPOCH,
            made_for: MadeFor::default(),
            steps,
            standing: Vec::new(),
            conflicts: Vec::new(),
            bill: Vec::new(),
            adoptions: Vec::new(),
            notes: Vec::new(),
            unseen: Vec::new(),
            captured: false,
            instead: Vec::new(),
        }
    }

    #[test]
    fn what_a_file_agreed_to_is_told_apart_by_namespace() {
        let both = || vec![making("back", r#"{"a":1}"#), making("b2b", r#"{"a":2}"#)];
        let text = plan(both()).to_json();
        let agreed = file::read(&text).unwrap();
        let none = |_: &str, _: &str| None;
        let mut again = plan(both());
        again.choose(&agreed, &none).unwrap();
        assert_eq!(again.steps.len(), 2);
        let mut other = plan(vec![making("back", r#"{"a":1}"#), making("b2b", r#"{"a":3}"#)]);
        let why = other.choose(&agreed, &none).unwrap_err();
        assert_eq!(
            why,
            "create NetworkPolicy b2b/default-deny: that is not what was agreed to"
        );
        let mut more = both();
        more.push(making("new", r#"{"a":2}"#));
        let mut more = plan(more);
        more.choose(&agreed, &none).unwrap();
        assert_eq!(more.steps.len(), 2, "what nobody agreed to is not made");
        // What was agreed to and stands by now was made by a run that was cut short; what is not declared was never planned.
        let mut rest = plan(vec![making("b2b", r#"{"a":2}"#)]);
        let why = rest.choose(&agreed, &none).unwrap_err();
        assert!(
            why.contains("back/default-deny") && why.contains("neither to be made nor stands"),
            "{why}"
        );
        rest.standing.push(Standing {
            target: making("back", "{}").step.deed.target,
            created: true,
            shared: false,
            adopted: false,
            differs: Vec::new(),
        });
        rest.choose(&agreed, &none).unwrap();
        assert_eq!(rest.steps.len(), 1);
    }

    #[test]
    fn a_file_is_carried_out_on_the_cluster_that_it_was_made_for() {
        let of = |id: &str| Provisioning {
            made_for: MadeFor {
                account: None,
                cluster: Some(PlannedCluster {
                    name: "stage".to_owned(),
                    uid: Some(format!("uid of {id}")),
                    id: Some(id.to_owned()),
                }),
            },
            ..plan(vec![making("back", r#"{"a":1}"#)])
        };
        let agreed = file::read(&of("c1").to_json()).unwrap();
        let none = |_: &str, _: &str| None;
        of("c1").choose(&agreed, &none).unwrap();
        let why = of("c2").choose(&agreed, &none).unwrap_err();
        assert!(why.contains("another: cluster stage (id c2"), "{why}");
    }
}
