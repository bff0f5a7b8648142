//! `lifeboat world serve`: a simulated world as an AWS endpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::args;
use super::drive::runtime;
use super::exit::Exit;
use super::say::{findings, note, out, problem};
use crate::world::sim::{AuditEntry, SimWorld, Speed, serve};

/// How many lines may wait for the terminal. The world never does: what comes when so many wait is counted and left out.
const LINES_WAITING: usize = 1_000;

/// Serves until it is interrupted.
pub(super) fn world(args: &args::World) -> Exit {
    let args::WorldCommand::Serve(args) = &args.command;
    let definition = match SimWorld::load(&args.file) {
        Ok(definition) => definition,
        Err(error) => {
            findings(error.source.as_ref(), &error.diagnostics);
            return Exit::BadInput;
        }
    };
    if !args.listen.ip().is_loopback() {
        problem(
            &format!("{} is not an address of this machine's loopback", args.listen),
            Some("a simulated AWS answers anybody who asks: serve it on 127.0.0.1 or [::1] only"),
        );
        return Exit::BadInput;
    }
    if !(args.speed.is_finite() && args.speed > 0.0) {
        problem("the speed must be a number above 0", None);
        return Exit::BadInput;
    }
    let served = runtime(false).and_then(|runtime| {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind(args.listen).await?;
            let address = listener.local_addr()?;
            let definition = definition.beginning_at(jiff::Timestamp::now());
            let world = SimWorld::start(definition, Speed::Times(args.speed), args.seed);
            out(&format!("{} is served at http://{address} (seed {})", world.name(), world.seed()));
            note(&format!("Try:  aws --endpoint-url http://{address} rds describe-db-instances --region us-east-1\n"));
            if !args.quiet {
                world.watch(lines());
            }
            tokio::select! {
                failed = serve(world, listener) => match failed {
                    Ok(never) => match never {},
                    Err(error) => Err(std::io::Error::other(error)),
                },
                stopped = tokio::signal::ctrl_c() => stopped,
            }
        })
    });
    match served {
        Ok(()) => Exit::Done,
        Err(error) => {
            problem(
                &format!("{} cannot be served at {}: {error}", args.file.display(), args.listen),
                Some("choose another address with --listen"),
            );
            Exit::Short
        }
    }
}

/// What writes a line for each call to standard error, in a thread of its own: a terminal that stands still does not hold the world up.
fn lines() -> impl Fn(&AuditEntry) + Send + 'static {
    let (sender, receiver) = std::sync::mpsc::sync_channel::<String>(LINES_WAITING);
    let missed = Arc::new(AtomicUsize::new(0));
    let left_out = Arc::clone(&missed);
    std::thread::spawn(move || {
        for line in receiver {
            note(&line);
            match left_out.swap(0, Ordering::Relaxed) {
                0 => {}
                missed => note(&format!("({missed} calls are not shown: nobody read their lines)\n")),
            }
        }
    });
    move |call| {
        if sender.try_send(line(call)).is_err() {
            missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// `02:47:13Z  rds:DescribeDBInstances  us-east-1  orders-replica  ok`, the time being the world's.
fn line(call: &AuditEntry) -> String {
    let outcome = match (&call.outcome, call.answered) {
        (Ok(()), true) => "ok".to_owned(),
        (Ok(()), false) => "done, the answer lost".to_owned(),
        (Err(code), true) => code.clone(),
        (Err(code), false) => format!("no answer: {code}"),
    };
    let operation = format!("{}:{}", call.service, call.operation);
    let parts = [&operation, &call.region, &call.resource, &outcome];
    let text = parts.iter().filter(|part| !part.is_empty()).map(|part| part.as_str()).collect::<Vec<_>>().join("  ");
    // What a client sends is not ours: nothing of it may move a terminal's cursor.
    let text: String = text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect();
    format!("{}  {text}\n", call.at.wall.strftime("%H:%M:%SZ"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;

    #[test]
    fn a_call_is_one_line() {
        let at = Stamp { wall: "2026-03-12T02:47:13Z".parse().unwrap(), mono_ms: 0 };
        let call = AuditEntry {
            at,
            took: std::time::Duration::ZERO,
            caller: String::new(),
            service: "rds".into(),
            operation: "PromoteReadReplica".into(),
            region: "us-east-1".into(),
            resource: "orders\u{1b}[2J".into(),
            params: serde_json::Value::Null,
            outcome: Ok(()),
            mutating: true,
            answered: true,
            request_id: String::new(),
            settled_since: at.wall,
        };
        assert_eq!(line(&call), "02:47:13Z  rds:PromoteReadReplica  us-east-1  orders\\u{1b}[2J  ok\n");
        let lost = AuditEntry { answered: false, resource: String::new(), ..call.clone() };
        assert_eq!(line(&lost), "02:47:13Z  rds:PromoteReadReplica  us-east-1  done, the answer lost\n");
        let down = AuditEntry { outcome: Err("ConnectTimeout".into()), ..lost };
        assert_eq!(line(&down), "02:47:13Z  rds:PromoteReadReplica  us-east-1  no answer: ConnectTimeout\n");
        let refused = AuditEntry { outcome: Err("InvalidDBInstanceState".into()), answered: true, ..down };
        assert_eq!(line(&refused), "02:47:13Z  rds:PromoteReadReplica  us-east-1  InvalidDBInstanceState\n");
    }
}
