//! Circuit breakers against a clock that the test winds.

use std::time::Duration;

use proptest::prelude::*;

use super::{Breaker, State, Verdict};
use crate::{Cause, Failure, Health, Memory, Node, Place, Report, config};

const FAULT: Verdict = Verdict::Fault(None);
const SLOW: Duration = ms(1_000);
const LEASE: Duration = ms(2_000);

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

const fn answered(after: u64) -> Verdict {
    Verdict::Answered(Some(ms(after)))
}

fn settings() -> config::Breaker {
    config::Breaker { open_ms: 1_000, max_open_ms: 8_000, ..config::Breaker::default() }
}

/// One call that is allowed and judged at `now`.
fn call(breaker: &mut Breaker, verdict: Verdict, now: Duration) {
    let permit = breaker.admit(LEASE, now).unwrap();
    breaker.record(permit, verdict, &settings(), SLOW, now, 0.0);
}

fn broken() -> Breaker {
    let mut breaker = Breaker::default();
    for at in 0..5 {
        call(&mut breaker, FAULT, ms(at));
    }
    breaker
}

#[test]
fn failures_in_a_row_open_it() {
    let mut breaker = Breaker::default();
    for at in 0..4 {
        call(&mut breaker, FAULT, ms(at));
    }
    call(&mut breaker, answered(10), ms(4));
    for at in 5..9 {
        call(&mut breaker, FAULT, ms(at));
        assert_eq!(breaker.state(ms(at)), State::Closed);
    }
    call(&mut breaker, FAULT, ms(9));
    assert_eq!(breaker.state(ms(9)), State::Open(ms(1_000)));
    assert_eq!(breaker.admit(LEASE, ms(9)), Err(ms(1_000)));
}

#[test]
fn a_share_of_failures_opens_it_once_there_are_enough_calls() {
    let mut breaker = Breaker::default();
    for at in 0..9 {
        call(&mut breaker, if at % 2 == 0 { FAULT } else { answered(10) }, ms(at));
        assert_eq!(breaker.state(ms(at)), State::Closed, "call {at}");
    }
    call(&mut breaker, answered(10), ms(9));
    assert_eq!(breaker.state(ms(9)), State::Closed, "an answer opens nothing");
    call(&mut breaker, FAULT, ms(10));
    assert_eq!(breaker.state(ms(10)), State::Open(ms(1_000)));
}

#[test]
fn what_is_long_ago_does_not_count() {
    let mut breaker = Breaker::default();
    for at in 0..9 {
        call(&mut breaker, if at % 2 == 0 { FAULT } else { answered(10) }, ms(at));
    }
    let later = ms(31_000);
    assert_eq!(breaker.counts(&settings(), later), (0, 0));
    call(&mut breaker, FAULT, later);
    assert_eq!(breaker.state(later), State::Closed);
    assert_eq!(breaker.counts(&settings(), later), (1, 1));
}

#[test]
fn calls_that_are_nearly_all_slow_open_it() {
    let mut breaker = Breaker::default();
    for at in 0..9 {
        call(&mut breaker, answered(1_001), ms(at));
    }
    call(&mut breaker, answered(1_000), ms(9));
    assert_eq!(breaker.state(ms(9)), State::Closed, "an answer in time opens nothing");
    call(&mut breaker, Verdict::Slow, ms(10));
    assert_eq!(breaker.state(ms(10)), State::Open(ms(1_000)));
}

#[test]
fn each_failed_probe_doubles_the_time_open_and_an_answer_ends_it() {
    let mut breaker = broken();
    let mut now = ms(4);
    for open in [1_000, 2_000, 4_000, 8_000, 8_000] {
        assert_eq!(breaker.state(now), State::Open(ms(open)));
        assert!(breaker.admit(LEASE, now + ms(open - 1)).is_err());
        now += ms(open);
        assert_eq!(breaker.state(now), State::HalfOpen);
        call(&mut breaker, FAULT, now);
    }
    now += ms(8_000);
    call(&mut breaker, answered(10), now);
    assert_eq!(breaker.state(now), State::Closed);
    assert_eq!(breaker.counts(&settings(), now), (1, 0), "what was before the outage's end is over");
    for _ in 0..5 {
        call(&mut breaker, FAULT, now);
    }
    assert_eq!(breaker.state(now), State::Open(ms(1_000)), "it starts anew");
}

