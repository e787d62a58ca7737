//! The extractive answer on its way to the caller.

use gusset_bindings::chat::{FinishReason, Usage};
use gusset_orchestrate::{extract, extractive_model, spans};
use gusset_types::Passage;

use crate::answer::{Answer, citations, opening};
use crate::bindings::exports::gusset::orchestrate::orchestrate::{Event, Outcome};
use crate::bindings::gusset::generate::generate::Failure;
use crate::bindings::{wit_future, wit_stream};
use crate::trace::Tracer;

/// Quotes `passages`. Its usage is zero tokens: no model ran, and nothing is owed for it.
pub(crate) fn answer(
    collection: &str,
    question: &str,
    passages: &[Passage],
    failures: Vec<Failure>,
    tracer: &Tracer,
) -> Answer {
    let open = tracer.open();
    let found = extract(question, passages);
    tracer.close(&open, spans::extract(collection, passages.len(), found.quotes.len()));
    let outcome = Outcome {
        finish_reason: FinishReason::Stop,
        stop_sequence: None,
        usage: Usage::from(gusset_types::Usage::default()),
        cost: None,
        citations: citations(found.quotes.iter().map(|quote| quote.number), passages),
        failures,
    };
    let (mut sink, events) = wit_stream::new::<Event>();
    let (ending, result) = wit_future::new(crate::relay::abandoned);
    wit_bindgen::spawn(async move {
        let pieces = found.pieces().map(Event::Text).collect();
        if sink.write_all(pieces).await.is_empty() {
            drop(sink);
            // A caller that doesn't want to know has dropped its end.
            let _ = ending.write(Ok(outcome)).await;
        }
    });
    (opening(extractive_model(collection)), events, result)
}
