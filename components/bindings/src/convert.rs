//! From WIT to `gusset-types` and back. Total in both directions but for a trace identity, which WIT carries as text.

use crate::{chat, passages, tracing};
use gusset_types as types;

types::convert_chat!();

types::same_fields!(
    passages::Passage,
    types::Passage,
    document,
    title,
    start,
    end,
    text,
    headings,
    score,
    tokens,
    metadata
);

impl From<types::TraceContext> for tracing::TraceContext {
    fn from(value: types::TraceContext) -> Self {
        Self { trace_id: value.trace_id_hex(), span_id: value.span_id_hex(), sampled: value.sampled }
    }
}

impl TryFrom<tracing::TraceContext> for types::TraceContext {
    type Error = types::InvalidTraceParent;

    fn try_from(value: tracing::TraceContext) -> Result<Self, Self::Error> {
        let flags = u8::from(value.sampled);
        format!("00-{}-{}-{flags:02x}", value.trace_id, value.span_id).parse()
    }
}
