//! The cache, asked before a call and told after it.

use gusset_orchestrate::{CacheRule, Recorder, Recording, agree, canonical};
use gusset_types::{Event, FinishReason};

use crate::bindings::exports::gusset::orchestrate::orchestrate::{CacheStatus, Error};
use crate::bindings::gusset::cache::cache::{
    self, Bypass, Ending, Found, Lease, Policy, Reply, Semantic, Turn,
};
use crate::generated::Call;
use crate::platform;

/// What the cache said.
pub(crate) enum Looked {
    /// The answer.
    Hit(Recording, CacheStatus),
    /// Make the call; what comes of it is to be kept if there is a place for it.
    Miss(Option<Keeper>, CacheStatus),
}

/// The right to make one call, and what becomes of its answer.
pub(crate) struct Keeper {
    lease: Lease,
    recorder: Recorder,
}

/// Name of the cache for requests of no route.
const NO_ROUTE: &str = "default";

/// A part of an answer's bound that the cache has: it divides what it keeps of a route into so many parts.
const PARTS: u64 = 64;

/// Asks the cache, and waits for whoever makes the same call.
pub(crate) async fn look_up(call: &Call<'_>, route: &str, rule: &CacheRule) -> Result<Looked, Error> {
    if let Err(reason) = rule.admits(&call.messages, call.sampling, call.controls) {
        if call.cache_control.contains("only-if-cached") {
            return Err(Error::NotCached);
        }
        let status =
            if rule.enabled { CacheStatus::Bypass(reason.reason().to_owned()) } else { CacheStatus::Off };
        return Ok(Looked::Miss(None, status));
    }
    let request = request(call, route);
    let policy = policy(rule);
    let give_up = platform::now_ms().saturating_add(rule.lease_ms.into());
    loop {
        let now = platform::now_ms();
        let found = match cache::lookup(&request, policy, call.cache_control, now, platform::draw()) {
            Ok(Reply { found, .. }) => found,
            Err(error) => return failed(error),
        };
        match found {
            Found::Hit(hit) => match Recording::decode(&hit.value) {
                Some(recording) => return Ok(Looked::Hit(recording, status(hit.similar.as_ref()))),
                None => return Ok(Looked::Miss(None, CacheStatus::Bypass("unreadable".to_owned()))),
            },
            Found::Lead(lease) => {
                let bytes = usize::try_from(rule.max_bytes / PARTS).unwrap_or(usize::MAX);
                let keeper = Keeper { lease, recorder: Recorder::new(bytes) };
                return Ok(Looked::Miss(Some(keeper), CacheStatus::Miss));
            }
            Found::Wait(milliseconds) if now < give_up => platform::sleep(milliseconds).await,
            // Whoever makes the call takes longer than any call should: rather twice than never.
            Found::Wait(_) => return Ok(Looked::Miss(None, CacheStatus::Bypass("waited".to_owned()))),
            Found::Bypass(Bypass::NoStore) => {
                return Ok(Looked::Miss(None, CacheStatus::Bypass("no-store".to_owned())));
            }
            Found::Bypass(Bypass::OnlyIfCached) => return Err(Error::NotCached),
        }
    }
}

impl Keeper {
    /// Takes the next event down.
    pub(crate) fn push(&mut self, event: &Event) {
        self.recorder.push(event);
    }

    /// Keeps the answer that has come to its end; `recording` has everything but the events.
    pub(crate) fn keep(self, mut recording: Recording) {
        let Some(events) = self.recorder.into_events() else { return };
        recording.events = events;
        let now = platform::now_ms();
        let ending = match recording.finish_reason {
            FinishReason::Stop => Ending::Stop,
            FinishReason::Length => Ending::Length,
            FinishReason::ContentFilter => Ending::ContentFilter,
            FinishReason::ToolCalls => Ending::ToolCalls,
        };
        let similar = self.lease.candidate().and_then(|hit| Recording::decode(&hit.value));
        if let (Some(similar), Ending::Stop) = (similar, ending) {
            // What can't be learned now is learned another time.
            let _ = self.lease.report(agree(&similar.text(), &recording.text()));
        }
        let uses_tools = recording
            .events
            .iter()
            .any(|event| matches!(event, Event::ToolCall { .. } | Event::ToolArguments { .. }));
        let outcome =
            cache::Outcome { succeeded: true, complete: true, ending, uses_tools, opted_out: false };
        // An answer that could not be kept is given all the same.
        let _ = self.lease.keep(&recording.encode(), outcome, now);
    }
}

/// In the words of the cache's own header.
pub(crate) fn header(status: &CacheStatus) -> String {
    match status {
        CacheStatus::Off => String::new(),
        CacheStatus::Bypass(reason) => format!("bypass; reason={reason}"),
        CacheStatus::Miss => "miss".to_owned(),
        CacheStatus::Hit => "hit".to_owned(),
        CacheStatus::SemanticHit(similarity) => format!("semantic-hit; similarity={similarity:.2}"),
    }
}

fn status(similar: Option<&cache::Similar>) -> CacheStatus {
    match similar {
        None => CacheStatus::Hit,
        #[expect(clippy::cast_possible_truncation, reason = "a cosine, for people")]
        Some(similar) => CacheStatus::SemanticHit(similar.similarity as f32),
    }
}

/// A cache must not fail a call: only what the caller can mend is an error.
fn failed(error: cache::Error) -> Result<Looked, Error> {
    match error {
        cache::Error::InvalidRequest(message) => Err(Error::InvalidRequest(message)),
        cache::Error::Conflict(_) | cache::Error::Store(_) | cache::Error::Other(_) => {
            Ok(Looked::Miss(None, CacheStatus::Bypass("store".to_owned())))
        }
    }
}

fn request(call: &Call<'_>, route: &str) -> cache::Request {
    let turns = canonical::turns(&call.messages).into_iter().map(|turn| Turn {
        role: turn.role.to_owned(),
        content: turn.content,
        other: turn.other,
    });
    cache::Request {
        tenant: call.tenant.to_owned(),
        route: if route.is_empty() { NO_ROUTE.to_owned() } else { route.to_owned() },
        feature: call.attribution.feature.clone().unwrap_or_default(),
        model: call.label(),
        turns: turns.collect(),
        parameters: canonical::parameters(call.sampling, call.controls),
    }
}

fn policy(rule: &CacheRule) -> Policy {
    Policy {
        ttl_seconds: rule.ttl_seconds,
        max_entries: rule.max_entries,
        max_bytes: rule.max_bytes,
        lease_ms: rule.lease_ms,
        semantic: rule
            .wrong_share
            .map(|wrong_share| Semantic { wrong_share, verify_share: rule.verify_share }),
    }
}
