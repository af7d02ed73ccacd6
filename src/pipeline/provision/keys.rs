//! Keys for Spaces and the Secrets that hold their secrets: made together, and a key whose secret nobody has removed.

use super::inside::Inside;
use crate::apply::kubernetes::NotMade;
use crate::apply::{account, spaces_key};
use crate::pipeline::walking::Walking;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::{Deed, Making, Outcome, Verified};
use envcheck_core::provision::labels;
use envcheck_core::value::ValueExt;

/// The Secret into which a key's secret goes.
fn secret_of(deed: &Deed) -> ResourceRef {
    let text = |key: &str| deed.data.text_at(&["secret", key]).unwrap_or_default();
    ResourceRef::kubernetes("v1", "Secret", Some(text("namespace")), text("name"))
}

impl Inside<'_> {
    /// A key for Spaces, and the Secret that holds its secret. A Secret that is there is never rewritten.
    pub(super) fn key(&mut self, making: &Making) -> Result<Outcome, String> {
        let deed = &making.step.deed;
        let secret = secret_of(deed);
        if self.hand.wait(self.hand.objects.read(&secret))?.is_some() {
            return Err(format!(
                "{secret} exists already: what a Secret holds is never rewritten"
            ));
        }
        let path = self.hand.objects.list_path(&secret)?;
        let rows = self.hand.rows.clone()?;
        // Nothing keeps two keys from having one name.
        if !self.hand.wait(rows.spaces_keys(&deed.target.name))?.is_empty() {
            return Err(format!(
                "the account has a key called {} by now, whose secret nobody knows any more: delete it, or put it into {secret} yourself",
                deed.target.name
            ));
        }
        self.makes(making, None)?;
        let labels = labels(self.wanted.spec.name());
        let api = self.hand.objects.api();
        let held = async || {
            let found = self.hand.objects.access_key_in(&secret).await;
            found.map(Option::flatten)
        };
        match self
            .hand
            .wait(spaces_key::make(rows.api(), api, &path, &labels, deed, held))
        {
            Ok(access_key) => {
                let _ = self.is_done(making, None, Some(access_key));
                Ok(Outcome::Done(Verified::Made))
            }
            Err(NotMade::Refused(why) | NotMade::NotYet(why)) => Ok(self.not_done(&making.step, &why)),
            // The next plan shows what came of it, and what to do with a key whose secret nobody has.
            Err(other) => Ok(Outcome::Unknown(format!(
                "{other}; the next plan tells whether the account has key {} by then",
                deed.target.name
            ))),
        }
    }

    /// A key whose secret nobody has goes, where that still is so: it is the only one of its name, and no Secret holds it.
    pub(super) fn lost_key(&mut self, making: &Making) -> Result<Outcome, String> {
        let deed = &making.step.deed;
        let secret = secret_of(deed);
        let rows = self.hand.rows.clone()?;
        let (name, id) = (
            deed.target.name.as_str(),
            deed.target.id.as_deref().unwrap_or_default(),
        );
        let named = self.hand.wait(rows.spaces_keys(name))?;
        match named.as_slice() {
            [] => return Ok(Outcome::Done(Verified::WasGone)),
            [only] if only == id => {}
            _ => {
                return Err(format!(
                    "the keys called {name} are others by now ({}): make a new plan",
                    named.join(", ")
                ));
            }
        }
        if self
            .hand
            .wait(self.hand.objects.access_key_in(&secret))?
            .is_some()
        {
            return Err(format!("{secret} is there by now: make a new plan"));
        }
        self.makes(making, None)?;
        let mut removed = self.hand.wait(account::make(rows.api(), deed, None));
        if let Err(NotMade::Unknown(_) | NotMade::Cancelled) = removed {
            // No answer came: the list tells.
            let there = self.hand.wait(rows.spaces_keys(name));
            if there.is_ok_and(|there| !there.iter().any(|one| one == id)) {
                removed = Ok(());
            }
        }
        match removed {
            Ok(()) => {
                let _ = self.is_done(making, None, None);
                Ok(Outcome::Done(Verified::Removed))
            }
            Err(NotMade::Refused(why) | NotMade::NotYet(why)) => Ok(self.not_done(&making.step, &why)),
            Err(NotMade::Unknown(why)) => Ok(Outcome::Unknown(why)),
            Err(NotMade::Cancelled) => Ok(Outcome::Unknown("interrupted".to_owned())),
        }
    }
}
