//! `envcheck document`: what it tells of the demo, where it writes, and when a committed copy is out of date.

use crate::program::{Folder, environment, root, run};
use std::fs;
use std::path::Path;

/// The drawings of the demo.
const DRAWINGS: [&str; 4] = ["b2b-b2b-web", "back-ii", "front-web-web", "network"];

#[test]
fn the_demo_is_told_whole() {
    run(["document", "demo"]).exits(0).shows(&[
        "# Environment demo",
        "State captured at 2026-11-23T03:00:00Z",
        "complete: everything that this document tells of was read",
        // Services: exposed in each way.
        "| `back/ii` | `ClusterIP` | `http 8080/TCP → http` | `app=ii` | `ii (Deployment)` | – | internal |",
        "port `30379` of every node",
        "Ingress `stage.example.com`",
        "`192.0.2.17` `REGIONAL_NETWORK`",
        "the account has none for it",
        // Ingresses.
        "| `front-web/web` | `stage.example.com` | `/` | `nginx-proxy-server:http` | `stage-example-com-tls` | `nginx` |",
        // The applications, from the load balancer to the datastore.
        "| Load balancer `192.0.2.17` | Host `stage.example.com` | – |",
        "| Ingress `front-web/web` | Service `front-web/nginx-proxy-server` | `http` |",
        "| Deployment `front-web/nginx-proxy-server` | Service `front-web/web` | `proxies` |",
        "| Deployment `front-web/nginx-proxy-server` | StatefulSet `back/keydb` | `uses` |",
        "| Deployment `back/ii` | Secret `back/keydb-auth` | – |",
        "| Deployment `b2b/b2b-web` | Deployment `back/ii` | `settings` |",
        // The network.
        "| Namespace `ingress-nginx` | Workload `b2b/b2b-web` | `every port` |",
        "`default-deny`",
        // The account.
        "2 to 8, by itself",
        "at most `5GiB` declared",
        "`stage-backup` `readwrite`",
        "removed after `14d` by a lifecycle rule",
        // What is waived, in files and on objects.
        "| `ingress-controller-supported` | `ingress-nginx/ingress-nginx-controller (Deployment)` | 2027-01-31 | `platform team`",
        "| `waivers.yaml` |",
        "every policy but the critical ones",
    ]);
}

#[test]
fn figures_that_change_by_themselves_are_told_only_when_asked_for() {
    let figures = ["5.20 GiB", "2026-11-20T1800.rdb.gz", "Nodes now"];
    let plain = run(["document", "demo"]).exits(0);
    for figure in figures {
        assert!(!plain.stdout.contains(figure), "{figure}");
    }
    run(["document", "demo", "--figures"]).exits(0).shows(&figures);
}

#[test]
fn markdown_brings_its_drawings_and_html_needs_nothing() {
    let folder = Folder::new();
    let demo = environment("demo.yaml");
    let output = "markdown=docs/Stage 1.md,html=docs/stage.html";
    fs::create_dir(folder.path().join("docs")).unwrap();
    let outcome = folder.run(["document", &demo, "-o", output]).exits(0);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    let text = folder.read("docs/Stage 1.md");
    for drawing in DRAWINGS {
        assert!(text.contains(&format!("](Stage%201-{drawing}.svg)")), "{drawing}");
        let svg = folder.read(&format!("docs/Stage 1-{drawing}.svg"));
        assert!(svg.starts_with("<?xml") && svg.ends_with("</svg>\n"));
    }
    let page = folder.read("docs/stage.html");
    assert_eq!(page.matches("<svg ").count(), DRAWINGS.len());
    for elsewhere in ["<script", "src=", "href=\"http", "@import", "url("] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
    let left: Vec<_> = fs::read_dir(folder.path().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left.len(), 2 + DRAWINGS.len(), "{left:?}");
}

