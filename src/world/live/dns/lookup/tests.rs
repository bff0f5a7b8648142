//! Look-ups against a responder on loopback that plays resolver and name server alike.

use std::net::Ipv4Addr;

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Record;
use hickory_resolver::proto::rr::rdata::{A, CNAME, NS, TXT};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::*;

fn name(text: &str) -> Name {
    Name::from_str(text).unwrap()
}

fn record(owner: &str, ttl: u32, data: RData) -> Record {
    Record::from_rdata(name(owner), ttl, data)
}

fn address(text: &str) -> RData {
    RData::A(A(text.parse::<Ipv4Addr>().unwrap()))
}

/// What the responder does with a question: name, type, whether recursion is asked for.
type Behaviour = fn(&str, RecordType, bool) -> Reply;

enum Reply {
    Records(Vec<Record>),
    Code(ResponseCode),
    /// The answer comes over TCP only.
    Truncated(Vec<Record>),
    Garbage,
    Silence,
}

/// Starts a responder on UDP and TCP of one port, and gives the look-ups that use it for everything.
async fn responder(behaviour: Behaviour) -> LiveDns {
    // A free port on UDP may be taken on TCP: ask until both are there.
    let (tcp, udp) = loop {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
            break (tcp, udp);
        }
    };
    let at = udp.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 4_096];
        while let Ok((count, peer)) = udp.recv_from(&mut buffer).await {
            if let Some(wire) = reply(behaviour, &buffer[..count], false) {
                udp.send_to(&wire, peer).await.unwrap();
            }
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let mut question = vec![0; stream.read_u16().await.unwrap().into()];
            stream.read_exact(&mut question).await.unwrap();
            let wire = reply(behaviour, &question, true).unwrap();
            stream.write_all(&u16::try_from(wire.len()).unwrap().to_be_bytes()).await.unwrap();
            stream.write_all(&wire).await.unwrap();
        }
    });
    LiveDns { clock: Arc::new(LiveClock::new()), secrets: Secrets::default(), system: Some(vec![at]), port: at.port() }
}

fn reply(behaviour: Behaviour, question: &[u8], tcp: bool) -> Option<Vec<u8>> {
    let asked = Message::from_vec(question).unwrap();
    let query = asked.queries[0].clone();
    let recurse = asked.metadata.recursion_desired;
    let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
    answer.add_query(query.clone());
    match behaviour(&plain(query.name()), query.query_type(), recurse) {
        Reply::Records(records) => answer.insert_answers(records),
        Reply::Truncated(records) if tcp => answer.insert_answers(records),
        Reply::Truncated(_) => answer.metadata.truncation = true,
        Reply::Code(code) => answer.metadata.response_code = code,
        Reply::Garbage => return Some(b"not dns at all".to_vec()),
        Reply::Silence => return None,
    }
    Some(answer.to_vec().unwrap())
}

fn query(name: &str, kind: &str, via: DnsVia) -> DnsQuery {
    DnsQuery { name: name.into(), kind: kind.into(), via, timeout: Duration::from_secs(20), caller: "run/check".into() }
}

fn loopback() -> DnsVia {
    DnsVia::Resolvers(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])
}

