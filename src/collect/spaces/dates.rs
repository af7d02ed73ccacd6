//! Dates in the keys of backups, for all ways of writing in which the order of the keys is the order of the dates.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Span, Timestamp, ToSpan};

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// `2026-11-22`
    Dashes,
    /// `2026/11/22`: folders.
    Folders,
    /// `20261122`, perhaps with the time right behind it.
    Together,
    /// Seconds since 1970, or smaller parts of a second.
    Epoch,
}

/// Keys that begin alike and then have a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dated {
    /// Everything before the date, the prefix included.
    stem: String,
    writing: Writing,
    /// Later dates are no dates of backups: one may be stamped in the most eastern time zone, but not next week.
    latest: Date,
}

impl Dated {
    /// How this key is dated, by the first date after its prefix.
    pub(super) fn like(key: &str, prefix: &str, today: Date) -> Option<Self> {
        let latest = today.saturating_add(1.day());
        let rest = key.strip_prefix(prefix)?;
        for (at, _) in rest.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
            if rest[..at].ends_with(|c: char| c.is_ascii_digit()) {
                continue;
            }
            for writing in [
                Writing::Dashes,
                Writing::Folders,
                Writing::Together,
                Writing::Epoch,
            ] {
                if writing.read(&rest[at..]).is_some_and(|date| date <= latest) {
                    return Some(Self {
                        stem: key[..prefix.len() + at].to_owned(),
                        writing,
                        latest,
                    });
                }
            }
        }
        None
    }

    /// Whether a key begins like the others and goes on with a digit. In the order of keys such ones stand together.
    pub(super) fn holds(&self, key: &str) -> bool {
        key.strip_prefix(self.stem.as_str())
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// The date of a key.
    pub(super) fn date(&self, key: &str) -> Option<Date> {
        let date = self.writing.read(key.strip_prefix(self.stem.as_str())?)?;
        (date <= self.latest).then_some(date)
    }

    /// Where the keys of a date begin: all of that date and of later ones are this text or come after it.
    pub(super) fn beginning(&self, date: Date) -> String {
        format!("{}{}", self.stem, self.writing.write(date))
    }

    /// A key after which a listing may begin that is to hold all from that date on. The date itself would be skipped where
    /// it is a whole key.
    pub(super) fn before(&self, date: Date) -> String {
        format!("{}~", self.beginning(date.saturating_sub(1.day())))
    }
}

/// So many days before a date.
pub(super) fn days_before(date: Date, days: u32) -> Date {
    date.saturating_sub(Span::new().days(i64::from(days)))
}

impl Writing {
    /// The date at the beginning of a text.
    fn read(self, text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = |from: usize, length: usize| {
            let part = bytes.get(from..from + length)?;
            part.iter().try_fold(0_i16, |sum, byte| {
                let digit = byte.is_ascii_digit().then(|| i16::from(byte - b'0'))?;
                sum.checked_mul(10)?.checked_add(digit)
            })
        };
        let civil = |year: i16, month: i16, day: i16| {
            let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
            // Other numbers of four digits are seldom years.
            (2000..2100)
                .contains(&year)
                .then(|| Date::new(year, month, day).ok())?
        };
        let parted = |mark: u8| {
            let marked = digits == 4 && bytes.get(4) == Some(&mark) && bytes.get(7) == Some(&mark);
            let ended = !bytes.get(10).is_some_and(u8::is_ascii_digit);
            (marked && ended).then(|| civil(number(0, 4)?, number(5, 2)?, number(8, 2)?))?
        };
        match self {
            Self::Dashes => parted(b'-'),
            Self::Folders => parted(b'/'),
            Self::Together => (digits >= 8).then(|| civil(number(0, 4)?, number(4, 2)?, number(6, 2)?))?,
            Self::Epoch => {
                // From 2001 to 2033: as texts of one length they are in the order of time.
                let fits = matches!(digits, 10 | 13 | 16 | 19) && bytes[0] == b'1';
                let seconds: i64 = fits.then(|| text[..10].parse().ok())??;
                let time = Timestamp::from_second(seconds).ok()?;
                Some(Offset::UTC.to_datetime(time).date())
            }
        }
    }

