use serde_json::{Value, json};

use super::*;

fn scope() -> Value {
    json!({
        "params": {"to": "us-east-1", "node_count": 12, "max_lag": 300.0, "services": ["api", "web"]},
        "targets": {"dr": {"region": "us-east-1"}},
        "run": {"id": "r1"},
        "steps": {"promote_db": {"state": "done", "outputs": {"endpoint": "db.example.com", "port": null}, "answers": {}}},
    })
}

fn passes(source: &str, fields: &Value) -> Outcome {
    expect(source, Ok(fields), &scope())
}

#[test]
fn a_single_expression_keeps_its_type() {
    let value = json!({"a": "${{ params.node_count }}", "b": "  ${{ params.services }} ", "c": ["x ${{ params.to }}, ${{ params.node_count + 1 }}"], "d": 4});
    let expected = json!({"a": 12, "b": ["api", "web"], "c": ["x us-east-1, 13"], "d": 4});
    assert_eq!(render(&value, &scope()).unwrap(), expected);
    assert_eq!(render(&json!("${{ params.max_lag }} s"), &scope()).unwrap(), json!("300 s"));
    assert_eq!(render(&json!("${{ '}}' ~ {'a': 1}.a }}"), &scope()).unwrap(), json!("}}1"));
}

#[test]
fn what_is_not_there_is_named() {
    for (source, message) in [
        ("${{ params.count }}", "`params.count` is not there"),
        ("${{ steps.promote_db.outputs.port }}x", "nothing cannot stand inside of a text"),
        ("${{ steps.promote_db.outputs.port.x }}", "`steps.promote_db.outputs.port` is not known"),
        ("${{ nothing }}", "`nothing` is not there"),
        ("${{ params.services }}!", "a list cannot stand inside of a text; use `| join(\", \")`"),
        ("${{ params.services[7] }}", "`params.services.7` is not there: the list has 2 items"),
        ("${{ params", "`${{` without its `}}`"),
        ("${{ }}", "the expression is empty"),
    ] {
        assert_eq!(render(&json!(source), &scope()).unwrap_err().message, message, "{source}");
    }
}

#[test]
fn a_dry_run_has_placeholders_for_what_steps_will_give() {
    let later = |step: &str| format!("(known after {step})");
    let value = json!({"a": "${{ steps.declare.answers.ticket }}", "b": "at ${{ steps.promote_db.outputs.port }} x ${{ steps.promote_db.outputs.other }}"});
    let expected = json!({"a": "(known after declare)", "b": "at (known after promote_db) x (known after promote_db)"});
    // A null output inside of a text is refused when it is real, and stands for later in a dry run only when it is read further.
    let rendered = render_known(&value, &scope(), later);
    assert!(rendered.is_err());
    let mut scope = scope();
    scope["steps"]["promote_db"]["outputs"] = Value::Null;
    assert_eq!(render_known(&value, &scope, later).unwrap(), expected);
    assert!(render_known(&json!("${{ params.nope }}"), &scope, later).is_err());
}

#[test]
fn conditions_are_true_or_false() {
    assert!(condition("params.node_count >= 12 and 'us' in params.to", &scope()).unwrap());
    assert!(!condition("not params.to is startingwith('us')", &scope()).unwrap());
    assert!(condition("1 < 2 <= 2 and 2 not in [1, 3] and 'a' ~ 1 == 'a1'", &scope()).unwrap());
    assert!(condition("steps.promote_db.outputs.port is none and steps.promote_db.outputs.port == none", &scope()).unwrap());
    assert!(condition("params.zzz is not defined and params.zzz | default(3) == 3", &scope()).unwrap());
    let error = condition("params.to", &scope()).unwrap_err();
    assert_eq!(error.message, "the condition is the text \"us-east-1\", neither true nor false");
}

