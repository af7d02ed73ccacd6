//! Repairing manifests: the fixes of what `check` finds, as edits of the files that hold the objects.

use super::beside::{Beside, Unpatched, how_to_check};
use super::plan::{Repairing, declares, is_of, is_wanted, proposed};
use super::rehearsal::{matters, unheard};
use crate::apply::files::{Rewritten, rewrite};
use crate::apply::patch_names::{Applied, named};
use crate::collect::manifests::Manifests;
use crate::collect::sources::Sources;
use crate::collect::texts;
use crate::pipeline::ended::Ended;
use crate::pipeline::input::numbered;
use crate::pipeline::{check, check_as_if};
use envcheck_core::findings::{Assessment, Finding, FixAction};
use envcheck_core::inventory::{Feed, ResourceRef};
use envcheck_core::plan::{Deed, LeftAlone, Overlay, Repaired, git_name, masked_diff, text_diff};
use envcheck_core::policy::{Policy, Risk, Scope};
use envcheck_core::remediate::{
    Comparison, NotEdited, Spot, Wanted, compare, contradiction, edited, spot, wanted,
};
use envcheck_core::source::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file with its edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// The file as the user named it.
    pub path: PathBuf,
    /// Its text as it was read.
    pub before: String,
    /// Its text with all edits.
    pub after: String,
    /// What the edits do, one line each.
    pub summaries: Vec<String>,
    /// The findings that they are for.
    pub repairs: Vec<Repaired>,
    /// It is a kustomization that gets a patch, which was rendered with all other edits done.
    pub(super) patches: bool,
    /// What a patch calls it.
    pub(super) name: String,
    /// It is called so from the root of its repository.
    pub(super) from_root: bool,
}

impl FileEdit {
    /// What differs, as a patch that `git apply` takes.
    pub fn diff(&self) -> String {
        self.heading() + &text_diff(&self.name, &self.before, &self.after)
    }

    /// The same as it may be shown, and how many of its lines are hidden since they may be secret.
    pub fn shown(&self) -> (String, usize) {
        let (lines, hidden) = masked_diff(&self.name, &self.before, &self.after);
        (self.heading() + &lines.join("\n") + "\n", hidden)
    }

    /// Whether lines end otherwise than with a line feed alone: what is shown leaves that out.
    pub fn has_carriage_returns(&self) -> bool {
        self.before.contains('\r')
    }

    /// By which Git knows that a name is meant from the root.
    fn heading(&self) -> String {
        if self.from_root {
            let side = |side: &str| git_name(&format!("{side}/{}", self.name));
            format!("diff --git {} {}\n", side("a").trim_end(), side("b").trim_end())
        } else {
            String::new()
        }
    }
}

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
    /// That the namespace to which it is confined is none, in words.
    pub nowhere: Option<String>,
    /// What no edit repairs.
    pub left: Vec<LeftAlone>,
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
    let mut work = Work::default();
    let mut deeds: Vec<(&Finding, Deed)> = Vec::new();
    let mut risks: Vec<(Deed, Risk)> = Vec::new();
    let alone = judged_alone(&assessment, &repairing.judging.selected);
    for mut proposed in proposed(&open, &assessment, &repairing.judging.selected) {
        proposed.complete |= alone.contains(proposed.finding.policy.as_ref());
        let deed = wanted(proposed, repairing.trust_foreign).and_then(|wanted| in_files(wanted, allowed));
        match deed {
            Ok((deed, risk)) => {
                risks.push((deed.clone(), risk));
                deeds.push((proposed.finding, deed));
            }
            Err(why) => work.leave(proposed.finding, why),
        }
    }
    let places = places(paths, deeds.iter().map(|(_, deed)| &deed.target))?;
    let mut done: Vec<Deed> = Vec::new();
    // Several findings may have one fix, which is done once.
    let once = |done: &mut Vec<Deed>, deed: Deed| {
        if !done.contains(&deed) {
            done.push(deed);
        }
    };
    let mut unfit = Vec::new();
    for (finding, deed) in deeds {
        match work.edit(finding, &deed, places.get(&deed.target), &done) {
            Ok(()) => once(&mut done, deed),
            Err(not) if not.form => unfit.push((finding, deed, not.why)),
            Err(not) => work.leave(finding, not.why),
        }
    }
    // Once the manifests are as they will be, so that what is rendered shows all of it.
    let mut beside = Beside::of(paths, &repairing.judging.interrupt);
    while let Some((file, why)) = beside.broken(&work.files) {
        work.take_back(&file, &why);
        done.retain(|deed| {
            let mut there = places.get(&deed.target).into_iter().flatten();
            !there.any(|(path, _)| *path == file)
        });
    }
    let mut patched = BTreeSet::new();
    for (finding, deed, why) in unfit {
        match work.patch(&mut beside, finding, &deed, places.get(&deed.target), &done) {
            Ok(kustomization) => {
                patched.insert(kustomization);
                once(&mut done, deed);
            }
            Err(Unpatched::Already(words)) => work.leave(finding, words),
            Err(Unpatched::Cannot(words)) => work.leave(finding, format!("{why}; {words}")),
        }
        if repairing.judging.interrupt.is_cancelled() {
            return Err(Ended::Interrupted(Vec::new()));
        }
    }
    let mut proof = Comparison::default();
    let mut unproven = Vec::new();
    if !done.is_empty() {
        let overlay = Arc::new(Overlay::of(&done));
        let judging = repairing.witnessed_by(|policy| matters(policy, &done));
        let after = check_as_if(judging, paths, complete, &overlay)?;
        let unseen = done.iter().filter(|deed| !overlay.has_met(deed));
        unproven = unseen.map(|deed| deed.target.clone()).collect();
        // Of what no edit makes a difference to, nothing is judged once more.
        let all: Vec<Repaired> = open
            .iter()
            .filter(|finding| after.policies.iter().any(|policy| policy.id == finding.policy))
            .map(|finding| Repaired::from(*finding))
            .collect();
        let besides = unheard(repairing, &done);
        let more = if besides.selected.is_empty() {
            Vec::new()
        } else {
            check(besides, paths, complete, None)?.findings
        };
        proof = compare(&all, assessment.findings.iter().chain(&more), after.open());
    }
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
        nowhere,
        edits,
        left: work.left,
        gone: proof.gone.len(),
        appeared: proof.appeared,
        unproven,
        disruptive: done.iter().filter(|deed| disrupts(&risks, deed)).count(),
        assessment,
    })
}

