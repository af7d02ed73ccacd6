//! Steps, and the plan that they make.

use super::deed::{Deed, Undo};
use super::inputs::Inputs;
use crate::findings::{Finding, Fingerprint, FixAction};
use crate::inventory::ResourceRef;
use crate::inventory::snapshot::sha256;
use crate::policy::Risk;
use crate::value::{Value, object};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Who asks for what drifted to be set back, where findings name a policy.
pub const DRIFT: &str = "drift";

/// What is to be done to an environment, and what is not.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The environment's name.
    pub environment: String,
    /// The cluster for which it was made.
    pub cluster: PlannedCluster,
    /// When.
    pub made: Timestamp,
    /// Of what; `None` where nobody compares it: in a rollback, and in files of earlier versions.
    pub inputs: Option<Inputs>,
    /// In the order in which they are done.
    pub steps: Vec<Step>,
    /// What is done in Git, where Argo CD takes it from.
    pub in_git: Vec<InGit>,
    /// For what there is no step, and why. What of it stays, [`stays`](Self::stays) tells.
    pub left: Vec<LeftAlone>,
    /// What the policies say of the environment as it would be after all steps.
    pub proof: Proof,
}

impl Plan {
    /// The steps of the running environment, and those that only Git makes last.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        let alone = self.in_git.iter().filter(|one| !one.live_too);
        self.steps.iter().chain(alone.map(|one| &one.step))
    }

    /// What of the rest stays: some of it goes with the steps.
    pub fn stays(&self) -> impl Iterator<Item = &LeftAlone> {
        let besides: BTreeSet<&str> = self
            .proof
            .besides
            .iter()
            .map(|one| one.fingerprint.as_str())
            .collect();
        self.left
            .iter()
            .filter(move |left| !besides.contains(left.finding.fingerprint.as_str()))
    }

    /// The same, to be changed.
    pub fn all_steps_mut(&mut self) -> impl Iterator<Item = &mut Step> {
        let alone = self.in_git.iter_mut().filter(|one| !one.live_too);
        self.steps.iter_mut().chain(alone.map(|one| &mut one.step))
    }
}

/// A step that is taken in Git: in the files from which Argo CD makes the object.
#[derive(Debug, Clone, PartialEq)]
pub struct InGit {
    /// What it does to the object; its preview is what changes in files.
    pub step: Step,
    /// The application of Argo CD.
    pub application: String,
    /// The repository, without credentials.
    pub repository: String,
    /// The branch or revision that was read, and its commit.
    pub base: String,
    /// Which file is changed in which way.
    pub how: String,
    /// The running object is changed as well, by a step of the same id.
    pub live_too: bool,
}

/// What a rehearsal on a copy showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// Findings that would be gone.
    pub gone: Vec<Repaired>,
    /// Findings that no step is for, and that would be gone all the same.
    pub besides: Vec<Repaired>,
    /// Findings that steps are for, and that would still be there.
    pub remaining: Vec<Repaired>,
    /// Findings of Pods that a step has replaced: no copy plays a rollout, so whether they are gone is looked at afterwards.
    pub rolling: Vec<Repaired>,
    /// Findings of which a copy cannot show whether they would be gone: what a registry stores it tells hours later.
    pub estimated: Vec<Repaired>,
    /// Findings that are not there now.
    pub appeared: Vec<Repaired>,
    /// Connections that NetworkPolicies would allow and do not allow now.
    pub opened: Vec<Pair>,
    /// Connections that they allow now and would not allow.
    pub closed: Vec<Pair>,
}

/// Who may connect to whom, and on what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// A workload, or addresses.
    pub from: String,
    /// A workload, or addresses.
    pub to: String,
    /// `TCP 8080`, `All Connections`.
    pub conn: String,
}

/// Which cluster a plan or a journal is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlannedCluster {
    /// What its user knows it by: the context, or the server's address.
    pub name: String,
    /// The UID of Namespace kube-system.
    pub uid: Option<String>,
    /// The id of the declared cluster in the account, where that could be asked.
    pub id: Option<String>,
}

impl PlannedCluster {
    /// Whether what was made for this one may be done to the other: the same API server's, and not another one in the account.
    pub fn is(&self, other: &Self) -> bool {
        let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        let known = self.id.is_some() && other.id.is_some();
        same(&self.uid, &other.uid) && (!known || same(&self.id, &other.id))
    }

    /// Its name, and the UID by which it is another one than those that are called so too.
    pub fn named(&self) -> String {
        let uid = self.uid.as_deref().unwrap_or("of unknown UID");
        format!("{} (kube-system {uid})", self.name)
    }
}