#[test]
fn expectations_pass_only_on_knowledge() {
    let unknown = |why: &str| Outcome::Unknown(why.into());
    let healthy = json!({"status": 200, "latency": 0.3, "json": {"region": "us-east-1"}, "seconds": 300, "lag": null, "flag": null, "values": ["1.2.3.4"]});
    assert_eq!(passes("status == 200 and latency < 1 and json.region == params.to", &healthy), Outcome::Pass);
    assert_eq!(passes("seconds <= params.max_lag", &healthy), Outcome::Pass);
    assert_eq!(passes("values == [\"1.2.3.4\"]", &healthy), Outcome::Pass);
    assert_eq!(passes("status >= 500", &healthy), Outcome::Fail);
    assert_eq!(passes("error or status >= 500", &healthy), Outcome::Fail);
    assert_eq!(passes("not error", &healthy), Outcome::Pass);
    assert_eq!(passes("error == none", &healthy), Outcome::Pass);
    assert_eq!(passes("status == 200 or nope > 1", &healthy), Outcome::Pass);
    assert_eq!(passes("lag <= 5", &healthy), unknown("`lag` is not known"));
    assert_eq!(passes("lag != 5", &healthy), unknown("`lag` is not known"));
    assert_eq!(passes("not flag", &healthy), unknown("`flag` is not known"));
    assert_eq!(passes("flag", &healthy), unknown("`flag` is not known"));
    assert_eq!(passes("lag in [1, none]", &healthy), unknown("`lag` is not known"));
    assert_eq!(passes("nope > 1 or status == 200", &healthy), unknown("`nope` is not there"));
    assert_eq!(passes("json.zone == 'a'", &healthy), unknown("`json.zone` is not there"));
    assert_eq!(passes("status == '200'", &healthy), unknown("the number 200 is compared with the text \"200\""));
    assert_eq!(passes("status != '200'", &healthy), unknown("the number 200 is compared with the text \"200\""));
    assert_eq!(passes("status", &healthy), unknown("the condition is the number 200, neither true nor false"));
    assert!(matches!(passes("status >", &healthy), Outcome::Unknown(_)));
}

#[test]
fn a_probe_that_could_not_be_made_passes_only_if_expected() {
    let failed = |source: &str| expect(source, Err("connection refused"), &scope());
    let refused = Outcome::Unknown("connection refused".into());
    assert_eq!(failed("error or status >= 500"), Outcome::Pass);
    assert_eq!(failed("'refused' in error"), Outcome::Pass);
    assert_eq!(failed("not error"), Outcome::Fail);
    assert_eq!(failed("not error and status == 200"), Outcome::Fail);
    assert_eq!(failed("status >= 500"), refused);
    assert_eq!(failed("status >= 500 or error"), refused);
    assert_eq!(failed("status != 200"), refused);
}

