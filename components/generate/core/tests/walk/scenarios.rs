//! What a request meets on its way, one thing at a time.

use super::world::{Behaviour, Ended, World, ms, nodes};
use gusset_generate::{Cause, Error, Failure, Health, Memory, Plan, Step, Target, Walk};
use std::time::Duration;

use Behaviour::{Fails, Speaks, Stalls};

const REFUSES: Behaviour = Fails(Cause::Unreachable, 1, None);

fn limited(first_token_ms: u32) -> Plan {
    Plan { first_token_ms: Some(first_token_ms), ..Plan::default() }
}

fn hedged(hedge_ms: u32) -> Plan {
    Plan { hedge_ms: Some(hedge_ms), ..Plan::default() }
}

fn causes(failures: &[Failure]) -> Vec<Cause> {
    failures.iter().map(|failure| failure.cause).collect()
}

fn answer(ended: Ended) -> (usize, Vec<Cause>) {
    let (node, failures) = ended.result.unwrap();
    (node, causes(&failures))
}

fn refusal(ended: Ended) -> Vec<Failure> {
    match ended.result {
        Err(Error::Failed(failures)) => failures,
        other => panic!("{other:?}"),
    }
}

/// Nodes that are asked once a request.
fn once(count: usize) -> World {
    let mut nodes = nodes(count);
    for node in &mut nodes {
        node.retry.attempts = 0;
    }
    World::new(nodes)
}

/// What the first of two nodes does; the second speaks.
fn first(behaviour: Behaviour) -> impl Fn(usize, Duration) -> Behaviour {
    move |node, _| if node == 0 { behaviour } else { Speaks(50) }
}

#[test]
fn a_failure_moves_down_the_chain() {
    for (behaviour, cause) in [
        (REFUSES, Cause::Unreachable),
        (Stalls, Cause::TimedOut),
        (Fails(Cause::Unauthorized, 5, None), Cause::Unauthorized),
        (Fails(Cause::InvalidRequest, 5, None), Cause::InvalidRequest),
        (Fails(Cause::RateLimited, 5, Some(60_000)), Cause::RateLimited),
    ] {
        assert_eq!(answer(once(2).ask(&Plan::default(), ms(0), first(behaviour))), (1, vec![cause]));
    }
}

#[test]
fn a_fault_of_the_request_ends_it() {
    let nodes = nodes(2);
    let mut health = Health::new(&nodes, Memory::Process);
    let targets = (0..2).map(|node| Target { node, model: String::new() });
    let mut walk = Walk::new(&nodes, targets, Vec::new(), &Plan::default(), ms(0));
    let Step::Ask(ask) = walk.next(&mut health, ms(0), 0.5) else { panic!() };
    walk.fail(ask.id, Failure::invalid_request("`messages` is empty"), &mut health, ms(0), 0.5);
    let Step::GiveUp(Error::Failed(failures)) = walk.next(&mut health, ms(0), 0.5) else { panic!() };
    assert_eq!(causes(&failures), [Cause::InvalidRequest]);
}

#[test]
fn what_a_moment_heals_is_retried_where_it_failed() {
    let recovers = |node, now| if node == 0 && now >= ms(2) { Speaks(50) } else { REFUSES };
    let mut world = World::new(nodes(2));
    assert_eq!(answer(world.ask(&Plan::default(), ms(0), recovers)), (0, vec![Cause::Unreachable]));
    let ended = World::new(nodes(1)).ask(&Plan::default(), ms(0), |_, _| REFUSES);
    assert!(ended.took <= ms(3 + 100 + 200), "{:?}", ended.took);
    assert_eq!(refusal(ended).len(), 3);
}

