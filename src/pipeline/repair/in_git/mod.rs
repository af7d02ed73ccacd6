//! The Git route: what Argo CD delivers is mended where Argo CD takes it from.
//!
//! The committed files are copied, the fix is translated into an edit of them, and where something renders them, rendering
//! before and after has to show that the one object becomes what was wanted and nothing else changes.

mod rendered;
mod source;

use crate::apply::branch::{self, Where};
use crate::clients::{git, runtime};
use crate::collect::checkout::Checkout;
use crate::pipeline::ended::Ended;
use envcheck_core::inventory::ResourceRef;
use envcheck_core::inventory::application::{Delivery, Source};
use envcheck_core::plan::{Consent, InGit, Plan, file_preview, text_diff};
use envcheck_core::remediate::{Routed, application};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::Value;
use source::Work;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// Where the files are that Argo CD delivers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitChoice {
    /// Checkouts of the user's.
    pub checkouts: Vec<PathBuf>,
    /// Repositories of which there is no checkout are fetched.
    pub fetch: bool,
    /// The branch that is to be made.
    pub branch: Option<String>,
}

impl GitChoice {
    /// Whether anything is to be done in Git at all.
    pub(super) fn is_wanted(&self) -> bool {
        self.fetch || !self.checkouts.is_empty()
    }
}

/// The copies of repositories, with the edits in them.
#[derive(Debug)]
pub struct Edits {
    checkouts: Vec<Checkout>,
    choice: GitChoice,
    /// What could not be fetched, and why: asked once.
    unreachable: BTreeMap<(String, String), String>,
    routed: Vec<Routed>,
    applications: Vec<Value>,
    objects: BTreeMap<ResourceRef, Value>,
    runtime: Runtime,
    interrupt: CancellationToken,
}

/// A branch that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeBranch {
    /// The repository, or the folder of the checkout.
    pub repository: String,
    /// Its name.
    pub branch: String,
    /// The commit, or why there is none.
    pub commit: Result<String, String>,
}

impl Edits {
    /// Copies what is committed in the checkouts; `None` where nothing is to be done in Git.
    pub(in crate::pipeline) fn open(
        choice: &GitChoice,
        interrupt: &CancellationToken,
    ) -> Result<Option<Self>, Ended> {
        if !choice.is_wanted() {
            return Ok(None);
        }
        let runtime = runtime::start()
            .map_err(|error| Diagnostic::new(format!("cannot start threads for Git: {error}")))?;
        runtime::watch_signals(runtime.handle(), interrupt.clone());
        if let Some(name) = &choice.branch {
            let named = runtime.block_on(git::branch_name(name, interrupt));
            named.map_err(|error| {
                Diagnostic::new(error.to_string()).hint("name a new branch: --branch NAME")
            })?;
        }
        let mut checkouts = Vec::new();
        for folder in &choice.checkouts {
            let opened = runtime.block_on(Checkout::of(folder, interrupt)).map_err(|why| {
                Diagnostic::new(format!(
                    "{} cannot be used as a checkout: {why}",
                    folder.display()
                ))
                .hint("--repo names a folder in which the repository of an application is checked out")
            })?;
            checkouts.push(opened);
        }
        Ok(Some(Self {
            checkouts,
            choice: choice.clone(),
            unreachable: BTreeMap::new(),
            routed: Vec::new(),
            applications: Vec::new(),
            objects: BTreeMap::new(),
            runtime,
            interrupt: interrupt.clone(),
        }))
    }

    /// Edits the copies. What cannot be mended in Git comes back with the reason.
    pub(super) fn plan(
        &mut self,
        routed: Vec<Routed>,
        applications: Vec<Value>,
        objects: BTreeMap<ResourceRef, Value>,
    ) -> (Vec<InGit>, Vec<(Routed, String)>) {
        (self.routed, self.applications, self.objects) = (routed, applications, objects);
        let ids: BTreeSet<String> = self.routed.iter().map(|one| one.step.id.clone()).collect();
        // A plan may be made more than once.
        for checkout in &mut self.checkouts {
            if let Err(why) = checkout.reset() {
                let left = self.routed.iter().map(|one| (one.clone(), why.clone()));
                return (Vec::new(), left.collect());
            }
        }
        self.again(&ids)
    }

