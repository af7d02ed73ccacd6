//! One object becomes one record: by what, and with what the spec adds.

use super::record::{Record, common};
use super::section::Section;
use super::{argocd, bindings, endpoints, monitoring, plain, routes, service, singled_out, workload};
use crate::inventory::declared::Declared;
use crate::inventory::reference::ResourceRef;
use crate::value::Value;

/// The record of an object, without what joins add.
pub(super) fn project(
    section: Section,
    reference: &ResourceRef,
    value: &Value,
    declared: &Declared,
) -> Record {
    match section {
        Section::Workloads => {
            let mut record = workload::project(reference, value);
            singled_out::workload(declared, reference, value, &mut record);
            record
        }
        Section::Services => service::project_service(reference, value),
        Section::Ingresses => routes::ingress(reference, value),
        Section::Gateways => routes::gateway(reference, value),
        Section::HttpRoutes => routes::http_route(reference, value),
        Section::IngressClasses => routes::ingress_class(reference, value),
        Section::ReferenceGrants => routes::reference_grant(reference, value),
        Section::NetworkPolicies => plain::network_policy(reference, value),
        Section::Namespaces => plain::namespace(reference, value),
        Section::Nodes => plain::node(reference, value),
        Section::ConfigMaps => {
            let mut record = plain::config_map(reference, value);
            singled_out::config_map(declared, reference, value, &mut record);
            record
        }
        Section::Secrets => plain::secret(reference, value),
        Section::PersistentVolumeClaims => plain::claim(reference, value),
        Section::RoleBindings => bindings::role_binding(reference, value),
        Section::EndpointSlices => endpoints::slice(reference, value),
        Section::Applications => argocd::application(reference, value),
        Section::AppProjects => argocd::app_project(reference, value),
        Section::Monitors => monitoring::monitor(reference, value),
        Section::PrometheusRules => common(reference, value),
        Section::Prometheuses => monitoring::prometheus(reference, value),
    }
}
