//! Repairing manifests: the fixes of what `check` finds, as edits of the files that hold the objects.

use super::beside::{Beside, Unpatched, how_to_check};
use super::confined::{is_wanted, nowhere_in_files};
use super::editing::{Places, Work, places};
use super::file_edit::FileEdit;
use super::overlaid::Placed;
use super::plan::{Repairing, proposed};
use super::rehearsal::{matters, unheard};
use crate::apply::patch_names::{Applied, named};
use crate::pipeline::ended::Ended;
use crate::pipeline::{check, check_as_if};
use envcheck_core::findings::{Assessment, Finding, FixAction};
use envcheck_core::inventory::ResourceRef;
use envcheck_core::plan::{Deed, LeftAlone, Overlay, Repaired};
use envcheck_core::policy::{Policy, Risk, Scope};
use envcheck_core::remediate::{Comparison, Wanted, compare, wanted};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Edits, what is left alone, and what the policies say of the manifests as they would be.
#[derive(Debug)]
pub struct FilesPlan {
    /// By path.
    pub edits: Vec<FileEdit>,
    /// Where the edits can be applied as a patch.
    pub applied: Applied,
    /// Kustomizations that get a patch, since the manifest cannot be edited so: what is repaired shows in what they render. With
    /// each, how that is checked.
    pub patched: Vec<(PathBuf, String)>,
    /// Where what is repaired does not show, since it is set again there, or is not known to show: in words.
    pub cautions: Vec<String>,
    /// What is delivered goes on saying somewhere what was found.
    pub set_again: bool,
    /// That the namespace to which it is confined is none, in words.
    pub nowhere: Option<String>,
    /// What no edit repairs.
    pub left: Vec<LeftAlone>,
    /// How many findings nobody accepts, of what was asked for.
    pub open: usize,
    /// Findings that would be gone.
    pub gone: usize,
    /// Findings that the edits would bring about: then nothing is written.
    pub appeared: Vec<Repaired>,
    /// Objects that were not judged as they would be: then nothing is written, either.
    pub unproven: Vec<ResourceRef>,
    /// How many of the edits are disruptive once they are delivered.
    pub disruptive: usize,
    /// What was found.
    pub assessment: Assessment,
}

/// Which edits may be made.
#[derive(Debug, Clone, Copy)]
pub struct Allowed {
    /// Up to this risk (`None`: none).
    pub most: Option<Risk>,
    /// But none of this risk: they were declined.
    pub declined: Option<Risk>,
    /// Also such as keep Pods from being made, of which no file shows whether any that run would be concerned.
    pub enforcing: bool,
}

