//! Who asks, and what they may do: bearer tokens and a few fixed roles.

/// The token of each identity is its own in each world; nothing outside a world accepts it.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) token: String,
    pub(crate) username: &'static str,
    pub(crate) role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Everything.
    Admin,
    /// Everything but deciding about releases: what an operator of OKD is on the CI cluster.
    Operator,
    /// Looks at one namespace: no secrets, no logs, no writing.
    Viewer(&'static str),
    /// Everything about runs, pods and logs in one namespace, not even the list of namespaces.
    Team(&'static str),
}

/// One thing somebody wants to do; `namespace` is `None` for the whole cluster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deed<'a> {
    pub(crate) verb: &'a str,
    pub(crate) group: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) subresource: &'a str,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: &'a str,
}

const READING: [&str; 3] = ["get", "list", "watch"];
const SEEN: [&str; 5] = ["pods", "events", "configmaps", "serviceaccounts", "persistentvolumeclaims"];
const TEAMS: [&str; 4] = ["pods", "events", "configmaps", "persistentvolumeclaims"];

impl Role {
    pub(crate) fn allows(self, deed: &Deed<'_>) -> bool {
        let plain = deed.subresource.is_empty();
        match self {
            Role::Admin => true,
            Role::Operator => deed.group != "release.openshift.io" || READING.contains(&deed.verb),
            Role::Viewer(namespace) => {
                let seen = match deed.group {
                    "" => SEEN.contains(&deed.resource),
                    "tekton.dev" | "batch" => true,
                    _ => false,
                };
                deed.namespace == Some(namespace) && READING.contains(&deed.verb) && plain && seen
            }
            Role::Team(namespace) => {
                let seen = match deed.group {
                    "" => {
                        (plain && TEAMS.contains(&deed.resource))
                            || (deed.resource, deed.subresource) == ("pods", "log")
                    }
                    "tekton.dev" => true,
                    _ => false,
                };
                deed.namespace == Some(namespace) && seen
            }
        }
    }

    /// The API server's reason for a yes.
    pub(crate) fn why(self, username: &str) -> String {
        match self {
            Role::Admin => format!(
                "RBAC: allowed by ClusterRoleBinding \"cluster-admin\" of ClusterRole \"cluster-admin\" to User \"{username}\""
            ),
            Role::Operator => format!(
                "RBAC: allowed by ClusterRoleBinding \"okd-operators\" of ClusterRole \"okd-operator\" to User \"{username}\""
            ),
            Role::Viewer(namespace) | Role::Team(namespace) => {
                format!(
                    "RBAC: allowed by RoleBinding \"{username}/{namespace}\" of Role \"{username}\" to User \"{username}\""
                )
            }
        }
    }
}

impl Deed<'_> {
    /// The forbidden sentence, as RBAC says it.
    pub(crate) fn forbidden(&self, username: &str) -> String {
        let resource =
            if self.group.is_empty() { self.resource.to_owned() } else { format!("{}.{}", self.resource, self.group) };
        let name = if self.name.is_empty() { String::new() } else { format!(" \"{}\"", self.name) };
        let full = if self.subresource.is_empty() {
            self.resource.to_owned()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        };
        let place = match self.namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".into(),
        };
        format!(
            "{resource}{name} is forbidden: User \"{username}\" cannot {} resource \"{full}\" in API group \"{}\" {place}",
            self.verb, self.group
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed<'a>(verb: &'a str, resource: &'a str, subresource: &'a str, namespace: Option<&'a str>) -> Deed<'a> {
        let group = if resource.ends_with("runs") { "tekton.dev" } else { "" };
        Deed { verb, group, resource, subresource, namespace, name: "" }
    }

    #[test]
    fn a_viewer_reads_one_namespace_without_secrets_and_logs() {
        let viewer = Role::Viewer("okd-coreos");
        assert!(viewer.allows(&deed("list", "pipelineruns", "", Some("okd-coreos"))));
        assert!(!viewer.allows(&deed("list", "pipelineruns", "", None)));
        assert!(!viewer.allows(&deed("list", "secrets", "", Some("okd-coreos"))));
        assert!(!viewer.allows(&deed("get", "pods", "log", Some("okd-coreos"))));
        assert!(!viewer.allows(&deed("patch", "pipelineruns", "", Some("okd-coreos"))));
    }

    #[test]
    fn a_team_owns_its_runs_and_sees_no_namespaces() {
        let team = Role::Team("okd-team");
        assert!(team.allows(&deed("create", "pipelineruns", "", Some("okd-team"))));
        assert!(team.allows(&deed("get", "pods", "log", Some("okd-team"))));
        assert!(!team.allows(&deed("list", "namespaces", "", None)));
        assert!(!team.allows(&deed("list", "pipelineruns", "", Some("okd-coreos"))));
    }

    #[test]
    fn a_refusal_reads_as_the_real_one() {
        let deed = Deed { name: "x", ..deed("get", "pods", "log", Some("okd-coreos")) };
        assert_eq!(
            deed.forbidden("viewer"),
            "pods \"x\" is forbidden: User \"viewer\" cannot get resource \"pods/log\" in API group \"\" in the namespace \"okd-coreos\""
        );
    }
}
