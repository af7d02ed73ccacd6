//! The account and Spaces of a running environment: opened where the policies need them and credentials can be had. What
//! cannot be opened is a gap of every collection that was to be read of it.

use super::ended::Ended;
use super::target::TargetChoice;
use crate::clients::digitalocean::{self, Api};
use crate::clients::http::Variables;
use crate::clients::kubernetes::{Access, Grant};
use crate::clients::registry::{self, Registry};
use crate::clients::spaces::{self, Spaces};
use crate::collect::account::{AccountCluster, DeclaredAccount, OpenAccount, Rows};
use crate::collect::meter::Meter;
use crate::collect::secrets::{SecretError, Secrets, written_in};
use crate::collect::spaces::{Buckets, NoKey, SpacesPlan, key, region};
use crate::collect::units::UnitSender;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envcheck_core::findings::AccountReading;
use envcheck_core::inventory::declared_cluster::DeclaredCluster;
use envcheck_core::inventory::observation::OBSERVATIONS;
use envcheck_core::inventory::snapshot::reason;
use envcheck_core::inventory::{Gap, GapSubject, InventoryBuilder, Memory};
use envcheck_core::policy::Needed;
use envcheck_core::source::Diagnostic;
use envcheck_core::spec::Spec;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// What is told of an environment without an account, where more is looked at than what policies ask for.
pub(super) const NONE_DECLARED: &str =
    "no account is declared (digitalocean): of this environment the cluster alone is looked at";
/// Where the token is looked for when the spec names no place.
const TOKEN: [&str; 2] = ["DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"];
/// Credentials for the cluster outlive the reading by this much, since clocks differ.
const MARGIN: Duration = Duration::from_mins(5);
/// Collections that are not read from the API.
const NOT_FROM_THE_API: [&str; 2] = [OBSERVATIONS, "digitalocean.registry_uses"];

/// The account and Spaces, as far as they can be read.
#[derive(Default)]
pub(super) struct Account {
    open: Option<OpenAccount>,
    /// Why the account cannot be read, as the command line shows it.
    closed: Option<Diagnostic>,
    spaces: Option<(SpacesPlan, Spaces)>,
    /// By which buckets are changed, or why there is no key for them.
    keyed: Option<Result<Keyed, NoKey>>,
    /// Spaces of which nothing has to be asked.
    nothing_asked: Option<SpacesPlan>,
    gaps: Vec<Gap>,
}

/// Spaces with a key, not yet opened.
struct Keyed {
    access: spaces::Access,
    budget: spaces::Budget,
    variables: Variables,
}

impl Keyed {
    fn open(&self) -> Result<Spaces, spaces::ConnectError> {
        spaces::connect(&self.access, self.budget.clone(), &self.variables)
    }
}

/// Opens what policies need of the account and of Spaces. Nobody is asked anything yet but for secrets.
pub(super) async fn open(
    spec: Option<&Spec>,
    needed: &Needed,
    choice: &TargetChoice,
    deadline: Instant,
    interrupt: &CancellationToken,
) -> Result<Account, Diagnostic> {
    let Some(spec) = spec.filter(|spec| spec.environment.spec.digitalocean.is_some()) else {
        return Ok(Account::default());
    };
    let variables = Variables::real();
    let secrets = Secrets::new(variables.clone(), choice.commands);
    let mut account = Account::default();
    let auditor = key(spec, &secrets).await;
    match token(spec, &secrets).await {
        Ok(token) => {
            let mut budget = digitalocean::Budget::until(deadline, interrupt.clone());
            budget.allowances = choice.allowances.clone();
            let auditor = auditor.as_ref().ok().map(|key| key.id.clone());
            account.open = Some(opened(spec, needed, token, auditor, &variables, &budget)?);
        }
        Err(problem) => {
            let words = problem.to_string();
            let wanted = needed.collections.keys().filter(|name| {
                name.starts_with("digitalocean.") && !NOT_FROM_THE_API.contains(&name.as_str())
            });
            account.gaps.extend(wanted.map(|name| Gap {
                subject: GapSubject::Collection(name.clone()),
                reason: reason::UNAUTHORIZED.to_owned(),
                detail: format!("{words}; {}", problem.hint()),
            }));
            account.closed = Some(problem.into());
        }
    }
    let keyed = auditor.map(|key| Keyed {
        access: spaces::Access {
            region: region(spec),
            endpoint: variables.text(&["SPACES_ENDPOINT_URL"]),
            key,
        },
        budget: spaces::Budget::until(deadline, interrupt.clone()),
        variables,
    });
    if let Some(plan) = SpacesPlan::of(spec, needed) {
        if plan.asks() {
            match &keyed {
                Ok(keyed) => account.spaces = Some((plan, keyed.open()?)),
                Err(why) => account.gaps.extend(plan.gaps_without_key(why)),
            }
        } else {
            account.nothing_asked = Some(plan);
        }
    }
    account.keyed = Some(keyed);
    Ok(account)
}

