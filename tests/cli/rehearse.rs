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
    let ran = book.drill(&[]).ended(5).says("two failed: not done within 15 s; at last: 6 s more; next: nothing was called");
    assert!(!ran.out.contains("accepted") && !ran.out.contains("change was made"), "{}", ran.out);
    // It goes on where it was, and does not begin anew.
    let ran = book.home.run(&["resume", "--retry", "two", "--output", "line"]).ended(0).says("was begun before");
    assert!(!ran.out.contains("accepted"), "{}", ran.out);
}

const ASKS: &str = "  - id: a
    title: A
    action: manual
    with:
      instructions: Count them.
      ask:
        nodes: {prompt: How many, pattern: '[0-9]+'}
        why: {prompt: Why, example: nothing}
  - {id: way, title: Way, action: choose, with: {question: Which?, options: {nodes: Nodes, region: Region}}}
  - {id: end, title: End, action: wait, with: {seconds: 1s}, when: 'steps.way.choice == \"region\" and steps.a.answers.nodes == \"5\"'}
  - {id: each, title: Each, for_each: [api, web], action: manual, with: {instructions: Do., ask: {who: {prompt: Who, example: me}}}}
";

#[test]
fn a_drill_is_told_its_answers_beforehand() {
    let book = Book::new(ASKS);
    let ran = book.drill(&["--answer", "a.nodes=5", "--answer", "way.choice=region", "--answer", "each[web].who=you"]).ended(0);
    let ran = ran.says("nodes = 5; why = nothing").says("choice = region").says("who = you");
    assert!(!ran.out.contains("end was skipped"), "{}", ran.out);
}

#[test]
fn a_drill_that_has_no_answer_says_how_to_give_one() {
    let book = Book::new(ASKS);
    let ran = book.drill(&[]).ended(3).says("How many: an answer is needed");
    let ran = ran.says("--answer a.nodes=TEXT; an `example` beside the question in the runbook");
    assert!(!ran.err.contains("a.why"), "{}", ran.err);
    let resume = |answer: &str| book.home.run(&["resume", "--output", "line", "--answer", answer]);
    resume("a.nodes=five").ended(2).says("does not match");
    resume("a.nodes=5").ended(0).says("nodes = 5; why = nothing").says("choice = nodes").says("who = me");
}

#[test]
fn what_nobody_asks_is_not_answered() {
    let book = Book::new(ASKS);
    let refused = |flags: &[&str], why: &str, help: &str| {
        let ran = book.drill(flags).ended(2).says(why).says(help).says("nothing was done");
        assert!(ran.out.is_empty(), "{}", ran.out);
    };
    refused(&["--answer", "a.node=5"], "nothing asks for a.node", "did you mean a.nodes?");
    refused(&["--answer", "a.quantity=5"], "step a asks for something else", "--answer a.nodes=TEXT  --answer a.why=TEXT");
    refused(&["--answer", "way=nodes"], "step way asks for something else", "write --answer way.choice=nodes|region");
    refused(&["--answer", "way.choice=zone"], "is not one of nodes, region", "it answers: Which?");
    refused(&["--answer", "end.choice=5"], "step end asks nothing", "leave it out");
    refused(&["--answer", "each.who=you"], "there is no step each", "there is each[api], each[web]");
    refused(&["--answer", "elsewhere.who=you"], "there is no step elsewhere", "lifeboat plan names its steps");
    refused(&["--confirm", "wya=x"], "--confirm: there is no step wya", "did you mean way?");
    let dry = ["run", "--dry-run", &book.file, "--answer", "a.node=5", "--output", "line"];
    book.home.run(&dry).ended(2).says("did you mean a.nodes?");
}

#[test]
fn a_proof_that_is_waited_for_says_what_stands_against_it() {
    let book = Book::new(
        "  - id: one
    title: One
    action: verify
    verify:
      - {title: It is so, probe: aws.identity, target: dr, with: {}, expect: account == \"210987654321\", within: 3m}
targets: {dr: {region: us-east-1}}
",
    );
    let ran = book.drill(&[]).ended(5);
    assert!(ran.out.contains("one: the proof “It is so”: ") && ran.out.contains("not account == \"210987654321\""), "{}", ran.out);
    // Before anything went by, there is nothing to tell of.
    let never = Book::new("  - {id: one, title: One, action: command, with: {argv: [sh, no]}}\n").drill(&[]);
    assert!(!never.out.contains("failed: ;"), "{}", never.out);
}
