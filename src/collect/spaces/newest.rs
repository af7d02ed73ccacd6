//! The newest backups below a prefix, with few pages.
//!
//! # What is newest
//!
//! * Keys are **dated** when the first one below the prefix has a date in it (see `dates`), what stands before that date is the
//!   same in all keys, and each of the first page's keys (1,000) has a date there. A date after tomorrow is none.
//! * Of dated keys the newest are those of the latest date *in the key*, among them the one written last. An old backup
//!   that was copied or restored in its place is thus not taken for a new one, whenever it was written.
//! * Let D be the date of the tenth newest. When a key that stands at D or after has no date, the keys are **not dated**.
//! * Of keys that are not dated the newest are those written last (`LastModified`).
//!
//! Equal ones are told apart by key, the last first. Marks of folders, empty objects whose keys end with `/`, do not count.
//! What stands beside an object under its name and a suffix (`dump.rdb.gz.sha256`) is its **companion**: it is told with the
//! object, as far as the list goes, and is none of the ten.
//!
//! # How few pages
//!
//! Dates in keys are in the order of keys, so that all keys from a date on are found with `start-after`. After the first page,
//! which is all there is for up to 1,000 objects, the last 1, 7, 31, 92, 183, 366, 732 … days are listed until they hold ten
//! dated objects: with daily backups four calls in all, with hourly ones two, and one more for each 1,000 objects in that time.
//! Delimiters would not save any: folders named by dates have the same order. Only what is not dated, or is not yet
//! decided when those days reach back to the first page, is listed to its end, if that is within the bound.

use super::dates::{Dated, days_before};
use crate::clients::spaces::{Object, Page};
use jiff::civil::Date;
use std::cmp::Reverse;
use std::collections::HashSet;

/// How many of the newest are told.
pub(super) const NEWEST: usize = 10;
/// How many are told at most, companions among them.
const TOLD: usize = 4 * NEWEST;
/// How far back is looked, in days; after the last it doubles.
const BACK: [u32; 6] = [1, 7, 31, 92, 183, 366];

/// Lists a bucket below a prefix.
pub(super) trait Listing: Sync {
    /// Why there is no page.
    type Error: Send;

    /// The keys after `after`, or those after the page that gave `token`.
    fn page(
        &self,
        after: Option<&str>,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Page, Self::Error>> + Send;
}

/// What was found below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Survey {
    /// At most ten and their companions, the newest first.
    pub newest: Vec<Object>,
    /// The oldest; of dated keys the first of the oldest date.
    pub oldest: Option<Object>,
    /// Objects seen.
    pub listed: usize,
    /// Whether all were seen.
    pub complete: bool,
}

/// Why the newest are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unknown<E> {
    /// A page could not be had.
    Failed(E),
    /// The bound was reached.
    Bound,
}

impl<E> From<E> for Unknown<E> {
    fn from(error: E) -> Self {
        Self::Failed(error)
    }
}

/// Finds the newest with at most `bound` pages.
pub(super) async fn survey<L: Listing>(
    listing: &L,
    prefix: &str,
    today: Date,
    bound: usize,
) -> Result<Survey, Unknown<L::Error>> {
    let mut pages = Pages { listing, left: bound };
    let mut first = pages.page(None, None).await?;
    let token = first.next.take();
    let objects = without_marks(first.objects);
    let dated = objects
        .first()
        .and_then(|object| Dated::like(&object.key, prefix, today))
        .filter(|dated| objects.iter().all(|object| dated.date(&object.key).is_some()));
    let Some(token) = token else {
        return Ok(judged(&objects, dated.as_ref()));
    };
    if let Some(dated) = &dated
        && let Some(survey) = pages.backwards(&objects, dated, today).await?
    {
        return Ok(survey);
    }
    let all = pages.rest(objects, token).await?;
    Ok(judged(&all, dated.as_ref()))
}

/// Pages while the bound allows.
struct Pages<'a, L> {
    listing: &'a L,
    left: usize,
}

