//! Amazon resource names of what is in a world.

use super::model::InstanceDef;

/// The partition that a region is in.
/// Source: IAM User Guide, "Amazon Resource Names": aws, aws-cn, aws-us-gov; the others from the partitions of AWS's SDKs.
pub(crate) fn partition(region: &str) -> &'static str {
    let prefixes = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    prefixes.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// Of an RDS instance. Identifiers are stored as lower-case strings.
/// Source: CreateDBInstance, "DBInstanceIdentifier": "This parameter is stored as a lowercase string."
pub(crate) fn instance(account: &str, def: &InstanceDef) -> String {
    let region = &def.region.value;
    format!("arn:{}:rds:{region}:{account}:db:{}", partition(region), def.id.value.to_ascii_lowercase())
}
