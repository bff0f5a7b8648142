//! `lifeboat world serve`: a simulated world as an AWS endpoint.

use super::args;
use super::drive::runtime;
use super::exit::Exit;
use super::say::{findings, note, out, problem};
use crate::world::sim::{SimWorld, Speed, serve};

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
