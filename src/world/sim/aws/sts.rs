//! STS: who the credentials belong to.

use winterbaume_core::MockRequest;
use winterbaume_sts::model::GetCallerIdentityResponse;
use winterbaume_sts::wire;

use super::reply::{Done, Refused, Wire};
use super::request::{Parsed, form};

const WIRE: Wire = Wire::Query { namespace: "https://sts.amazonaws.com/doc/2011-06-15/" };

pub(super) fn parse(request: &MockRequest) -> Parsed {
    let params = form(request);
    let operation = params.get("Action").map_or("", String::as_str);
    if operation != "GetCallerIdentity" {
        return Parsed::refused(operation, WIRE, Refused::not_simulated("sts", operation));
    }
    Parsed::read(operation, WIRE, "", &serde_json::json!({}), |estate, _| {
        let session = estate.caller_arn.rsplit('/').next().unwrap_or("drill");
        let response = wire::serialize_get_caller_identity_response(&GetCallerIdentityResponse {
            account: Some(estate.account.clone()),
            arn: Some(estate.caller_arn.clone()),
            user_id: Some(format!("AROASIMULATEDWORLD000:{session}")),
        });
        Ok(Done { response, since: estate.start })
    })
}
