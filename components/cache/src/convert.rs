//! Records and errors, between WIT and the core.

use gusset_cache as core;

use crate::Lease;
use crate::bindings::exports::gusset::cache::cache as wit;

impl From<wit::Request> for core::Request {
    fn from(request: wit::Request) -> Self {
        let wit::Request { tenant, route, feature, model, turns, parameters } = request;
        let turns = turns
            .into_iter()
            .map(|wit::Turn { role, content, other }| core::Turn { role, content, other })
            .collect();
        Self { tenant, route, feature, model, turns, parameters }
    }
}

impl From<wit::Policy> for core::Policy {
    fn from(policy: wit::Policy) -> Self {
        let wit::Policy { ttl_seconds, max_entries, max_bytes, lease_ms, semantic } = policy;
        let semantic = semantic
            .map(|wit::Semantic { wrong_share, verify_share }| core::Semantic { wrong_share, verify_share });
        Self { ttl_seconds, max_entries, max_bytes, lease_ms, semantic }
    }
}

impl From<wit::Outcome> for core::Outcome {
    fn from(outcome: wit::Outcome) -> Self {
        let wit::Outcome { succeeded, complete, ending, uses_tools, opted_out } = outcome;
        let ending = match ending {
            wit::Ending::Stop => core::Ending::Stop,
            wit::Ending::Length => core::Ending::Length,
            wit::Ending::ContentFilter => core::Ending::ContentFilter,
            wit::Ending::ToolCalls => core::Ending::ToolCalls,
            wit::Ending::Unknown => core::Ending::Unknown,
        };
        Self { succeeded, complete, ending, uses_tools, opted_out }
    }
}

impl From<core::Hit> for wit::Hit {
    fn from(hit: core::Hit) -> Self {
        let core::Hit { value, age_ms, similar } = hit;
        let similar = similar.map(|core::Similar { similarity, probability, question }| wit::Similar {
            similarity,
            probability,
            question,
        });
        Self { value, age_ms, similar }
    }
}

impl From<core::Found> for wit::Reply {
    fn from(found: core::Found) -> Self {
        let header = found.header();
        let found = match found {
            core::Found::Hit(hit) => wit::Found::Hit(hit.into()),
            core::Found::Lead(lease) => {
                wit::Found::Lead(wit::Lease::new(Lease(std::cell::RefCell::new(Some(*lease)))))
            }
            core::Found::Wait(ms) => wit::Found::Wait(ms),
            core::Found::Bypass(core::Bypass::NoStore) => wit::Found::Bypass(wit::Bypass::NoStore),
            core::Found::Bypass(core::Bypass::OnlyIfCached) => wit::Found::Bypass(wit::Bypass::OnlyIfCached),
        };
        Self { found, header }
    }
}

impl From<core::Refusal> for wit::Refusal {
    fn from(refusal: core::Refusal) -> Self {
        match refusal {
            core::Refusal::Failed => Self::Failed,
            core::Refusal::Truncated => Self::Truncated,
            core::Refusal::ToolBearing => Self::ToolBearing,
            core::Refusal::OptedOut => Self::OptedOut,
            core::Refusal::TooLarge => Self::TooLarge,
        }
    }
}

impl From<core::Statistics> for wit::Statistics {
    fn from(statistics: core::Statistics) -> Self {
        Self {
            lookups: statistics.lookups,
            served: statistics.served,
            withheld: statistics.withheld,
            verified: statistics.verified,
            wrong: statistics.wrong,
            observed_wrong_share: statistics.observed_wrong_share,
            wrong_share_bound: statistics.wrong_share_bound,
            confidence: statistics.confidence,
            expected_wrong_share: statistics.expected_wrong_share,
            compared: statistics.compared,
            neighbourhoods: statistics.neighbourhoods,
            suspended: statistics.suspended,
        }
    }
}

impl From<core::Error> for wit::Error {
    fn from(error: core::Error) -> Self {
        match error {
            core::Error::InvalidRequest(message) => Self::InvalidRequest(message),
            core::Error::Store(failure) => Self::Store(failure.to_string()),
            error @ core::Error::Conflict(_) => Self::Conflict(error.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}