#[test]
fn the_same_state_gives_the_same_bytes() {
    for format in ["markdown", "html"] {
        let arguments = ["document", "demo", "-o", format];
        assert_eq!(run(arguments).exits(0), run(arguments).exits(0));
    }
}

#[test]
fn a_copy_is_up_to_date_until_something_differs() {
    let folder = Folder::new();
    let demo = environment("demo.yaml");
    let clean = environment("demo-clean.yaml");
    folder
        .run(["document", &demo, "-o", "markdown=a.md", "-o", "html=a.html"])
        .exits(0);
    for copy in ["a.md", "a.html"] {
        let outcome = folder.run(["document", &demo, "--check", copy]).exits(0);
        assert_eq!(outcome.stdout, "");
        folder
            .run(["document", &clean, "--check", copy])
            .exits(1)
            .says(&["out of date", copy]);
        // When it was captured is not what it tells.
        let later = folder
            .read(copy)
            .replace("2026-11-23T03:00:00Z", "2026-11-24T03:00:00Z");
        folder.write(copy, later);
        folder.run(["document", &demo, "--check", copy]).exits(0);
        folder.write(copy, folder.read(copy).replace("5GiB", "6GiB"));
        folder.run(["document", &demo, "--check", copy]).exits(1);
    }
    folder.run(["document", &demo, "-o", "markdown=a.md"]).exits(0);
    let drawing = folder.path().join("a-network.svg");
    fs::write(&drawing, "<svg/>").unwrap();
    folder
        .run(["document", &demo, "--check", "a.md"])
        .exits(1)
        .says(&["a-network.svg"]);
    fs::remove_file(&drawing).unwrap();
    folder.run(["document", &demo, "--check", "a.md"]).exits(1);
    folder.run(["document", &demo, "--check", "none.md"]).exits(1);
}

#[test]
fn what_cannot_be_done_is_refused() {
    let folder = Folder::new();
    let demo = environment("demo.yaml");
    folder
        .run(["document", &demo, "-o", "markdown", "-o", "html"])
        .refuses(&["2 outputs want standard output"]);
    folder
        .run(["document", &demo, "-o", "html=no/such/folder/a.html"])
        .refuses(&["cannot write"]);
    folder
        .run(["document", &demo, "-o", "pdf"])
        .exits(2)
        .says(&["markdown or html"]);
    folder
        .run(["document", &demo, "--check", "a.md", "-o", "html=a.html"])
        .exits(2);
    folder.run(["document", "nowhere"]).refuses(&["nowhere"]);
}

/// A copy of the demo's capture in which the file of one kind is damaged.
fn damaged(folder: &Folder, file: &str) -> String {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let place = folder.path().join("capture");
    copy(&root().join("environments/demo"), &place);
    fs::write(place.join(file), "{}\n").unwrap();
    place.display().to_string()
}

#[test]
fn what_could_not_be_read_is_told_where_it_would_stand() {
    let folder = Folder::new();
    let demo = environment("demo.yaml");
    folder.run(["document", &demo, "-o", "markdown=a.md"]).exits(0);
    let capture = damaged(&folder, "objects/core/v1/Service.ndjson");
    let outcome = folder
        .run(["document", &demo, "--snapshot", &capture])
        .exits(3)
        .says(&["not read: v1/Service"]);
    let section = |title: &str| {
        let from = outcome.stdout.find(&format!("\n## {title}\n")).unwrap();
        let rest = &outcome.stdout[from + 4..];
        rest[..rest.find("\n## ").unwrap_or(rest.len())].to_owned()
    };
    for title in ["Overview", "Services", "Applications"] {
        assert!(section(title).contains("**Not read:** `v1/Service"), "{title}");
    }
    assert!(!section("Backups").contains("Not read"));
    assert!(section("Overview").contains("incomplete: one thing is missing"));
    // Whether a copy is up to date cannot be told.
    folder
        .run(["document", &demo, "--snapshot", &capture, "--check", "a.md"])
        .exits(3);
}
