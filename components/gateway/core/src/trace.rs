//! The request's own span: its identity, its attributes, and the spans of what the gateway itself calls.
//!
//! Names follow OpenTelemetry's conventions for HTTP and for generative AI.

use gusset_telemetry::{Span, Status, Value};
use gusset_types::TraceContext;

/// The trace of one request, from its first byte to the last of its response.
#[derive(Clone, Debug)]
pub struct Trace {
    context: TraceContext,
    parent: Option<u64>,
    start: u64,
    attributes: Vec<(String, Value)>,
    steps: Vec<Span>,
}

/// Random bytes of a trace and its root.
pub type Entropy = [u8; 24];

impl Trace {
    /// Begins a trace, or goes on with the caller's. A `traceparent` that is none is as good as absent, as the W3C has it.
    /// `now` is Unix time in nanoseconds.
    #[must_use]
    pub fn begin(traceparent: Option<&str>, entropy: Entropy, now: u64) -> Self {
        let caller = traceparent.and_then(|text| text.parse::<TraceContext>().ok());
        let (trace, span) = entropy.split_at(16);
        let own = TraceContext {
            trace_id: caller.map_or_else(|| fold(trace).max(1), |c| c.trace_id),
            span_id: u64::try_from(fold(span)).unwrap_or(1).max(1),
            sampled: caller.is_none_or(|c| c.sampled),
        };
        let parent = caller.map(|c| c.span_id);
        Self { context: own, parent, start: now, attributes: Vec::new(), steps: Vec::new() }
    }

    /// What a callee continues from: the request's span is the parent.
    #[must_use]
    pub fn context(&self) -> TraceContext {
        self.context
    }

    /// Whether the trace is one of so many of a hundred. Decided by the last 56 bits of its identifier, which the W3C has be random, so that everybody who
    /// asks is told the same.
    #[must_use]
    pub fn is_sampled(&self, percent: u32) -> bool {
        let random = self.context.trace_id & ((1 << 56) - 1);
        random < ((1 << 56) / 100) * u128::from(percent) || percent >= 100
    }

    /// Says something about the request.
    pub fn set(&mut self, name: &str, value: impl Into<Said>) {
        self.attributes.push((name.to_owned(), value.into().0));
    }

    /// Adds a step that the gateway took itself, from `start` to `end`. `error` is its cause, if it failed.
    pub fn step(
        &mut self,
        name: &str,
        span_id: u64,
        (start, end): (u64, u64),
        error: Option<&str>,
        attributes: Vec<(String, Value)>,
    ) {
        let span_id = format!("{:016x}", span_id.max(1));
        let parent = Some(self.context.span_id_hex());
        self.steps.push(self.span(name, span_id, parent, (start, end), error, attributes));
    }

    /// Ends the trace with the response's status: the steps, and the root last. `error` is OpenAI's code, if it is one.
    #[must_use]
    pub fn end(mut self, name: &str, status: u16, error: Option<&str>, now: u64) -> Vec<Span> {
        self.set("http.response.status_code", i64::from(status));
        let attributes = std::mem::take(&mut self.attributes);
        let mut spans = std::mem::take(&mut self.steps);
        let parent = self.parent.map(|id| format!("{id:016x}"));
        spans.push(self.span(name, self.context.span_id_hex(), parent, (self.start, now), error, attributes));
        spans
    }

    fn span(
        &self,
        name: &str,
        span_id: String,
        parent: Option<String>,
        (start, end): (u64, u64),
        error: Option<&str>,
        mut attributes: Vec<(String, Value)>,
    ) -> Span {
        attributes.extend(error.map(|code| ("error.type".to_owned(), Value::Text(code.to_owned()))));
        Span {
            trace_id: self.context.trace_id_hex(),
            span_id,
            parent,
            name: name.to_owned(),
            start,
            // Wall clocks are set back now and then; a span never ends before it starts.
            end: end.max(start),
            status: if error.is_some() { Status::Error } else { Status::Ok },
            attributes,
        }
    }
}

/// A value that an attribute can have.
#[derive(Clone, Debug)]
pub struct Said(Value);

impl From<&str> for Said {
    fn from(text: &str) -> Self {
        Self(Value::Text(text.to_owned()))
    }
}

impl From<i64> for Said {
    fn from(number: i64) -> Self {
        Self(Value::Integer(number))
    }
}

impl From<u32> for Said {
    fn from(number: u32) -> Self {
        Self(Value::Integer(number.into()))
    }
}

impl From<f64> for Said {
    fn from(number: f64) -> Self {
        Self(Value::Number(number))
    }
}

impl From<bool> for Said {
    fn from(flag: bool) -> Self {
        Self(Value::Flag(flag))
    }
}

fn fold(bytes: &[u8]) -> u128 {
    bytes.iter().fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

    #[test]
    fn a_trace_of_the_callers_is_continued() {
        let trace = Trace::begin(Some(CALLER), [7; 24], 5);
        assert_eq!(trace.context().trace_id_hex(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(trace.context().span_id_hex(), "0707070707070707");
        assert!(!trace.context().sampled);
        let spans = trace.end("GET /v1/models", 200, None, 9);
        assert_eq!(spans[0].parent.as_deref(), Some("00f067aa0ba902b7"));
        assert_eq!((spans[0].start, spans[0].end), (5, 9));
    }

    #[test]
    fn without_one_or_with_a_broken_one_a_trace_begins() {
        for header in [None, Some(""), Some("00-zz"), Some("00-0-0-00")] {
            let trace = Trace::begin(header, [1; 24], 5);
            assert_eq!(trace.context().trace_id_hex(), "01".repeat(16), "{header:?}");
            assert!(trace.context().sampled);
            assert_eq!(trace.end("x", 200, None, 9)[0].parent, None);
        }
    }

    #[test]
    fn about_the_percentage_is_sampled_and_always_the_same_ones() {
        let of = |n: u64| {
            let mut entropy = [0; 24];
            entropy[8..16].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
            Trace::begin(None, entropy, 0)
        };
        for percent in [0, 10, 100] {
            let share = (1..=10_000).filter(|&n| of(n).is_sampled(percent)).count() / 100;
            assert!(share.abs_diff(percent as usize) <= 1, "{share} of {percent}");
        }
        assert!((1..100).all(|n| !of(n).is_sampled(10) || of(n).is_sampled(20)));
    }

    #[test]
    fn no_identity_is_zero() {
        let trace = Trace::begin(None, [0; 24], 0);
        assert!(trace.context().trace_id != 0 && trace.context().span_id != 0);
    }

    #[test]
    fn steps_hang_under_the_root_which_comes_last() {
        let mut trace = Trace::begin(None, [1; 24], 10);
        trace.set("http.route", "/v1/embeddings");
        trace.step("embeddings m", 0xabc, (12, 11), Some("store_failed"), vec![]);
        let spans = trace.end("POST /v1/embeddings", 500, Some("store_failed"), 20);
        assert_eq!(spans.len(), 2);
        assert_eq!(spans[0].parent.as_deref(), Some(spans[1].span_id.as_str()));
        assert_eq!((spans[0].start, spans[0].end, spans[0].status), (12, 12, Status::Error));
        assert_eq!(
            spans[1].attributes,
            [
                ("http.route".to_owned(), Value::Text("/v1/embeddings".into())),
                ("http.response.status_code".to_owned(), Value::Integer(500)),
                ("error.type".to_owned(), Value::Text("store_failed".into())),
            ]
        );
    }
}
