//! Where a deed is done: in the cluster, in the account or in Spaces.

use super::claims;
use super::hand::Hand;
use crate::apply::kubernetes::{Earnest, Made, NotMade, Paths, make};
use crate::apply::{account, spaces};
use crate::collect::account::Rows;
use crate::collect::spaces::Buckets;
use envcheck_core::findings::FixAction;
use envcheck_core::plan::{Deed, FIRST_PASSWORD, meaning};
use envcheck_core::remediate::{
    DEX, Logins, PASSWORDS, ROLES, SERVER, SETTINGS, Unagreed, other_admin, other_secrets, scaled_by, scales,
};
use envcheck_core::value::{Value, ValueExt};

/// The annotation by which a Service knows its load balancer.
const BALANCER: &str = "kubernetes.digitalocean.com/load-balancer-id";

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// The place of a deed.
pub(in crate::pipeline) enum Site<'h> {
    /// An object on the API server.
    Cluster { hand: &'h Hand, paths: Paths },
    /// A row of the account.
    Account { hand: &'h Hand, rows: &'h Rows },
    /// A bucket.
    Spaces { hand: &'h Hand, buckets: &'h Buckets },
}

impl<'h> Site<'h> {
    /// Where this is done.
    pub(in crate::pipeline) fn of(hand: &'h Hand, deed: &Deed) -> Result<Self, String> {
        if deed.in_spaces() {
            let buckets = hand.buckets.as_ref().map_err(Clone::clone)?;
            return Ok(Self::Spaces { hand, buckets });
        }
        if deed.in_account() {
            let rows = hand.rows.as_ref().map_err(Clone::clone)?;
            return Ok(Self::Account { hand, rows });
        }
        let paths = hand.paths(&deed.target)?;
        Ok(Self::Cluster { hand, paths })
    }

    /// What is there now; `None` when there is nothing.
    pub(in crate::pipeline) fn read(&self, deed: &Deed) -> Result<Option<Value>, String> {
        match self {
            Self::Cluster { hand, .. } => hand.wait(hand.objects.read(&deed.target)),
            Self::Account { hand, rows } => hand.wait(rows.read(deed)),
            Self::Spaces { hand, buckets } => hand.wait(buckets.read(deed)),
        }
    }

    /// That the spec allows it, which to take something back need not: what was elsewhere before goes back there.
    pub(super) fn allows(&self, deed: &Deed) -> Result<(), String> {
        match self {
            Self::Account { hand, rows } => hand.wait(rows.assigns_as_declared(deed)),
            Self::Cluster { .. } | Self::Spaces { .. } => Ok(()),
        }
    }

    /// Goes through all of it without doing it: the server, or what else could refuse it.
    pub(in crate::pipeline) fn try_out(&self, deed: &Deed, live: Option<&Value>) -> Result<Made, String> {
        match self {
            Self::Cluster { hand, paths } => {
                if live.is_some_and(|live| scales(deed, live)) {
                    unscaled(deed, hand.autoscalers())?;
                }
                if deed.action == FixAction::KubernetesDelete && deed.target.name == FIRST_PASSWORD {
                    replaced(hand, deed)?;
                }
                claims::keeps(hand, deed, live, Unagreed::Remediation)?;
                let api = hand.objects.api();
                let made = hand
                    .wait(make(api, paths, deed, live, Earnest::DryRun))
                    .map_err(|error| format!("the API server refuses it: {error}"))?;
                acceptable(live, made.object.as_ref(), &made.warnings)?;
                Ok(made)
            }
            Self::Account { hand, rows } => {
                let object = deed.done_to(live)?;
                hand.wait(rows.breaks_no_image(deed))?;
                if let (FixAction::LoadBalancerDelete, Some(row)) = (deed.action, live) {
                    hand.wait(rows.is_of_no_other_cluster(row))?;
                    unclaimed(&hand.wait(hand.objects.all("", "Service"))?, row)?;
                }
                Ok(untried(object))
            }
            Self::Spaces { .. } => Ok(untried(deed.done_to(live)?)),
        }
    }

