//! Answers and failed attempts.

use gusset_gateway::answer::{CacheStatus, Cause, Citation, Failure, Kind, Opening, Outcome, Place};

use crate::bindings::gusset::generate::generate as generation;
use crate::bindings::gusset::orchestrate::orchestrate;

pub(crate) fn opening(wit: orchestrate::Opening) -> Opening {
    let kind = match wit.kind {
        orchestrate::Kind::Generated => Kind::Generated,
        orchestrate::Kind::Extractive => Kind::Extractive,
    };
    let cache = match wit.cache {
        orchestrate::CacheStatus::Off => CacheStatus::Off,
        orchestrate::CacheStatus::Bypass(reason) => CacheStatus::Bypass(reason),
        orchestrate::CacheStatus::Miss => CacheStatus::Miss,
        orchestrate::CacheStatus::Hit => CacheStatus::Hit,
        orchestrate::CacheStatus::SemanticHit(similarity) => CacheStatus::SemanticHit(similarity),
    };
    Opening { kind, cache, route: wit.route, model: wit.model }
}

pub(crate) fn outcome(wit: orchestrate::Outcome) -> Outcome {
    let orchestrate::Outcome { finish_reason, stop_sequence, usage, cost, citations, failures } = wit;
    let citation = |c: orchestrate::Citation| Citation { number: c.number, passage: c.passage.into() };
    Outcome {
        finish_reason: finish_reason.into(),
        stop_sequence,
        usage: usage.into(),
        cost,
        citations: citations.into_iter().map(citation).collect(),
        failures: failures.into_iter().map(failure).collect(),
        groundedness: None,
    }
}

pub(crate) fn failure(wit: generation::Failure) -> Failure {
    let generation::Failure { target, place, cause, message, retryable, retry_after_ms, elapsed_ms } = wit;
    let place = match place {
        generation::Place::Client => Place::Client,
        generation::Place::Edge => Place::Edge,
        generation::Place::Node => Place::Node,
    };
    let cause = match cause {
        generation::Cause::InvalidRequest => Cause::InvalidRequest,
        generation::Cause::UnknownModel => Cause::UnknownModel,
        generation::Cause::Unauthorized => Cause::Unauthorized,
        generation::Cause::RateLimited => Cause::RateLimited,
        generation::Cause::Overloaded => Cause::Overloaded,
        generation::Cause::Unreachable => Cause::Unreachable,
        generation::Cause::TimedOut => Cause::TimedOut,
        generation::Cause::Interrupted => Cause::Interrupted,
        generation::Cause::Malformed => Cause::Malformed,
        generation::Cause::Refused => Cause::Refused,
        generation::Cause::Unsupported => Cause::Unsupported,
        generation::Cause::CircuitOpen => Cause::CircuitOpen,
        generation::Cause::Internal => Cause::Internal,
    };
    Failure { target, place, cause, message, retryable, retry_after_ms, elapsed_ms }
}
