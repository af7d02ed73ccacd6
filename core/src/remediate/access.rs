//! Who reaches the control plane through an allow-list, and whether whoever changes it still will: once they are shut out,
//! nobody on this side can let them in again. So it is proven before, never hoped.

use ipnet::IpNet;
use std::net::IpAddr;

use crate::findings::FixAction;
use crate::plan::Deed;
use crate::value::{Value, ValueExt};

/// What is known of those who must go on reaching the control plane.
#[derive(Debug, Clone, Copy, Default)]
pub struct Access<'a> {
    /// The addresses and networks that the environment declares.
    pub declared: &'a [String],
    /// The address from which the API server sees this program, where the user said it.
    pub caller: Option<IpAddr>,
    /// This run has reached the API server of the very cluster that is changed.
    pub connected: bool,
}

/// That a deed which changes the allow-list shuts out neither whoever asks for it nor everybody; who that is, in words. `None`
/// for every other deed, and for one that restricts nothing. `before` is the cluster's row as it is now.
///
/// # Errors
///
/// In words, why that is not proven, and what would prove it.
pub fn admitted(deed: &Deed, before: Option<&Value>, access: &Access<'_>) -> Result<Option<String>, String> {
    let Some(listed) = wanted_list(deed)? else {
        return Ok(None);
    };
    if listed.is_empty() {
        return Err("it would shut everybody out of the control plane".to_owned());
    }
    let caller = access.caller.map(|caller| caller.to_canonical());
    if let Some(caller) = caller {
        return if covers(&listed, &IpNet::from(caller)) {
            Ok(Some(format!("{caller}, from which it is done, is on the list")))
        } else {
            Err(format!(
                "it would shut {caller} out of the control plane, from which it is done"
            ))
        };
    }
    let proof = match before.filter(|_| access.connected).map(current_list) {
        Some(Ok(Some(now))) => match now.iter().find(|one| !covers(&listed, one)) {
            None => return Ok(Some("whoever is on the list now stays on it".to_owned())),
            Some(gone) => format!("{gone} is taken from the list, and it may be yours"),
        },
        Some(Err(why)) => why,
        Some(Ok(None)) => "nobody is kept out now, so nothing tells which address is yours".to_owned(),
        None => "nothing tells that you reach this cluster through the list".to_owned(),
    };
    Err(format!(
        "it might shut you out of the control plane: {proof}. --caller-address IP says from which address you reach it"
    ))
}

/// That everything declared stays on the list.
pub(super) fn declared_admitted(deed: &Deed, declared: &[String]) -> Result<(), String> {
    let Some(listed) = wanted_list(deed)? else {
        return Ok(());
    };
    // Another reason is told of one that shuts everybody out.
    let declared = declared.iter().filter(|_| !listed.is_empty());
    for one in declared {
        let network = network(one).ok_or_else(|| format!("{one}, which is declared, is no address"))?;
        if !covers(&listed, &network) {
            return Err(format!(
                "it would shut {one} out of the control plane, which is declared to reach it"
            ));
        }
    }
    Ok(())
}

/// The list that a deed sets, where it restricts who gets in.
fn wanted_list(deed: &Deed) -> Result<Option<Vec<IpNet>>, String> {
    match deed.data.field("control_plane_firewall") {
        Some(setting) if deed.action == FixAction::ClusterUpdate => list(setting),
        _ => Ok(None),
    }
}

fn current_list(row: &Value) -> Result<Option<Vec<IpNet>>, String> {
    row.field("control_plane_firewall").map_or(Ok(None), list)
}

/// The networks of a setting; `None` where it is off. What cannot be read proves nothing.
fn list(setting: &Value) -> Result<Option<Vec<IpNet>>, String> {
    if !setting.field("enabled").is_some_and(ValueExt::is_true) {
        return Ok(None);
    }
    let entries = setting.items_at(&["allowed_addresses"]).iter();
    let networks = entries.map(|entry| {
        let text = entry.text().unwrap_or_default();
        network(text).ok_or_else(|| format!("{text:?} on the list is no address"))
    });
    networks.collect::<Result<_, _>>().map(Some)
}

/// An address or a network; IPv4 written as IPv6 is IPv4.
fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let network = match text.parse::<IpAddr>() {
        Ok(address) => return Some(IpNet::from(address.to_canonical())),
        Err(_) => text.parse::<IpNet>().ok()?.trunc(),
    };
    // `::ffff:0:0/96` and narrower.
    match (network, network.addr().to_canonical()) {
        (IpNet::V6(six), IpAddr::V4(four)) if six.prefix_len() >= 96 => {
            IpNet::new(IpAddr::V4(four), six.prefix_len() - 96).ok()
        }
        _ => Some(network),
    }
}

