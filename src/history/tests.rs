//! On real files: what is kept, by whom it can be used at once, and what becomes of damaged ones.

use super::database::{Database, VERSION};
use super::memory::{Limits, prune, read};
use super::{Recorded, StatePlace, Store, StoreError};
use envcheck_core::inventory::Memory;
use envcheck_core::inventory::memory::Changes;
use envcheck_core::inventory::observation::{Answers, Question, Scope};
use envcheck_core::source::Diagnostic;
use envcheck_core::value::{Value, array};
use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, query, query_scalar};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use tempfile::TempDir;

const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn store(file: &Path) -> Store {
    Store::at(StatePlace::File(file.to_owned())).unwrap()
}

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("state.sqlite");
    (folder, file)
}

fn scope(account: &str, environment: &str) -> Scope {
    Scope {
        account: account.to_owned(),
        environment: environment.to_owned(),
    }
}

fn unattached(ids: &[&str]) -> Answers {
    let question = Question {
        kind: "LoadBalancer".to_owned(),
        fact: "unattached".to_owned(),
    };
    let seen = ids.iter().map(|id| (*id).to_owned()).collect();
    [(question, seen)].into_iter().collect()
}

/// Records a run of stage.
fn record(store: &Store, seconds: i64, ids: &[&str]) -> Result<Recorded, StoreError> {
    let (scope, answers) = (scope("team", "stage"), unattached(ids));
    block_on(store.record(&scope, at(seconds), &answers, &Changes::default()))
}

/// Id, seconds since, runs.
fn told(recorded: &Recorded) -> Vec<(&str, i64, u32)> {
    let told = recorded.observations.iter().map(|observation| {
        let since = observation.standing.since.duration_since(at(0)).as_secs();
        (observation.id.as_str(), since, observation.standing.runs)
    });
    told.collect()
}

/// Runs SQL on a file.
fn run(file: &Path, sql: &str) {
    block_on(async {
        let mut database = Database::open(file).await.unwrap();
        query(AssertSqlSafe(sql.to_owned()))
            .execute(database.connection())
            .await
            .unwrap();
        database.close().await.unwrap();
    });
}

fn count(file: &Path, table: &str) -> i64 {
    block_on(async {
        let mut database = Database::open(file).await.unwrap();
        query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(database.connection())
            .await
            .unwrap()
    })
}

#[test]
fn what_one_run_saw_the_next_one_knows() {
    let (_folder, file) = folder();
    let store = store(&file);
    assert_eq!(
        told(&record(&store, 0, &["a", "b"]).unwrap()),
        [("a", 0, 1), ("b", 0, 1)]
    );
    assert_eq!(told(&record(&store, DAY, &["a"]).unwrap()), [("a", 0, 2)]);
    // The same run again, then one that finds b once more.
    assert_eq!(told(&record(&store, DAY, &["a"]).unwrap()), [("a", 0, 2)]);
    let third = record(&store, 2 * DAY, &["a", "b"]).unwrap();
    assert_eq!(told(&third), [("a", 0, 3), ("b", 2 * DAY, 1)]);
    assert_eq!(third.observations[0].last, at(2 * DAY));
    assert_eq!(third.later_run, None);
}

#[test]
fn a_run_that_could_not_look_neither_ends_nor_extends() {
    let (_folder, file) = folder();
    let store = store(&file);
    record(&store, 0, &["a"]).unwrap();
    let nothing = block_on(store.record(
        &scope("team", "stage"),
        at(DAY),
        &Answers::new(),
        &Changes::default(),
    ));
    assert_eq!(nothing.unwrap(), Recorded::default());
    assert_eq!(told(&record(&store, 2 * DAY, &["a"]).unwrap()), [("a", 0, 2)]);
}

