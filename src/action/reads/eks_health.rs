//! What the statuses and health issues of a managed node group mean.
//!
//! Statuses: EKS API reference, `Nodegroup`. Issues: the same, `Issue`, and the EKS User Guide, "Managed node group error codes". Which
//! issues keep nodes from coming is read from what they say; that of a missing free address or of capacity in one zone others may still
//! have is inferred.

/// What a status means for an update of the node group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can be asked for.
    Free,
    /// Its health issues say.
    Degraded,
    /// Not before the status has ended, which it does by itself.
    Passes,
    /// Never: what to do.
    Stays(&'static str),
}

/// Looks a status up; one that is not known is left to EKS.
pub fn standing(status: &str) -> Standing {
    match status {
        "DEGRADED" => Standing::Degraded,
        "CREATING" | "UPDATING" => Standing::Passes,
        "DELETING" => Standing::Stays("somebody is deleting it: use another node group, or create one"),
        "CREATE_FAILED" => Standing::Stays("it was never there: delete it, put right what its health issues name, and create it again"),
        "DELETE_FAILED" => Standing::Stays("it is half deleted: put right what its health issues name, delete it, and create it again"),
        _ => Standing::Free,
    }
}

/// What an issue means for nodes that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// None come.
    NoneCome,
    /// They start, and do not join the cluster: a count of instances says nothing.
    NoneJoin,
    /// Fewer come, or later: a zone or a subnet has no room, and others may.
    FewerCome,
    /// They come all the same.
    Other,
}

/// The code that an issue, `CODE: text`, begins with.
pub fn code(issue: &str) -> &str {
    issue.split(':').next().unwrap_or_default()
}

/// What an issue, `CODE: text`, means for nodes that are wanted.
pub fn weight(issue: &str) -> Weight {
    match code(issue) {
        "AsgInstanceLaunchFailures" => {
            let text = issue.to_ascii_lowercase();
            // What is used up for the whole account comes back in no zone.
            let used_up = ["limit", "quota"].iter().any(|word| text.contains(word));
            let zone = text.contains("capacity") || text.contains("availability zone");
            if zone && !used_up { Weight::FewerCome } else { Weight::NoneCome }
        }
        "InsufficientFreeAddresses" => Weight::FewerCome,
        "NodeCreationFailure" | "ClusterUnreachable" | "AccessDenied" | "IamNodeRoleNotFound" => Weight::NoneJoin,
        "AmiIdNotFound"
        | "AutoScalingGroupInvalidConfiguration"
        | "AutoScalingGroupNotFound"
        | "AutoScalingGroupOptInRequired"
        | "Ec2InstanceTypeDoesNotExist"
        | "Ec2LaunchTemplateInvalidConfiguration"
        | "Ec2LaunchTemplateNotFound"
        | "Ec2SecurityGroupNotFound"
        | "Ec2SubnetInvalidConfiguration"
        | "Ec2SubnetMissingIpv6Assignment"
        | "Ec2SubnetNotFound"
        | "IamInstanceProfileNotFound"
        | "InstanceLimitExceeded"
        | "LimitExceeded"
        | "SourceEc2LaunchTemplateNotFound" => Weight::NoneCome,
        _ => Weight::Other,
    }
}

/// What helps against an issue, by its cause.
pub fn advice(issue: &str) -> &'static str {
    match code(issue) {
        "AsgInstanceLaunchFailures" | "InstanceLimitExceeded" | "LimitExceeded" if weight(issue) == Weight::NoneCome => {
            "raise the quota that it names, or use another instance type or purchase option"
        }
        "AsgInstanceLaunchFailures" => "use other instance types or zones, or a capacity reservation",
        "InsufficientFreeAddresses" => "free addresses in the subnets, or give the node group other subnets",
        "NodeCreationFailure" => "see why the instances do not join: their role, bootstrap script and way to the cluster's endpoint",
        "ClusterUnreachable" => "see the cluster itself: its endpoint cannot be reached",
        "AccessDenied" | "IamNodeRoleNotFound" | "IamInstanceProfileNotFound" => {
            "put the node role and its entry in the cluster (access entry or aws-auth) right"
        }
        _ => "put right what the issue names (launch template, subnets, security groups, instance type)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_are_told_apart_by_what_they_stop() {
        for (issue, expected) in [
            ("AsgInstanceLaunchFailures: vCPU quota of 32 reached", Weight::NoneCome),
            ("AsgInstanceLaunchFailures: VcpuLimitExceeded - You have requested more vCPU capacity than your limit", Weight::NoneCome),
            (
                "AsgInstanceLaunchFailures: We currently do not have sufficient m5.xlarge capacity in the Availability Zone",
                Weight::FewerCome,
            ),
            ("InsufficientFreeAddresses: subnet-1 is full", Weight::FewerCome),
            ("NodeCreationFailure: Instances failed to join the kubernetes cluster", Weight::NoneJoin),
            ("Ec2LaunchTemplateVersionMismatch: version 7 is not the version 5", Weight::Other),
            ("PodEvictionFailure: reached max retries", Weight::Other),
        ] {
            assert_eq!(weight(issue), expected, "{issue}");
        }
        assert_eq!(standing("UPDATING"), Standing::Passes);
        assert!(matches!(standing("DELETE_FAILED"), Standing::Stays(_)));
    }
}
