//! What of a plan was agreed to by a file: that much is made, if it still is what the file says.

use super::{Agreed, Provisioning};
use crate::findings::FixAction;
use crate::inventory::ResourceRef;
use crate::plan::Deed;
use crate::plan::account::id_of;

impl Provisioning {
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
        // What comes after something else is nothing without it, as what closes a namespace without what stays open.
        let agreed_to = self.steps.iter().filter(|one| chosen.contains(&one.step.id));
        let missing = agreed_to
            .flat_map(|one| one.after.iter().map(move |before| (one, before)))
            .find(|(_, before)| !chosen.contains(before));
        if let Some((one, before)) = missing.filter(|_| self.conflicts.is_empty()) {
            let mut steps = self.steps.iter();
            let first = steps.find(|other| other.step.id == *before);
            let first = first.map_or(before.as_str(), |first| first.step.summary.as_str());
            return Err(format!(
                "{}: that comes after another step, which the file does not have: {first}",
                one.step.summary
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
        // Where something belongs, and who pulls from where, is no thing that stands; once it is so, there is nothing to do.
        if matches!(
            deed.action,
            FixAction::ProjectAssign | FixAction::RegistryIntegrate
        ) {
            return true;
        }
        // A bucket's versions are completed as a thing of their own.
        let of_bucket = |target: &ResourceRef| {
            deed.action == FixAction::BucketVersioning
                && target.kind == "Bucket"
                && target.name == deed.target.name
        };
        let made = self.steps.iter().map(|one| &one.step.deed.target);
        let stands = self.standing.iter().map(|one| &one.target);
        let same = self.instead.iter();
        made.chain(stands)
            .chain(same)
            .any(|target| is_it(target) || of_bucket(target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::provisioning::{MadeFor, Making, Standing, read};
    use crate::plan::{PlannedCluster, Step};
    use crate::policy::Risk;
    use crate::value::Value;
    use jiff::Timestamp;

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
            opened: Vec::new(),
            closed: Vec::new(),
            unseen: Vec::new(),
            captured: false,
            instead: Vec::new(),
        }
    }

    #[test]
    fn nothing_is_closed_by_a_file_without_what_stays_open() {
        let mut allow = making("back", r#"{"a":1}"#);
        allow.step.deed.target.name = "accept-declared".to_owned();
        let mut deny = making("back", r#"{"a":2}"#);
        allow.step.id = "1".to_owned();
        deny.step.id = "2".to_owned();
        deny.after.push("1".to_owned());
        let both = || vec![allow.clone(), deny.clone()];
        let none = |_: &str, _: &str| None;
        let whole = read(&plan(both()).to_json()).unwrap();
        plan(both()).choose(&whole, &none).unwrap();
        let alone = read(&plan(vec![deny.clone()]).to_json()).unwrap();
        let why = plan(both()).choose(&alone, &none).unwrap_err();
        assert!(why.contains("which the file does not have"), "{why}");
        // Where it stands by now the rest may follow.
        let mut rest = deny.clone();
        rest.after.clear();
        plan(vec![rest]).choose(&alone, &none).unwrap();
    }

    #[test]
    fn what_a_file_agreed_to_is_told_apart_by_namespace() {
        let both = || vec![making("back", r#"{"a":1}"#), making("b2b", r#"{"a":2}"#)];
        let text = plan(both()).to_json();
        let agreed = read(&text).unwrap();
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
        let agreed = read(&of("c1").to_json()).unwrap();
        let none = |_: &str, _: &str| None;
        of("c1").choose(&agreed, &none).unwrap();
        let why = of("c2").choose(&agreed, &none).unwrap_err();
        assert!(why.contains("another: cluster stage (id c2"), "{why}");
    }
}
