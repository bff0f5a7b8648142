//! STS: who the credentials belong to, and roles that are assumed.
//!
//! A session is all in its token: the world keeps none, so one that is restored knows those of before. Nobody's secret is in it.

use std::time::Duration;

use aws_smithy_types::base64;
use winterbaume_core::MockRequest;
use winterbaume_sts::model::{AssumeRoleRequest, AssumeRoleResponse, AssumedRoleUser, Credentials, GetCallerIdentityResponse};
use winterbaume_sts::wire;

use super::reply::{Done, Refused, Wire};
use super::request::{Moment, Parsed, form, signed};
use crate::world::sim::constraint::Constraints;
use crate::world::sim::dice::Dice;
use crate::world::sim::estate::Estate;
use crate::world::sim::work::after;

const WIRE: Wire = Wire::Query { namespace: "https://sts.amazonaws.com/doc/2011-06-15/" };
/// How the tokens of the world's sessions begin.
const PREFIX: &str = "lifeboat-world/";
/// How long a session lasts when the request does not say.
const DURATION: i32 = 3_600;

/// Who a request's credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) arn: String,
    pub(crate) account: String,
    pub(crate) user_id: String,
}

/// A token that the world gave out, with keys that it did not give out with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ForeignKey;

/// The session whose keys signed the request; `None` when they are not of a role that was assumed here.
pub(crate) fn session(request: &MockRequest) -> Option<Result<Caller, ForeignKey>> {
    let (key, token) = signed(request)?;
    let token = token?;
    let read = base64::decode(token.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok())?;
    let mut parts = read.strip_prefix(PREFIX)?.splitn(3, '|');
    let (account, user_id, arn) = (parts.next()?, parts.next()?, parts.next()?);
    let caller = Caller { arn: arn.into(), account: account.into(), user_id: user_id.into() };
    Some(if key == key_of(&token) { Ok(caller) } else { Err(ForeignKey) })
}

/// The access key that belongs to a session's token.
fn key_of(token: &str) -> String {
    format!("ASIA{}", Dice::new(0).token(&format!("key/{token}"), 0, 16))
}

pub(super) fn parse(request: &MockRequest) -> Parsed {
    let params = form(request);
    let operation = params.get("Action").map_or("", String::as_str);
    let session = session(request).and_then(Result::ok);
    match operation {
        "GetCallerIdentity" => Parsed::read(operation, WIRE, "", &serde_json::json!({}), move |estate, _| {
            let Caller { arn, account, user_id } = session.unwrap_or_else(|| own(estate));
            let response = wire::serialize_get_caller_identity_response(&GetCallerIdentityResponse {
                account: Some(account),
                arn: Some(arn),
                user_id: Some(user_id),
            });
            Ok(Done { response, since: estate.start })
        }),
        "AssumeRole" => match wire::deserialize_assume_role_request(&params) {
            Ok(input) => {
                let role = input.role_arn.clone();
                Parsed::read(operation, WIRE, role, &input.clone(), move |estate, moment| assume(estate, moment, session, &input))
            }
            Err(message) => Parsed::refused(operation, WIRE, Refused::new("MalformedInput", 400, message)),
        },
        _ => Parsed::refused(operation, WIRE, Refused::not_simulated("sts", operation)),
    }
}

/// Who has the credentials that nobody gave out here.
fn own(estate: &Estate) -> Caller {
    let session = estate.caller_arn.rsplit('/').next().unwrap_or("drill");
    Caller { arn: estate.caller_arn.clone(), account: estate.account.clone(), user_id: format!("AROASIMULATEDWORLD000:{session}") }
}

/// Partition, account and name of a role's ARN: `arn:aws:iam::123456789012:role/PATH/NAME`.
fn role(arn: &str) -> Option<(&str, &str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let (scheme, partition, service, region, account) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let name = parts.next()?.strip_prefix("role/")?.rsplit('/').next()?;
    let right = scheme == "arn" && partition.starts_with("aws") && service == "iam" && region.is_empty();
    (right && account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) && !name.is_empty()).then_some((partition, account, name))
}