    fn write(self, date: Date) -> String {
        let (year, month, day) = (date.year(), date.month(), date.day());
        match self {
            Self::Dashes => format!("{year:04}-{month:02}-{day:02}"),
            Self::Folders => format!("{year:04}/{month:02}/{day:02}"),
            Self::Together => format!("{year:04}{month:02}{day:02}"),
            Self::Epoch => {
                let midnight = Offset::UTC
                    .to_timestamp(date.at(0, 0, 0, 0))
                    .map(Timestamp::as_second);
                // Before 2001 the texts are shorter; nothing is dated so early.
                format!("{:010}", midnight.unwrap_or_default().max(1_000_000_000))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const TODAY: Date = jiff::civil::date(2026, 11, 26);

    #[rstest]
    #[case("keydb/2026-11-22.rdb", Some(("keydb/", "2026-11-22")))]
    #[case("keydb/dump-2026-11-22T0300.rdb.gz", Some(("keydb/dump-", "2026-11-22")))]
    #[case("keydb/2026-11-22", Some(("keydb/", "2026-11-22")))]
    #[case("keydb/2026/11/22/0300.rdb", Some(("keydb/", "2026-11-22")))]
    #[case("keydb/20261122.rdb", Some(("keydb/", "2026-11-22")))]
    #[case("keydb/dump_20261122030000.rdb", Some(("keydb/dump_", "2026-11-22")))]
    #[case("keydb/v1.2/2026-11-22.rdb", Some(("keydb/v1.2/", "2026-11-22")))]
    #[case("keydb/1763800000.rdb", Some(("keydb/", "2025-11-22")))]
    #[case("keydb/dump-1763800000123", Some(("keydb/dump-", "2025-11-22")))]
    #[case("keydb/2026-11-27.rdb", Some(("keydb/", "2026-11-27")))]
    #[case("keydb/2026-11-28.rdb", None)]
    #[case("keydb/2026-02-30.rdb", None)]
    #[case("keydb/2026-1-22.rdb", None)]
    #[case("keydb/2026-11-223", None)]
    #[case("keydb/12026-11-22", None)]
    #[case("keydb/1999-11-22", None)]
    #[case("keydb/2026/11", None)]
    #[case("keydb/2763800000", None)]
    #[case("keydb/latest.rdb", None)]
    #[case("keydb/ümlaut-2026-11-22", Some(("keydb/ümlaut-", "2026-11-22")))]
    #[case("other/2026-11-22", None)]
    fn the_first_date_after_the_prefix_counts(#[case] key: &str, #[case] wanted: Option<(&str, &str)>) {
        let dated = Dated::like(key, "keydb/", TODAY);
        let found = dated
            .as_ref()
            .map(|dated| (dated.stem.as_str(), dated.date(key).unwrap().to_string()));
        assert_eq!(found, wanted.map(|(stem, date)| (stem, date.to_owned())));
    }

    #[rstest]
    #[case("k/2026-11-22")]
    #[case("k/2026-11-22.rdb")]
    #[case("k/2026/11/22/a")]
    #[case("k/20261122")]
    #[case("k/202611220300")]
    #[case("k/1763769600")]
    #[case("k/1763800000")]
    fn keys_of_a_date_stand_from_its_beginning_on(#[case] key: &str) {
        let dated = Dated::like(key, "k/", TODAY).unwrap();
        let date = dated.date(key).unwrap();
        assert!(dated.beginning(date).as_str() <= key);
        assert!(dated.before(date).as_str() < dated.beginning(date).as_str());
        assert!(key < dated.beginning(date.tomorrow().unwrap()).as_str());
        assert!(dated.holds(key) && dated.holds("k/9") && !dated.holds("k/latest") && !dated.holds("k/"));
    }
}
