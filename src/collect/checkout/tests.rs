use super::*;
use crate::clients::git::by_hand;
use std::os::unix::fs::symlink;

const CLASS: &str = "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\n";

/// A repository beside a file that is none of its business.
fn repository() -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("deploy");
    fs::create_dir_all(root.join("app/below")).unwrap();
    fs::write(
        folder.path().join("outside.yaml"),
        CLASS.replace("nginx", "outside"),
    )
    .unwrap();
    fs::write(root.join("app/class.yaml"), CLASS).unwrap();
    fs::write(root.join("app/below/other.yml"), CLASS.replace("nginx", "other")).unwrap();
    fs::write(root.join("app/notes.txt"), "no manifest").unwrap();
    fs::write(root.join("large.yaml"), vec![b'#'; 5 << 20]).unwrap();
    symlink("../../outside.yaml", root.join("app/link.yaml")).unwrap();
    symlink(folder.path().join("outside.yaml"), root.join("app/absolute.yaml")).unwrap();
    symlink("below/other.yml", root.join("app/inside.yaml")).unwrap();
    by_hand(&root, &["init", "--quiet"]);
    by_hand(&root, &["add", "."]);
    by_hand(&root, &["commit", "--quiet", "-m", "first"]);
    folder
}

async fn checkout(folder: &TempDir) -> Checkout {
    Checkout::of(&folder.path().join("deploy"), &CancellationToken::new())
        .await
        .unwrap()
}

#[tokio::test]
async fn what_lies_outside_is_not_read_and_links_inside_lead_where_they_lead() {
    let folder = repository();
    let checkout = checkout(&folder).await;
    let names = |below: bool| -> Vec<(String, String)> {
        let objects = checkout.objects("app", below).unwrap();
        objects
            .into_iter()
            .map(|(path, object)| (path, object.reference.name))
            .collect()
    };
    let class = ("app/class.yaml".to_owned(), "nginx".to_owned());
    let other = ("app/below/other.yml".to_owned(), "other".to_owned());
    assert_eq!(names(false), [class.clone(), other.clone()]);
    let below = names(true);
    assert!(
        below.contains(&class) && below.contains(&other) && below.len() == 2,
        "{below:?}"
    );
    for outside in [
        "../outside.yaml",
        "app/../../outside.yaml",
        "app/link.yaml",
        "app/absolute.yaml",
    ] {
        assert!(checkout.text(outside).is_err(), "{outside}");
    }
    assert!(checkout.made("..").is_err() && checkout.made("nowhere").is_err());
    assert_eq!(checkout.made("/app/"), Ok(Made::Plain));
    // What is too large for a manifest is not there.
    assert!(checkout.text("large.yaml").is_err());
}

#[tokio::test]
async fn edits_stay_in_the_copy_and_are_undone() {
    let folder = repository();
    let mut checkout = checkout(&folder).await;
    let (path, after) = ("app/class.yaml", CLASS.replace("nginx", "edited"));
    checkout.write(path, &after).unwrap();
    assert_eq!(
        checkout.changes().unwrap(),
        [(path.to_owned(), CLASS.to_owned(), after)]
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("deploy").join(path)).unwrap(),
        CLASS
    );
    // Back by hand is no change; neither is it after all are undone.
    checkout.write(path, CLASS).unwrap();
    assert_eq!(checkout.changes().unwrap(), []);
    checkout.write(path, "x").unwrap();
    checkout.reset().unwrap();
    assert_eq!(
        (checkout.changes().unwrap().len(), checkout.text(path).unwrap()),
        (0, CLASS.to_owned())
    );
    assert!(
        checkout.write("app/inside.yaml", "x").is_err(),
        "a link is no file of its own"
    );
}

#[tokio::test]
async fn a_checkout_is_known_by_its_remotes() {
    let folder = repository();
    let root = folder.path().join("deploy");
    let plain = checkout(&folder).await;
    assert_eq!(plain.called, "main");
    // One that says nothing of itself is taken where it is the only one.
    assert_eq!(plain.is_of("https://example.com/a.git", true).await, Ok(true));
    assert_eq!(plain.is_of("https://example.com/a.git", false).await, Ok(false));
    assert_eq!(plain.is_of(&root.display().to_string(), false).await, Ok(true));
    by_hand(&root, &["remote", "add", "origin", "git@example.com:a.git"]);
    assert_eq!(plain.is_of("https://example.com/a.git", false).await, Ok(true));
    assert_eq!(plain.is_of("https://example.com/b.git", true).await, Ok(false));

    let none = Checkout::of(folder.path(), &CancellationToken::new()).await;
    assert!(none.unwrap_err().contains("git:"));
    let nowhere = Checkout::of(&folder.path().join("nowhere"), &CancellationToken::new()).await;
    assert_eq!(nowhere.unwrap_err(), "there is no such folder");
}

/// Links that lead out by way of others, and a link where a folder of the same name is.
#[tokio::test]
async fn no_chain_of_links_leads_out() {
    let folder = repository();
    let root = folder.path().join("deploy");
    fs::create_dir_all(root.join("d/e/f")).unwrap();
    symlink("../../..", root.join("d/e/f/up")).unwrap();
    symlink("../d/e/f/up/../outside.yaml", root.join("app/chain.yaml")).unwrap();
    symlink("../d/e/f/up/..", root.join("app/parent")).unwrap();
    symlink("inside.yaml", root.join("app/again.yaml")).unwrap();
    by_hand(&root, &["add", "."]);
    by_hand(&root, &["commit", "--quiet", "-m", "second"]);
    let checkout = checkout(&folder).await;
    for outside in ["app/chain.yaml", "app/parent/outside.yaml"] {
        assert!(checkout.text(outside).is_err(), "{outside}");
    }
    assert_eq!(
        checkout.text("app/again.yaml").unwrap(),
        checkout.text("app/below/other.yml").unwrap()
    );
    assert!(checkout.follows("main").await.is_ok() && checkout.follows("HEAD").await.is_ok());
    let other = checkout.follows("release-1").await.unwrap_err();
    assert!(
        other.contains("at main") && other.contains("release-1"),
        "{other}"
    );
}

/// What an application says becomes arguments of a program.
#[tokio::test]
async fn no_text_of_an_application_is_taken_for_a_flag() {
    use envcheck_core::inventory::application::Helm;
    let folder = repository();
    let checkout = checkout(&folder).await;
    for release in ["--post-renderer=/bin/true", "-f", "", "a b", "../x"] {
        let rendered = checkout.templated("app", release, None, &Helm::default()).await;
        assert!(
            rendered.unwrap_err().contains("none that Helm takes"),
            "{release}"
        );
    }
}

/// Files of values that are not there are passed over where the application says so; what leads out of the repository is not.
#[tokio::test]
async fn missing_values_are_passed_over_where_that_is_said() {
    use envcheck_core::inventory::application::Helm;
    let folder = repository();
    let checkout = checkout(&folder).await;
    let mut helm = Helm {
        value_files: vec!["inside.yaml".to_owned(), "no-such.yaml".to_owned()],
        ..Helm::default()
    };
    assert!(
        checkout
            .value_files("app", &helm)
            .unwrap_err()
            .contains("no-such.yaml")
    );
    helm.ignore_missing = true;
    assert_eq!(checkout.value_files("app", &helm).unwrap().len(), 1);
    for name in ["../../outside.yaml", "$other/values.yaml"] {
        helm.value_files = vec![name.to_owned()];
        assert!(checkout.value_files("app", &helm).is_err(), "{name}");
    }
}
