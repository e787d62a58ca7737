//! From WIT to `gusset-types` and back. Total in both directions but for a trace identity, which WIT carries as text.

use crate::{chat, passages, tracing};
use gusset_types as types;

macro_rules! same_cases {
    ($wit:ty, $plain:ty, $($case:ident),+) => {
        impl From<$wit> for $plain {
            fn from(value: $wit) -> Self {
                match value { $(<$wit>::$case => Self::$case),+ }
            }
        }
        impl From<$plain> for $wit {
            fn from(value: $plain) -> Self {
                match value { $(<$plain>::$case => Self::$case),+ }
            }
        }
    };
}

macro_rules! same_fields {
    ($wit:ty, $plain:ty, $($field:ident),+) => {
        impl From<$wit> for $plain {
            fn from(value: $wit) -> Self {
                Self { $($field: value.$field.into()),+ }
            }
        }
        impl From<$plain> for $wit {
            fn from(value: $plain) -> Self {
                Self { $($field: value.$field.into()),+ }
            }
        }
    };
}

same_cases!(chat::Role, types::Role, System, User, Assistant, Tool);
same_cases!(chat::FinishReason, types::FinishReason, Stop, Length, ContentFilter, ToolCalls);
same_fields!(chat::Message, types::Message, role, content);
same_fields!(chat::Usage, types::Usage, prompt_tokens, completion_tokens);
same_fields!(chat::Sampling, types::Sampling, max_tokens, temperature, top_p, seed, stop);
same_fields!(
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
