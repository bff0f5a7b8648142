//! What a run sends to services: what only reads at any time, what writes once, after it was confirmed and recorded.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::{Home, Ran};

/// A service that takes orders: its answers to POST come from a list, one after the other; an empty one closes the connection.
struct Shop {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Shop {
    fn new(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut answers = answers.iter();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                    head.push(byte[0]);
                }
                let head = String::from_utf8(head).unwrap();
                let reads = head.starts_with("GET ");
                kept.lock().unwrap().push(head);
                let status = if reads { "200 OK" } else { answers.next().copied().unwrap_or("500 Out of answers") };
                if !status.is_empty() {
                    stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
                }
            }
        });
        Self { address, heard }
    }

    /// The requests that were no GET.
    fn writes(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().filter(|head| !head.starts_with("GET ")).cloned().collect()
    }
}

/// A runbook with these proofs of a step, and its place.
fn book(home: &Home, shop: &Shop, steps: &str) -> String {
    let file = home.path().join("book.yaml");
    let text = format!("lifeboat: 1\nname: book\ntitle: A book\n{}", steps.replace("SHOP", &format!("http://{}", shop.address)));
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn live(home: &Home, file: &str, more: &[&str]) -> Ran {
    home.run(&[&["run", file, "--output", "json"], more].concat())
}

fn events(ran: &Ran, wanted: &str) -> Vec<Value> {
    let lines = ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["event"] == wanted).collect()
}

const ORDER: &str = "
steps:
  - id: orders
    title: Take orders
    action: verify
    retry: {attempts: 3, delay: 1s}
    verify:
      - {title: It is up, probe: http, with: {url: SHOP/healthz}, expect: status == 200}
      - title: An order is taken
        probe: http
        with: {url: SHOP/orders, method: POST, body: {sku: test}}
        writes: true
        expect: status == 201
        within: 20s
        look: {probe: http, with: {url: SHOP/orders/test}, expect: status == 200}
";

#[test]
fn a_proof_that_writes_is_confirmed_recorded_and_sent_once_and_then_looked_at() {
    let (home, shop) = (Home::new(), Shop::new(&["201 Created"]));
    let file = book(&home, &shop, ORDER);
    // It is a change, so somebody is asked though the step itself does nothing.
    home.run(&["plan", &file]).ended(0).says("a proof writes: POST http://");
    let ran = live(&home, &file, &["--yes"]).ended(0);
    let proposed = &events(&ran, "step_proposed")[0];
    let note = proposed["change"]["notes"][0].as_str().unwrap();
    assert!(note.starts_with("its proof “An order is taken” writes: POST http://"), "{note}");
    let (intents, sent) = (events(&ran, "step_proof_intent"), events(&ran, "step_proof_sent"));
    assert_eq!((intents.len(), sent.len()), (1, 1));
    assert_eq!(intents[0]["readings"][0]["verdict"], "pass", "what must hold before it is read first");
    let writes = shop.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    let token = intents[0]["token"].as_str().unwrap();
    assert!(writes[0].to_lowercase().contains(&format!("idempotency-key: {token}\r\n")), "{}", writes[0]);
    let heard = shop.heard.lock().unwrap().iter().map(|head| head.split(' ').nth(1).unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(heard, ["/healthz", "/orders", "/orders/test"]);
    home.run(&["report"]).ended(0).says("a proof that writes").says(token);
}

#[test]
fn what_became_of_a_lost_answer_is_for_a_person_and_it_is_not_sent_again() {
    let (home, shop) = (Home::new(), Shop::new(&[""]));
    let ran = live(&home, &book(&home, &shop, ORDER), &["--yes"]).ended(5);
    assert_eq!(shop.writes().len(), 1, "`retry` must not send it again");
    let failure = &events(&ran, "step_failed")[0]["failure"];
    let message = failure["message"].as_str().unwrap();
    assert!(message.starts_with("nobody knows whether the proof “An order is taken” arrived: 127.0.0.1"), "{message}");
    assert!(failure["hint"].as_str().unwrap().contains("it is not sent again by itself"), "{failure}");
}

#[test]
fn an_answer_that_proves_nothing_is_not_asked_for_again() {
    let (home, shop) = (Home::new(), Shop::new(&["503 Service Unavailable"]));
    let ran = live(&home, &book(&home, &shop, ORDER), &["--yes"]).ended(5);
    assert_eq!(shop.writes().len(), 1);
    let message = events(&ran, "step_failed")[0]["failure"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("was answered with 503 Service Unavailable"), "{message}");
    // A person may send another one.
    let name = events(&ran, "step_failed").len();
    assert_eq!(name, 1);
}

const DRY: &str = "
preconditions:
  - {title: The index answers, probe: http, with: {url: SHOP/search, method: POST}, reads: true, expect: status == 200}
steps:
  - id: orders
    title: Take orders
    action: command
    with: {argv: ['true']}
    verify:
      - {title: An order is taken, probe: http, with: {url: SHOP/orders, method: POST}, writes: true, expect: status == 201}
";

#[test]
fn a_dry_run_lists_what_its_author_says_only_reads_and_sends_nothing_that_writes() {
    let (home, shop) = (Home::new(), Shop::new(&["200 OK"; 9]));
    let file = book(&home, &shop, DRY);
    let ran = live(&home, &file, &["--dry-run"]).ended(0).says("of which the runbook says that they only read").says("/search  (The index");
    let writes = shop.writes();
    assert!(!writes.is_empty() && writes.iter().all(|head| head.starts_with("POST /search ")), "{writes:?}");
    let planned = &events(&ran, "step_planned")[0]["readings"][0];
    assert_eq!(planned["verdict"]["unknown"], "a proof that writes is sent once, in its step, and not made in a dry run");
}

#[test]
fn a_dry_run_need_not_take_the_authors_word() {
    let (home, shop) = (Home::new(), Shop::new(&["200 OK"; 9]));
    let file = book(&home, &shop, DRY);
    let ran = live(&home, &file, &["--dry-run", "--no-author-reads"]).ended(0);
    assert_eq!(shop.writes(), Vec::<String>::new());
    let reading = &events(&ran, "run_opened")[0]["readings"][0];
    assert!(reading["verdict"]["unknown"].as_str().unwrap().contains("--no-author-reads"), "{reading}");
    live(&home, &file, &["--no-author-reads", "--yes"]).ended(2);
}

#[test]
fn a_request_of_which_nobody_says_what_it_does_is_refused_and_never_sent() {
    let (home, shop) = (Home::new(), Shop::new(&["200 OK"; 9]));
    let gate = "
params: {how: {type: string, default: GET}}
preconditions:
  - {title: It is there, probe: http, with: {url: SHOP/accounts/42, method: METHOD}, expect: status == 200}
steps:
  - {id: one, title: One, action: wait, with: {seconds: 1s}}
";
    let file = book(&home, &shop, &gate.replace("METHOD", "DELETE"));
    home.run(&["check", &file]).ended(2).says("LB0611");
    live(&home, &file, &["--dry-run"]).ended(2);
    // What only the run knows is decided there.
    let file = book(&home, &shop, &gate.replace("METHOD", "\"${{ run.kind == 'dry_run' and 'DELETE' or params.how }}\""));
    let ran = live(&home, &file, &["--dry-run"]);
    assert!(ran.out.contains("a DELETE may change something") || ran.err.contains("LB"), "{}{}", ran.out, ran.err);
    assert_eq!(shop.writes(), Vec::<String>::new());
}