/// Whether a deed is disruptive.
fn disrupts(risks: &[(Deed, Risk)], deed: &Deed) -> bool {
    let mut own = risks.iter().filter(|(other, _)| other == deed);
    own.any(|(_, risk)| *risk >= Risk::Disruptive)
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
            "which Pods it keeps from being made no file shows: envcheck remediate ENV asks the cluster, and remediate --files with \
             --max-risk disruptive does it unseen ({summary})"
        ));
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

#[derive(Default)]
struct Work {
    files: BTreeMap<PathBuf, FileEdit>,
    left: Vec<LeftAlone>,
}

impl Work {
    fn leave(&mut self, finding: &Finding, why: String) {
        self.left.push(LeftAlone {
            finding: Repaired::from(finding),
            why,
        });
    }

    fn edit(
        &mut self,
        finding: &Finding,
        deed: &Deed,
        places: Option<&Vec<(PathBuf, Spot)>>,
        done: &[Deed],
    ) -> Result<(), NotEdited> {
        let (path, spot) = only_place(deed, places, done)?;
        let repaired = Repaired::from(finding);
        if done.contains(deed)
            && let Some(file) = self.files.get_mut(path)
        {
            file.repairs.push(repaired);
            return Ok(());
        }
        let before = match self.files.get(path) {
            Some(file) => file.after.clone(),
            None => texts::text(path).map_err(|error| error.to_string())?,
        };
        let after = edited(&path.display().to_string(), &before, *spot, deed)?;
        if after == before {
            return Err("it is as it should be by now".into());
        }
        self.keep(path, (before, after), false, finding);
        Ok(())
    }

    /// Leaves a file as it is after all.
    fn take_back(&mut self, path: &Path, why: &str) {
        let repairs = self.files.remove(path).map(|file| file.repairs);
        self.left
            .extend(repairs.into_iter().flatten().map(|finding| LeftAlone {
                finding,
                why: why.to_owned(),
            }));
    }

    /// Adds a patch to the kustomization that lists the file of what cannot be changed in it.
    fn patch(
        &mut self,
        beside: &mut Beside<'_>,
        finding: &Finding,
        deed: &Deed,
        places: Option<&Vec<(PathBuf, Spot)>>,
        done: &[Deed],
    ) -> Result<PathBuf, Unpatched> {
        let (path, spot) = only_place(deed, places, done)?;
        if done.contains(deed) {
            let kustomization = beside.kustomization_of(path)?;
            if let Some(file) = self.files.get_mut(&kustomization) {
                file.repairs.push(Repaired::from(finding));
                return Ok(kustomization);
            }
        }
        let patched = beside.patched((path, *spot), deed, &self.files)?;
        let kustomization = patched.kustomization;
        self.keep(&kustomization, (patched.before, patched.after), true, finding);
        Ok(kustomization)
    }

    /// The text of a file as it would be, by the fix of this finding.
    fn keep(&mut self, path: &Path, (before, after): (String, String), patches: bool, finding: &Finding) {
        let file = self.files.entry(path.to_owned()).or_insert_with(|| FileEdit {
            path: path.to_owned(),
            before,
            after: String::new(),
            summaries: Vec::new(),
            repairs: Vec::new(),
            patches: false,
            name: String::new(),
            from_root: false,
        });
        file.after = after;
        file.patches |= patches;
        let summary = finding.fix.as_ref().map(|fix| fix.summary.clone());
        file.summaries.push(summary.unwrap_or_default());
        file.repairs.push(Repaired::from(finding));
    }
}

