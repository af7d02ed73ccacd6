//! Which handler answers which path, and what a token needs for it.

use super::{
    balancers, catalogue, cdn, certificates, cluster_changes, clusters, connecting, droplets, firewalls,
    garbage, pools, projects, registries, repositories, singular, spaces_keys, tags, volumes, vpcs,
};
use crate::World;
use crate::http::{Answer, Call, decoded};

/// One operation of the API.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// As the contract writes it: `/v2/vpcs/{vpc_id}`.
    pub(crate) path: &'static str,
    /// All of these are needed.
    pub(crate) scopes: &'static [&'static str],
    pub(crate) answer: fn(&mut World, &Call) -> Answer,
}

impl Route {
    pub(crate) const fn new(
        method: &'static str,
        path: &'static str,
        scopes: &'static [&'static str],
        answer: fn(&mut World, &Call) -> Answer,
    ) -> Self {
        Self {
            method,
            path,
            scopes,
            answer,
        }
    }

    /// What the variables stand for when a path is this one; None when it is another.
    fn variables(&self, path: &[&str]) -> Option<Vec<String>> {
        let own: Vec<&str> = self.path.split('/').collect();
        if own.len() != path.len() {
            return None;
        }
        let mut variables = Vec::new();
        for (own, part) in own.iter().zip(path) {
            if own.starts_with('{') {
                if part.is_empty() {
                    return None;
                }
                variables.push(decoded(part));
            } else if own != part {
                return None;
            }
        }
        Some(variables)
    }
}

/// Every operation.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    [
        catalogue::ROUTES,
        clusters::ROUTES,
        cluster_changes::ROUTES,
        connecting::ROUTES,
        pools::ROUTES,
        balancers::ROUTES,
        firewalls::ROUTES,
        droplets::ROUTES,
        vpcs::ROUTES,
        projects::ROUTES,
        tags::ROUTES,
        certificates::ROUTES,
        cdn::ROUTES,
        volumes::ROUTES,
        registries::ROUTES,
        repositories::ROUTES,
        garbage::ROUTES,
        singular::ROUTES,
        spaces_keys::ROUTES,
    ]
    .into_iter()
    .flatten()
}

/// What a path leads to.
pub(crate) enum Found {
    Route(&'static Route, Vec<String>),
    /// The path is known, the method is not.
    OtherMethod,
    Nothing,
}

/// Finds the operation; names win over variables (`/projects/default`).
pub(crate) fn find(method: &str, path: &str) -> Found {
    let parts: Vec<&str> = path.split('/').collect();
    let matching: Vec<_> = all()
        .filter_map(|route| Some((route, route.variables(&parts)?)))
        .collect();
    let fewest = matching.iter().map(|(_, variables)| variables.len()).min();
    let mut best = matching
        .into_iter()
        .filter(|(_, variables)| Some(variables.len()) == fewest)
        .peekable();
    if best.peek().is_none() {
        return Found::Nothing;
    }
    best.find(|(route, _)| route.method == method)
        .map_or(Found::OtherMethod, |(route, variables)| {
            Found::Route(route, variables)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> String {
        match find(method, path) {
            Found::Route(route, variables) => format!("{} {}", route.path, variables.join(" ")),
            Found::OtherMethod => "other method".to_owned(),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn names_win_over_variables_and_variables_are_decoded() {
        assert_eq!(found("GET", "/v2/projects/default"), "/v2/projects/default ");
        assert_eq!(found("GET", "/v2/projects/x"), "/v2/projects/{project_id} x");
        assert_eq!(
            found("GET", "/v2/registries/acme/repositories/team%2Fweb/digests"),
            "/v2/registries/{registry_name}/repositories/{repository_name}/digests acme team/web"
        );
        assert_eq!(found("PUT", "/v2/account"), "other method");
        assert_eq!(found("GET", "/v2/nothing"), "nothing");
        assert_eq!(found("GET", "/v2/vpcs/"), "nothing");
    }

    #[test]
    fn no_operation_is_there_twice() {
        let mut names: Vec<_> = all()
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
