//! Spans, from the core to WIT and back.

use gusset_telemetry::{Span, Status, Summary, Value};

use crate::bindings::gusset::telemetry::telemetry as wit;

macro_rules! same_fields {
    ($from:ty, $to:ty, $($field:ident),+) => {
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                let attributes = value.attributes.into_iter().map(|(name, v)| (name, v.into())).collect();
                Self { attributes, $($field: value.$field.into()),+ }
            }
        }
    };
}

macro_rules! same_cases {
    ($from:ty, $to:ty, $($case:ident $(($inner:ident))?),+) => {
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                // A qualified path can't be a tuple pattern; an alias can.
                type Given = $from;
                match value {
                    $(Given::$case $(($inner))? => Self::$case $(($inner))?),+
                }
            }
        }
    };
}

same_fields!(wit::Span, Span, trace_id, span_id, parent, name, start, end, status);
same_fields!(Span, wit::Span, trace_id, span_id, parent, name, start, end, status);
same_cases!(wit::Status, Status, Ok, Error);
same_cases!(Status, wit::Status, Ok, Error);
same_cases!(wit::Attribute, Value, Text(v), Integer(v), Number(v), Flag(v));
same_cases!(Value, wit::Attribute, Text(v), Integer(v), Number(v), Flag(v));

impl From<wit::Summary> for Summary {
    fn from(value: wit::Summary) -> Self {
        let wit::Summary { trace_id, name, start, end, status, spans } = value;
        Self { trace_id, name, start, end, status: status.into(), spans }
    }
}
