//! What to do about a failure of Route 53, by its cause.

use crate::plan::{Failure, FailureKind};

/// The failure with a hint of its own cause, where its code or its words tell one.
#[must_use]
pub fn explained(mut failure: Failure) -> Failure {
    if let Some(hint) = hint(&failure) {
        failure.hint = hint.to_owned();
    }
    failure
}

fn hint(failure: &Failure) -> Option<&'static str> {
    let changes = failure.operation == "route53:ChangeResourceRecordSets";
    Some(match (failure.code.as_deref(), failure.kind) {
        (Some("NoSuchHostedZone"), _) => {
            "the zone is gone, or these credentials see another account: look where the zone is (`aws route53 list-hosted-zones`), then \
             correct the target or `zone`"
        }
        (Some("PriorRequestNotComplete"), _) => {
            "nothing was changed: Route 53 is still taking in an earlier change of this zone (another step, Terraform, external-dns); try \
             again in a minute"
        }
        (Some("InvalidChangeBatch"), _) => batch(&failure.message.to_ascii_lowercase()),
        (Some("ThrottlingException" | "Throttling"), _) | (_, FailureKind::Throttled) => {
            "lifeboat keeps within Route 53's five requests a second: something else (Terraform, external-dns, another run) is calling \
             it in this account; pause that, then try again"
        }
        (_, FailureKind::Server | FailureKind::Unreachable) if changes => {
            "look whether the change is there before it is made again. Route 53 takes changes in us-east-1: while that is impaired they \
             may fail, and answers go on as they are. A public zone with accelerated recovery takes changes again within about an hour"
        }
        _ => return None,
    })
}

/// What Route 53's objections to a batch mean. Nothing of a batch that is refused was changed.
fn batch(message: &str) -> &'static str {
    if message.contains("protect") {
        "nothing was changed: a record is protected; whoever protected it has to lift that first, or change it by hand"
    } else if message.contains("guardrail") {
        "nothing was changed: a guardrail of the zone forbids it; see which one, and who may lift it"
    } else if message.contains("limit") {
        "nothing was changed: the batch is too large; split `records` into two steps"
    } else if message.contains("not found") || message.contains("do not match") || message.contains("already exists") {
        "nothing was changed: the record sets are no longer as they were shown; try the step again, which looks first"
    } else if message.contains("not permitted") || message.contains("conflict") {
        "nothing was changed: another record of the name, or the zone itself, does not allow such a record; look at the record sets"
    } else {
        "nothing was changed: the record sets are not what the change takes them for; look at them, then try the step again"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_own_hint() {
        let of = |code: &str, message: &str| {
            let failure = Failure { code: Some(code.into()), ..Failure::new(FailureKind::Invalid, message, "the old one") };
            explained(failure).hint
        };
        for (message, word) in [
            ("The resource record set is protected", "protected it"),
            ("Guardrail G1 refuses", "guardrail"),
            ("[Number of records limit of 1000 exceeded.]", "split `records`"),
            ("Tried to delete x but it was not found", "looks first"),
            ("RRSet of type CNAME is not permitted at apex", "another record"),
            ("something else", "look at them"),
        ] {
            let hint = of("InvalidChangeBatch", message);
            assert!(hint.contains(word) && hint.starts_with("nothing was changed"), "{message}: {hint}");
        }
        assert!(of("NoSuchHostedZone", "").contains("list-hosted-zones"));
        assert!(of("PriorRequestNotComplete", "").contains("earlier change"));
        assert_eq!(of("Other", ""), "the old one");
    }
}
