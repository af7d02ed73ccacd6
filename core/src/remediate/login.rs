//! Whether an administrator of Argo CD gets in without the password of its installation.
//!
//! Told by its settings alone: who may log in (SSO, or an account with a password of its own), and whom its roles make an
//! administrator. The values of Secrets are not looked at: that a password was set, or that there is a key to which the settings
//! refer, the server's record of fields says.

use crate::source::SourceText;
use crate::value::{Value, ValueExt};
use crate::yaml;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The ConfigMap with the settings of Argo CD.
pub const SETTINGS: &str = "argocd-cm";
/// The ConfigMap with the roles of its users.
pub const ROLES: &str = "argocd-rbac-cm";
/// The Secret with the passwords of its own accounts.
pub const PASSWORDS: &str = "argocd-secret";
/// The Deployment that asks other systems who somebody is.
pub const DEX: &str = "argocd-dex-server";
/// The Deployment at which everybody logs in.
pub const SERVER: &str = "argocd-server";
/// What a Secret says of itself from which Argo CD takes what its settings refer to.
const PART_OF: &str = "app.kubernetes.io/part-of";
/// How Argo CD itself asks another system.
const OIDC: &str = "oidc.config";
/// The role that may do everything.
const ADMINISTRATOR: &str = "role:admin";
/// The account that the first password is of.
const FIRST: &str = "admin";

/// What there is of Argo CD that decides who logs in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Logins<'a> {
    /// The ConfigMap [`SETTINGS`].
    pub settings: Option<&'a Value>,
    /// The ConfigMap [`ROLES`].
    pub roles: Option<&'a Value>,
    /// The metadata of the Secret [`PASSWORDS`].
    pub passwords: Option<&'a Value>,
    /// The metadata of the Secrets that [`other_secrets`] names, as far as there are such.
    pub secrets: &'a [Value],
    /// The Deployment [`DEX`].
    pub dex: Option<&'a Value>,
    /// The Deployment [`SERVER`].
    pub server: Option<&'a Value>,
}

/// The Secrets beside [`PASSWORDS`] to which the settings refer, as `$NAME:KEY`.
pub fn other_secrets(settings: &Value) -> BTreeSet<String> {
    let all = ["oidc.config", "dex.config"].map(|key| parsed(settings.text_at(&["data", key])?));
    let all = all.iter().flatten().flat_map(references);
    all.filter_map(|reference| Some(reference.split_once(':')?.0.to_owned()))
        .collect()
}

/// Who has another login as an administrator, in words.
///
/// # Errors
///
/// In words, what is missing to be sure.
pub fn other_admin(logins: Logins<'_>) -> Result<String, String> {
    let Logins {
        settings,
        roles,
        passwords,
        server,
        ..
    } = logins;
    if !server.is_some_and(is_ready) {
        return Err(format!(
            "no other login of an administrator is proven: {SERVER}, at which everybody logs in, is not there or not ready"
        ));
    }
    let accounts = settings.map(accounts).unwrap_or_default();
    let local = settings.map(local).unwrap_or_default();
    let administrators = roles.map(administrators).unwrap_or_default();
    // What is denied is denied, whatever else allows it; to whom it comes in the end is not worked out.
    if roles.is_some_and(denies) {
        return Err(format!(
            "no other login of an administrator is proven: {ROLES} denies something, maybe to them"
        ));
    }
    let everybody = roles.and_then(|roles| roles.text_at(&["data", "policy.default"])) == Some(ADMINISTRATOR);
    let claims = roles.map(claims).unwrap_or_default();
    // An address is told by the claim `email`, everybody else's name by a group.
    let claim = |name: &str| if name.contains('@') { "email" } else { "groups" };
    let strangers = administrators.iter().filter(|name| !local.contains(*name));
    let mut strangers = strangers.filter(|name| claims.contains(claim(name)));
    let single = settings.map_or(Err(None), |settings| single_sign_on(settings, logins));
    let missing = match single {
        Ok(_) if everybody => return Ok("everybody who logs in by SSO".to_owned()),
        Ok(told) => {
            let first = strangers.clone().next();
            if let Some(name) = strangers.find(|name| told.has(claim(name))) {
                return Ok(format!("{name}, by SSO"));
            }
            first.map(|name| {
                let claim = claim(name);
                format!("oidc.config asks for nothing that tells of {name}: {claim} is not among its requestedScopes")
            })
        }
        Err(missing) => missing,
    };
    let missing = missing.map(|why| format!("; {why}")).unwrap_or_default();
    let own = accounts.iter().find(|name| {
        (everybody || administrators.contains(*name)) && passwords.is_some_and(|secret| is_set(secret, name))
    });
    own.map(|name| format!("account {name}")).ok_or_else(|| {
        format!(
            "no other login of an administrator is proven: neither SSO ({SETTINGS}: url, and oidc.config with issuer, clientID and \
             clientSecret or PKCE, or dex.config with a connector, with {DEX} ready) with a user or group that {ROLES} maps to {ADMINISTRATOR}, nor an \
             account ({SETTINGS}: accounts.NAME) that is mapped so and was given a password by `argocd account update-password`{missing}"
        )
    })
}

