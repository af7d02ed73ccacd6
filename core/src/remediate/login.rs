//! Whether an administrator of Argo CD gets in without the password of its installation.
//!
//! Told by its settings alone: who may log in (SSO, or an account with a password of its own), and whom its roles make an
//! administrator. The values of Secrets are not looked at: that a password was set, the server's record of fields says.

use crate::value::{Value, ValueExt};
use std::collections::BTreeSet;

/// The ConfigMap with the settings of Argo CD.
pub const SETTINGS: &str = "argocd-cm";
/// The ConfigMap with the roles of its users.
pub const ROLES: &str = "argocd-rbac-cm";
/// The Secret with the passwords of its own accounts.
pub const PASSWORDS: &str = "argocd-secret";
/// The role that may do everything.
const ADMINISTRATOR: &str = "role:admin";
/// The account that the first password is of.
const FIRST: &str = "admin";

/// Who has another login as an administrator, in words. `passwords` is the metadata of the Secret.
///
/// # Errors
///
/// In words, what is missing to be sure.
pub fn other_admin(
    settings: Option<&Value>,
    roles: Option<&Value>,
    passwords: Option<&Value>,
) -> Result<String, String> {
    let accounts = settings.map(accounts).unwrap_or_default();
    let local = settings.map(local).unwrap_or_default();
    let administrators = roles.map(administrators).unwrap_or_default();
    let everybody = roles.and_then(|roles| roles.text_at(&["data", "policy.default"])) == Some(ADMINISTRATOR);
    let strangers = || administrators.iter().find(|name| !local.contains(*name));
    if settings.is_some_and(single_sign_on) {
        if everybody {
            return Ok("everybody who logs in by SSO".to_owned());
        }
        if let Some(name) = strangers() {
            return Ok(format!("{name}, by SSO"));
        }
    }
    let own = accounts.iter().find(|name| {
        (everybody || administrators.contains(*name)) && passwords.is_some_and(|secret| is_set(secret, name))
    });
    own.map(|name| format!("account {name}")).ok_or_else(|| {
        format!(
            "no other login of an administrator is proven: neither SSO ({SETTINGS}: dex.config or oidc.config) with a user or \
             group that {ROLES} maps to {ADMINISTRATOR}, nor an account ({SETTINGS}: accounts.NAME) that is mapped so and has a \
             password"
        )
    })
}

/// Users of another system may log in.
fn single_sign_on(settings: &Value) -> bool {
    let set = |key: &str| {
        let text = settings.text_at(&["data", key]).unwrap_or_default();
        // With comments alone nobody logs in.
        text.lines().any(|line| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        })
    };
    // Where users come back to: without it neither works.
    set("url") && (set("oidc.config") || set("dex.config"))
}

/// Accounts of Argo CD's own, whatever they may do: nobody comes by SSO under such a name for certain.
fn local(settings: &Value) -> BTreeSet<String> {
    let data = settings.field("data").into_iter().flat_map(ValueExt::members);
    let named = data.filter_map(|(key, _)| key.strip_prefix("accounts."));
    let name = |key: &str| key.strip_suffix(".enabled").unwrap_or(key).to_owned();
    named.map(name).collect()
}

