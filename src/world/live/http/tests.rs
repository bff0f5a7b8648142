//! HTTP against servers on loopback that behave well and badly.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// A server that answers every connection with these bytes, and with nothing more when `hang` is set.
async fn server(answer: Vec<u8>, hang: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                request(&mut stream).await;
                if stream.write_all(&answer).await.is_ok() && hang {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    format!("http://{address}/healthz?token=secret")
}

/// Reads to the end of the request's head. A handshake of TLS has no such end: its first byte is enough.
async fn request(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.first() != Some(&0x16) {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
}

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        url: url.into(),
        headers: vec![("x-probe".into(), "1".into())],
        body: None,
        timeout: Duration::from_secs(20),
        redirects: 0,
        writes: false,
        caller: "run/check".into(),
    }
}

fn http() -> LiveHttp {
    let secrets = Secrets::default();
    secrets.learn("hunter2-hunter2");
    LiveHttp::new(Arc::new(LiveClock::new()), secrets)
}

#[tokio::test]
async fn no_secret_comes_back() {
    let head =
        b"HTTP/1.1 200 OK\r\nX-Echo: Bearer hunter2-hunter2\r\nSet-Cookie: session=never-seen-before\r\nX-Auth-Token: issued-just-now\r\n";
    let rest = b"X-Ratelimit-Tokens: 99\r\nContent-Length: 27\r\n\r\n{\"token\":\"hunter2-hunter2\"}";
    let url = server([head.as_slice(), rest.as_slice()].concat(), false).await;
    let response = http().send(get(&url)).await.unwrap();
    let header = |name: &str| response.headers.iter().find(|(found, _)| found == name).unwrap().1.clone();
    assert_eq!(response.body, r#"{"token":"[redacted]"}"#);
    assert_eq!(header("x-echo"), "Bearer [redacted]");
    assert_eq!((header("set-cookie"), header("x-auth-token")), (MARK.to_owned(), MARK.to_owned()));
    assert_eq!(header("x-ratelimit-tokens"), "99");
    let wrong = http().send(get("ftp://user:hunter2-hunter2@host")).await.unwrap_err();
    assert_eq!(wrong.message, "`ftp://user:[redacted]@host` is not an http or https address");
}

#[tokio::test]
async fn an_error_status_is_an_answer() {
    let url = server(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy".to_vec(), false).await;
    let response = http().send(get(&url)).await.unwrap();
    assert_eq!((response.status, response.body.as_str()), (503, "busy"));
    assert!(response.headers.contains(&("retry-after".into(), "7".into())), "{:?}", response.headers);
}

#[tokio::test]
async fn nobody_there_is_said_in_few_words_and_without_the_query() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failure = http().send(get(&format!("http://{address}/?token=secret"))).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(failure.message.starts_with(&format!("{address}: Connection refused")), "{}", failure.message);
    assert!(!failure.message.contains("secret"), "{}", failure.message);
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    // The timeout is on the wall clock, as in life; it is short because nothing else happens meanwhile.
    let url = server(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec(), true).await;
    let failure = http().send(HttpRequest { timeout: Duration::from_millis(50), ..get(&url) }).await.unwrap_err();
    assert!(failure.message.ends_with("no whole answer within 0.05 s"), "{}", failure.message);
}

#[tokio::test]
async fn garbage_and_half_answers_are_no_answers() {
    let garbage = server(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), false).await;
    assert_eq!(http().send(get(&garbage)).await.unwrap_err().kind, FailureKind::Unreachable);
    let half = server(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec(), false).await;
    assert_eq!(http().send(get(&half)).await.unwrap_err().kind, FailureKind::Unreachable);
}

#[tokio::test]
async fn an_endless_body_is_read_up_to_the_limit() {
    let mut answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    answer.resize(answer.len() + HTTP_BODY_LIMIT + 100_000, b'x');
    let url = server(answer, true).await;
    let response = http().send(get(&url)).await.unwrap();
    assert_eq!(response.body.len(), HTTP_BODY_LIMIT);
}

#[tokio::test]
async fn a_redirect_is_the_answer_unless_followed() {
    let end = server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec(), false).await;
    let first = server(format!("HTTP/1.1 302 Found\r\nLocation: {end}\r\nContent-Length: 0\r\n\r\n").into_bytes(), false).await;
    let http = http();
    assert_eq!(http.send(get(&first)).await.unwrap().status, 302);
    assert_eq!(http.send(HttpRequest { redirects: 1, ..get(&first) }).await.unwrap().body, "ok");
    let twice = server(format!("HTTP/1.1 302 Found\r\nLocation: {first}\r\nContent-Length: 0\r\n\r\n").into_bytes(), false).await;
    let failure = http.send(HttpRequest { redirects: 1, ..get(&twice) }).await.unwrap_err();
    assert!(failure.message.ends_with("more than 1 redirects"), "{}", failure.message);
}

#[tokio::test]
async fn what_cannot_be_sent_is_said() {
    let http = http();
    let said = async |request: HttpRequest| {
        let failure = http.send(request).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Invalid);
        failure.message
    };
    assert_eq!(said(get("ftp://example.com/")).await, "`ftp://example.com/` is not an http or https address");
    assert_eq!(said(HttpRequest { method: "GET IT".into(), ..get("http://127.0.0.1:1/") }).await, "`GET IT` is not an HTTP method");
    let secret = HttpRequest { headers: vec![("authorization".into(), "sec\nret".into())], ..get("http://127.0.0.1:1/") };
    assert_eq!(said(secret).await, "header `authorization` cannot be sent");
}

