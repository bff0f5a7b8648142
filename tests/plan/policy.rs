//! What IAM makes of a policy, as far as it is needed here: allow statements, wildcards, and conditions on strings.

use serde_json::Value;

/// A call as IAM sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    pub(crate) action: String,
    /// Every resource that is asked about; all of them must be allowed.
    pub(crate) resources: Vec<String>,
    /// Condition keys with all values of the request.
    pub(crate) context: Vec<(String, Vec<String>)>,
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

pub(crate) fn allows(policy: &Value, asked: &Asked) -> bool {
    assert_eq!(policy["Version"], "2012-10-17");
    let statements = policy["Statement"].as_array().unwrap();
    asked.resources.iter().all(|resource| statements.iter().any(|statement| covers(statement, asked, resource)))
}

fn covers(statement: &Value, asked: &Asked, resource: &str) -> bool {
    assert_eq!(statement["Effect"], "Allow");
    texts(&statement["Action"]).contains(&asked.action.as_str())
        && texts(&statement["Resource"]).iter().any(|pattern| matches(pattern, resource))
        && statement["Condition"].as_object().into_iter().flatten().all(|(operator, keys)| {
            keys.as_object().unwrap().iter().all(|(key, allowed)| {
                let (every, operator) = operator.split_once(':').map_or((false, operator.as_str()), |(_, rest)| (true, rest));
                let there = asked.context.iter().find(|(name, _)| name == key).map_or(&[][..], |(_, values)| values);
                let fits = |value: &String| {
                    texts(allowed).iter().any(|pattern| match operator {
                        "StringEquals" => literal(pattern) == *value,
                        "StringLike" => matches(pattern, value),
                        other => panic!("{other}"),
                    })
                };
                there.iter().all(fits) && (every || !there.is_empty())
            })
        })
}

fn literal(pattern: &str) -> String {
    pattern.replace("${*}", "*").replace("${?}", "?").replace("${$}", "$")
}

/// `*` is anything; `${*}` is a star.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern = pattern.replace("${*}", "\u{1}").replace("${?}", "\u{2}").replace("${$}", "$");
    assert!(!pattern.contains("${") && !pattern.contains('?'), "{pattern}");
    let parts: Vec<String> = pattern.split('*').map(|part| regex::escape(&part.replace('\u{1}', "*").replace('\u{2}', "?"))).collect();
    regex::Regex::new(&format!("^{}$", parts.join(".*"))).unwrap().is_match(text)
}

#[test]
fn patterns_match_as_iam_does() {
    assert!(matches("arn:aws:x:db:*", "arn:aws:x:db:orders") && !matches("arn:aws:x:db:a", "arn:aws:x:db:ab"));
    assert!(matches("a${*}", "a*") && !matches("a${*}", "ab") && matches("*", ""));
}