#[test]
fn a_slow_probe_is_a_failed_one() {
    let mut breaker = broken();
    call(&mut breaker, answered(1_500), ms(1_004));
    assert_eq!(breaker.state(ms(1_004)), State::Open(ms(2_000)));
}

#[test]
fn the_draw_spreads_the_probes() {
    let open = |draw| {
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            let permit = breaker.admit(LEASE, ms(0)).unwrap();
            breaker.record(permit, FAULT, &settings(), SLOW, ms(0), draw);
        }
        breaker.state(ms(0))
    };
    assert_eq!((open(0.0), open(0.5)), (State::Open(ms(1_000)), State::Open(ms(1_125))));
}

#[test]
fn retry_after_opens_at_once_and_at_least_so_long() {
    let mut breaker = Breaker::default();
    call(&mut breaker, Verdict::Fault(Some(ms(20_000))), ms(0));
    assert_eq!(breaker.state(ms(0)), State::Open(ms(20_000)), "longer than the longest of its own");
    let mut breaker = broken();
    call(&mut breaker, Verdict::Fault(Some(ms(10))), ms(1_004));
    assert_eq!(
        breaker.state(ms(1_004)),
        State::Open(ms(2_000)),
        "a failed probe waits its own time at least"
    );
    let mut breaker = Breaker::default();
    call(&mut breaker, Verdict::Fault(Some(Duration::from_secs(1 << 30))), ms(0));
    assert_eq!(breaker.state(ms(0)), State::Open(Duration::from_secs(3_600)), "and nobody's year");
}

#[test]
fn a_refused_key_has_an_opening_of_its_own() {
    let mut breaker = Breaker::default();
    call(&mut breaker, Verdict::Unauthorized, ms(0));
    assert_eq!(breaker.state(ms(0)), State::Open(ms(60_000)));
}

#[test]
fn calls_that_fail_together_open_it_once() {
    let mut breaker = Breaker::default();
    let permits: Vec<_> = (0..100).map(|_| breaker.admit(LEASE, ms(0)).unwrap()).collect();
    for permit in permits {
        breaker.record(permit, FAULT, &settings(), SLOW, ms(500), 0.0);
    }
    assert_eq!(breaker.state(ms(500)), State::Open(ms(1_000)));
}

#[test]
fn a_late_verdict_can_prolong_but_not_close() {
    let mut breaker = Breaker::default();
    let early: Vec<_> = (0..2).map(|_| breaker.admit(LEASE, ms(0)).unwrap()).collect();
    for at in 0..5 {
        call(&mut breaker, FAULT, ms(at));
    }
    let mut verdicts = [answered(10), Verdict::Fault(Some(ms(5_000)))].into_iter();
    for permit in early {
        breaker.record(permit, verdicts.next().unwrap(), &settings(), SLOW, ms(100), 0.0);
    }
    assert_eq!(breaker.state(ms(100)), State::Open(ms(5_000)));
}

#[test]
fn a_probe_that_is_given_back_is_the_next_ones() {
    let mut breaker = broken();
    let now = ms(1_004);
    let probe = breaker.admit(LEASE, now).unwrap();
    assert!(breaker.admit(LEASE, now).is_err());
    breaker.record(probe, Verdict::Nothing, &settings(), SLOW, now, 0.0);
    let probe = breaker.admit(LEASE, now).unwrap();
    // Lost, it is the next one's when its time is over, and says nothing any more.
    assert!(breaker.admit(LEASE, now + LEASE - ms(1)).is_err());
    let _second = breaker.admit(LEASE, now + LEASE).unwrap();
    breaker.record(probe, answered(10), &settings(), SLOW, now + LEASE, 0.0);
    assert_eq!(breaker.state(now + LEASE), State::HalfOpen);
}

#[test]
fn completions_that_break_count_as_failures() {
    let mut breaker = Breaker::default();
    for at in 0..10 {
        assert_eq!(breaker.state(ms(at)), State::Closed);
        call(&mut breaker, answered(10), ms(at));
        breaker.broke(FAULT, &settings(), ms(at), 0.0);
    }
    assert_eq!(breaker.state(ms(9)), State::Open(ms(1_000)));
}

