//! An answer from the cache on its way to the caller.

use gusset_bindings::chat::{FinishReason, Usage};
use gusset_orchestrate::citations::Scanner;
use gusset_orchestrate::{Recording, spans};
use gusset_types::Passage;

use crate::answer::{Answer, citations};
use crate::bindings::exports::gusset::orchestrate::orchestrate::{
    CacheStatus, Event, Kind, Opening, Outcome,
};
use crate::bindings::{wit_future, wit_stream};
use crate::cache;
use crate::relay::abandoned;
use crate::trace::{Open, Tracer};

/// Gives a recording again. It costs nothing; its usage is what it took when it was made.
pub(crate) fn start(
    recording: Recording,
    status: CacheStatus,
    passages: Vec<Passage>,
    tracer: &Tracer,
    open: &Open,
) -> Answer {
    let decided =
        spans::Decided { cache: cache::header(&status), cost: Some(0.0), ..spans::Decided::default() };
    tracer.close(open, spans::hit(&recording.model, &decided));
    let mut scanner = Scanner::default();
    scanner.push(&recording.text());
    let outcome = Outcome {
        finish_reason: FinishReason::from(recording.finish_reason),
        stop_sequence: recording.stop_sequence,
        usage: Usage::from(recording.usage),
        cost: Some(0.0),
        citations: citations(scanner.finish(passages.len()), &passages),
        failures: Vec::new(),
    };
    let opening =
        Opening { kind: Kind::Generated, cache: status, route: String::new(), model: recording.model };
    let (mut sink, events) = wit_stream::new::<Event>();
    let (ending, result) = wit_future::new(abandoned);
    wit_bindgen::spawn(async move {
        let recorded = recording.events.into_iter().map(Event::from).collect();
        if sink.write_all(recorded).await.is_empty() {
            drop(sink);
            // A caller that doesn't want to know has dropped its end.
            let _ = ending.write(Ok(outcome)).await;
        }
    });
    (opening, events, result)
}
