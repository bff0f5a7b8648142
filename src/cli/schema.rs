//! `lifeboat schema`: the JSON Schema of runbooks.

use super::catalogue::catalog;
use super::exit::Exit;
use super::say::{out, problem};
use crate::runbook;

/// Prints it.
pub(super) fn schema() -> Exit {
    match serde_json::to_string_pretty(&runbook::schema(&catalog())) {
        Ok(text) => {
            out(&text);
            Exit::Done
        }
        Err(error) => {
            problem(&format!("the schema cannot be written: {error}"), Some("please report it"));
            Exit::BadInput
        }
    }
}
