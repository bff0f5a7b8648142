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