    /// The same for some of the steps.
    fn again(&mut self, ids: &BTreeSet<String>) -> (Vec<InGit>, Vec<(Routed, String)>) {
        let (mut done, mut left) = (Vec::new(), Vec::new());
        let wanted = self
            .routed
            .clone()
            .into_iter()
            .filter(|one| ids.contains(&one.step.id));
        for routed in wanted {
            match self.mend(&routed) {
                Ok(in_git) => done.push(in_git),
                Err(why) => left.push((routed, why)),
            }
        }
        (done, left)
    }

    fn mend(&mut self, routed: &Routed) -> Result<InGit, String> {
        let missing = || format!("application {} could not be read", routed.application);
        let found = application(&routed.application, &self.applications).ok_or_else(missing)?;
        let delivery = Delivery::of(found);
        let live = self
            .objects
            .get(&routed.step.deed.target)
            .cloned()
            .unwrap_or(Value::Null);
        let mut reasons: Vec<String> = Vec::new();
        for (number, source) in delivery.sources.iter().enumerate() {
            let why = match (&source.chart, &source.path) {
                (Some(chart), _) => Err(format!(
                    "chart {chart} comes from {}: set its values",
                    git::without_credentials(&source.repository)
                )),
                (None, None) => continue,
                (None, Some(path)) => self.in_source(routed, &delivery, number, path, source, &live),
            };
            match why {
                Ok(in_git) => return Ok(in_git),
                Err(why) => reasons.push(why),
            }
        }
        reasons.dedup();
        Err(if reasons.is_empty() {
            format!(
                "application {} names no folder of a repository",
                routed.application
            )
        } else {
            reasons.join("; ")
        })
    }

    fn in_source(
        &mut self,
        routed: &Routed,
        delivery: &Delivery,
        number: usize,
        path: &str,
        source: &Source,
        live: &Value,
    ) -> Result<InGit, String> {
        if let Some(foreign) = source.foreign {
            return Err(format!("it is made with {foreign}, which is left to Argo CD"));
        }
        let index = self.checkout_of(source)?;
        let Self {
            checkouts, runtime, ..
        } = self;
        let checkout = checkouts.get_mut(index).ok_or("its checkout is gone")?;
        let before: BTreeMap<String, String> = checkout
            .changes()?
            .into_iter()
            .map(|(path, _, now)| (path, now))
            .collect();
        let work = Work {
            checkout,
            runtime,
            delivery,
            path,
            source,
            deed: &routed.step.deed,
            live,
        };
        let how = work.done()?;
        let mut step = routed.step.clone();
        step.preview = Vec::new();
        for (path, committed, now) in checkout.changes()? {
            let was = before.get(&path).unwrap_or(&committed);
            if *was != now {
                step.preview.extend(file_preview(&path, was, &now));
            }
        }
        // What runs is said by the step for it; here it is a commit that is waited for.
        step.cautions.clear();
        let delivered = delivery.delivered.get(number).or(delivery.delivered.first());
        if let Some(delivered) =
            delivered.filter(|delivered| !delivered.is_empty() && **delivered != checkout.commit)
        {
            step.cautions.push(format!(
                "Argo CD delivered commit {} last, and this is made on {}",
                short(delivered),
                short(&checkout.commit)
            ));
        }
        Ok(InGit {
            step,
            application: routed.application.clone(),
            repository: git::without_credentials(&source.repository),
            base: format!("{} ({})", checkout.called, short(&checkout.commit)),
            how,
            live_too: routed.live_too,
        })
    }

    /// The checkout of a source's repository, fetched where there is none and that is wanted.
    fn checkout_of(&mut self, source: &Source) -> Result<usize, String> {
        let only_one = self.choice.checkouts.len() == 1;
        for (index, checkout) in self.checkouts.iter().enumerate() {
            let fetched = checkout.address.is_some();
            let same = self
                .runtime
                .block_on(checkout.is_of(&source.repository, only_one))?;
            if same && !fetched {
                self.runtime.block_on(checkout.follows(&source.revision))?;
            }
            if same && (!fetched || checkout.called == source.revision) {
                return Ok(index);
            }
        }
        let shown = git::without_credentials(&source.repository);
        if !self.choice.fetch {
            let words = if self.choice.checkouts.is_empty() {
                "--repo DIR names one"
            } else {
                "no --repo is one"
            };
            return Err(format!("a checkout of {shown} is needed: {words}"));
        }
        let key = (source.repository.clone(), source.revision.clone());
        if let Some(why) = self.unreachable.get(&key) {
            return Err(why.clone());
        }
        let fetched = self.runtime.block_on(Checkout::fetched(
            &source.repository,
            &source.revision,
            &self.interrupt,
        ));
        match fetched {
            Ok(checkout) => {
                self.checkouts.push(checkout);
                Ok(self.checkouts.len() - 1)
            }
            Err(why) => {
                let why = format!("{shown} could not be fetched: {why}");
                self.unreachable.insert(key, why.clone());
                Err(why)
            }
        }
    }

