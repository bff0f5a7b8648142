//! World files that are wrong, and what is said about them.

use std::path::Path;

use lifeboat::world::sim::{Definition, SimWorld};

use super::HEAD;

fn error(yaml: &str) -> String {
    let text = format!("{HEAD}{yaml}");
    Definition::parse(Path::new("worlds/test.yaml"), &text).expect_err("it is wrong").to_string()
}

fn says(yaml: &str, parts: &[&str]) {
    let said = error(yaml);
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
}

#[test]
fn the_shipped_world_is_right() {
    let definition = SimWorld::load(Path::new("runbooks/worlds/region_loss.yaml")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(definition.name(), "region_loss");
    assert!(definition.digest().as_str().starts_with("sha256:"));
}

#[test]
fn unknown_keys_and_wrong_values_are_shown_at_their_place() {
    says("rds: [{id: a, region: eu-west-1, clas: x}]\n", &["unknown field `clas`", "--> worlds/test.yaml:9:34", "did you mean `class`?"]);
    says("rds: [{id: a, region: eu-west-1, promotion: 8}]\n", &["`8` has no unit", "promotion: 8"]);
    says("rds: [{id: a, region: eu-west-1, promotion: {p50: 5m, p95: 3m}}]\n", &["p95 not below p50"]);
    says("rds: [{region: eu-west-1}]\n", &["missing field `id`"]);
    says("rds: {\n", &["error"]);
    says("events: [{at: noon, region_down: eu-west-1}]\n", &["`noon` is no moment"]);
}

#[test]
fn names_must_refer_to_something() {
    says("rds: [{id: a, region: eu-west-7}]\n", &["there is no region `eu-west-7`", "did you mean `eu-west-1`?", "^^^^^^^^^"]);
    says("rds: [{id: a, region: eu-west-1, replica_of: b}]\n", &["there is no instance `b`"]);
    says("rds: [{id: a, region: eu-west-1, replica_of: a}]\n", &["is a replica of itself"]);
    says("rds: [{id: a, region: eu-west-1}, {id: A, region: eu-west-1}]\n", &["the instance `A` is there twice"]);
    says("rds: [{id: a_b, region: eu-west-1}]\n", &["`a_b` is no identifier that RDS takes", "letters, digits and hyphens"]);
    let twins = "{id: a, region: eu-west-1}, {id: a, region: us-east-1}";
    says(
        &format!("rds: [{twins}, {{id: b, region: us-west-2, replica_of: a}}]\n"),
        &["several regions have an instance `a`", "arn:aws:rds:eu-west-1:123456789012:db:a or arn:aws:rds:us-east-1:123456789012:db:a"],
    );
    says(
        "services: [{name: s, address: 192.0.2.1, region: eu-west-1, writer: w}]\n",
        &["there is no instance `w`", "the file has no instance"],
    );
    says("services: [{name: s, address: 192.0.2.1, region: eu-west-1, nodegroup: c/g}]\n", &["there is no node group in eu-west-1 `c/g`"]);
    says("events: [{at: 5m, region_down: mars}]\n", &["there is no region `mars`", "the file has: eu-west-1, us-east-1, us-west-2"]);
    says("faults: [{service: rsd, throttle: true}]\n", &["there is no service to hit `rsd`", "did you mean `rds`?"]);
}

#[test]
fn numbers_and_times_must_make_sense() {
    says("eks: [{cluster: c, region: eu-west-1, nodegroups: {g: {min: 3, desired: 2, max: 4}}}]\n", &["min ≤ desired ≤ max must hold"]);
    says(
        "eks: [{cluster: c, region: eu-west-1, nodegroups: {g: {min: 1, desired: 2, max: 4, quota: 1}}}]\n",
        &["more nodes than its quota"],
    );
    says("faults: [{from: 5m, until: 1m, throttle: true}]\n", &["ends before it begins"]);
    says("faults: [{throttle: true, hang: true}]\n", &["a fault has exactly one kind, this one has throttle and hang"]);
    says("faults: [{service: rds}]\n", &["this one has none", "one of: region_down"]);
    says("faults: [{probability: 1.5, throttle: true}]\n", &["1.5 is not between 0 and 1"]);
    says("faults: [{service: dns, stuck: true}]\n", &["`stuck` cannot happen to `dns`"]);
    says("incident_start: 2026-03-12T03:00:00Z\n", &["the incident starts after the world does"]);
    says(
        "route53: {zones: [{name: example.com, id: Z1, records: [{name: a.example.org, type: A, ttl: 1, values: [192.0.2.1]}]}]}\n",
        &["`a.example.org` is not in the zone `example.com`"],
    );
    says("events: [{at: 5m}]\n", &["an event has one of `region_down` and `region_up`"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let said = error("rds: [{id: a, region: mars}, {id: b, region: venus}]\n");
    assert!(said.contains("mars") && said.contains("venus"), "{said}");
}

#[test]
fn files_that_cannot_be_read_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let load = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        SimWorld::load(&path).unwrap_err().to_string()
    };
    assert!(SimWorld::load(&folder.path().join("none.yaml")).unwrap_err().to_string().contains("cannot be read"));
    assert!(SimWorld::load(folder.path()).unwrap_err().to_string().contains("is a folder"));
    assert!(load("empty.yaml", b" \n").contains("is empty"));
    assert!(load("latin.yaml", b"world: 1\nname: caf\xe9\n").contains("byte 18 is wrong"));
    assert!(load("big.yaml", &vec![b'#'; 2 << 20]).contains("larger than 1 MiB"));
    assert!(load("two.yaml", b"world: 2\n").contains("missing field"));
}

#[test]
fn what_is_no_regular_file_is_refused_unopened() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("world.fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    for path in [fifo.as_path(), Path::new("/dev/zero"), Path::new("/dev/null")] {
        let said = SimWorld::load(path).unwrap_err().to_string();
        assert!(said.contains("is not a regular file") && said.contains("save the world as a file"), "{said}");
    }
}

