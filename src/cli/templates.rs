//! The runbooks that `lifeboat new` writes. They lie in `templates/` and are tested like any other runbook.

/// A runbook to start from, with the files that it names.
pub(super) struct Template {
    /// Its name; wherever that stands in the texts and paths, the name of the new runbook goes.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// The runbook.
    pub runbook: &'static str,
    /// Other files, by their path from the runbook's folder.
    pub beside: &'static [(&'static str, &'static str)],
}

/// All of them.
pub(super) const TEMPLATES: &[Template] = &[
    Template {
        name: "database_failover",
        about: "promote the read replica of a lost database, and point the application at it",
        runbook: include_str!("../../templates/database_failover.yaml"),
        beside: &[
            ("database_failover_failback.yaml", include_str!("../../templates/database_failover_failback.yaml")),
            ("worlds/database_failover.yaml", include_str!("../../templates/worlds/database_failover.yaml")),
        ],
    },
    Template {
        name: "regional_failover",
        about: "move a service from a lost region to its standby: data, compute, traffic",
        runbook: include_str!("../../templates/regional_failover.yaml"),
        beside: &[
            ("regional_failover_failback.yaml", include_str!("../../templates/regional_failover_failback.yaml")),
            ("worlds/regional_failover.yaml", include_str!("../../templates/worlds/regional_failover.yaml")),
        ],
    },
    Template {
        name: "node_recycle",
        about: "replace the nodes of a node group: new ones first, then drain and remove the old",
        runbook: include_str!("../../templates/node_recycle.yaml"),
        beside: &[("worlds/node_recycle.yaml", include_str!("../../templates/worlds/node_recycle.yaml"))],
    },
    Template {
        name: "dns_cutover",
        about: "move traffic to a new address by weights: a part first, then all of it",
        runbook: include_str!("../../templates/dns_cutover.yaml"),
        beside: &[("worlds/dns_cutover.yaml", include_str!("../../templates/worlds/dns_cutover.yaml"))],
    },
];