/// A server with too much to do is spared while another is left, and asked again when it's the only one.
#[test]
fn overload_is_retried_only_at_the_last_target() {
    let overloaded = Fails(Cause::Overloaded, 5, None);
    let mut world = World::new(nodes(2));
    assert_eq!(answer(world.ask(&Plan::default(), ms(0), first(overloaded))), (1, vec![Cause::Overloaded]));
    let recovers = |_, now| if now > ms(0) { Speaks(50) } else { overloaded };
    let mut world = World::new(nodes(1));
    assert_eq!(answer(world.ask(&Plan::default(), ms(0), recovers)), (0, vec![Cause::Overloaded]));
}

#[test]
fn retry_after_is_waited_for_where_there_is_time() {
    let limited_for = |wait: u32| {
        move |_: usize, now: Duration| {
            let until = ms(u64::from(wait));
            if now > until { Speaks(50) } else { Fails(Cause::RateLimited, 5, Some(wait)) }
        }
    };
    let ended = World::new(nodes(1)).ask(&Plan::default(), ms(0), limited_for(3_000));
    assert!((ms(3_000)..ms(3_200)).contains(&ended.took), "{:?}", ended.took);
    assert_eq!(answer(ended), (0, vec![Cause::RateLimited]));
    // The node's limit on a first token is 4 s.
    let ended = World::new(nodes(1)).ask(&Plan::default(), ms(0), limited_for(5_000));
    assert_eq!(ended.took, ms(5));
    assert_eq!(refusal(ended).last().and_then(|failure| failure.retry_after_ms), Some(5_000));
    let ended = World::new(nodes(1)).ask(&limited(2_000), ms(0), limited_for(3_000));
    assert_eq!(ended.took, ms(5));
}

#[test]
fn an_open_breaker_costs_nothing_and_is_listed() {
    let mut world = once(2);
    for at in 0..5 {
        assert_eq!(refusal(world.ask(&Plan::default(), ms(at * 10), |_, _| REFUSES)).len(), 2);
    }
    let asked = world.asked.len();
    let ended = world.ask(&Plan::default(), ms(100), |_, _| REFUSES);
    assert_eq!(ended.took, Duration::ZERO);
    let failures = refusal(ended);
    assert_eq!(causes(&failures), [Cause::CircuitOpen, Cause::CircuitOpen]);
    let targets: Vec<&str> = failures.iter().map(|failure| failure.target.as_str()).collect();
    assert_eq!(targets, ["http://node-0/v1", "http://node-1/v1"]);
    assert!(failures.iter().all(|failure| failure.retryable && failure.retry_after_ms > Some(4_000)));
    assert_eq!(world.asked.len(), asked);
}

#[test]
fn a_node_without_a_breaker_is_asked_whatever_happened() {
    let mut nodes = nodes(1);
    (nodes[0].breaker.enabled, nodes[0].retry.attempts) = (false, 0);
    let mut world = World::new(nodes);
    for at in 0..20 {
        assert_eq!(
            causes(&refusal(world.ask(&Plan::default(), ms(at), |_, _| REFUSES))),
            [Cause::Unreachable]
        );
    }
}

#[test]
fn a_limit_on_the_whole_is_shared_out() {
    let ended = once(3).ask(&limited(3_000), ms(0), |node, _| if node == 2 { Speaks(900) } else { Stalls });
    assert_eq!(ended.took, ms(2_900));
    let (node, failures) = ended.result.unwrap();
    assert_eq!((node, causes(&failures)), (2, vec![Cause::TimedOut; 2]));
    assert!(
        failures[0].message.contains("within 1000 ms, its share of the request's 3000 ms"),
        "{}",
        failures[0]
    );
    // What a target doesn't use is the others'.
    let quick = |node, _| [REFUSES, Stalls, Speaks(1_400)][node];
    assert_eq!(
        answer(once(3).ask(&limited(3_000), ms(0), quick)),
        (2, vec![Cause::Unreachable, Cause::TimedOut])
    );
    assert_eq!(once(3).ask(&limited(3_000), ms(0), |_, _| Stalls).took, ms(3_000));
}

