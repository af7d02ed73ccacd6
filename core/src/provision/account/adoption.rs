//! Whose the things are that stand: made for this environment, another's that declares it as well, adopted before, or nobody's
//! that anybody could name. The last are adopted only with a consent of their own, since whoever uses a thing relies on it.

use super::lost_keys::CLOCKS;
use super::{Part, is_marked, other_mark};
use crate::plan::{Adoption, Standing};
use crate::provision::Provenance;
use crate::provision::steps::Steps;
use crate::value::{Value, ValueExt};
use jiff::Timestamp;

/// Whose a thing is.
enum Whose {
    /// A mark or a journal says that it was made for this environment.
    Ours,
    /// It was adopted, and is so again without a question.
    Adopted,
    /// It was made for that environment, which declares it as well.
    SharedWith(String),
    /// Nothing tells; what is known instead.
    Unknown(String),
}

/// Says of everything that stands whose it is, and what has to be adopted before it is used.
pub(super) fn judge(part: &Part<'_>, steps: &mut Steps) {
    let mut standing = std::mem::take(&mut steps.standing);
    for one in &mut standing {
        let Some(named) = named(one) else { continue };
        match whose(part, one) {
            Whose::Ours => one.created = true,
            Whose::Adopted => one.adopted = true,
            Whose::SharedWith(other) => {
                one.shared = true;
                steps.notes.push(format!(
                    "{} {} was made for {other}, which declares it too: it is shared, not adopted",
                    one.target.kind, one.target.name
                ));
            }
            Whose::Unknown(why) => steps.adoptions.push(Adoption {
                target: one.target.clone(),
                id: named,
                why,
            }),
        }
    }
    steps.standing = standing;
    steps.adoptions.sort();
}

/// The other environment for which a thing was made, by a mark or a journal, whether it declares it or not.
fn made_for_another(part: &Part<'_>, one: &Standing, row: Option<&Value>) -> Option<String> {
    let (kind, name) = (one.target.kind.as_str(), one.target.name.as_str());
    let id = one.target.id.as_deref().unwrap_or(name);
    let mark = row.and_then(|row| other_mark(row, part.environment));
    let marked = mark
        .as_deref()
        .and_then(|mark| mark.strip_prefix(&super::mark("")));
    let proofs = &part.provenance.proofs;
    let other = marked.or_else(|| proofs.made_elsewhere(kind, id, name));
    other.map(ToOwned::to_owned)
}

/// The other environment that made a thing and declares it too.
pub(super) fn shared_by(part: &Part<'_>, one: &Standing) -> Option<String> {
    let (kind, name) = (one.target.kind.as_str(), one.target.name.as_str());
    let other = made_for_another(part, one, row(part, one))?;
    let mut declaring = part.provenance.declaring(kind, name);
    declaring.any(|declaring| declaring == other).then_some(other)
}

/// By what the user names a thing. Node pools come with their cluster, and the registry is the whole team's.
fn named(one: &Standing) -> Option<String> {
    let name = &one.target.name;
    match one.target.kind.as_str() {
        "Project" | "VPC" | "Cluster" | "Firewall" | "SpacesKey" => {
            Some(one.target.id.clone().unwrap_or_else(|| name.clone()))
        }
        // Buckets have no ids: so projects name them.
        "Bucket" => Some(format!("do:space:{name}")),
        _ => None,
    }
}

fn whose(part: &Part<'_>, one: &Standing) -> Whose {
    let (kind, name) = (one.target.kind.as_str(), one.target.name.as_str());
    let id = one.target.id.as_deref().unwrap_or(name);
    let row = row(part, one);
    if row.is_some_and(|row| is_marked(row, part.environment)) {
        return Whose::Ours;
    }
    let Provenance { proofs, .. } = part.provenance;
    let made = proofs.created(kind, id);
    if made.is_some_and(|(_, made_as)| made_as == name) || begun(part, kind, name, row) {
        return Whose::Ours;
    }
    if proofs.adopted(kind, id, name).is_some() {
        return Whose::Adopted;
    }
    let declaring: Vec<&str> = part.provenance.declaring(kind, name).collect();
    let mark = row.and_then(|row| other_mark(row, part.environment));
    let other = made_for_another(part, one, row);
    if let Some(other) = shared_by(part, one) {
        return Whose::SharedWith(other);
    }
    let environment = part.environment;
    Whose::Unknown(match (made, &mark, other) {
        (Some((run, made_as)), ..) => {
            format!("which run {run} made as {made_as}, and which is called otherwise by now")
        }
        (_, Some(mark), _) => format!("which is marked {mark}, and nothing else says whose it is"),
        (_, _, Some(other)) => format!("which a run made for {other}, which does not declare it"),
        _ => {
            let too = match declaring.as_slice() {
                [] => String::new(),
                others => format!("; {} declares it too", others.join(" and ")),
            };
            match kind {
                "Firewall" | "Bucket" | "SpacesKey" => {
                    format!("which no known run made for {environment}{too}")
                }
                _ => format!("which nothing marks as made for {environment}{too}"),
            }
        }
    })
}

/// Whether a run was about to make it and never heard whether it did. That it was about to proves nothing alone: somebody may have
/// made one of that name. What has a place for a mark would have it from the request on; of what has none, its time has to tell that it
/// is no older than that run.
fn begun(part: &Part<'_>, kind: &str, name: &str, row: Option<&Value>) -> bool {
    let unmarkable = matches!(kind, "Bucket" | "Firewall" | "SpacesKey");
    let begun = part.provenance.proofs.begun(kind, name);
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let began = begun.and_then(|begun| time(&begun.started));
    let made = row
        .and_then(|row| row.text_at(&["created_at"]).or(row.text_at(&["created"])))
        .and_then(time);
    unmarkable && matches!((began, made), (Some(began), Some(made)) if made.duration_since(began) >= -CLOCKS)
}

/// The row of a thing that stands.
fn row<'a>(part: &Part<'a>, one: &Standing) -> Option<&'a Value> {
    let collection = match one.target.kind.as_str() {
        "Project" => "projects",
        "VPC" => "vpcs",
        "Cluster" => "kubernetes_clusters",
        "Firewall" => "firewalls",
        "SpacesKey" => {
            let mut rows = part.account.rows("spaces_keys").iter();
            return rows.find(|row| row.text_at(&["access_key"]) == one.target.id.as_deref());
        }
        "Bucket" => {
            let rows = part.account.rows.get("spaces.buckets");
            let mut rows = rows.map_or(&[][..], Vec::as_slice).iter();
            return rows.find(|row| row.text_at(&["name"]) == Some(&one.target.name));
        }
        _ => return None,
    };
    let (name, id) = (Some(one.target.name.as_str()), one.target.id.as_deref());
    let mut rows = part.account.rows(collection).iter();
    rows.find(|row| row.text_at(&["name"]) == name && row.text_at(&["id"]) == id)
}