/// What the other system is asked to tell of a user: the names of claims.
#[derive(Debug, PartialEq, Eq)]
struct Told(Option<BTreeSet<String>>);

impl Told {
    /// Of OpenID Connect it is what the settings ask for, be it by a scope of the claim's name or by the claim itself. Who says nothing,
    /// and Dex, is asked for groups and addresses.
    fn of(way: &str, config: &Value) -> Self {
        let scopes = config.items_at(&["requestedScopes"]);
        if way != OIDC || scopes.is_empty() {
            return Self(None);
        }
        let claims = config.field("requestedIDTokenClaims");
        let claims = claims.into_iter().flat_map(ValueExt::members).map(|(key, _)| key);
        let all = scopes.iter().filter_map(ValueExt::text).chain(claims);
        Self(Some(all.map(str::to_owned).collect()))
    }

    fn has(&self, claim: &str) -> bool {
        self.0.as_ref().is_none_or(|all| all.contains(claim))
    }
}

/// What is told of users of another system, who may log in; `Err` where that is not sure, with what it would take where something is
/// missing.
fn single_sign_on(settings: &Value, logins: Logins<'_>) -> Result<Told, Option<String>> {
    let text = |key: &str| settings.text_at(&["data", key]).unwrap_or_default();
    let said = |value: &Value, key: &str| value.text_at(&[key]).is_some_and(|text| !text.trim().is_empty());
    // Where users come back to: without it neither works.
    if text("url").trim().is_empty() {
        return Err(None);
    }
    // The first one counts where both are there.
    let (way, config) = if let Some(oidc) = parsed(text(OIDC)) {
        let public = oidc
            .field("enablePKCEAuthentication")
            .is_some_and(ValueExt::is_true);
        let whole =
            said(&oidc, "issuer") && said(&oidc, "clientID") && (public || said(&oidc, "clientSecret"));
        (whole.then_some(OIDC), oidc)
    } else {
        let dex = parsed(text("dex.config")).ok_or(None)?;
        let mut connectors = dex.items_at(&["connectors"]).iter();
        let whole =
            logins.dex.is_some_and(is_ready) && connectors.any(|one| said(one, "type") && said(one, "id"));
        (whole.then_some("dex.config"), dex)
    };
    let way = way.ok_or(None)?;
    let told = Told::of(way, &config);
    if !told.has("openid") {
        return Err(Some(format!(
            "{way} asks for requestedScopes without openid: nobody is told apart"
        )));
    }
    let missing = references(&config)
        .into_iter()
        .find(|reference| !is_known(reference, logins));
    match missing {
        None => Ok(told),
        Some(reference) => Err(Some(format!(
            "{way} refers to ${reference}, and that there is such a key in {} is not recorded",
            match reference.split_once(':') {
                Some((secret, _)) => format!("a Secret {secret} with the label {PART_OF}: argocd"),
                None => format!("Secret {PASSWORDS}"),
            }
        ))),
    }
}