    /// Makes exactly these edits, from what is committed.
    fn only(&mut self, steps: &[&InGit]) -> Result<Vec<InGit>, String> {
        for checkout in &mut self.checkouts {
            checkout.reset()?;
        }
        let (done, left) = self.again(&steps.iter().map(|one| one.step.id.clone()).collect());
        match left.first() {
            Some((routed, why)) => Err(format!("{}: {why}", routed.step.summary)),
            None => Ok(done),
        }
    }

    /// The edits of a plan as patches for `git apply`, one for each repository: where it is applied, and what.
    pub fn patches(&mut self, plan: &Plan) -> Result<Vec<(String, String)>, String> {
        self.only(&plan.in_git.iter().collect::<Vec<_>>())?;
        let mut patches = Vec::new();
        for checkout in &self.checkouts {
            let mut text = String::new();
            for (path, before, now) in checkout.changes()? {
                text.push_str(&text_diff(&path, &before, &now));
            }
            if !text.is_empty() {
                patches.push((place(checkout), text));
            }
        }
        Ok(patches)
    }

    /// The edits that were agreed to, as one commit on a new branch for each repository. The plan tells which are left.
    pub fn commit(&mut self, plan: &Plan, consent: &Consent, name: &str) -> Result<Vec<MadeBranch>, String> {
        let agreed: Vec<&InGit> = plan
            .in_git
            .iter()
            .filter(|one| consent.covers(&one.step).is_ok())
            .collect();
        let done = self.only(&agreed)?;
        let mut made = Vec::new();
        for checkout in &self.checkouts {
            let changes = checkout.changes()?;
            if changes.is_empty() {
                continue;
            }
            let message = message(plan, &done);
            let commit = self
                .runtime
                .block_on(committed(checkout, &changes, &message, name));
            made.push(MadeBranch {
                repository: place(checkout),
                branch: name.to_owned(),
                commit,
            });
        }
        Ok(made)
    }
}

async fn committed(
    checkout: &Checkout,
    changes: &[(String, String, String)],
    message: &str,
    name: &str,
) -> Result<String, String> {
    let scratch = checkout.scratch()?;
    let file = |(path, _, now): &'_ (String, String, String)| {
        let entry = checkout.entry(path).cloned();
        entry
            .map(|entry| (entry, now.clone()))
            .ok_or_else(|| format!("{path} is not a file of the repository"))
    };
    let files = changes.iter().map(file).collect::<Result<Vec<_>, _>>()?;
    let files: Vec<_> = files.iter().map(|(entry, now)| (entry, now.as_bytes())).collect();
    let place = checkout.address.as_deref().map_or(Where::Here, Where::There);
    branch::commit(
        &checkout.repository,
        &checkout.commit,
        &files,
        message,
        (name, place),
        scratch.path(),
    )
    .await
    .map_err(|error| error.to_string())
}

/// What the commit says, for those who review it.
fn message(plan: &Plan, done: &[InGit]) -> String {
    let findings: usize = done.iter().map(|one| one.step.repairs.len()).sum();
    let noun = if findings == 1 { "finding" } else { "findings" };
    let mut text = format!("Repair {findings} {noun} in {}\n", plan.environment);
    for one in done {
        text.push_str("\n* ");
        text.push_str(&one.step.summary);
        text.push_str("\n  ");
        text.push_str(&one.how);
        for policy in one.step.policies() {
            text.push_str("\n  envcheck policy ");
            text.push_str(&policy);
        }
        text.push('\n');
    }
    text
}

fn place(checkout: &Checkout) -> String {
    checkout.address.as_deref().map_or_else(
        || checkout.repository.folder().display().to_string(),
        git::without_credentials,
    )
}

fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}
