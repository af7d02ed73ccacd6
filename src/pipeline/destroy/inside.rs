//! What was made in a cluster that stays: found by its mark, and removed object by object, each as it was when it was looked at.

use super::guard::{self, Guard};
use super::plan::ToDestroy;
use crate::apply::kubernetes::{Earnest, NotMade, make};
use crate::pipeline::ended::Ended;
use crate::pipeline::repair::claims;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::{Deed, Step};
use envcheck_core::provision::Proofs;
use envcheck_core::provision::objects::ENVIRONMENT_LABEL;
use envcheck_core::provision::removal::{Held, Marked, Stock, deletion, stays, takes_bound};
use envcheck_core::remediate::Unagreed;
use envcheck_core::value::{Value, ValueExt};
use std::collections::BTreeMap;

/// Looks into the cluster where it stays: by the hand of a run that has entered it, else by one of its own.
pub(super) fn look(
    wanted: &ToDestroy,
    stock: &mut Stock,
    proofs: &Proofs,
    entered: Option<&Guard>,
) -> Result<(), Ended> {
    let stays = stays(&wanted.spec, stock, proofs, &wanted.choice).unwrap_or_else(|| is_named(wanted));
    stock.marked = match (stays, entered) {
        (false, _) => None,
        (true, Some(guard)) => Some(Ok(guard.marked(wanted))),
        (true, None) => Some(guard::enter(wanted)?.map(|guard| {
            let marked = guard.marked(wanted);
            guard.end(false);
            marked
        })),
    };
    if wanted.interrupt.is_cancelled() {
        return Err(Ended::Interrupted(Vec::new()));
    }
    Ok(())
}

/// Whether the spec or the command line names a cluster that is not the account's. An environment without an account has nothing else.
fn is_named(wanted: &ToDestroy) -> bool {
    let target = &wanted.target;
    wanted.spec.environment.spec.digitalocean.is_none()
        || target.context.is_some()
        || target.kubeconfig.is_some()
        || wanted.spec.value.at(&["target", "kubernetes"]).is_some()
}

impl Guard {
    /// What bears the mark of the environment.
    fn marked(&self, wanted: &ToDestroy) -> Marked {
        let hand = &self.hand;
        let selector = format!("{ENVIRONMENT_LABEL}={}", wanted.spec.name());
        let (objects, unread) = hand.wait(hand.objects.labelled(&selector));
        let of_kind = |kind: &'static str| {
            objects
                .iter()
                .filter(move |one| one.text_at(&["kind"]) == Some(kind))
        };
        let keys = of_kind("Secret").filter_map(|one| {
            let text = |key: &str| one.text_at(&["metadata", key]);
            let secret = ResourceRef::kubernetes("v1", "Secret", text("namespace"), text("name")?);
            let held = hand.wait(hand.objects.access_key_in(&secret));
            Some((text("uid")?.to_owned(), held.map(Option::flatten)))
        });
        let keys = keys.collect();
        // Metadata do not tell which load balancer a Service has, nor who else has it.
        let services = of_kind("Service").chain(of_kind("Namespace")).next();
        let services = services.map(|_| self.services());
        // Without a Namespace to go nobody has to know.
        let claims = of_kind("Namespace").next().map(|_| self.claims());
        let mut marked = Marked {
            cluster: hand.cluster.clone(),
            objects,
            services,
            unread,
            keys,
            claims,
            held: BTreeMap::new(),
        }
        .with_services();
        // Only of what is named, and whose turn may come.
        let holders = marked.objects.iter().filter(|one| {
            matches!(
                one.text_at(&["kind"]),
                Some("Namespace" | "CustomResourceDefinition")
            )
        });
        let held = holders.filter_map(|one| {
            let deed = deletion(one, &marked);
            let uid = deed.target.id.clone().filter(|_| wanted.choice.names(&deed))?;
            Some((uid, self.held(&deed.target)))
        });
        marked.held = held.collect();
        marked
    }

    fn services(&self) -> Result<Vec<Value>, String> {
        self.hand.wait(self.hand.objects.all("", "Service"))
    }

    /// What would go with a Namespace or a custom kind.
    fn held(&self, holder: &ResourceRef) -> Held {
        let mut held = Held::default();
        let mut take = |plural: &str, object: Value| held.take(plural, &object);
        let unread = self.hand.wait(self.hand.objects.held_by(holder, &mut take));
        held.without(unread)
    }

    /// The claims that each namespace has.
    fn claims(&self) -> Result<BTreeMap<String, Vec<String>>, String> {
        let claims = self
            .hand
            .wait(self.hand.objects.all("", "PersistentVolumeClaim"))?;
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for claim in &claims {
            let text = |key: &str| claim.text_at(&["metadata", key]).unwrap_or_default().to_owned();
            all.entry(text("namespace")).or_default().push(text("name"));
        }
        Ok(all)
    }

    /// Reads one object anew. What cannot be read is as it was.
    pub(super) fn again(&self, deed: &Deed, stock: &mut Stock) -> Result<(), String> {
        let now = self.read(&deed.target)?;
        if let Some(Ok(marked)) = &mut stock.marked {
            marked.replace(&deed.target, now);
            if deed.target.kind == "Namespace" {
                marked.claims = Some(self.claims());
                marked.services = Some(self.services());
            }
        }
        Ok(())
    }

    fn read(&self, target: &ResourceRef) -> Result<Option<Value>, String> {
        let objects = &self.hand.objects;
        if objects.path(target).is_err() {
            return self.hand.wait(objects.is_of_no_kind(target)).map(|()| None);
        }
        self.hand.wait(objects.read(target))
    }

    /// Removes an object: the very one that was looked at, once the server has tried it.
    /// What is `named` goes whatever goes with it.
    pub(super) fn remove(&self, deed: &Deed, named: bool) -> Result<(), NotMade> {
        let refused = NotMade::Refused;
        let live = self.read(&deed.target).map_err(refused)?;
        let Some(live) = live else { return Ok(()) };
        if live.text_at(&["metadata", "uid"]) != deed.target.id.as_deref() {
            return Err(refused(format!("{} was made anew since", deed.target)));
        }
        if live.text_at(&["metadata", "deletionTimestamp"]).is_some() {
            return Ok(());
        }
        // Whoever names a step has been told.
        if !named {
            let id = Step::id_of(deed);
            let keeps = claims::keeps(&self.hand, deed, Some(&live), Unagreed::Destroying);
            keeps.map_err(|why| refused(format!("{why}; --step {id} removes it all the same")))?;
        }
        // Of what has come into it since, or has not gone, nobody has been told.
        let held = self.held(&deed.target);
        if let Some(why) = held.unknown() {
            return Err(refused(why));
        }
        if let Some(first) = held.bound().first() {
            return Err(refused(takes_bound(first)));
        }
        let paths = self.hand.paths(&deed.target).map_err(refused)?;
        let api = self.hand.objects.api();
        for earnest in [Earnest::DryRun, Earnest::Made] {
            self.hand.wait(make(api, &paths, deed, Some(&live), earnest))?;
        }
        Ok(())
    }
}