#[test]
fn a_hedge_answers_for_a_silent_target() {
    let mut world = World::new(nodes(2));
    let ended = world.ask(&hedged(200), ms(0), first(Stalls));
    assert_eq!(ended.took, ms(250));
    assert_eq!(answer(ended), (1, vec![]));
    // Whoever speaks first wins, and who speaks in time is asked alone.
    assert_eq!(answer(world.ask(&hedged(200), ms(1_000), first(Speaks(220)))), (0, vec![]));
    let asked = world.asked.len();
    assert_eq!(answer(world.ask(&hedged(200), ms(2_000), first(Speaks(190)))), (0, vec![]));
    assert_eq!(world.asked.len(), asked + 1);
}

#[test]
fn a_node_has_a_hedge_of_its_own_and_the_request_may_say_otherwise() {
    let mut nodes = nodes(2);
    nodes[0].hedge_ms = Some(300);
    let mut world = World::new(nodes);
    assert_eq!(world.ask(&Plan::default(), ms(0), first(Stalls)).took, ms(350));
    assert_eq!(world.ask(&hedged(100), ms(1_000), first(Stalls)).took, ms(150));
}

#[test]
fn hedges_end_with_their_budget_and_a_target_always_outrun_is_left_alone() {
    let mut world = World::new(nodes(2));
    world.nodes[0].breaker.enabled = false;
    world.health = Health::new(&world.nodes, Memory::Process);
    let ends: Vec<Ended> =
        (0..30).map(|at| world.ask(&hedged(200), ms(at * 10_000), first(Stalls))).collect();
    let hedged_calls = ends.iter().filter(|ended| ended.took == ms(250)).count();
    assert!((10..18).contains(&hedged_calls), "ten in reserve, and a fifth of the calls: {hedged_calls}");

    let mut world = World::new(nodes(2));
    for at in 0..10 {
        assert_eq!(world.ask(&hedged(200), ms(at * 1_000), first(Stalls)).took, ms(250));
    }
    let ended = world.ask(&hedged(200), ms(10_000), first(Stalls));
    assert_eq!(ended.took, ms(50));
    assert_eq!(answer(ended), (1, vec![Cause::CircuitOpen]));
}

#[test]
fn a_request_that_is_given_up_gives_its_probe_back() {
    let nodes = nodes(1);
    let mut health = Health::new(&nodes, Memory::Process);
    health.hear(&[("http://node-0/v1".into(), 100)], ms(0));
    let walk = || {
        let target = Target { node: 0, model: String::new() };
        Walk::new(&nodes, [target], Vec::new(), &Plan::default(), ms(100))
    };
    let mut probing = walk();
    assert!(matches!(probing.next(&mut health, ms(100), 0.5), Step::Ask(_)));
    assert!(matches!(walk().next(&mut health, ms(100), 0.5), Step::GiveUp(_)));
    probing.cancel(&mut health, ms(200));
    assert!(matches!(walk().next(&mut health, ms(200), 0.5), Step::Ask(_)));
}

/// Its counters end with it, so an outage that a short-lived memory has seen must not wait for five failures in a row.
#[test]
fn an_instance_reports_the_outage_that_its_only_request_met() {
    for (behaviour, open) in [(REFUSES, true), (Stalls, true), (Fails(Cause::Refused, 5, None), false)] {
        let mut world = World::new(nodes(1));
        world.health = Health::new(&world.nodes, Memory::Instance);
        assert!(!refusal(world.ask(&Plan::default(), ms(0), |_, _| behaviour)).is_empty());
        assert_eq!(!world.health.admits(0, ms(4_100)), open, "{behaviour:?}");
    }
    let mut world = World::new(nodes(1));
    world.health = Health::new(&world.nodes, Memory::Instance);
    assert_eq!(answer(world.ask(&Plan::default(), ms(0), |_, _| Speaks(5))), (0, vec![]));
    assert_eq!(refusal(world.ask(&Plan::default(), ms(10), |_, _| REFUSES)).len(), 3);
    assert!(world.health.admits(0, ms(1_000)), "it has answered before");
}
