//! Identities and times of spans; what they say is the core's.

use gusset_bindings::tracing::TraceContext;
use gusset_orchestrate::spans::{self, Value};

use crate::bindings::gusset::telemetry::telemetry::{self, Attribute, Status};
use crate::platform::{self, now_ns as now};

/// Records spans under one parent.
#[derive(Clone)]
pub(crate) struct Tracer {
    context: TraceContext,
}

/// A span that is still going on. It has its identity from its beginning, for what it calls.
pub(crate) struct Open {
    span_id: String,
    start: u64,
}

impl Tracer {
    pub(crate) fn new(context: TraceContext) -> Self {
        Self { context }
    }

    pub(crate) fn open(&self) -> Open {
        Open { span_id: span_id(), start: now() }
    }

    /// What to hand on to whatever `open` calls.
    pub(crate) fn inside(&self, open: &Open) -> TraceContext {
        TraceContext { span_id: open.span_id.clone(), ..self.context.clone() }
    }

    /// Records spans beneath `open`.
    pub(crate) fn beneath(&self, open: &Open) -> Self {
        Self::new(self.inside(open))
    }

    /// Whether it records for the request with this context.
    pub(crate) fn is_of(&self, context: &TraceContext) -> bool {
        (&self.context.trace_id, &self.context.span_id) == (&context.trace_id, &context.span_id)
    }

    /// Ends `open` now.
    pub(crate) fn close(&self, open: &Open, span: spans::Span) {
        self.record(open.span_id.clone(), open.start, now(), span);
    }

    /// Records attempts that followed one another from the beginning of `open`, each with its length in milliseconds.
    pub(crate) fn record_attempts(
        &self,
        open: &Open,
        attempts: impl IntoIterator<Item = (u32, spans::Span)>,
    ) {
        let attempts_tracer = self.beneath(open);
        let mut start = open.start;
        for (elapsed_ms, span) in attempts {
            let end = start.saturating_add(u64::from(elapsed_ms) * 1_000_000);
            attempts_tracer.record(span_id(), start, end, span);
            start = end;
        }
    }

    fn record(&self, span_id: String, start: u64, end: u64, span: spans::Span) {
        let attributes = span.attributes.into_iter().map(|(key, value)| {
            let value = match value {
                Value::Text(text) => Attribute::Text(text),
                Value::Integer(integer) => Attribute::Integer(integer),
                Value::Number(number) => Attribute::Number(number),
            };
            (key.to_owned(), value)
        });
        telemetry::record_spans(&[telemetry::Span {
            trace_id: self.context.trace_id.clone(),
            span_id,
            parent: Some(self.context.span_id.clone()),
            name: span.name,
            start,
            end: end.max(start),
            status: if span.failed { Status::Error } else { Status::Ok },
            attributes: attributes.collect(),
        }]);
    }
}

fn span_id() -> String {
    format!("{:016x}", platform::draw().max(1))
}
