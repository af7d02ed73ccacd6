//! Whether a deed that is done in a manifest shows in what is rendered of it: an overlay may set the same field again.

use super::translate::{Differs, KEYS, Way, changes};
use crate::path::{FieldPath, PathElement};
use crate::plan::Deed;
use crate::value::patch::{self, Operation, OperationKind, find};
use crate::value::{self, Value, ValueExt};

/// What a deed in a manifest makes of what is rendered of it. Places are as people write them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shows {
    /// What was rendered was as it should be, and is.
    Already,
    /// It changes what is rendered, at every place that was not as it should be.
    Better,
    /// What is rendered at these places stays as it was: something sets them again.
    Kept(Vec<String>),
    /// Where it changes something, nothing is rendered: something takes that away.
    Absent,
    /// What was rendered said something of its own there, and would not any more.
    Lost(String),
    /// What was rendered was as it should be, and would not be any more.
    Undone(String),
}

/// What a deed for `object` makes of what is rendered of it, by what was rendered before and is afterwards.
pub fn shows(deed: &Deed, object: &Value, before: &Value, after: &Value) -> Shows {
    let parts = parts(deed, object);
    let was = changes(deed, object, before, Way::ToRendered);
    if is_shown(deed, object, after) {
        return match was {
            Err(Differs::Synced) => Shows::Already,
            Err(Differs::Drifted(_)) => {
                let lost = parts.iter().find(|part| part.drifted_in(before));
                Shows::Lost(lost.or(parts.first()).map(Part::place).unwrap_or_default())
            }
            _ => Shows::Better,
        };
    }
    let was_right = was == Err(Differs::Synced);
    let (there, hidden): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|part| part.is_in(after));
    if let Some(undone) = hidden.iter().find(|part| was_right || part.is_in(before)) {
        return Shows::Undone(undone.place());
    }
    if let Some(lost) = there.iter().find(|part| part.drifted_in(before)) {
        return Shows::Lost(lost.place());
    }
    let stands: Vec<Stands> = hidden.iter().map(|part| part.stands(before, after)).collect();
    let kept = hidden
        .iter()
        .zip(&stands)
        .filter(|(_, stands)| **stands == Stands::AsItWas);
    let kept: Vec<String> = kept.map(|(part, _)| part.place()).collect();
    if !kept.is_empty() {
        Shows::Kept(kept)
    } else if there.is_empty() && stands.iter().all(|stands| *stands == Stands::Nowhere) {
        Shows::Absent
    } else {
        Shows::Better
    }
}

/// Whether what is rendered is as the deed for `object` wants it.
pub fn is_shown(deed: &Deed, object: &Value, rendered: &Value) -> bool {
    changes(deed, object, rendered, Way::ToRendered) == Err(Differs::Synced)
}

/// The same of one of its places, as [`Shows`] names them.
pub fn is_shown_at(deed: &Deed, object: &Value, rendered: &Value, place: &str) -> bool {
    let parts = parts(deed, object);
    let mut there = parts.iter().filter(|part| part.place() == place);
    is_shown(deed, object, rendered) || there.all(|part| part.is_in(rendered))
}

/// The first field that a deed sets or takes away, as people write it.
pub fn first_place(deed: &Deed) -> String {
    if let Some((list, marks)) = deed.marks() {
        let first = marks.members().next();
        return first.map_or_else(String::new, |(key, _)| written(&mark_at(list, key)));
    }
    let mut operations = deed.operations().unwrap_or_default().into_iter();
    let first = operations.find(|one| one.kind != OperationKind::Test);
    first.map_or_else(String::new, |one| written(&one.path))
}

/// What became of a place in what is rendered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    AsItWas,
    Otherwise,
    /// It is not rendered, neither before nor afterwards.
    Nowhere,
}

