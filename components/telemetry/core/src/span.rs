//! What a span is, and the one line that stands for a trace in a list.

use serde::{Deserialize, Serialize};

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// UTF-8 text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// True or false.
    Flag(bool),
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// As intended.
    Ok,
    /// With an error, which the attributes describe.
    Error,
}

/// One timed step of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// The span that this one is a part of; the root of a propagated trace may name one that is not ours.
    pub parent: Option<String>,
    /// In OpenTelemetry's terms.
    pub name: String,
    /// Unix time in nanoseconds.
    pub start: u64,
    /// Unix time in nanoseconds.
    pub end: u64,
    /// How it ended.
    pub status: Status,
    /// In OpenTelemetry's terms where it has one.
    pub attributes: Vec<(String, Value)>,
}

/// One line about a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// Name of the root span.
    pub name: String,
    /// Unix time in nanoseconds.
    pub start: u64,
    /// Unix time in nanoseconds.
    pub end: u64,
    /// How the root ended.
    pub status: Status,
    /// How many spans were recorded, those that were not kept included.
    pub spans: u32,
}

/// Index of the root: the earliest of the spans whose parent is not among them.
#[must_use]
pub fn root(spans: &[Span]) -> Option<usize> {
    let ours = |id: &str| spans.iter().any(|s| s.span_id == id);
    let rootless = spans.iter().enumerate().filter(|(_, s)| s.parent.as_deref().is_none_or(|id| !ours(id)));
    rootless.min_by_key(|(_, s)| s.start).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: &str, parent: Option<&str>, start: u64) -> Span {
        Span {
            trace_id: "t".into(),
            span_id: id.into(),
            parent: parent.map(Into::into),
            name: id.into(),
            start,
            end: start + 1,
            status: Status::Ok,
            attributes: vec![],
        }
    }

    #[track_caller]
    fn check(spans: &[Span], expected: Option<&str>) {
        assert_eq!(root(spans).map(|at| spans[at].span_id.as_str()), expected);
    }

    #[test]
    fn the_root_has_no_parent_of_ours() {
        check(&[], None);
        check(&[span("child", Some("root"), 5), span("root", None, 1)], Some("root"));
        check(&[span("child", Some("root"), 5), span("root", Some("caller"), 1)], Some("root"));
        check(&[span("orphan", Some("lost"), 5), span("root", Some("caller"), 1)], Some("root"));
    }

    #[test]
    fn spans_that_are_each_others_parents_have_no_root() {
        check(&[span("a", Some("b"), 1), span("b", Some("a"), 2)], None);
    }
}