impl<L: Listing> Pages<'_, L> {
    async fn page(&mut self, after: Option<&str>, token: Option<&str>) -> Result<Page, Unknown<L::Error>> {
        self.left = self.left.checked_sub(1).ok_or(Unknown::Bound)?;
        Ok(self.listing.page(after, token).await?)
    }

    /// Everything after what is known.
    async fn rest(
        &mut self,
        mut known: Vec<Object>,
        token: String,
    ) -> Result<Vec<Object>, Unknown<L::Error>> {
        let mut next = Some(token);
        while let Some(token) = next {
            let page = self.page(None, Some(&token)).await?;
            known.extend(without_marks(page.objects));
            next = page.next;
        }
        Ok(known)
    }

    /// Lists longer and longer times until today; `None` when only a whole listing can tell.
    async fn backwards(
        &mut self,
        first: &[Object],
        dated: &Dated,
        today: Date,
    ) -> Result<Option<Survey>, Unknown<L::Error>> {
        let (Some(oldest), Some(last)) = (first.first(), first.last()) else {
            return Ok(None);
        };
        let doubled = (1..=6).map(|doublings| BACK[BACK.len() - 1] << doublings);
        for days in BACK.into_iter().chain(doubled) {
            let start = days_before(today, days);
            if dated.beginning(start) <= last.key {
                return Ok(None);
            }
            let Some(since) = self.since(start, dated).await? else {
                return Ok(None);
            };
            let beside = Companions::among(&since);
            let backups = since.iter().filter(|own| beside.base(&own.key).is_none());
            if backups.filter(|own| dated.date(&own.key).is_some()).count() < NEWEST {
                continue;
            }
            return Ok(by_date(&since, dated).map(|newest| Survey {
                newest,
                oldest: Some(oldest.clone()),
                listed: first.len() + since.iter().filter(|own| own.key > last.key).count(),
                complete: false,
            }));
        }
        Ok(None)
    }

    /// All objects from a date on; `None` when there are some that do not begin like the others.
    async fn since(&mut self, start: Date, dated: &Dated) -> Result<Option<Vec<Object>>, Unknown<L::Error>> {
        let (after, beginning) = (dated.before(start), dated.beginning(start));
        let mut found = Vec::new();
        let mut page = self.page(Some(&after), None).await?;
        loop {
            let objects = without_marks(page.objects);
            if !objects.iter().all(|object| dated.holds(&object.key)) {
                return Ok(None);
            }
            found.extend(objects.into_iter().filter(|object| object.key >= beginning));
            let Some(token) = page.next else {
                return Ok(Some(found));
            };
            page = self.page(None, Some(&token)).await?;
        }
    }
}

/// The survey of all that there is.
fn judged(objects: &[Object], dated: Option<&Dated>) -> Survey {
    let alike = dated.filter(|dated| objects.iter().all(|object| dated.holds(&object.key)));
    let by_key = alike.and_then(|dated| by_date(objects, dated));
    let (newest, oldest) = match by_key {
        Some(newest) => (newest, objects.first().cloned()),
        None => (
            first_by(objects.iter(), &Companions::among(objects), |own| {
                (Reverse(own.modified), Reverse(own.key.clone()))
            }),
            objects.iter().min_by_key(|own| (own.modified, &own.key)).cloned(),
        ),
    };
    Survey {
        newest,
        oldest,
        listed: objects.len(),
        complete: true,
    }
}

/// The newest by the dates in their keys; `None` when one among them has none.
fn by_date(objects: &[Object], dated: &Dated) -> Option<Vec<Object>> {
    let beside = Companions::among(objects);
    let backups = objects.iter().filter(|own| beside.base(&own.key).is_none());
    let mut dates: Vec<Date> = backups.filter_map(|own| dated.date(&own.key)).collect();
    dates.sort_unstable_by_key(|date| Reverse(*date));
    let least = *dates.get(NEWEST - 1).or(dates.last())?;
    let beginning = dated.beginning(least);
    let at_least = objects.iter().filter(|own| own.key >= beginning);
    if at_least.clone().any(|own| dated.date(&own.key).is_none()) {
        return None;
    }
    Some(first_by(at_least, &beside, |own| {
        (
            Reverse(dated.date(&own.key)),
            Reverse(own.modified),
            Reverse(own.key.clone()),
        )
    }))
}

/// The first ten in an order, and their companions.
fn first_by<'o, K: Ord>(
    objects: impl Iterator<Item = &'o Object>,
    beside: &Companions<'_>,
    order: impl FnMut(&&Object) -> K,
) -> Vec<Object> {
    let mut sorted: Vec<&Object> = objects.collect();
    sorted.sort_by_cached_key(order);
    let backups = sorted.iter().filter(|own| beside.base(&own.key).is_none());
    let first: HashSet<&str> = backups.take(NEWEST).map(|own| own.key.as_str()).collect();
    let told = sorted.iter().filter(|own| {
        let base = beside.base(&own.key).unwrap_or(&own.key);
        first.contains(base)
    });
    told.take(TOLD).copied().cloned().collect()
}

/// What stands beside what, by keys.
struct Companions<'o>(HashSet<&'o str>);

impl<'o> Companions<'o> {
    fn among(objects: &'o [Object]) -> Self {
        Self(objects.iter().map(|own| own.key.as_str()).collect())
    }

    /// The key of the object that this one stands beside.
    fn base<'k>(&self, key: &'k str) -> Option<&'k str> {
        let ends = key.match_indices('.').map(|(end, _)| key.split_at(end).0);
        ends.filter(|base| !base.is_empty() && !base.ends_with('/'))
            .find(|base| self.0.contains(base))
    }
}

fn without_marks(mut objects: Vec<Object>) -> Vec<Object> {
    objects.retain(|object| object.size > 0 || !object.key.ends_with('/'));
    objects
}
