//! Whatever is done to a spec, loading it answers.

use super::*;
use crate::spec::schema::WHOLE;
use proptest::prelude::*;

/// What to do with one line.
#[derive(Debug, Clone)]
enum Change {
    Delete,
    Repeat,
    Indent,
    Outdent,
    Cut(usize),
    Put(usize, &'static str),
}

fn changes() -> impl Strategy<Value = Vec<(usize, Change)>> {
    let change = prop_oneof![
        Just(Change::Delete),
        Just(Change::Repeat),
        Just(Change::Indent),
        Just(Change::Outdent),
        any::<usize>().prop_map(Change::Cut),
        (
            any::<usize>(),
            prop::sample::select(vec![
                "{", "]", ": ", "null", "yes", "1e9", "&a ", "*a", "- ", "ä", "\"", "#", "\t", "<<: "
            ])
        )
            .prop_map(|(at, text)| Change::Put(at, text)),
    ];
    prop::collection::vec((any::<usize>(), change), 1..6)
}

fn changed(text: &str, changes: &[(usize, Change)]) -> String {
    let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    for (at, change) in changes {
        if lines.is_empty() {
            break;
        }
        let at = at % lines.len();
        let line = lines[at].clone();
        let split = |at: usize| {
            let at = line
                .char_indices()
                .map(|(offset, _)| offset)
                .nth(at % (line.chars().count() + 1))
                .unwrap_or(line.len());
            line.split_at(at)
        };
        match change {
            Change::Delete => drop(lines.remove(at)),
            Change::Repeat => lines.insert(at, line),
            Change::Indent => lines[at] = format!("  {line}"),
            Change::Outdent => lines[at] = line.strip_prefix("  ").unwrap_or(&line).to_owned(),
            Change::Cut(to) => lines[at] = split(*to).0.to_owned(),
            Change::Put(to, text) => {
                let (left, right) = split(*to);
                lines[at] = format!("{left}{text}{right}");
            }
        }
    }
    lines.join("\n")
}

/// The spec as plain data without null members, which is what the schema of a whole spec speaks about.
fn without_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn loading_always_answers(main in changes(), base in changes(), both in any::<bool>()) {
        let read = |path: &str| std::fs::read_to_string(repository(path)).unwrap();
        let main = changed(&read("environments/stage.yaml"), &main);
        let below = read("environments/base.yaml");
        let below = if both { changed(&below, &base) } else { below };
        let answer = load_files(&[("environments/main.yaml", &main), ("environments/base.yaml", &below)]);
        if let Err(problems) = answer {
            prop_assert!(!problems.is_empty());
            for problem in &problems {
                prop_assert!(!problem.message.contains("passed all checks"), "{problem:?}");
                // Every place can be rendered.
                if let Some(place) = &problem.place {
                    prop_assert!(place.source.text.get(place.span.clone()).is_some(), "{problem:?}");
                    prop_assert!(!problem.one_line().is_empty());
                }
            }
        }
    }

    #[test]
    fn what_loads_follows_the_schema(main in changes()) {
        let main = changed(GOOD, &main);
        if load_files(&[("main.yaml", &main)]).is_ok() {
            let source = crate::source::SourceText::new("main.yaml", main.clone());
            let document = crate::yaml::documents(&source, &crate::yaml::Limits::default()).next().unwrap().unwrap();
            let mut plain = serde_json::to_value(document.value).unwrap();
            without_nulls(&mut plain);
            let errors: Vec<String> = jsonschema::validator_for(&WHOLE).unwrap().iter_errors(&plain).map(|error| error.to_string()).collect();
            prop_assert_eq!(errors, Vec::<String>::new(), "{}", main);
        }
    }
}