#[tokio::test]
async fn tls_is_spoken_and_its_failure_is_a_failure() {
    let url = server(b"this is not TLS".to_vec(), false).await.replace("http://", "https://");
    let failure = http().send(get(&url)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(!failure.message.contains("secret"), "{}", failure.message);
}

/// A server that answers its connections with one answer after the other, and keeps the heads of the requests.
async fn recorder(answers: Vec<String>) -> (String, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heads: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let kept = heads.clone();
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            kept.lock().unwrap().push(String::from_utf8(head).unwrap().to_lowercase());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (format!("http://{address}"), heads)
}

fn answer(status: &str, location: &str) -> String {
    let location = if location.is_empty() { String::new() } else { format!("Location: {location}\r\n") };
    format!("HTTP/1.1 {status}\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n")
}

fn with_secrets(url: &str, method: &str) -> HttpRequest {
    let headers = [
        ("Authorization", "Bearer abc"),
        ("Cookie", "session=1"),
        ("X-Api-Key", "k1"),
        ("X-Whatever", "it is hunter2-hunter2"),
        ("X-Short", "pin 4711"),
        ("Referer", "http://here.example/path"),
        ("X-Probe", "lifeboat"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    HttpRequest { method: method.into(), headers, redirects: 3, ..get(url) }
}

#[tokio::test]
async fn nothing_secret_goes_along_to_another_place() {
    let (other, there) = recorder(vec![answer("200 OK", "")]).await;
    let (first, here) =
        recorder(vec![answer("307 Temporary Redirect", "/moved"), answer("302 Found", &format!("{other}/elsewhere"))]).await;
    let http = http();
    http.secrets.keep("pin", "4711".into());
    assert_eq!(http.send(with_secrets(&format!("{first}/hook/hunter2-hunter2"), "GET")).await.unwrap().status, 200);
    let (here, there) = (here.lock().unwrap().clone(), there.lock().unwrap().clone());
    // At the same place all of it is needed.
    assert!(
        here[1].starts_with("get /moved ") && here[1].contains("x-api-key: k1") && here[1].contains("authorization: bearer abc"),
        "{here:?}"
    );
    let head = &there[0];
    for secret in ["authorization", "cookie", "x-api-key", "hunter2", "4711", "referer"] {
        assert!(!head.contains(secret), "{secret} in {head}");
    }
    assert!(head.contains("x-probe: lifeboat"), "{head}");
}

#[tokio::test]
async fn what_is_asked_to_be_done_is_not_turned_into_something_else_or_done_elsewhere() {
    let http = http();
    for status in ["301 Moved Permanently", "302 Found", "303 See Other"] {
        let (url, heads) = recorder(vec![answer(status, "/done")]).await;
        let response = http.send(HttpRequest { body: Some("{}".into()), ..with_secrets(&url, "POST") }).await.unwrap();
        assert_eq!(format!("{}", response.status), status[..3]);
        let why = response.not_followed.unwrap();
        assert!(why.starts_with("a POST is not turned into a GET, of 127.0.0.1"), "{why}");
        assert_eq!(heads.lock().unwrap().len(), 1);
    }
    let (other, there) = recorder(vec![answer("200 OK", "")]).await;
    let (url, _) = recorder(vec![answer("308 Permanent Redirect", &other)]).await;
    let response = http.send(with_secrets(&url, "DELETE")).await.unwrap();
    assert!(response.not_followed.unwrap().starts_with("a DELETE is not sent on to another place"));
    assert!(there.lock().unwrap().is_empty());
    // To another path of the same place it is sent on as it was.
    let (url, heads) = recorder(vec![answer("307 Temporary Redirect", "/v2"), answer("201 Created", "")]).await;
    assert_eq!(http.send(with_secrets(&url, "POST")).await.unwrap().status, 201);
    assert!(heads.lock().unwrap()[1].starts_with("post /v2 "));
}

#[test]
fn nobody_is_led_from_https_to_http() {
    let response = |location: &str| {
        let answer = ::http::Response::builder().status(301).header("location", location).body("").unwrap();
        reqwest::Response::from(answer)
    };
    let sent = || Next { method: Method::GET, url: Url::parse("https://api.example.com/").unwrap(), headers: HeaderMap::new() };
    let failure = redirect::to(&sent(), &response("http://api.example.com/"), &Secrets::default()).err().unwrap();
    assert!(failure.message.starts_with("api.example.com redirects from https to http, to api.example.com"), "{}", failure.message);
    let failure = redirect::to(&sent(), &response("javascript:alert(1)"), &Secrets::default()).err().unwrap();
    assert!(failure.message.contains("no http or https address"), "{}", failure.message);
    assert!(matches!(redirect::to(&sent(), &response("/x"), &Secrets::default()), Ok(To::Follow(next)) if next.url.path() == "/x"));
}

#[tokio::test]
async fn whether_a_change_arrived_is_known_only_when_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let write = |url: &str| HttpRequest { method: "POST".into(), writes: true, ..get(url) };
    assert_eq!(http().send(write(&closed)).await.unwrap_err().effect, Happened::No);
    let silent = server(Vec::new(), true).await;
    let late = http().send(HttpRequest { timeout: Duration::from_millis(50), ..write(&silent) }).await.unwrap_err();
    assert_eq!(late.effect, Happened::Unknown);
    let gone = server(Vec::new(), false).await;
    assert_eq!(http().send(write(&gone)).await.unwrap_err().effect, Happened::Unknown);
    assert_eq!(http().send(get(&gone)).await.unwrap_err().effect, Happened::No);
}