#[test]
fn accounts_and_environments_are_kept_apart() {
    let (_folder, file) = folder();
    let store = store(&file);
    record(&store, 0, &["a"]).unwrap();
    for other in [
        scope("team", "dev"),
        scope("other-team", "stage"),
        scope("", "stage"),
    ] {
        let run = |seconds, ids: &[&str]| {
            block_on(store.record(&other, at(seconds), &unattached(ids), &Changes::default())).unwrap()
        };
        assert_eq!(told(&run(60, &["a"])), [("a", 60, 1)]);
        assert_eq!(run(120, &[]), Recorded::default());
    }
    assert_eq!(told(&record(&store, DAY, &["a"]).unwrap()), [("a", 0, 2)]);
}

#[test]
fn a_clock_that_went_back_is_told_and_keeps_what_there_is() {
    let (_folder, file) = folder();
    let store = store(&file);
    record(&store, DAY, &["a"]).unwrap();
    let back = record(&store, 0, &["a"]).unwrap();
    assert_eq!(back.later_run, Some(at(DAY)));
    assert_eq!(told(&back), [("a", 0, 1)]);
    assert_eq!(told(&record(&store, 2 * DAY, &["a"]).unwrap()), [("a", DAY, 2)]);
}

#[test]
fn nothing_is_made_where_nothing_is_kept() {
    let (_folder, file) = folder();
    let store = store(&file);
    let nothing = block_on(store.record(&scope("", "stage"), at(0), &Answers::new(), &Changes::default()));
    assert_eq!(nothing.unwrap(), Recorded::default());
    assert!(block_on(store.memory()).is_ok());
    assert!(!file.exists());
    assert!(Store::at(StatePlace::named("none".into())).is_none());
    assert_eq!(
        Store::at(StatePlace::default()).unwrap().file(),
        Path::new("reports/out/envcheck.sqlite")
    );
}

#[test]
fn what_is_learnt_is_known_to_the_next_run() {
    let (_folder, file) = folder();
    let store = store(&file);
    let children = array([Value::from("sha256:1"), Value::from("sha256:2")]);
    let first = block_on(store.memory()).unwrap();
    first.remember("index-children", "sha256:0", &children);
    let learn = |memory: &Memory, seconds| {
        let changes = memory.changes(at(seconds));
        block_on(store.record(&scope("", "stage"), at(seconds), &Answers::new(), &changes)).unwrap();
    };
    learn(&first, 0);
    let second = block_on(store.memory()).unwrap();
    assert!(second.changes(at(DAY)).is_empty());
    assert_eq!(
        second.recall("index-children", "sha256:0"),
        Some(children.clone())
    );
    learn(&second, 80 * DAY);
    // Used on the 80th day, it is still known on the 160th, and forgotten on the 171st.
    for (day, known) in [(160, Some(children)), (171, None)] {
        record(&store, day * DAY, &[]).unwrap();
        let memory = block_on(store.memory()).unwrap();
        assert_eq!(memory.recall("index-children", "sha256:0"), known, "day {day}");
    }
}

#[test]
fn what_was_used_least_recently_is_forgotten_first() {
    let (_folder, file) = folder();
    record(&store(&file), 0, &[]).unwrap();
    // 103 bytes each.
    for (key, used) in [("a", 3), ("b", 1), ("c", 2)] {
        let value = format!("\"{}\"", "x".repeat(99));
        run(
            &file,
            &format!(
                "INSERT INTO memory VALUES ('n', '{key}', '{value}', {})",
                at(used).as_second()
            ),
        );
    }
    let keys = |bytes: i64| {
        block_on(async {
            let limits = Limits {
                unused: SignedDuration::from_hours(1),
                bytes,
            };
            let mut database = Database::open(&file).await.unwrap();
            let mut transaction = database.begin().await.unwrap();
            prune(&mut transaction, at(4), limits).await.unwrap();
            let kept = read(&mut transaction).await.unwrap();
            let mut keys: Vec<String> = kept.into_iter().map(|fact| fact.key).collect();
            keys.sort();
            transaction.rollback().await.unwrap();
            keys.join("")
        })
    };
    assert_eq!(
        [309, 308, 206, 205, 0].map(keys),
        ["abc", "ac", "ac", "a", ""].map(str::to_owned)
    );
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_it_and_nothing_lies_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, file) = folder();
    record(&store(&file), 0, &["a"]).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["state.sqlite"]);
}

