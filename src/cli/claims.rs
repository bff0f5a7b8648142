//! What a live run claims, so that two of the same never act on an account at once.

use std::collections::{BTreeMap, BTreeSet};

use super::drive::{holder, users_own_store};
use super::say::note;
use crate::driver::Claim;
use crate::engine::Actor;
use crate::id::RunId;
use crate::journal::{self, Claimant, JournalError, Others, Store};
use crate::plan::{Endpoint, Plan, endpoint_words};

/// What a live run claims: its runbook and those that its steps run, in the accounts it acts on. Whoever else runs the same there is named,
/// or stands in the way: also a run of the same user that is recorded in another state folder. What takes the place of AWS has accounts of
/// its own: those of two emulators are not the same, whatever their numbers.
pub(super) fn claim(store: Store, plan: &Plan, endpoints: &[Endpoint], run: &RunId, operator: &Actor, beside_others: bool) -> Claim {
    // In one order for all: two runs that want some of the same never each hold what the other waits for.
    let names: BTreeSet<String> = plan.nested.values().map(|nested| nested.name.clone()).chain([plan.name.clone()]).collect();
    let by = Claimant { run: run.clone(), holder: holder(operator) };
    let others = if beside_others { Others::Allow } else { Others::Refuse };
    let own = users_own_store().filter(|own| !own.is_same_folder(&store));
    let at = if endpoints.is_empty() { String::new() } else { format!(" at {}", endpoint_words(endpoints)) };
    let mut held: BTreeMap<String, Vec<journal::Claim>> = BTreeMap::new();
    Box::new(move |account: &str| {
        let account = &format!("{account}{at}");
        if let Some(claims) = held.get(account) {
            return claims.iter().try_for_each(journal::Claim::check);
        }
        let mut claims = Vec::new();
        for runbook in &names {
            let mut found = vec![store.claim(runbook, account, &by, others)?];
            match own.as_ref().map(|own| own.claim(runbook, account, &by, others)) {
                Some(Ok(claim)) => found.push(claim),
                Some(Err(error @ (JournalError::Claimed { .. } | JournalError::Locked { .. }))) => return Err(error),
                // Where nothing can be claimed, nobody else of this user has claimed anything either; a failover does not wait for that.
                Some(Err(error)) => note(&format!("Runs that are recorded in other state folders are not seen: {error}\n")),
                None => {}
            }
            let beside: BTreeSet<String> = found.iter().flat_map(|claim| claim.others.iter().map(words)).collect();
            for who in beside {
                note(&format!("Beside this one the runbook {runbook} runs against account {account}: {who}\n"));
            }
            claims.extend(found);
        }
        held.insert(account.clone(), claims);
        Ok(())
    })
}

fn words(other: &Option<Claimant>) -> String {
    other.as_ref().map_or_else(|| "another run".to_owned(), ToString::to_string)
}
