//! A cluster that comes up.

use envcheck_core::value::{Value, ValueExt};

/// How far a cluster is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It can be used.
    Running,
    /// It is in this state.
    Waiting(String),
    /// It will not come up; why.
    Lost(String),
}

/// How far a cluster is, by its row.
pub(super) fn progress(row: Option<&Value>) -> Progress {
    let Some(row) = row else {
        return Progress::Lost("it is gone".to_owned());
    };
    let state = row.text_at(&["status", "state"]).unwrap_or("unknown");
    let message = row
        .text_at(&["status", "message"])
        .filter(|words| !words.is_empty() && *words != state);
    let words = message.map_or_else(|| state.to_owned(), |message| format!("{state}: {message}"));
    match state {
        "running" | "degraded" | "upgrading" => Progress::Running,
        "error" | "deleted" | "deleting" => Progress::Lost(words),
        _ => Progress::Waiting(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_waited_for_as_long_as_it_can_come_up() {
        let row = |json: &str| Value::from_json_str(json).unwrap();
        let running = row(r#"{"status": {"state": "running"}}"#);
        assert_eq!(progress(Some(&running)), Progress::Running);
        let waiting = row(r#"{"status": {"state": "provisioning", "message": "almost"}}"#);
        assert_eq!(
            progress(Some(&waiting)),
            Progress::Waiting("provisioning: almost".to_owned())
        );
        let lost = row(r#"{"status": {"state": "error", "message": "no capacity"}}"#);
        assert_eq!(
            progress(Some(&lost)),
            Progress::Lost("error: no capacity".to_owned())
        );
        assert_eq!(progress(None), Progress::Lost("it is gone".to_owned()));
        // A state that nobody has heard of may pass.
        assert_eq!(
            progress(Some(&row("{}"))),
            Progress::Waiting("unknown".to_owned())
        );
    }
}
