//! From what runs to a spec that declares it: the way in for whoever has an environment already. What was read is passed in; the
//! spec comes out as a text, minimal and with comments: what is only guessed says so, and so does what could not be seen.
//!
//! Nothing secret can stand in it: it is made of names, numbers and addresses, and of no value of a Secret, a ConfigMap or a variable.

mod accepts;
mod account;
mod cluster;
mod delivery;
mod edge;
mod egress;
mod enforced;
mod firewalls;
mod limits;
mod namespaces;
mod open;
mod page;
mod roles;
mod seen;
mod sources;
mod spaces;
mod strays;
#[cfg(test)]
mod tests;
mod whose;

pub use accepts::newcomers;
pub use enforced::newcomers_everywhere;
pub use limits::Limits;
pub use open::Open;
pub use seen::{COLLECTIONS, From, Learnt, Seen, kinds};
pub use whose::{Told, whose};

use page::{Page, word};
use roles::Roles;

/// A spec as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The text of the file.
    pub text: String,
    /// What could not be seen, one line each; said in the text, too.
    pub notes: Vec<String>,
}

/// Writes the spec of what was seen. The same sight gives the same text.
pub fn spec_of(seen: &Seen<'_>) -> Imported {
    let mut page = Page::default();
    let roles = Roles::of(seen);
    head(seen, &mut page);
    account::write(seen, &mut page);
    namespaces::write(seen, &roles, &mut page);
    edge::write(seen, &roles, &mut page);
    delivery::write(seen, &roles, &mut page);
    let (text, notes) = page.text();
    Imported { text, notes }
}

/// The account's section alone: what of an environment can be told before its cluster is read.
pub fn outline_of(seen: &Seen<'_>) -> String {
    let mut page = Page::default();
    head(seen, &mut page);
    account::write(seen, &mut page);
    page.text().0
}

fn head(seen: &Seen<'_>, page: &mut Page) {
    page.say(
        0,
        "Written by `envcheck import` from what was running. Correct what is guessed wrongly; what is not written here has",
    );
    page.say(0, "its default, see `envcheck schema`.");
    page.line(0, "apiVersion: envcheck.dev/v1");
    page.line(0, "kind: Environment");
    page.line(0, "metadata:");
    page.line(1, &format!("name: {}", word(seen.name)));
    page.line(0, "spec:");
    match seen.from {
        From::Snapshot => {
            page.say(
                1,
                "Imported from a snapshot. Name the cluster here, to audit what runs:",
            );
            page.say(1, "target: {kubernetes: {context: NAME}}");
        }
        From::Context(context) => {
            page.line(1, "target:");
            page.line(2, &format!("kubernetes: {{context: {}}}", word(context)));
        }
        From::Kubeconfig => {
            page.say(
                1,
                "Imported by the current context of a kubeconfig. Name it here:",
            );
            page.say(1, "target: {kubernetes: {context: NAME}}");
        }
        From::DigitalOcean => {
            page.line(1, "target:");
            page.line(2, "kubernetes: {fromDigitalOcean: true}");
        }
    }
}
