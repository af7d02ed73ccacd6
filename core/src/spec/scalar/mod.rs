//! Texts with a meaning: sizes, periods, addresses, names. Each keeps what was written beside what it means.
//!
//! One table says for every kind of text its Rust type, the name under which the JSON Schema carries it (`x-scalar`),
//! how it is read, a pattern for editors and an example. What is read here never ends up in a message: the words of
//! [`Wrong`] speak about the kind, so that a secret pasted into the wrong field is not repeated.

mod amount;
mod artifact;
mod name;
mod net;
mod time;

use amount::{percent, quantity, size};
use artifact::{host, https, image_prefix, kubernetes_version, repository, sha256, version};
use ipnet::IpNet;
use name::{
    allowed_object, bucket, command_word, json_pointer, key, label, namespaced, object_name, path, policy_id,
    region, registry, resource_name, size_slug, variable, words,
};
use net::{address, cidr, ports};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
pub(super) use time::recurs_at;
use time::{cron, period, time_of_day, time_zone};

/// Why a text is not of its kind: words that follow the quoted text, and how to write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// As `is not a size`.
    pub what: String,
    /// As `write a number and a unit: 5GiB`.
    pub hint: String,
}

impl Wrong {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text {}: {}", self.what, self.hint)
    }
}

/// The member under which the JSON Schema names the kind of a text.
pub(super) const KIND: &str = "x-scalar";

macro_rules! scalars {
    ($($(#[$doc:meta])* $name:ident($meaning:ty) = $kind:literal, $read:path, $pattern:literal, $example:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(try_from = "String", into = "String")]
            pub struct $name {
                text: String,
                meaning: $meaning,
            }

            impl $name {
                /// A default: its text and its meaning side by side.
                #[allow(dead_code, reason = "few kinds have defaults")]
                pub(in crate::spec) fn literal(text: &str, meaning: $meaning) -> Self {
                    Self { text: text.to_owned(), meaning }
                }

                /// As written.
                pub fn as_str(&self) -> &str {
                    &self.text
                }

                /// What it means; `()` when the text itself is all there is.
                pub fn meaning(&self) -> &$meaning {
                    &self.meaning
                }
            }

            impl TryFrom<String> for $name {
                type Error = Wrong;

                fn try_from(text: String) -> Result<Self, Wrong> {
                    let meaning = $read(&text)?;
                    Ok(Self { text, meaning })
                }
            }

            impl From<$name> for String {
                fn from(scalar: $name) -> String {
                    scalar.text
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&self.text)
                }
            }

            impl JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({"type": "string", "x-scalar": $kind, "pattern": $pattern, "examples": [$example]})
                }
            }
        )*

        /// What is wrong with `text` as a scalar of this kind; `None` when it is right or the kind is unknown.
        pub(super) fn judge(kind: &str, text: &str) -> Option<Wrong> {
            match kind {
                $($kind => $read(text).err(),)*
                _ => None,
            }
        }

        #[cfg(test)]
        pub(super) const TABLE: &[(&str, &str, &str)] = &[$(($kind, $pattern, $example)),*];
    };
}