/// A small internet: example.com is a zone, its name server's truth differs from what the resolver still remembers.
fn internet(name: &str, kind: RecordType, recurse: bool) -> Reply {
    let ns = |zone: &str| Reply::Records(vec![record(zone, 3_600, RData::NS(NS(super::tests::name("ns1.dns.example."))))]);
    match (name, kind, recurse) {
        ("example.com" | "cdn.example", RecordType::NS, true) => ns(&format!("{name}.")),
        ("ns1.dns.example", RecordType::A, true) => Reply::Records(vec![record("ns1.dns.example.", 60, address("127.0.0.1"))]),
        ("api.example.com", RecordType::A, true) => Reply::Records(vec![record("api.example.com.", 17, address("203.0.113.10"))]),
        ("api.example.com", RecordType::A, false) => Reply::Records(vec![
            record("api.example.com.", 60, address("198.51.100.20")),
            record("api.example.com.", 60, address("198.51.100.3")),
        ]),
        ("www.example.com", RecordType::A, false) => {
            Reply::Records(vec![record("www.example.com.", 30, RData::CNAME(CNAME(super::tests::name("edge.cdn.example."))))])
        }
        ("edge.cdn.example", RecordType::A, false) => Reply::Records(vec![record("edge.cdn.example.", 300, address("192.0.2.80"))]),
        ("txt.example.com", RecordType::TXT, _) => {
            Reply::Records(vec![record("txt.example.com.", 5, RData::TXT(TXT::new(vec!["v=spf1 ".into(), "-all".into()])))])
        }
        ("big.example.com", RecordType::A, _) => Reply::Truncated(vec![record("big.example.com.", 9, address("192.0.2.99"))]),
        ("broken.example.com", RecordType::A, _) => Reply::Code(ResponseCode::ServFail),
        ("garbage.example.com", _, _) => Reply::Garbage,
        ("silent.example.com", _, _) => Reply::Silence,
        _ => Reply::Code(ResponseCode::NXDomain),
    }
}

#[tokio::test]
async fn name_servers_tell_what_is_and_resolvers_what_clients_still_see() {
    let dns = responder(internet).await;
    let truth = dns.query(query("api.example.com", "A", DnsVia::Authoritative)).await.unwrap();
    assert_eq!(truth.values, ["198.51.100.20", "198.51.100.3"]);
    assert_eq!((truth.ttl, truth.server.as_str()), (Some(60), "ns1.dns.example (127.0.0.1)"));
    let remembered = DnsAnswer { values: vec!["203.0.113.10".into()], ttl: Some(17), server: "127.0.0.1".into() };
    assert_eq!(dns.query(query("api.example.com", "A", loopback())).await.unwrap(), remembered);
    assert_eq!(dns.query(query("api.example.com.", "a", DnsVia::System)).await.unwrap(), remembered);
}

#[tokio::test]
async fn an_alias_is_followed_into_its_own_zone_and_can_be_asked_for() {
    let dns = responder(internet).await;
    let followed = dns.query(query("www.example.com", "A", DnsVia::Authoritative)).await.unwrap();
    assert_eq!((followed.values, followed.ttl), (vec!["192.0.2.80".to_owned()], Some(30)));
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_an_answer_without_values() {
    let dns = responder(internet).await;
    let nothing = dns.query(query("nope.example.com", "A", DnsVia::Authoritative)).await.unwrap();
    assert_eq!((nothing.values.len(), nothing.ttl), (0, None));
}

#[tokio::test]
async fn long_answers_come_over_tcp_and_text_comes_whole() {
    let dns = responder(internet).await;
    assert_eq!(dns.query(query("big.example.com", "A", loopback())).await.unwrap().values, ["192.0.2.99"]);
    assert_eq!(dns.query(query("txt.example.com", "TXT", loopback())).await.unwrap().values, ["v=spf1 -all"]);
}

#[tokio::test]
async fn no_answer_is_a_failure_that_says_who_did_not_answer() {
    let dns = responder(internet).await;
    let failure = dns.query(query("broken.example.com", "A", loopback())).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert_eq!(failure.message, "broken.example.com A not answered: 127.0.0.1: Server Failure");
    let orphan = dns.query(query("host.nowhere.test", "A", DnsVia::Authoritative)).await.unwrap_err();
    assert_eq!(orphan.message, "no name servers found for host.nowhere.test");
    for name in ["garbage.example.com", "silent.example.com"] {
        let short = DnsQuery { timeout: Duration::from_millis(50), ..query(name, "A", loopback()) };
        let failure = dns.query(short).await.unwrap_err();
        assert_eq!(failure.message, format!("{name} A not answered within 0.05 s"));
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let dns = responder(internet).await;
    let kind = dns.query(query("example.com", "AX", loopback())).await.unwrap_err();
    assert_eq!((kind.kind, kind.message.as_str()), (FailureKind::Invalid, "`AX` is not a record type"));
    let name = dns.query(query("exa mple..com", "A", loopback())).await.unwrap_err();
    assert_eq!(name.kind, FailureKind::Invalid);
}
