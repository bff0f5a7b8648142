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
    says("rds: [{id: a, region: eu-west-1}, {id: a, region: us-east-1}]\n", &["the instance `a` is there twice"]);
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
    assert!(load("big.yaml", &vec![b'#'; 2 << 20]).contains("1 MiB is the most"));
    assert!(load("two.yaml", b"world: 2\n").contains("missing field"));
}