/// Two audits that begin at once, on a file that is not there yet; eight of them, for good measure.
#[test]
fn runs_at_once_all_succeed_and_none_is_lost() {
    let (_folder, file) = folder();
    let together = Barrier::new(8);
    std::thread::scope(|scope| {
        for worker in 0..8_u32 {
            let (file, together) = (&file, &together);
            scope.spawn(move || {
                together.wait();
                for round in 0..5_u32 {
                    let memory = Memory::default();
                    memory.remember("n", &format!("{worker}-{round}"), &Value::from(u64::from(round)));
                    let seconds = i64::from(round) * 8 + i64::from(worker);
                    let changes = memory.changes(at(seconds));
                    let (answers, of) = (unattached(&["a"]), super::tests::scope("team", "stage"));
                    block_on(store(file).record(&of, at(seconds), &answers, &changes)).unwrap();
                }
            });
        }
    });
    assert_eq!(count(&file, "memory"), 40);
    let recorded = record(&store(&file), DAY, &["a"]).unwrap();
    let [(id, since, runs)] = told(&recorded)[..] else {
        panic!("{recorded:?}");
    };
    // Whichever came first: a run that was overtaken is not counted twice, and makes nothing older.
    assert!(
        id == "a" && (0..40).contains(&since) && (2..=41).contains(&runs),
        "{since} {runs}"
    );
}

#[test]
fn a_run_that_dies_while_writing_leaves_what_was_there() {
    let (_folder, file) = folder();
    record(&store(&file), 0, &["a"]).unwrap();
    let whole = fs::read(&file).unwrap();
    block_on(async {
        let mut database = Database::open(&file).await.unwrap();
        let mut transaction = database.begin().await.unwrap();
        query("DELETE FROM question")
            .execute(&mut *transaction)
            .await
            .unwrap();
        drop(transaction);
    });
    assert_eq!(fs::read(&file).unwrap(), whole);
    assert_eq!(told(&record(&store(&file), DAY, &["a"]).unwrap()), [("a", 0, 2)]);
}

