use super::{ACCOUNT, Section, SectionsKept, WORKLOADS};
use crate::inventory::observed::split_kind;
use crate::inventory::view::workload::WORKLOAD_KINDS;
use crate::inventory::{KeptRows, ResourceRef};

#[test]
fn each_kind_lands_in_the_list_that_names_it() {
    for (section, name, kinds) in Section::ALL {
        assert_eq!(Section::kinds(name), Some(kinds));
        for kind in kinds {
            let (_, own) = split_kind(kind);
            let reference = ResourceRef {
                api_version: kind.rsplit_once('/').unwrap().0.to_owned(),
                kind: own.to_owned(),
                namespace: None,
                name: "x".to_owned(),
                id: None,
            };
            assert_eq!(Section::of(&reference), Some(section), "{kind}");
        }
    }
    assert_eq!(Section::kinds("servces"), None);
}

#[test]
fn lists_are_kept_that_are_read_or_joined_with_such() {
    let kept = |documents: &[&str]| {
        let rows = KeptRows::Of(documents.iter().map(|name| (*name).to_owned()).collect());
        let kept = SectionsKept::of(&rows);
        let names = Section::ALL
            .into_iter()
            .filter(|(section, ..)| kept.has(*section));
        names.map(|(_, name, _)| name).collect::<Vec<_>>()
    };
    let joined = ["workloads", "services", "nodes"];
    assert_eq!(kept(&["network", ACCOUNT]), [""; 0]);
    assert_eq!(
        kept(&["view.config_maps", "view.ingresses"]),
        ["ingresses", "config_maps"]
    );
    for one in [
        "view.services",
        "view.images",
        "view.load_balancers",
        "digitalocean.vpcs",
    ] {
        assert_eq!(kept(&[one]), joined, "{one}");
    }
    assert_eq!(kept(&["view"]).len(), Section::ALL.len());
    assert!(
        Section::ALL
            .iter()
            .all(|(section, ..)| SectionsKept::of(&KeptRows::All).has(*section))
    );
}

#[test]
fn every_kind_of_workload_is_among_those_of_the_list() {
    let mut listed: Vec<&str> = WORKLOADS.iter().map(|kind| split_kind(kind).1).collect();
    let mut known = WORKLOAD_KINDS.to_vec();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}
