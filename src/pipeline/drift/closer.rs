//! Which objects are read once more, singly, and what is told of those that are not.

use super::again::{self, BEYOND, Closer, MOST};
use super::comparison::Comparison;
use crate::pipeline::ended::Ended;
use crate::pipeline::repair::hand::Hand;
use envcheck_core::drift::{Found, Rules, Thing, has_strangers, identity, tells_applied};
use envcheck_core::findings::drift::NotCompared;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::value::Value;
use std::collections::BTreeMap;

impl Comparison<'_> {
    /// Looks once more at what differs, at what somebody else wrote to, at what may tell what was applied, and at what was not read.
    pub(super) fn closer(&mut self, things: &mut [Thing], rules: &Rules<'_>) -> Result<(), Ended> {
        let mut suspects: Vec<(ResourceRef, Option<Value>)> = Vec::new();
        for thing in things.iter() {
            let (doubtful, before) = match &thing.live {
                Found::There(live) => {
                    let differs = || thing.compared(rules).drifted.is_some();
                    let doubtful =
                        has_strangers(live) || tells_applied(thing, live, rules.marks) || differs();
                    (doubtful, Some(live.clone()))
                }
                Found::Unread(_) => (true, self.before(&thing.target)),
                Found::Absent => (true, None),
            };
            if doubtful {
                suspects.push((thing.target.clone(), before));
            }
        }
        if suspects.is_empty() {
            return Ok(());
        }
        let beyond = suspects.split_off(suspects.len().min(MOST));
        let judging = &self.wanted.judging;
        let hand = Hand::open(
            self.spec,
            &self.wanted.target,
            judging.started,
            &judging.interrupt,
        )?;
        let looked = again::look(&hand, &suspects, &self.redactor, &judging.interrupt);
        hand.end();
        let mut looked = looked?;
        let mut unknown: BTreeMap<String, Vec<ResourceRef>> = BTreeMap::new();
        if !beyond.is_empty() {
            let beyond = beyond.into_iter().map(|(target, _)| target);
            unknown.insert(BEYOND.to_owned(), beyond.collect());
        }
        for thing in things {
            if let Some(Closer {
                live,
                applied,
                unread,
            }) = looked.remove(&identity(&thing.target))
            {
                // Of a kind that is not served nothing can be there.
                let unserved = matches!(live, Found::Unread(_)) && thing.live == Found::Absent;
                if !unserved {
                    thing.live = live;
                }
                thing.applied = applied;
                // Of what is not known at all, that is told.
                if let (Some(why), Found::There(_)) = (unread, &thing.live) {
                    unknown.entry(why).or_default().push(thing.target.clone());
                }
            }
        }
        self.less
            .extend(unknown.into_iter().map(|(why, things)| NotCompared {
                what: "who wrote what".to_owned(),
                why,
                count: things.len(),
                things,
            }));
        Ok(())
    }

    /// A Secret, which is seen in its list only, whatever version it is said in.
    fn before(&self, target: &ResourceRef) -> Option<Value> {
        let (seen, object) = self.seen.objects.get(&identity(target))?;
        (seen.api_version == target.api_version).then(|| object.clone())
    }
}
