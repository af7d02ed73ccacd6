//! Load balancers: DigitalOcean makes each as the annotations of its Service say.
//!
//! Where the Service is a chart's, they go into the chart's values; where it is the team's own, its manifest has to carry them.

use super::charts::{Charts, ReadChart};
use super::marks::put;
use crate::source::Diagnostic;
use crate::spec::{Exposure, LoadBalancerType, Spec};
use crate::value::{Value, ValueExt};

const TYPE: &str = "service.beta.kubernetes.io/do-loadbalancer-type";
const SIZE: &str = "service.beta.kubernetes.io/do-loadbalancer-size-unit";
const NAME: &str = "service.beta.kubernetes.io/do-loadbalancer-name";

/// An annotation, and whether the spec says its value. The name is only ours to propose: what a values file says stays.
struct Annotation {
    key: &'static str,
    value: String,
    declared: bool,
}

/// What the Service of an exposure carries. The name holds the environment's, since DigitalOcean's controller takes over a load
/// balancer of the same name, be it another cluster's.
fn annotations(spec: &Spec, exposure: &Exposure) -> Vec<Annotation> {
    let kind = match exposure.load_balancer.kind {
        LoadBalancerType::Regional => "REGIONAL",
        LoadBalancerType::RegionalNetwork => "REGIONAL_NETWORK",
    };
    let annotation = |key, value, declared| Annotation { key, value, declared };
    let service = exposure.service.as_str().replace('/', "-");
    let mut annotations = vec![
        annotation(NAME, format!("{}-{service}", spec.name()), false),
        annotation(TYPE, kind.to_owned(), true),
    ];
    if let Some(units) = exposure.load_balancer.size_unit {
        // A text, as every annotation: a number would cost the Service all of them.
        annotations.push(annotation(SIZE, units.to_string(), true));
    }
    annotations
}

/// The declared exposures; none where no DigitalOcean account is declared, since the annotations are its own.
fn exposures(spec: &Spec) -> &[Exposure] {
    match spec.environment.spec.digitalocean {
        Some(_) => &spec.environment.spec.exposure,
        None => &[],
    }
}

/// Adds the annotations to the values of the charts whose Services are exposed, and notes for the others.
pub(super) fn into_charts(spec: &Spec, charts: &mut Charts<'_>) -> Result<(), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    for exposure in exposures(spec) {
        let found = charts.list.iter_mut().find_map(|chart| {
            let (name, path) = chart.exposed_service()?;
            let whole = format!("{}/{name}", chart.chart.namespace);
            (whole == exposure.service.as_str()).then_some((chart, path))
        });
        match found {
            Some((chart, path)) => {
                for annotation in annotations(spec, exposure) {
                    match annotate(chart, path, &annotation, exposure) {
                        Ok(note) => charts.notes.extend(note),
                        Err(problem) => {
                            problems.push(problem);
                            break;
                        }
                    }
                }
            }
            None => charts.notes.push(by_hand(spec, exposure)),
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// Notes for all exposures: without Argo CD nothing brings charts.
pub(super) fn without_charts(spec: &Spec, notes: &mut Vec<String>) {
    let charts = &spec.environment.spec.delivery.charts;
    if !charts.is_empty() {
        let names: Vec<&str> = charts.iter().map(|chart| chart.name.as_str()).collect();
        notes.push(format!(
            "no Argo CD is declared: nothing installs the declared charts ({})",
            names.join(", ")
        ));
    }
    notes.extend(exposures(spec).iter().map(|exposure| by_hand(spec, exposure)));
}

/// Puts one annotation into a chart's values. What the file says otherwise is told.
fn annotate(
    chart: &mut ReadChart<'_>,
    path: &[&str],
    annotation: &Annotation,
    exposure: &Exposure,
) -> Result<Option<String>, Diagnostic> {
    let keys: Vec<&str> = path.iter().copied().chain([annotation.key]).collect();
    let said = chart.values.at(&keys).filter(|value| **value != Value::Null);
    let mut note = None;
    if let Some(said) = said {
        if !annotation.declared {
            return Ok(None);
        }
        if said.text() != Some(annotation.value.as_str()) {
            note = Some(format!(
                "{} asks for {} {}, and the spec for {}: Service {} gets what the spec says",
                chart.file(),
                annotation.key,
                said,
                annotation.value,
                exposure.service
            ));
        }
    }
    put(&mut chart.values, &keys, Value::from(annotation.value.as_str())).map_err(|depth| {
        let above = keys.get(..depth).unwrap_or_default();
        let problem = Diagnostic::new(format!(
            "{} of chart {} is no mapping, and the annotations of its load balancer belong below it",
            above.join("."),
            chart.chart.name
        ))
        .hint("write a mapping there, or leave it out");
        match chart.place(above) {
            Some(place) => problem.at(place),
            None => problem,
        }
    })?;
    Ok(note)
}

fn by_hand(spec: &Spec, exposure: &Exposure) -> String {
    let lines: Vec<String> = annotations(spec, exposure)
        .iter()
        .map(|annotation| format!("    {}: \"{}\"", annotation.key, annotation.value))
        .collect();
    format!(
        "Service {} belongs to no chart that envcheck knows: its own manifest has to ask for its load balancer\nmetadata:\n  annotations:\n{}",
        exposure.service,
        lines.join("\n")
    )
}
