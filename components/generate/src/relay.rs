//! A completion on its way to the caller: events as they arrive, then how it ended.

use gusset_generate::{Error, Event, Failure, Outcome};
use wit_bindgen::{FutureReader, StreamReader, StreamWriter};

use crate::bindings::exports::gusset::generate::generate as wit;
use crate::bindings::{wit_future, wit_stream};
use crate::call::{Broken, Progress};
use crate::health;
use crate::way::First;

/// What `generate` returns.
pub(crate) type Answer =
    (wit::Opening, StreamReader<wit::Event>, FutureReader<Result<wit::Outcome, wit::Error>>);

/// Relays in the background what the first events begin.
pub(crate) fn start(first: First) -> Answer {
    let First { node, opening, progress, failures } = first;
    let (mut sink, events) = wit_stream::new::<wit::Event>();
    // Read only where the relay was dropped before its end, by a caller that has gone.
    let (ending, outcome) = wit_future::new(|| Err(wit::Error::Failed(Vec::new())));
    wit_bindgen::spawn(async move {
        if let Some(result) = relay(node, progress, failures, &mut sink).await {
            drop(sink);
            let result = result.map(wit::Outcome::from).map_err(wit::Error::from);
            // A caller that doesn't want to know has dropped its end.
            let _ = ending.write(result).await;
        }
    });
    (opening.into(), events, outcome)
}

/// How the completion ended; `None` if the caller dropped the stream. The connection closes with the call, when this returns.
async fn relay(
    node: usize,
    mut progress: Progress,
    mut failures: Vec<Failure>,
    sink: &mut StreamWriter<wit::Event>,
) -> Option<Result<Outcome, Error>> {
    loop {
        match progress {
            Progress::Events(call, events) => {
                send(sink, events).await?;
                progress = match call.advance().await {
                    Ok(next) => next,
                    Err(Broken { failure, events }) => {
                        health::broke(node, &failure);
                        send(sink, events).await?;
                        failures.push(failure);
                        return Some(Err(Error::Failed(failures)));
                    }
                };
            }
            Progress::Ended(ended, events) => {
                send(sink, events).await?;
                return Some(Ok(ended.into_outcome(failures)));
            }
        }
    }
}

/// `None` if the caller dropped the stream.
async fn send(sink: &mut StreamWriter<wit::Event>, events: Vec<Event>) -> Option<()> {
    let events = events.into_iter().map(Into::into).collect();
    sink.write_all(events).await.is_empty().then_some(())
}
