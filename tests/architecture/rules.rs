//! Who may reach for whom. Each rule is a function from a file's place and reach to the sentences it breaks.

use crate::imports::Reach;

/// Data, in the order in which they may use one another.
pub const NOUNS: [&str; 11] = [
    "value",
    "source",
    "path",
    "fields",
    "yaml",
    "spec",
    "inventory",
    "network",
    "policy",
    "findings",
    "plan",
];
/// Steps over the nouns. None uses another.
pub const VERBS: [&str; 6] = ["evaluate", "remediate", "provision", "import", "drift", "report"];
/// The rooms of `src/` that touch the world.
pub const WORLD: [&str; 6] = ["clients", "collect", "apply", "history", "notify", "service"];
/// The rooms of `src/` that assemble and talk, and the policies embedded in the program.
pub const SHELLS: [&str; 4] = ["builtin", "pipeline", "cli", "main"];

/// Crates that only some rooms may know: crate, rooms, reason.
const CONFINED: [(&str, &[&str], &str); 19] = [
    (
        "regorus",
        &["core/value", "core/policy", "core/evaluate"],
        "breaking releases come monthly; `value` re-exports what others need",
    ),
    ("clap", &["src/cli"], "arguments become domain types in `cli`"),
    (
        "clap_complete",
        &["src/cli"],
        "arguments become domain types in `cli`",
    ),
    ("indicatif", &["src/cli"], "only `cli` talks to a terminal"),
    (
        "comfy_table",
        &["core/report/table"],
        "layout belongs to one renderer",
    ),
    (
        "quick_xml",
        &["core/report/junit"],
        "XML is written by one renderer",
    ),
    (
        "dugong",
        &["core/report/document/drawing"],
        "where boxes stand is one module's business",
    ),
    (
        "granit_parser",
        &["core/yaml"],
        "YAML is read in one way, Kubernetes' own",
    ),
    (
        "x509_parser",
        &["core/inventory/redact"],
        "certificates are summed up where Secrets are made safe, and nowhere else",
    ),
    (
        "kube",
        &["src/clients", "src/collect", "src/apply", "src/service"],
        "pages are read raw, without typed objects in the middle",
    ),
    (
        "k8s_openapi",
        &["src/clients", "src/collect", "src/apply", "src/service"],
        "pages are read raw, without typed objects in the middle",
    ),
    (
        "hyper",
        &["src/clients"],
        "budget, retries and credentials are kept in one place",
    ),
    (
        "rustls",
        &["src/clients"],
        "budget, retries and credentials are kept in one place",
    ),
    (
        "reqwest",
        &["src/clients"],
        "budget, retries and credentials are kept in one place",
    ),
    (
        "aws_sdk_s3",
        &["src/clients"],
        "budget, retries and credentials are kept in one place",
    ),
    (
        "aws_smithy_http_client",
        &["src/clients"],
        "budget, retries and credentials are kept in one place",
    ),
    ("sqlx", &["src/history"], "storage of runs is one room's business"),
    ("axum", &["src/service"], "serving is one room's business"),
    (
        "tokio",
        &[
            "src/clients",
            "src/collect",
            "src/apply",
            "src/history",
            "src/notify",
            "src/service",
            "src/pipeline",
            "src/cli",
        ],
        "core is synchronous, and pipeline only holds the runtime",
    ),
];

/// Standard-library types under a forbidden path that are plain data.
const PLAIN_DATA: [&[&str]; 4] = [
    &["std", "net", "IpAddr"],
    &["std", "net", "Ipv4Addr"],
    &["std", "net", "Ipv6Addr"],
    &["std", "net", "AddrParseError"],
];
const WORLD_TOUCHING: [&[&str]; 4] = [
    &["std", "fs"],
    &["std", "net"],
    &["std", "process"],
    &["std", "env"],
];
const TERMINAL: [&[&str]; 3] = [
    &["std", "io", "stdin"],
    &["std", "io", "stdout"],
    &["std", "io", "stderr"],
];
const CLOCKS: [&[&str]; 2] = [&["std", "time", "Instant"], &["std", "time", "SystemTime"]];
const LEAVING: [&[&str]; 2] = [&["std", "process", "exit"], &["std", "process", "abort"]];
/// What `cli` and `main` may take from `std::process`: how a program ends, not how another is started.
const ENDING: [&[&str]; 3] = [
    &["std", "process", "ExitCode"],
    &["std", "process", "Termination"],
    &["std", "process", "exit"],
];
const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
/// Methods of `Path` that look at the disk without naming `std::fs`.
const DISK_METHODS: [&str; 6] = [
    "canonicalize",
    "is_dir",
    "is_file",
    "read_dir",
    "symlink_metadata",
    "try_exists",
];

