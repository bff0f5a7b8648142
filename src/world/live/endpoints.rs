//! Which calls go somewhere else than to AWS, and where: what the SDK makes of variables and profiles, asked of the SDK.

use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use crate::plan::{Endpoint, Target, is_aws};

/// The services that lifeboat calls: by the name that IAM has for them, and by the id that the SDK's configuration has
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>).
pub(super) const SERVICES: [(&str, &str); 5] =
    [("cloudwatch", "CloudWatch"), ("eks", "EKS"), ("rds", "RDS"), ("route53", "Route 53"), ("sts", "STS")];

/// Where the calls of a target go that do not go to AWS.
pub(super) fn of(target: &Target, config: &SdkConfig) -> Vec<Endpoint> {
    let general = config.endpoint_url();
    let mut found: Vec<Endpoint> = Vec::new();
    for (service, id) in SERVICES {
        let key = ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
        let own = key.ok().and_then(|key| config.service_config()?.load_config(key));
        let Some(url) = own.as_deref().or(general).and_then(elsewhere) else { continue };
        match found.iter_mut().find(|other| other.url == url) {
            Some(other) => other.services.push(service.to_owned()),
            None => found.push(Endpoint { url, services: vec![service.to_owned()], targets: vec![target.id.clone()] }),
        }
    }
    if let [one] = found.as_mut_slice()
        && one.services.len() == SERVICES.len()
    {
        one.services.clear();
    }
    found
}

/// What the variables of the environment put in the place of AWS, of all services or of one; profiles can do so, too.
pub fn of_environment() -> Option<String> {
    let ignored = std::env::var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    let named = std::env::vars_os().filter(|(name, value)| name.to_string_lossy().starts_with("AWS_ENDPOINT_URL") && !value.is_empty());
    let mut urls: Vec<String> = named.filter_map(|(_, value)| elsewhere(&value.to_string_lossy())).collect();
    urls.sort();
    urls.dedup();
    (!ignored && !urls.is_empty()).then(|| urls.join(", "))
}

/// Those of several targets, each once.
pub(super) fn together(all: impl IntoIterator<Item = Endpoint>) -> Vec<Endpoint> {
    let mut together: Vec<Endpoint> = Vec::new();
    for one in all {
        match together.iter_mut().find(|other| other.url == one.url && other.services == one.services) {
            Some(other) => other.targets.extend(one.targets),
            None => together.push(one),
        }
    }
    together
}

/// An address, as it is shown, unless it is one of AWS itself. What cannot be read as an address is shown as far as it is safe: it is not
/// AWS, either.
fn elsewhere(url: &str) -> Option<String> {
    let Ok(uri) = url.parse::<http::Uri>() else { return Some("an address that cannot be read".into()) };
    let host = uri.host().unwrap_or_default();
    if is_aws(host) && uri.scheme_str() == Some("https") {
        return None;
    }
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}", uri.scheme_str().unwrap_or("http")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::target;

    #[test]
    fn what_is_aws_itself_is_nowhere_else() {
        assert_eq!(elsewhere("https://vpce-1.rds.us-east-1.vpce.amazonaws.com"), None);
        assert_eq!(elsewhere("http://rds.us-east-1.amazonaws.com").as_deref(), Some("http://rds.us-east-1.amazonaws.com"));
        assert_eq!(elsewhere("http://me:secret@127.0.0.1:5201/x?y").as_deref(), Some("http://127.0.0.1:5201"));
        assert_eq!(elsewhere("https://amazonaws.com.evil.example").as_deref(), Some("https://amazonaws.com.evil.example"));
    }

    #[test]
    fn one_address_for_all_is_said_once() {
        let config = SdkConfig::builder().endpoint_url("http://127.0.0.1:5201").build();
        let of_one = of(&target(), &config);
        assert_eq!(of_one, [Endpoint { url: "http://127.0.0.1:5201".into(), services: Vec::new(), targets: vec!["dr".into()] }]);
        let other = Target { id: "primary".into(), ..target() };
        let both = together(of_one.into_iter().chain(of(&other, &config)));
        assert_eq!((both.len(), both[0].targets.len()), (1, 2));
        assert_eq!(of(&target(), &SdkConfig::builder().build()), []);
    }
}
