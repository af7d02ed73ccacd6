//! The page of a document in a real browser, on a phone and on a screen: nothing is cut, nothing overlaps, and nobody has to
//! scroll sideways. Needs Chromium or Chrome on the PATH, or the program that `ENVCHECK_BROWSER` names.

use crate::program::{Folder, copy, finish, recapture, root, run};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// What looks at the page within its frame, and writes what is wrong with it into a page of its own.
const LOOK: &str = r#"
const page = document.getElementById("page").contentDocument, root = page.documentElement, wrong = [], count = {};
const seen = name => { count[name] = (count[name] || 0) + 1; };
page.querySelectorAll("details").forEach(one => one.open = true);
if (root.scrollWidth > root.clientWidth) wrong.push(`the page is ${root.scrollWidth} wide`);
const apart = (a, b) => a.right <= b.left + 0.5 || b.right <= a.left + 0.5 || a.bottom <= b.top + 0.5 || b.bottom <= a.top + 0.5;
const within = (a, b) => a.left >= b.left - 0.5 && a.right <= b.right + 0.5 && a.top >= b.top - 0.5 && a.bottom <= b.bottom + 0.5;
const told = one => one.textContent.trim().slice(0, 60);
for (const one of page.querySelectorAll("h1,h2,h3,p,a,td,th,dt,dd,code,summary,figcaption,.frame")) {
  const place = one.getBoundingClientRect();
  if (place.width === 0 || place.height <= 1 || one.closest("thead")?.getBoundingClientRect().width <= 1) continue;
  seen("texts");
  if (place.right > root.clientWidth + 0.5 || place.left < -0.5) wrong.push(`beyond the edge: ${told(one)}`);
  if (one.clientWidth > 0 && !one.matches(".frame") && one.scrollWidth > one.clientWidth + 1) wrong.push(`cut: ${told(one)}`);
}
const rows = [...page.querySelectorAll("tr")].map(row => [...row.cells].filter(cell => cell.offsetHeight > 1));
for (const cells of rows) for (let i = 1; i < cells.length; i++) {
  if (!apart(cells[i - 1].getBoundingClientRect(), cells[i].getBoundingClientRect())) wrong.push(`cells overlap: ${told(cells[i])}`);
}
for (const drawing of page.querySelectorAll("svg.drawing")) {
  seen("drawings");
  const whole = drawing.getBoundingClientRect();
  const boxes = [...drawing.querySelectorAll(".box")], areas = boxes.map(box => box.querySelector("rect").getBoundingClientRect());
  boxes.forEach((box, i) => {
    seen("boxes");
    for (const text of box.querySelectorAll("text")) {
      if (!within(text.getBoundingClientRect(), areas[i])) wrong.push(`runs out of its box: ${told(text)}`);
      if (text.getBoundingClientRect().height < 5) wrong.push(`too small to read: ${told(text)}`);
    }
    for (let j = 0; j < i; j++) if (!apart(areas[i], areas[j])) wrong.push(`boxes overlap: ${told(box)}`);
  });
  const texts = [...drawing.querySelectorAll("text")];
  for (const text of texts) if (!within(text.getBoundingClientRect(), whole)) wrong.push(`cut: ${told(text)}`);
  const free = texts.filter(text => !text.closest(".box")).map(text => [text, text.getBoundingClientRect()]);
  free.forEach(([text, place], i) => {
    seen("labels");
    for (const area of areas) if (!apart(place, area)) wrong.push(`a box covers ${told(text)}`);
    for (let j = 0; j < i; j++) if (!apart(place, free[j][1])) wrong.push(`texts overlap: ${told(text)}`);
  });
}
document.body.dataset.result = encodeURIComponent(JSON.stringify({width: root.clientWidth, wrong, count}));
"#;

/// The browser, or why there is none.
fn browser() -> Result<PathBuf, String> {
    let named = std::env::var_os("ENVCHECK_BROWSER").map(PathBuf::from);
    let folders: Vec<PathBuf> =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "chrome",
    ];
    let found = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file());
    named.or(found).ok_or_else(|| {
        "neither chromium nor google-chrome is on the PATH; ENVCHECK_BROWSER names one".to_owned()
    })
}

