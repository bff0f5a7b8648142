//! docs/runbook.schema.json.

use crate::cli::Home;
use crate::current::is_current;

#[test]
fn the_schema_in_the_repository_is_what_the_program_prints() {
    let printed = Home::new().run(&["schema"]).ended(0).out;
    is_current("docs/runbook.schema.json", &printed);
}
