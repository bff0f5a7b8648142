//! An estate with many names: a run keeps within what Route 53 takes, and says what it could not look at.

use crate::support::Home;

const BOOK: &str = "tests/runbooks/many_names.yaml";

#[test]
fn forty_names_at_once_are_shifted_and_nobody_is_throttled() {
    for seed in ["1", "2"] {
        let home = Home::new();
        let ran = home.run(&["drill", BOOK, "--output", "line", "--seed", seed]).ended(0);
        let of = |words: &str| ran.out.lines().filter(|line| line.contains(words)).count();
        assert!(!ran.out.contains("Throttling"), "{}", ran.out);
        assert_eq!(of("took effect"), 42, "{}", ran.out);
        assert!(of("waiting for its turn at Route 53: ") > 5, "{}", ran.out);
        // All of them back is one call, whose change shows each.
        let calls: Vec<&str> = ran.out.lines().filter(|line| line.contains(" back: ChangeResourceRecordSets accepted")).collect();
        assert_eq!(calls.len(), 1, "{}", ran.out);
        let proposal = ran.out.lines().find(|line| line.contains("back proposes")).unwrap_or_default();
        assert!(proposal.contains("svc00.shop.example A and 39 more of shop.example"), "{proposal}");
        for n in 0..40 {
            assert!(proposal.contains(&format!("svc{n:02}.shop.example A us 100, eu 0 → us 0, eu 100")), "{n}: {proposal}");
        }
        // The private zone: said before, and where it is done.
        let inside = |words: &str| ran.out.lines().any(|line| line.contains("inside") && line.contains(words));
        assert!(inside("name servers will not be asked, since only VPCs of a private zone can ask them"), "{}", ran.out);
        assert!(inside("took effect") && inside("only its VPCs can ask"), "{}", ran.out);
    }
}

#[test]
fn the_policy_allows_every_name_of_a_batch() {
    let ran = Home::new().run(&["plan", BOOK, "--output", "iam"]).ended(0);
    let policy: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let of = |action: &str| statements.iter().filter(|one| one["Action"].to_string().contains(action)).collect::<Vec<_>>();
    let names = |one: &serde_json::Value| {
        one["Condition"]["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsNormalizedRecordNames"]
            .as_array()
            .map_or(0, Vec::len)
    };
    assert!(of("route53:ChangeResourceRecordSets").iter().any(|one| names(one) == 40), "{policy:#}");
    assert_eq!(of("route53:TestDNSAnswer").len(), 1, "{policy:#}");
}
