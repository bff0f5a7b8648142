//! What each status of a database instance means.
//!
//! The statuses and what they are: RDS User Guide, "Viewing Amazon RDS DB instance status". That a replica is not promoted while it is
//! `backing-up`: the same guide, "Promoting a read replica to be a standalone DB instance". That an instance takes reads and writes in
//! `storage-optimization`: the same guide, "Working with storage". What of a promotion goes with the other statuses is inferred from
//! what they are: a call that RDS could take is made, and RDS has the last word.

/// What a status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// Whether the database answers as it does in `available`.
    pub usable: bool,
    /// What it means for a change of the instance.
    pub change: Standing,
}

/// Whether a change can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Free,
    /// Not before the status has ended, which it does by itself.
    Passes,
    /// Not as long as the status lasts, and it does not end by itself: what to do.
    Stays(&'static str),
    /// The status is none that lifeboat knows.
    Unknown,
}

/// Looks a status up.
pub fn meaning(status: &str) -> Meaning {
    let usable = matches!(
        status,
        "available"
            | "backing-up"
            | "configuring-enhanced-monitoring"
            | "configuring-iam-database-auth"
            | "configuring-log-exports"
            | "storage-config-upgrade"
            | "storage-initialization"
            | "storage-optimization"
    );
    let change = match status {
        "available" | "storage-config-upgrade" | "storage-initialization" | "storage-optimization" => Standing::Free,
        "backing-up"
        | "backtracking"
        | "configuring-enhanced-monitoring"
        | "configuring-iam-database-auth"
        | "configuring-log-exports"
        | "converting-to-vpc"
        | "creating"
        | "maintenance"
        | "modifying"
        | "moving-to-vpc"
        | "rebooting"
        | "renaming"
        | "resetting-master-credentials"
        | "starting"
        | "upgrading" => Standing::Passes,
        "storage-full" => {
            Standing::Stays("give it more storage (ModifyDBInstance, AllocatedStorage) and wait until it is available, then try again")
        }
        "inaccessible-encryption-credentials" => Standing::Stays(
            "its KMS key cannot be used, and RDS does not open the instance again: restore it from a backup, with a key that can be used",
        ),
        "inaccessible-encryption-credentials-recoverable" => Standing::Stays(
            "its KMS key cannot be used: enable the key or give RDS its grant back, then start the instance (StartDBInstance) within seven \
             days, and try again",
        ),
        "stopped" | "stopping" => Standing::Stays("start it (StartDBInstance), wait until it is available, then try again"),
        "deleting" | "delete-precheck" => Standing::Stays("somebody is deleting it: use another replica, or restore one from a backup"),
        "insufficient-capacity" => {
            Standing::Stays("AWS has no capacity for its class there: change the class, or create it in another zone")
        }
        "incompatible-network" => Standing::Stays("put its VPC right (subnets, free addresses, DNS), then try again"),
        "incompatible-option-group" => Standing::Stays("put its option group right, then try again"),
        "incompatible-parameters" => Standing::Stays("put its parameter group right and reboot it, then try again"),
        "failed" | "restore-error" | "incompatible-create" | "incompatible-restore" => {
            Standing::Stays("it cannot be brought back: use another replica, or restore one from a backup")
        }
        status if status.starts_with("incompatible-") => {
            Standing::Stays("see the instance's events in the RDS console for what is incompatible")
        }
        status if status.starts_with("configuring-") => return Meaning { usable: true, change: Standing::Passes },
        _ => Standing::Unknown,
    };
    Meaning { usable, change }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the User Guide.
    const DOCUMENTED: &[&str] = &[
        "available",
        "backing-up",
        "backtracking",
        "configuring-enhanced-monitoring",
        "configuring-iam-database-auth",
        "configuring-log-exports",
        "converting-to-vpc",
        "creating",
        "delete-precheck",
        "deleting",
        "failed",
        "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable",
        "incompatible-create",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "insufficient-capacity",
        "maintenance",
        "modifying",
        "moving-to-vpc",
        "rebooting",
        "renaming",
        "resetting-master-credentials",
        "restore-error",
        "starting",
        "stopped",
        "stopping",
        "storage-config-upgrade",
        "storage-full",
        "storage-initialization",
        "storage-optimization",
        "upgrading",
    ];

    #[test]
    fn every_documented_status_has_a_meaning() {
        for status in DOCUMENTED {
            let found = meaning(status);
            assert_ne!(found.change, Standing::Unknown, "{status}");
            assert!(!(found.usable && matches!(found.change, Standing::Stays(_))), "{status}");
        }
        assert_eq!(meaning("brand-new"), Meaning { usable: false, change: Standing::Unknown });
        assert_eq!(meaning("configuring-something-new").change, Standing::Passes);
    }

    #[test]
    fn what_takes_writes_is_usable_and_what_does_not_pass_says_what_to_do() {
        for status in ["available", "backing-up", "storage-optimization", "configuring-log-exports"] {
            assert!(meaning(status).usable, "{status}");
        }
        for status in ["modifying", "rebooting", "storage-full", "upgrading"] {
            assert!(!meaning(status).usable, "{status}");
        }
        let key = meaning("inaccessible-encryption-credentials-recoverable").change;
        assert!(matches!(key, Standing::Stays(what) if what.contains("KMS key")), "{key:?}");
    }
}