/// Accounts of Argo CD's own that may log in, without the first one.
fn accounts(settings: &Value) -> BTreeSet<String> {
    let data = settings.field("data");
    let off = |name: &str| {
        let enabled = settings.text_at(&["data", &format!("accounts.{name}.enabled")]);
        enabled.is_some_and(|text| text.trim() != "true")
    };
    let named = data.into_iter().flat_map(ValueExt::members);
    let named = named.filter_map(|(key, value)| Some((key.strip_prefix("accounts.")?, value.text()?)));
    let may_log_in = named.filter(|(name, abilities)| {
        *name != FIRST && !name.contains('.') && abilities.split(',').any(|one| one.trim() == "login")
    });
    may_log_in
        .filter(|(name, _)| !off(name))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Users and groups that are administrators, also by another role in between.
fn administrators(roles: &Value) -> BTreeSet<String> {
    let data = roles.field("data").into_iter().flat_map(ValueExt::members);
    // `policy.csv`, and any others that are put beside it.
    let texts = data.filter(|(key, _)| key.starts_with("policy.") && key.ends_with("csv"));
    let lines = texts.filter_map(|(_, value)| value.text()).flat_map(str::lines);
    let grants: Vec<(&str, &str)> = lines
        .filter_map(|line| {
            let mut parts = line.split(',').map(|part| part.trim().trim_matches('"'));
            match (parts.next(), parts.next(), parts.next()) {
                (Some("g"), Some(who), Some(role)) if !who.is_empty() => Some((who, role)),
                _ => None,
            }
        })
        .collect();
    let mut all = BTreeSet::from([ADMINISTRATOR.to_owned()]);
    loop {
        let more = grants.iter().filter(|(_, role)| all.contains(*role));
        let more: Vec<String> = more
            .filter(|(who, _)| !all.contains(*who))
            .map(|(who, _)| (*who).to_owned())
            .collect();
        if more.is_empty() {
            break;
        }
        all.extend(more);
    }
    all.retain(|name| name != FIRST && !name.starts_with("role:"));
    all
}

/// A password of the account is in the Secret.
fn is_set(secret: &Value, account: &str) -> bool {
    let field = format!("f:accounts.{account}.password");
    let entries = secret.items_at(&["metadata", "managedFields"]).iter();
    let data = entries.filter_map(|entry| entry.at(&["fieldsV1", "f:data"]));
    data.into_iter().any(|data| data.field(&field).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::object;

    fn config(members: &[(&str, &str)]) -> Value {
        let data = object(members.iter().map(|(key, value)| (*key, Value::from(*value))));
        object([("data", data)])
    }

    fn secret(keys: &[&str]) -> Value {
        let data = object(keys.iter().map(|key| (format!("f:{key}"), Value::new_object())));
        let fields = object([("f:data", data)]);
        let entry = object([("manager", Value::from("argocd-server")), ("fieldsV1", fields)]);
        object([("metadata", object([("managedFields", Value::from(vec![entry]))]))])
    }

    fn proven(
        settings: &[(&str, &str)],
        roles: &[(&str, &str)],
        passwords: &[&str],
    ) -> Result<String, String> {
        other_admin(
            Some(&config(settings)),
            Some(&config(roles)),
            Some(&secret(passwords)),
        )
    }

    const SSO: [(&str, &str); 2] = [
        ("url", "https://argocd.example.com"),
        ("oidc.config", "name: Okta\nissuer: https://example.okta.com"),
    ];

    #[test]
    fn users_of_another_system_who_are_administrators_are_a_proof() {
        for roles in [
            [("policy.csv", "g, platform-team, role:admin")],
            [(
                "policy.csv",
                "p, role:x, applications, get, */*, allow\ng, \"platform team\", role:admin",
            )],
            [("policy.csv", "g, role:lead, role:admin\ng, leads, role:lead")],
            [("policy.overlay.csv", "g,platform-team,role:admin")],
            [("policy.default", "role:admin")],
        ] {
            assert!(proven(&SSO, &roles, &[]).is_ok(), "{roles:?}");
        }
        let dex = [SSO[0], ("dex.config", "connectors:\n- type: github")];
        assert!(proven(&dex, &[("policy.csv", "g, org:team, role:admin")], &[]).is_ok());
    }

    #[test]
    fn an_account_with_a_password_and_the_role_is_a_proof() {
        let settings = [("accounts.alice", "apiKey, login")];
        let roles = [("policy.csv", "g, alice, role:admin")];
        let password = ["admin.password", "accounts.alice.password"];
        assert_eq!(
            proven(&settings, &roles, &password),
            Ok("account alice".to_owned())
        );
        for (settings, roles, passwords) in [
            // None was set, or another's.
            (settings, roles, &["admin.password"][..]),
            (settings, roles, &["accounts.bob.password"]),
            // It may not log in, or no longer.
            ([("accounts.alice", "apiKey")], roles, &password),
            ([("accounts.bob", "login")], roles, &password),
            // It is no administrator.
            (settings, [("policy.csv", "g, alice, role:readonly")], &password),
            (
                settings,
                [("policy.csv", "p, alice, role:admin, get, *, allow")],
                &password,
            ),
            (settings, [("policy.csv", "# g, alice, role:admin")], &password),
        ] {
            assert!(
                proven(&settings, &roles, passwords).is_err(),
                "{settings:?} {roles:?} {passwords:?}"
            );
        }
        let off = [("accounts.alice", "login"), ("accounts.alice.enabled", "false")];
        assert!(proven(&off, &roles, &password).is_err());
    }

    #[test]
    fn what_is_not_sure_is_no_proof() {
        let roles = [("policy.csv", "g, platform-team, role:admin")];
        for settings in [
            &[][..],
            &[SSO[1]],
            &[SSO[0]],
            &[SSO[0], ("oidc.config", "  \n# name: Okta\n")],
        ] {
            assert!(proven(settings, &roles, &[]).is_err(), "{settings:?}");
        }
        for roles in [
            &[][..],
            &[("policy.csv", "g, platform-team, role:readonly")],
            // The first account is the one whose password goes.
            &[("policy.csv", "g, admin, role:admin")],
            &[("policy.csv", "g, role:a, role:b\ng, role:b, role:a")],
            &[("policy.default", "role:readonly")],
            // Who is an account of Argo CD's own does not come by SSO.
        ] {
            assert!(proven(&SSO, roles, &[]).is_err(), "{roles:?}");
        }
        for account in [
            &[("accounts.alice", "login")][..],
            // Also one that may not log in, or no longer.
            &[("accounts.alice", "apiKey")],
            &[("accounts.alice", "login"), ("accounts.alice.enabled", "false")],
            &[("accounts.alice.enabled", "false")],
        ] {
            let local = [&SSO[..], account].concat();
            assert!(
                proven(&local, &[("policy.csv", "g, alice, role:admin")], &[]).is_err(),
                "{account:?}"
            );
        }
        assert!(other_admin(None, None, None).is_err());
    }
}