/// Whether a Deployment has Pods that answer.
fn is_ready(deployment: &Value) -> bool {
    let ready = deployment.at(&["status", "readyReplicas"]);
    ready.and_then(ValueExt::int).is_some_and(|ready| ready > 0)
}

/// What a setting refers to, as Argo CD reads it: a text that begins with a dollar is the name of a key, in a Secret of its own
/// name where that stands before a colon.
fn references(config: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![config];
    while let Some(value) = open.pop() {
        found.extend(
            value
                .text()
                .and_then(|text| text.strip_prefix('$'))
                .map(str::to_owned),
        );
        open.extend(value.items());
        open.extend(value.members().map(|(_, member)| member));
    }
    found.sort();
    found
}

/// Whether Argo CD finds what this refers to. What is in it is not looked at.
fn is_known(reference: &str, logins: Logins<'_>) -> bool {
    match reference.split_once(':') {
        None => logins.passwords.is_some_and(|secret| holds(secret, reference)),
        Some((name, key)) => logins.secrets.iter().any(|secret| {
            secret.text_at(&["metadata", "name"]) == Some(name)
                && secret.text_at(&["metadata", "labels", PART_OF]) == Some("argocd")
                && holds(secret, key)
        }),
    }
}

/// Whether a Secret has this key, by the server's record.
fn holds(secret: &Value, key: &str) -> bool {
    let field = format!("f:{key}");
    let mut entries = secret.items_at(&["metadata", "managedFields"]).iter();
    !key.is_empty() && entries.any(|entry| entry.at(&["fieldsV1", "f:data", &field]).is_some())
}

