//! What can be seen to be wrong with a target, once its texts are filled in: for the check with the defaults of the parameters, for the plan
//! with their values.

use super::model::TargetDoc;
use super::node::Spanned;
use super::region::{OddRegion, odd_region, partition};
use crate::diag::{Diagnostic, Span, code};

/// The texts of a target; those that are not known yet are missing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filled<'a> {
    pub(crate) region: Option<&'a str>,
    pub(crate) account: Option<&'a str>,
    pub(crate) role: Option<&'a str>,
}

/// What is wrong with a target.
pub(crate) fn wrong(doc: &TargetDoc, filled: Filled<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(region) = filled.region.filter(|region| !region.is_empty()) {
        found.extend(wrong_region(region, &doc.region.span));
    }
    if let (Some(account), Some(written)) = (filled.account, &doc.account)
        && !is_account(account)
    {
        found.push(wrong_account(account, &written.span));
        // What a role should have is not known then.
        return found;
    }
    if let (Some(role), Some(written)) = (filled.role, &doc.role) {
        found.extend(wrong_role(role, written, filled, doc.account.as_ref()));
    }
    found
}

/// What is wrong with the name of a region.
pub(crate) fn wrong_region(region: &str, span: &Span) -> Option<Diagnostic> {
    Some(match odd_region(region)? {
        OddRegion::No { why, help } => Diagnostic::error(code::BAD_REGION, span.clone(), format!("`{region}` {why}")).help(help),
        OddRegion::Unknown { help } => {
            Diagnostic::warning(code::UNKNOWN_REGION, span.clone(), format!("no region `{region}` is known")).help(help)
        }
    })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn wrong_account(account: &str, span: &Span) -> Diagnostic {
    let digits = account.bytes().filter(u8::is_ascii_digit).count();
    let finding = Diagnostic::error(code::BAD_ACCOUNT, span.clone(), "an AWS account id has twelve digits");
    finding.label(if digits == account.len() { format!("{digits} digits") } else { "not only digits".into() })
}

/// The ARN of a role: partition, account, and what stands behind the last colon.
struct Arn<'a> {
    partition: &'a str,
    service: &'a str,
    account: &'a str,
    resource: &'a str,
}

fn arn(text: &str) -> Option<Arn<'_>> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, service, _, account, resource] => Some(Arn { partition, service, account, resource }),
        _ => None,
    }
}

fn wrong_role(role: &str, written: &Spanned<String>, filled: Filled<'_>, account: Option<&Spanned<String>>) -> Option<Diagnostic> {
    let part = filled.region.map_or("aws", partition);
    let known = filled.account.unwrap_or("123456789012");
    let meant = |partition: &str, account: &str, name: &str| format!("write `arn:{partition}:iam::{account}:role/{name}`");
    let error = |message: String| Diagnostic::error(code::BAD_ROLE, written.span.clone(), message);
    let Some(arn) = arn(role) else {
        let name = role.trim().trim_start_matches("role/");
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c));
        let name = if plain { name } else { "NAME" };
        return Some(error("a role is named by its ARN".into()).label("not an ARN").help(meant(part, known, name)));
    };
    if let ("sts", Some(session)) = (arn.service, arn.resource.strip_prefix("assumed-role/")) {
        let name = session.split('/').next().unwrap_or_default();
        let help = format!("{}; its path, if it has one, stands before its name", meant(arn.partition, arn.account, name));
        return Some(error("this is the ARN of a session of a role, not of the role".into()).label("a session").help(help));
    }
    let name = arn.resource.strip_prefix("role/").filter(|name| !name.is_empty() && !name.ends_with('/'));
    let (Some(name), "iam") = (name, arn.service) else {
        return Some(error("this is not the ARN of a role".into()).help(meant(part, known, "NAME")));
    };
    if !is_account(arn.account) {
        let digits = arn.account.bytes().filter(u8::is_ascii_digit).count();
        let label = if digits == arn.account.len() { format!("its account has {digits} digits") } else { "its account is not one".into() };
        return Some(error("the account of a role has twelve digits".into()).label(label).help(meant(part, known, name)));
    }
    if filled.account.is_some_and(|account| account != arn.account) {
        let known = filled.account.unwrap_or_default();
        let message = format!("the role is of account {}, and the target of account {known}: its runs would all be refused", arn.account);
        let finding = Diagnostic::error(code::ROLE_ACCOUNT, written.span.clone(), message);
        let place = if account.is_some_and(|text| text.span.start < written.span.start) { "before it" } else { "behind it" };
        return Some(finding.help(format!("correct the `role`, or the `account` {place}")));
    }
    if filled.region.is_some_and(|region| odd_region(region).is_none()) && arn.partition != part {
        let region = filled.region.unwrap_or_default();
        let message = format!("the role is of partition {}, and {region} is of partition {part}", arn.partition);
        return Some(error(message).help(meant(part, arn.account, name)));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(region: &str, account: Option<&str>, role: &str) -> String {
        let text = |text: &str, at: usize| Spanned::new(text.to_owned(), at..at + 1);
        let doc = TargetDoc {
            id: text("dr", 0),
            region: text(region, 1),
            profile: None,
            role: Some(text(role, 3)),
            external_id: None,
            account: account.map(|account| text(account, 2)),
        };
        let found = wrong(&doc, Filled { region: Some(region), account, role: Some(role) });
        found
            .iter()
            .map(|one| format!("{} {}; {}", one.code, one.message, one.help.as_deref().unwrap_or("-")))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_role_is_the_arn_of_a_role_of_the_account() {
        let (dr, mine) = ("us-east-1", Some("123456789012"));
        for good in ["arn:aws:iam::123456789012:role/failover", "arn:aws:iam::123456789012:role/ops/dr/failover"] {
            assert_eq!(said(dr, mine, good), "");
            assert_eq!(said(dr, None, good), "");
        }
        let write = "write `arn:aws:iam::123456789012:role/failover`";
        for bare in ["failover", "role/failover", " failover "] {
            assert_eq!(said(dr, mine, bare), format!("LB0330 a role is named by its ARN; {write}"), "{bare}");
        }
        assert_eq!(
            said("cn-north-1", mine, "failover"),
            "LB0330 a role is named by its ARN; write `arn:aws-cn:iam::123456789012:role/failover`"
        );
        assert_eq!(
            said(dr, mine, "arn:aws:sts::123456789012:assumed-role/failover/alice"),
            format!(
                "LB0330 this is the ARN of a session of a role, not of the role; {write}; its path, if it has one, stands before its name"
            )
        );
        for other in ["arn:aws:iam::123456789012:user/alice", "arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/"] {
            assert!(said(dr, mine, other).starts_with("LB0330 this is not the ARN of a role; write"), "{other}");
        }
        assert!(said(dr, mine, "arn:aws:iam::1234:role/failover").starts_with("LB0330 the account of a role has twelve digits"));
        assert_eq!(
            said(dr, mine, "arn:aws:iam::999999999999:role/failover"),
            "LB0331 the role is of account 999999999999, and the target of account 123456789012: its runs would all be refused; correct the \
             `role`, or the `account` before it"
        );
        assert_eq!(
            said("us-gov-west-1", mine, "arn:aws:iam::123456789012:role/failover"),
            "LB0330 the role is of partition aws, and us-gov-west-1 is of partition aws-us-gov; write \
             `arn:aws-us-gov:iam::123456789012:role/failover`"
        );
        // Of what is said to be a new region nothing more is known.
        assert!(said("nz-middle-1", mine, "arn:aws:iam::123456789012:role/failover").starts_with("LB0750 "));
    }
}
