//! What others made is recognised by what it does, whatever it is called; and where it does less, what is declared is made.

use super::{Others, elsewhere, told};
use crate::inventory::{OwnerIndex, ResourceRef};
use crate::network::{Gatherer, newcomer, selects_every_pod};
use crate::provision::objects::{Desired, Material, objects};
use crate::provision::{Account, Known, Provenance, account, cluster};
use crate::spec::Spec;
use crate::value::{Value, ValueExt};
use crate::yaml::value_of as read;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

fn spec(network: &str) -> Spec {
    let text = format!(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n  namespaces:\n    \
         - {{name: web, role: platform}}\n    - {{name: db, role: application, network: {network}}}\n"
    );
    let loaded = crate::spec::load("stage.yaml", &mut |_| Ok(text.as_bytes().to_vec()));
    loaded.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
}

fn namespace(name: &str, labels: &str) -> Value {
    read(&format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {{kubernetes.io/metadata.name: {name}{labels}}}}}}}"
    ))
}

fn pod(name: &str) -> Value {
    read(&format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: db, labels: {{app: {name}}}}}, spec: {{containers: [{{name: a}}]}}}}"
    ))
}

fn policy(name: &str, spec: &str) -> Value {
    read(&format!(
        "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}, namespace: db}}, spec: {spec}}}"
    ))
}

/// What is said of the policies of `db` where these stand, beside two Pods.
fn of(network: &str, policies: &[(&str, &str)]) -> Vec<String> {
    let spec = spec(network);
    let desired = objects(&spec, &Material::default()).unwrap();
    let mut there = vec![namespace("web", ", team: front"), namespace("db", "")];
    there.extend(policies.iter().map(|(name, spec)| policy(name, spec)));
    there.extend([pod("one"), pod("two")]);
    let mut gatherer = Gatherer::new(false);
    gatherer.cluster_subnets(["10.20.0.0/20", "10.120.0.0/16"].map(|one| one.parse().unwrap()));
    let owners = OwnerIndex::default();
    let mut live: BTreeMap<ResourceRef, Value> = BTreeMap::new();
    for object in there.iter().chain([&newcomer("db")]) {
        if object.text_at(&["kind"]) != Some("NetworkPolicy") || selects_every_pod(object) {
            gatherer.absorb(object, &owners);
        }
    }
    for object in &there {
        live.insert(crate::inventory::identify(object).unwrap().0, object.clone());
    }
    let others = Others {
        network: Some(gatherer.build(&owners).0),
        applications: Vec::new(),
    };
    told(&elsewhere(&spec, &desired, &|one| live.get(one), &others))
}

const FROM_WEB: &str = "{accepts: {fromNamespaces: [web], sameNamespace: false}}";
const SAME: &str = "do the same for every Pod there";

#[test]
fn the_same_under_other_names_is_not_made_again() {
    let closed = ("closed", "{podSelector: {}, policyTypes: [Ingress]}");
    let from = |selector: &str| {
        format!(
            "{{podSelector: {selector}, policyTypes: [Ingress], ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{team: front}}}}}}]}}]}}"
        )
    };
    let for_all = from("{}");
    assert_eq!(
        of(FROM_WEB, &[closed, ("web-in", &for_all)]),
        [format!(
            "NetworkPolicy accept-declared, default-deny of db are not made: closed, web-in {SAME}"
        )]
    );
    // One for each workload closes what runs today, and leaves the next one open.
    let (one, two) = (
        from("{matchLabels: {app: one}}"),
        from("{matchLabels: {app: two}}"),
    );
    assert_eq!(of(FROM_WEB, &[("one", &one), ("two", &two)]), [""; 0]);
    let labelled =
        "{podSelector: {matchExpressions: [{key: app, operator: Exists}]}, policyTypes: [Ingress]}";
    assert_eq!(of(FROM_WEB, &[("closed", labelled), ("one", &one)]), [""; 0]);
    // One for each workload lets in to what runs today, and not to the next one.
    assert_eq!(of(FROM_WEB, &[closed, ("one", &one), ("two", &two)]), [""; 0]);
    // Another one besides.
    let more = for_all.replace("ingress: [{from: [", "ingress: [{from: [{podSelector: {}}, ");
    assert_eq!(of(FROM_WEB, &[closed, ("web-in", &more)]), [""; 0]);
    // Where nobody lets in what is declared.
    assert_eq!(of(FROM_WEB, &[closed]), [""; 0]);
    assert_eq!(
        of(
            "{accepts: {fromNamespaces: [web]}}",
            &[closed, ("web-in", &for_all)]
        ),
        [""; 0]
    );
    assert_eq!(
        of(
            "{accepts: {fromNamespaces: all}}",
            &[closed, ("web-in", &for_all)]
        ),
        [""; 0]
    );
    let all = "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}]}]}";
    assert_eq!(
        of("{accepts: {fromNamespaces: all}}", &[("any", all)]),
        [
            "NetworkPolicy accept-all-namespaces, default-deny of db are not made: any does the same for every Pod there"
        ]
    );
    // An empty rule is nobody's word.
    let empty = "{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}";
    assert_eq!(of("{accepts: {fromNamespaces: all}}", &[("any", empty)]), [""; 0]);
}

