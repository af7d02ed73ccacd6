//! Buckets: no stored object is ever deleted, and an empty bucket only when it is named.

use super::draft::{Draft, Wish};
use super::{Contents, Part, Whose};
use crate::findings::FixAction;
use crate::provision::steps::of_account;

pub(super) fn plan(part: &Part<'_>, draft: &mut Draft) {
    for (name, contents) in &part.stock.buckets {
        let target = of_account("Bucket", name, None);
        let why = match contents {
            Ok(Contents::Absent) => {
                // A project may still name it for a while.
                draft.gone.insert(format!("do:space:{name}"));
                continue;
            }
            Ok(Contents::Objects) => "it holds objects, and what is stored is never deleted".to_owned(),
            Err(why) => format!("what is in it is not known: {why}"),
            Ok(Contents::Empty) => {
                let other = part.stock.elsewhere.get(&("Bucket", name.clone()));
                let whose = match other {
                    Some(other) => Whose::Others(format!("environment {other} declares it")),
                    None => part
                        .journalled("Bucket", name, name)
                        .unwrap_or_else(|| Whose::Adopted(part.adopted("Bucket", name, name))),
                };
                let mut wish = Wish::new(
                    FixAction::BucketDelete,
                    target,
                    format!("delete bucket {name}, in which nothing is"),
                    whose,
                );
                wish.keeps = Some("buckets stay unless they are named, also empty ones".to_owned());
                wish.urn = Some(format!("do:space:{name}"));
                draft.put(part, wish);
                continue;
            }
        };
        draft.kept.insert(format!("do:space:{name}"));
        draft.keep(target, why, false, true);
    }
}