/// What is rendered of a place of `object`: overlays may have moved elements of lists, which are found by their names. `Err`: there is
/// no such element in this list.
fn rendered_at<'r>(
    object: &Value,
    rendered: &'r Value,
    at: &[String],
) -> Result<Option<&'r Value>, &'r Value> {
    let (mut own, mut there) = (Some(object), rendered);
    for part in at {
        let next = if matches!(there, Value::Array(_)) {
            let element = own.and_then(|own| find(own, std::slice::from_ref(part)));
            let key = KEYS.iter().find_map(|key| Some((*key, element?.field(key)?)));
            let Some((key, name)) = key else {
                // Nothing tells them apart but their order.
                return Ok(find(there, std::slice::from_ref(part)));
            };
            let mut items = there.items().iter();
            own = element;
            Some(items.find(|item| item.field(key) == Some(name)).ok_or(there)?)
        } else {
            own = own.and_then(|own| find(own, std::slice::from_ref(part)));
            find(there, std::slice::from_ref(part))
        };
        let Some(next) = next else { return Ok(None) };
        there = next;
    }
    Ok(Some(there))
}

/// What a deed does at one place.
struct Part {
    deed: Deed,
    /// The object as what the deed does before leaves it.
    object: Value,
    at: Vec<String>,
}

impl Part {
    fn place(&self) -> String {
        written(&self.at)
    }

    fn changes(&self, rendered: &Value) -> Result<Vec<Operation>, Differs> {
        changes(&self.deed, &self.object, rendered, Way::ToRendered)
    }

    fn is_in(&self, rendered: &Value) -> bool {
        self.changes(rendered) == Err(Differs::Synced)
    }

    fn drifted_in(&self, rendered: &Value) -> bool {
        matches!(self.changes(rendered), Err(Differs::Drifted(_)))
    }

    /// What becomes of the place in what is rendered.
    fn stands(&self, before: &Value, after: &Value) -> Stands {
        let same = |before: Option<&Value>, after: Option<&Value>| {
            if before == after {
                Stands::AsItWas
            } else {
                Stands::Otherwise
            }
        };
        let whole = |mut at: Vec<String>| {
            if at.last().is_some_and(|last| last == "-") {
                at.pop();
            }
            at
        };
        let own = self.changes(before).ok();
        if let Some(first) = own.and_then(|own| own.into_iter().next()) {
            let at = whole(first.path);
            return same(find(before, &at), find(after, &at));
        }
        let at = whole(self.at.clone());
        match (
            rendered_at(&self.object, before, &at),
            rendered_at(&self.object, after, &at),
        ) {
            (Ok(before), Ok(after)) => same(before, after),
            // What is called otherwise there, or is there no more.
            (Err(before), Err(after)) if before == after => Stands::Nowhere,
            _ => Stands::Otherwise,
        }
    }
}

/// What a deed does, place by place. What it changes once more at the same place, or below, counts there.
fn parts(deed: &Deed, object: &Value) -> Vec<Part> {
    let part = |data: Value, object: &Value, at: Vec<String>| Part {
        deed: Deed { data, ..deed.clone() },
        object: object.clone(),
        at,
    };
    if let Some((list, marks)) = deed.marks() {
        let one = |(key, mark): (&str, &Value)| {
            let data = value::object([(list, value::object([(key, mark.clone())]))]);
            part(data, object, mark_at(list, key))
        };
        return marks.members().map(one).collect();
    }
    let operations = deed.operations().unwrap_or_default();
    let (mut parts, mut now) = (Vec::new(), object.clone());
    for (number, operation) in operations.iter().enumerate() {
        let mut later = operations.iter().skip(number + 1);
        let counts = operation.kind != OperationKind::Test && !later.any(|later| refines(later, operation));
        if counts {
            let data = patch::to_value(std::slice::from_ref(operation));
            parts.push(part(data, &now, operation.path.clone()));
        }
        if patch::apply(&mut now, operation).is_err() {
            break;
        }
    }
    parts
}

