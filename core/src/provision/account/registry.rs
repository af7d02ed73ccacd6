//! The registry: one for the whole team, so the one that exists is used whoever made it, and its tier is never lowered.

use super::Part;
use crate::findings::FixAction;
use crate::plan::{Difference, Standing};
use crate::provision::steps::{Steps, of_account};
use crate::spec::RegistryTier;
use crate::value::{Value, ValueExt, object};

pub(super) fn plan(part: &Part<'_>, steps: &mut Steps) {
    let Some(declared) = &part.declared.registry else {
        return;
    };
    let name = declared.name.as_str();
    let target = of_account("Registry", name, None);
    let tier = slug(declared.tier);
    if let Some(row) = part.account.named("registries", name).next() {
        let is = row.text_at(&["subscription", "tier", "slug"]);
        let differs = is
            .filter(|is| *is != tier)
            .map(|is| Difference::by_hand(format!("its tier is {is}, declared is {tier}: the subscription is the whole team's, and changed by a person")));
        let created = part.provenance.proofs.created("Registry", name).is_some();
        if !created
            && part
                .provenance
                .proofs
                .made_elsewhere("Registry", name, name)
                .is_none()
        {
            steps.notes.push(format!(
                "registry {name} is the whole team's: it is used whoever made it, and nobody is asked"
            ));
        }
        steps.standing.push(Standing {
            target,
            created,
            shared: true,
            adopted: false,
            differs: differs.into_iter().collect(),
        });
        return;
    }
    let others = part.account.rows("registries");
    let names: Vec<&str> = others.iter().filter_map(|row| row.text_at(&["name"])).collect();
    if !names.is_empty() && declared.tier != RegistryTier::Professional {
        steps.conflicts(
            target,
            format!(
                "the team has the registry {} already, and tier {tier} allows one",
                names.join(", ")
            ),
            "declare the registry that there is, or tier: professional",
        );
        return;
    }
    steps.make(
        FixAction::RegistryCreate,
        target,
        object([
            ("name", Value::from(name)),
            ("region", Value::from(part.declared.region.as_str())),
            ("subscription_tier_slug", Value::from(tier)),
        ]),
        &format!("create registry {name}, tier {tier}"),
        &[],
    );
}

/// The tier as the API calls it.
pub(super) fn slug(tier: RegistryTier) -> &'static str {
    match tier {
        RegistryTier::Starter => "starter",
        RegistryTier::Basic => "basic",
        RegistryTier::Professional => "professional",
    }
}
