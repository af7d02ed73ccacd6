//! Addresses outside the cluster: ranges of IPv4 and IPv6, and the atoms into which rules split them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

/// After a range, where it is printed.
const EXTERNAL: &str = "[External]";

/// Consecutive addresses of one family. Printed as `10.0.0.0-10.9.255.255[External]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    pub(super) v6: bool,
    pub(super) from: u128,
    pub(super) to: u128,
}

impl AddressRange {
    /// All addresses of a family.
    pub(super) fn every(v6: bool) -> Self {
        let to = if v6 { u128::MAX } else { u128::from(u32::MAX) };
        Self { v6, from: 0, to }
    }

    /// Addresses as they are printed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.strip_suffix(EXTERNAL)?.split_once('-')?;
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        let (v6, from, to) = match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                (false, u128::from(first.to_bits()), u128::from(last.to_bits()))
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => (true, first.to_bits(), last.to_bits()),
            _ => return None,
        };
        (from <= to).then_some(Self { v6, from, to })
    }

    fn address(self, number: u128) -> IpAddr {
        if self.v6 {
            IpAddr::V6(Ipv6Addr::from_bits(number))
        } else {
            IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number).unwrap_or(u32::MAX)))
        }
    }

    /// The first address.
    pub fn first(self) -> IpAddr {
        self.address(self.from)
    }

    /// The last address.
    pub fn last(self) -> IpAddr {
        self.address(self.to)
    }

    /// The range as the fewest CIDR blocks.
    pub fn blocks(self) -> Vec<IpNet> {
        match (self.first(), self.last()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => Ipv4Subnets::new(from, to, 0).map(IpNet::V4).collect(),
            (IpAddr::V6(from), IpAddr::V6(to)) => Ipv6Subnets::new(from, to, 0).map(IpNet::V6).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn contains(self, other: Self) -> bool {
        self.v6 == other.v6 && self.from <= other.from && other.to <= self.to
    }
}

impl From<IpNet> for AddressRange {
    fn from(block: IpNet) -> Self {
        match block {
            IpNet::V4(block) => Self {
                v6: false,
                from: u128::from(block.network().to_bits()),
                to: u128::from(block.broadcast().to_bits()),
            },
            IpNet::V6(block) => Self {
                v6: true,
                from: block.network().to_bits(),
                to: block.broadcast().to_bits(),
            },
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}{EXTERNAL}", self.first(), self.last())
    }
}

/// `ranges` without `holes`: sorted, disjoint, neighbours joined.
pub(super) fn without(ranges: &[AddressRange], holes: &[AddressRange]) -> Vec<AddressRange> {
    let mut rest = join(ranges);
    for hole in holes {
        rest = rest
            .into_iter()
            .flat_map(|range| {
                if range.v6 != hole.v6 || hole.to < range.from || range.to < hole.from {
                    return [Some(range), None];
                }
                let before = hole.from.checked_sub(1).filter(|to| *to >= range.from);
                let after = hole.to.checked_add(1).filter(|from| *from <= range.to);
                [
                    before.map(|to| AddressRange { to, ..range }),
                    after.map(|from| AddressRange { from, ..range }),
                ]
            })
            .flatten()
            .collect();
    }
    rest
}

/// Sorted, disjoint, neighbours joined.
pub(super) fn join(ranges: &[AddressRange]) -> Vec<AddressRange> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut joined: Vec<AddressRange> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match joined.last_mut() {
            Some(last) if last.v6 == range.v6 && range.from <= last.to.saturating_add(1) => {
                last.to = last.to.max(range.to);
            }
            _ => joined.push(range),
        }
    }
    joined
}

/// The coarsest ranges that cover every address and on which no rule changes; `mentioned` are the ranges of the rules.
/// IPv6 appears only when a rule mentions it.
pub(super) fn atoms(mentioned: &[AddressRange]) -> Vec<AddressRange> {
    let mut atoms = Vec::new();
    for v6 in [false, true] {
        let every = AddressRange::every(v6);
        let mut starts = vec![0];
        let family = mentioned.iter().filter(|range| range.v6 == v6);
        let mut any = !v6;
        for range in family {
            any = true;
            starts.push(range.from);
            starts.extend(range.to.checked_add(1).filter(|next| *next <= every.to));
        }
        if !any {
            continue;
        }
        starts.sort_unstable();
        starts.dedup();
        let ends = starts[1..].iter().map(|next| next - 1).chain([every.to]);
        atoms.extend(
            starts
                .iter()
                .zip(ends)
                .map(|(&from, to)| AddressRange { v6, from, to }),
        );
    }
    atoms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(block: &str) -> AddressRange {
        AddressRange::from(block.parse::<IpNet>().unwrap())
    }

    #[test]
    fn rules_split_the_outside() {
        let rule = without(&[range("10.0.0.0/8")], &[range("10.10.0.0/16")]);
        let text: Vec<_> = atoms(&rule).iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "0.0.0.0-9.255.255.255[External]",
                "10.0.0.0-10.9.255.255[External]",
                "10.10.0.0-10.10.255.255[External]",
                "10.11.0.0-10.255.255.255[External]",
                "11.0.0.0-255.255.255.255[External]"
            ]
        );
        assert_eq!(atoms(&[]), [AddressRange::every(false)]);
    }

    #[test]
    fn six_is_a_family_of_its_own() {
        let atoms = atoms(&[range("::/0"), range("0.0.0.0/0")]);
        assert_eq!(atoms, [AddressRange::every(false), AddressRange::every(true)]);
        assert_eq!(without(&atoms, &[range("::/0")]), [AddressRange::every(false)]);
        assert_eq!(range("fd00::/8").blocks(), ["fd00::/8".parse::<IpNet>().unwrap()]);
        assert_eq!(without(&[range("::/0")], &[range("8000::/1")]), [range("::/1")]);
    }

    #[test]
    fn holes_at_the_edges() {
        assert_eq!(
            without(&[range("10.0.0.0/24")], &[range("10.0.0.0/25")]),
            [range("10.0.0.128/25")]
        );
        assert!(without(&[range("10.0.0.0/24")], &[range("10.0.0.0/8")]).is_empty());
        assert_eq!(
            join(&[range("10.0.0.128/25"), range("10.0.0.0/25")]),
            [range("10.0.0.0/24")]
        );
    }
}