async fn token(spec: &Spec, secrets: &Secrets) -> Result<SecretString, SecretError> {
    let declared = spec.environment.spec.digitalocean.as_ref();
    match declared.and_then(|account| account.token.as_ref()) {
        Some(reference) => {
            let beside = written_in(spec, &["digitalocean", "token"]);
            secrets.resolve(reference, &beside).await
        }
        None => secrets.first_set(&TOKEN).unwrap_or_else(|| {
            Err(SecretError::new(
                "there is no DigitalOcean token: no spec names one, and neither DIGITALOCEAN_TOKEN nor \
                 DIGITALOCEAN_ACCESS_TOKEN is set",
                "export DIGITALOCEAN_TOKEN, or name another place in the spec under digitalocean.token",
            ))
        }),
    }
}

fn opened(
    spec: &Spec,
    needed: &Needed,
    token: SecretString,
    auditor: Option<SecretString>,
    variables: &Variables,
    budget: &digitalocean::Budget,
) -> Result<OpenAccount, Diagnostic> {
    let access = digitalocean::Access {
        address: variables.text(&["DIGITALOCEAN_API_URL"]),
        token: token.clone(),
        variables: variables.clone(),
    };
    let api = Api::open(&access, budget.clone())?;
    let access = registry::Access {
        address: variables.text(&["DIGITALOCEAN_REGISTRY_URL"]),
        token,
        variables: variables.clone(),
    };
    let registry = Registry::open(&access, budget.clone())?;
    let needed = needed.collections.keys().map(String::as_str);
    Ok(OpenAccount::new(
        api,
        registry,
        DeclaredAccount::of(&spec.value),
        auditor,
        needed,
    ))
}

impl Account {
    /// The Droplets that the account says the declared cluster consists of; `None` when it cannot be asked, or has not said
    /// it within this time: the question stays. What it answers instead shows where its clusters are read.
    pub(super) async fn droplets(&self, patience: Duration) -> Option<BTreeSet<u64>> {
        let open = self.open.as_ref()?;
        open.ask_for_clusters();
        let clusters = timeout(patience, open.declared_clusters()).await.ok()?.ok()?;
        Some(of_all(clusters))
    }

    /// The same as far as the account has said by now; nobody is asked.
    pub(super) fn droplets_by_now(&self) -> Option<BTreeSet<u64>> {
        let clusters = self.open.as_ref()?.declared_clusters_by_now()?;
        Some(of_all(clusters))
    }

    /// The id of the declared cluster, as far as the account has said by now; nobody is asked.
    pub(super) fn cluster_by_now(&self) -> Option<String> {
        let clusters = self.open.as_ref()?.declared_clusters_by_now()?;
        match clusters.as_slice() {
            [one] => Some(one.id.clone()),
            _ => None,
        }
    }

    /// Credentials for the declared cluster, for as long as reading may take.
    pub(super) async fn grant(
        &self,
        declared: Option<&DeclaredCluster>,
        patience: Duration,
    ) -> Result<Access, Ended> {
        let Some(declared) = declared else {
            return Err(
                Diagnostic::new("the target is fromDigitalOcean, and the spec declares no cluster there")
                    .hint("declare it under digitalocean.cluster, or name a context: target: {kubernetes: {context: NAME}}")
                    .into(),
            );
        };
        let Some(open) = &self.open else {
            let why = self.closed.clone();
            return Err(why
                .unwrap_or_else(|| Diagnostic::new("the account cannot be asked for credentials"))
                .into());
        };
        let cluster = the_one(
            declared,
            open.declared_clusters()
                .await
                .map_err(|error| stopped(open, &error))?,
        )?;
        let credentials = open
            .credentials(&cluster.id, patience + MARGIN)
            .await
            .map_err(|error| stopped(open, &error))?;
        let authority = credentials.certificate_authority_data.expose_secret();
        let authority = STANDARD.decode(authority.trim()).map_err(|_| {
            Diagnostic::new(format!(
                "the credentials that DigitalOcean handed out for cluster {} hold an authority that is not base64",
                declared.name
            ))
        })?;
        Ok(Access::Granted(Grant {
            cluster: declared.name.clone(),
            server: credentials.server,
            authority: (!authority.is_empty()).then_some(authority),
            token: credentials.token,
        }))
    }

