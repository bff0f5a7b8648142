use serde_json::{Value, json};

use super::*;
use crate::expr::{ErrorKind, Scope, Shape, TESTS, Want, check, condition, render, render_early};

fn scope() -> Value {
    json!({
        "params": {"services": ["api", "web"], "nodes": 12, "lost": "eu-west-1", "grace": 900, "zero": 0},
        "run": {"id": "r1", "started": "2026-11-25T14:02:11.5Z", "incident_start": "2026-11-25T13:52:00Z", "now": "2026-11-25T14:06:00Z"},
        "steps": {},
        "json": {"replicas": [
            {"name": "a", "state": "ready", "lag": 7, "zone": null},
            {"name": "b", "state": "ready", "lag": 2.5, "zone": "x"},
            {"name": "c", "state": "lost", "lag": 0, "zone": "x"},
        ]},
    })
}

fn one(source: &str) -> Result<Value, ExprError> {
    render(&json!(format!("${{{{ {source} }}}}")), &scope())
}

fn wrong(source: &str) -> String {
    one(source).expect_err(source).message
}

#[test]
fn the_examples_give_what_they_say() {
    for spec in filters() {
        let result: Value = serde_json::from_str(spec.result).unwrap();
        assert_eq!(one(spec.example).as_ref(), Ok(&result), "{}: {}", spec.name, spec.example);
        assert!(spec.example.contains(&format!("| {}", spec.name)), "{}", spec.example);
    }
    for spec in TESTS {
        assert_eq!(condition(spec.example, &scope()), Ok(true), "{}", spec.example);
        assert!(spec.example.contains(&format!("is {}", spec.name)), "{}", spec.example);
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = filters().map(|filter| filter.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn durations_go_both_ways() {
    for text in ["90s", "1h30m", "2d", "500ms"] {
        let there_and_back = one(&format!("\"{text}\" | seconds | duration | seconds")).unwrap();
        assert_eq!(there_and_back, one(&format!("\"{text}\" | seconds")).unwrap(), "{text}");
    }
    assert_eq!(one("params.grace | seconds").unwrap(), json!(900));
    assert_eq!(one("-90 | duration").unwrap(), json!("-1m30s"));
    assert_eq!(one("0 | duration").unwrap(), json!("0s"));
    assert_eq!(wrong("\"15\" | seconds"), "the text \"15\" is not a duration such as 15m: the unit is missing");
    assert_eq!(wrong("-1 | seconds"), "the number -1 is not a duration: it has 0 seconds to 100 days");
    assert_eq!(wrong("1e18 | duration"), "the duration is too long");
    assert_eq!(wrong("\"15m\" | duration"), "`duration` cannot be applied to the text \"15m\": it takes a number");
}

#[test]
fn times_are_moved_and_measured() {
    assert_eq!(one("run.incident_start | since(run.now)").unwrap(), json!(-840));
    assert_eq!(one("run.started | since(run.incident_start)").unwrap(), json!(611.5));
    assert_eq!(one("run.now | plus(params.grace) | since(run.now)").unwrap(), json!(900));
    assert_eq!(one("run.now | minus(\"1d\") | date(\"%F\")").unwrap(), json!("2026-11-24"));
    assert_eq!(one("run.now | plus(duration=\"500ms\")").unwrap(), json!("2026-11-25T14:06:00.5Z"));
    assert_eq!(one("\"2026-11-25T16:06:00+02:00\" | since(run.now)").unwrap(), json!(0));
    assert_eq!(one("run.now | date(\"%s\") | int").unwrap(), json!(1_795_615_560));
    assert_eq!(wrong("params.lost | date(\"%F\")"), "the text \"eu-west-1\" is not a time such as 2026-11-25T14:06:00Z");
    assert_eq!(wrong("\"9999-12-30T00:00:00Z\" | plus(\"10d\")"), "the time is out of range");
    assert!(wrong("run.now | date(\"%\")").starts_with("the text \"%\" is not a form of a date such as \"%Y%m%d-%H%M\""));
    assert!(wrong("run.now | date(\"%@\")").starts_with("the text \"%@\" is not a form"));
}

#[test]
fn the_other_of_a_pair_is_never_a_guess() {
    assert_eq!(one("\"us-east-1\" | other([\"eu-west-1\", \"us-east-1\"])").unwrap(), json!("eu-west-1"));
    assert_eq!(
        wrong("\"eu-west-2\" | other([\"eu-west-1\", \"us-east-1\"])"),
        "the text \"eu-west-2\" is neither \"eu-west-1\" nor \"us-east-1\""
    );
    assert_eq!(wrong("\"a\" | other([\"a\"])"), "a pair has two items, this has 1");
    assert_eq!(wrong("\"a\" | other([\"a\", \"a\"])"), "both of the pair are \"a\"");
    assert_eq!(wrong("\"a\" | other([\"a\", 1])"), "a pair is of two texts");
}

#[test]
fn arns_have_parts() {
    let part = |arn: &str, part: &str| one(&format!("\"{arn}\" | arn(\"{part}\")"));
    let cases = [
        (
            "arn:aws:rds:eu-west-1:123456789012:db:orders",
            ["aws", "rds", "eu-west-1", "123456789012", "db:orders", "db", "orders", "orders"],
        ),
        (
            "arn:aws-cn:eks:cn-north-1:123456789012:nodegroup/core/general/7c1d",
            ["aws-cn", "eks", "cn-north-1", "123456789012", "nodegroup/core/general/7c1d", "nodegroup", "core/general/7c1d", "7c1d"],
        ),
        (
            "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/api/50dc6c495c0c9188",
            [
                "aws",
                "elasticloadbalancing",
                "us-east-1",
                "123456789012",
                "loadbalancer/app/api/50dc6c495c0c9188",
                "loadbalancer",
                "app/api/50dc6c495c0c9188",
                "50dc6c495c0c9188",
            ],
        ),
    ];
    for (arn, parts) in cases {
        for (name, wanted) in
            ["partition", "service", "region", "account", "resource", "resource_type", "resource_id", "name"].iter().zip(parts)
        {
            assert_eq!(part(arn, name).unwrap(), json!(wanted), "{name} of {arn}");
        }
    }
    assert_eq!(part("arn:aws:sns:us-east-1:123456789012:alerts", "resource_id").unwrap(), json!("alerts"));
    assert_eq!(part("arn:aws:iam::123456789012:role/ops/dr-operator", "name").unwrap(), json!("dr-operator"));
    let none = part("arn:aws:s3:::backups", "region").unwrap_err();
    assert_eq!((none.kind, none.message.as_str()), (ErrorKind::Undefined, "the ARN arn:aws:s3:::backups has no region"));
    assert_eq!(part("arn:aws:s3:::backups", "region\") | default(\"any").unwrap(), json!("any"));
    assert_eq!(
        wrong("\"orders\" | arn(\"name\")"),
        "the text \"orders\" is not an ARN such as arn:aws:rds:eu-west-1:123456789012:db:orders"
    );
    assert_eq!(wrong("params.lost | arn(\"acount\")"), "an ARN has no part `acount`; did you mean `account`?");
}

#[test]
fn lists_of_mappings_are_read_strictly() {
    assert_eq!(one("json.replicas | map(\"name\") | join(\"+\")").unwrap(), json!("a+b+c"));
    assert_eq!(one("json.replicas | selectattr(\"lag\", \">\", 2) | map(attribute=\"name\")").unwrap(), json!(["a", "b"]));
    assert_eq!(one("json.replicas | selectattr(\"name\", \"in\", [\"a\", \"c\"]) | length").unwrap(), json!(2));
    // What is not known is never left out in silence.
    assert_eq!(wrong("json.replicas | selectattr(\"zone\", \"==\", \"x\")"), "`zone` of an item is not known");
    assert_eq!(wrong("json.replicas | map(\"zoen\")"), "an item has no `zoen`");
    assert_eq!(wrong("params.services | map(\"x\")"), "an item is the text \"api\", and has no `x`");
    assert_eq!(wrong("json.replicas | selectattr(\"lag\", \"==\", \"7\")"), "the number 7 is compared with the text \"7\"");
    assert_eq!(
        wrong("json.replicas | selectattr(\"lag\", \"equalto\", 7)"),
        "the text \"equalto\" is no comparison; there are ==, !=, <, <=, >, >= and in"
    );
}

#[test]
fn json_goes_both_ways() {
    assert_eq!(one("json.replicas | to_json | from_json == json.replicas").unwrap(), json!(true));
    assert!(wrong("\"{\" | from_json").starts_with("the text is not JSON: "));
    assert!(one(&format!("\"{}\" | from_json", "[".repeat(200))).is_err());
}

#[test]
fn arguments_are_bound_by_place_and_name() {
    assert_eq!(one("\"a-b\" | replace(new=\"+\", old=\"-\")").unwrap(), json!("a+b"));
    assert_eq!(wrong("\"a\" | replace(\"a\")"), "`replace` lacks its argument `new`: it is used as `x | replace(old, new)`");
    assert_eq!(wrong("\"a\" | lower(1)"), "too many arguments: `lower` is used as `x | lower`");
    assert_eq!(wrong("[1] | map(filed=\"a\")"), "`map` has no argument `filed`: it is used as `x | map(attribute)`");
    assert_eq!(wrong("2 | round(1, precision=2)"), "an argument of `round` is given twice");
    assert_eq!(wrong("[1] | join(*params.services)"), "arguments are written one by one, without `*`");
    assert_eq!(one("2.345 | round").unwrap(), json!(2));
}

#[test]
fn what_is_made_is_bounded() {
    // Each `replace` makes ten of one; unbounded, this would be a thousand million characters.
    let tens = "| replace(\"a\", \"aaaaaaaaaa\") ".repeat(9);
    assert_eq!(wrong(&format!("\"a\" {tens}")), "the text becomes too long");
    let ten_thousand = "(\"a\" | replace(\"a\", \"aaaaaaaaaa\") | replace(\"a\", \"aaaaaaaaaa\") | replace(\"a\", \"aaaaaaaaaa\") \
                        | replace(\"a\", \"aaaaaaaaaa\"))";
    assert_eq!(one(&format!("{ten_thousand} | length")).unwrap(), json!(10_000));
    let early = |source: &str| render_early(&json!(format!("${{{{ {source} }}}}")), &scope()).map_err(|error| error.message);
    assert_eq!(early(&format!("{ten_thousand} | split(\"a\") | length")), Err("the text has too many parts".into()));
    let fives = [ten_thousand; 5].join(" ~ ");
    assert_eq!(one(&format!("({fives}) | length")).unwrap(), json!(50_000));
    assert_eq!(early(&format!("({fives}) | upper | lower | upper | lower")), Err("the expression makes more than 256 KiB".into()));
    // Nine tenths of a million characters fit, and are not made over and over.
    let data = json!({"big": "x".repeat(900_000), "list": vec![1; 200_000]});
    let of = |source: &str| render(&json!(format!("${{{{ {source} }}}}")), &data).map_err(|error| error.message);
    assert_eq!(of("big | upper | length"), Ok(json!(900_000)));
    assert_eq!(of("big | split(\"x\")"), Err("the text has too many parts".into()));
    assert_eq!(of("list | length"), Ok(json!(200_000)));
    assert_eq!(of("list[7] + list[199999]"), Ok(json!(2)));
    let much = "the expression makes more than 4096 KiB".to_owned();
    assert_eq!(of("[big, big, big, big, big]"), Err(much.clone()));
    assert_eq!(of("big ~ big ~ big ~ big"), Err(much.clone()));
    assert_eq!(of("list | sort"), Err(much.clone()));
    assert_eq!(of("{\"a\": list}"), Err(much.clone()));
    // The texts of one value share what they may make.
    let texts: Vec<String> = (0..6).map(|_| "${{ big }} ${{ big }}".to_owned()).collect();
    assert_eq!(render(&json!(texts), &data).unwrap_err().message, much);
    assert!(render(&json!(texts[..2]), &data).is_ok());
}

fn static_scope<'a>() -> Scope<'a> {
    let text = || Shape::List(Shape::Text.into());
    let params = Shape::record([("services", text()), ("nodes", Shape::Number), ("lost", Shape::Text), ("go", Shape::Bool)]);
    let run = Shape::record([("now", Shape::Time), ("started", Shape::Time), ("incident_start", Shape::Time)]);
    let names = [("params", params), ("run", run), ("json", Shape::Any), ("steps", Shape::Any)];
    Scope { names: names.into_iter().collect(), ..Scope::default() }
}

#[test]
fn the_examples_check_clean() {
    for spec in filters() {
        let checked = check(spec.example, &static_scope(), Want::Value);
        assert_eq!(checked.findings, [], "{}", spec.example);
        let result: Value = serde_json::from_str(spec.result).unwrap();
        assert!(checked.shape.comparable(&Shape::of_value(&result)), "{} gives {}", spec.example, checked.shape);
    }
    for spec in TESTS {
        assert_eq!(check(spec.example, &static_scope(), Want::Condition).findings, [], "{}", spec.example);
    }
}

#[test]
fn mistakes_are_found_before_anything_is_evaluated() {
    let found = |source: &str| {
        let checked = check(source, &static_scope(), Want::Value);
        let lines = checked.findings.into_iter().map(|one| {
            let help = one.help.map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{} {}: {}{help}", one.code, &source[one.span], one.message)
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let all = [
        "params.nodes | upper",
        "params.services | upper",
        "params.services | seconds",
        "params.lost | sum",
        "params.lost | round",
        "run.now | round",
        "params.lost | join(\",\")",
        "params.services | join",
        "params.services | join(3)",
        "params.services | map(field=\"a\")",
        "params.lost | other([\"a\", \"b\", \"c\"])",
        "\"x\" | other([\"a\", \"b\"])",
        "params.lost | other(params.lost)",
        "params.lost | arn(\"acount\")",
        "params.lost | arn(\"zone\")",
        "run.now | date(\"%!\")",
        "run.now | plus(\"5 minutes\")",
        "run.now | plus(params.go)",
        "run.now - run.started",
        "run.now + 300",
        "run.now > run.started",
        "run.now | since(run.started) > \"5m\"",
        "params.nodes < \"3\"",
        "params.services | selectattr(\"a\", \"equalto\", 1)",
        "params.lost | replace(\"\", \"x\")",
        "\"15x\" | seconds",
        "\"15x\" | seconds | duration",
        "params.lost is startingwith",
        "params.lost is startingwith(params.nodes)",
        "params.lost is starts",
        "params.lost is in([\"a\"])",
        "params.lost | uper",
        "params.lost | startswith(\"eu\")",
        "params.lost | regex_replace(\"a\", \"b\")",
        "params.lost | banana",
        "now()",
        "startsWith(params.lost, \"eu\")",
        "params.lost.upper()",
        "length(params.services)",
        "toJSON(params)",
        "env(\"HOME\")",
        "banana(params.nodez)",
        "(params.services | first) + 1",
        "params.lost | split(\",\") | first | int > \"3\"",
    ];
    insta::assert_snapshot!(all.map(found).join("\n"));
}

#[test]
fn what_a_filter_gives_is_known() {
    let shape = |source: &str| check(source, &static_scope(), Want::Value).shape;
    assert_eq!(shape("run.now | plus(\"5m\")"), Shape::Time);
    assert_eq!(shape("run.now | date(\"%F\")"), Shape::Text);
    assert_eq!(shape("params.services | sort | first"), Shape::Text);
    assert_eq!(shape("[1, 2] | max"), Shape::Number);
    assert_eq!(shape("[1, \"a\"] | first"), Shape::Any);
    assert_eq!(shape("params.lost | default(\"x\")"), Shape::Text);
    assert_eq!(shape("params.lost | default(1)"), Shape::Any);
    assert_eq!(shape("json.x | default(1)"), Shape::Any);
}

proptest::proptest! {
    /// Any filter, of anything, with anything: a value or an error, and what checks clean has no argument wrong.
    #[test]
    fn every_filter_is_total(at in 0..filters().count(), of in 0_usize..18, args in proptest::collection::vec(0_usize..18, 0..4)) {
        const VALUES: [&str; 18] = [
            "0", "-1", "2.5", "9223372036854775807", "1e308", "''", "'eu-west-1'", "'15m'", "'2026-11-25T14:06:00Z'", "'%Y%m%d'",
            "'arn:aws:rds:eu-west-1:1:db:x'", "[]", "[1, 2]", "['eu-west-1', 'b']", "json.replicas", "json", "true", "params.nope",
        ];
        let spec = filters().nth(at).unwrap();
        let args: Vec<&str> = args.iter().map(|arg| VALUES[*arg]).collect();
        let source = format!("{} | {}({})", VALUES[of], spec.name, args.join(", "));
        let checked = check(&source, &static_scope(), Want::Value);
        match one(&source) {
            Ok(value) => {
                proptest::prop_assert!(checked.shape.comparable(&Shape::of_value(&value)) || value.is_null(), "{source} gives {value}");
                proptest::prop_assert_eq!(checked.findings.iter().find(|one| !one.message.contains("nope")), None, "{}", source);
            }
            Err(error) => proptest::prop_assert!(!error.message.is_empty()),
        }
    }
}
