//! Who is at the keys.

use crate::engine::{Actor, ActorKind};

/// The user and the machine. `LIFEBOAT_OPERATOR` names the person where the account is shared.
pub(super) fn operator() -> Actor {
    let named =
        ["LIFEBOAT_OPERATOR", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    let name = named.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Actor { name, host, kind: ActorKind::Person }
}