/// Plans the edits that repair what is found in these manifests. Nothing is written.
pub fn plan_files(
    repairing: &Repairing,
    paths: &[String],
    complete: bool,
    allowed: Allowed,
) -> Result<FilesPlan, Ended> {
    let assessment = check(repairing.judging.clone(), paths, complete, None)?;
    let open: Vec<&Finding> = assessment
        .open()
        .filter(|finding| is_wanted(finding, repairing))
        .collect();
    let mut left = Work::default();
    let mut deeds: Vec<(&Finding, Deed)> = Vec::new();
    let mut disruptive: Vec<Deed> = Vec::new();
    let alone = judged_alone(&assessment, &repairing.judging.selected);
    for mut proposed in proposed(&open, &assessment, &repairing.judging.selected) {
        proposed.complete |= alone.contains(proposed.finding.policy.as_ref());
        let deed = wanted(proposed, repairing.trust_foreign).and_then(|wanted| in_files(wanted, allowed));
        match deed {
            Ok((deed, risk)) => {
                if risk >= Risk::Disruptive {
                    disruptive.push(deed.clone());
                }
                deeds.push((proposed.finding, deed));
            }
            Err(why) => left.leave(proposed.finding, why),
        }
    }
    let places = places(paths, deeds.iter().map(|(_, deed)| &deed.target))?;
    let Worked {
        mut work,
        done,
        patched,
        cautions,
        set_again,
    } = worked(repairing, paths, &deeds, &places)?;
    work.left.splice(..0, left.left);
    let (proof, unproven) = proven(repairing, &assessment, &open, &done, (paths, complete))?;
    // What goes with the edits of others is not left.
    work.left.retain(|left| !proof.gone.contains(&left.finding));
    let nowhere = match &repairing.namespace {
        Some(name) => nowhere_in_files(name, repairing, &assessment, paths)?,
        None => None,
    };
    let mut edits: Vec<FileEdit> = work.files.into_values().collect();
    let paths: Vec<&Path> = edits.iter().map(|edit| edit.path.as_path()).collect();
    let (names, applied) = named(&paths);
    for (edit, name) in edits.iter_mut().zip(names) {
        edit.name = name;
        edit.from_root = applied != Applied::Here;
    }
    Ok(FilesPlan {
        applied,
        patched: patched
            .into_iter()
            .map(|path: PathBuf| (path.clone(), how_to_check(&path)))
            .collect(),
        cautions,
        set_again,
        nowhere,
        edits,
        left: work.left,
        open: open.len(),
        gone: proof.gone.len(),
        appeared: proof.appeared,
        unproven,
        disruptive: done.iter().filter(|deed| disruptive.contains(deed)).count(),
        assessment,
    })
}

/// What is done in files, or beside them.
struct Worked {
    work: Work,
    done: Vec<Deed>,
    patched: BTreeSet<PathBuf>,
    cautions: Vec<String>,
    set_again: bool,
}

/// The edits, without those that would show in nothing that is delivered.
fn worked(
    repairing: &Repairing,
    paths: &[String],
    deeds: &[(&Finding, Deed)],
    places: &Places,
) -> Result<Worked, Ended> {
    let mut refused: Vec<(Deed, String)> = Vec::new();
    loop {
        let mut beside = Beside::of(paths, &repairing.judging.interrupt);
        let mut worked = tried(&mut beside, deeds, places, &refused);
        let placed: Vec<Placed<'_>> = worked
            .done
            .iter()
            .filter_map(|deed| {
                let (file, spot) = places.get(&deed.target)?.places.first()?;
                let (file, spot) = (file.as_path(), *spot);
                Some(Placed { deed, file, spot })
            })
            .collect();
        let hidden = beside.hidden(&placed, &worked.work.files);
        if repairing.judging.interrupt.is_cancelled() {
            return Err(Ended::Interrupted(Vec::new()));
        }
        if hidden.refused.is_empty() {
            worked.cautions = hidden.cautions;
            worked.set_again = hidden.remains;
            return Ok(worked);
        }
        let more = hidden.refused.into_iter().filter_map(|(number, why)| {
            let placed = placed.get(number)?;
            Some((placed.deed.clone(), why))
        });
        refused.extend(more);
    }
}

/// The edits, without those of these deeds.
fn tried(
    beside: &mut Beside<'_>,
    deeds: &[(&Finding, Deed)],
    places: &Places,
    refused: &[(Deed, String)],
) -> Worked {
    let mut work = Work::default();
    let mut done: Vec<Deed> = Vec::new();
    // Several findings may have one fix, which is done once.
    let once = |done: &mut Vec<Deed>, deed: &Deed| {
        if !done.contains(deed) {
            done.push(deed.clone());
        }
    };
    let mut unfit = Vec::new();
    for (finding, deed) in deeds {
        if let Some((_, why)) = refused.iter().find(|(other, _)| other == deed) {
            work.leave(finding, why.clone());
            continue;
        }
        match work.edit(finding, deed, places.get(&deed.target), &done) {
            Ok(()) => once(&mut done, deed),
            Err(not) if not.form => unfit.push((finding, deed, not.why)),
            Err(not) => work.leave(finding, not.why),
        }
    }
    // Once the manifests are as they will be, so that what is rendered shows all of it.
    while let Some((file, why)) = beside.broken(&work.files) {
        work.take_back(&file, &why);
        done.retain(|deed| {
            let mut there = places.get(&deed.target).into_iter().flat_map(|one| &one.places);
            !there.any(|(path, _)| *path == file)
        });
    }
    let mut patched = BTreeSet::new();
    for (finding, deed, why) in unfit {
        match work.patch(beside, finding, deed, places.get(&deed.target), &done) {
            Ok(kustomization) => {
                patched.insert(kustomization);
                once(&mut done, deed);
            }
            Err(Unpatched::Already(words)) => work.leave(finding, words),
            Err(Unpatched::Cannot(words)) => work.leave(finding, format!("{why}; {words}")),
        }
        if beside.is_interrupted() {
            break;
        }
    }
    Worked {
        work,
        done,
        patched,
        cautions: Vec::new(),
        set_again: false,
    }
}

