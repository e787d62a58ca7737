//! Gusset's own endpoints: health and traces.

use gusset_telemetry::{Span, Status, Summary, Value};
use serde::Serialize;
use serde_json::{Map, json};

use crate::config::Limits;
use crate::embedding::Model;

/// `GET /healthz`: that the application answers, its version and its embedding model.
#[must_use]
pub fn health(version: &str, model: &Model) -> serde_json::Value {
    json!({ "status": "ok", "version": version, "model": model })
}

/// What the last calls taught about a target, as `gusset:generate` has it.
#[derive(Debug, Serialize)]
pub struct Target {
    /// As configured, without credentials.
    pub target: String,
    /// Of its circuit breaker: `closed`, `open`, `half_open`.
    pub state: &'static str,
    /// Milliseconds until it is probed; zero unless open.
    pub open_ms: u32,
    /// Calls in the breaker's window.
    pub calls: u32,
    /// Those of them that failed or were too slow.
    pub faults: u32,
}

/// `GET /healthz?detail`: the same, with the targets that were asked so far, and the bounds of what can be sent.
#[must_use]
pub fn health_in_detail(
    version: &str,
    model: &Model,
    targets: &[Target],
    limits: Limits,
) -> serde_json::Value {
    let limits = json!({ "body_bytes": limits.body_bytes, "file_bytes": limits.file_bytes });
    json!({ "status": "ok", "version": version, "model": model, "targets": targets, "limits": limits })
}

/// `GET /v1/gusset/traces`: one line a trace, newest first. Names are those of `gusset:telemetry`; `start` and `end` are Unix
/// time in nanoseconds.
#[must_use]
pub fn traces(summaries: &[Summary]) -> serde_json::Value {
    let data: Vec<_> = summaries
        .iter()
        .map(|s| {
            json!({
                "object": "gusset.trace",
                "trace_id": s.trace_id,
                "name": s.name,
                "start": s.start,
                "end": s.end,
                "duration_ms": milliseconds(s.start, s.end),
                "status": status(s.status),
                "spans": s.spans,
            })
        })
        .collect();
    json!({ "object": "list", "data": data })
}

/// `GET /v1/gusset/traces/{id}`: the trace's spans in order of their start.
#[must_use]
pub fn trace(trace_id: &str, spans: &[Span]) -> serde_json::Value {
    let spans: Vec<_> = spans.iter().map(span).collect();
    json!({ "object": "gusset.trace", "trace_id": trace_id, "spans": spans })
}

fn span(span: &Span) -> serde_json::Value {
    // A repeated name keeps its last value, as OpenTelemetry has it.
    let attributes: Map<String, serde_json::Value> =
        span.attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    json!({
        "span_id": span.span_id,
        "parent": span.parent,
        "name": span.name,
        "start": span.start,
        "end": span.end,
        "duration_ms": milliseconds(span.start, span.end),
        "status": status(span.status),
        "attributes": attributes,
    })
}

fn attribute(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => json!(text),
        Value::Integer(number) => json!(number),
        Value::Number(number) => json!(number),
        Value::Flag(flag) => json!(flag),
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Error => "error",
    }
}

#[expect(clippy::cast_precision_loss, reason = "a duration of 104 days is still exact")]
fn milliseconds(start: u64, end: u64) -> f64 {
    end.saturating_sub(start) as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_its_spans() {
        let spans = [Span {
            trace_id: "t".into(),
            span_id: "s".into(),
            parent: None,
            name: "chat docs".into(),
            start: 1_000_000,
            end: 3_500_000,
            status: Status::Error,
            attributes: vec![
                ("tokens".into(), Value::Integer(1)),
                ("tokens".into(), Value::Integer(7)),
                ("hit".into(), Value::Flag(true)),
                ("score".into(), Value::Number(0.5)),
            ],
        }];
        let json = trace("t", &spans);
        let span = &json["spans"][0];
        assert_eq!(span["duration_ms"], 2.5);
        assert_eq!(span["status"], "error");
        assert_eq!(span["parent"], serde_json::Value::Null);
        assert_eq!(span["attributes"], json!({"tokens": 7, "hit": true, "score": 0.5}));
    }

    #[test]
    fn a_list_has_one_line_a_trace() {
        let summary = Summary {
            trace_id: "t".into(),
            name: "POST /v1/embeddings".into(),
            start: 5,
            end: 4,
            status: Status::Ok,
            spans: 3,
        };
        let json = traces(&[summary]);
        assert_eq!(json["object"], "list");
        assert_eq!(json["data"][0]["duration_ms"], 0.0);
        assert_eq!(json["data"][0]["spans"], 3);
    }
}