/// Whether every address of a network is on the list, by several entries together, too.
fn covers(list: &[IpNet], network: &IpNet) -> bool {
    IpNet::aggregate(&list.to_vec())
        .iter()
        .any(|entry| entry.contains(network))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::ResourceRef;

    fn deed(setting: &str) -> Deed {
        Deed {
            action: FixAction::ClusterUpdate,
            target: ResourceRef {
                id: Some("8d2c".to_owned()),
                ..ResourceRef::kubernetes("digitalocean.com/v2", "Cluster", None, "stage")
            },
            data: Value::from_json_str(&format!(r#"{{"control_plane_firewall": {setting}}}"#)).unwrap(),
        }
    }

    fn on(addresses: &[&str]) -> String {
        format!(r#"{{"enabled": true, "allowed_addresses": {addresses:?}}}"#)
    }

    /// Whether this caller, or one who is connected where none is said, may go from the one list to the other.
    fn goes(now: &str, wanted: &[&str], caller: Option<&str>) -> Result<Option<String>, String> {
        let row = Value::from_json_str(&format!(r#"{{"control_plane_firewall": {now}}}"#)).unwrap();
        let access = Access {
            declared: &[],
            caller: caller.map(|caller| caller.parse().unwrap()),
            connected: true,
        };
        admitted(&deed(&on(wanted)), Some(&row), &access)
    }

    #[test]
    fn who_is_connected_through_the_list_stays_on_a_longer_one() {
        let now = on(&["203.0.113.7", "10.0.0.0/25", "10.0.0.128/25", "2001:db8::/48"]);
        // The same, and more of it, in other words.
        for wanted in [
            &["203.0.113.7/32", "10.0.0.0/24", "2001:DB8::/48"][..],
            &[
                "203.0.113.0/25",
                "203.0.113.128/25",
                "10.0.0.0/8",
                "2001:db8::/49",
                "2001:db8:0:8000::/49",
            ],
            &["0.0.0.0/0", "::/0"],
            &["::ffff:203.0.113.7", "::ffff:10.0.0.0/120", "2001:db8::/32"],
        ] {
            assert!(goes(&now, wanted, None).unwrap().is_some(), "{wanted:?}");
        }
        for (wanted, gone) in [
            (&["10.0.0.0/24", "2001:db8::/48"][..], "203.0.113.7/32"),
            (&["203.0.113.7", "10.0.0.0/25", "2001:db8::/48"], "10.0.0.128/25"),
            // All of IPv4 is nothing of IPv6.
            (&["0.0.0.0/0"], "2001:db8::/48"),
            (&["0.0.0.0/0", "2001:db8::/49"], "2001:db8::/48"),
        ] {
            let why = goes(&now, wanted, None).unwrap_err();
            assert!(why.contains(gone) && why.contains("--caller-address"), "{why}");
        }
    }

    #[test]
    fn who_says_where_they_are_must_be_on_the_list() {
        let off = r#"{"enabled": false}"#;
        let open = on(&["0.0.0.0/0", "::/0"]);
        for now in [off, "null", open.as_str()] {
            for (wanted, caller) in [
                (&["203.0.113.0/24"][..], "203.0.113.200"),
                (&["203.0.113.0/24"], "::ffff:203.0.113.200"),
                (&["::ffff:203.0.113.0/120"], "203.0.113.200"),
                (&["198.51.100.1", "2001:db8:1::/48"], "2001:db8:1:2::3"),
            ] {
                assert!(goes(now, wanted, Some(caller)).is_ok(), "{wanted:?} {caller}");
            }
            for (wanted, caller) in [
                (&["203.0.113.0/24"][..], "203.0.114.1"),
                (&["203.0.113.0/24"], "2001:db8::1"),
                (&["2001:db8::/64"], "2001:db8:0:1::1"),
                (&["::/0"], "203.0.113.1"),
            ] {
                let why = goes(now, wanted, Some(caller)).unwrap_err();
                assert!(why.contains(caller), "{why}");
            }
        }
        // Being connected does not help whoever says that they are elsewhere.
        let now = on(&["203.0.113.0/24"]);
        assert!(goes(&now, &["203.0.113.0/24"], Some("198.51.100.1")).is_err());
    }

    #[test]
    fn what_proves_nothing_is_refused() {
        let wanted = ["203.0.113.0/24"];
        for (now, why) in [
            (
                r#"{"enabled": false, "allowed_addresses": ["203.0.113.0/24"]}"#,
                "nobody is kept out now",
            ),
            ("null", "nobody is kept out now"),
            (
                r#"{"enabled": true, "allowed_addresses": ["somewhere"]}"#,
                "\"somewhere\" on the list is no address",
            ),
            (r#"{"enabled": true, "allowed_addresses": [7]}"#, "is no address"),
        ] {
            let told = goes(now, &wanted, None).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
        // An entry that nobody understands is not sent either.
        assert!(goes(&on(&["203.0.113.0/24"]), &["203.0.113.0/24", "x"], None).is_err());
        let nobody = Access::default();
        let row = Value::from_json_str(&format!(r#"{{"control_plane_firewall": {}}}"#, on(&wanted))).unwrap();
        let told = admitted(&deed(&on(&wanted)), Some(&row), &nobody).unwrap_err();
        assert!(
            told.contains("nothing tells that you reach this cluster"),
            "{told}"
        );
        let told = admitted(&deed(&on(&[])), Some(&row), &nobody).unwrap_err();
        assert!(told.contains("everybody"), "{told}");
        // What restricts nothing shuts nobody out; whether it may be done is another question.
        assert_eq!(admitted(&deed(r#"{"enabled": false}"#), None, &nobody), Ok(None));
        assert_eq!(admitted(&deed("null"), None, &nobody), Ok(None));
    }

    #[test]
    fn what_is_declared_stays_on_the_list_however_it_is_written() {
        let listed = deed(&on(&["203.0.113.0/24", "2001:db8::/32"]));
        let check = |declared: &[&str]| {
            let declared: Vec<String> = declared.iter().map(|one| (*one).to_owned()).collect();
            declared_admitted(&listed, &declared)
        };
        assert_eq!(
            check(&["203.0.113.7", "203.0.113.128/25", "2001:db8:1::/48"]),
            Ok(())
        );
        for missing in ["203.0.112.0/23", "198.51.100.7", "2001:db9::/48", "0.0.0.0/0"] {
            let why = check(&["203.0.113.7", missing]).unwrap_err();
            assert!(why.contains(missing), "{why}");
        }
    }
}
