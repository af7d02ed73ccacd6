//! The rules of firewalls: ports as numbers, and whether the whole world is on the other side.

use super::super::record::{Record, list_or_empty};
use super::cluster::ids;
use super::droplet;
use crate::value::{Value, ValueExt, array, object};
use ipnet::IpNet;
use std::net::IpAddr;

/// The ports of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ports {
    /// Every port, or a protocol without ports.
    All,
    /// From one to another; equal for a single port.
    Range(u16, u16),
    /// Written in a way that nobody knows.
    Unknown,
}

impl Ports {
    /// Reads what the API writes: `80`, `8000-9000`; `0`, `all` and nothing are all ports.
    fn read(rule: &Value) -> Self {
        let written = rule.field("ports");
        let number = written.and_then(ValueExt::int).map(|number| number.to_string());
        let text = number
            .as_deref()
            .or_else(|| written?.text())
            .unwrap_or_default()
            .trim();
        if matches!(text, "" | "0" | "all") || rule.text_at(&["protocol"]) == Some("icmp") {
            return Self::All;
        }
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        match (from.trim().parse(), to.trim().parse()) {
            (Ok(from), Ok(to)) if from <= to => Self::Range(from, to),
            _ => Self::Unknown,
        }
    }

    /// `{from, to}`, or null for all. What nobody can read may be any.
    fn value(self) -> Value {
        match self {
            Self::All | Self::Unknown => Value::Null,
            Self::Range(from, to) => object([
                ("from", Value::from(u32::from(from))),
                ("to", Value::from(u32::from(to))),
            ]),
        }
    }
}

/// A rule as far as the joins need it.
#[derive(Debug)]
pub(super) struct Rule<'v> {
    row: &'v Value,
    peers: &'v Value,
    pub(super) ports: Ports,
    pub(super) world: bool,
}

impl<'v> Rule<'v> {
    /// Of a rule with its peers below `side`: `sources` or `destinations`.
    pub(super) fn read(row: &'v Value, side: &str) -> Self {
        let peers = row.field(side).unwrap_or(&Value::Null);
        Self {
            row,
            peers,
            ports: Ports::read(row),
            world: is_world(texts(peers, "addresses")),
        }
    }

    pub(super) fn protocol(&self) -> &'v str {
        self.row.text_at(&["protocol"]).unwrap_or_default()
    }

    /// The ids of the load balancers on the other side.
    pub(super) fn load_balancers(&self) -> impl Iterator<Item = &'v str> {
        texts(self.peers, "load_balancer_uids")
    }

    /// The record, without the Service that caused the rule.
    pub(super) fn record(&self) -> Record {
        let list = |key: &str| list_or_empty(self.peers.field(key));
        let written = self.row.field("ports");
        let number = written.and_then(ValueExt::int).map(|number| number.to_string());
        let text = number.as_deref().or_else(|| written?.text()).unwrap_or_default();
        let droplets = self.peers.items_at(&["droplet_ids"]).iter().filter_map(droplet);
        let mut record = Record::default();
        record
            .set("protocol", Value::from(self.protocol()))
            .set("ports", self.ports.value())
            .set("text", Value::from(text))
            .set("addresses", list("addresses"))
            .set("tags", list("tags"))
            .set("dropletIds", ids(droplets.collect()))
            .set("loadBalancers", array(self.load_balancers().map(Value::from)))
            .set("kubernetesIds", list("kubernetes_ids"))
            .set("world", Value::from(self.world));
        record
    }
}

fn texts<'v>(peers: &'v Value, key: &str) -> impl Iterator<Item = &'v str> + use<'v> {
    let items = peers.field(key).map_or(&[][..], ValueExt::items);
    items.iter().filter_map(ValueExt::text)
}

/// Whether addresses and networks together are all of a family: `0.0.0.0/1` and `128.0.0.0/1` are the world, too.
fn is_world<'v>(addresses: impl Iterator<Item = &'v str>) -> bool {
    let mut v4 = Vec::new();
    let mut v6 = Vec::new();
    for text in addresses {
        let block = text
            .parse()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .ok();
        match block {
            Some(IpNet::V4(block)) => v4.push((
                u128::from(block.network().to_bits()),
                u128::from(block.broadcast().to_bits()),
            )),
            Some(IpNet::V6(block)) => v6.push((block.network().to_bits(), block.broadcast().to_bits())),
            None => {}
        }
    }
    cover(v4, u128::from(u32::MAX)) || cover(v6, u128::MAX)
}

/// Whether ranges leave out nothing up to `last`.
fn cover(mut ranges: Vec<(u128, u128)>, last: u128) -> bool {
    ranges.sort_unstable();
    let mut next = 0;
    for (from, to) in ranges {
        if from > next {
            return false;
        }
        if to >= last {
            return true;
        }
        next = next.max(to + 1);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#"{"protocol":"tcp","ports":"80"}"#, Ports::Range(80, 80))]
    #[case(r#"{"protocol":"udp","ports":"8000-9000"}"#, Ports::Range(8000, 9000))]
    #[case(r#"{"protocol":"tcp","ports":443}"#, Ports::Range(443, 443))]
    #[case(r#"{"protocol":"tcp","ports":"0"}"#, Ports::All)]
    #[case(r#"{"protocol":"tcp","ports":"all"}"#, Ports::All)]
    #[case(r#"{"protocol":"tcp","ports":""}"#, Ports::All)]
    #[case(r#"{"protocol":"icmp"}"#, Ports::All)]
    #[case(r#"{"protocol":"tcp","ports":"9000-8000"}"#, Ports::Unknown)]
    #[case(r#"{"protocol":"tcp","ports":"http"}"#, Ports::Unknown)]
    fn ports_are_read_as_the_api_writes_them(#[case] rule: &str, #[case] ports: Ports) {
        assert_eq!(Ports::read(&Value::from_json_str(rule).unwrap()), ports);
    }

    #[rstest]
    #[case(&["0.0.0.0/0"], true)]
    #[case(&["::/0"], true)]
    #[case(&["10.0.0.0/8", "::/0"], true)]
    #[case(&["128.0.0.0/1", "0.0.0.0/1"], true)]
    #[case(&["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/1", "10.0.0.1"], true)]
    #[case(&["::/1", "8000::/1"], true)]
    #[case(&["::/1", "128.0.0.0/1"], false)]
    #[case(&["0.0.0.0/1", "128.0.0.1/2"], false)]
    #[case(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], false)]
    #[case(&["1.2.3.4", "nonsense"], false)]
    #[case(&[], false)]
    fn the_world_is_all_of_one_family(#[case] addresses: &[&str], #[case] world: bool) {
        assert_eq!(is_world(addresses.iter().copied()), world);
    }
}