/// What a text of YAML says, if it is one.
fn parsed(text: &str) -> Option<Value> {
    let source = Arc::new(SourceText::new("settings", text));
    let limits = yaml::Limits::default();
    let mut documents = yaml::documents(&source, &limits);
    documents.next()?.ok().map(|document| document.value)
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

/// The lines of `policy.csv`, and of any others that are put beside it, in their parts.
fn rules(roles: &Value) -> impl Iterator<Item = Vec<&str>> {
    let data = roles.field("data").into_iter().flat_map(ValueExt::members);
    let is_one = |key: &str| {
        let rest = key.strip_prefix("policy.");
        rest.is_some_and(|rest| rest == "csv" || rest.strip_suffix(".csv").is_some())
    };
    let texts = data.filter(move |(key, _)| is_one(key));
    let lines = texts.filter_map(|(_, value)| value.text()).flat_map(str::lines);
    lines.map(|line| {
        line.split(',')
            .map(|part| part.trim().trim_matches('"'))
            .collect()
    })
}

/// What is looked at of somebody who comes by SSO, beside the subject, which is a number as a rule.
fn claims(roles: &Value) -> BTreeSet<String> {
    match roles.text_at(&["data", "scopes"]) {
        None | Some("") => BTreeSet::from(["groups".to_owned()]),
        Some(text) => {
            let parts = text.split(|letter: char| "[], '\"\n".contains(letter));
            parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
        }
    }
}

/// Whether anything is denied to anybody.
fn denies(roles: &Value) -> bool {
    rules(roles).any(|rule| {
        rule.first() == Some(&"p")
            && rule
                .last()
                .is_some_and(|effect| effect.eq_ignore_ascii_case("deny"))
    })
}

/// Users and groups that are administrators, also by another role in between.
fn administrators(roles: &Value) -> BTreeSet<String> {
    let grants: Vec<(&str, &str)> = rules(roles)
        .filter_map(|rule| {
            let mut parts = rule.into_iter();
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

/// A password of the account is in the Secret, with the time at which it was set: Argo CD writes both, and takes none that is
/// empty.
fn is_set(secret: &Value, account: &str) -> bool {
    let has = |what: &str| holds(secret, &format!("accounts.{account}.{what}"));
    has("password") && has("passwordMtime")
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

    fn deployment(ready: i64) -> Value {
        object([("status", object([("readyReplicas", Value::from(ready))]))])
    }

    fn proven(
        settings: &[(&str, &str)],
        roles: &[(&str, &str)],
        passwords: &[&str],
    ) -> Result<String, String> {
        with_dex(settings, roles, passwords, 1)
    }

    fn with_dex(
        settings: &[(&str, &str)],
        roles: &[(&str, &str)],
        passwords: &[&str],
        ready: i64,
    ) -> Result<String, String> {
        other_admin(Logins {
            settings: Some(&config(settings)),
            roles: Some(&config(roles)),
            passwords: Some(&secret(passwords)),
            secrets: &[],
            dex: Some(&deployment(ready)),
            server: Some(&deployment(1)),
        })
    }

    const SSO: [(&str, &str); 2] = [
        ("url", "https://argocd.example.com"),
        (
            "oidc.config",
            "name: Okta\nissuer: https://example.okta.com\nclientID: a1b2\nenablePKCEAuthentication: true",
        ),
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
        let by_address = [
            ("policy.csv", "g, a@example.com, role:admin"),
            ("scopes", "[groups, email]"),
        ];
        assert!(proven(&SSO, &by_address, &[]).is_ok());
        let dex = [
            SSO[0],
            ("dex.config", "connectors:\n- type: github\n  id: github"),
        ];
        let roles = [("policy.csv", "g, org:team, role:admin")];
        assert!(proven(&dex, &roles, &[]).is_ok());
        assert!(
            with_dex(&dex, &roles, &[], 0).is_err(),
            "nobody asks the other system"
        );
        assert!(with_dex(&SSO, &[("policy.csv", "g, a, role:admin")], &[], 0).is_ok());
    }

    #[test]
    fn an_account_with_a_password_and_the_role_is_a_proof() {
        let settings = [("accounts.alice", "apiKey, login")];
        let roles = [("policy.csv", "g, alice, role:admin")];
        let password = [
            "admin.password",
            "accounts.alice.password",
            "accounts.alice.passwordMtime",
        ];
        assert_eq!(
            proven(&settings, &roles, &password),
            Ok("account alice".to_owned())
        );
        for (settings, roles, passwords) in [
            // None was set, or another's.
            (settings, roles, &["admin.password"][..]),
            // It may be empty: nothing tells when it was set.
            (settings, roles, &["accounts.alice.password"]),
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
            &[SSO[0], ("oidc.config", "{}")],
            &[SSO[0], ("oidc.config", "issuer: https://example.okta.com")],
            &[SSO[0], ("oidc.config", "issuer: [")],
            &[SSO[0], ("dex.config", "connectors: []")],
            &[SSO[0], ("dex.config", "staticClients:\n- id: a\n  type: b")],
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
            &[("policy.foocsv", "g, team, role:admin")],
            &[("policy.csv", "g, a@example.com, role:admin")],
            &[("policy.csv", "g, team, role:admin"), ("scopes", "[email]")],
            &[("policy.csv", "g, team, role:admin\np, team, *, *, *, deny")],
            &[
                ("policy.default", "role:admin"),
                ("policy.csv", "p, role:admin, applications, *, */*, deny"),
            ],
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
        assert!(other_admin(Logins::default()).is_err());
    }

    #[test]
    fn a_group_or_an_address_that_is_not_asked_for_is_no_proof() {
        let with = |more: &str| {
            let text = format!("{}\n{more}", SSO[1].1);
            [SSO[0], ("oidc.config", text.leak() as &str)]
        };
        let group = [("policy.csv", "g, platform, role:admin")];
        let address = [
            ("policy.csv", "g, a@example.com, role:admin"),
            ("scopes", "[groups, email]"),
        ];
        for (asked, of_groups, of_addresses) in [
            ("requestedScopes: []", true, true),
            ("requestedScopes: [openid, groups]", true, false),
            ("requestedScopes: [openid, profile, email]", false, true),
            (
                "requestedScopes: [openid]\nrequestedIDTokenClaims: {groups: {essential: true}}",
                true,
                false,
            ),
            ("requestedScopes: [groups, email]", false, false),
        ] {
            assert_eq!(proven(&with(asked), &group, &[]).is_ok(), of_groups, "{asked}");
            assert_eq!(
                proven(&with(asked), &address, &[]).is_ok(),
                of_addresses,
                "{asked}"
            );
        }
        let everybody = [("policy.default", "role:admin")];
        let openid = with("requestedScopes: [openid]");
        assert!(proven(&openid, &everybody, &[]).is_ok());
        let why = proven(&openid, &group, &[]).unwrap_err();
        assert!(
            why.ends_with("asks for nothing that tells of platform: groups is not among its requestedScopes"),
            "{why}"
        );
        // Another one whom they do tell of is a proof.
        let both = [
            (
                "policy.csv",
                "g, a@example.com, role:admin\ng, platform, role:admin",
            ),
            ("scopes", "[groups, email]"),
        ];
        assert!(proven(&with("requestedScopes: [openid, groups]"), &both, &[]).is_ok());
    }

    #[test]
    fn what_the_settings_refer_to_has_to_be_there() {
        let roles = [("policy.csv", "g, platform, role:admin")];
        let oidc = |secret: &str| {
            let text = format!("issuer: https://example.okta.com\nclientID: a1b2\n{secret}");
            [SSO[0], ("oidc.config", text.leak() as &str)]
        };
        let by_key = oidc("clientSecret: $oidc.okta.clientSecret");
        assert!(proven(&by_key, &roles, &["oidc.okta.clientSecret"]).is_ok());
        let why = proven(&by_key, &roles, &["oidc.okta"]).unwrap_err();
        assert!(
            why.ends_with("refers to $oidc.okta.clientSecret, and that there is such a key in Secret argocd-secret is not recorded"),
            "{why}"
        );
        // A secret as it is, and none at all: a client that has to say one is told no.
        assert!(proven(&oidc("clientSecret: s3cr3t"), &roles, &[]).is_ok());
        for none in ["", "clientSecret: ''", "clientSecret: $"] {
            assert!(proven(&oidc(none), &roles, &[]).is_err(), "{none}");
        }
        let dex = [
            SSO[0],
            (
                "dex.config",
                "connectors:\n- type: github\n  id: github\n  config: {clientSecret: $dex.github.clientSecret}",
            ),
        ];
        assert!(proven(&dex, &roles, &["dex.github.clientSecret"]).is_ok());
        assert!(proven(&dex, &roles, &[]).is_err());

        // In a Secret of its own, which has to say that it is Argo CD's.
        let settings = config(&oidc("clientSecret: $okta:secret"));
        assert_eq!(other_secrets(&settings), BTreeSet::from(["okta".to_owned()]));
        let own = |label: &str, key: &str| {
            let fields = secret(&[key])
                .at(&["metadata", "managedFields"])
                .cloned()
                .unwrap();
            let labels = object([(PART_OF, Value::from(label))]);
            let metadata = [
                ("name", Value::from("okta")),
                ("labels", labels),
                ("managedFields", fields),
            ];
            object([("metadata", object(metadata))])
        };
        let by = |secrets: &[Value], server: i64| {
            other_admin(Logins {
                settings: Some(&settings),
                roles: Some(&config(&roles)),
                passwords: Some(&secret(&["secret", "okta:secret"])),
                secrets,
                dex: None,
                server: Some(&deployment(server)),
            })
        };
        assert!(by(&[own("argocd", "secret")], 1).is_ok());
        for secrets in [vec![], vec![own("other", "secret")], vec![own("argocd", "other")]] {
            assert!(by(&secrets, 1).is_err(), "{secrets:?}");
        }
        // Nobody answers who could ask.
        let why = by(&[own("argocd", "secret")], 0).unwrap_err();
        assert!(why.contains("argocd-server"), "{why}");
    }
}