#[test]
fn addresses_of_the_own_network_are_more_than_a_namespace() {
    let closed = ("closed", "{podSelector: {}, policyTypes: [Ingress]}");
    let with = |blocks: &str, ports: &str| {
        format!(
            "{{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{team: front}}}}}}]}}, \
             {{from: [{blocks}]{ports}}}]}}"
        )
    };
    let block = |cidr: &str| format!("{{ipBlock: {{cidr: {cidr}}}}}");
    // The network of the environment, one that holds it, some of it, the Pods' own range: others are there besides those of `web`.
    for cidr in [
        "10.20.0.0/20",
        "10.0.0.0/8",
        "10.20.1.0/24",
        "10.20.1.7/32",
        "10.120.0.0/16",
    ] {
        for ports in ["", ", ports: [{port: 443}]"] {
            let policy = with(&block(cidr), ports);
            assert_eq!(of(FROM_WEB, &[closed, ("vpc", &policy)]), [""; 0], "{cidr}");
        }
    }
    // Where the outside is declared, these are of it; some of the outside is less.
    let outside = FROM_WEB.replace("sameNamespace", "outside: true, sameNamespace");
    let all = format!(
        "{}, {}, {}",
        block("0.0.0.0/0"),
        block("'::/0'"),
        block("10.20.0.0/20")
    );
    let same = format!("NetworkPolicy accept-declared, default-deny of db are not made: closed, open {SAME}");
    assert_eq!(of(&outside, &[closed, ("open", &with(&all, ""))]), [same]);
    for (blocks, ports) in [
        (all.as_str(), ", ports: [{port: 443}]"),
        (&block("198.51.100.0/24"), ""),
        (&block("10.20.0.0/20"), ""),
    ] {
        assert_eq!(
            of(&outside, &[closed, ("open", &with(blocks, ports))]),
            [""; 0],
            "{blocks}"
        );
    }
}

#[test]
fn what_is_called_so_stands_and_the_rest_is_looked_for() {
    let deny = (
        "default-deny",
        "{podSelector: {}, policyTypes: [Ingress, Egress]}",
    );
    let out = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/7}}, {podSelector: {}}]}]}";
    let both = [deny, ("out", out)];
    let declared =
        |egress: &str| format!("{{accepts: {{fromNamespaces: [], sameNamespace: false}}, egress: {egress}}}");
    assert_eq!(
        of(&declared("{networks: [10.1.0.0/16]}"), &both),
        [""; 0],
        "more than declared"
    );
    let exact = out.replace("10.0.0.0/7", "10.1.0.0/16");
    assert_eq!(
        of(&declared("{networks: [10.1.0.0/16]}"), &[deny, ("out", &exact)]),
        ["NetworkPolicy reach-declared of db is not made: default-deny, out do the same for every Pod there"]
    );
    // Whoever lets out to everywhere holds nothing back.
    let everywhere = "{podSelector: {}, policyTypes: [Egress], egress: [{}]}";
    for egress in ["{networks: [10.1.0.0/16]}", "{toNamespaces: [web]}"] {
        assert_eq!(
            of(&declared(egress), &[deny, ("out", everywhere)]),
            [""; 0],
            "{egress}"
        );
    }
    assert_eq!(of(&declared("{networks: [12.0.0.0/8]}"), &both), [""; 0]);
    assert_eq!(of(&declared("{outside: true}"), &both), [""; 0]);
}

