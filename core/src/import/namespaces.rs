//! The namespaces: role, Pod Security, whom they accept, and what runs in those of applications.

use super::accepts::{Accepted, accepted};
use super::egress::{Egress, egress};
use super::enforced::{EXISTING, is_enforced};
use super::page::{Page, list, map, text, word};
use super::roles::{Roles, UNJUDGED, images_of, repository};
use super::seen::Seen;
use crate::spec::Role;
use crate::value::{Value, ValueExt};
use std::collections::{BTreeMap, BTreeSet};

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
const LEVELS: [&str; 3] = ["privileged", "baseline", "restricted"];
/// Kinds that a spec can declare.
const KINDS: [&str; 7] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "StatefulSet",
];
/// By these names of images datastores are known.
const DATASTORES: [&str; 5] = ["keydb", "postgres", "postgresql", "redis", "valkey"];

pub(super) fn write(seen: &Seen<'_>, roles: &Roles<'_>, page: &mut Page) {
    page.gap();
    let unread = seen.unread(&super::kinds());
    for gap in &unread {
        page.unseen(1, &format!("not read: {gap}"));
    }
    for name in &roles.ending {
        page.unseen(
            1,
            &format!("namespace {name} is being deleted, and is not declared"),
        );
    }
    if roles.all.is_empty() {
        page.say(1, "namespaces: there is none but Kubernetes' own");
        return;
    }
    page.line(1, "namespaces:");
    for (name, (role, why)) in &roles.all {
        namespace(seen, roles, name, (*role, why), page);
    }
}

fn namespace(seen: &Seen<'_>, roles: &Roles<'_>, name: &str, (role, why): (Role, &str), page: &mut Page) {
    page.line(2, &format!("- name: {}", word(name)));
    page.guess(3, &format!("role: {}", role_name(role)), why);
    let mut records = seen.list("namespaces").iter();
    let record = records.find(|record| text(record, "name") == name);
    let level = record.and_then(|record| record.text_at(&["labels", ENFORCE]));
    if let Some(level) = level.filter(|level| LEVELS.contains(level)) {
        page.line(3, &format!("podSecurity: {level}"));
    }
    seen.learnt.limits.write(name, page);
    if UNJUDGED.contains(&why) {
        page.say(
            3,
            "No audit judges it as an application so; with role application one does, and envcheck provision makes an Application for it.",
        );
    }
    if role != Role::Application {
        return;
    }
    workloads(seen, name, page);
    network(
        seen,
        roles,
        name,
        &accepted(seen, name),
        egress(seen, roles, name),
        page,
    );
    for policy in seen.learnt.open.ingress.get(name).into_iter().flatten() {
        page.say(
            3,
            &format!("NetworkPolicy {policy} admits everybody by an empty rule: that is left for the audit to tell."),
        );
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Application => "application",
        Role::Delivery => "delivery",
        Role::Ingress => "ingress",
        Role::Monitoring => "monitoring",
        Role::Platform => "platform",
    }
}

