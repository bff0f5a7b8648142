//! The names of AWS regions: those that there are, and what was probably meant by another one.

use crate::diag::closest;

/// The regions of all partitions, as botocore's `partitions.json` lists them. A region that is newer than this table is not an error.
const KNOWN: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// The beginnings of the names of regions outside of the partition `aws`, each with the partition.
const PARTITIONS: &[(&str, &str)] = &[
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
];

/// What is odd about the name of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OddRegion {
    /// It cannot be one.
    No {
        /// What it is not, or is instead, as the rest of a sentence about it.
        why: &'static str,
        /// What to write.
        help: String,
    },
    /// It looks like one, and is none that is known: misspelt, or newer than this program.
    Unknown {
        /// What was probably meant.
        help: String,
    },
}

/// Whether a text has the form of an AWS region: `eu-west-1`, `us-gov-east-1`, `ap-southeast-4`. New regions need no new program.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.len() <= 12 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.as_slice() {
        [words @ .., number] => {
            (2..=3).contains(&words.len())
                && words.iter().all(letters)
                && (1..=2).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        [] => false,
    }
}

/// What is odd about the name of a region; `None` when it is a known one.
pub fn odd_region(text: &str) -> Option<OddRegion> {
    if KNOWN.contains(&text) {
        return None;
    }
    if is_region(text) {
        let help = match closest(text, KNOWN.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? A region that is newer than this lifeboat works, too"),
            None => "is it spelt right? A region that is newer than this lifeboat works, too".to_owned(),
        };
        return Some(OddRegion::Unknown { help });
    }
    if let Some(region) = of_zone(text) {
        return Some(OddRegion::No { why: "is an availability zone", help: format!("write its region: `{region}`") });
    }
    let plain = text.trim().to_lowercase().replace(['_', ' '], "-");
    let help = match closest(&plain, KNOWN.iter().copied()).or_else(|| KNOWN.iter().copied().find(|known| *known == plain)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "regions look like `eu-west-1`".to_owned(),
    };
    Some(OddRegion::No { why: "is not an AWS region", help })
}

/// The region of an availability zone, `us-east-1a`, or of a local or a wavelength zone, `us-west-2-lax-1a`.
fn of_zone(text: &str) -> Option<&str> {
    let rest = |region: &&str| text.strip_prefix(*region).is_some_and(is_suffix);
    KNOWN.iter().copied().find(rest).or_else(|| {
        let region = text.get(..text.len().checked_sub(1)?)?;
        (text.ends_with(|c: char| c.is_ascii_lowercase()) && is_region(region)).then_some(region)
    })
}

fn is_suffix(rest: &str) -> bool {
    match rest.as_bytes() {
        [letter] => letter.is_ascii_lowercase(),
        [b'-', zone @ .., letter] => letter.is_ascii_lowercase() && zone.iter().any(u8::is_ascii_digit),
        _ => false,
    }
}

/// The partition of a region: the second part of the ARNs there.
pub(super) fn partition(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(begins, _)| region.starts_with(begins)).map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_regions_are_in_order_and_have_the_form_of_one() {
        assert!(KNOWN.is_sorted());
        assert!(KNOWN.iter().all(|region| is_region(region) && odd_region(region).is_none()));
    }

    #[test]
    fn what_was_meant_is_asked() {
        let help = |text: &str| match odd_region(text) {
            Some(OddRegion::Unknown { help }) => format!("? {help}"),
            Some(OddRegion::No { why, help }) => format!("{why}: {help}"),
            None => "ok".into(),
        };
        let newer = "A region that is newer than this lifeboat works, too";
        assert_eq!(help("us-esat-1"), format!("? did you mean `us-east-1`? {newer}"));
        assert_eq!(help("eu-wset-1"), format!("? did you mean `eu-west-1`? {newer}"));
        assert_eq!(help("nz-middle-1"), format!("? is it spelt right? {newer}"));
        assert_eq!(help("us-east-1a"), "is an availability zone: write its region: `us-east-1`");
        assert_eq!(help("us-west-2-lax-1a"), "is an availability zone: write its region: `us-west-2`");
        assert_eq!(help("nz-middle-1b"), "is an availability zone: write its region: `nz-middle-1`");
        assert_eq!(help("US-EAST-1"), "is not an AWS region: did you mean `us-east-1`?");
        assert_eq!(help("us_east_1"), "is not an AWS region: did you mean `us-east-1`?");
        assert_eq!(help("us-east1"), "is not an AWS region: did you mean `us-east-1`?");
        assert_eq!(help("Ireland"), "is not an AWS region: regions look like `eu-west-1`");
    }

    #[test]
    fn partitions_follow_from_the_name() {
        let all = ["eu-west-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "eusc-de-east-1"];
        let expected = ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-eusc"];
        assert_eq!(all.map(partition), expected);
    }
}
