//! Sets of (protocol, port).

use std::fmt;
use std::sync::Arc;

/// How every port of every protocol is printed.
const ALL: &str = "All Connections";

/// The protocols that NetworkPolicies know, in the order in which they are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// `SCTP`
    Sctp,
    /// `TCP`
    Tcp,
    /// `UDP`
    Udp,
}

impl Protocol {
    const EVERY: [Self; 3] = [Self::Sctp, Self::Tcp, Self::Udp];

    /// The protocol of that name, as Kubernetes writes it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|protocol| protocol.name() == text)
    }

    /// Its name as Kubernetes writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sctp => "SCTP",
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }

    fn code(self, port: u16) -> u32 {
        (self as u32) << 16 | u32::from(port)
    }
}

/// Consecutive ports of one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortRange {
    /// The protocol.
    pub protocol: Protocol,
    /// The first port.
    pub from: u16,
    /// The last port.
    pub to: u16,
}

/// A set of (protocol, port): disjoint, sorted, unmergeable intervals. Port 0 is never in it, so that no interval spans
/// two protocols and equal sets are equal values.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PortSet(Vec<(u32, u32)>);

impl PortSet {
    /// No port.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Every port of every protocol.
    pub fn all() -> Self {
        Self(
            Protocol::EVERY
                .into_iter()
                .map(|protocol| (protocol.code(1), protocol.code(u16::MAX)))
                .collect(),
        )
    }

    /// The ports `from..=to` of one protocol; port 0 is left out.
    pub fn range(protocol: Protocol, from: u16, to: u16) -> Self {
        let from = from.max(1);
        if from > to {
            return Self::none();
        }
        Self(vec![(protocol.code(from), protocol.code(to))])
    }

    /// A set as it is printed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == ALL {
            return Some(Self::all());
        }
        let (mut set, mut protocol) = (Self::none(), None);
        for part in text.split(',') {
            let range = match part.split_once(' ') {
                Some((name, range)) => {
                    protocol = Some(Protocol::parse(name)?);
                    range
                }
                None => part,
            };
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            let (from, to) = (from.parse().ok()?, to.parse().ok()?);
            set = set.union(&Self::range(protocol?, from, to));
        }
        Some(set)
    }

    /// One port.
    pub fn port(protocol: Protocol, number: u16) -> Self {
        Self::range(protocol, number, number)
    }

    /// True when nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True when every port of every protocol is in it.
    pub fn is_all(&self) -> bool {
        self.0.len() == 3
            && self
                .0
                .iter()
                .all(|(from, to)| to - from == u32::from(u16::MAX) - 1)
    }

    /// Whether the port is in it.
    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        let code = protocol.code(port);
        let after = self.0.partition_point(|(from, _)| *from <= code);
        after > 0 && self.0[after - 1].1 >= code
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut every: Vec<_> = self.0.iter().chain(&other.0).copied().collect();
        every.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(every.len());
        for (from, to) in every {
            match merged.last_mut() {
                Some(last) if from <= last.1 + 1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for &(from, to) in &self.0 {
            let mut start = from;
            for &(gone_from, gone_to) in other.0.iter().filter(|gone| gone.0 <= to && gone.1 >= from) {
                if gone_from > start {
                    left.push((start, gone_from - 1));
                }
                start = gone_to + 1;
            }
            if start <= to {
                left.push((start, to));
            }
        }
        Self(left)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = Vec::new();
        while let (Some(&&(left_from, left_to)), Some(&&(right_from, right_to))) = (left.peek(), right.peek())
        {
            let (from, to) = (left_from.max(right_from), left_to.min(right_to));
            if from <= to {
                common.push((from, to));
            }
            if left_to < right_to {
                left.next();
            } else {
                right.next();
            }
        }
        Self(common)
    }

    /// The intervals, sorted.
    pub fn ranges(&self) -> impl Iterator<Item = PortRange> + '_ {
        self.0.iter().filter_map(|&(from, to)| {
            let protocol = *Protocol::EVERY.get((from >> 16) as usize)?;
            let number = |code: u32| u16::try_from(code & 0xffff).ok();
            Some(PortRange {
                protocol,
                from: number(from)?,
                to: number(to)?,
            })
        })
    }

    /// The coarsest intervals on which none of `sets` changes: each lies wholly inside or outside each set.
    pub(super) fn atoms(sets: &[Arc<Self>]) -> Vec<Self> {
        let mut starts: Vec<u32> = sets
            .iter()
            .flat_map(|set| set.0.iter().flat_map(|(from, to)| [*from, to + 1]))
            .collect();
        starts.sort_unstable();
        starts.dedup();
        starts
            .windows(2)
            .map(|pair| Self(vec![(pair[0], pair[1] - 1)]))
            .filter(|atom| sets.iter().any(|set| set.covers(atom)))
            .collect()
    }

    /// Whether an atom (of sets among which is this one) lies inside.
    pub(super) fn covers(&self, atom: &Self) -> bool {
        atom.0.iter().all(|(from, to)| {
            let after = self.0.partition_point(|(start, _)| start <= from);
            after > 0 && self.0[after - 1].1 >= *to
        })
    }
}