    /// Does it; what is there afterwards.
    pub(in crate::pipeline) fn make(
        &self,
        deed: &Deed,
        live: Option<&Value>,
    ) -> Result<Option<Value>, NotMade> {
        match self {
            Self::Cluster { hand, paths } => {
                let made = hand.wait(make(hand.objects.api(), paths, deed, live, Earnest::Made))?;
                Ok(made.object)
            }
            Self::Account { hand, rows } => {
                hand.wait(account::make(rows.api(), deed, live))?;
                // Should nobody be able to tell, it is as it was to become.
                match self.read(deed) {
                    Ok(now) => Ok(now),
                    Err(_) => deed.done_to(live).map_err(NotMade::Unknown),
                }
            }
            Self::Spaces { hand, buckets } => {
                hand.wait(spaces::make(buckets.spaces(), deed, live))?;
                let wanted = deed.done_to(live).map_err(NotMade::Unknown)?;
                match self.read(deed) {
                    Ok(now) if now.as_ref().map(meaning) == wanted.as_ref().map(meaning) => Ok(now),
                    Ok(_) => Err(NotMade::Unknown(
                        "Spaces took it and shows something else".to_owned(),
                    )),
                    Err(_) => Ok(wanted),
                }
            }
        }
    }
}

/// What was worked out, since there is no server that would try it.
fn untried(object: Option<Value>) -> Made {
    Made {
        object,
        warnings: Vec::new(),
    }
}

/// That no autoscaler has the number of replicas for its own affair. No step on a partial view.
fn unscaled(deed: &Deed, autoscalers: Result<Vec<(&str, Value)>, String>) -> Result<(), String> {
    let autoscalers = autoscalers
        .map_err(|why| format!("whether an autoscaler has {} is not known: {why}", deed.target))?;
    match scaled_by(&deed.target, &autoscalers) {
        Some(by) => Err(format!("how many replicas {} has is up to {by}", deed.target)),
        None => Ok(()),
    }
}

/// That an administrator gets in without the first password.
fn replaced(hand: &Hand, deed: &Deed) -> Result<(), String> {
    let namespace = deed.target.namespace.as_deref().unwrap_or_default();
    let read = |kind: (&str, &str), name: &str| {
        let object = hand.read(kind, namespace, name);
        object.map_err(|why| format!("whether an administrator has another login is not known: {why}"))
    };
    let config = ("v1", "ConfigMap");
    let (settings, roles) = (read(config, SETTINGS)?, read(config, ROLES)?);
    let passwords = read(("v1", "Secret"), PASSWORDS)?;
    let deployment = ("apps/v1", "Deployment");
    let (dex, server) = (read(deployment, DEX)?, read(deployment, SERVER)?);
    let mut secrets = Vec::new();
    for name in settings.as_ref().map(other_secrets).unwrap_or_default() {
        secrets.extend(read(("v1", "Secret"), &name)?);
    }
    other_admin(Logins {
        settings: settings.as_ref(),
        roles: roles.as_ref(),
        passwords: passwords.as_ref(),
        secrets: &secrets,
        dex: dex.as_ref(),
        server: server.as_ref(),
    })
    .map(drop)
}

/// What an admission warns of may be a reason not to go on: a level of Pod Security is not enforced while Pods break it.
fn acceptable(before: Option<&Value>, after: Option<&Value>, warnings: &[String]) -> Result<(), String> {
    let level = |object: Option<&Value>| {
        let namespace = object.filter(|object| object.text_at(&["kind"]) == Some("Namespace"))?;
        namespace.at(&["metadata", "labels", ENFORCE]).cloned()
    };
    let enforces = after.is_some() && level(after) != level(before);
    match warnings.first() {
        Some(first) if enforces => Err(format!("Pods that run would break what it enforces: {first}")),
        _ => Ok(()),
    }
}

