//! CloudWatch in the Query protocol, which older clients speak: times are text there, and lists have `member` elements.

use std::collections::HashMap;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use winterbaume_cloudwatch::model::{GetMetricDataInput, GetMetricDataOutput, GetMetricStatisticsInput, GetMetricStatisticsOutput};
use winterbaume_cloudwatch::wire;
use winterbaume_core::{MockRequest, MockResponse};

use super::cloudwatch::NAMESPACE;
use super::reply::escape;
use super::request::form;

pub(super) fn data(request: &MockRequest) -> Result<GetMetricDataInput, String> {
    wire::deserialize_get_metric_data_request_query(&with_numbers(form(request))?)
}

pub(super) fn statistics(request: &MockRequest) -> Result<GetMetricStatisticsInput, String> {
    wire::deserialize_get_metric_statistics_request_query(&with_numbers(form(request))?)
}

/// The codec expects times as numbers.
fn with_numbers(mut params: HashMap<String, String>) -> Result<HashMap<String, String>, String> {
    for name in ["StartTime", "EndTime"] {
        if let Some(text) = params.get_mut(name) {
            let moment: Timestamp = text.parse().map_err(|_| format!("{name} is no timestamp: {text}"))?;
            *text = moment.as_duration().as_secs_f64().to_string();
        }
    }
    Ok(params)
}

fn iso(seconds: f64) -> String {
    let moment = SignedDuration::try_from_secs_f64(seconds).ok().and_then(|at| Timestamp::from_duration(at).ok());
    moment.unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// `<NAME>text</NAME>`.
fn element(out: &mut String, name: &str, text: &str) {
    write!(out, "<{name}>{}</{name}>", escape(text)).expect("writing to a String cannot fail");
}

fn answer(operation: &str, result: &str) -> MockResponse {
    MockResponse::xml(
        200,
        format!(
            "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{result}</{operation}Result>\
             <ResponseMetadata><RequestId></RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}

pub(super) fn data_answer(output: &GetMetricDataOutput) -> MockResponse {
    let mut out = String::from("<MetricDataResults>");
    for result in output.metric_data_results.iter().flatten() {
        out.push_str("<member>");
        for (name, text) in [("Id", &result.id), ("Label", &result.label), ("StatusCode", &result.status_code)] {
            element(&mut out, name, text.as_deref().unwrap_or(""));
        }
        out.push_str("<Timestamps>");
        for at in result.timestamps.iter().flatten() {
            element(&mut out, "member", &iso(*at));
        }
        out.push_str("</Timestamps><Values>");
        for value in result.values.iter().flatten() {
            element(&mut out, "member", &value.to_string());
        }
        out.push_str("</Values></member>");
    }
    out.push_str("</MetricDataResults>");
    answer("GetMetricData", &out)
}

pub(super) fn statistics_answer(output: &GetMetricStatisticsOutput) -> MockResponse {
    let mut out = String::from("<Datapoints>");
    for point in output.datapoints.iter().flatten() {
        out.push_str("<member>");
        let numbers = [
            ("Average", point.average),
            ("Maximum", point.maximum),
            ("Minimum", point.minimum),
            ("SampleCount", point.sample_count),
            ("Sum", point.sum),
        ];
        for (name, number) in numbers {
            if let Some(number) = number {
                element(&mut out, name, &number.to_string());
            }
        }
        if let Some(extended) = &point.extended_statistics {
            out.push_str("<ExtendedStatistics>");
            for (stat, value) in extended {
                out.push_str("<entry>");
                element(&mut out, "key", stat);
                element(&mut out, "value", &value.to_string());
                out.push_str("</entry>");
            }
            out.push_str("</ExtendedStatistics>");
        }
        element(&mut out, "Timestamp", &iso(point.timestamp.unwrap_or_default()));
        element(&mut out, "Unit", point.unit.as_deref().unwrap_or("None"));
        out.push_str("</member>");
    }
    out.push_str("</Datapoints>");
    element(&mut out, "Label", output.label.as_deref().unwrap_or(""));
    answer("GetMetricStatistics", &out)
}