/// As `TCP 80,443,UDP 53` or `All Connections`; nothing for the empty set.
impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str(ALL);
        }
        let mut before = None;
        for PortRange { protocol, from, to } in self.ranges() {
            if before.is_some() {
                f.write_str(",")?;
            }
            if before != Some(protocol) {
                write!(f, "{} ", protocol.name())?;
            }
            before = Some(protocol);
            write!(f, "{from}")?;
            if to > from {
                write!(f, "-{to}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(from: u16, to: u16) -> PortSet {
        PortSet::range(Protocol::Tcp, from, to)
    }

    #[test]
    fn sets_print_as_reach_prints_them() {
        let some = tcp(80, 80)
            .union(&tcp(9001, 9090))
            .union(&PortSet::port(Protocol::Udp, 53));
        assert_eq!(some.to_string(), "TCP 80,9001-9090,UDP 53");
        for set in [&some, &PortSet::all(), &tcp(1, 65535)] {
            assert_eq!(PortSet::parse(&set.to_string()).as_ref(), Some(set));
        }
        for text in ["", "80", "TCP", "TCP x", "TCP 1-", "IP 4", "TCP 70000"] {
            assert_eq!(PortSet::parse(text), None, "{text}");
        }
        assert_eq!(PortSet::all().to_string(), "All Connections");
        let but_one = PortSet::range(Protocol::Sctp, 0, u16::MAX)
            .union(&tcp(1, 79))
            .union(&tcp(81, 65535));
        assert_eq!(but_one.to_string(), "SCTP 1-65535,TCP 1-79,81-65535");
    }

    #[test]
    fn neighbours_merge_and_protocols_do_not() {
        assert_eq!(tcp(1, 10).union(&tcp(11, 65535)), tcp(1, 65535));
        let every = tcp(1, 65535)
            .union(&PortSet::range(Protocol::Udp, 1, 65535))
            .union(&PortSet::range(Protocol::Sctp, 1, 65535));
        assert!(every.is_all() && every == PortSet::all());
        assert!(!tcp(1, 65535).contains(Protocol::Udp, 1));
        assert_eq!(tcp(1, 10).intersection(&tcp(5, 20)), tcp(5, 10));
        assert!(tcp(20, 10).is_empty());
    }

    #[test]
    fn what_is_taken_away_leaves_the_rest() {
        assert_eq!(tcp(1, 10).minus(&tcp(4, 6)), tcp(1, 3).union(&tcp(7, 10)));
        assert_eq!(tcp(1, 10).minus(&tcp(1, 3).union(&tcp(9, 20))), tcp(4, 8));
        assert_eq!(tcp(5, 10).minus(&tcp(1, 4)), tcp(5, 10));
        assert_eq!(tcp(5, 10).minus(&PortSet::port(Protocol::Udp, 7)), tcp(5, 10));
        assert_eq!(tcp(5, 10).minus(&PortSet::none()), tcp(5, 10));
        for all in [tcp(1, 65535), PortSet::all(), PortSet::none()] {
            assert!(all.minus(&all).is_empty());
            assert!(all.minus(&PortSet::all()).is_empty());
        }
        assert_eq!(
            PortSet::all().minus(&tcp(2, 65535)).to_string(),
            "SCTP 1-65535,TCP 1,UDP 1-65535"
        );
    }

    #[test]
    fn atoms_split_where_a_set_begins_or_ends() {
        let sets = [Arc::new(tcp(1, 10)), Arc::new(tcp(5, 20))];
        assert_eq!(PortSet::atoms(&sets), [tcp(1, 4), tcp(5, 10), tcp(11, 20)]);
    }
}
