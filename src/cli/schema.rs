//! `lifeboat schema`: the JSON Schema of runbooks.

use super::catalogue::catalog;
use super::exit::Exit;
use super::say::{out_raw, problem};
use crate::runbook;

/// Prints it.
pub(super) fn schema() -> Exit {
    match serde_json::to_string_pretty(&runbook::schema(&catalog())) {
        Ok(text) => {
            out_raw(&text);
            Exit::Done
        }
        Err(error) => {
            problem(&format!("the schema cannot be written: {error}"), Some("please report it"));
            Exit::BadInput
        }
    }
}