/// Where the target of a deed stands, if only there and nothing that is done speaks against it.
fn only_place<'p>(
    deed: &Deed,
    places: Option<&'p Vec<(PathBuf, Spot)>>,
    done: &[Deed],
) -> Result<&'p (PathBuf, Spot), String> {
    let place = match places.map_or(&[][..], Vec::as_slice) {
        [] => return Err(format!("{} stands in none of these files", deed.target)),
        [place] => place,
        [(first, _), (second, _), ..] if first == second => {
            return Err(format!(
                "{} stands more than once in {}: only a person can choose",
                deed.target,
                first.display()
            ));
        }
        [(first, _), (second, _), ..] => {
            return Err(format!(
                "{} stands in {} and in {}: only a person can choose",
                deed.target,
                first.display(),
                second.display()
            ));
        }
    };
    match done.iter().find_map(|other| contradiction(other, deed)) {
        Some(place) => Err(format!(
            "it contradicts another edit at {place}: only a person can choose"
        )),
        None => Ok(place),
    }
}

/// Where objects stand in files.
type Places = BTreeMap<ResourceRef, Vec<(PathBuf, Spot)>>;

fn places<'d>(paths: &[String], wanted: impl Iterator<Item = &'d ResourceRef>) -> Result<Places, Ended> {
    let mut places: Places = wanted.map(|target| (target.clone(), Vec::new())).collect();
    let feed = numbered(Arc::new(Sources::new(Some(Manifests::find(paths)?), None)));
    while let Some(unit) = feed.next() {
        for object in unit().objects {
            let mut reference = object.reference.clone();
            if reference.namespace.is_none() && !places.contains_key(&reference) {
                reference.namespace = Some("default".to_owned());
            }
            let Some(found) = places.get_mut(&reference) else {
                continue;
            };
            if let Some((document, spot)) = spot(&object.origin) {
                found.push((PathBuf::from(&document.source.name), spot));
            }
        }
    }
    Ok(places)
}

/// That a namespace is none of these manifests', nor of the environment's: a typing error would look as if nothing had to be repaired.
fn nowhere_in_files(
    name: &str,
    repairing: &Repairing,
    assessment: &Assessment,
    paths: &[String],
) -> Result<Option<String>, Ended> {
    let declared = repairing
        .judging
        .spec
        .as_ref()
        .is_some_and(|spec| declares(spec, name));
    if declared || assessment.findings.iter().any(|finding| is_of(finding, name)) {
        return Ok(None);
    }
    let feed = numbered(Arc::new(Sources::new(Some(Manifests::find(paths)?), None)));
    while let Some(unit) = feed.next() {
        let is_in = |reference: &ResourceRef| {
            // What says no namespace is in the one that is called so.
            reference.namespace.as_deref().unwrap_or("default") == name
                || reference.kind == "Namespace" && reference.name == name
        };
        if unit().objects.iter().any(|object| is_in(&object.reference)) {
            return Ok(None);
        }
    }
    Ok(Some(format!(
        "there is no namespace {name}, neither declared nor in these files: see whether -n names the right one"
    )))
}

/// Writes the edits, each file whole or not at all. A file that was changed since it was read is left as it is. The
/// kustomizations come last, and only with all that they were rendered with.
pub fn write_files(edits: &[FileEdit]) -> Vec<(PathBuf, Result<(), String>)> {
    let (last, first): (Vec<&FileEdit>, Vec<&FileEdit>) = edits.iter().partition(|edit| edit.patches);
    let mut written: Vec<(PathBuf, Result<(), String>)> = Vec::new();
    for edit in first.into_iter().chain(last) {
        let without = written.iter().find(|(_, result)| result.is_err());
        let result = match without.filter(|_| edit.patches) {
            Some((file, _)) => Err(format!(
                "its patch was tried together with the edit of {}, which was not written",
                file.display()
            )),
            None => match rewrite(&edit.path, edit.before.as_bytes(), edit.after.as_bytes()) {
                Ok(Rewritten::Done) => Ok(()),
                Ok(Rewritten::Changed) => Err("it was changed since it was read".to_owned()),
                Err(error) => Err(error.to_string()),
            },
        };
        written.push((edit.path.clone(), result));
    }
    written
}

/// Refuses what cannot be edited in place: standard input and pipes have no file.
pub fn editable(paths: &[String]) -> Result<(), Diagnostic> {
    if let Some(path) = paths.iter().find(|path| texts::is_special(Path::new(path))) {
        let problem = format!("{path} is neither a file nor a directory, and cannot be edited");
        return Err(Diagnostic::new(problem).hint("name files or directories"));
    }
    if paths.iter().any(|path| path == "-") {
        return Err(Diagnostic::new("standard input cannot be edited").hint("name files or directories"));
    }
    Ok(())
}