/// Looks at a page in a frame of this width.
fn look(browser: &PathBuf, folder: &Folder, page: &str, width: u32) -> Value {
    let quoted = page.replace('&', "&amp;").replace('"', "&quot;");
    let around = format!(
        "<!doctype html><meta charset=\"utf-8\"><body style=\"margin:0\">\
         <iframe id=\"page\" style=\"width:{width}px;height:900px;border:0\" srcdoc=\"{quoted}\"></iframe>\
         <script>addEventListener(\"load\", () => {{{LOOK}}})</script>"
    );
    let file = folder.write(&format!("around-{width}.html"), around);
    let profile = folder.path().join(format!("profile-{width}"));
    let mut option = OsString::from("--user-data-dir=");
    option.push(&profile);
    let mut command = Command::new(browser);
    // It runs nothing but this page; a sandbox needs rights that containers lack.
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args([
            "--hide-scrollbars",
            "--window-size=1400,1000",
            "--virtual-time-budget=10000",
            "--dump-dom",
        ])
        .arg(option)
        .arg(file);
    let outcome = finish(command, None);
    let mark = "data-result=\"";
    let from = outcome.stdout.find(mark).map(|at| at + mark.len());
    let from = from.unwrap_or_else(|| panic!("the browser did not look: {outcome:.2000?}"));
    let text: String = outcome.stdout[from..]
        .chars()
        .take_while(|char| *char != '"')
        .collect();
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        if *first == b'%' {
            let code = std::str::from_utf8(&others[..2]).unwrap();
            bytes.push(u8::from_str_radix(code, 16).unwrap());
            rest = &others[2..];
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    serde_json::from_slice(&bytes).unwrap()
}

/// The demo's page where one application has twenty hosts and forty ConfigMaps and Secrets more.
fn crowded(folder: &Folder) -> String {
    let snapshot = folder.path().join("copy");
    copy(&root().join("environments/demo"), &snapshot);
    let web = |objects: &mut Vec<Value>| -> usize {
        let is_web =
            |one: &Value| one["metadata"]["name"] == "web" && one["metadata"]["namespace"] == "front-web";
        objects.iter().position(is_web).unwrap()
    };
    recapture(&snapshot, "objects/apps/v1/Deployment.ndjson", |objects| {
        let at = web(objects);
        let refer = |kind: &str, name: &str| {
            (0..20)
                .map(move |number| json!({kind: {"name": format!("{name}-of-part-{number}")}}))
                .collect::<Vec<_>>()
        };
        let all = [
            refer("configMapRef", "settings"),
            refer("secretRef", "credentials"),
        ]
        .concat();
        objects[at]["spec"]["template"]["spec"]["containers"][0]["envFrom"] = json!(all);
    });
    recapture(
        &snapshot,
        "objects/networking.k8s.io/v1/Ingress.ndjson",
        |objects| {
            let at = web(objects);
            let rules = objects[at]["spec"]["rules"].as_array_mut().unwrap();
            let rule = rules[0].clone();
            for number in 0..20 {
                let mut rule = rule.clone();
                rule["host"] = json!(format!("customer-{number}.stage.example.com"));
                rules.push(rule);
            }
        },
    );
    let snapshot = snapshot.display().to_string();
    run(["document", "demo", "-o", "html", "--snapshot", &snapshot])
        .exits(0)
        .stdout
}

#[test]
fn a_page_is_legible_in_a_browser() {
    let browser = match browser() {
        Ok(browser) => browser,
        Err(reason) => {
            println!("skipped: browser: {reason}");
            return;
        }
    };
    let folder = Folder::new();
    let page = run(["document", "demo", "-o", "html", "--figures"])
        .exits(0)
        .stdout;
    for width in [390, 1280] {
        let seen = look(&browser, &folder, &page, width);
        assert_eq!(seen["wrong"], json!([]), "{width}");
        assert_eq!(seen["width"], width);
        let count = |name: &str| seen["count"][name].as_u64().unwrap_or(0);
        assert!(count("texts") > 300 && count("labels") > 20, "{seen}");
        assert_eq!(count("drawings"), 4);
        assert!(count("boxes") > 30, "{seen}");
    }
    // As legible with sixty objects in one drawing.
    let crowded = crowded(&folder);
    for width in [390, 1280] {
        let seen = look(&browser, &folder, &crowded, width);
        assert_eq!(seen["wrong"], json!([]), "{width}");
        assert!(seen["count"]["boxes"].as_u64().unwrap() > 90, "{seen}");
    }
    // It does see what is wrong.
    let broken = page.replacen("<h1>", "<div style=\"width:2000px\">wide</div><h1>", 1);
    let broken = broken.replacen(
        "lengthAdjust=\"spacingAndGlyphs\"",
        "style=\"font-size:60px\"",
        30,
    );
    let seen = look(&browser, &folder, &broken, 390);
    let wrong = seen["wrong"].to_string();
    assert!(
        wrong.contains("the page is") && wrong.contains("runs out of its box"),
        "{wrong}"
    );
}
