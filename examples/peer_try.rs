use std::sync::Arc;
use std::time::Duration;
use lifeboat::{action, probe, plan::Target, world::{World, live::LiveWorld}};
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let world: Arc<dyn World> = Arc::new(LiveWorld::new("alice"));
    let target = Some(Target { id: "dr".into(), region: "us-east-1".into(), account: Some("123456789012".into()), profile: std::env::var("P").ok(), role: None, external_id: None });
    let with: serde_json::Value = serde_json::from_str(&args[3]).unwrap();
    if args[1] == "probe" {
        let cx = probe::Cx { world, target, caller: "run/check".into(), timeout: Duration::from_secs(20) };
        match probe::find(&args[2]).unwrap().sample(&cx, &with).await { Ok(s) => println!("{} | {} | {:?}", s.shown, s.fields, s.number), Err(f) => println!("ERR {f}\n {f:?}") }
        return;
    }
    let cx = action::Cx { world: world.clone(), target, caller: "run/step".into(), log: Arc::new(|l| println!("  log: {l}")), timeout: Duration::from_secs(20) };
    let a = action::find(&args[2]).unwrap();
    let seen = match a.observe(&cx, &with).await { Ok(s) => s, Err(f) => { println!("ERR {f}\n {f:?}"); return } };
    println!("seen {seen}");
    let change = a.change(&cx, &with, &seen);
    println!("change {change:#?}");
    let Ok(change) = change else { return };
    if change.already { return }
    let r = a.apply(&cx, &with, &seen, "token-0123456789-0123456789-0123456789").await;
    println!("receipt {r:?}");
    let Ok(r) = r else { return };
    for _ in 0..10 {
        let p = a.poll(&cx, &with, &r.data).await;
        println!("poll {p:?}");
        if matches!(p, Ok(action::Poll::Settled(_))) { break }
        world.clock().sleep(Duration::from_secs(1)).await;
    }
    let now = a.observe(&cx, &with).await.unwrap();
    println!("judge {:?}", a.judge(&cx, &with, &seen, &now));
}
