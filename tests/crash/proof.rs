//! What must hold when a run has ended, however often it was killed on the way.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use lifeboat::clock::Clock as _;
use lifeboat::engine::{RunPhase, State};
use lifeboat::journal::{JOURNAL_FILE, read, verify};
use lifeboat::world::sim::{AuditEntry, SimWorld};
use lifeboat::world::{DnsQuery, DnsVia, HttpRequest, World as _};

use super::process::{fold, folder, restore};

/// What a run has come to.
#[derive(Debug)]
pub(crate) struct Result {
    pub(crate) state: State,
    /// Every change that took effect, and how often.
    pub(crate) changes: BTreeMap<String, usize>,
    /// The estate two hours later.
    pub(crate) estate: Vec<String>,
    /// Calls that could have changed something, whatever came of them.
    pub(crate) calls: usize,
    pub(crate) records: usize,
}

/// Reads what a finished run has come to. The world is restored from a copy of the run's files.
pub(crate) fn of(state_folder: &Path) -> Result {
    let folder = folder(state_folder);
    let records = read(&folder.join(JOURNAL_FILE)).unwrap().records;
    let state = fold(&records);
    let copy = tempfile::tempdir().unwrap();
    for name in ["world.yaml", "world.jsonl"] {
        std::fs::copy(folder.join(name), copy.path().join(name)).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (changes, calls, estate) = runtime.block_on(async {
        let world = restore(copy.path(), &state);
        let mut changes = BTreeMap::new();
        for change in world.mutations() {
            *changes.entry(words(&change)).or_default() += 1;
        }
        let calls = world.audit().iter().filter(|entry| entry.mutating).count();
        world.sim_clock().sleep(Duration::from_secs(7200)).await;
        (changes, calls, described(&world).await)
    });
    Result { state, changes, estate, calls, records: records.len() }
}

/// Who changed what to what. Tokens differ between attempts.
fn words(change: &AuditEntry) -> String {
    let mut params = change.params.clone();
    if let Some(params) = params.as_object_mut() {
        params.retain(|name, _| !name.to_lowercase().contains("token"));
    }
    format!("{} {}:{} {} {params}", change.caller, change.service, change.operation, change.resource)
}

/// What can be seen of the estate that does not depend on when it was changed.
async fn described(world: &SimWorld) -> Vec<String> {
    let mut seen = Vec::new();
    for region in ["eu-west-1", "us-east-1"] {
        let config = world.sdk_config(region, "proof");
        match aws_sdk_rds::Client::new(&config).describe_db_instances().send().await {
            Ok(page) => seen.extend(page.db_instances().iter().map(|db| {
                format!(
                    "{:?} {:?} source {:?} retention {:?}",
                    db.db_instance_identifier(),
                    db.db_instance_status(),
                    db.read_replica_source_db_instance_identifier(),
                    db.backup_retention_period()
                )
            })),
            Err(_) => seen.push(format!("{region} does not answer")),
        }
        let eks = aws_sdk_eks::Client::new(&config);
        for cluster in ["core", "core-dr"] {
            let Ok(page) = eks.list_nodegroups().cluster_name(cluster).send().await else { continue };
            for name in page.nodegroups() {
                let group = eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(name).send().await.unwrap().nodegroup.unwrap();
                seen.push(format!("{cluster}/{name} {:?} {:?} {:?}", group.status(), group.scaling_config(), group.health()));
            }
        }
    }
    let route53 = aws_sdk_route53::Client::new(&world.sdk_config("us-east-1", "proof"));
    let records = route53.list_resource_record_sets().hosted_zone_id("Z0123456789EXAMPLE").send().await.unwrap();
    seen.extend(records.resource_record_sets().iter().map(|set| format!("{set:?}")));
    let query = DnsQuery {
        name: "api.example.com".into(),
        kind: "A".into(),
        via: DnsVia::System,
        timeout: Duration::from_secs(5),
        caller: "proof".into(),
    };
    seen.push(format!("resolves to {:?}", world.dns().query(query).await.map(|answer| answer.values)));
    let request = HttpRequest {
        method: "GET".into(),
        url: "https://api.example.com/healthz".into(),
        headers: vec![],
        body: None,
        timeout: Duration::from_secs(5),
        redirects: 0,
        writes: false,
        caller: "proof".into(),
    };
    seen.push(format!("answers {:?}", world.http().send(request).await.map(|answer| answer.status)));
    seen
}

/// What is wrong with a run that was killed, next to the one that was not.
#[derive(Debug, Default)]
pub(crate) struct Wrong {
    pub(crate) doubled: usize,
    pub(crate) lost: usize,
    pub(crate) words: Vec<String>,
}

/// Compares. `survived` is the journal as the last crash left it, whole lines only.
pub(crate) fn compare(state_folder: &Path, survived: &[u8], whole: &Result) -> Wrong {
    let mut wrong = Wrong::default();
    let journal = folder(state_folder).join(JOURNAL_FILE);
    if let Err(error) = verify(&journal) {
        wrong.words.push(format!("the journal does not verify: {error}"));
        return wrong;
    }
    let now = of(state_folder);
    if !std::fs::read(&journal).unwrap().starts_with(survived) {
        wrong.lost += 1;
        wrong.words.push("records that were durable before the crash are gone".into());
    }
    let names = whole.changes.keys().chain(now.changes.keys()).collect::<std::collections::BTreeSet<_>>();
    for name in names {
        let count = |result: &Result| result.changes.get(name).copied().unwrap_or(0);
        let (then, now) = (count(whole), count(&now));
        if now > then {
            wrong.doubled += now - then;
            wrong.words.push(format!("made {now} times instead of {then}: {name}"));
        } else if now < then {
            wrong.words.push(format!("made {now} times instead of {then}: {name}"));
        }
    }
    if outcome(&now.state) != outcome(&whole.state) {
        wrong.words.push(format!("it ended as {:?}, not as {:?}", now.state.phase, whole.state.phase));
    }
    if now.estate != whole.estate {
        let pairs = whole.estate.iter().zip(&now.estate).filter(|(then, now)| then != now);
        wrong.words.extend(pairs.map(|(then, now)| format!("the estate has come to {now}, not to {then}")));
    }
    wrong
}

fn outcome(state: &State) -> String {
    match &state.phase {
        RunPhase::Finished { outcome, .. } => format!("{outcome:?}"),
        other => format!("not finished: {other:?}"),
    }
}