    /// The account, where it can be asked.
    pub(super) fn opened(&self) -> Option<&OpenAccount> {
        self.open.as_ref()
    }

    /// Why the account cannot be asked.
    pub(super) fn why_closed(&self) -> Diagnostic {
        let why = self.closed.clone();
        why.unwrap_or_else(|| Diagnostic::new("the account cannot be asked"))
    }

    /// Single rows, to be changed; or why the account cannot be asked.
    pub(super) fn rows(&self) -> Result<Rows, String> {
        match (&self.open, &self.closed) {
            (Some(open), _) => Ok(open.rows()),
            (None, Some(why)) => Err(why.one_line()),
            (None, None) => Err("the environment declares no account".to_owned()),
        }
    }

    /// The declared buckets, to be changed; or why Spaces cannot be asked.
    pub(super) fn buckets(&self, spec: &Spec) -> Result<Buckets, String> {
        match &self.keyed {
            Some(Ok(keyed)) => {
                let spaces = keyed.open().map_err(|error| error.to_string())?;
                Ok(Buckets::new(spaces, spec))
            }
            Some(Err(why)) => Err(why.to_string()),
            None => Err("the environment declares no account".to_owned()),
        }
    }

    /// Begins to read, on the runtime's threads. `now` tells which dates may be those of backups, and how old is what
    /// earlier runs learnt.
    pub(super) fn start(
        &self,
        runtime: &Handle,
        now: Timestamp,
        memory: &Arc<Memory>,
        meter: &Arc<Meter>,
        units: &UnitSender,
    ) {
        if let Some(open) = &self.open {
            open.start(runtime, now, memory, meter, units.clone());
        }
        if let Some((plan, spaces)) = &self.spaces {
            plan.start(runtime, spaces.clone(), now, Arc::clone(meter), units.clone());
        }
    }

    /// The same account, to be read once more: these collections of it, and nothing of Spaces.
    pub(super) fn again(&self, collections: &[&str]) -> Self {
        Self {
            open: self
                .open
                .as_ref()
                .map(|open| open.again(collections.iter().copied())),
            gaps: self.gaps.clone(),
            ..Self::default()
        }
    }

    /// Tells the inventory what is known before reading.
    pub(super) fn describe(&self, inventory: &mut InventoryBuilder) {
        for gap in &self.gaps {
            inventory.gap(gap.clone());
        }
        if let Some(plan) = &self.nothing_asked {
            plan.describe_without_asking(inventory);
        }
    }

    /// What was known not to be readable before the reading began.
    pub(super) fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Collections that are complete without anybody having been asked: there is nothing of the kind.
    pub(super) fn known_empty(&self) -> impl Iterator<Item = &'static str> {
        self.nothing_asked.iter().flat_map(SpacesPlan::collections)
    }

    /// What the reading cost; `None` when the account was not asked.
    pub(super) fn reading(&self) -> Option<AccountReading> {
        let usage = self.open.as_ref()?.usage();
        (usage.calls > 0).then_some(AccountReading {
            calls: usage.calls,
            left: usage.left,
            limit: usage.limit,
        })
    }
}

fn of_all(clusters: Vec<AccountCluster>) -> BTreeSet<u64> {
    clusters
        .into_iter()
        .flat_map(|cluster| cluster.droplets)
        .collect()
}

fn the_one(declared: &DeclaredCluster, clusters: Vec<AccountCluster>) -> Result<AccountCluster, Diagnostic> {
    let region = declared.region.as_deref().unwrap_or("any region");
    let name = &declared.name;
    match <[AccountCluster; 1]>::try_from(clusters) {
        Ok([one]) => Ok(one),
        Err(none) if none.is_empty() => Err(Diagnostic::new(format!(
            "the DigitalOcean account has no cluster called {name} in {region}"
        ))
        .hint("correct digitalocean.cluster.name or digitalocean.region, or use a token of the account that has it")),
        Err(several) => {
            let ids: Vec<&str> = several.iter().map(|cluster| cluster.id.as_str()).collect();
            Err(Diagnostic::new(format!(
                "the DigitalOcean account has {} clusters called {name} in {region}: {}",
                several.len(),
                ids.join(", ")
            ))
            .hint("rename one of them, or name a context: target: {kubernetes: {context: NAME}}"))
        }
    }
}

fn stopped(open: &OpenAccount, error: &digitalocean::RequestError) -> Ended {
    match error {
        digitalocean::RequestError::Cancelled => Ended::Interrupted(Vec::new()),
        other => open.diagnose(other).into(),
    }
}
