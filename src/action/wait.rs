//! `wait`: lets time go by.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Action, Cx, Poll, Progress, Receipt};
use super::with::With;
use crate::clock::Stamp;
use crate::plan::{Change, Failure, FieldChange};
use crate::runbook::spec::{ActionSpec, FieldSpec, ParamSpec, ParamType, Reversibility};

static SPEC: ActionSpec = ActionSpec {
    name: "wait",
    summary: "Lets time go by, for what nothing can be asked about",
    details: "The time goes on while a run is interrupted, and while the machine sleeps. Unless the step says `expected`, a forecast \
              takes it to last as long as it waits; and where neither the step nor `defaults` has a `timeout`, it is not cut short. Prefer a proof where there is something to \
              ask: `verify` with `within` waits no longer than it must.",
    errors: &[],
    params: &[ParamSpec {
        name: "seconds",
        ty: ParamType::Duration,
        required: true,
        default: "",
        doc: "How long: `90s`, `5m`; an expression may give a number of seconds.",
    }],
    rule: None,
    outputs: &[FieldSpec { name: "waited", ty: ParamType::Number, doc: "Seconds that went by." }],
    reversibility: Reversibility::NoChange,
    subject: None,
    permissions: &[],
    needs_target: false,
    lasts: Some("seconds"),
    usual_seconds: 60,
    example: "{seconds: 90s}",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct Wait;

#[async_trait]
impl Action for Wait {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn observe(&self, _cx: &Cx, with: &Value) -> Result<Value, Failure> {
        With::new(SPEC.name, with).duration("seconds")?;
        Ok(json!({}))
    }

    fn change(&self, _cx: &Cx, with: &Value, _seen: &Value) -> Result<Change, Failure> {
        let wanted = With::new(SPEC.name, with).duration("seconds")?;
        Ok(Change {
            operation: "wait".into(),
            resource: String::new(),
            region: String::new(),
            fields: vec![FieldChange { name: "time".into(), before: "now".into(), after: format!("{} s later", wanted.as_secs_f64()) }],
            reversible: true,
            data_loss: None,
            already: false,
            notes: Vec::new(),
            takes_away: None,
            waits_for: None,
        })
    }

    async fn apply(&self, cx: &Cx, _with: &Value, _seen: &Value, _token: &str) -> Result<Receipt, Failure> {
        Ok(Receipt { data: json!({"since": cx.world.clock().now()}), summary: "waiting".into() })
    }

    async fn poll(&self, cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure> {
        let wanted = With::new(SPEC.name, with).duration("seconds")?;
        let now = cx.world.clock().now();
        // Without a receipt (the operator said that the wait was begun) there is nothing to count from.
        let since = receipt.get("since").and_then(|value| serde_json::from_value::<Stamp>(value.clone()).ok());
        let waited = since.map_or(wanted, |since| elapsed(since, now));
        if waited >= wanted {
            return Ok(Poll::Settled(json!({"waited": waited.as_secs_f64()})));
        }
        let left = wanted - waited;
        let counted = Some((waited.as_secs(), wanted.as_secs()));
        Ok(Poll::Pending(Progress { waiting_for: format!("{} s more", left.as_secs_f64().ceil()), counted }))
    }
}

/// The machine's sleep counts: time goes by while it sleeps. A monotonic clock that is behind is another process's, and then only the
/// wall clock reaches from there to here.
fn elapsed(since: Stamp, now: Stamp) -> Duration {
    if now.mono_ms < since.mono_ms {
        return Duration::try_from(now.wall.duration_since(since.wall)).unwrap_or_default();
    }
    now.since(since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::testing::cx;
    use crate::world::testing::Canned;

    #[tokio::test]
    async fn it_waits_as_long_as_it_says() {
        let world = Canned::new([]);
        let cx = cx(&world);
        let with = json!({"seconds": "90s"});
        let receipt = Wait.apply(&cx, &with, &json!({}), "t").await.unwrap().data;
        cx.world.clock().sleep(Duration::from_secs(30)).await;
        let Poll::Pending(progress) = Wait.poll(&cx, &with, &receipt).await.unwrap() else { panic!("settled too early") };
        assert_eq!((progress.waiting_for.as_str(), progress.counted), ("60 s more", Some((30, 90))));
        cx.world.clock().sleep(Duration::from_secs(60)).await;
        assert_eq!(Wait.poll(&cx, &with, &receipt).await.unwrap(), Poll::Settled(json!({"waited": 90.0})));
    }
}
