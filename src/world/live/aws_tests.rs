//! Credentials that change under way, against a service on a real socket.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::aws::LiveAws;
use super::profiles::Files;
use super::world::LiveWorld;
use crate::plan::{Failure, FailureKind, Target};
use crate::world::World;
use crate::world::aws_error::Call;
use crate::world::testing::target;

/// What was asked: the key that signed, and the body.
type Asked = (String, String);
type Answers = Arc<dyn Fn(&str, &str) -> Option<(u16, String)> + Send + Sync>;

/// A service: STS and RDS as far as these tests go. Keys whose names begin with `A` are of account 123456789012, others of 999999999999.
struct Service {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Service {
    async fn start() -> Self {
        Self::with(Arc::new(|_, _| None)).await
    }

    /// With answers of its own, by key and body.
    async fn with(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, log.clone(), answers.clone()));
            }
        });
        Self { url, asked }
    }

    fn asked(&self, operation: &str) -> Vec<String> {
        let all = self.asked.lock().unwrap();
        all.iter().filter(|(_, body)| body.contains(&format!("Action={operation}&"))).map(|(key, _)| key.clone()).collect()
    }
}

async fn serve(stream: TcpStream, log: Arc<Mutex<Vec<Asked>>>, answers: Answers) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut key, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if let Some((_, rest)) = line.split_once("Credential=") {
                key = rest.split('/').next().unwrap_or_default().to_owned();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let body = String::from_utf8(body).unwrap();
        let (status, text) = answers(&key, &body).unwrap_or_else(|| answer(&key, &body));
        log.lock().unwrap().push((key, body));
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: text/xml\r\nx-amzn-requestid: r-1\r\ncontent-length: {}\r\n\r\n", text.len());
        stream.write_all((head + &text).as_bytes()).await.unwrap();
    }
}

fn answer(key: &str, body: &str) -> (u16, String) {
    let account = if key.starts_with('A') { "123456789012" } else { "999999999999" };
    let text = if body.contains("Action=GetCallerIdentity&") {
        format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:sts::{account}:assumed-role/dr/alice</Arn><UserId>U</UserId><Account>{account}</Account></GetCallerIdentityResult>\
             </GetCallerIdentityResponse>"
        )
    } else if body.contains("Action=AssumeRole&") {
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>ASIASESSION</AccessKeyId><SecretAccessKey>assumed-secret</SecretAccessKey><SessionToken>assumed-token</SessionToken>\
         <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
            .to_owned()
    } else {
        "<DescribeDBInstancesResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><DescribeDBInstancesResult><DBInstances/>\
         </DescribeDBInstancesResult></DescribeDBInstancesResponse>"
            .to_owned()
    };
    (200, text)
}

fn error(code: &str) -> (u16, String) {
    let text = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    );
    (403, text)
}

/// A read with the credentials of the moment, as every probe and action makes it; gives the key that it was signed with.
async fn read(world: &LiveWorld, target: &Target) -> Result<(), Failure> {
    let config = world.aws(target, "run/step").await?;
    let call = Call { operation: "rds:DescribeDBInstances", region: "us-east-1", resource: "", target, mutating: false, world };
    let sent = aws_sdk_rds::Client::new(&config).describe_db_instances().send().await;
    sent.map(drop).map_err(|error| call.failure(&error))
}

fn profile(name: &str) -> Target {
    Target { profile: Some(name.into()), ..target() }
}

