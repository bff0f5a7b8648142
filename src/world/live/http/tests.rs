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