#[test]
fn the_cause_decides() {
    let failure = |cause, retryable| Failure {
        target: "http://a".into(),
        place: Place::Node,
        cause,
        message: String::new(),
        retryable,
        retry_after_ms: Some(7),
        elapsed_ms: 1,
    };
    let fault = Verdict::Fault(Some(ms(7)));
    for (cause, retryable, verdict) in [
        (Cause::RateLimited, true, fault),
        (Cause::Overloaded, true, fault),
        (Cause::Unreachable, true, fault),
        (Cause::TimedOut, true, fault),
        (Cause::Interrupted, true, fault),
        (Cause::Malformed, true, fault),
        (Cause::Refused, true, fault),
        (Cause::Refused, false, Verdict::Answered(None)),
        (Cause::InvalidRequest, false, Verdict::Answered(None)),
        (Cause::UnknownModel, false, Verdict::Answered(None)),
        (Cause::Unauthorized, false, Verdict::Unauthorized),
        (Cause::Internal, false, Verdict::Nothing),
    ] {
        assert_eq!(Verdict::of(&failure(cause, retryable)), verdict, "{cause}");
        let ours = Failure { place: Place::Edge, ..failure(cause, retryable) };
        assert_eq!(Verdict::of(&ours), Verdict::Nothing, "{cause} of our own");
    }
}

fn two_of_one_url() -> [Node; 3] {
    let mut nodes = [Node::new("http://a/v1"), Node::new("http://a/v1"), Node::new("http://b/v1/")];
    nodes[0].model = Some("llama".into());
    nodes[1].model = Some("phi".into());
    nodes
}

#[test]
fn what_another_memory_found_open_is_open_here() {
    let mut health = Health::new(&two_of_one_url(), Memory::Instance);
    assert_eq!(health.report(ms(0)), []);
    health.hear(&[("http://a/v1#phi".into(), 300), ("http://nowhere".into(), 300)], ms(0));
    assert_eq!([0, 1, 2].map(|node| health.admits(node, ms(0))), [true, false, true]);
    let report =
        Report { target: "http://a/v1#phi".into(), state: State::Open(ms(200)), calls: 0, faults: 0 };
    assert_eq!(health.report(ms(100)), [report]);
    assert!(health.admits(1, ms(300)));
    // Handed on, it stays what it was.
    let mut other = Health::new(&two_of_one_url(), Memory::Instance);
    other.hear(&[("http://a/v1#phi".into(), 200)], ms(100));
    assert_eq!(other.report(ms(100)), health.report(ms(100)));
}

#[test]
fn what_was_seen_is_worth_more_than_what_was_heard() {
    let settings = settings();
    let mut breaker = Breaker::default();
    call(&mut breaker, answered(10), ms(0));
    breaker.hear(ms(500), &settings, ms(1_000));
    assert_eq!(breaker.state(ms(1_000)), State::Closed);
    breaker.hear(ms(500), &settings, ms(40_000));
    assert_eq!(breaker.state(ms(40_000)), State::Open(ms(500)));
}

proptest! {
    /// Whatever happens, in whatever order: half-open, one request at a time is let through, and an open breaker lets none.
    #[test]
    fn there_is_one_probe_at_a_time(
        events in prop::collection::vec((0u8..6, 0u64..400, any::<prop::sample::Index>()), 1..300),
    ) {
        let settings = settings();
        let mut breaker = broken();
        let (mut now, mut permits, mut probes) = (ms(1_004), Vec::new(), Vec::new());
        for (event, wait, which) in events {
            now += ms(wait);
            probes.retain(|(_, since)| *since + LEASE > now);
            if event < 3 {
                let before = breaker.state(now);
                if let Ok(permit) = breaker.admit(LEASE, now) {
                    prop_assert!(!matches!(before, State::Open(_)));
                    if before == State::HalfOpen {
                        prop_assert!(probes.is_empty(), "a second probe");
                        probes.push((permits.len(), now));
                    }
                    permits.push(Some(permit));
                } else {
                    prop_assert!(before != State::Closed);
                }
            } else if !permits.is_empty() {
                let index = which.index(permits.len());
                let verdict = [answered(10), FAULT, Verdict::Nothing][usize::from(event) - 3];
                if let Some(permit) = permits[index].take() {
                    breaker.record(permit, verdict, &settings, SLOW, now, 0.5);
                    probes.retain(|(probe, _)| *probe != index);
                }
            }
        }
    }
}
