use super::*;

fn value(json: &str) -> Value {
    Value::from_json_str(json).unwrap()
}

fn told(desired: &Value, live: &Value) -> Vec<String> {
    let found = difference(desired, live).into_iter();
    found.map(|(words, _)| words).collect()
}

#[test]
fn what_somebody_applied_is_no_repair_of_ours() {
    let desired = value(r#"{"kind": "ResourceQuota", "spec": {"hard": {"pods": "10"}}}"#);
    let live = |metadata: &str| {
        value(&format!(
            r#"{{"kind": "ResourceQuota", "metadata": {{{metadata}}}, "spec": {{"hard": {{"pods": "99"}}}}}}"#
        ))
    };
    let record = |manager: &str, operation: &str| {
        format!(
            r#""managedFields": [{{"manager": "{manager}", "operation": "{operation}", "fieldsV1": {{"f:spec": {{"f:hard": {{"f:pods": {{}}}}}}}}}}]"#
        )
    };
    let plain = r#"spec.hard.pods is "99", declared is "10""#;
    for metadata in [
        String::new(),
        record("kubectl-edit", "Update"),
        record("envcheck", "Apply"),
        // The file says what is declared, and somebody changed it since.
        r#""annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"spec\": {\"hard\": {\"pods\": \"10\"}}}"}"#
            .to_owned(),
    ] {
        assert_eq!(
            difference(&desired, &live(&metadata)),
            [(plain.to_owned(), false)],
            "{metadata}"
        );
    }
    let note = r#""annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"spec\": {\"hard\": {\"pods\": \"99\"}}}"}"#;
    for (metadata, who) in [(record("flux", "Apply"), "flux"), (note.to_owned(), "somebody")] {
        assert_eq!(
            difference(&desired, &live(&metadata)),
            [(format!("{plain}: {who} applied it, change it there"), true)]
        );
    }
}

#[test]
fn what_the_server_adds_is_no_difference_and_what_somebody_changed_is() {
    let desired = value(
        r#"{"kind": "NetworkPolicy", "metadata": {"name": "a", "labels": {"envcheck.dev/environment": "stage"}},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"namespaceSelector": {}}]}]}}"#,
    );
    let live = |spec: &str| {
        value(&format!(
            r#"{{"kind": "NetworkPolicy", "metadata": {{"name": "a", "uid": "1", "creationTimestamp": "x"}}, "spec": {spec},
                "status": {{}}}}"#
        ))
    };
    let same = live(
        r#"{"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"namespaceSelector": {}}]}], "more": 1}"#,
    );
    assert_eq!(told(&desired, &same), [""; 0]);
    for (spec, words) in [
        // In a rule, what is not said means everything.
        (
            r#"{"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"namespaceSelector": {}}], "ports": [{"port": 1}]}]}"#,
            "spec.ingress[0].ports is [{\"port\":1}], declared is nothing",
        ),
        (
            r#"{"podSelector": {}, "policyTypes": ["Egress"], "ingress": [{"from": [{"namespaceSelector": {}}]}]}"#,
            r#"spec.policyTypes is ["Egress"], declared is ["Ingress"]"#,
        ),
        (
            r#"{"podSelector": {}, "policyTypes": ["Ingress"]}"#,
            "spec.ingress is nothing",
        ),
        (
            r#"{"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"namespaceSelector": {}}]}], "egress": [{}]}"#,
            "spec.egress is [{}], declared is nothing",
        ),
        (
            r#"{"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}, {}]}"#,
            "spec.ingress is [{},{}]",
        ),
    ] {
        let found = told(&desired, &live(spec));
        assert!(found.len() == 1 && found[0].contains(words), "{found:?}");
    }
}

