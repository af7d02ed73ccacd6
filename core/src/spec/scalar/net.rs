//! Networks, addresses and ports.

use super::Wrong;
use ipnet::IpNet;
use std::net::IpAddr;

pub(super) fn cidr(text: &str) -> Result<IpNet, Wrong> {
    let network: IpNet = text.parse().map_err(|_| {
        if text.parse::<IpAddr>().is_ok() {
            Wrong::new(
                "is an address without the length of a network",
                "write the network with its length, as 10.20.0.0/20",
            )
        } else {
            Wrong::new(
                "is not a network in CIDR notation",
                "write address and length, as 10.20.0.0/20",
            )
        }
    })?;
    if network.addr() == network.network() {
        return Ok(network.trunc());
    }
    Err(Wrong::new(
        "has bits set behind its length",
        format!("the network of that address is {}", network.trunc()),
    ))
}

pub(super) fn address(text: &str) -> Result<IpNet, Wrong> {
    match text.parse::<IpAddr>() {
        Ok(address) => Ok(IpNet::from(address)),
        Err(_) if text.contains('/') => cidr(text),
        Err(_) => Err(Wrong::new(
            "is neither an address nor a network",
            "write an address as 203.0.113.7 or a network as 203.0.113.0/24",
        )),
    }
}

pub(super) fn ports(text: &str) -> Result<(), Wrong> {
    let port = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse::<u16>().ok())
            .flatten()
            .filter(|port| *port > 0)
    };
    let right = match text.split_once('-') {
        _ if text == "all" => true,
        Some((from, to)) => matches!((port(from), port(to)), (Some(from), Some(to)) if from < to),
        None => port(text).is_some(),
    };
    if right {
        Ok(())
    } else {
        Err(Wrong::new(
            "is not a port",
            "write a port from 1 to 65535 as \"443\", a range as \"8000-9000\", or all",
        ))
    }
}
