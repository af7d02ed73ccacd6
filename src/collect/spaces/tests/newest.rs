//! The few pages give what the whole listing gives, whatever the keys.

use crate::clients::spaces::{Object, Page};
use crate::collect::spaces::dates::Dated;
use crate::collect::spaces::newest::{Listing, NEWEST, Survey, Unknown, survey};
use jiff::civil::{Date, date};
use jiff::{Span, Timestamp, ToSpan};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

const TODAY: Date = date(2026, 11, 26);
const PREFIX: &str = "keydb/";

/// A bucket as ListObjectsV2 shows it, with small pages.
#[derive(Debug)]
struct Model {
    objects: BTreeMap<String, Object>,
    page: usize,
    calls: AtomicUsize,
}

impl Model {
    fn new(page: usize, objects: impl IntoIterator<Item = Object>) -> Self {
        Self {
            objects: objects.into_iter().map(|own| (own.key.clone(), own)).collect(),
            page,
            calls: AtomicUsize::new(0),
        }
    }

    fn below(&self) -> Vec<&Object> {
        let keyed = self.objects.iter().filter(|(key, _)| key.starts_with(PREFIX));
        keyed.map(|(_, object)| object).collect()
    }

    /// What a walk finds, and with how many calls.
    fn surveyed(&self, bound: usize) -> (Result<Survey, Unknown<()>>, usize) {
        self.calls.store(0, Ordering::Relaxed);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(survey(self, PREFIX, TODAY, bound));
        (found, self.calls.load(Ordering::Relaxed))
    }
}

impl Listing for Model {
    type Error = ();

    async fn page(&self, after: Option<&str>, token: Option<&str>) -> Result<Page, ()> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        // A token is the last key of the page before.
        let from = token.or(after).unwrap_or_default();
        let rest: Vec<&Object> = self
            .below()
            .into_iter()
            .filter(|own| own.key.as_str() > from)
            .collect();
        let page: Vec<Object> = rest.iter().take(self.page).copied().cloned().collect();
        let next = (rest.len() > page.len()).then(|| page.last().unwrap().key.clone());
        Ok(Page { objects: page, next })
    }
}

/// What the module says is newest, told from the whole listing.
fn by_definition(model: &Model) -> (Vec<Object>, Option<Object>) {
    let raw = model.below();
    let mark = |own: &Object| own.size == 0 && own.key.ends_with('/');
    let all: Vec<&Object> = raw.iter().copied().filter(|own| !mark(own)).collect();
    let first_page: Vec<&Object> = raw
        .iter()
        .take(model.page)
        .copied()
        .filter(|own| !mark(own))
        .collect();
    let by_written = || {
        let mut newest = all.clone();
        newest.sort_by(|a, b| (b.modified, &b.key).cmp(&(a.modified, &a.key)));
        let mut oldest = all.clone();
        oldest.sort_by(|a, b| (a.modified, &a.key).cmp(&(b.modified, &b.key)));
        (
            newest.into_iter().take(NEWEST).cloned().collect(),
            oldest.first().copied().cloned(),
        )
    };
    // The first key of the first page, which may hold nothing but marks.
    let Some(dated) = first_page
        .first()
        .and_then(|own| Dated::like(&own.key, PREFIX, TODAY))
    else {
        return by_written();
    };
    if !first_page.iter().all(|own| dated.date(&own.key).is_some())
        || !all.iter().all(|own| dated.holds(&own.key))
    {
        return by_written();
    }
    let mut with_dates: Vec<(Date, &Object)> = all
        .iter()
        .filter_map(|own| Some((dated.date(&own.key)?, *own)))
        .collect();
    with_dates.sort_by(|(a, x), (b, y)| (b, y.modified, &y.key).cmp(&(a, x.modified, &x.key)));
    with_dates.truncate(NEWEST);
    let tenth = with_dates.last().unwrap().0;
    let beginning = dated.beginning(tenth);
    if all
        .iter()
        .any(|own| own.key >= beginning && dated.date(&own.key).is_none())
    {
        return by_written();
    }
    (
        with_dates.into_iter().map(|(_, own)| own.clone()).collect(),
        all.first().copied().cloned(),
    )
}

fn object(key: String, size: u64, minute: i64) -> Object {
    let modified = Timestamp::from_second(1_764_000_000 + minute * 60).unwrap();
    Object { key, size, modified }
}

fn day(ago: i64) -> Date {
    TODAY.saturating_sub(Span::new().days(ago))
}