/// One change, with all that must be known before it is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Of its target and action: the same in every plan that has it.
    pub id: String,
    /// What it does.
    pub deed: Deed,
    /// The higher of the policy's word and our own.
    pub risk: Risk,
    /// One line for people.
    pub summary: String,
    /// The findings that it repairs.
    pub repairs: Vec<Repaired>,
    /// Who delivers the target.
    pub keeper: Keeper,
    /// What must be known besides.
    pub cautions: Vec<String>,
    /// The digest of what the target means when the step's turn comes; `None` when it is not there.
    pub before: Option<String>,
    /// What it changes, line by line.
    pub preview: Vec<String>,
    /// What takes it back.
    pub undo: Undo,
    /// Of a policy that the user brought.
    pub foreign: bool,
    /// The rehearsal saw its target changed.
    pub rehearsed: bool,
    /// Findings that it would bring about: it is done only when it is named.
    pub causes: Vec<Repaired>,
    /// The ids of the steps without which it would close what is to stay open: it is done only after these.
    pub after: Vec<String>,
}

impl Step {
    /// A step that is for no finding of a policy, with its undo and with nothing else said of it. There is nothing that a rehearsal
    /// could tell.
    pub fn new(deed: Deed, risk: Risk, summary: String) -> Self {
        Self {
            id: Self::id_of(&deed),
            risk,
            summary,
            repairs: Vec::new(),
            keeper: Keeper::Nobody,
            cautions: Vec::new(),
            before: None,
            preview: Vec::new(),
            undo: deed.undo(None, None),
            foreign: false,
            rehearsed: true,
            causes: Vec::new(),
            after: Vec::new(),
            deed,
        }
    }

    /// Twelve digits by which a step is named on the command line.
    pub fn id_of(deed: &Deed) -> String {
        // What two deeds of one kind do to one target is told apart as well.
        let named = object([("deed", deed.identity().to_value())]);
        let mut digest = sha256(named.to_json_str().unwrap_or_default().as_bytes());
        digest.truncate(12);
        digest
    }

    /// Whether something that drifted is set back, whatever a policy asks for besides.
    pub fn is_of_drift(&self) -> bool {
        self.repairs.iter().any(|one| *one.policy == *DRIFT)
    }

    /// Whether no policy asks for it: what drifted is set back.
    pub fn sets_back(&self) -> bool {
        !self.repairs.is_empty() && self.repairs.iter().all(|one| *one.policy == *DRIFT)
    }

    /// Whether there is nothing that it could be done to before the other one has made it: the same thing, or its Namespace.
    pub fn rests_on(&self, other: &Self) -> bool {
        let (target, made) = (&self.deed.target, &other.deed.target);
        let creates = other.deed.action == FixAction::KubernetesCreate && made.kind == "Namespace";
        let within = creates && target.namespace.as_deref() == Some(made.name.as_str());
        self.id != other.id && other.before.is_none() && (target == made || within)
    }

    /// The policies whose findings it repairs, each once.
    pub fn policies(&self) -> Vec<Arc<str>> {
        let mut policies: Vec<Arc<str>> = self.repairs.iter().map(|one| Arc::clone(&one.policy)).collect();
        policies.sort();
        policies.dedup();
        policies
    }
}

/// A finding that a step repairs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repaired {
    /// The policy.
    pub policy: Arc<str>,
    /// What it is about.
    pub resource: ResourceRef,
    /// What is wrong.
    pub message: String,
    /// By which it is known again.
    pub fingerprint: Fingerprint,
}

impl From<&Finding> for Repaired {
    fn from(finding: &Finding) -> Self {
        Self {
            policy: Arc::clone(&finding.policy),
            resource: finding.resource().clone(),
            message: finding.message.clone(),
            fingerprint: finding.fingerprint().clone(),
        }
    }
}

/// A finding that no step repairs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftAlone {
    /// The finding.
    pub finding: Repaired,
    /// Why, and what a person can do.
    pub why: String,
}

/// Who delivers an object, and so who would take back what is changed in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// Neither Argo CD nor Helm.
    Nobody,
    /// An application of Argo CD.
    ArgoCd {
        /// Its name.
        application: String,
        /// It syncs by itself.
        automated: bool,
        /// It takes back what others change, within seconds.
        self_heal: bool,
    },
    /// A release of Helm, whose next upgrade takes it back.
    Helm(String),
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("not managed by Argo CD or Helm"),
            Self::ArgoCd {
                application,
                self_heal: true,
                ..
            } => write!(f, "owned by Argo CD application {application} with selfHeal"),
            Self::ArgoCd {
                application,
                automated: true,
                ..
            } => write!(
                f,
                "owned by Argo CD application {application}, which syncs by itself"
            ),
            Self::ArgoCd { application, .. } => write!(f, "owned by Argo CD application {application}"),
            Self::Helm(release) => write!(f, "owned by Helm release {release}"),
        }
    }
}

impl Keeper {
    /// As a plan writes it.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Nobody => Value::Null,
            Self::ArgoCd {
                application,
                automated,
                self_heal,
            } => object([
                ("argocd", Value::from(application.as_str())),
                ("automated", Value::from(*automated)),
                ("selfHeal", Value::from(*self_heal)),
            ]),
            Self::Helm(release) => object([("helm", Value::from(release.as_str()))]),
        }
    }
}
