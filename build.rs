//! Embeds the built-in policies: every `.rego` below `policies/`, tests left out, and of each policy the fixtures that
//! show it at work.

#[path = "src/builtin/examples.rs"]
mod examples;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=policies");
    let mut files = Vec::new();
    find(&root.join("policies"), &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    let mut shown = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        writeln!(
            table,
            "    ({name:?}, include_str!({:?})),",
            file.display().to_string()
        )?;
        let fixtures = file.with_file_name("fixtures");
        if fixtures.is_dir() && file.file_stem() == file.parent().and_then(Path::file_name) {
            writeln!(shown, "    ({name:?}, {}),", example(&root, file, &fixtures)?)?;
        }
    }
    table.push_str("]\n");
    shown.push_str("]\n");
    fs::write(out.join("policies.rs"), table)?;
    fs::write(out.join("examples.rs"), shown)?;
    Ok(())
}

/// What there is to show of the policy in `file`, as an expression.
fn example(root: &Path, file: &Path, fixtures: &Path) -> io::Result<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(fixtures)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        texts.push((name.into_owned(), fs::read_to_string(&path)?));
    }
    let rego = fs::read_to_string(file)?;
    let mut helpers = Vec::new();
    for import in rego
        .lines()
        .filter_map(|line| line.strip_prefix("import data.envcheck."))
    {
        let module = import.trim().replace('.', "/");
        let file = root.join("policies").join(format!("{module}.rego"));
        let name = module.rsplit('/').next().unwrap_or_default().to_owned();
        helpers.push((name, fs::read_to_string(file)?));
    }
    let found = examples::of(&texts, &rego, &helpers);
    let written = |example: Option<examples::Example>| {
        example.map_or_else(
            || "None".to_owned(),
            |example| format!("Some(({:?}, {:?}))", example.name, example.text),
        )
    };
    Ok(format!(
        "({}, {}, {}, &{:?})",
        written(found.fail),
        written(found.pass),
        found.proposes,
        found
            .fixes
            .iter()
            .map(|(action, risk)| (action.as_str(), risk.as_str()))
            .collect::<Vec<_>>(),
    ))
}

fn find(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !directory.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|kind| kind == "rego") && !name.ends_with("_test.rego") {
            files.push(path);
        }
    }
    Ok(())
}
