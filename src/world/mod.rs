//! Everything lifeboat can touch outside itself: the ports, and their live and simulated implementations.

pub mod aws_error;
pub mod limit;
pub mod live;
mod port;
pub mod secrets;
pub mod sim;
#[cfg(test)]
pub(crate) mod testing;

pub use port::{
    Dns, DnsAnswer, DnsQuery, DnsVia, HTTP_BODY_LIMIT, Http, HttpRequest, HttpResponse, LineSink, Process, ProcessExit, ProcessRequest,
    ProgramAws, STDOUT_LIMIT, World,
};
pub use secrets::Secrets;
