//! Spans and errors from WIT to the core and back.

use gusset_telemetry as core;

use crate::bindings::exports::gusset::telemetry::telemetry as wit;

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

same_fields!(wit::Span, core::Span, trace_id, span_id, parent, name, start, end, status);
same_fields!(core::Span, wit::Span, trace_id, span_id, parent, name, start, end, status);
same_cases!(wit::Status, core::Status, Ok, Error);
same_cases!(core::Status, wit::Status, Ok, Error);
same_cases!(wit::Attribute, core::Value, Text(v), Integer(v), Number(v), Flag(v));
same_cases!(core::Value, wit::Attribute, Text(v), Integer(v), Number(v), Flag(v));

impl From<core::Summary> for wit::Summary {
    fn from(value: core::Summary) -> Self {
        let core::Summary { trace_id, name, start, end, status, spans } = value;
        Self { trace_id, name, start, end, status: status.into(), spans }
    }
}

impl From<core::Error> for wit::Error {
    fn from(error: core::Error) -> Self {
        Self::Store(error.to_string())
    }
}