#[test]
fn a_world_has_only_records_that_route_53_takes() {
    let record = |record: &str| format!("route53: {{zones: [{{name: example.com, id: Z1, records: [{record}]}}]}}\n");
    let text = |yaml: &str| Definition::parse(Path::new("worlds/test.yaml"), &format!("{HEAD}{}", record(yaml)));
    let check = "11111111-2222-3333-4444-555555555555";
    for right in [
        format!("{{name: a.example.com, type: A, set: eu, weight: 100, ttl: 60, values: [192.0.2.1], health_check: {check}}}"),
        "{name: a.example.com, type: A, set: eu, region: eu-west-1, ttl: 60, values: [192.0.2.1]}".into(),
        "{name: a.example.com, type: A, set: eu, geo: {continent: EU}, ttl: 60, values: [192.0.2.1]}".into(),
        "{name: a.example.com, type: A, set: x, multivalue: true, ttl: 60, values: [192.0.2.1]}".into(),
        "{name: \"*.example.com\", type: A, set: p, failover: PRIMARY, ttl: 60, values: [192.0.2.1]}".into(),
        "{name: a.example.com, type: A, ttl: 1, values: [192.0.2.1]}, {name: example.com, type: A, alias: {zone: Z1, name: a.example.com}}"
            .into(),
        "{name: example.com, type: A, alias: {zone: Z35SXDOTRQ7X7K, name: lb-1.us-east-1.elb.amazonaws.com}}".into(),
        "{name: example.com, type: MX, ttl: 60, values: [10 mail.example.com]}".into(),
    ] {
        text(&right).unwrap_or_else(|error| panic!("{right}: {error}"));
    }
    for (wrong, why) in [
        ("{name: a.example.com, type: FOO, ttl: 60, values: [x]}", "`FOO` is no type of a record"),
        ("{name: a.example.com, type: A, set: x, weight: 1, region: eu-west-1, ttl: 60, values: [192.0.2.1]}", "has weight and region"),
        (
            "{name: a.example.com, type: A, set: x, failover: FOO, ttl: 60, values: [192.0.2.1]}",
            "`failover: FOO` is neither PRIMARY nor SECONDARY",
        ),
        ("{name: a.example.com, type: CNAME, ttl: 60, values: [a.b, c.d]}", "cannot have more than one value"),
        ("{name: a.example.com, type: A, ttl: 60, values: [192.0.2.1, 192.0.2.1]}", "Duplicate Resource Record"),
        ("{name: a..example.com, type: A, ttl: 60, values: [192.0.2.1]}", "DomainLabelEmpty"),
        ("{name: example.com, type: A, alias: {zone: Z1, name: nobody.example.com}}", "that target was not found"),
        ("{name: a.example.com, type: A, ttl: 60, values: [192.0.2.1], health_check: \"no id\"}", "is no id of a health check"),
        ("{name: a.example.com, type: MX, ttl: 60, values: [mail.example.com]}", "Value is not a priority"),
    ] {
        says(&record(wrong), &[why, "worlds/test.yaml:9"]);
    }
    says("route53: {health_checks: [{id: h1, service: nobody}]}\n", &["there is no service `nobody`"]);
}

#[test]
fn the_world_of_a_run_was_checked_when_the_run_began() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.yaml");
    std::fs::write(&path, format!("{HEAD}rds: [{{id: orders_primary, region: eu-west-1}}]\n")).unwrap();
    SimWorld::load(&path).unwrap_err();
    assert_eq!(Definition::of_run(&path).unwrap_or_else(|error| panic!("{error}")).name(), "test");
}