/// Which crate a file belongs to, its module path there, and its name for messages.
pub struct Place {
    /// `core` or `src`.
    pub side: &'static str,
    /// Module path inside the crate; `["main"]` for the binary.
    pub module: Vec<String>,
    /// The path shown: `core/src/report/sarif.rs`.
    pub file: String,
}

impl Place {
    fn room(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }
}

/// Every sentence that a file breaks.
pub fn broken(place: &Place, reach: &Reach) -> Vec<String> {
    let mut found = Vec::new();
    rooms_are_known(place, &mut found);
    crates_are_confined(place, reach, &mut found);
    only_cli_prints_or_exits(place, reach, &mut found);
    if place.side == "core" {
        core_order(place, reach, &mut found);
        core_is_pure(place, reach, &mut found);
    } else {
        shells_and_world(place, reach, &mut found);
        world_is_touched_by_the_world(place, reach, &mut found);
    }
    found
}

fn rooms_are_known(place: &Place, found: &mut Vec<String>) {
    let room = place.room();
    let known = match place.side {
        "core" => NOUNS.contains(&room) || VERBS.contains(&room),
        _ => WORLD.contains(&room) || SHELLS.contains(&room),
    };
    if !room.is_empty() && !known {
        found.push(format!(
            "`{}`: the room `{room}` is not in the architecture; put the file into a room that is, or add the room \
             to ARCHITECTURE.md and to tests/architecture/rules.rs",
            place.file
        ));
    }
}

/// Rule 2: nouns use earlier nouns, verbs use nouns.
fn core_order(place: &Place, reach: &Reach, found: &mut Vec<String>) {
    let room = place.room();
    for target in reach.rooms_of("crate") {
        let verb = VERBS.contains(&target.as_str());
        let reason = match (position(room), position(&target)) {
            _ if room == target => continue,
            (Some(here), Some(there)) if there > here => "a noun uses only the nouns before it",
            (Some(_), None) if verb => "a noun does not know the verbs",
            (None, None) if verb && VERBS.contains(&room) => "verbs use nouns, never another verb",
            _ => continue,
        };
        found.push(forbidden(place, &target, reason));
    }
}

fn position(room: &str) -> Option<usize> {
    NOUNS.iter().position(|noun| *noun == room)
}

/// Rules 1 and 6: the deciding half knows neither clock, disk, network, environment nor terminal.
fn core_is_pure(place: &Place, reach: &Reach, found: &mut Vec<String>) {
    for barred in WORLD_TOUCHING.iter().chain(&TERMINAL).chain(&CLOCKS) {
        if reach.touches(barred, &PLAIN_DATA) {
            found.push(forbidden(
                place,
                &barred.join("::"),
                "core is pure; what it needs is passed in",
            ));
        }
    }
    disk_methods(place, reach, found);
    clock_of_jiff(place, reach, found);
}

/// Rule 3: `pipeline` calls the rooms of the world and the verbs; `cli` and `service` call `pipeline`; `main` calls `cli`.
fn shells_and_world(place: &Place, reach: &Reach, found: &mut Vec<String>) {
    let room = place.room();
    let mut targets = reach.rooms_of("crate");
    targets.extend(reach.rooms_of("envcheck"));
    for target in targets {
        let known = WORLD.contains(&target.as_str()) || SHELLS.contains(&target.as_str());
        let allowed = match room {
            "" => true,
            "main" => target == "cli",
            "pipeline" => target == "builtin" || (WORLD.contains(&target.as_str()) && target != "service"),
            "builtin" => false,
            // The embedded policies are data, though not of the deciding half.
            "cli" | "service" => target == "pipeline" || target == "builtin",
            _ => target == "clients",
        };
        if known && room != target && !allowed {
            let reason = match room {
                "main" => "main calls cli",
                "pipeline" => "pipeline calls what touches the world, not those who call it",
                "cli" | "service" => "cli and service call pipeline, never each other or the world",
                _ => "rooms of the world meet in pipeline; they share clients only",
            };
            found.push(forbidden(place, &target, reason));
        }
    }
    for verb in reach.rooms_of("envcheck_core") {
        let allowed = match room {
            "pipeline" | "" => true,
            // Choosing a renderer for `-o FORMAT` is talking, not deciding.
            "cli" | "service" => verb == "report",
            _ => false,
        };
        if VERBS.contains(&verb.as_str()) && !allowed {
            found.push(forbidden(
                place,
                &verb,
                "pipeline assembles the verbs; the others know nouns",
            ));
        }
    }
}