/// Whether an operation sets once more, or more exactly, what an earlier one set. What is done at one index twice are two elements.
fn refines(later: &Operation, earlier: &Operation) -> bool {
    let named = |part: &String| part != "-" && patch::index(part).is_none();
    earlier.kind != OperationKind::Remove
        && later.kind != OperationKind::Test
        && later.path.starts_with(&earlier.path)
        && earlier.path.last().is_some_and(named)
}

fn mark_at(list: &str, key: &str) -> Vec<String> {
    ["metadata", list, key].map(str::to_owned).to_vec()
}

fn written(place: &[String]) -> String {
    FieldPath(place.iter().cloned().map(PathElement::Key).collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::FixAction;
    use crate::inventory::identify;
    use crate::yaml::value_of;

    fn ingress(class: &str, labels: &str) -> Value {
        value_of(&format!(
            "{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: web, labels: {labels}}}, spec: {{ingressClassName: {class}}}}}"
        ))
    }

    fn deed(action: FixAction, data: &str) -> Deed {
        Deed {
            action,
            target: identify(&ingress("a", "{}")).unwrap().0,
            data: value_of(data),
        }
    }

    #[test]
    fn what_is_rendered_tells_whether_an_edit_counts() {
        let class = deed(
            FixAction::KubernetesPatch,
            "[{op: replace, path: /spec/ingressClassName, value: nginx}]",
        );
        let object = ingress("old", "{}");
        let told =
            |before: &str, after: &str| shows(&class, &object, &ingress(before, "{}"), &ingress(after, "{}"));
        assert_eq!(told("old", "nginx"), Shows::Better);
        let place = "spec.ingressClassName".to_owned();
        assert_eq!(told("old", "old"), Shows::Kept(vec![place.clone()]));
        assert_eq!(told("other", "other"), Shows::Kept(vec![place.clone()]));
        assert_eq!(told("nginx", "nginx"), Shows::Already);
        assert_eq!(told("other", "nginx"), Shows::Lost(place.clone()));
        assert_eq!(told("nginx", "other"), Shows::Undone(place));
        // As where a prefix is put before what is set.
        assert_eq!(told("x-old", "x-nginx"), Shows::Better);
        assert_eq!(first_place(&class), "spec.ingressClassName");
    }

    #[test]
    fn labels_that_are_set_again_are_told_as_well() {
        let label = deed(FixAction::KubernetesLabel, "{labels: {team: a}}");
        let object = ingress("old", "{}");
        let told = |before: &str, after: &str| {
            shows(&label, &object, &ingress("old", before), &ingress("old", after))
        };
        assert_eq!(told("{}", "{team: a}"), Shows::Better);
        let kept = Shows::Kept(vec!["metadata.labels.team".to_owned()]);
        assert_eq!(told("{team: b}", "{team: b}"), kept);
        assert_eq!(told("{team: a}", "{team: a}"), Shows::Already);
        assert_eq!(first_place(&label), "metadata.labels.team");
    }

    /// An overlay puts a container in front, says another image, or takes the container away.
    #[test]
    fn elements_that_overlays_move_or_take_away_are_found_by_their_names() {
        let of = |containers: &str| {
            value_of(&format!(
                "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{template: {{spec: {{containers: [{containers}]}}}}}}}}"
            ))
        };
        let object = of("{name: one, image: 'nginx:old'}");
        let deed = Deed {
            action: FixAction::KubernetesPatch,
            target: identify(&object).unwrap().0,
            data: value_of(
                "[{op: replace, path: /spec/template/spec/containers/0/image, value: 'nginx:new'}]",
            ),
        };
        let told = |before: &str, after: &str| shows(&deed, &object, &of(before), &of(after));
        let side = "{name: side, image: s}";
        assert_eq!(
            told(
                &format!("{side}, {{name: one, image: 'reg/nginx:old'}}"),
                &format!("{side}, {{name: one, image: 'reg/nginx:new'}}")
            ),
            Shows::Better
        );
        // Called otherwise: the list tells it.
        assert_eq!(
            told(
                &format!("{side}, {{name: two, image: 'nginx:old'}}"),
                &format!("{side}, {{name: two, image: 'nginx:new'}}")
            ),
            Shows::Better
        );
        assert_eq!(told(side, side), Shows::Absent);
        let kept = format!("{side}, {{name: one, image: 'nginx:own'}}");
        let place = "spec.template.spec.containers.0.image".to_owned();
        assert_eq!(told(&kept, &kept), Shows::Kept(vec![place]));
    }

    /// The annotation goes, and the overlay says the class again.
    #[test]
    fn an_edit_of_two_places_counts_only_where_both_show() {
        let deed = deed(
            FixAction::KubernetesPatch,
            "[{op: remove, path: /metadata/annotations/class}, {op: add, path: /spec/ingressClassName, value: nginx}]",
        );
        let of = |annotations: &str, spec: &str| {
            value_of(&format!(
                "{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: web, annotations: {annotations}}}, spec: {spec}}}"
            ))
        };
        let object = of("{class: a, b: c}", "{}");
        let (old, none) = ("{class: a, b: c}", "{b: c}");
        let told = |before: (&str, &str), after: (&str, &str)| {
            shows(&deed, &object, &of(before.0, before.1), &of(after.0, after.1))
        };
        let (kong, nginx) = ("{ingressClassName: kong}", "{ingressClassName: nginx}");
        let class = "spec.ingressClassName".to_owned();
        assert_eq!(told((old, "{}"), (none, nginx)), Shows::Better);
        assert_eq!(told((old, kong), (none, kong)), Shows::Kept(vec![class.clone()]));
        let annotation = "metadata.annotations.class".to_owned();
        assert_eq!(
            told((old, "{}"), (old, nginx)),
            Shows::Kept(vec![annotation.clone()])
        );
        assert_eq!(
            told((old, kong), (old, kong)),
            Shows::Kept(vec![annotation.clone(), class.clone()])
        );
        // What is right already at one place keeps nothing.
        assert_eq!(told((none, "{}"), (none, nginx)), Shows::Better);
        assert_eq!(told((none, nginx), (none, nginx)), Shows::Already);
        assert_eq!(told((old, kong), (none, nginx)), Shows::Lost(class.clone()));
        assert_eq!(told((old, kong), (old, nginx)), Shows::Lost(class.clone()));
        assert_eq!(told((old, nginx), (none, kong)), Shows::Undone(class.clone()));
        let half = of(none, kong);
        assert!(is_shown_at(&deed, &object, &half, &annotation));
        assert!(!is_shown_at(&deed, &object, &half, &class));
    }

    #[test]
    fn what_is_set_once_more_counts_once_and_elements_of_lists_are_found_where_they_are() {
        let nested = deed(
            FixAction::KubernetesPatch,
            "[{op: add, path: /spec/a, value: {}}, {op: add, path: /spec/a/b, value: 1}, {op: add, path: /spec/list/-, value: x}, \
              {op: add, path: /spec/list/-, value: y}]",
        );
        let of = |spec: &str| {
            value_of(&format!(
                "{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: web}}, spec: {spec}}}"
            ))
        };
        let object = of("{list: [o]}");
        let told = |before: &str, after: &str| shows(&nested, &object, &of(before), &of(after));
        assert_eq!(told("{list: [o]}", "{a: {b: 1}, list: [o, x, y]}"), Shows::Better);
        // The overlay puts one in front, and adds to what is set.
        assert_eq!(
            told(
                "{a: {c: 2}, list: [n, o]}",
                "{a: {b: 1, c: 2}, list: [n, o, x, y]}"
            ),
            Shows::Better
        );
        assert_eq!(
            told("{list: [n]}", "{a: {b: 1}, list: [n]}"),
            Shows::Kept(["spec.list.-"; 2].map(str::to_owned).to_vec())
        );
    }
}