/// What is said of an application from Git, and of its project, where this stands: its name is followed by what more its metadata say.
fn of_git(metadata: &str, project: &str, sources: &str) -> (Vec<String>, Vec<String>) {
    let (spec, desired, live, others) = git(metadata, project, sources);
    let found = elsewhere(&spec, &desired, &|one| live.get(one), &others);
    (told(&found), super::differing(&found))
}

/// An environment with one application from Git, and what of others stands in its cluster.
fn git(
    metadata: &str,
    project: &str,
    sources: &str,
) -> (Spec, Desired, BTreeMap<ResourceRef, Value>, Others) {
    let text = format!(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n  namespaces:\n    \
         - {{name: argocd, role: delivery}}\n    - {{name: front-web, role: application, network: {{accepts: {{fromNamespaces: []}}}}}}\n  delivery:\n    argocd: {{version: v3.5.1, \
         install: {{url: 'https://a.example/b.yaml', sha256: {}}}, repository: 'https://github.com/acme/deploy', revision: main, path: \
         stage, applications: [front-web]}}\n",
        "a".repeat(64)
    );
    let loaded = crate::spec::load("stage.yaml", &mut |_| Ok(text.as_bytes().to_vec()));
    let spec = loaded.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let desired = objects(&spec, &Material::default()).unwrap();
    let live: BTreeMap<ResourceRef, Value> = [namespace("argocd", ""), namespace("front-web", "")]
        .iter()
        .map(|object| (crate::inventory::identify(object).unwrap().0, object.clone()))
        .collect();
    let into = if sources.contains("destination: ") {
        ""
    } else {
        "destination: {namespace: front-web, server: 'https://kubernetes.default.svc'}, "
    };
    let other = read(&format!(
        "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{namespace: argocd, name: {metadata}}}, spec: {{project: {project}, \
         {into}{sources}}}}}"
    ));
    let others = Others {
        network: None,
        applications: vec![other],
    };
    (spec, desired, live, others)
}

/// A source of the declared repository.
fn directory(path: &str) -> String {
    format!("source: {{repoURL: 'https://github.com/acme/deploy.git', path: {path}, targetRevision: main}}")
}

/// The same with everything below it.
fn with_all_below(path: &str, more: &str) -> String {
    directory(path).replace("path:", &format!("directory: {{recurse: true{more}}}, path:"))
}

