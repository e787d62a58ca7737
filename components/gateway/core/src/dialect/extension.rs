//! Gusset's own part of an answer, in every dialect: `x_gusset`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::answer::{Citation, Failure, Kind, Outcome};

#[derive(Clone, Debug, Serialize)]
pub(super) struct Extension<'a> {
    kind: Kind,
    citations: Vec<Cited<'a>>,
    trace_id: &'a str,
    /// US dollars; `null` where no price is known.
    cost: Option<f64>,
    failures: &'a [Failure],
    #[serde(skip_serializing_if = "Option::is_none")]
    groundedness: Option<f32>,
}

#[derive(Clone, Debug, Serialize)]
struct Cited<'a> {
    number: u32,
    document: &'a str,
    title: &'a str,
    start: u32,
    end: u32,
    text: &'a str,
    score: f32,
    metadata: Map<String, Value>,
}

impl<'a> Extension<'a> {
    pub(super) fn new(kind: Kind, outcome: &'a Outcome, trace_id: &'a str) -> Self {
        let citations = outcome.citations.iter().map(cited).collect();
        let Outcome { cost, failures, groundedness, .. } = outcome;
        Self { kind, citations, trace_id, cost: *cost, failures, groundedness: *groundedness }
    }
}

fn cited(citation: &Citation) -> Cited<'_> {
    let Citation { number, passage } = citation;
    Cited {
        number: *number,
        document: &passage.document,
        title: &passage.title,
        start: passage.start,
        end: passage.end,
        text: &passage.text,
        score: passage.score,
        metadata: passage.metadata.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect(),
    }
}
