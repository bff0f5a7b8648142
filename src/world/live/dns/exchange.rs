//! One question to one server: UDP, and TCP where the answer does not fit.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::clock::{self, Clock};

/// After this a datagram is taken as lost and sent again.
const RESEND: Duration = Duration::from_millis(1_500);

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) name: Name,
    pub(super) kind: RecordType,
    /// Whether the server shall ask others.
    pub(super) recurse: bool,
}

/// Asks one server, for at most `limit`.
///
/// # Errors
/// In words: what happened, without who it was.
pub(super) async fn ask(clock: &dyn Clock, server: SocketAddr, question: &Question, limit: Duration) -> Result<Message, String> {
    let answer = clock::timeout(clock, limit, over_udp(clock, server, question)).await;
    let answer = answer.ok_or_else(|| format!("no answer within {} s", limit.as_secs_f64()))?;
    let answer = answer.map_err(|error| error.to_string())?;
    match answer.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain => Ok(answer),
        code => Err(code.to_str().to_owned()),
    }
}

async fn over_udp(clock: &dyn Clock, server: SocketAddr, question: &Question) -> io::Result<Message> {
    let any: SocketAddr = if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(any).await?;
    // Connected: datagrams from anybody else are not delivered, and a refusal is an error.
    socket.connect(server).await?;
    let (id, wire) = encode(question)?;
    let mut buffer = vec![0; 4_096];
    loop {
        socket.send(&wire).await?;
        let Some(received) = clock::timeout(clock, RESEND, receive(&socket, &mut buffer, id, question)).await else { continue };
        let answer = received?;
        return if answer.metadata.truncation { over_tcp(server, question).await } else { Ok(answer) };
    }
}

/// The next datagram that answers the question; strays are passed over.
async fn receive(socket: &UdpSocket, buffer: &mut [u8], id: u16, question: &Question) -> io::Result<Message> {
    loop {
        let count = socket.recv(buffer).await?;
        if let Ok(answer) = decode(&buffer[..count], id, question) {
            return Ok(answer);
        }
    }
}

async fn over_tcp(server: SocketAddr, question: &Question) -> io::Result<Message> {
    let mut stream = TcpStream::connect(server).await?;
    let (id, wire) = encode(question)?;
    let length = u16::try_from(wire.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(&wire).await?;
    let mut answer = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut answer).await?;
    decode(&answer, id, question)
}

fn encode(question: &Question) -> io::Result<(u16, Vec<u8>)> {
    let id = fastrand::u16(..);
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = question.recurse;
    message.add_query(Query::query(question.name.clone(), question.kind));
    Ok((id, message.to_vec().map_err(io::Error::other)?))
}

fn decode(wire: &[u8], id: u16, question: &Question) -> io::Result<Message> {
    let answer = Message::from_vec(wire).map_err(|_| io::Error::other("an answer that is not DNS"))?;
    let same = |query: &Query| query.query_type() == question.kind && query.name().eq_ignore_root(&question.name);
    let ours = answer.metadata.id == id && answer.metadata.message_type == MessageType::Response && answer.queries.first().is_none_or(same);
    if ours { Ok(answer) } else { Err(io::Error::other("an answer to another question")) }
}
