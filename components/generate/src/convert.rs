//! From the core's types to the contract's and back. One place for each, nothing decided.

use std::collections::HashSet;

use gusset_bindings::tracing;
use gusset_generate as core;

use crate::bindings::exports::gusset::generate::generate as wit;

/// Models without duplicates, in the order of the configuration.
pub(crate) fn models(nodes: &[core::Node], offers: &[Vec<core::Model>]) -> Vec<wit::Model> {
    let mut seen = HashSet::new();
    let offers =
        nodes.iter().zip(offers).flat_map(|(node, models)| models.iter().map(move |model| (node, model)));
    offers
        .filter(|(_, model)| seen.insert(model.name.as_str()))
        .map(|(node, model)| wit::Model {
            name: model.name.clone(),
            target: node.target().to_owned(),
            context_tokens: model.context_tokens,
        })
        .collect()
}

impl From<wit::Request> for core::Request {
    fn from(request: wit::Request) -> Self {
        Self {
            model: request.model,
            messages: request.messages.into_iter().map(Into::into).collect(),
            sampling: request.sampling.into(),
            controls: request.controls.into(),
            plan: request.plan.into(),
            // An identity that is none is not worth a completion: the call goes out untraced.
            trace: request.trace.and_then(|trace: tracing::TraceContext| trace.try_into().ok()),
        }
    }
}

impl From<wit::Plan> for core::Plan {
    fn from(plan: wit::Plan) -> Self {
        Self {
            targets: plan
                .targets
                .into_iter()
                .map(|target| core::Asked { node: target.node, model: target.model })
                .collect(),
            first_token_ms: plan.first_token_ms,
            hedge_ms: plan.hedge_ms,
            open: plan.open.into_iter().map(|breaker| (breaker.target, breaker.for_ms)).collect(),
        }
    }
}

impl From<core::Opening> for wit::Opening {
    fn from(opening: core::Opening) -> Self {
        Self { target: opening.target, model: opening.model }
    }
}

impl From<core::Outcome> for wit::Outcome {
    fn from(outcome: core::Outcome) -> Self {
        Self {
            target: outcome.target,
            model: outcome.model,
            finish_reason: outcome.finish_reason.into(),
            stop_sequence: outcome.stop_sequence,
            usage: outcome.usage.map(Into::into),
            failures: outcome.failures.into_iter().map(Into::into).collect(),
            first_token_ms: outcome.first_token_ms,
            elapsed_ms: outcome.elapsed_ms,
        }
    }
}

impl From<core::Report> for wit::Breaker {
    fn from(report: core::Report) -> Self {
        Self {
            target: report.target,
            state: match report.state {
                core::breaker::State::Closed => wit::BreakerState::Closed,
                core::breaker::State::Open(_) => wit::BreakerState::Open,
                core::breaker::State::HalfOpen => wit::BreakerState::HalfOpen,
            },
            open_ms: report.state.open_ms(),
            calls: report.calls,
            faults: report.faults,
        }
    }
}

impl From<core::Error> for wit::Error {
    fn from(error: core::Error) -> Self {
        match error {
            core::Error::NoTarget(names) => Self::NoTarget(names),
            core::Error::Failed(failures) => Self::Failed(failures.into_iter().map(Into::into).collect()),
            other => Self::Failed(vec![core::Failure::internal("", other.to_string()).into()]),
        }
    }
}

impl From<core::Failure> for wit::Failure {
    fn from(failure: core::Failure) -> Self {
        Self {
            target: failure.target,
            place: match failure.place {
                core::Place::Client => wit::Place::Client,
                core::Place::Edge => wit::Place::Edge,
                core::Place::Node => wit::Place::Node,
            },
            cause: failure.cause.into(),
            message: failure.message,
            retryable: failure.retryable,
            retry_after_ms: failure.retry_after_ms,
            elapsed_ms: failure.elapsed_ms,
        }
    }
}

impl From<core::Cause> for wit::Cause {
    fn from(cause: core::Cause) -> Self {
        match cause {
            core::Cause::InvalidRequest => Self::InvalidRequest,
            core::Cause::UnknownModel => Self::UnknownModel,
            core::Cause::Unauthorized => Self::Unauthorized,
            core::Cause::RateLimited => Self::RateLimited,
            core::Cause::Overloaded => Self::Overloaded,
            core::Cause::Unreachable => Self::Unreachable,
            core::Cause::TimedOut => Self::TimedOut,
            core::Cause::Interrupted => Self::Interrupted,
            core::Cause::Malformed => Self::Malformed,
            core::Cause::Refused => Self::Refused,
            core::Cause::CircuitOpen => Self::CircuitOpen,
            core::Cause::Unsupported => Self::Unsupported,
            core::Cause::Internal => Self::Internal,
        }
    }
}

impl From<core::TokenCount> for wit::TokenCount {
    fn from(count: core::TokenCount) -> Self {
        Self { tokens: count.tokens, exact: count.exact }
    }
}
