//! What is done about a change as it was seen: what is waited for before the call, what is asked for, what is not taken for done.

use crate::support::{Home, Ran, Served};

/// A home with a runbook and a world in it.
struct Book {
    home: Home,
    file: String,
    world: String,
}

const HEAD: &str = "lifeboat: 1
name: book
title: A book
targets: {dr: {region: us-east-1, account: \"123456789012\"}}
defaults: {target: dr, timeout: 30m}
steps:
";

const WORLD: &str = "world: 1
name: small
account: \"123456789012\"
start: 2026-03-12T03:04:00Z
regions: {eu-west-1: {}, us-east-1: {}}
rds:
  - {id: ledger, region: eu-west-1}
  - id: ledger-copy
    region: us-east-1
    replica_of: ledger
    promotion: 1s
    backing_up: [{from: 2026-03-12T03:00:00Z, until: 2026-03-12T03:12:00Z}]
eks:
  - cluster: shop
    region: us-east-1
    nodegroups:
      web: {min: 1, desired: 6, max: 40, quota: 40, join: 1s, every: 100ms}
";

impl Book {
    fn new(steps: &str, world: &str) -> Self {
        let home = Home::new();
        let file = |name: &str, text: String| {
            let path = home.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        Self { file: file("book.yaml", format!("{HEAD}{steps}")), world: file("world.yaml", world.to_owned()), home }
    }

    fn drill(&self, more: &[&str]) -> Ran {
        self.home.run(&[&["drill", &self.file, "--world", &self.world, "--output", "line"], more].concat())
    }

    fn live(&self, served: &Served, more: &[&str]) -> Ran {
        Ran::of(self.home.against(&served.endpoint, &[&["run", &self.file, "--output", "line"], more].concat()).output().unwrap())
    }
}

const PROMOTE: &str = "  - {id: promote, title: Promote, action: rds.promote_replica, with: {instance: Ledger-Copy, source: LEDGER},
     verify: [{title: Its own, probe: rds.instance, with: {instance: ledger-copy}, expect: not is_replica}]}
";

#[test]
fn a_backup_under_way_is_waited_for_before_the_call_and_the_confirmation_stays_good() {
    let ran = Book::new(PROMOTE, WORLD).drill(&[]).ended(0);
    let ran = ran.says("the call waits until it has ended by itself: the status backing-up of ledger-copy");
    assert_eq!(ran.out.matches("PromoteReadReplica accepted").count(), 1, "{}", ran.out);
    assert_eq!(ran.out.matches("promote confirmed by").count(), 1, "{}", ran.out);
    assert!(!ran.out.contains("failed"), "{}", ran.out);
}

#[test]
fn what_does_not_end_within_the_timeout_ends_the_wait_and_nothing_is_called() {
    let short = PROMOTE.replace("title: Promote,", "title: Promote, timeout: 2m,");
    let ran = Book::new(&short, WORLD).drill(&[]);
    assert_ne!(ran.code, Some(0), "{}", ran.out);
    let ran = ran.says("the status backing-up of ledger-copy, and was so for all of");
    assert!(!ran.out.contains("accepted"), "{}", ran.out);
}

#[test]
fn a_shrink_asks_for_the_name_whatever_the_step_says() {
    let steps = |more: &str| {
        format!(
            "  - {{id: scale, title: Scale, action: eks.scale_nodegroup, with: {{cluster: shop, nodegroup: web, min: 2, desired: 2, max: 40{more}}}}}\n"
        )
    };
    let book = Book::new(&steps(""), WORLD);
    let served = Served::world(&book.home, &book.world, "60");
    let ran = book.live(&served, &["--dry-run"]).ended(0);
    ran.says("takes away 4 of 6 nodes").says("confirmed by typing \"web\"");
    let ran = book.live(&served, &["--yes"]).ended(3).says("scale is confirmed by typing \"web\", exactly");
    assert!(!ran.out.contains("accepted"), "{}", ran.out);

    let floor = Book::new(&steps(", at_least: true"), WORLD);
    let ran = floor.live(&served, &["--yes"]).ended(0);
    assert!(!ran.out.contains("takes away") && !ran.out.contains("desired 6"), "{}", ran.out);

    let named = Book::new(&steps(""), WORLD);
    named.live(&served, &["--yes", "--confirm", "scale=web"]).ended(0).says("desired 6 → 2");
}

#[test]
fn the_primary_is_not_taken_for_the_promoted_replica() {
    let itself = PROMOTE.replace("Ledger-Copy", "ledger").replace("LEDGER", "\"arn:aws:rds:us-east-1:123456789012:db:Ledger\"");
    let world = WORLD.replace("{id: ledger, region: eu-west-1}", "{id: ledger, region: us-east-1}");
    let book = Book::new(&itself, &world);
    let served = Served::world(&book.home, &book.world, "60");
    book.live(&served, &["--yes", "--confirm", "promote=ledger"]).ended(5).says("it is itself the `source` that the step names");
    book.live(&served, &["--dry-run"]).says("it is itself the `source` that the step names");
}

#[test]
fn what_the_services_refuse_is_refused_by_the_check() {
    let metric = |more: &str| {
        format!(
            "  - {{id: look, title: Look, action: verify, verify: [{{title: P, probe: cloudwatch.metric, expect: value < 1,
     with: {{namespace: AWS/RDS, metric: ReplicaLag, {more}}}}}]}}\n"
        )
    };
    for (steps, said) in [
        (PROMOTE.replace("source: LEDGER", "source: LEDGER, backup_window: after lunch"), "no backup window"),
        (PROMOTE.replace("source: LEDGER", "source: LEDGER, backup_window: '03:00-03:10'"), "at least 30"),
        (PROMOTE.replace("Ledger-Copy", "\"arn:aws:s3:::bucket\""), "neither an identifier nor the ARN"),
        (metric("period: 45s"), "no period of 45 s"),
        (metric("within: 3d"), "4320 datapoints"),
        (metric("stat: average"), "did you mean `Average`?"),
    ] {
        let book = Book::new(&steps, WORLD);
        let ran = book.home.run(&["check", &book.file]);
        assert!(ran.code == Some(2) && (ran.err.contains(said) || ran.out.contains(said)), "{steps}: {}{}", ran.out, ran.err);
    }
    for steps in [metric("period: 5m, within: 3d"), metric("period: 10s"), metric("stat: p99.9"), metric("stat: SampleCount")] {
        let book = Book::new(&steps, WORLD);
        book.home.run(&["check", &book.file]).ended(0);
    }
}
