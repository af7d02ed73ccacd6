//! Which policies judge, what is overlooked, what is repaired unattended, and who is told.

use super::{SecretRef, Window};
use crate::spec::scalar::{JsonPointer, Label, ObjectName, PolicyId, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which policies judge, and how strictly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policies {
    /// Policies that do not judge here.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub disable: Vec<PolicyId>,
    /// The sets of policies that do.
    #[serde(default = "environment_bundle")]
    #[schemars(extend("uniqueItems" = true))]
    pub bundles: Vec<PolicyId>,
    /// Which policies comments and annotations may waive: default (all but critical ones), none, or a list.
    #[serde(default)]
    pub inline_waivers: InlineWaivers,
    /// Severities other than the policies' own.
    #[serde(default)]
    pub severity: BTreeMap<String, SeverityLevel>,
    /// Parameters of policies and bundles.
    #[serde(default)]
    pub parameters: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

fn environment_bundle() -> Vec<PolicyId> {
    vec![PolicyId::literal("environment", ())]
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            disable: Vec::new(),
            bundles: environment_bundle(),
            inline_waivers: InlineWaivers::default(),
            severity: BTreeMap::new(),
            parameters: BTreeMap::new(),
        }
    }
}

/// Which policies may be waived inline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum InlineWaivers {
    /// A rule.
    Word(InlineWaiversWord),
    /// These.
    Ids(#[schemars(extend("uniqueItems" = true))] Vec<PolicyId>),
}

impl Default for InlineWaivers {
    fn default() -> Self {
        Self::Word(InlineWaiversWord::Default)
    }
}

/// A rule about which policies may be waived inline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum InlineWaiversWord {
    /// All but critical ones.
    Default,
    /// No policy.
    None,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[allow(missing_docs, reason = "the words speak for themselves")]
pub enum SeverityLevel {
    Low,
    Medium,
    High,
    Critical,
}

/// What `envcheck drift` overlooks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Drift {
    /// Fields that may differ.
    #[serde(default)]
    pub ignore_differences: Vec<IgnoredDifference>,
}

/// Fields of some objects that may differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IgnoredDifference {
    /// The objects' API group; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<ObjectName>,
    /// Their kind.
    pub kind: Words,
    /// Their namespace; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Label>,
    /// The name of one of them; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ObjectName>,
    /// The fields, as /spec/replicas.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub json_pointers: Vec<JsonPointer>,
}

/// What `envcheck serve` may repair by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Remediation {
    /// Whether it repairs at all.
    #[serde(default)]
    pub mode: RemediationMode,
    /// The highest risk it may take.
    #[serde(default)]
    pub max_risk: RemediationRisk,
    /// The policies whose findings it may repair; all when empty.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub policies: Vec<PolicyId>,
    /// When it may. Mode apply needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// Whether repairs happen unattended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum RemediationMode {
    /// Nothing is repaired.
    #[default]
    Disabled,
    /// Plans are made and reported.
    Plan,
    /// Plans are carried out.
    Apply,
}

/// The highest risk of unattended repairs. Destructive ones are never unattended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum RemediationRisk {
    /// Nothing that runs is disturbed.
    #[default]
    Safe,
    /// Something may restart or lose connections.
    Disruptive,
}

/// Who is told about what: exactly one of slack, webhook and alertmanager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notify {
    /// A Slack webhook, whose address is a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slack: Option<SecretRef>,
    /// A web address that gets the events as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<SecretRef>,
    /// An Alertmanager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alertmanager: Option<SecretRef>,
    /// What is told.
    #[serde(default = "new_and_resolved")]
    #[schemars(extend("uniqueItems" = true))]
    pub events: Vec<NotifyEvent>,
    /// From which severity on.
    #[serde(default = "high")]
    pub min_severity: SeverityLevel,
}

fn new_and_resolved() -> Vec<NotifyEvent> {
    vec![NotifyEvent::New, NotifyEvent::Resolved]
}

fn high() -> SeverityLevel {
    SeverityLevel::High
}

/// Something worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum NotifyEvent {
    /// A finding that was not there before.
    New,
    /// A finding that is gone.
    Resolved,
    /// A waiver that expires soon or did.
    WaiverExpiring,
    /// An audit that could not look everywhere.
    Incomplete,
}