scalars! {
    /// An amount of bytes: a number and a unit (`KiB`, `MiB`, `GiB`, `TiB`; `KB`, `MB`, `GB`, `TB`; `B`). Its meaning is bytes.
    Size(u64) = "size", size, r"^[0-9]+(\.[0-9]+)?\s?([KMGT]i?)?B$", "5GiB";
    /// A share from 0% to 100%. Its meaning is hundredths of a percent.
    Percent(u32) = "percent", percent, r"^[0-9]{1,3}(\.[0-9]{1,2})?%$", "80%";
    /// A length of time: numbers with units, the largest first (`w`, `d`, `h`, `m`, `s`). Its meaning is seconds.
    Period(u64) = "period", period, r"^([0-9]+[wdhms])+$", "26h";
    /// A time of day by the 24-hour clock, quoted. Its meaning is minutes since midnight.
    TimeOfDay(u32) = "time", time_of_day, r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "03:00";
    /// When something recurs: the five fields of cron.
    Cron(()) = "cron", cron, r"^\S+( +\S+){4}$", "0 3 * * SUN";
    /// A time zone of the IANA database.
    TimeZone(()) = "timeZone", time_zone, r"^(UTC|[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+)+)$", "Europe/Kyiv";
    /// A network in CIDR notation, host bits zero.
    Cidr(IpNet) = "cidr", cidr, r"^[0-9a-fA-F.:]+/[0-9]{1,3}$", "10.20.0.0/20";
    /// An address or a network in CIDR notation.
    Address(IpNet) = "address", address, r"^[0-9a-fA-F.:]+(/[0-9]{1,3})?$", "203.0.113.0/24";
    /// A port, a range of ports, or `all`.
    Ports(()) = "ports", ports, r"^(all|[0-9]{1,5}(-[0-9]{1,5})?)$", "8000-9000";
    /// A name by Kubernetes' rule for labels: up to 63 small letters, digits and hyphens.
    Label(()) = "label", label, r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", "front-web";
    /// A Kubernetes object's name: up to 253 small letters, digits, hyphens and dots.
    ObjectName(()) = "objectName", object_name, r"^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$", "b2b-web";
    /// A namespace and a name in it. Its meaning is the two of them.
    NamespacedName((String, String)) = "namespacedName", namespaced, r"^[a-z0-9][-a-z0-9]*/[a-z0-9][-.a-z0-9]*$", "back/keydb";
    /// An object in a system namespace: `namespace/name`, `namespace/Kind/name`, or `Kind/name` for all of them.
    AllowedObject(()) = "allowedObject", allowed_object, r"^[^/\s]+/[^/\s]+(/[^/\s]+)?$", "kube-system/Deployment/headlamp";
    /// The name of a DigitalOcean resource: letters, digits, dots and hyphens.
    ResourceName(()) = "resourceName", resource_name, r"^[A-Za-z0-9]([-.A-Za-z0-9]{0,253}[A-Za-z0-9])?$", "stage";
    /// Words for people, not empty.
    Words(()) = "words", words, r"\S", "stage";
    /// A container registry's name.
    RegistryName(()) = "registry", registry, r"^[a-z0-9-]{1,63}$", "acme";
    /// A Space's name.
    BucketName(()) = "bucket", bucket, r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", "acme-stage-backups";
    /// A region's slug.
    Region(()) = "region", region, r"^[a-z]{3}[0-9]$", "fra1";
    /// A Droplet size's slug.
    SizeSlug(()) = "sizeSlug", size_slug, r"^[a-z0-9_.]+(-[a-z0-9_.]+)+$", "s-4vcpu-8gb";
    /// A Kubernetes version: the minor one, or one of DigitalOcean's slugs.
    KubernetesVersion(()) = "kubernetesVersion", kubernetes_version, r"^1\.[0-9]+(\.[0-9]+(-do\.[0-9]+)?)?$", "1.35";
    /// An exact version.
    Version(()) = "version", version, r"^v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$", "4.15.1";
    /// A SHA-256 sum: 64 hexadecimal digits.
    Sha256(()) = "sha256", sha256, r"^[0-9a-fA-F]{64}$", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    /// An address of the web, by https.
    HttpsUrl(()) = "https", https, r"^https://[^\s@]+$", "https://example.com/install.yaml";
    /// A repository of Git, of charts, or of an OCI registry.
    Repository(()) = "repository", repository, r"^\S+$", "https://github.com/acme/deploy.git";
    /// A host name, which may begin with `*.`.
    Host(()) = "host", host, r"^(\*\.)?([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "stage.example.com";
    /// A policy's or bundle's id.
    PolicyId(()) = "policyId", policy_id, r"^[A-Za-z0-9][A-Za-z0-9._-]{0,56}$", "registry-size";
    /// A path of files, relative to the file that names it.
    FilePath(()) = "path", path, r"\S", "charts/ingress-nginx.yaml";
    /// The beginning of image references.
    ImagePrefix(()) = "imagePrefix", image_prefix, r"^\S+$", "docker.io/amazon/aws-cli";
    /// The key of a label, taint or annotation.
    Key(()) = "key", key, r"^([a-z0-9][-.a-z0-9]*/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$", "example.com/proxy";
    /// An environment variable's name.
    Variable(()) = "variable", variable, r"^[A-Za-z_][A-Za-z0-9_]*$", "DIGITALOCEAN_TOKEN";
    /// One word of a command.
    CommandWord(()) = "commandWord", command_word, r"\S", "vault";
    /// An amount with one of Kubernetes' units.
    QuantityText(()) = "quantity", quantity, r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$", "500m";
    /// A JSON pointer to a field.
    JsonPointer(()) = "jsonPointer", json_pointer, r"^(/[^/]*)+$", "/spec/replicas";
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn every_example_is_of_its_kind_and_matches_its_pattern() {
        for (kind, pattern, example) in TABLE {
            assert_eq!(judge(kind, example), None, "{kind}");
            let schema = serde_json::json!({"pattern": pattern});
            assert!(
                jsonschema::is_valid(&schema, &serde_json::json!(example)),
                "{kind}"
            );
        }
    }

    #[rstest]
    #[case("size", "5GiB", true)]
    #[case("size", "1.5 GB", true)]
    #[case("size", "0B", true)]
    #[case("size", "5", false)]
    #[case("size", "5Gi", false)]
    #[case("size", "-1KiB", false)]
    #[case("size", "99999999999TiB", false)]
    #[case("percent", "100%", true)]
    #[case("percent", "12.5%", true)]
    #[case("percent", "101%", false)]
    #[case("percent", "0.8", false)]
    #[case("period", "1h30m", true)]
    #[case("period", "30m1h", false)]
    #[case("period", "0h", false)]
    #[case("period", "99999999999999999999d", false)]
    #[case("time", "24:00", false)]
    #[case("time", "3:00", false)]
    #[case("cron", "*/5 0-6,22 1 JAN-MAR mon", true)]
    #[case("cron", "60 * * * *", false)]
    #[case("cron", "0 3 * *", false)]
    #[case("cron", "5-1 * * * *", false)]
    #[case("timeZone", "UTC", true)]
    #[case("timeZone", "America/Argentina/Buenos_Aires", true)]
    #[case("timeZone", "CET", false)]
    #[case("cidr", "10.20.0.1/20", false)]
    #[case("cidr", "10.20.0.0", false)]
    #[case("cidr", "fd00::/8", true)]
    #[case("address", "1.2.3.4", true)]
    #[case("address", "1.2.3.4/24", false)]
    #[case("ports", "9000-8000", false)]
    #[case("label", "Back", false)]
    #[case("label", "-a", false)]
    #[case("objectName", "a..b", false)]
    #[case("namespacedName", "back", false)]
    #[case("namespacedName", "a/b/c", false)]
    #[case("allowedObject", "Deployment/headlamp", true)]
    #[case("region", "FRA1", false)]
    #[case("kubernetesVersion", "latest", false)]
    #[case("kubernetesVersion", "1.35.1-do.0", true)]
    #[case("version", "^4", false)]
    #[case("version", "v3.5.8", true)]
    #[case("sha256", "sha256:00", false)]
    #[case("https", "http://a/b", false)]
    #[case("https", "https://u:p@a/b", false)]
    #[case("repository", "git@github.com:acme/deploy.git", true)]
    #[case("repository", "https://user:secret@github.com/acme", false)]
    #[case("repository", "oci://registry.example.com/charts", true)]
    #[case("host", "*.example.com", true)]
    #[case("host", "https://example.com", false)]
    #[case("bucket", "ab", false)]
    #[case("quantity", "1.5Gi", true)]
    #[case("quantity", "2 GB", false)]
    #[case("variable", "A-B", false)]
    #[case("variable", "dop_v1_0123456789", false)]
    fn texts_are_judged(#[case] kind: &str, #[case] text: &str, #[case] right: bool) {
        assert_eq!(
            judge(kind, text).is_none(),
            right,
            "{kind} {text}: {:?}",
            judge(kind, text)
        );
    }

    #[test]
    fn meanings_are_in_base_units() {
        assert_eq!(Size::try_from("5GiB".to_owned()).unwrap().meaning(), &(5 << 30));
        assert_eq!(Size::try_from("1.5KB".to_owned()).unwrap().meaning(), &1500);
        assert_eq!(Percent::try_from("12.5%".to_owned()).unwrap().meaning(), &1250);
        assert_eq!(
            Period::try_from("1d2h3m4s".to_owned()).unwrap().meaning(),
            &93_784
        );
        assert_eq!(TimeOfDay::try_from("03:30".to_owned()).unwrap().meaning(), &210);
    }
}
