//! What could not be looked at. A gap never becomes a pass: each policy that needed it is not evaluated there.

/// What is missing from the view.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapSubject {
    /// A whole kind of Kubernetes objects, as `apps/v1/Deployment` or `v1/Service`.
    Kind(String),
    /// An API group whose kinds nobody could name: its own kinds are missing, and so is something for whoever judges every kind.
    Group(String),
    /// A collection of the account or of Spaces, as `digitalocean.load_balancers`.
    Collection(String),
    /// A document or file that may have held any object.
    Document {
        /// The file as named by the user.
        file: String,
        /// The line, from 1, when known.
        line: Option<usize>,
    },
}

/// One thing that was not looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What.
    pub subject: GapSubject,
    /// Why, in a few words: `not in the snapshot`, `permission denied`, `cannot be parsed`.
    pub reason: String,
    /// More: the exact permission, the parser's words.
    pub detail: String,
}

impl std::fmt::Display for GapSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            GapSubject::Kind(name) | GapSubject::Collection(name) => f.write_str(name),
            GapSubject::Group(group) => write!(f, "every kind of {group}"),
            GapSubject::Document {
                file,
                line: Some(line),
            } => write!(f, "{file}:{line}"),
            GapSubject::Document { file, line: None } => f.write_str(file),
        }
    }
}
