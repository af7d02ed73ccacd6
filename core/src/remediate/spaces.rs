//! What must be known of a step on a bucket, or on what belongs to a project.

use crate::findings::FixAction;
use crate::plan::{Deed, hazard};
use crate::policy::Risk;
use crate::value::{Value, ValueExt};

/// What must be known besides.
pub(super) fn cautions(deed: &Deed, before: Option<&Value>) -> Vec<String> {
    let text = |key: &str| before.and_then(|row| row.text_at(&[key]));
    match deed.action {
        FixAction::BucketAcl => {
            vec!["who read or wrote by what the ACL gave no longer does; what was readable may be known".to_owned()]
        }
        FixAction::BucketLifecycle if hazard(deed, before) == Risk::Destructive => vec![
            "by these rules Spaces removes objects, or versions of them, sooner than now: what is removed is lost".to_owned(),
        ],
        FixAction::BucketVersioning if text("status").is_none() => vec![
            "taken back, versioning is suspended: a bucket that kept versions never again becomes one that never did".to_owned(),
        ],
        FixAction::ProjectAssign => text("project_id")
            .map(|project| format!("it belongs to project {project} now"))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// The same of a step that takes another back.
pub fn of_taking_back(deed: &Deed, now: Option<&Value>) -> Vec<String> {
    match deed.action {
        FixAction::BucketAcl => {
            vec!["what the ACL gave before it gives again, be it to everybody".to_owned()]
        }
        FixAction::BucketVersioning => vec![
            "versioning is suspended: a bucket that kept versions never again becomes one that never did"
                .to_owned(),
        ],
        _ => cautions(deed, now),
    }
}
