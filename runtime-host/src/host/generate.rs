//! `gusset:generate` over [`crate::offload`]: WIT to plain types and back, nothing decided.

use super::{Ctx, Host};
use crate::bindings::chat;
use crate::bindings::generate::{
    self, Breaker, BreakerState, Breakers, Cause, Error, Event, Failure, HostWithStore, Model, Opening,
    Outcome, Place, Request, TokenCount,
};
use crate::bindings::tracing;
use crate::offload::{self, Completion, Listed};
use gusset_generate as core;
use gusset_types as types;
use std::pin::Pin;
use std::task::{Context, Poll};
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Accessor, Destination, FutureReader, StreamProducer, StreamReader, StreamResult, VecBuffer,
};

type Opened = (Opening, StreamReader<Event>, FutureReader<Result<Outcome, Error>>);

impl<T> HostWithStore<T> for Host {
    async fn list_models(accessor: &Accessor<T, Self>) -> wasmtime::Result<Vec<Model>> {
        let offload = accessor.with(|mut access| access.get().shared.offload.clone());
        let model = |listed: Listed| Model {
            name: listed.model.name,
            target: listed.target,
            context_tokens: listed.model.context_tokens,
        };
        Ok(offload.list_models().await.into_iter().map(model).collect())
    }

    async fn generate(
        accessor: &Accessor<T, Self>,
        request: Request,
    ) -> wasmtime::Result<Result<Opened, Error>> {
        let offload = accessor.with(|mut access| access.get().shared.offload.clone());
        let mut completion = match offload.generate(request.into()).await {
            Ok(completion) => completion,
            Err(error) => return Ok(Err(error.into())),
        };
        let core::Opening { target, model } = completion.opening().clone();
        let outcome = completion.outcome();
        let outcome =
            async move { wasmtime::error::Ok(outcome.await.map(Outcome::from).map_err(Error::from)) };
        accessor.with(|mut access| {
            let stream = StreamReader::new(&mut access, Events { completion })?;
            let outcome = FutureReader::new(&mut access, outcome)?;
            Ok(Ok((Opening { target, model }, stream, outcome)))
        })
    }
}

impl generate::Host for Ctx {
    fn count_tokens(&mut self, _model: String, texts: Vec<String>) -> wasmtime::Result<Vec<TokenCount>> {
        let counts = offload::count_tokens(&texts).map_err(|error| wasmtime::format_err!("{error}"))?;
        Ok(counts.into_iter().map(|count| TokenCount { tokens: count.tokens, exact: count.exact }).collect())
    }

    fn list_breakers(&mut self) -> wasmtime::Result<Breakers> {
        let targets = self.shared.offload.breakers().into_iter().map(Breaker::from).collect();
        Ok(Breakers { shared: true, targets })
    }
}

impl chat::Host for Ctx {}

impl tracing::Host for Ctx {}

/// Hands events to the guest as it reads. When the guest drops its end, so is this, and with it the call.
struct Events {
    completion: Completion,
}

impl<D> StreamProducer<D> for Events {
    type Item = Event;
    type Buffer = VecBuffer<Event>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Event, VecBuffer<Event>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        // A read of nothing asks whether there is something, which can't be known without taking it.
        if destination.remaining(store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        match self.completion.poll_events(cx) {
            Poll::Ready(events) if events.is_empty() => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Ready(events) => {
                let events: Vec<Event> = events.into_iter().map(Event::from).collect();
                destination.set_buffer(events.into());
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}

// === conversions ===

types::convert_chat!();

impl From<Request> for core::Request {
    fn from(request: Request) -> Self {
        Self {
            model: request.model,
            messages: request.messages.into_iter().map(Into::into).collect(),
            sampling: request.sampling.into(),
            controls: request.controls.into(),
            plan: request.plan.into(),
            trace: request.trace.as_ref().and_then(trace),
        }
    }
}

impl From<generate::Plan> for core::Plan {
    fn from(plan: generate::Plan) -> Self {
        let target = |target: generate::Target| core::Asked { node: target.node, model: target.model };
        Self {
            targets: plan.targets.into_iter().map(target).collect(),
            first_token_ms: plan.first_token_ms,
            hedge_ms: plan.hedge_ms,
            open: plan.open.into_iter().map(|breaker| (breaker.target, breaker.for_ms)).collect(),
        }
    }
}

/// An identity that isn't one is not propagated: a trace that starts at the node is better than a refused request.
fn trace(context: &tracing::TraceContext) -> Option<types::TraceContext> {
    format!("00-{}-{}-{:02x}", context.trace_id, context.span_id, u8::from(context.sampled)).parse().ok()
}

impl From<core::Outcome> for Outcome {
    fn from(outcome: core::Outcome) -> Self {
        Self {
            target: outcome.target,
            model: outcome.model,
            finish_reason: outcome.finish_reason.into(),
            stop_sequence: outcome.stop_sequence,
            usage: outcome.usage.map(Into::into),
            failures: outcome.failures.into_iter().map(Failure::from).collect(),
            first_token_ms: outcome.first_token_ms,
            elapsed_ms: outcome.elapsed_ms,
        }
    }
}

impl From<core::Report> for Breaker {
    fn from(report: core::Report) -> Self {
        Self {
            target: report.target,
            state: match report.state {
                core::breaker::State::Closed => BreakerState::Closed,
                core::breaker::State::Open(_) => BreakerState::Open,
                core::breaker::State::HalfOpen => BreakerState::HalfOpen,
            },
            open_ms: report.state.open_ms(),
            calls: report.calls,
            faults: report.faults,
        }
    }
}

impl From<core::Error> for Error {
    fn from(error: core::Error) -> Self {
        match error {
            core::Error::NoTarget(models) => Self::NoTarget(models),
            core::Error::Failed(failures) => Self::Failed(failures.into_iter().map(Failure::from).collect()),
            other => Self::Failed(vec![core::Failure::internal("", other.to_string()).into()]),
        }
    }
}

impl From<core::Failure> for Failure {
    fn from(failure: core::Failure) -> Self {
        Self {
            target: failure.target,
            place: match failure.place {
                core::Place::Client => Place::Client,
                core::Place::Edge => Place::Edge,
                core::Place::Node => Place::Node,
            },
            cause: match failure.cause {
                core::Cause::InvalidRequest => Cause::InvalidRequest,
                core::Cause::UnknownModel => Cause::UnknownModel,
                core::Cause::Unauthorized => Cause::Unauthorized,
                core::Cause::RateLimited => Cause::RateLimited,
                core::Cause::Overloaded => Cause::Overloaded,
                core::Cause::Unreachable => Cause::Unreachable,
                core::Cause::TimedOut => Cause::TimedOut,
                core::Cause::Interrupted => Cause::Interrupted,
                core::Cause::Malformed => Cause::Malformed,
                core::Cause::Refused => Cause::Refused,
                core::Cause::CircuitOpen => Cause::CircuitOpen,
                core::Cause::Unsupported => Cause::Unsupported,
                core::Cause::Internal => Cause::Internal,
            },
            message: failure.message,
            retryable: failure.retryable,
            retry_after_ms: failure.retry_after_ms,
            elapsed_ms: failure.elapsed_ms,
        }
    }
}