#[test]
fn an_application_of_others_counts_where_it_delivers_the_declared_directory() {
    let source = directory;
    let does = |name: &str, project: &str, sources: &str| of_git(name, project, sources);
    let same = [
        "AppProject stage of argocd is not made: the applications that would be of it, web, are of another one",
        "Application front-web of argocd is not made: web does the same",
    ];
    for path in ["stage/front-web", "./stage/front-web/", "stage/front-web/overlay"] {
        let (told, differs) = does("web", "own", &source(path));
        assert_eq!(
            (told, differs),
            (same.map(str::to_owned).to_vec(), Vec::new()),
            "{path}"
        );
    }
    // So does a wider one that takes in what is below it.
    for path in ["stage", "'.'", "/"] {
        let (told, differs) = does("web", "own", &with_all_below(path, ""));
        assert_eq!(
            (told, differs),
            (same.map(str::to_owned).to_vec(), Vec::new()),
            "{path}"
        );
    }
    // What it leaves out may be all of the declared one.
    let (told, differs) = does("web", "own", &with_all_below("stage", ", exclude: 'front*'"));
    assert!(
        told[1].ends_with("in its place there is web, not as declared"),
        "{told:?}"
    );
    assert!(
        differs[0].ends_with(r#"spec.source.directory.exclude is "front*", declared is nothing"#),
        "{differs:?}"
    );
    // What does not deliver it leaves it to be made, with its project.
    let nothing = (Vec::new(), Vec::new());
    let right = source("stage/front-web");
    let lends =
        "sources: [{repoURL: 'https://github.com/acme/deploy.git', targetRevision: main, ref: values}]";
    for path in [
        "some/other/thing",
        "stage/extras",
        "stage/front-web-2",
        "stage",
        "''",
    ] {
        assert_eq!(does("web", "own", &source(path)), nothing, "{path}");
    }
    let beside = with_all_below("stage/extras", "");
    assert_eq!(does("web", "own", &beside), nothing);
    assert_eq!(
        does("web", "own", &right.replace("acme/deploy", "acme/other")),
        nothing
    );
    assert_eq!(does("web", "own", lends), nothing);
    assert_eq!(
        does("web, deletionTimestamp: '2026-01-01T00:00:00Z'", "own", &right),
        nothing
    );
    let both = lends.replace(
        "ref: values}",
        &format!(
            "ref: values}}, {{{}}}",
            &right["source: {".len()..right.len() - 1]
        ),
    );
    assert_eq!(does("web", "own", &both).0, same);
    let hydrated = right.replace(
        "source: {",
        "sourceHydrator: {syncSource: {path: x}, drySource: {",
    );
    assert_eq!(does("web", "own", &format!("{hydrated}}}")).0, same);
    // One of the declared project needs that.
    assert_eq!(does("web", "stage", &right).0, same[1..]);
}

/// What is to be made of the application and its project where this stands beside it, and what is to be minded.
fn made_beside(metadata: &str, sources: &str) -> Vec<(String, Vec<String>)> {
    let (spec, desired, live, others) = git(metadata, "own", sources);
    let elsewhere = elsewhere(&spec, &desired, &|one| live.get(one), &others);
    let nothing = Account::default();
    let mut plan = account(&spec, &nothing, &Provenance::default(), Timestamp::UNIX_EPOCH);
    let known = Known {
        live: Some(&live),
        elsewhere: &elsewhere,
        others: Some(&others),
        idle: &BTreeSet::new(),
    };
    cluster(&spec, &desired, known, &mut plan);
    let steps = plan.steps.into_iter().map(|making| making.step);
    let delivery = steps.filter(|step| step.deed.target.group() == "argoproj.io");
    delivery.map(|step| (step.summary, step.cautions)).collect()
}

#[test]
fn what_is_declared_is_made_beside_another_directory_and_that_one_is_to_be_minded() {
    let alone = [
        "create AppProject argocd/stage",
        "create Application argocd/front-web",
    ];
    let minded = |words: &str| {
        let cautions = match words {
            "" => Vec::new(),
            words => vec![format!(
                "{words} delivers from the same repository into the same namespace: an object that both deliver would go back and \
                 forth between them"
            )],
        };
        vec![(alone[0].to_owned(), Vec::new()), (alone[1].to_owned(), cautions)]
    };
    for (source, words) in [
        (directory("stage/extras"), "web (stage/extras)"),
        (directory("./stage"), "web (stage)"),
        (directory("''"), "web (the root)"),
        (directory("stage/extras").replace("acme/deploy", "acme/other"), ""),
        (
            directory("stage/extras").replace("path:", "chart: extras, path:"),
            "",
        ),
    ] {
        assert_eq!(made_beside("web", &source), minded(words), "{source}");
    }
    // Its own cluster may have another name in Argo CD, or another address.
    for path in ["stage/front-web", "stage/extras"] {
        for (said, cluster) in [
            ("name: prod", "prod"),
            ("server: 'https://192.0.2.1/'", "https://192.0.2.1"),
        ] {
            let destination = format!("destination: {{namespace: front-web, {said}}}");
            let told = made_beside("web", &format!("{}, {destination}", directory(path)));
            let words = format!(
                "web ({path}) into {cluster} delivers into a namespace of that name: where that is this cluster, an object that both \
                 deliver would go back and forth between them"
            );
            assert_eq!(told[1].1, [words]);
        }
    }
    let going = "web, deletionTimestamp: '2026-01-01T00:00:00Z'";
    assert_eq!(made_beside(going, &directory("stage/extras")), minded(""));
    let standin = made_beside("web", &directory("stage/front-web"));
    assert!(standin.is_empty(), "{standin:?}");
}

/// What is said of the declared chart where these applications stand, and in which way they differ.
fn of_chart(repository: &str, sources: &[&str]) -> (Vec<String>, Vec<String>) {
    let text = format!(
        "apiVersion: envcheck.dev/v1\nkind: Environment\nmetadata: {{name: stage}}\nspec:\n  namespaces:\n    \
         - {{name: argocd, role: delivery}}\n    - {{name: edge, role: ingress}}\n  delivery:\n    argocd: {{version: v3.5.1, install: \
         {{url: 'https://a.example/b.yaml', sha256: {}}}, repository: 'https://github.com/acme/deploy', revision: main, path: ., \
         applications: []}}\n    charts:\n    - {{name: ingress-nginx, repository: '{repository}', version: 4.15.1, namespace: edge}}\n",
        "a".repeat(64)
    );
    let loaded = crate::spec::load("stage.yaml", &mut |_| Ok(text.as_bytes().to_vec()));
    let spec = loaded.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let desired = objects(&spec, &Material::default()).unwrap();
    let there = [namespace("argocd", ""), namespace("edge", "")];
    let live: BTreeMap<ResourceRef, Value> = there
        .iter()
        .map(|object| (crate::inventory::identify(object).unwrap().0, object.clone()))
        .collect();
    let applications = sources.iter().enumerate().map(|(at, source)| {
        read(&format!(
            "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: own-{at}, namespace: argocd}}, spec: {{destination: \
             {{namespace: edge, name: in-cluster}}, {source}}}}}"
        ))
    });
    let others = Others {
        network: None,
        applications: applications.collect(),
    };
    let found = elsewhere(&spec, &desired, &|one| live.get(one), &others);
    let mut words = told(&found);
    words.retain(|words| words.starts_with("Application"));
    (words, super::differing(&found))
}

#[test]
fn a_chart_is_told_apart_by_its_repository_and_its_version() {
    let repository = "https://kubernetes.github.io/ingress-nginx";
    let source = |repository: &str, version: &str| {
        format!("source: {{chart: ingress-nginx, repoURL: '{repository}', targetRevision: {version}}}")
    };
    let same = ["Application ingress-nginx of argocd is not made: own-0 does the same".to_owned()];
    let exact = source("https://kubernetes.github.io/ingress-nginx/", "4.15.1");
    assert_eq!(of_chart(repository, &[&exact]), (same.to_vec(), Vec::new()));
    let (told, differs) = of_chart(repository, &[&source("oci://mirror.example/charts", "4.11.3")]);
    // It is no second one, and does not do the same.
    assert_eq!(
        told,
        ["Application ingress-nginx of argocd is not made: in its place there is own-0, not as declared"]
    );
    let prefix = differs[0].split(": spec").next().unwrap().to_owned();
    assert!(prefix.contains("argocd/own-0"), "{prefix}");
    assert_eq!(
        differs,
        [
            format!(
                "{prefix}: spec.source.repoURL is \"oci://mirror.example/charts\", declared is \"{repository}\""
            ),
            format!("{prefix}: spec.source.targetRevision is \"4.11.3\", declared is \"4.15.1\""),
        ]
    );
    // One of two is as declared: that one it is.
    let (told, differs) = of_chart(repository, &[&source(repository, "4.0.0"), &exact]);
    assert_eq!(
        (told, differs),
        (vec![same[0].replace("own-0", "own-1")], Vec::new())
    );
    // In a registry the address may end in the chart.
    for source in [
        "source: {chart: ingress-nginx, repoURL: registry.example/charts, targetRevision: 4.15.1}",
        "sources: [{repoURL: 'https://github.com/acme/values'}, {repoURL: 'oci://registry.example/charts/ingress-nginx', path: ., targetRevision: 4.15.1}]",
    ] {
        assert_eq!(
            of_chart("oci://registry.example/charts", &[source]),
            (same.to_vec(), Vec::new()),
            "{source}"
        );
    }
    let other = "source: {chart: another, repoURL: 'https://kubernetes.github.io/ingress-nginx', targetRevision: 4.15.1}";
    assert_eq!(of_chart(repository, &[other]), (Vec::new(), Vec::new()));
}
