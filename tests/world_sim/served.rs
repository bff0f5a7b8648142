//! The world behind a local endpoint, asked by the real SDK over real HTTP.

use aws_sdk_rds::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_types::retry::RetryConfig;
use lifeboat::world::sim::{Definition, ServeError, SimWorld, Speed, serve};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

use super::HEAD;

async fn start(yaml: &str) -> (Arc<SimWorld>, aws_sdk_rds::config::Builder) {
    let text = format!("{HEAD}{yaml}");
    let definition = Definition::parse(Path::new("test.yaml"), &text).unwrap_or_else(|error| panic!("{error}"));
    let world = SimWorld::start(definition, Speed::Times(10_000.0), None);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(Arc::clone(&world), listener));
    let config = aws_sdk_rds::Config::builder()
        .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
        .region(aws_sdk_rds::config::Region::new("us-east-1"))
        .credentials_provider(aws_credential_types::Credentials::new("AKID", "secret", None, None, "test"))
        .endpoint_url(format!("http://{address}"))
        .app_name(aws_types::app_name::AppName::new("peer").unwrap())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled());
    (world, config)
}

#[tokio::test]
async fn a_client_elsewhere_sees_the_same_world() {
    let (world, config) = start("rds: [{id: orders, region: us-east-1}, {id: other, region: eu-west-1}]\n").await;
    let client = aws_sdk_rds::Client::from_conf(config.build());
    let answer = client.describe_db_instances().send().await.unwrap();
    assert_eq!(answer.db_instances()[0].db_instance_identifier(), Some("orders"));
    assert_eq!(answer.db_instances().len(), 1, "the region is in the signature");
    let error = client.promote_read_replica().db_instance_identifier("orders").send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_db_instance_state_fault(), "{error:?}");
    assert_eq!(world.audit()[0].caller, "peer");
}

#[tokio::test]
async fn a_lost_answer_closes_the_connection() {
    let (world, config) = start("rds: [{id: orders, region: us-east-1}]\nfaults: [{service: rds, reset: true}]\n").await;
    let error = aws_sdk_rds::Client::from_conf(config.build()).describe_db_instances().send().await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if !failure.is_timeout()), "{error:?}");
    assert_eq!(world.audit().len(), 1);
}

#[tokio::test]
async fn a_request_without_a_signature_is_refused() {
    let (_world, config) = start("rds: [{id: orders, region: us-east-1}]\n").await;
    let config =
        config.allow_no_auth().auth_scheme_preference([aws_smithy_runtime_api::client::auth::AuthSchemeId::from("noAuth")]).build();
    let error = aws_sdk_rds::Client::from_conf(config).describe_db_instances().send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("MissingAuthenticationToken"));
}

#[tokio::test]
async fn only_loopback_is_served() {
    let text = format!("{HEAD}\n");
    let world = SimWorld::start(Definition::parse(Path::new("t.yaml"), &text).unwrap(), Speed::Max, None);
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error = serve(world, listener).await.unwrap_err();
    assert!(matches!(error, ServeError::NotLoopback(_)));
    assert!(error.to_string().contains("only loopback is allowed; use 127.0.0.1"), "{error}");
}

/// Sends this to a served world and reads what comes until the connection ends.
async fn raw(request: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let definition = Definition::parse(Path::new("t.yaml"), HEAD).unwrap();
    let world = SimWorld::start(definition, Speed::Max, None);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(world, listener));
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

const IDENTITY: &str = "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=AKID%2F20260312%2Fus-east-1%2Fsts%2Faws4_request";

#[tokio::test]
async fn a_presigned_address_is_answered() {
    let answer = raw(&format!("GET {IDENTITY} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("<Account>123456789012</Account>"), "{answer}");
}

#[tokio::test]
async fn web_pages_are_turned_away() {
    for header in
        ["Host: attacker.example", "Host: localhost\r\nOrigin: https://attacker.example", "Host: localhost\r\nSec-Fetch-Site: cross-site"]
    {
        let answer = raw(&format!("GET {IDENTITY} HTTP/1.1\r\n{header}\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 403") && !answer.contains("<Account>"), "{header}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_on_which_nothing_comes_is_closed() {
    assert_eq!(raw("").await, "");
    assert_eq!(raw("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nab").await, "", "nor is a slow body waited for");
}