fn network(
    seen: &Seen<'_>,
    roles: &Roles<'_>,
    name: &str,
    accepted: &Accepted,
    egress: Egress,
    page: &mut Page,
) {
    let names = accepted.names.iter().map(String::as_str);
    let (known, unknown): (Vec<&str>, Vec<&str>) = names.partition(|name| roles.knows(name));
    let from = if accepted.all {
        "all".to_owned()
    } else {
        list(known)
    };
    let same = (!accepted.same_namespace).then(|| ("sameNamespace", "false".to_owned()));
    let outside = accepted.outside.then(|| ("outside", "true".to_owned()));
    let members = [("fromNamespaces", from)].into_iter().chain(same).chain(outside);
    let accepts = ("accepts", map(members));
    let own = [accepts]
        .into_iter()
        .chain(egress.declared.map(|own| ("egress", own)));
    let own: Vec<(&str, String)> = own.collect();
    let whole = !seen.learnt.open.of_one_family.contains(name);
    if whole && is_enforced(seen, name, &map(own.clone())) == Some(true) {
        page.guess(3, &format!("network: {}", map(own)), accepted.why);
    } else {
        let left = ("policies", EXISTING.to_owned());
        let own = own.into_iter().chain([left]);
        page.guess(3, &format!("network: {}", map(own)), accepted.why);
        let mut policies = seen.list("network_policies").iter();
        let said = if policies.any(|policy| text(policy, "namespace") == name) {
            [
                "Its NetworkPolicies do not do that for every Pod that may come: the audit tells what is open or shut. They are left to whoever",
                "made them; without `policies: existing`, envcheck provision makes those that are missing.",
            ]
        } else {
            [
                "No NetworkPolicy of it was seen: the audit tells what is open. Say whom it accepts before anything is repaired, or what connects",
                "to it is shut out; without `policies: existing`, envcheck provision makes what is declared then.",
            ]
        };
        for line in said {
            page.say(3, line);
        }
    }
    for remark in &egress.remarks {
        page.say(3, remark);
    }
    if !unknown.is_empty() && !accepted.all {
        page.say(
            3,
            &format!(
                "Its NetworkPolicies admit namespaces that are not declared, too: {}",
                unknown.join(", ")
            ),
        );
    }
}

fn workloads(seen: &Seen<'_>, namespace: &str, page: &mut Page) {
    let own = seen
        .workloads()
        .filter(|record| text(record, "namespace") == namespace);
    let (stray, own): (Vec<&Value>, Vec<&Value>) = own.partition(|record| text(record, "kind") == "Pod");
    for pod in stray {
        page.say(
            3,
            &format!(
                "Pod {} is not declared, as nothing makes it: that is left for the audit to tell.",
                text(pod, "name")
            ),
        );
    }
    let mut by_name: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for record in own {
        by_name.entry(text(record, "name")).or_default().push(record);
    }
    page.line(
        3,
        if by_name.is_empty() {
            "workloads: []"
        } else {
            "workloads:"
        },
    );
    for (name, mut records) in by_name {
        records.sort_by_key(|record| text(record, "kind"));
        let (known, others): (Vec<&Value>, Vec<&Value>) = records
            .into_iter()
            .partition(|record| KINDS.contains(&text(record, "kind")));
        let mut known = known.into_iter();
        if let Some(record) = known.next() {
            workload(seen, record, page);
        }
        for record in known.chain(others) {
            let kind = text(record, "kind");
            page.unseen(
                4,
                &format!("{namespace}: {kind} {name} cannot be declared: a spec has one workload of a name, and not of every kind"),
            );
        }
    }
}

fn workload(seen: &Seen<'_>, record: &Value, page: &mut Page) {
    let kind = text(record, "kind");
    let mut members = vec![("name", word(text(record, "name"))), ("kind", kind.to_owned())];
    let registry = seen.rows("digitalocean.registries").iter();
    let registries: Vec<String> = registry
        .map(|row| format!("registry.digitalocean.com/{}/", text(row, "name")))
        .collect();
    let images: BTreeSet<String> = images_of(record).map(repository).collect();
    let stores = images.iter().any(|image| is_datastore(image));
    let datastore = stores && matches!(kind, "StatefulSet" | "Deployment");
    if datastore {
        members.push(("role", "datastore".to_owned()));
    }
    let foreign: Vec<&String> = images
        .iter()
        .filter(|image| !registries.iter().any(|own| image.starts_with(own)))
        .collect();
    // Where no registry is declared, no image is held against it; a datastore's may come from anywhere.
    let listed = !registries.is_empty() && !datastore && !foreign.is_empty();
    if listed {
        members.push(("images", list(foreign)));
    }
    let line = format!("- {}", map(members));
    match (datastore, listed) {
        (true, _) => page.guess(4, &line, "a datastore, by its image"),
        (_, true) => page.guess(4, &line, "its images are meant to come from there"),
        _ => page.line(4, &line),
    }
}

fn is_datastore(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    DATASTORES.contains(&name)
}