#[test]
fn all_that_differs_is_told_and_of_much_how_much() {
    let object = |fields: usize, number: u8| {
        let members: Vec<String> = (0..fields).map(|at| format!(r#""f{at:02}": {number}"#)).collect();
        value(&format!(
            r#"{{"kind": "ResourceQuota", "spec": {{{}}}}}"#,
            members.join(", ")
        ))
    };
    assert_eq!(
        told(&object(2, 1), &object(2, 2)),
        ["spec.f00 is 2, declared is 1", "spec.f01 is 2, declared is 1"]
    );
    let many = told(&object(25, 1), &object(25, 2));
    assert_eq!(many.len(), MOST_DIFFERENCES + 1);
    assert_eq!(
        many.last().map(String::as_str),
        Some("and 5 more fields are not as declared")
    );
}

fn stage(network: &str) -> Spec {
    let text = format!(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n  namespaces:\n    \
         - {{name: web, role: platform}}\n    - {{name: db, role: application, network: {network}}}\n"
    );
    let loaded = crate::spec::load("stage.yaml", &mut |_| Ok(text.as_bytes().to_vec()));
    loaded.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
}

/// What is to be made, and what stands in the way, where of what is declared all but `default-deny` stands, with this in place of
/// the spec of `accept-declared`.
fn planned(spec: &str, marked: bool) -> (Vec<String>, Vec<(String, String)>) {
    planned_where(spec, marked, "[]")
}

/// The same, where the server has this record of who wrote `accept-declared`.
fn planned_where(spec: &str, marked: bool, record: &str) -> (Vec<String>, Vec<(String, String)>) {
    let declared = stage("{accepts: {fromNamespaces: [web], sameNamespace: false}}");
    let desired =
        super::super::objects::objects(&declared, &super::super::objects::Material::default()).unwrap();
    let mut live: BTreeMap<ResourceRef, Value> = BTreeMap::new();
    for one in desired.objects.iter().filter(|one| one.part != Part::Denying) {
        let replaced = |key: &str| match key {
            "spec" if !spec.is_empty() => Some(crate::yaml::value_of(spec)),
            "metadata" if !marked => Some(crate::yaml::value_of("{name: accept-declared, namespace: db}")),
            _ => None,
        };
        let allowing = one.part == Part::Allowing;
        let members = one.value.members().map(|(key, member)| {
            let other = replaced(key).filter(|_| allowing);
            (key, other.unwrap_or_else(|| member.clone()))
        });
        let mut object = crate::value::object(members);
        if allowing {
            let path = ["metadata", "managedFields"].map(str::to_owned).to_vec();
            let add = crate::value::patch::Operation::add(path, crate::yaml::value_of(record));
            crate::value::patch::apply(&mut object, &add).unwrap();
        }
        live.insert(one.reference.clone(), object);
    }
    let account = crate::provision::Account::default();
    let mut plan = crate::provision::account(
        &declared,
        &account,
        &crate::provision::Provenance::default(),
        jiff::Timestamp::UNIX_EPOCH,
    );
    let known = Known {
        live: Some(&live),
        elsewhere: &Elsewhere::new(),
        others: None,
        idle: &BTreeSet::new(),
    };
    cluster(&declared, &desired, known, &mut plan);
    let made = plan.steps.iter().map(|one| one.step.summary.clone()).collect();
    let in_the_way = plan.conflicts.into_iter().map(|one| (one.why, one.hint));
    (made, in_the_way.collect())
}

#[test]
fn nothing_is_closed_while_what_stays_open_is_not_as_declared() {
    let web = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}}";
    let closes = ["create NetworkPolicy db/default-deny".to_owned()];
    let more = format!(
        "{{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{web}]}}, {{ports: [{{port: 80}}]}}]}}"
    );
    for spec in ["", &more] {
        assert_eq!(planned(spec, true), (closes.to_vec(), Vec::new()), "{spec}");
    }
    let some = format!(
        "{{podSelector: {{matchLabels: {{app: x}}}}, policyTypes: [Ingress], ingress: [{{from: [{web}]}}]}}"
    );
    let (made, in_the_way) = planned(&some, false);
    assert_eq!(made, [""; 0]);
    let (why, hint) = &in_the_way[0];
    assert!(
        why.contains("db/accept-declared lets through less than is declared")
            && why.contains("it selects only some Pods"),
        "{why}"
    );
    assert!(hint.contains("somebody else made db/accept-declared"), "{hint}");
    let narrowed = "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}";
    let (made, in_the_way) = planned(narrowed, true);
    assert_eq!((made.len(), in_the_way.len()), (0, 1));
    assert!(
        in_the_way[0]
            .1
            .starts_with("envcheck remediate stage sets db/accept-declared back"),
        "{in_the_way:?}"
    );
    let record = "[{manager: flux, operation: Apply, fieldsV1: {'f:spec': {'f:ingress': {}}}}]";
    let (made, in_the_way) = planned_where(narrowed, true, record);
    assert_eq!((made.len(), in_the_way.len()), (0, 1));
    assert!(
        in_the_way[0]
            .1
            .starts_with("somebody applied what db/accept-declared says"),
        "{in_the_way:?}"
    );
}