/// What the policies say of the manifests as they would be; and the objects that they did not see so.
fn proven(
    repairing: &Repairing,
    assessment: &Assessment,
    open: &[&Finding],
    done: &[Deed],
    (paths, complete): (&[String], bool),
) -> Result<(Comparison, Vec<ResourceRef>), Ended> {
    if done.is_empty() {
        return Ok((Comparison::default(), Vec::new()));
    }
    let overlay = Arc::new(Overlay::of(done));
    let judging = repairing.witnessed_by(|policy| matters(policy, done));
    let after = check_as_if(judging, paths, complete, &overlay)?;
    let unseen = done.iter().filter(|deed| !overlay.has_met(deed));
    let unseen = unseen.map(|deed| deed.target.clone()).collect();
    // Of what no edit makes a difference to, nothing is judged once more.
    let all: Vec<Repaired> = open
        .iter()
        .filter(|finding| after.policies.iter().any(|policy| policy.id == finding.policy))
        .map(|finding| Repaired::from(*finding))
        .collect();
    let besides = unheard(repairing, done);
    let more = if besides.selected.is_empty() {
        Vec::new()
    } else {
        check(besides, paths, complete, None)?.findings
    };
    let proof = compare(&all, assessment.findings.iter().chain(&more), after.open());
    Ok((proof, unseen))
}

/// The policies that look at one object at a time: a file that cannot be read makes no difference to what they say of the others.
fn judged_alone<'p>(assessment: &'p Assessment, policies: &[Policy]) -> BTreeSet<&'p str> {
    let of_objects = |id: &str| {
        let mut policies = policies.iter();
        policies.any(|policy| *policy.id == *id && policy.scope == Scope::Object)
    };
    let results = assessment.policies.iter();
    let alone = results.filter(|result| result.errors == 0 && of_objects(&result.id));
    alone.map(|result| result.id.as_ref()).collect()
}

/// The deed and how dangerous it is, where it is one for files and within what was agreed to.
fn in_files(wanted: Wanted, allowed: Allowed) -> Result<(Deed, Risk), String> {
    let Wanted { deed, risk, summary } = wanted;
    if deed.enforces() && !allowed.enforcing {
        return Err(format!(
            "which Pods it keeps from being made no file shows: envcheck remediate ENV asks the cluster, and \
             --max-risk disruptive does it unseen ({summary})"
        ));
    }
    if allowed.declined == Some(risk) {
        return Err(format!("it was declined ({summary})"));
    }
    if Some(risk) > allowed.most {
        return Err(match risk {
            Risk::Destructive => {
                format!("it is destructive, and only a person does that in a file: {summary}")
            }
            _ => format!("it is {0}: --max-risk {0} ({summary})", risk.as_str()),
        });
    }
    match deed.action {
        FixAction::KubernetesPatch | FixAction::KubernetesLabel | FixAction::KubernetesAnnotate => {
            Ok((deed, risk))
        }
        // Which file it belongs into, nobody knows.
        _ => Err(summary),
    }
}