#[test]
fn arithmetic_is_checked() {
    let one = |source: &str| render(&json!(format!("${{{{ {source} }}}}")), &scope());
    assert_eq!(one("7 // 2 + 7 % 2 - -1").unwrap(), json!(5));
    assert_eq!(one("1 / 4").unwrap(), json!(0.25));
    assert_eq!(one("2 ** 10").unwrap(), json!(1024));
    assert_eq!(one("params.services | join('+') | upper").unwrap(), json!("API+WEB"));
    assert_eq!(one("[3, 1, 2] | sort | first + ([1, 2] | sum)").unwrap(), json!(4));
    for wrong in
        ["1 / 0", "1 // 0", "9223372036854775807 + 1", "2 ** 64", "'a' - 1", "10.0 ** 400", "-'a'", "[1] | join", "x | nope", "range(3)"]
    {
        assert!(one(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn nothing_behind_an_expression_is_passed_over() {
    // The parser of the library stops at a character it does not know, and would read the guard without its second half.
    for (source, at) in [
        ("params.node_count == 12 && params.to == 'x'", "&&"),
        ("params.node_count == 12 & false", "&"),
        ("params.node_count == 12 ; false", ";"),
        ("params.node_count == 12 ? 1 : 2", "?"),
        ("params.node_count == 12 # never", "#"),
        ("params.node_count == 12 $ x", "$"),
        ("params.node_count == 12 `", "`"),
        ("params.node_count == 12 é", "é"),
        ("!params.go", "!"),
        ("params.to == 'x' and 'un", "'"),
    ] {
        let error = condition(source, &scope()).unwrap_err();
        assert_eq!((error.kind, &source[error.span.clone()]), (ErrorKind::Syntax, at), "{source}: {}", error.message);
        assert!(matches!(passes(source, &json!({})), Outcome::Unknown(_)), "{source}");
    }
    assert!(condition("1 == 1 && 1 == 1", &scope()).unwrap_err().message.ends_with("(write `and`)"));
    assert!(condition("1 == 1 || 1 == 1", &scope()).unwrap_err().message.ends_with("(write `or`)"));
}

#[test]
fn absurd_expressions_are_refused_without_harm() {
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(400), close.repeat(400));
    for source in [
        nested("(", ")"),
        nested("[", "]"),
        "not ".repeat(240) + "x",
        "-".repeat(990) + "1",
        "1+".repeat(490) + "1",
        "x".repeat(5_000),
        "1 if ".repeat(190) + "1",
        "{".repeat(500),
    ] {
        assert!(condition(&source, &scope()).is_err(), "{source}");
    }
}

fn static_scope<'a>() -> Scope<'a> {
    let step = Shape::record([
        ("state", Shape::Text),
        ("outputs", Shape::record([("endpoint", Shape::Text)])),
        ("answers", Shape::record([("ticket", Shape::Text)])),
    ]);
    Scope {
        secret_params: Vec::new(),
        names: [
            (
                "params",
                Shape::record([
                    ("node_count", Shape::Number),
                    ("to", Shape::Text),
                    ("services", Shape::List(std::rc::Rc::new(Shape::Text))),
                ]),
            ),
            ("steps", Shape::record([("promote_db", step)])),
        ]
        .into_iter()
        .collect(),
        fields: None,
        elsewhere: vec![("run", "nothing runs yet")],
        brief: false,
    }
}

#[test]
fn static_checks_point_into_the_text() {
    let text = "a ${{ params.nodecount }} b ${{ steps.promote_db.outputs.enpoint }} ${{ run.id }} ${{ params.services }}";
    let checked = check_template(text, &static_scope());
    let found: Vec<_> =
        checked.findings.iter().map(|f| (f.code, &text[f.span.clone()], f.message.as_str(), f.help.as_deref().unwrap_or(""))).collect();
    insta::assert_debug_snapshot!(found, @r#"
    [
        (
            "LB0503",
            "params.nodecount",
            "there is no parameter `nodecount`",
            "did you mean `node_count`?",
        ),
        (
            "LB0505",
            "steps.promote_db.outputs.enpoint",
            "step `promote_db` has no output `enpoint`",
            "did you mean `endpoint`?",
        ),
        (
            "LB0508",
            "run",
            "`run` cannot be used here: nothing runs yet",
            "",
        ),
        (
            "LB0507",
            " params.services ",
            "a list cannot stand inside of a text",
            "write `| join(\", \")` behind a list",
        ),
    ]
    "#);
    let paths: Vec<String> = checked.reads.iter().map(|read| read.path.join(".")).collect();
    assert_eq!(paths, ["params.nodecount", "steps.promote_db.outputs.enpoint", "run.id", "params.services"]);
}

#[test]
fn static_checks_know_types() {
    use crate::runbook::spec::{FieldSpec, ParamType};
    const FIELDS: &[FieldSpec] = &[
        FieldSpec { name: "status", ty: ParamType::Integer { min: 0, max: 999 }, doc: "" },
        FieldSpec { name: "ready", ty: ParamType::Bool, doc: "" },
        FieldSpec { name: "json", ty: ParamType::Any, doc: "" },
        FieldSpec { name: "values", ty: ParamType::List(&ParamType::String), doc: "" },
    ];
    let mut scope = static_scope();
    scope.fields = Some(FIELDS);
    let codes = |source: &str| {
        check(source, &scope, Want::Condition).findings.into_iter().map(|f| (f.code, source[f.span].to_owned())).collect::<Vec<_>>()
    };
    for fine in [
        "error or status >= 500",
        "ready and not error",
        "json.a.b[0] == 3",
        "values == ['x']",
        "'x' in values",
        "values | length == 1",
        "status == params.node_count",
        "error == none",
        "values[0] == 'x'",
    ] {
        assert_eq!(codes(fine), [], "{fine}");
    }
    let one = |code: &'static str, text: &str| vec![(code, text.to_owned())];
    assert_eq!(codes("status == '200'"), one("LB0507", "status == '200'"));
    assert_eq!(codes("status"), one("LB0507", "status"));
    assert_eq!(codes("not status"), one("LB0507", "status"));
    assert_eq!(codes("values > 3"), one("LB0507", "values > 3"));
    assert_eq!(codes("statsu == 200"), one("LB0505", "statsu"));
    assert_eq!(codes("ready and status = 200")[0].0, "LB0501");
    assert_eq!(codes("status > 1 and values.x == 1"), one("LB0507", "values.x"));
    assert_eq!(codes("values | legnth == 1"), one("LB0502", "values | legnth"));
}

proptest::proptest! {
    #[test]
    fn nothing_panics(source in "[a-z0-9 .()\\[\\]{}|+*/%~<>=!'\"$-]{0,60}") {
        let scope = scope();
        let fields = json!({"a": 1, "b": null});
        let _outcome = expect(&source, Ok(&fields), &scope);
        let _condition = condition(&source, &scope);
        let _rendered = render(&json!(format!("${{{{{source}}}}} {source}")), &scope);
        let _checked = check_template(&format!("x${{{{{source}}}}}"), &static_scope());
        for finding in _checked.findings { proptest::prop_assert!(finding.span.end <= source.len() + 6); }
    }
}

#[test]
fn a_part_is_read_by_its_name_and_by_what_may_be_its_name() {
    let reads = |text: &str| reads_any(text, &["steps", "params.token"]);
    for text in [
        "${{ steps.a.outputs.b }}",
        "${{ params.token | upper }}",
        "${{ params['token'] }}",
        "${{ params[item] }}",
        "${{ params | length }}",
    ] {
        assert!(reads(text), "{text}");
    }
    for text in
        ["${{ params.tokens }}", "${{ params.to }}", "${{ secrets.token }}", "params.token", "${{ 'params.token' }}", "${{ item.token }}"]
    {
        assert!(!reads(text), "{text}");
    }
}

#[test]
fn a_part_that_is_not_known_before_is_read_as_a_whole() {
    let scope = Scope { names: [("params", Shape::record([("a", Shape::Text)])), ("item", Shape::Text)].into(), ..Scope::default() };
    let paths: Vec<Vec<String>> = check_template("${{ params[item] }}", &scope).reads.into_iter().map(|read| read.path).collect();
    assert_eq!(paths, [["params"], ["item"]]);
}

#[test]
fn a_secret_is_put_into_its_place_and_decides_nothing() {
    let secret = || Shape::record([("x", Shape::Text), ("y", Shape::Text)]);
    let params = Shape::record([("token", Shape::Text), ("to", Shape::Text), ("map", Shape::Any)]);
    let scope = Scope { names: [("params", params), ("secrets", secret())].into(), secret_params: vec!["token"], ..Scope::default() };
    let codes = |text: &str| -> Vec<&str> { check_template(text, &scope).findings.into_iter().map(|finding| finding.code).collect() };
    for text in [
        "${{ secrets.x }}",
        "Bearer ${{ secrets.x }}",
        "${{ 'Bearer ' ~ params.token }}",
        "${{ 'Bearer ' + secrets.x }}",
        "${{ secrets[params.to] }}",
        "${{ secrets.x | default('none') | string }}",
        "${{ {'a': secrets.x, 'b': [params.token]} | to_json }}",
        "${{ [secrets.x, params.token] | join(':') }}",
        "${{ secrets.x if params.to == 'a' else secrets.y }}",
        "${{ params.token is defined }}",
        "${{ params | to_json }}",
        "${{ secrets | to_json }}",
    ] {
        assert_eq!(codes(text), [""; 0], "{text}");
    }
    for text in [
        "${{ 'a' if secrets.x == 'b' else 'c' }}",
        "${{ 'a' if secrets.x is startingwith('Can') else 'c' }}",
        "${{ 'a' if params.to is startingwith(secrets.x) else 'c' }}",
        "${{ 'a' if 'b' in params.token else 'c' }}",
        "${{ 'a' if ('-' ~ secrets.x) > 'b' else 'c' }}",
        "${{ 'a' if params.to == 'b' and secrets.x != 'c' else 'd' }}",
        "${{ 'a' if not (secrets.x == 'b') else 'c' }}",
        "${{ (secrets.x if params.to == 'a' else 'b') == 'c' }}",
        "${{ secrets.x | length }}",
        "${{ secrets | length }}",
        "${{ params | length }}",
        "${{ (secrets.x ~ '') | upper }}",
        "${{ ([secrets.x, 'b'] | join('')) | replace('a', 'b') }}",
        "${{ params.to | replace(secrets.x, '') }}",
        "${{ [secrets.x, 'b'] | first }}",
        "${{ (secrets.x | to_json) | from_json }}",
        "${{ params.map[secrets.x] }}",
        "${{ {secrets.x: 'a'} }}",
        "${{ secrets.x | split(',') }}",
        "${{ [secrets.x] == ['a'] }}",
        "${{ params == {} }}",
    ] {
        assert_eq!(codes(text), [crate::diag::code::EXPR_ARGUMENTS], "{text}");
    }
}
