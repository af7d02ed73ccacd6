//! Which collections' rows are kept as the API wrote them. Joins take what they need while rows stream by; a registry has
//! 25,000 manifests, and most policies look at none of them.

use std::collections::BTreeSet;

/// The documents whose rows are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum KeptRows {
    /// All of them.
    #[default]
    All,
    /// `digitalocean.vpcs`; `digitalocean` is every collection of the account.
    Of(BTreeSet<String>),
}

impl KeptRows {
    /// Whether rows of a collection, as `digitalocean.vpcs`, are kept.
    pub fn has(&self, collection: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of(documents) => {
                let root = collection.split_once('.').map_or(collection, |(root, _)| root);
                documents.contains(collection) || documents.contains(root)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::KeptRows;

    #[test]
    fn a_collection_is_kept_when_it_or_its_document_is_named() {
        let kept = KeptRows::Of(
            ["digitalocean.vpcs", "spaces", "view.images"]
                .map(str::to_owned)
                .into(),
        );
        assert!(kept.has("digitalocean.vpcs") && kept.has("spaces.acls"));
        assert!(!kept.has("digitalocean.registry_manifests"));
        assert!(KeptRows::All.has("digitalocean.registry_manifests"));
    }
}
