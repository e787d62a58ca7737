//! What holds whatever the nodes do.

use super::world::{Asked, Behaviour, World, ms, nodes};
use gusset_generate::{Cause, Plan};
use proptest::prelude::*;
use std::time::Duration;

use Behaviour::{Fails, Speaks, Stalls};

fn fault() -> impl Strategy<Value = Behaviour> {
    let causes = prop::sample::select(vec![
        Cause::RateLimited,
        Cause::Overloaded,
        Cause::Unreachable,
        Cause::Interrupted,
        Cause::Malformed,
        Cause::Refused,
        Cause::InvalidRequest,
        Cause::UnknownModel,
        Cause::Unauthorized,
        Cause::TimedOut,
    ]);
    let after = prop::option::of(0u32..6_000);
    prop_oneof![(causes, 0u64..3_000, after).prop_map(|(c, t, after)| Fails(c, t, after)), Just(Stalls)]
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    prop_oneof![fault(), (0u64..6_000).prop_map(Speaks)]
}

fn plans() -> impl Strategy<Value = Plan> {
    (prop::option::of(1u32..20_000), prop::option::of(1u32..3_000))
        .prop_map(|(first_token_ms, hedge_ms)| Plan { first_token_ms, hedge_ms, ..Plan::default() })
}

/// What each node does, second by second, over and over.
fn scripts() -> impl Strategy<Value = Vec<Vec<Behaviour>>> {
    prop::collection::vec(prop::collection::vec(behaviour(), 1..8), 1..5)
}

fn arrivals() -> impl Strategy<Value = Vec<Duration>> {
    prop::collection::vec(0u64..1_500, 1..60).prop_map(|gaps| {
        let times = gaps.into_iter().scan(0, |now, gap| {
            *now += gap;
            Some(ms(*now))
        });
        times.collect()
    })
}

fn second(script: &[Behaviour], now: Duration) -> Behaviour {
    script[usize::try_from(now.as_secs()).unwrap() % script.len()]
}

/// Attempts at `node` that a request made after its first one there.
fn retries(asked: &[Asked], node: usize) -> usize {
    let mut seen = std::collections::HashSet::new();
    asked.iter().filter(|asked| asked.node == node && !seen.insert(asked.walk)).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_the_nodes_do(scripts in scripts(), arrivals in arrivals(), plan in plans()) {
        let mut world = World::new(nodes(scripts.len()));
        let ended = world.run(&arrivals, &plan, |node, now| second(&scripts[node], now));

        // Attempts and time are bounded: by each node's own limits, and by the plan's.
        let each = usize::try_from(1 + world.nodes[0].retry.attempts).unwrap();
        for (walk, ended) in ended.iter().enumerate() {
            let attempts = world.asked.iter().filter(|asked| asked.walk == walk).count();
            prop_assert!(attempts <= scripts.len() * each);
            let own = ms(2 * u64::from(world.nodes[0].first_token_ms));
            let limit = plan.first_token_ms.map_or(Duration::MAX, |limit| ms(limit.into()));
            let bound = (own * u32::try_from(scripts.len()).unwrap()).min(limit);
            prop_assert!(ended.took <= bound, "{:?} > {bound:?}", ended.took);
        }

        for node in 0..scripts.len() {
            let here: Vec<&Asked> = world.asked.iter().filter(|asked| asked.node == node).collect();
            // No retry without budget.
            let retry = world.nodes[node].retry;
            let firsts = here.len() - retries(&world.asked, node);
            let budget = f64::from(retry.reserve) + f64::from(retry.share) * firsts as f64;
            prop_assert!(retries(&world.asked, node) as f64 <= budget);
            // One probe at a time.
            let probes: Vec<_> = here.iter().filter(|asked| !asked.closed).collect();
            for pair in probes.windows(2) {
                prop_assert!(pair[0].ended <= pair[1].at, "two probes: {pair:?}");
            }
        }
    }

    /// With any one of the targets alive, the answer comes, whatever the others do.
    #[test]
    fn one_that_lives_is_enough(
        faults in prop::collection::vec(fault(), 0..6),
        place in any::<prop::sample::Index>(),
        hedge_ms in prop::option::of(1u32..3_000),
        in_all in any::<bool>(),
    ) {
        let mut behaviours = faults;
        let place = place.index(behaviours.len() + 1);
        behaviours.insert(place, Speaks(300));
        let count = u32::try_from(behaviours.len()).unwrap();
        // Each target's share is then at least what the living one needs.
        let plan = Plan { first_token_ms: in_all.then_some(count * 400), hedge_ms, ..Plan::default() };
        let mut world = World::new(nodes(behaviours.len()));
        let ended = world.ask(&plan, ms(0), |node, _| behaviours[node]);
        prop_assert_eq!(ended.result.unwrap().0, place);
    }

    /// An outage of the only target costs its callers one failure each time it is probed, and the others nothing.
    #[test]
    fn an_outage_costs_one_failure_a_probe(
        gap in 10u64..400,
        cause in prop::sample::select(vec![Cause::Unreachable, Cause::TimedOut, Cause::Overloaded]),
        takes in 1u64..3_000,
    ) {
        let mut world = World::new(nodes(1));
        let arrivals: Vec<Duration> = (0..600).map(|call| ms(call * gap)).collect();
        let (from, until) = (ms(0), ms(300 * gap));
        let ended = world.run(&arrivals, &Plan::default(), |_, now| {
            if (from..until).contains(&now) { Fails(cause, takes, None) } else { Speaks(20) }
        });
        // Before it opens: five failures, and the calls that were under way.
        let opened = world.asked.iter().find(|asked| !asked.closed).map_or(until, |asked| asked.at);
        let probes: Vec<&Asked> = world.asked.iter().filter(|asked| !asked.closed && asked.at < until).collect();
        for pair in probes.windows(2) {
            prop_assert!(pair[1].at >= pair[0].ended + ms(5_000), "{pair:?}");
        }
        for (at, ended) in arrivals.iter().zip(&ended) {
            let probe = probes.iter().any(|asked| asked.at == *at);
            if (opened..until).contains(at) && !probe {
                prop_assert_eq!(ended.took, Duration::ZERO);
            }
        }
        // It is found again: within the longest opening and a quarter, and what the last probe takes.
        let found = until + ms(75_000 + takes + gap + 20);
        for (at, ended) in arrivals.iter().zip(&ended).filter(|(at, _)| **at > found) {
            prop_assert!(ended.result.is_ok(), "still open at {at:?}");
        }
    }
}
