//! Several names in one step.

use super::*;

fn with_records() -> Value {
    json!({
        "zone": "example.com",
        "type": "A",
        "weights": {"us": 100, "eu": 0},
        "records": ["api.example.com", {"record": "WWW.example.com.", "weights": {"us": 255}}],
    })
}

fn named(name: &str, id: &str, weight: u32, value: &str) -> String {
    set(id, weight, &address(value)).replace("api.example.com", name)
}

/// Both names in one page, which ends where a third begins.
fn listed(api: (u32, u32), www: (u32, u32)) -> Answer {
    let all = [
        named("api.example.com", "eu", api.0, "203.0.113.10"),
        named("api.example.com", "us", api.1, "198.51.100.20"),
        named("www.example.com", "eu", www.0, "203.0.113.11"),
        named("www.example.com", "us", www.1, "198.51.100.21"),
    ];
    sets(&all, Some(("zzz.example.com", "x")))
}

#[tokio::test]
async fn several_names_are_one_batch_and_one_change() {
    let world = Canned::new([zone(), listed((100, 0), (100, 0)), listed((100, 0), (100, 0))]);
    world.more([change_info("ChangeResourceRecordSets", "PENDING")]);
    let (cx, with) = (cx(&world), with_records());
    let seen = ShiftWeights.observe(&cx, &with).await.unwrap();
    let change = ShiftWeights.change(&cx, &with, &seen).unwrap();
    let fields: Vec<String> = change.fields.iter().map(|field| format!("{}: {} → {}", field.name, field.before, field.after)).collect();
    let all = ["api.example.com A: us 0, eu 100 → us 100, eu 0", "www.example.com A: us 0 → us 255"];
    assert_eq!(fields, all);
    assert_eq!(change.resource, "api.example.com A and 1 more of example.com");
    assert!(change.notes.contains(&"www.example.com: weight of eu stays 100".to_owned()), "{:?}", change.notes);
    assert_eq!(change.notes.iter().filter(|note| note.contains("resolvers keep")).count(), 1, "{:?}", change.notes);

    let receipt = ShiftWeights.apply(&cx, &with, &seen, "t").await.unwrap();
    let sent: Vec<String> = world.asked().iter().filter(|asked| asked.line.starts_with("POST")).map(|asked| asked.body.clone()).collect();
    assert_eq!(sent.len(), 1, "one call");
    assert_eq!(sent[0].matches("UPSERT").count(), 3, "{}", sent[0]);

    world.more([change_info("GetChange", "INSYNC"), listed((0, 100), (100, 255))]);
    world.dns_says(Ok(answers(&["198.51.100.20"])));
    let Poll::Pending(progress) = ShiftWeights.poll(&cx, &with, &receipt.data).await.unwrap() else { panic!("settled") };
    assert_eq!(progress.waiting_for, "ns-1.example to stop answering 198.51.100.20; the change is INSYNC", "that is of the other name");
    world.more([change_info("GetChange", "INSYNC"), listed((0, 100), (100, 255))]);
    world.dns_says(Err(Failure::new(FailureKind::Unreachable, "no name servers found", "")));
    world.more([test_answer(&["198.51.100.20"]), test_answer(&["203.0.113.11"])]);
    let Poll::Settled(outputs) = ShiftWeights.poll(&cx, &with, &receipt.data).await.unwrap() else { panic!("not settled") };
    assert_eq!(outputs["answered"], json!(["198.51.100.20", "203.0.113.11"]));
    assert_eq!(outputs["records"][1]["weights"], json!({"eu": 100, "us": 255}));
    assert_eq!(world.unused(), 0);
}

#[tokio::test]
async fn only_what_differs_is_sent_and_already_so_is_all_of_them() {
    let with = with_records();
    let world = Canned::new([zone(), listed((0, 100), (100, 0))]);
    let seen = ShiftWeights.observe(&cx(&world), &with).await.unwrap();
    let change = ShiftWeights.change(&cx(&world), &with, &seen).unwrap();
    assert_eq!((change.already, change.fields.len()), (false, 1));
    world.more([listed((0, 100), (100, 0)), change_info("ChangeResourceRecordSets", "PENDING")]);
    ShiftWeights.apply(&cx(&world), &with, &seen, "t").await.unwrap();
    let sent = world.asked().pop().unwrap().body;
    assert_eq!((sent.matches("UPSERT").count(), sent.contains("api.example.com")), (1, false), "{sent}");

    world.more([zone(), listed((0, 100), (100, 255))]);
    let seen = ShiftWeights.observe(&cx(&world), &with).await.unwrap();
    assert!(ShiftWeights.change(&cx(&world), &with, &seen).unwrap().already);
}

#[tokio::test]
async fn a_record_that_somebody_changed_is_named() {
    let with = with_records();
    let world = Canned::new([zone(), listed((100, 0), (100, 0)), listed((100, 0), (7, 0))]);
    let seen = ShiftWeights.observe(&cx(&world), &with).await.unwrap();
    let failure = ShiftWeights.apply(&cx(&world), &with, &seen, "t").await.unwrap_err();
    assert_eq!(failure.message, "somebody has changed the weights of www.example.com A since they were shown");
    assert!(!world.asked().iter().any(|asked| asked.line.starts_with("POST")));
}