/// A key of the given way of writing, some days ago.
fn key(writing: usize, stem: &str, ago: i64, hour: u32) -> String {
    let day = day(ago);
    let (dashes, folders) = (day.strftime("%Y-%m-%d"), day.strftime("%Y/%m/%d"));
    let together = day.strftime("%Y%m%d");
    match writing {
        0 => format!("{PREFIX}{stem}{dashes}T{hour:02}.rdb"),
        1 => format!("{PREFIX}{stem}{folders}/{hour:02}.rdb"),
        2 => format!("{PREFIX}{stem}{together}{hour:02}0000"),
        3 => format!("{PREFIX}{stem}{together}"),
        _ => {
            let midnight = jiff::tz::Offset::UTC
                .to_timestamp(day.at(0, 0, 0, 0))
                .unwrap()
                .as_second();
            format!("{PREFIX}{stem}{}.gz", midnight + i64::from(hour) * 3600)
        }
    }
}

/// Keys that get in the way: others without a date, with another one, before and behind and among the dated.
fn stray() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("keydb/".to_owned()),
        Just("keydb/latest.rdb".to_owned()),
        Just("keydb/.keep".to_owned()),
        Just("keydb/dump-".to_owned()),
        Just("keydb/dump-2026-latest".to_owned()),
        Just("keydb/dump-2025-11-latest".to_owned()),
        Just("keydb/2024/notes.txt".to_owned()),
        Just("keydb/2026/11/notes.txt".to_owned()),
        Just("keydb/2026/11/20/".to_owned()),
        Just("keydb/dump-2026-12-24T00.rdb".to_owned()),
        Just("keydb/dump-9999999999.gz".to_owned()),
        Just("keydb/2026-11-2".to_owned()),
        (0..5_usize, 0..2_i64, 0..24_u32).prop_map(|(writing, ago, hour)| key(writing, "", ago, hour)),
        "keydb/[a-z0-9/-]{0,6}",
        "other/[a-z0-9]{1,3}",
    ]
}

fn ages() -> impl Strategy<Value = i64> {
    prop_oneof![-2..3_i64, 0..40_i64, 0..400_i64, 300..3000_i64]
}

