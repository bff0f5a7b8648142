//! The partitions of AWS: which one a region is of, and the domains that its endpoints have.
//!
//! The table is that of the SDKs, botocore's `data/partitions.json` (it says nothing about regions that are made later; a prefix does).

/// A partition: accounts, ARNs and endpoints of their own.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// What its ARNs say: `aws-cn`.
    pub name: &'static str,
    /// How the names of its regions begin.
    prefix: &'static str,
    /// What its endpoints' names end in.
    domains: [&'static str; 2],
}

/// What fits first counts; the commercial partition takes every other region.
static PARTITIONS: [Partition; 8] = [
    Partition { name: "aws-cn", prefix: "cn-", domains: ["amazonaws.com.cn", "api.amazonwebservices.com.cn"] },
    Partition { name: "aws-us-gov", prefix: "us-gov-", domains: ["amazonaws.com", "api.aws"] },
    Partition { name: "aws-eusc", prefix: "eusc-", domains: ["amazonaws.eu", "api.amazonwebservices.eu"] },
    Partition { name: "aws-iso", prefix: "us-iso-", domains: ["c2s.ic.gov", "api.aws.ic.gov"] },
    Partition { name: "aws-iso-b", prefix: "us-isob-", domains: ["sc2s.sgov.gov", "api.aws.scloud"] },
    Partition { name: "aws-iso-e", prefix: "eu-isoe-", domains: ["cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"] },
    Partition { name: "aws-iso-f", prefix: "us-isof-", domains: ["csp.hci.ic.gov", "api.aws.hci.ic.gov"] },
    Partition { name: "aws", prefix: "", domains: ["amazonaws.com", "api.aws"] },
];

/// The partition that a region is of.
pub fn partition(region: &str) -> &'static Partition {
    let fitting = PARTITIONS.iter().find(|partition| region.starts_with(partition.prefix));
    fitting.expect("the last one begins with nothing, and so fits every name")
}

/// Whether a host's name is one of AWS itself, in any partition: an endpoint of a service, or an interface endpoint in a VPC.
pub fn is_aws(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let within = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    PARTITIONS.iter().flat_map(|partition| partition.domains).any(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_of_its_partition() {
        let regions = [
            ("us-east-1", "aws"),
            ("ap-southeast-7", "aws"),
            ("mx-central-1", "aws"),
            ("il-central-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("us-isob-west-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("us-isof-east-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ];
        for (region, name) in regions {
            assert_eq!(partition(region).name, name, "{region}");
        }
    }

    #[test]
    fn an_endpoint_is_of_aws_by_the_end_of_its_name() {
        for host in [
            "sts.us-east-1.amazonaws.com",
            "vpce-0a1b-c2d3.rds.us-east-1.vpce.amazonaws.com",
            "rds.cn-north-1.amazonaws.com.cn",
            "eks.us-east-1.api.aws",
            "STS.EUSC-DE-EAST-1.AMAZONAWS.EU.",
            "route53.c2s.ic.gov",
        ] {
            assert!(is_aws(host), "{host}");
        }
        for host in ["localhost", "127.0.0.1", "amazonaws.com.evil.example", "evilamazonaws.com", "amazonaws.com", "localstack.local"] {
            assert!(!is_aws(host), "{host}");
        }
    }
}