fn refused(file: &Path) -> StoreError {
    let store = store(file);
    let error = block_on(store.memory()).unwrap_err();
    let again = record(&store, DAY, &["a"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        again.to_string(),
        "reading and writing refuse alike"
    );
    error
}

#[test]
fn a_damaged_file_is_named_and_left_as_it_is() {
    let (_folder, file) = folder();
    let store = store(&file);
    let memory = Memory::default();
    for number in 0..200 {
        memory.remember("n", &format!("key {number}"), &Value::from("x".repeat(500)));
    }
    block_on(store.record(
        &scope("", "stage"),
        at(0),
        &unattached(&["a"]),
        &memory.changes(at(0)),
    ))
    .unwrap();
    let whole = fs::read(&file).unwrap();

    let mut cut = whole.clone();
    cut.truncate(whole.len() / 2 / 4096 * 4096);
    let mut odd = whole.clone();
    odd.truncate(whole.len() - 1000);
    let mut overwritten = whole.clone();
    let middle = whole.len() / 2 / 4096 * 4096;
    overwritten[middle..middle + 4096].fill(0xa5);
    for (what, bytes) in [("cut", cut), ("odd", odd), ("overwritten", overwritten)] {
        fs::write(&file, &bytes).unwrap();
        let error = refused(&file);
        assert!(matches!(error, StoreError::Damaged { .. }), "{what}: {error:?}");
        assert_eq!(
            fs::read(&file).unwrap(),
            bytes,
            "{what}: it must be left as it is"
        );
        let diagnostic = Diagnostic::from(error);
        assert!(
            diagnostic.message.contains("state.sqlite is damaged: "),
            "{diagnostic}"
        );
        assert!(diagnostic.hint.unwrap().contains("move it away"));
    }
}

#[test]
fn what_is_not_ours_is_not_touched() {
    let (folder, file) = folder();
    fs::write(&file, "since: yesterday\n".repeat(300)).unwrap();
    let before = fs::read(&file).unwrap();
    assert!(matches!(refused(&file), StoreError::Foreign(_)));
    assert_eq!(fs::read(&file).unwrap(), before);

    // Another program's database.
    let other = folder.path().join("other.sqlite");
    record(&store(&other), 0, &[]).unwrap();
    run(&other, "PRAGMA application_id = 7");
    let before = fs::read(&other).unwrap();
    assert!(matches!(refused(&other), StoreError::Foreign(_)));
    assert_eq!(fs::read(&other).unwrap(), before);

    let error = refused(folder.path());
    assert!(matches!(error, StoreError::NotAFile(_)), "{error}");
}

#[test]
fn a_newer_file_is_refused_with_both_versions() {
    let (_folder, file) = folder();
    record(&store(&file), 0, &["a"]).unwrap();
    run(
        &file,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9, 'runs', true, x'00', 1)",
    );
    let before = fs::read(&file).unwrap();
    let diagnostic = Diagnostic::from(refused(&file));
    assert_eq!(
        diagnostic.message,
        format!(
            "{} is of version 9, and this envcheck knows versions up to {VERSION}",
            file.display()
        )
    );
    assert!(diagnostic.hint.unwrap().contains("--state FILE"));
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn an_empty_file_is_a_new_one() {
    let (_folder, file) = folder();
    fs::write(&file, "").unwrap();
    assert_eq!(told(&record(&store(&file), 0, &["a"]).unwrap()), [("a", 0, 1)]);
    assert_eq!(told(&record(&store(&file), 60, &["a"]).unwrap()), [("a", 0, 2)]);
}

#[test]
fn a_place_that_cannot_be_written_is_named_with_a_hint() {
    let (folder, _) = folder();
    let missing = folder.path().join("no/such/state.sqlite");
    let error = record(&store(&missing), 0, &["a"]).unwrap_err();
    assert_eq!(
        error.hint(),
        "create the directory first, or check the path",
        "{error}"
    );
    assert!(
        !folder.path().join("no").exists(),
        "a directory that a user wrote is not made"
    );

    // The superuser may write into any directory of a disk, and nobody into one that the kernel makes up.
    let error = record(&store(Path::new("/sys/envcheck.sqlite")), 0, &["a"]).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
    assert!(error.hint().contains("--state"), "{error}");
}

#[test]
fn a_file_that_another_run_holds_is_waited_for_and_then_given_up() {
    let (_folder, file) = folder();
    record(&store(&file), 0, &["a"]).unwrap();
    block_on(async {
        let mut database = Database::open(&file).await.unwrap();
        let transaction = database.begin().await.unwrap();
        let waiting = {
            let file = file.clone();
            std::thread::spawn(move || record(&store(&file), DAY, &["a"]))
        };
        let error = waiting.join().unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Busy(_)), "{error}");
        assert!(error.to_string().ends_with("was in use for 5 seconds"), "{error}");
        drop(transaction);
    });
    assert_eq!(told(&record(&store(&file), DAY, &["a"]).unwrap()), [("a", 0, 2)]);
}

#[test]
fn what_sqlite_says_becomes_what_a_user_can_mend() {
    let (_folder, file) = folder();
    record(&store(&file), 0, &["a"]).unwrap();
    let told = |pragma: &'static str| {
        block_on(async {
            let mut database = Database::open(&file).await.unwrap();
            query(pragma).execute(database.connection()).await.unwrap();
            let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9999) \
                        INSERT INTO memory SELECT 'n', i, '[]', 0 FROM n";
            let error = query(many).execute(database.connection()).await.unwrap_err();
            StoreError::sqlite(&file, &error)
        })
    };
    let read_only = told("PRAGMA query_only = on");
    assert!(matches!(read_only, StoreError::ReadOnly(_)), "{read_only}");
    let full = told("PRAGMA max_page_count = 20");
    assert!(matches!(full, StoreError::Full(_)), "{full}");
    assert!(full.hint().starts_with("free some space"));
    assert_eq!(count(&file, "memory"), 0, "nothing of it is there");
}