#[test]
fn a_revision_that_somebody_applied_is_no_repair_of_ours() {
    let application = |metadata: &str| {
        crate::yaml::value_of(&format!(
            "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: web, namespace: argocd{metadata}}}, spec: {{source: \
             {{targetRevision: other}}}}}}"
        ))
    };
    let declared = Value::from("main");
    let told = |metadata: &str, words: &str| {
        let others = Others {
            network: None,
            applications: vec![application(metadata)],
        };
        let known = Known {
            live: None,
            elsewhere: &Elsewhere::new(),
            others: Some(&others),
            idle: &BTreeSet::new(),
        };
        revision_applied_by(
            &identify(&application("")).unwrap().0,
            words,
            Some(&declared),
            known,
        )
    };
    let words = r#"spec.source.targetRevision is "other", declared is "main""#;
    assert_eq!(told("", words), None);
    let record = ", managedFields: [{manager: flux, operation: Apply, fieldsV1: {'f:spec': {'f:source': {'f:targetRevision': {}}}}}]";
    assert_eq!(told(record, words).as_deref(), Some("flux"));
    assert_eq!(told(record, "spec.source.path is nothing"), None);
    // A file that says what is declared is nobody's other wish.
    let file = |revision: &str| {
        format!(
            ", annotations: {{kubectl.kubernetes.io/last-applied-configuration: '{{\"spec\": {{\"source\": {{\"targetRevision\": \
             \"{revision}\"}}}}}}'}}"
        )
    };
    assert_eq!(told(&file("other"), words).as_deref(), Some("somebody"));
    assert_eq!(told(&file("main"), words), None);
}

/// Lists are read without who wrote which field: what stands in is looked at once more.
#[test]
fn who_applied_what_stands_in_is_told_of_the_whole_object() {
    let whole = |name: &str| {
        format!(
            r#"{{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {{"name": "{name}", "namespace": "argocd",
                "annotations": {{"kubectl.kubernetes.io/last-applied-configuration": "{{\"spec\": {{\"source\": {{\"targetRevision\": \"other\"}}}}}}"}},
                "managedFields": [{{"manager": "kubectl-client-side-apply", "operation": "Update", "fieldsV1": {{"f:metadata": {{"f:annotations":
                    {{"f:kubectl.kubernetes.io/last-applied-configuration": {{}}}}}}}}}}]}},
                "spec": {{"source": {{"targetRevision": "other"}}}}}}"#
        )
    };
    let page = format!(
        r#"{{"kind": "ApplicationList", "apiVersion": "argoproj.io/v1alpha1", "metadata": {{}}, "items": [{}, {}]}}"#,
        whole("web"),
        whole("exact")
    );
    let (_, listed) = crate::inventory::page::objects(page.as_bytes(), "Application").unwrap();
    let mut others = Others {
        network: None,
        applications: listed.clone(),
    };
    let words = r#"spec.source.targetRevision is "other", declared is "main""#;
    let target = identify(&listed[0]).unwrap().0;
    let standin = crate::provision::Standin {
        names: BTreeSet::from(["exact".to_owned(), "web".to_owned()]),
        differing: BTreeMap::from([(target.clone(), vec![words.to_owned()])]),
    };
    let declared = ResourceRef::kubernetes(&target.api_version, "Application", Some("argocd"), "front-web");
    let elsewhere = Elsewhere::from([(declared, standin)]);
    let main = Value::from("main");
    let who = |others: &Others| {
        let known = Known {
            live: None,
            elsewhere: &elsewhere,
            others: Some(others),
            idle: &BTreeSet::new(),
        };
        revision_applied_by(&target, words, Some(&main), known)
    };
    assert_eq!(who(&others), None, "the list does not tell");
    let refused = others.complete(&elsewhere, &|_| Err("forbidden".to_owned()));
    assert_eq!(refused, Err((target.clone(), "forbidden".to_owned())));
    assert_eq!(others.complete(&elsewhere, &|_| Ok(None)), Ok(()));
    assert_eq!(others.applications, listed, "what is gone stays as it was read");
    let read = |one: &ResourceRef| Ok(Some(value(&whole(&one.name))));
    assert_eq!(others.complete(&elsewhere, &read), Ok(()));
    assert_eq!(who(&others).as_deref(), Some("kubectl-client-side-apply"));
    assert_eq!(
        others.applications[1], listed[1],
        "only what is not as declared is read"
    );
}