fn world_is_touched_by_the_world(place: &Place, reach: &Reach, found: &mut Vec<String>) {
    let room = place.room();
    if WORLD.contains(&room) {
        return;
    }
    let talks = matches!(room, "cli" | "main");
    for barred in WORLD_TOUCHING {
        let excused: &[&[&str]] = match barred[1] {
            "env" if talks => continue,
            "process" if talks => &ENDING,
            _ => &PLAIN_DATA,
        };
        if reach.touches(barred, excused) {
            let reason = "only clients, collect, apply, history, notify and service touch the world";
            found.push(forbidden(place, &barred.join("::"), reason));
        }
    }
    disk_methods(place, reach, found);
    if !talks {
        for barred in TERMINAL.iter().chain(&CLOCKS) {
            if reach.touches(barred, &[]) {
                found.push(forbidden(
                    place,
                    &barred.join("::"),
                    "time and streams are passed in by cli",
                ));
            }
        }
        clock_of_jiff(place, reach, found);
    }
}

/// Rule 4: some crates are known to some rooms only.
fn crates_are_confined(place: &Place, reach: &Reach, found: &mut Vec<String>) {
    let here = format!("{}/{}", place.side, place.module.join("/"));
    for (name, rooms, reason) in CONFINED {
        let at_home = rooms
            .iter()
            .any(|room| here == *room || here.starts_with(&format!("{room}/")));
        if !at_home && reach.touches(&[name], &[]) {
            found.push(forbidden(place, name, reason));
        }
    }
}

/// Rule 6: nobody prints or exits but `cli`.
fn only_cli_prints_or_exits(place: &Place, reach: &Reach, found: &mut Vec<String>) {
    if place.side == "src" && place.room() == "cli" {
        return;
    }
    for name in PRINTING {
        if reach.macros.contains(name) {
            found.push(format!(
                "`{}` may not call `{name}!`: nobody prints but cli; take a writer",
                place.file
            ));
        }
    }
    for barred in LEAVING {
        if reach.touches(barred, &[]) {
            found.push(forbidden(
                place,
                &barred.join("::"),
                "nobody exits but cli; return an error",
            ));
        }
    }
}

fn disk_methods(place: &Place, reach: &Reach, found: &mut Vec<String>) {
    for method in DISK_METHODS {
        if reach.methods.contains(method) {
            found.push(format!(
                "`{}` may not call `.{method}()`: it looks at the disk; collect and apply do that",
                place.file
            ));
        }
    }
}

fn clock_of_jiff(place: &Place, reach: &Reach, found: &mut Vec<String>) {
    let reads = |path: &Vec<String>| {
        path[0] == "jiff"
            && path
                .last()
                .is_some_and(|last| matches!(last.as_str(), "now" | "system"))
    };
    if reach.paths.iter().any(reads) {
        found.push(forbidden(place, "the clock of `jiff`", "time is passed in"));
    }
}

fn forbidden(place: &Place, target: &str, reason: &str) -> String {
    let target = if target.contains('`') {
        target.to_owned()
    } else {
        format!("`{target}`")
    };
    format!("`{}` may not import {target}: {reason}", place.file)
}

impl Reach {
    /// The first modules reached below a crate's name.
    fn rooms_of(&self, root: &str) -> Vec<String> {
        let mut rooms: Vec<String> = self
            .paths
            .iter()
            .filter(|path| path[0] == root)
            .filter_map(|path| path.get(1).cloned())
            .collect();
        rooms.dedup();
        rooms
    }

    /// Whether a path at or below `barred`, or a glob that would bring it in, is reached; `excused` ones aside.
    fn touches(&self, barred: &[&str], excused: &[&[&str]]) -> bool {
        let starts = |path: &[String], with: &[&str]| {
            path.len() >= with.len() && path.iter().zip(with).all(|(own, wanted)| own == wanted)
        };
        self.paths.iter().any(|path| {
            let glob = path.last().is_some_and(|last| last == "*");
            let by_glob = glob && path.len() <= barred.len() && {
                let stem = &path[..path.len() - 1];
                !stem.is_empty() && stem.iter().zip(barred).all(|(own, wanted)| own == wanted)
            };
            let within = starts(path, barred) && !excused.iter().any(|excused| starts(path, excused));
            within || by_glob
        })
    }
}
