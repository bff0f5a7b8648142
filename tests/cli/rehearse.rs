//! Drills without a terminal: what takes how long, and who answers what.

use crate::support::{Home, Ran};

const QUICK: &str = "tests/worlds/quick.yaml";

/// A home with this runbook in it.
struct Book {
    home: Home,
    file: String,
}

impl Book {
    fn new(steps: &str) -> Self {
        let home = Home::new();
        let file = home.path().join("book.yaml");
        std::fs::write(&file, format!("lifeboat: 1\nname: book\ntitle: A book\nsteps:\n{steps}")).unwrap();
        Self { file: file.to_str().unwrap().to_owned(), home }
    }

    fn drill(&self, more: &[&str]) -> Ran {
        self.home.run(&[&["drill", &self.file, "--world", QUICK, "--output", "line"], more].concat())
    }
}

#[test]
fn a_wait_that_is_not_over_in_time_says_that_nothing_was_called() {
    let book = Book::new(
        "  - {id: one, title: One, action: wait, with: {seconds: 10s}}
  - {id: two, title: Two, action: wait, timeout: 15s, with: {seconds: '${{ steps.one.outputs.waited * 2 }}'}}
",
    );
    let ran = book.drill(&[]).ended(5).says("two failed: not done within 15 s; next: nothing was called");
    assert!(!ran.out.contains("accepted") && !ran.out.contains("change was made"), "{}", ran.out);
    // It goes on where it was, and does not begin anew.
    let ran = book.home.run(&["resume", "--retry", "two", "--output", "line"]).ended(0).says("was begun before");
    assert!(!ran.out.contains("accepted"), "{}", ran.out);
}