/// That no Service has a load balancer, by its id or by its address.
fn unclaimed(services: &[Value], balancer: &Value) -> Result<(), String> {
    let text = |key: &str| balancer.text_at(&[key]).filter(|text| !text.is_empty());
    let claims = |service: &&Value| {
        let id = service.text_at(&["metadata", "annotations", BALANCER]);
        let mut ingress = service.items_at(&["status", "loadBalancer", "ingress"]).iter();
        id.is_some() && id == text("id")
            || ingress.any(|one| one.text_at(&["ip"]).is_some_and(|ip| Some(ip) == text("ip")))
    };
    match services.iter().find(claims) {
        Some(service) => Err(format!(
            "Service {}/{} has it",
            service.text_at(&["metadata", "namespace"]).unwrap_or("?"),
            service.text_at(&["metadata", "name"]).unwrap_or("?")
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use envcheck_core::inventory::ResourceRef;

    fn value(json: &str) -> Value {
        Value::from_json_str(json).unwrap()
    }

    #[test]
    fn a_level_of_pod_security_is_not_enforced_while_pods_break_it() {
        let namespace = |level: &str| {
            value(&format!(
                r#"{{"kind": "Namespace", "metadata": {{"name": "b2b", "labels": {{"pod-security.kubernetes.io/enforce": "{level}"}}}}}}"#
            ))
        };
        let bare = value(r#"{"kind": "Namespace", "metadata": {"name": "b2b"}}"#);
        let warned = ["would violate".to_owned()];
        for before in [Some(&bare), Some(&namespace("privileged")), None] {
            assert!(acceptable(before, Some(&namespace("baseline")), &warned).is_err());
            assert!(acceptable(before, Some(&namespace("baseline")), &[]).is_ok());
        }
        // Of something else the warning is told, and no more.
        assert!(acceptable(Some(&bare), Some(&bare), &warned).is_ok());
        assert!(
            acceptable(
                Some(&namespace("baseline")),
                Some(&namespace("baseline")),
                &warned
            )
            .is_ok()
        );
        assert!(acceptable(Some(&bare), None, &warned).is_ok());
    }

    #[test]
    fn replicas_are_left_where_an_autoscaler_is_or_may_be() {
        let deed = Deed {
            action: FixAction::KubernetesPatch,
            target: ResourceRef::kubernetes("apps/v1", "Deployment", Some("shop"), "web"),
            data: Value::Null,
        };
        let autoscaler = value(
            r#"{"metadata": {"name": "web", "namespace": "shop"},
                "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}"#,
        );
        assert_eq!(unscaled(&deed, Ok(Vec::new())), Ok(()));
        let why = unscaled(&deed, Ok(vec![("HorizontalPodAutoscaler", autoscaler)])).unwrap_err();
        assert!(why.contains("is up to HorizontalPodAutoscaler web"), "{why}");
        let why = unscaled(&deed, Err("forbidden".to_owned())).unwrap_err();
        assert!(why.contains("is not known: forbidden"), "{why}");
    }

    #[test]
    fn a_service_claims_its_load_balancer_by_id_or_by_address() {
        let balancer = value(r#"{"id": "7c1e", "ip": "192.0.2.9"}"#);
        let other = r#"{"metadata": {"namespace": "a", "name": "b"}, "spec": {"type": "ClusterIP"}}"#;
        assert_eq!(unclaimed(&[value(other)], &balancer), Ok(()));
        for own in [
            r#"{"metadata": {"annotations": {"kubernetes.digitalocean.com/load-balancer-id": "7c1e"}}}"#,
            r#"{"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.9"}]}}}"#,
        ] {
            assert!(
                unclaimed(&[value(other), value(own)], &balancer).is_err(),
                "{own}"
            );
        }
    }
}
