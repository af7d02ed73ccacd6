//! What must fit together in the account's section, and who is told.

use super::Sheet;
use crate::spec::node::Node;
use crate::spec::wording::listed;

pub(super) fn check(sheet: &mut Sheet<'_>) {
    node_pools(sheet);
    registry(sheet);
    grants(sheet);
    backups(sheet);
    firewalls(sheet);
    target(sheet);
    notify(sheet);
    remediation(sheet);
}

fn node_pools(sheet: &mut Sheet<'_>) {
    for (index, pool) in sheet
        .list(&["digitalocean", "cluster", "nodePools"])
        .iter()
        .enumerate()
    {
        if sheet.damaged(&[
            "digitalocean",
            "cluster",
            "nodePools",
            &index.to_string(),
            "count",
        ]) {
            continue;
        }
        let Some(autoscale) = pool.get("autoscale") else {
            continue;
        };
        let (Some(min), Some(max)) = (autoscale.int_at("min"), autoscale.int_at("max")) else {
            continue;
        };
        if min > max {
            if let Some(node) = autoscale.get("min") {
                sheet.at(
                    node,
                    format!("autoscale.min {min} is above autoscale.max {max}"),
                    "write the fewest nodes as `min` and the most as `max`",
                );
            }
        } else if let (Some(count), Some(node)) = (pool.int_at("count"), pool.get("count"))
            && (count < min || count > max)
        {
            sheet.at(
                node,
                format!("count {count} is not between autoscale.min {min} and autoscale.max {max}"),
                "the pool is created with `count` nodes and then scales between the two",
            );
        }
    }
}

/// Starter is the one tier whose limit is a wall.
fn registry(sheet: &mut Sheet<'_>) {
    let Some(registry) = sheet.section(&["digitalocean", "registry"]) else {
        return;
    };
    let Some(limit) = registry.get("storageLimit") else {
        return;
    };
    let size = limit
        .text()
        .map(ToOwned::to_owned)
        .map(crate::spec::scalar::Size::try_from);
    let Some(Ok(size)) = size else { return };
    if *size.meaning() == 0 {
        sheet.at(
            limit,
            "storageLimit is nothing at all",
            "write what the registry may hold, as 5GiB",
        );
    } else if registry.text_at("tier") == Some("starter") && *size.meaning() > 500 << 20 {
        sheet.at(
            limit,
            format!("storageLimit {size} is more than a starter registry can hold"),
            "write at most 500MiB, or choose tier basic, which includes 5GiB",
        );
    }
}

fn grants(sheet: &mut Sheet<'_>) {
    for grant in sheet
        .list(&["digitalocean", "spaces", "keys"])
        .iter()
        .flat_map(|key| key.items_at(&["grants"]))
    {
        let Some(permission) = grant.get("permission") else {
            continue;
        };
        match (permission.text(), grant.get("bucket")) {
            (Some("fullaccess"), Some(bucket)) => {
                sheet.at_key(
                    bucket,
                    "full access cannot be limited to a bucket",
                    "remove `bucket`, or choose permission read or readwrite",
                );
            }
            (Some("read" | "readwrite"), None) => {
                sheet.at(
                    permission,
                    "this grant names no bucket",
                    "add `bucket`, one of those under `spaces.buckets`",
                );
            }
            _ => {}
        }
    }
}

/// Two backups in one place could not be told apart.
fn backups(sheet: &mut Sheet<'_>) {
    let backups = sheet.list(&["digitalocean", "spaces", "backups"]);
    let place = |backup: &'_ Node| -> Option<(String, String)> {
        Some((
            backup.text_at("bucket")?.to_owned(),
            backup.text_at("prefix").unwrap_or_default().to_owned(),
        ))
    };
    for (index, backup) in backups.iter().enumerate() {
        let Some(own) = place(backup) else { continue };
        let Some(first) = backups[..index]
            .iter()
            .find(|other| place(other).as_ref() == Some(&own))
        else {
            continue;
        };
        let at = backup
            .get("prefix")
            .or_else(|| backup.get("bucket"))
            .unwrap_or(backup);
        let related = sheet.value_place(
            &first
                .get("prefix")
                .or_else(|| first.get("bucket"))
                .unwrap_or(first)
                .origin,
        );
        let problem = sheet.at(
            at,
            "two backups have the same bucket and prefix",
            "give each backup a prefix of its own, so that the newest of each can be found",
        );
        problem.related = Some((related, "the first one".to_owned()));
    }
}

fn firewalls(sheet: &mut Sheet<'_>) {
    for firewall in sheet.list(&["digitalocean", "firewalls"]) {
        if firewall.items_at(&["inboundRules"]).is_empty() && firewall.items_at(&["outboundRules"]).is_empty()
        {
            sheet.at_key(
                firewall,
                "this firewall has no rules",
                "give it `inboundRules`, `outboundRules` or both",
            );
        }
        for (list, peers) in [("inboundRules", "sources"), ("outboundRules", "destinations")] {
            for rule in firewall.items_at(&[list]) {
                if let Some(node) = rule.get(peers)
                    && node.items_at(&["addresses"]).is_empty()
                    && node.items_at(&["tags"]).is_empty()
                {
                    sheet.at_key(
                        node,
                        format!("`{peers}` names nobody"),
                        "give `addresses`, `tags` or both",
                    );
                }
                if let Some(ports) = rule.get("ports")
                    && rule.text_at("protocol") == Some("icmp")
                {
                    sheet.at_key(ports, "icmp has no ports", "remove `ports`");
                }
            }
        }
    }
}

fn target(sheet: &mut Sheet<'_>) {
    let Some(kubernetes) = sheet.section(&["target", "kubernetes"]) else {
        return;
    };
    let Some(node) = kubernetes.get("fromDigitalOcean") else {
        return;
    };
    if sheet.section(&["digitalocean", "cluster"]).is_none() && sheet.trusted(&["digitalocean"]) {
        sheet.at_key(
            node,
            "fromDigitalOcean needs a declared cluster",
            "declare it under `digitalocean.cluster`, or name a context",
        );
    }
}

fn notify(sheet: &mut Sheet<'_>) {
    const CHANNELS: [&str; 3] = ["slack", "webhook", "alertmanager"];
    for item in sheet.list(&["notify"]) {
        let given: Vec<&Node> = CHANNELS.iter().filter_map(|channel| item.get(channel)).collect();
        match given.as_slice() {
            [_] => {}
            [] => {
                sheet.at_key(
                    item,
                    format!(
                        "this notification goes nowhere: it needs one of {}",
                        listed(CHANNELS, "or")
                    ),
                    "write where it goes as a reference, as `slack: {env: SLACK_WEBHOOK}`",
                );
            }
            [_, second, ..] => {
                sheet.at_key(
                    second,
                    format!("a notification takes only one of {}", listed(CHANNELS, "or")),
                    "write one item under `notify` for each",
                );
            }
        }
    }
}

fn remediation(sheet: &mut Sheet<'_>) {
    let Some(remediation) = sheet.section(&["remediation"]) else {
        return;
    };
    if let (Some("apply"), Some(mode), None) = (
        remediation.text_at("mode"),
        remediation.get("mode"),
        remediation.get("window"),
    ) && !sheet.damaged(&["remediation", "window"])
    {
        sheet.at(
            mode,
            "mode apply needs a window",
            "say when repairs may happen, as `window: {cron: \"0 3 * * SUN\", for: 2h, timezone: Europe/Kyiv}`",
        );
    }
}
