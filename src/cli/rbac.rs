//! `envcheck rbac`: the role that an audit needs.

use super::args::{RbacArgs, RbacFormat};
use super::error::{self, Failure};
use super::judging::selected;
use super::output::to_stdout;
use super::terminal::Terminal;
use crate::pipeline;
use envcheck_core::policy::PolicyIds;
use envcheck_core::report::cluster_role::{ClusterRole, Destroys, Naming, Writes};
use envcheck_core::source::Diagnostic;

pub(crate) fn run(arguments: &RbacArgs, terminal: &Terminal) -> Result<u8, Failure> {
    let select = &arguments.select;
    if arguments.environment.is_none()
        && select.policy.is_empty()
        && select.bundle.is_empty()
        && select.only.is_empty()
    {
        return Err(Failure::words("nothing says which policies the role is for")
            .hint("name the environment that is audited, as envcheck rbac stage, or policies with -p, --bundle or --only"));
    }
    if arguments.captures && arguments.environment.is_none() {
        return Err(Failure::words(
            "--captures needs an environment: what is captured of one, its spec says",
        )
        .hint("name it, as envcheck rbac stage --captures"));
    }
    let spec = arguments
        .environment
        .as_deref()
        .map(pipeline::environment)
        .transpose()?;
    let (_, policies) = selected(select, false, spec.as_ref())?;
    let needed = pipeline::needed(&policies, spec.as_ref());
    let naming = Naming {
        name: arguments.name.clone(),
        service_account: arguments
            .service_account
            .as_ref()
            .map(|account| (account.namespace.clone(), account.name.clone())),
        groups: arguments
            .api_group
            .iter()
            .map(|one| (one.kind.clone(), one.group.clone()))
            .collect(),
    };
    let role = ClusterRole::new(&needed, naming);
    let role = match &spec {
        Some(spec) if arguments.captures => role.with_captures(&pipeline::captured_besides(&policies, spec)),
        _ => role,
    };
    let lease = spec.as_ref().map(|spec| format!("envcheck-{}", spec.name()));
    let role = if arguments.writes {
        role.with_writes(Writes { lease: lease.clone() })
    } else {
        role
    };
    let role = if arguments.destroys {
        let kinds = pipeline::destroyed_kinds(spec.as_ref(), arguments.argocd_manifest.as_deref())?;
        role.with_destroys(Destroys { kinds, lease })
    } else {
        role
    };
    // A variable may name it for all calls, so that it is no error.
    if arguments.argocd_manifest.is_some() && !(arguments.destroys && spec.is_some()) {
        error::note(
            "--argocd-manifest adds nothing here: it says what --destroys covers, of an environment that is named",
        );
    }
    error::warn(&doubts(&role), terminal);
    to_stdout(&mut |out| match arguments.output {
        RbacFormat::Yaml => role.yaml(out),
        RbacFormat::Json => role.json(out),
    })?;
    Ok(0)
}

/// Where the role is wider or narrower than it should be.
fn doubts(role: &ClusterRole) -> Vec<Diagnostic> {
    let mut doubts: Vec<Diagnostic> = role
        .unplaced()
        .map(|(kind, ids)| {
            let kind = kind.escape_debug();
            Diagnostic::new(format!(
                "cannot tell which API group {kind} belongs to: the role leaves it out"
            ))
            .hint(format!(
                "give the group for {}: --api-group {kind}=GROUP",
                listed(ids)
            ))
        })
        .collect();
    let any = role.for_every_kind();
    if !any.is_empty() {
        doubts.push(
            Diagnostic::new("the role lists everything, Secrets too")
                .hint(format!(
                    "{} may judge objects of any kind: name kinds in the rules or METADATA and read data.view instead of data.inventory, or leave them out with --skip",
                    listed(any)
                )),
        );
    }
    doubts
}

fn listed(ids: &PolicyIds) -> String {
    ids.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ")
}
