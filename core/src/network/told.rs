//! Connections as they were told to somebody, to be held against what there is later.

use super::address::AddressRange;
use super::changes::{Piece, throughout};
use super::ports::PortSet;
use std::collections::HashMap;
use std::sync::Arc;

/// Connections in words: from where, to where, and on which ports, each as it is printed.
#[derive(Debug, Default)]
pub struct Told {
    pairs: HashMap<(String, String), PortSet>,
    /// By whether the addresses are where it comes from, and by the other end.
    ranges: HashMap<(bool, String), Vec<Piece>>,
}

impl Told {
    /// What these say. Whatever is not printed as connections are says nothing.
    pub fn of<'t>(connections: impl IntoIterator<Item = (&'t str, &'t str, &'t str)>) -> Self {
        let mut told = Self::default();
        for (from, to, ports) in connections {
            let Some(ports) = PortSet::parse(ports) else {
                continue;
            };
            if let Some((incoming, end, range)) = ranged(from, to) {
                let pieces = told.ranges.entry((incoming, end.to_owned())).or_default();
                pieces.push((range, Arc::new(ports)));
            } else {
                let known = told.pairs.entry((from.to_owned(), to.to_owned())).or_default();
                *known = known.union(&ports);
            }
        }
        told
    }

    /// Whether they say all of such a connection, however they split its addresses.
    pub fn covers(&self, from: &str, to: &str, ports: &str) -> bool {
        let Some(ports) = PortSet::parse(ports) else {
            return false;
        };
        let known = if let Some((incoming, end, range)) = ranged(from, to) {
            let pieces = self.ranges.get(&(incoming, end.to_owned()));
            pieces.map_or_else(PortSet::none, |pieces| throughout(range, pieces))
        } else {
            let known = self.pairs.get(&(from.to_owned(), to.to_owned()));
            known.cloned().unwrap_or_default()
        };
        ports.minus(&known).is_empty()
    }
}

/// Of a connection with addresses: whether it comes from them, the other end, and the addresses.
fn ranged<'t>(from: &'t str, to: &'t str) -> Option<(bool, &'t str, AddressRange)> {
    match (AddressRange::parse(from), AddressRange::parse(to)) {
        (Some(range), _) => Some((true, to, range)),
        (None, Some(range)) => Some((false, from, range)),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str = "b2b/web[Deployment]";

    #[test]
    fn what_was_told_covers_as_much_as_it_says_and_no_more() {
        let told = Told::of([
            ("front/ui[Deployment]", WEB, "TCP 80,443,UDP 53"),
            ("0.0.0.0-9.255.255.255[External]", WEB, "All Connections"),
            ("10.0.0.0-255.255.255.255[External]", WEB, "TCP 80"),
            (
                WEB,
                "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff[External]",
                "TCP 443",
            ),
            (WEB, "back/kw[Deployment]", "whatever"),
        ]);
        for (from, to, ports) in [
            ("front/ui[Deployment]", WEB, "TCP 443"),
            ("front/ui[Deployment]", WEB, "TCP 80,443,UDP 53"),
            ("0.0.0.0-255.255.255.255[External]", WEB, "TCP 80"),
            ("1.0.0.0-2.255.255.255[External]", WEB, "All Connections"),
            (WEB, "::1-::ff[External]", "TCP 443"),
        ] {
            assert!(told.covers(from, to, ports), "{from} {to} {ports}");
        }
        for (from, to, ports) in [
            ("front/ui[Deployment]", WEB, "TCP 80-443"),
            ("front/ui[Deployment]", WEB, "All Connections"),
            (WEB, "front/ui[Deployment]", "TCP 443"),
            ("b2b/other[Pod]", WEB, "TCP 80"),
            ("0.0.0.0-255.255.255.255[External]", WEB, "TCP 80-81"),
            ("::-ffff::[External]", WEB, "TCP 80"),
            (WEB, "back/kw[Deployment]", "whatever"),
            (WEB, "back/kw[Deployment]", "TCP 1"),
        ] {
            assert!(!told.covers(from, to, ports), "{from} {to} {ports}");
        }
    }
}
