//! When a shift is done: what is asked, and what a DNS that cannot be asked means.

use super::*;

fn insync() -> [Answer; 2] {
    [change_info("GetChange", "INSYNC"), both(0, 100)]
}

fn receipt() -> Value {
    json!({"change": "C1", "zone_id": "Z1", "private": false})
}

fn silent() -> Failure {
    Failure::new(FailureKind::Unreachable, "no name servers found", "")
}

async fn polled(world: &std::sync::Arc<Canned>, with: &Value, receipt: &Value) -> Poll {
    ShiftWeights.poll(&cx(world), with, receipt).await.unwrap()
}

async fn settled(world: &std::sync::Arc<Canned>, with: &Value, receipt: &Value) -> Value {
    match polled(world, with, receipt).await {
        Poll::Settled(outputs) => outputs,
        Poll::Pending(progress) => panic!("waits for {}", progress.waiting_for),
    }
}

#[tokio::test]
async fn where_name_servers_cannot_be_asked_route_53_itself_is() {
    for answer in [Err(silent()), Ok(answers(&[]))] {
        let world = Canned::new(insync());
        world.dns_says(answer.clone());
        world.more([test_answer(&["198.51.100.20"])]);
        let outputs = settled(&world, &with(), &receipt()).await;
        let note = outputs["note"].as_str().unwrap();
        assert!(note.contains("Route 53 itself answers 198.51.100.20 (TestDNSAnswer)"), "{note}");
        assert!(note.contains(if answer.is_err() { "no name servers found" } else { "ns-1.example answers nothing" }), "{note}");
        assert_eq!(outputs["answered"], json!(["198.51.100.20"]));

        world.more(insync());
        world.more([test_answer(&["203.0.113.10"])]);
        let waits = pending("Route 53 to stop answering 203.0.113.10; the change is INSYNC");
        assert_eq!(polled(&world, &with(), &receipt()).await, waits);
    }
}

#[tokio::test]
async fn where_nothing_can_be_asked_insync_is_enough_and_the_note_says_so() {
    let world = Canned::new(insync());
    world.dns_says(Err(silent()));
    world.more([error(403, "AccessDenied")]);
    let outputs = settled(&world, &with(), &receipt()).await;
    let note =
        "name servers were not asked (no name servers found); nor could Route 53 itself be asked (AccessDenied); the change is INSYNC";
    assert_eq!((&outputs["note"], &outputs["answered"]), (&json!(note), &Value::Null));
}

#[tokio::test]
async fn whoever_wants_to_wait_waits_and_is_told_what_for() {
    let mut waits = with();
    waits["wait_for_dns"] = json!(true);
    let world = Canned::new(insync());
    world.dns_says(Err(silent()));
    let text = "name servers of example.com to answer (no name servers found); the change is INSYNC";
    assert_eq!(polled(&world, &waits, &receipt()).await, pending(text));
    waits["wait_for_dns"] = json!(false);
    world.more(insync());
    assert_eq!(settled(&world, &waits, &receipt()).await["note"], "name servers were not asked: wait_for_dns is false");
    assert_eq!(world.unused(), 0);
}

#[tokio::test]
async fn name_servers_of_a_private_zone_are_not_asked_unless_the_author_says_so() {
    let mut with = with();
    with["zone"] = json!("Z0PRIVATE");
    let zone = "<HostedZone><Id>/hostedzone/Z0PRIVATE</Id><Name>example.com.</Name><CallerReference>r</CallerReference><Config>\
                <PrivateZone>true</PrivateZone></Config></HostedZone>";
    let zone = || Answer::xml(200, format!("<GetHostedZoneResponse {NS}>{zone}</GetHostedZoneResponse>"));
    let world = Canned::new([zone(), both(100, 0)]);
    let seen = ShiftWeights.observe(&cx(&world), &with).await.unwrap();
    let notes = ShiftWeights.change(&cx(&world), &with, &seen).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("will not be asked, since only VPCs of a private zone can ask them")), "{notes:?}");

    let private = json!({"change": "C1", "zone_id": "Z0PRIVATE", "private": true});
    // A receipt of an earlier version does not say whether the zone is private.
    for (receipt, look) in [(private.clone(), None), (json!({"change": "C1", "zone_id": "Z0PRIVATE"}), Some(zone()))] {
        let [change, sets] = insync();
        world.more([Some(change), look, Some(sets)].into_iter().flatten());
        let outputs = settled(&world, &with, &receipt).await;
        assert!(outputs["note"].as_str().unwrap().contains("only its VPCs can ask"), "{outputs}");
    }

    with["wait_for_dns"] = json!(true);
    world.more(insync());
    world.dns_says(Ok(answers(&["198.51.100.20"])));
    assert_eq!(settled(&world, &with, &private).await["note"], Value::Null);
    assert!(world.asked().last().unwrap().line.contains("System"), "{:?}", world.asked().last());
}

