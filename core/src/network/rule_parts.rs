//! The entries of a policy's rules: ports and peers, each read with the API server's checks.

use ipnet::IpNet;

use crate::value::{Value, ValueExt};

use super::address::{AddressRange, without};
use super::policy::PodPeer;
use super::ports::{PortSet, Protocol};
use super::selector::{Selector, present};

/// Reads each element of a list; an absent list is empty.
pub(super) fn parse_all<T>(
    rule: &Value,
    key: &str,
    parse: impl Fn(&Value) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    match present(rule, key) {
        None => Ok(Vec::new()),
        Some(list @ Value::Array(_)) => list.items().iter().map(parse).collect(),
        Some(_) => Err("not a list".to_owned()),
    }
}

/// One entry of a rule's `ports`.
pub(super) enum Port {
    Fixed(PortSet),
    Named(Protocol, String),
}

pub(super) fn parse_port(port: &Value) -> Result<Port, String> {
    let protocol = match present(port, "protocol") {
        None => Protocol::Tcp,
        Some(name) => name
            .text()
            .and_then(Protocol::parse)
            .ok_or_else(|| format!("unknown protocol {name}"))?,
    };
    let end = present(port, "endPort").map(number).transpose()?;
    match (present(port, "port"), end) {
        (None, None) => Ok(Port::Fixed(PortSet::range(protocol, 1, u16::MAX))),
        (None, Some(_)) => Err("endPort without port".to_owned()),
        (Some(Value::String(name)), None) if name.bytes().any(|byte| byte.is_ascii_alphabetic()) => {
            Ok(Port::Named(protocol, name.as_ref().to_owned()))
        }
        (Some(Value::String(name)), None) => Err(format!("{name:?} is neither a number nor a port name")),
        (Some(Value::String(_)), Some(_)) => Err("endPort with a named port".to_owned()),
        (Some(from), end) => {
            let from = number(from)?;
            let to = end.unwrap_or(from);
            if to < from {
                return Err(format!("endPort {to} is below port {from}"));
            }
            Ok(Port::Fixed(PortSet::range(protocol, from, to)))
        }
    }
}

fn number(value: &Value) -> Result<u16, String> {
    let number = value.int().and_then(|number| u16::try_from(number).ok());
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("{value} is not a port number"))
}

/// One entry of a rule's `from` or `to`.
pub(super) enum Peer {
    Pods(PodPeer),
    Addresses(Vec<AddressRange>),
}

pub(super) fn parse_peer(peer: &Value) -> Result<Peer, String> {
    let pods = present(peer, "podSelector");
    let namespaces = present(peer, "namespaceSelector");
    match (present(peer, "ipBlock"), pods.is_some() || namespaces.is_some()) {
        (None, false) => Err("a peer without podSelector, namespaceSelector and ipBlock".to_owned()),
        (Some(_), true) => Err("a peer with both ipBlock and selectors".to_owned()),
        (None, true) => Ok(Peer::Pods(PodPeer {
            namespaces: namespaces.map(Selector::parse).transpose()?,
            pods: pods.map(Selector::parse).transpose()?.unwrap_or_default(),
        })),
        (Some(block), false) => {
            let cidr = parse_block(block.field("cidr").unwrap_or(&Value::Null))?;
            let except = parse_all(block, "except", parse_block)?;
            if except.iter().any(|hole| hole.v6 != cidr.v6) {
                return Err("an except of another address family than its cidr".to_owned());
            }
            Ok(Peer::Addresses(without(&[cidr], &except)))
        }
    }
}

fn parse_block(value: &Value) -> Result<AddressRange, String> {
    let text = value.text().map(str::trim).unwrap_or_default();
    text.parse::<IpNet>()
        .map(AddressRange::from)
        .map_err(|_| format!("{value} is not a CIDR block"))
}