#[test]
fn an_empty_selector_is_told_and_may_be_what_somebody_applied() {
    let policy = |peer: &str, metadata: &str| {
        crate::yaml::value_of(&format!(
            "{{kind: NetworkPolicy, metadata: {{name: a{metadata}}}, spec: {{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{peer}]}}]}}}}"
        ))
    };
    let own = policy("{podSelector: {}}", "");
    let words = "spec.ingress[0].from[0].namespaceSelector is {}, declared is nothing";
    let all = "{podSelector: {}, namespaceSelector: {}}";
    assert_eq!(told(&own, &policy(all, "")), [words]);
    assert_eq!(
        told(&policy(all, ""), &own),
        ["spec.ingress[0].from[0].namespaceSelector is nothing, declared is {}"]
    );
    let file = |peer: &str| {
        format!(
            ", annotations: {{kubectl.kubernetes.io/last-applied-configuration: '{{\"spec\": {{\"ingress\": [{{\"from\": [{peer}]}}]}}}}'}}"
        )
    };
    let everyone = file(r#"{"podSelector": {}, "namespaceSelector": {}}"#);
    assert_eq!(
        difference(&own, &policy(all, &everyone)),
        [(format!("{words}: somebody applied it, change it there"), true)]
    );
    // The file says what is declared.
    let declared = file(r#"{"podSelector": {}}"#);
    assert_eq!(
        difference(&own, &policy(all, &declared)),
        [(words.to_owned(), false)]
    );
}

#[test]
fn a_project_that_admits_patterns_is_repaired_where_its_applications_tell_what_it_needs() {
    let project = |repositories: &str| {
        crate::yaml::value_of(&format!(
            "{{apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: {{name: stage, namespace: argocd}}, spec: {{sourceRepos: {repositories}}}}}"
        ))
    };
    let application = crate::yaml::value_of(
        "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: web, namespace: argocd}, spec: {project: stage}}",
    );
    let named = |value: &Value| crate::inventory::identify(value).unwrap().0;
    let live = BTreeMap::from([(named(&application), application)]);
    let declared = project("['https://github.com/acme/deploy']");
    let one = DesiredObject {
        part: Part::Projects,
        reference: named(&declared),
        value: declared.clone(),
    };
    let repaired = |object: &Value, live: &BTreeMap<ResourceRef, Value>| {
        let words = told(&declared, object);
        assert_eq!(words.len(), 1, "{words:?}");
        is_narrowed(&one, object, &words[0], Some(live))
    };
    assert!(repaired(&project("['*']"), &live));
    assert!(!repaired(&project("['*']"), &BTreeMap::new()), "none tells");
    assert!(
        !repaired(&project("['https://github.com/acme/other']"), &live),
        "no policy minds"
    );
}

#[test]
fn what_limits_pods_is_disruptive_where_there_are_some() {
    let text = "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {name: stage}\nspec:\n  namespaces:\n    \
                - {name: old, role: platform, quota: {pods: 9}, limits: {default: {cpu: 1}}}\n    \
                - {name: idle, role: platform, quota: {pods: 9}}\n    \
                - {name: new, role: platform, quota: {pods: 9}, limits: {default: {cpu: 1}}}\n";
    let declared = crate::spec::load("stage.yaml", &mut |_| Ok(text.as_bytes().to_vec())).unwrap();
    let desired =
        super::super::objects::objects(&declared, &super::super::objects::Material::default()).unwrap();
    let stands = |one: &&DesiredObject| one.part == Part::Namespaces && one.reference.name != "new";
    let live = desired.objects.iter().filter(stands);
    let live: BTreeMap<ResourceRef, Value> = live
        .map(|one| (one.reference.clone(), one.value.clone()))
        .collect();
    let mut plan = crate::provision::account(
        &declared,
        &crate::provision::Account::default(),
        &crate::provision::Provenance::default(),
        jiff::Timestamp::UNIX_EPOCH,
    );
    let known = Known {
        live: Some(&live),
        elsewhere: &Elsewhere::new(),
        others: None,
        idle: &BTreeSet::from(["idle".to_owned()]),
    };
    cluster(&declared, &desired, known, &mut plan);
    let made: BTreeSet<(String, Risk, usize)> = plan
        .steps
        .into_iter()
        .map(|one| (one.step.summary, one.step.risk, one.step.cautions.len()))
        .collect();
    let expected = [
        ("create LimitRange new/declared", Risk::Safe, 0),
        ("create LimitRange old/declared", Risk::Disruptive, 1),
        ("create Namespace new", Risk::Safe, 0),
        ("create ResourceQuota idle/declared", Risk::Safe, 0),
        ("create ResourceQuota new/declared", Risk::Safe, 0),
        ("create ResourceQuota old/declared", Risk::Disruptive, 1),
    ];
    let expected = expected.map(|(summary, risk, cautions)| (summary.to_owned(), risk, cautions));
    assert_eq!(made, expected.into());
}

#[test]
fn a_revision_is_found_wherever_an_application_says_it() {
    for (place, path) in [
        ("spec.source", "spec.source.targetRevision"),
        ("spec.sources[2]", "spec.sources[2].targetRevision"),
        (
            "spec.sourceHydrator.drySource",
            "spec.sourceHydrator.drySource.targetRevision",
        ),
    ] {
        let words = format!("{place}.targetRevision is \"dev\", declared is \"main\"");
        assert_eq!(
            revision_in(&words).map(|path| path.to_string()).as_deref(),
            Some(path)
        );
    }
    for other in [
        "spec.source.repoURL is \"x\"",
        "spec.destination.name is \"a.targetRevision is b\"",
        "and 2 more fields are not as declared",
    ] {
        assert_eq!(revision_in(other), None, "{other}");
    }
}
