//! What was there before and belongs to nobody that anybody could name: used only when the user says so, each by its id.

use crate::cli::args::ProvisionArgs;
use crate::cli::consent;
use crate::cli::error::{self, Failure};
use envcheck_core::plan::{Adoption, Provisioning};

/// What the user agrees to adopt; `None` where that is not all that the steps need. Where there are no steps nothing hangs on it,
/// and nobody is asked.
pub(super) fn agreed<'p>(
    arguments: &ProvisionArgs,
    plan: &'p Provisioning,
) -> Result<Option<Vec<&'p Adoption>>, Failure> {
    known(arguments, plan)?;
    let named = |one: &&Adoption| arguments.adopt.contains(&one.id);
    let (agreed, open): (Vec<&Adoption>, Vec<&Adoption>) = plan.adoptions.iter().partition(named);
    if open.is_empty() || plan.steps.is_empty() || arguments.consent.dry_run {
        return Ok(Some(agreed));
    }
    let things: Vec<String> = open.iter().map(|one| consent::printable(&one.named())).collect();
    let environment = &plan.environment;
    let question = format!("Adopt for {environment}: {}? [y/N] ", things.join(", "));
    match consent::answer(&question)? {
        Some(true) => Ok(Some(plan.adoptions.iter().collect())),
        Some(false) => {
            error::note("nothing was changed: what the plan adopts is used only once you agree to it");
            Ok(None)
        }
        None => {
            let flags: Vec<String> = plan
                .adoptions
                .iter()
                .map(|one| format!("--adopt {}", consent::printable(&one.id)))
                .collect();
            let environment = &arguments.environment;
            error::note(&format!(
                "nothing was changed: nobody has agreed to adopt {}; look whose it is, then give it by its id: envcheck provision {environment} {}, with your other flags",
                things.join(", "),
                flags.join(" ")
            ));
            Ok(None)
        }
    }
}

/// That only what stands is named. What was adopted before, or turned out to be made for the environment, may be named again: a job
/// says the same each time.
fn known(arguments: &ProvisionArgs, plan: &Provisioning) -> Result<(), Failure> {
    for id in &arguments.adopt {
        let adopts = plan.adoptions.iter().any(|one| one.id == *id);
        let stands = plan.standing.iter().any(|one| {
            let bucket = id.strip_prefix("do:space:");
            one.target.id.as_deref() == Some(id)
                || one.target.kind == "Bucket" && bucket == Some(&one.target.name)
        });
        if !adopts && !stands {
            let problem = format!("nothing was changed: the plan adopts nothing with the id {id}");
            return Err(
                Failure::words(problem).hint("the id of each thing stands in the plan, behind adopts")
            );
        }
    }
    Ok(())
}