/// A program that prints the key that the file `key` names, `ends` after now.
fn credential_process(folder: &Path, ends: Option<&str>) -> String {
    use std::os::unix::fs::PermissionsExt;
    let program = folder.join("keys.sh");
    let end = ends.map_or_else(String::new, |ends| format!(",\\\"Expiration\\\":\\\"$(date -u -d '{ends}' +%Y-%m-%dT%H:%M:%SZ)\\\""));
    let key = folder.join("key");
    let text = format!(
        "#!/bin/sh\necho x >> {runs}\necho \"{{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"$(cat {key})\\\",\\\"SecretAccessKey\\\":\\\"secret-of-it\\\"{end}}}\"\n",
        runs = folder.join("runs").display(),
        key = key.display(),
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("credential_process = {}\n", program.display())
}

fn world(folder: &Path) -> LiveWorld {
    let keys = folder.join("credentials");
    if !keys.exists() {
        std::fs::write(keys, "").unwrap();
    }
    LiveWorld::on(LiveAws::on("alice", Files::within(folder)))
}

fn config(folder: &Path, service: &Service, profiles: &str) {
    std::fs::write(folder.join("config"), profiles.replace("ENDPOINT", &format!("endpoint_url = {}", service.url))).unwrap();
}

#[tokio::test]
async fn credentials_of_another_account_sign_nothing() {
    let (folder, service) = (tempfile::tempdir().unwrap(), Service::start().await);
    let folder = folder.path();
    config(folder, &service, &format!("[profile ops]\nENDPOINT\n{}", credential_process(folder, Some("20 seconds"))));
    std::fs::write(folder.join("key"), "AFIRST").unwrap();
    let (world, ops) = (world(folder), profile("ops"));
    let opened_before = world.aws(&ops, "run/step").await.unwrap();
    read(&world, &ops).await.unwrap();

    std::fs::write(folder.join("key"), "BOTHER").unwrap();
    for _ in 0..2 {
        let refused = read(&world, &ops).await.unwrap_err();
        assert_eq!((refused.kind, refused.effect), (FailureKind::Credentials, crate::plan::Happened::No));
        for part in ["profile ops", "account 999999999999", "key BOTHER", "acts in account 123456789012", "nothing was sent"] {
            assert!(refused.message.contains(part), "{part}: {}", refused.message);
        }
    }
    // Another region of the same credentials is no way around it.
    let elsewhere = Target { region: "us-west-2".into(), ..profile("ops") };
    assert_eq!(read(&world, &elsewhere).await.unwrap_err().kind, FailureKind::Credentials);
    // What was opened before signs with what was vouched for then.
    aws_sdk_rds::Client::new(&opened_before).describe_db_instances().send().await.unwrap();
    std::fs::write(folder.join("key"), "AAGAIN").unwrap();
    read(&world, &ops).await.unwrap();

    assert_eq!(service.asked("DescribeDBInstances"), ["AFIRST", "AFIRST", "AAGAIN"]);
    assert_eq!(service.asked("GetCallerIdentity"), ["AFIRST", "BOTHER", "AAGAIN"]);
}

#[tokio::test]
async fn a_rewritten_file_is_read_without_leaving() {
    let (folder, service) = (tempfile::tempdir().unwrap(), Service::start().await);
    let folder = folder.path();
    config(folder, &service, "[profile ops]\nENDPOINT\n");
    let keys = |key: &str| {
        let text = format!("[ops]\naws_access_key_id = {key}\naws_secret_access_key = secret-of-{key}\naws_session_token = token-{key}\n");
        std::fs::write(folder.join("credentials"), text).unwrap();
    };
    let (world, ops) = (world(folder), profile("ops"));
    keys("AFIRST");
    read(&world, &ops).await.unwrap();
    read(&world, &ops).await.unwrap();
    // Half written, it is no reason to forget what is good.
    std::fs::write(folder.join("credentials"), "[ops]\naws_access_key_id = ASEC").unwrap();
    read(&world, &ops).await.unwrap();
    keys("ASECOND");
    read(&world, &ops).await.unwrap();
    assert_eq!(service.asked("DescribeDBInstances"), ["AFIRST", "AFIRST", "AFIRST", "ASECOND"]);
    assert_eq!(service.asked("GetCallerIdentity"), ["AFIRST", "ASECOND"]);
    assert_eq!(world.secrets().hide("it is token-ASECOND"), "it is [redacted]");
}

#[tokio::test]
async fn keys_that_a_service_no_longer_takes_are_read_anew() {
    let answers: Answers = Arc::new(|key, body| (key == "AOLD" && body.contains("Describe")).then(|| error("ExpiredToken")));
    let (folder, service) = (tempfile::tempdir().unwrap(), Service::with(answers).await);
    let folder = folder.path();
    // A program that does not say when its keys end.
    config(folder, &service, &format!("[profile ops]\nENDPOINT\n{}", credential_process(folder, None)));
    std::fs::write(folder.join("key"), "AOLD").unwrap();
    let (world, ops) = (world(folder), profile("ops"));
    assert_eq!(read(&world, &ops).await.unwrap_err().code.as_deref(), Some("ExpiredToken"));
    assert_eq!(read(&world, &ops).await.unwrap_err().code.as_deref(), Some("ExpiredToken"));
    std::fs::write(folder.join("key"), "ANEW").unwrap();
    read(&world, &ops).await.unwrap();
    read(&world, &ops).await.unwrap();
    assert_eq!(service.asked("DescribeDBInstances"), ["AOLD", "AOLD", "ANEW", "ANEW"]);
    // It ran when there was a reason, and not for every call.
    assert_eq!(std::fs::read_to_string(folder.join("runs")).unwrap().lines().count(), 3);
}

#[tokio::test]
async fn a_role_is_assumed_anew_and_is_still_of_the_same_account() {
    let (folder, service) = (tempfile::tempdir().unwrap(), Service::start().await);
    let folder = folder.path();
    config(folder, &service, "[profile ops]\nENDPOINT\n");
    std::fs::write(folder.join("credentials"), "[ops]\naws_access_key_id = BBASE\naws_secret_access_key = secret-of-it\n").unwrap();
    let role = Target { role: Some("arn:aws:iam::123456789012:role/dr".into()), ..profile("ops") };
    let world = world(folder);
    read(&world, &role).await.unwrap();
    assert_eq!(
        (service.asked("AssumeRole"), service.asked("GetCallerIdentity")),
        (vec!["BBASE".to_owned()], vec!["ASIASESSION".to_owned()])
    );
    // What it was assumed with is as secret as what came of it.
    let said = world.secrets().hide("secret-of-it assumed-secret assumed-token BBASE").into_owned();
    assert_eq!(said, "[redacted] [redacted] [redacted] BBASE");
    // Of the profile itself, which is of another account, nothing is thought: it is another one's credentials.
    read(&world, &profile("ops")).await.unwrap();
}

const MFA: &str = "[profile base]\nENDPOINT\naws_access_key_id = ABASE\naws_secret_access_key = secret-of-base\n\
    [profile dr-operator]\nENDPOINT\nrole_arn = arn:aws:iam::123456789012:role/dr\nsource_profile = base\n\
    mfa_serial = arn:aws:iam::123456789012:mfa/alice\nduration_seconds = 3600\n";

#[tokio::test]
async fn a_code_opens_the_session_of_a_profile_that_wants_one() {
    let answers: Answers = Arc::new(|_, body| {
        let code = body.contains("TokenCode=123456") && body.contains("SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Falice");
        (body.contains("Action=AssumeRole&") && !code).then(|| error("AccessDenied"))
    });
    let (folder, service) = (tempfile::tempdir().unwrap(), Service::with(answers).await);
    config(folder.path(), &service, MFA);
    let (world, target) = (world(folder.path()), profile("dr-operator"));
    let refused = read(&world, &target).await.unwrap_err();
    assert!(
        refused.message.contains("profile dr-operator wants a code of the MFA device arn:aws:iam::123456789012:mfa/alice"),
        "{refused}"
    );
    assert!(refused.hint.contains("aws configure export-credentials --profile dr-operator"), "{}", refused.hint);
    assert!(service.asked.lock().unwrap().is_empty());

    assert_eq!(world.give_code(&target, "999999").await.unwrap_err().code.as_deref(), Some("AccessDenied"));
    world.give_code(&target, " 123456\n").await.unwrap();
    read(&world, &target).await.unwrap();
    assert_eq!(service.asked("AssumeRole"), ["ABASE", "ABASE"]);
    assert_eq!(service.asked("DescribeDBInstances"), ["ASIASESSION"]);
    assert!(service.asked.lock().unwrap().iter().all(|(_, body)| !body.contains("AssumeRole") || body.contains("DurationSeconds=3600")));
}

#[tokio::test]
async fn a_profile_that_gives_nothing_says_what_it_is_and_what_helps() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[profile dead]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dr\nregion = us-east-1\n\
        [sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.example/start\n\
        [profile in]\nlogin_session = arn:aws:iam::123456789012:user/alice\n[profile dr-operator]\nregion = us-east-1\n";
    std::fs::write(folder.path().join("config"), text).unwrap();
    let world = world(folder.path());
    let said = async |name: &str| {
        let failure = world.aws(&profile(name), "run/step").await.unwrap_err();
        assert_eq!((failure.kind, failure.effect), (FailureKind::Credentials, crate::plan::Happened::No));
        format!("{}; {}", failure.message, failure.hint)
    };
    let dead = said("dead").await;
    assert!(dead.contains("`aws sso login --profile dead`"), "{dead}");
    let login = said("in").await;
    assert!(login.contains("profile in is one of `aws login`") && !login.contains("cargo"), "{login}");
    let missing = said("dr-operater").await;
    assert!(missing.starts_with("there is no profile `dr-operater` in ") && missing.contains("there are: dr-operator, "), "{missing}");
}

#[tokio::test]
async fn a_target_keeps_its_configuration_and_each_caller_its_name() {
    let (folder, service) = (tempfile::tempdir().unwrap(), Service::start().await);
    let keys = "aws_access_key_id = AKEY\naws_secret_access_key = secret-of-it\n";
    config(folder.path(), &service, &format!("[profile ops]\nENDPOINT\n{keys}"));
    let (world, west) = (world(folder.path()), Target { region: "us-west-2".into(), ..profile("ops") });
    let (first, second) = (world.aws(&west, "run/a").await.unwrap(), world.aws(&west, "run/b").await.unwrap());
    assert_eq!(first.region().map(ToString::to_string).as_deref(), Some("us-west-2"));
    assert_eq!(first.app_name().map(ToString::to_string).as_deref(), Some("run~a"));
    assert_eq!(second.app_name().map(ToString::to_string).as_deref(), Some("run~b"));
    assert_eq!(first.timeout_config().and_then(|timeouts| timeouts.connect_timeout()), Some(std::time::Duration::from_secs(3)));
    assert_eq!(service.asked("GetCallerIdentity"), ["AKEY"]);
    // Where the calls go was settled at the beginning: what the file says later is for the next run.
    config(folder.path(), &service, &format!("[profile ops]\nendpoint_url = http://127.0.0.1:1\n{keys}"));
    read(&world, &west).await.unwrap();

    let nowhere = Target { region: " ".into(), ..west };
    assert!(world.aws(&nowhere, "run/a").await.unwrap_err().message.contains("has no region"));
}