#[tokio::test]
async fn names_that_one_listing_does_not_reach_are_listed_by_themselves() {
    let first = sets(&[named("api.example.com", "eu", 100, "203.0.113.10"), named("api.example.com", "us", 0, "198.51.100.20")], None);
    let second = sets(&[named("www.example.com", "eu", 100, "203.0.113.11"), named("www.example.com", "us", 0, "198.51.100.21")], None);
    let world = Canned::new([zone(), first, second]);
    let seen = ShiftWeights.observe(&cx(&world), &with_records()).await.unwrap();
    assert_eq!(seen["records"][1]["weights"], json!({"eu": 100, "us": 0}));
    assert_eq!(world.unused(), 0);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let said = |change: &dyn Fn(&mut Value)| {
        let mut with = with_records();
        change(&mut with);
        Wanted::read(&with).unwrap_err().message
    };
    assert!(said(&|with| with["record"] = json!("api.example.com")).contains("`record` or `records`, not both"));
    assert!(said(&|with| with["records"] = json!([])).contains("at least one record"));
    assert!(said(&|with| with["records"] = json!(["api.example.com", "API.example.com."])).contains("api.example.com A is there twice"));
    assert!(said(&|with| with["records"] = json!(["api.example.org"])).contains("api.example.org is not in the zone example.com"));
    assert!(said(&|with| with["weights"] = json!({})).contains("at least one entry"));
}

#[test]
fn a_batch_too_large_for_route_53_is_no_change() {
    let records: Vec<Value> = (0..60).map(|n| json!(format!("n{n}.example.com"))).collect();
    let with = json!({"zone": "example.com", "type": "A", "weights": {"us": 1}, "records": records});
    let seen = |values: usize, value: &str| {
        let one =
            |n| json!({"record": format!("n{n}.example.com"), "type": "A", "weights": {"us": 0}, "values": {"us": vec![value; values]}});
        json!({"zone_id": "Z1", "records": (0..60).map(one).collect::<Vec<Value>>()})
    };
    let of = |seen: &Value| ShiftWeights.change(&cx(&Canned::new([])), &with, seen);
    assert!(of(&seen(8, "192.0.2.1")).is_ok());
    let failure = of(&seen(9, "192.0.2.1")).unwrap_err();
    assert!(failure.message.contains("1080 values") && failure.hint.contains("split `records`"), "{failure:?}");
    assert!(of(&seen(1, &"x".repeat(300))).unwrap_err().message.contains("36000 characters"));
}

#[test]
fn what_an_earlier_version_saw_is_still_read() {
    let old = json!({
        "zone_id": "Z1", "weights": {"eu": 100, "us": 0}, "values": {"eu": ["203.0.113.10"], "us": ["198.51.100.20"]},
        "health_checks": {"us": "hc-1"}, "ttl": 60, "answered": null, "note": null,
    });
    let (cx, with) = (cx(&Canned::new([])), with());
    let change = ShiftWeights.change(&cx, &with, &old).unwrap();
    assert_eq!(change.fields.len(), 2);
    assert!(change.notes.contains(&"us is answered only while its health check hc-1 is healthy".to_owned()), "{:?}", change.notes);
    let now = |eu: u32, us: u32| json!({"zone_id": "Z1", "records": [{"record": "api.example.com", "type": "A", "weights": {"eu": eu, "us": us}}]});
    assert!(matches!(ShiftWeights.judge(&cx, &with, &old, &now(100, 0)), Judged::DidNotHappen(_)));
    assert!(matches!(ShiftWeights.judge(&cx, &with, &old, &now(0, 100)), Judged::Happened(_)));
    assert!(matches!(ShiftWeights.judge(&cx, &with, &old, &now(50, 50)), Judged::CannotTell(_)));
}

#[tokio::test]
async fn records_with_address_hints_are_told_of() {
    let https = "<ResourceRecordSet><Name>api.example.com.</Name><Type>HTTPS</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>1 . \
                 alpn=h2 ipv4hint=203.0.113.10</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>";
    let all = [set("eu", 100, &address("203.0.113.10")), set("us", 0, &address("198.51.100.20")), https.to_owned()];
    let world = Canned::new([zone(), sets(&all, None)]);
    let seen = ShiftWeights.observe(&cx(&world), &with()).await.unwrap();
    let notes = ShiftWeights.change(&cx(&world), &with(), &seen).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("HTTPS or SVCB records with address hints")), "{notes:?}");
    let mut txt = with();
    txt["type"] = json!("TXT");
    world.more([zone(), sets(&all, None)]);
    let failure = ShiftWeights.observe(&cx(&world), &txt).await.unwrap_err();
    assert_eq!(failure.message, "zone example.com has no record api.example.com TXT; the name has A, HTTPS");
}