fn models() -> impl Strategy<Value = Model> {
    let stems = prop_oneof![Just(""), Just("dump-"), Just("full_")];
    let backups = (
        0..5_usize,
        stems,
        prop::collection::vec((ages(), 0..24_u32, 0..3_u64, 0..5000_i64), 0..120),
    );
    let dated = backups.prop_map(|(writing, stem, all)| {
        all.into_iter()
            .map(|(ago, hour, size, minute)| object(key(writing, stem, ago, hour), size, minute))
            .collect::<Vec<_>>()
    });
    let strays = prop_oneof![
        3 => Just(Vec::new()),
        2 => prop::collection::vec((stray(), 0..2_u64, 0..6000_i64), 1..4),
    ];
    let strays = strays.prop_map(|all| {
        all.into_iter()
            .map(|(key, size, minute)| object(key, size, minute))
            .collect::<Vec<_>>()
    });
    (1..30_usize, dated, strays)
        .prop_map(|(page, dated, strays)| Model::new(page, dated.into_iter().chain(strays)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn few_pages_give_what_the_whole_listing_gives(model in models()) {
        let (found, _) = model.surveyed(usize::MAX);
        let found = found.unwrap();
        let (newest, oldest) = by_definition(&model);
        prop_assert_eq!(&found.newest, &newest);
        prop_assert_eq!(&found.oldest, &oldest);
        let real = |own: &&&Object| own.size > 0 || !own.key.ends_with('/');
        let all = model.below().iter().filter(real).count();
        prop_assert!(found.listed <= all);
        prop_assert_eq!(found.complete && found.listed != all, false, "a complete listing saw all");
    }

    #[test]
    fn a_bound_gives_the_same_or_nothing(model in models(), bound in 0..12_usize) {
        let (found, calls) = model.surveyed(bound);
        prop_assert!(calls <= bound);
        match found {
            Ok(found) => prop_assert_eq!(found.newest, by_definition(&model).0),
            Err(unknown) => prop_assert_eq!(unknown, Unknown::Bound),
        }
    }
}

/// Backups at these hours of each of so many days.
fn daily(writing: usize, days: i64, hours: &[u32]) -> Vec<Object> {
    (0..days)
        .flat_map(|ago| {
            let at = |hour: &u32| {
                object(
                    key(writing, "", ago, *hour),
                    1000,
                    3_000_000 - ago * 1440 + i64::from(*hour) * 60,
                )
            };
            hours.iter().map(at).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn calls_are_few() {
    let hourly: Vec<u32> = (0..24).collect();
    for writing in [0, 1, 2, 4] {
        let small = Model::new(1000, daily(writing, 900, &[3]));
        assert_eq!(small.surveyed(100).1, 1, "all on one page");
        let (found, calls) = Model::new(1000, daily(writing, 5000, &[3])).surveyed(100);
        assert_eq!(
            (calls, found.unwrap().newest.len()),
            (4, 10),
            "once a day for 13 years"
        );
        let (_, calls) = Model::new(1000, daily(writing, 2000, &[0, 6, 12, 18])).surveyed(100);
        assert_eq!(calls, 3, "four times a day");
        let (found, calls) = Model::new(1000, daily(writing, 5000, &hourly)).surveyed(100);
        assert_eq!(
            (calls, found.unwrap().complete),
            (2, false),
            "120,000 hourly ones"
        );
        let stopped: Vec<Object> = daily(writing, 5000, &hourly)
            .into_iter()
            .filter(|own| own.key < key(writing, "", 500, 0))
            .collect();
        let (found, calls) = Model::new(1000, stopped).surveyed(100);
        assert_eq!(found.unwrap().newest[0].key, key(writing, "", 501, 23));
        assert_eq!(
            calls, 13,
            "the last one 500 days ago: 1 + 6 without any + 6 pages of two years"
        );
    }
}

#[test]
fn keys_without_dates_are_listed_to_the_bound() {
    let numbered = |count: u32| {
        (0..count).map(|number| object(format!("keydb/{number:09}.rdb"), 9, i64::from(number % 777)))
    };
    let (found, calls) = Model::new(1000, numbered(12_345)).surveyed(100);
    assert_eq!((found.unwrap().listed, calls), (12_345, 13));
    let (found, calls) = Model::new(1000, numbered(100_001)).surveyed(100);
    assert_eq!((found, calls), (Err(Unknown::Bound), 100));
}

#[test]
fn an_old_backup_that_was_restored_is_not_the_newest() {
    let mut objects = daily(0, 20, &[3]);
    objects[15].modified = Timestamp::from_second(2_000_000_000).unwrap();
    let newest = Model::new(1000, objects.clone()).surveyed(9).0.unwrap().newest;
    assert_eq!(newest[0].key, key(0, "", 0, 3));
    // Beside a key that has no date, nothing but the time of writing tells.
    objects.push(object("keydb/latest.rdb".to_owned(), 1, 0));
    let newest = Model::new(1000, objects).surveyed(9).0.unwrap().newest;
    assert_eq!(newest[0].key, key(0, "", 15, 3));
}

#[test]
fn checksums_written_after_all_backups_take_no_backups_place() {
    let newest = |objects: Vec<Object>| Model::new(1000, objects).surveyed(9).0.unwrap().newest;
    let checksum = |own: &Object| object(format!("{}.sha256", own.key), 64, 9_000_000);
    let numbered: Vec<Object> = (0..12)
        .map(|number| object(format!("keydb/dump{number:02}.rdb.gz"), 1000, number))
        .collect();
    let of_one_day: Vec<Object> = (0..12)
        .map(|hour| object(key(0, "dump-", 0, hour), 1000, i64::from(hour)))
        .collect();
    for backups in [numbered, of_one_day] {
        let sums: Vec<Object> = backups.iter().map(checksum).collect();
        let found = newest([backups.clone(), sums.clone()].concat());
        let mut wanted: Vec<Object> = sums.into_iter().rev().take(NEWEST).collect();
        wanted.extend(backups.into_iter().rev().take(NEWEST));
        assert_eq!(found, wanted);
    }
    // Whatever is called like another and more, it is told when it is new.
    let mut turned: Vec<Object> = (1..90)
        .map(|ago| object(format!("keydb/dump.{}", day(ago)), 1000, 3_000_000 - ago * 1440))
        .collect();
    let latest = turned[0].clone();
    turned.push(object("keydb/dump".to_owned(), 1000, 0));
    let found = newest(turned);
    assert_eq!((found.len(), &found[0]), (40, &latest));
}

#[test]
fn nothing_below_a_prefix_is_complete_knowledge() {
    let marks = [
        object("keydb/".to_owned(), 0, 0),
        object("keydb/2026/".to_owned(), 0, 0),
    ];
    for model in [Model::new(10, []), Model::new(10, marks)] {
        let found = model.surveyed(1).0.unwrap();
        assert_eq!(
            (found.newest.len(), found.oldest, found.listed, found.complete),
            (0, None, 0, true)
        );
    }
    let tomorrow = TODAY.saturating_add(1.day());
    let ahead = object(format!("keydb/{tomorrow}"), 1, 0);
    let model = Model::new(10, [ahead.clone()]);
    assert_eq!(
        model.surveyed(1).0.unwrap().newest,
        [ahead],
        "other time zones are ahead"
    );
}