fn assume(estate: &Estate, moment: Moment<'_>, session: Option<Caller>, input: &AssumeRoleRequest) -> Result<Done, Refused> {
    let caller = session.unwrap_or_else(|| own(estate));
    valid(input)?;
    let Some((partition, account, name)) = role(&input.role_arn) else {
        return Err(Refused::new("ValidationError", 400, format!("{} is invalid", input.role_arn)));
    };
    let duration = input.duration_seconds.unwrap_or(DURATION);
    // Source: IAM User Guide, "Role chaining": "limits your session to a maximum of one hour"; one hour is also what a role allows
    // unless its MaxSessionDuration says more, which no role of a world does.
    if duration > DURATION {
        let why = if caller.arn.contains(":assumed-role/") {
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        } else {
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        };
        return Err(Refused::new("ValidationError", 400, why));
    }
    let id = Dice::new(0).token(&format!("role/{account}/{name}"), 0, 17);
    let user_id = format!("AROA{id}:{}", input.role_session_name);
    let arn = format!("arn:{partition}:sts::{account}:assumed-role/{name}/{}", input.role_session_name);
    let token = base64::encode(format!("{PREFIX}{account}|{user_id}|{arn}"));
    let expires = after(moment.t, Duration::from_secs(u64::from(duration.unsigned_abs())));
    let credentials = Credentials {
        access_key_id: Some(key_of(&token)),
        secret_access_key: Some(Dice::new(0).token(&format!("secret/{token}"), moment.n, 40)),
        session_token: Some(token),
        expiration: Some(expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
    };
    let response = wire::serialize_assume_role_response(&AssumeRoleResponse {
        assumed_role_user: Some(AssumedRoleUser { arn: Some(arn), assumed_role_id: Some(user_id) }),
        credentials: Some(credentials),
        source_identity: input.source_identity.clone(),
        ..AssumeRoleResponse::default()
    });
    Ok(Done { response, since: estate.start })
}

/// Source: the model of STS, AssumeRoleRequest.
fn valid(input: &AssumeRoleRequest) -> Result<(), Refused> {
    let word = |also: &'static str| move |c: char| c.is_ascii_alphanumeric() || c == '_' || also.contains(c);
    let mut constraints = Constraints::default();
    constraints.required(!input.role_arn.is_empty(), "roleArn");
    constraints.required(!input.role_session_name.is_empty(), "roleSessionName");
    if !input.role_arn.is_empty() {
        constraints.length(&input.role_arn, "roleArn", 20, 2048);
    }
    if !input.role_session_name.is_empty() {
        constraints.length(&input.role_session_name, "roleSessionName", 2, 64);
        constraints.pattern(&input.role_session_name, "roleSessionName", r"[\w+=,.@-]*", word("+=,.@-"));
    }
    constraints.range(input.duration_seconds, "durationSeconds", 900, 43_200);
    if let Some(id) = &input.external_id {
        constraints.length(id, "externalId", 2, 1224);
        constraints.pattern(id, "externalId", r"[\w+=,.@:\/-]*", word("+=,.@:/-"));
    }
    if let Some(serial) = &input.serial_number {
        constraints.length(serial, "serialNumber", 9, 256);
        constraints.pattern(serial, "serialNumber", r"[\w+=/:,.@-]*", word("+=/:,.@-"));
    }
    if let Some(code) = &input.token_code {
        constraints.length(code, "tokenCode", 6, 6);
        constraints.pattern(code, "tokenCode", r"[\d]*", |c| c.is_ascii_digit());
    }
    if let Some(identity) = &input.source_identity {
        constraints.length(identity, "sourceIdentity", 2, 64);
        constraints.pattern(identity, "sourceIdentity", r"[\w+=,.@-]*", word("+=,.@-"));
    }
    constraints.message().map_or(Ok(()), |message| Err(Refused::new("ValidationError", 400, message)))
}