#[tokio::test]
async fn a_change_that_route_53_no_longer_knows_is_judged_by_its_record_sets() {
    let world = Canned::new([error(404, "NoSuchChange"), both(0, 100)]);
    world.dns_says(Ok(answers(&["198.51.100.20"])));
    let outputs = settled(&world, &with(), &receipt()).await;
    assert_eq!(outputs["note"], "Route 53 does not know the change C1 any more");

    world.more([error(404, "NoSuchChange"), both(100, 0)]);
    let failure = ShiftWeights.poll(&cx(&world), &with(), &receipt()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
}

#[tokio::test]
async fn an_alias_is_done_when_route_53_answers_with_its_target() {
    let alias = |id: &str, weight: u32| {
        let target = format!("<HostedZoneId>Z35</HostedZoneId><DNSName>{id}.elb.example.</DNSName>");
        set(id, weight, &format!("<AliasTarget>{target}<EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget>"))
    };
    let shifted = || [change_info("GetChange", "INSYNC"), sets(&[alias("eu", 0), alias("us", 100)], None)];
    // Whatever name is looked up, the canned resolver says the same: all targets are the answer.
    let world = Canned::new(shifted());
    world.dns_says(Ok(answers(&["192.0.2.7"])));
    world.more([test_answer(&["192.0.2.7"])]);
    let outputs = settled(&world, &with(), &receipt()).await;
    let note = outputs["note"].as_str().unwrap();
    assert!(note.starts_with("name servers were not asked: us is an alias"), "{note}");
    assert!(note.contains("answers 192.0.2.7, addresses of that target"), "{note}");

    world.more(shifted());
    world.more([error(403, "AccessDenied")]);
    let outputs = settled(&world, &with(), &receipt()).await;
    assert!(
        outputs["note"].as_str().unwrap().ends_with("nor could Route 53 itself be asked (AccessDenied); the change is INSYNC"),
        "{outputs}"
    );

    // An alias within the zone leads to what its record has; the other set's values are answered.
    let inside = "<AliasTarget><HostedZoneId>Z1</HostedZoneId><DNSName>us.example.com.</DNSName><EvaluateTargetHealth>true\
                  </EvaluateTargetHealth></AliasTarget>";
    let mixed = sets(&[set("eu", 0, &address("203.0.113.10")), set("us", 100, inside)], None);
    world.more([change_info("GetChange", "INSYNC"), mixed, test_answer(&["203.0.113.10"]), test_answer(&["198.51.100.20"])]);
    let Poll::Pending(progress) = polled(&world, &with(), &receipt()).await else { panic!("not pending") };
    let text = "Route 53 to stop answering 203.0.113.10, which is what eu leads to: it answers so while no target of us is healthy; the change \
                is INSYNC";
    assert_eq!(progress.waiting_for, text);
}

#[tokio::test]
async fn a_change_that_stays_pending_is_told_as_stranded() {
    let world = Canned::new([change_info("GetChange", "PENDING")]);
    crate::world::World::clock(world.as_ref()).sleep(std::time::Duration::from_secs(720)).await;
    let Poll::Pending(progress) = polled(&world, &with(), &receipt()).await else { panic!("not pending") };
    assert!(progress.waiting_for.starts_with("change PENDING to become INSYNC for 12 min"), "{}", progress.waiting_for);
}
