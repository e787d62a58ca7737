//! Budgets over a store in memory: each limit, windows, expiry, and calls at once.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Barrier, Mutex};

use gusset_types::Cost;
use proptest::prelude::*;

use super::*;
use crate::Error;
use crate::calendar::parse_time;
use crate::memory::{Job, Memory};

/// A Tuesday, half a minute past nine.
const NOW: &str = "2026-11-24T09:00:30Z";

fn at(text: &str) -> u64 {
    parse_time(text).unwrap()
}

fn rules(json: &str) -> Rules {
    Rules::parse(json).unwrap()
}

fn subject() -> Subject<'static> {
    Subject {
        tenant: "acme",
        key: "web",
        feature: Some("support"),
        user: Some("u-1"),
        model: "small",
        endpoint: "/v1/chat/completions",
    }
}

fn counts(json: &str) -> Vec<Count> {
    rules(json).counts(&subject(), &Limits::default())
}

/// A call of so many tokens and nano-dollars.
fn call(tokens: u64, nanodollars: u64) -> Estimate {
    Estimate { model: "small".into(), tokens, cost: Some(Cost::from_nanodollars(nanodollars)) }
}

fn used(tokens: u64, nanodollars: u64) -> Actual {
    Actual { tokens, cost: Some(Cost::from_nanodollars(nanodollars)) }
}

fn exceeded(result: Result<Reservation, Error>) -> Exceeded {
    match result {
        Err(Error::BudgetExceeded(exceeded)) => *exceeded,
        other => panic!("{other:?}"),
    }
}

const MONEY: &str = r#"[{"name":"daily","usd_per_day":0.000001}]"#;

#[test]
fn each_limit_is_kept_and_says_what_was_exceeded() {
    let check = |json: &str, measure, limit, reset: &str, words: &str| {
        let (store, counts) = (Memory::default(), counts(json));
        let desk = Desk::new(&store);
        desk.reserve(&counts, &call(60, 600), at(NOW)).map(drop).unwrap();
        let refused = exceeded(desk.reserve(&counts, &call(60, 600), at(NOW)));
        assert_eq!((refused.measure, refused.limit, refused.reset), (measure, limit, at(reset)));
        let text = refused.to_string();
        assert!(
            text.contains(words) && text.contains(reset) && text.contains("`b` of tenant `acme`"),
            "{text}"
        );
    };
    let minute = "2026-11-24T09:01:00Z";
    check(
        r#"[{"name":"b","requests_per_minute":1}]"#,
        Measure::RequestsPerMinute,
        1,
        minute,
        "1 requests a minute",
    );
    check(
        r#"[{"name":"b","tokens_per_minute":100}]"#,
        Measure::TokensPerMinute,
        100,
        minute,
        "100 tokens a minute",
    );
    check(
        r#"[{"name":"b","usd_per_day":0.000001}]"#,
        Measure::UsdPerDay,
        1000,
        "2026-11-25T00:00:00Z",
        "Used and reserved: $0.0000006; this call may use $0.0000006",
    );
    check(
        r#"[{"name":"b","usd_per_month":0.000001}]"#,
        Measure::UsdPerMonth,
        1000,
        "2026-12-01T00:00:00Z",
        "allows $0.000001 a month",
    );
}

#[test]
fn a_window_ends_in_utc() {
    let check = |json: &str, before: &str, after: &str| {
        let (store, counts) = (Memory::default(), counts(json));
        let desk = Desk::new(&store);
        let held = desk.reserve(&counts, &call(60, 600), at(NOW)).unwrap();
        desk.settle(held, used(60, 600), at(NOW)).unwrap();
        let refused = exceeded(desk.reserve(&counts, &call(60, 600), at(before)));
        assert_eq!(refused.retry_after, at(after) - at(before), "{json}");
        desk.reserve(&counts, &call(60, 600), at(after)).map(drop).unwrap();
    };
    check(r#"[{"name":"b","requests_per_minute":1}]"#, "2026-11-24T09:00:59Z", "2026-11-24T09:01:00Z");
    check(r#"[{"name":"b","tokens_per_minute":100}]"#, "2026-11-24T09:00:59Z", "2026-11-24T09:01:00Z");
    check(MONEY, "2026-11-24T23:59:59Z", "2026-11-25T00:00:00Z");
    check(r#"[{"name":"b","usd_per_month":0.000001}]"#, "2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z");
}

#[test]
fn what_is_used_replaces_what_was_reserved() {
    let (store, counts) = (Memory::default(), counts(MONEY));
    let desk = Desk::new(&store);
    let held = desk.reserve(&counts, &call(0, 1000), at(NOW)).unwrap();
    // All is held by a call in progress: it is worth coming back soon.
    assert_eq!(exceeded(desk.reserve(&counts, &call(0, 1), at(NOW))).retry_after, 2);
    desk.settle(held, used(0, 250), at(NOW)).unwrap();
    assert_eq!(exceeded(desk.reserve(&counts, &call(0, 751), at(NOW))).used, 250);
    let rest = desk.reserve(&counts, &call(0, 750), at(NOW)).unwrap();
    // More than was reserved counts as it was.
    desk.settle(rest, used(0, 900), at(NOW)).unwrap();
    assert_eq!(exceeded(desk.reserve(&counts, &call(0, 1), at(NOW))).used, 1150);
}

#[test]
fn an_unknown_cost_is_charged_as_reserved() {
    let (store, counts) = (Memory::default(), counts(MONEY));
    let desk = Desk::new(&store);
    let held = desk.reserve(&counts, &call(0, 400), at(NOW)).unwrap();
    desk.settle(held, Actual { tokens: 9, cost: None }, at(NOW)).unwrap();
    assert_eq!(exceeded(desk.reserve(&counts, &call(0, 601), at(NOW))).used, 400);
}

#[test]
fn a_call_belongs_to_the_windows_it_began_in() {
    let json = r#"[{"name":"b","tokens_per_minute":100,"usd_per_day":0.000001,"usd_per_month":0.000002}]"#;
    let (store, counts) = (Memory::default(), counts(json));
    let desk = Desk::new(&store);
    let held = desk.reserve(&counts, &call(100, 1000), at("2026-11-24T23:59:59Z")).unwrap();
    // The next day has its own thousand, of which the month leaves as much.
    let next = desk.reserve(&counts, &call(100, 1000), at("2026-11-25T00:00:01Z")).unwrap();
    desk.settle(held, used(100, 600), at("2026-11-25T00:00:02Z")).unwrap();
    desk.settle(next, used(10, 100), at("2026-11-25T00:00:03Z")).unwrap();
    let day = exceeded(desk.reserve(&counts, &call(0, 901), at("2026-11-25T09:00:00Z")));
    assert_eq!((day.measure, day.used), (Measure::UsdPerDay, 100));
    let held = desk.reserve(&counts, &call(0, 900), at("2026-11-25T09:00:00Z")).unwrap();
    desk.settle(held, used(0, 900), at("2026-11-25T09:00:00Z")).unwrap();
    let month = exceeded(desk.reserve(&counts, &call(0, 401), at("2026-11-26T09:00:00Z")));
    assert_eq!((month.measure, month.used), (Measure::UsdPerMonth, 1600));
}

#[test]
fn what_nobody_settles_expires() {
    let (store, counts) = (Memory::default(), counts(MONEY));
    let desk = Desk::new(&store);
    let lost = desk.reserve(&counts, &call(0, 1000), at("2026-11-24T09:00:00Z")).unwrap();
    exceeded(desk.reserve(&counts, &call(0, 1000), at("2026-11-24T09:14:59Z")));
    let held = desk.reserve(&counts, &call(0, 1000), at("2026-11-24T09:15:00Z")).unwrap();
    // Late is not never: what it used counts, and nobody else's reservation is touched.
    desk.settle(lost, used(0, 10), at("2026-11-24T09:16:00Z")).unwrap();
    assert_eq!(exceeded(desk.reserve(&counts, &call(0, 1), at("2026-11-24T09:16:00Z"))).used, 1010);
    desk.settle(held, used(0, 0), at("2026-11-24T09:16:00Z")).unwrap();
    assert_eq!(exceeded(desk.reserve(&counts, &call(0, 991), at("2026-11-24T09:16:00Z"))).used, 10);
}

#[test]
fn a_clock_that_is_behind_opens_no_window_again() {
    let (store, counts) = (Memory::default(), counts(r#"[{"name":"b","requests_per_minute":1}]"#));
    let desk = Desk::new(&store);
    desk.reserve(&counts, &call(0, 0), at("2026-11-24T09:01:00Z")).map(drop).unwrap();
    let refused = exceeded(desk.reserve(&counts, &call(0, 0), at("2026-11-24T09:00:59Z")));
    assert_eq!(refused.reset, at("2026-11-24T09:02:00Z"));
}

#[test]
fn a_call_that_one_budget_refuses_counts_in_none() {
    let json = r#"[
        {"name":"team","per":"tenant","requests_per_minute":2},
        {"name":"each","per":"user","requests_per_minute":1}
    ]"#;
    let (store, rules) = (Memory::default(), rules(json));
    let desk = Desk::new(&store);
    let of = |user| rules.counts(&Subject { user: Some(user), ..subject() }, &Limits::default());
    let one = call(5, 5);
    desk.reserve(&of("a"), &one, at(NOW)).map(drop).unwrap();
    for _ in 0..3 {
        let refused = exceeded(desk.reserve(&of("a"), &one, at(NOW)));
        assert_eq!((refused.budget.as_str(), refused.subject.as_str()), ("each", "user `a`"));
    }
    desk.reserve(&of("b"), &one, at(NOW)).map(drop).unwrap();
    assert_eq!(exceeded(desk.reserve(&of("c"), &one, at(NOW))).budget, "team");
}

#[test]
fn rules_hold_for_what_they_match() {
    let check = |json: &str, expected: &[&str]| {
        let of: Vec<String> = counts(json).into_iter().map(|count| count.subject).collect();
        assert_eq!(of, expected, "{json}");
    };
    check(r#"[{"name":"b","requests_per_minute":1,"match":{"tenant":"other"}}]"#, &[]);
    check(
        r#"[{"name":"b","requests_per_minute":1,"match":{"model":["sm*"],"feature":["support"]}}]"#,
        &["tenant `acme`"],
    );
    check(r#"[{"name":"b","requests_per_minute":1,"per":"key"}]"#, &["key `web`"]);
    check(r#"[{"name":"b","requests_per_minute":1,"per":"feature"}]"#, &["feature `support`"]);
    let nobody = Subject { user: None, ..subject() };
    let per_user = rules(r#"[{"name":"b","requests_per_minute":1,"per":"user"}]"#);
    assert_eq!(per_user.counts(&nobody, &Limits::default())[0].subject, "calls without a user");
    let own = Limits { requests_per_minute: Some(1), ..Limits::default() };
    let of_key = per_user.counts(&subject(), &own);
    assert_eq!(of_key.iter().map(|c| c.budget.as_str()).collect::<Vec<_>>(), ["key web", "b"]);
}

#[test]
fn rules_that_cannot_be_are_named() {
    let check = |json: &str, expected: &str| {
        let problem = Rules::parse(json).unwrap_err();
        assert!(problem.contains(expected), "{problem}");
    };
    check("{}", "is no list of budgets");
    check(r#"[{"name":"b"}]"#, "[0].name is `b`, which limits nothing; give it `requests_per_minute`");
    check(r#"[{"requests_per_minute":1}]"#, "missing field `name`");
    check(r#"[{"name":"b","usd_per_day":-1}]"#, "[0].usd_per_day is -1");
    check(r#"[{"name":"b","usd_per_year":1}]"#, "usd_per_year");
    check(
        r#"[{"name":"b","requests_per_minute":1,"match":{"user":["a*b"]}}]"#,
        "[0].match.user has the pattern `a*b`",
    );
    let two = r#"{"name":"b","requests_per_minute":1}"#;
    check(&format!("[{two},{two}]"), "[1].name is `b` again");
}

#[test]
fn without_a_price_spending_cannot_be_kept() {
    let store = Memory::default();
    let unknown = Estimate { cost: None, ..call(5, 0) };
    let refused = Desk::new(&store).reserve(&counts(MONEY), &unknown, at(NOW)).unwrap_err();
    assert_eq!(refused, Error::Unpriced { budget: "daily".into(), model: "small".into() });
    assert!(refused.to_string().contains("`[[models]]`"));
    let allowed = r#"[{"name":"daily","usd_per_day":1,"unpriced":"allow"}]"#;
    Desk::new(&store).reserve(&counts(allowed), &unknown, at(NOW)).map(drop).unwrap();
    let tokens = r#"[{"name":"b","tokens_per_minute":10}]"#;
    Desk::new(&store).reserve(&counts(tokens), &unknown, at(NOW)).map(drop).unwrap();
}

#[test]
fn a_call_larger_than_its_budget_is_told_so() {
    let store = Memory::default();
    let refused = exceeded(Desk::new(&store).reserve(&counts(MONEY), &call(0, 1001), at(NOW)));
    assert!(refused.to_string().contains("This call alone may use $0.000001001"), "{refused}");
}

#[test]
fn a_budget_costs_a_look_and_a_swap_and_none_costs_nothing() {
    let store = Memory::default();
    let desk = Desk::new(&store);
    let free = desk.reserve(&[], &call(5, 5), at(NOW)).unwrap();
    assert!(free.is_empty());
    desk.settle(free, used(5, 5), at(NOW)).unwrap();
    assert_eq!(store.trips(), (0, 0, 0));
    let three = r#"[
        {"name":"a","requests_per_minute":9},
        {"name":"b","usd_per_day":1},
        {"name":"c","tokens_per_minute":99}
    ]"#;
    let held = desk.reserve(&counts(three), &call(5, 5), at(NOW)).unwrap();
    assert_eq!(store.trips(), (1, 1, 0));
    desk.settle(held, used(5, 5), at(NOW)).unwrap();
    assert_eq!(store.trips(), (1, 1, 0));
    assert_eq!(store.keys(), ["acme/budgets/tenant"]);
    exceeded(desk.reserve(&counts(three), &call(99, 5), at(NOW)));
    assert_eq!(store.trips(), (1, 0, 0), "a refused call writes nothing");
}

#[test]
fn a_count_stays_small_and_forgets_old_budgets() {
    let store = Memory::default();
    let desk = Desk::new(&store);
    let size = || crate::files::Store::get(&store, "acme/budgets/tenant").unwrap().unwrap().len();
    let start = at(NOW);
    for second in 0..3600 {
        desk.reserve(&counts(r#"[{"name":"old","usd_per_month":1}]"#), &call(3, 3), start + second)
            .map(drop)
            .unwrap();
    }
    assert!(size() < 1000, "{}", size());
    let later = at("2027-01-05T00:00:00Z");
    let new = counts(r#"[{"name":"new","usd_per_month":1}]"#);
    let held = desk.reserve(&new, &call(3, 3), later).unwrap();
    desk.settle(held, used(3, 3), later).unwrap();
    let text = crate::files::Store::get(&store, "acme/budgets/tenant").unwrap().unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains("old"), "{text}");
}

/// Sixty-four calls that all look before any of them writes: the worst that can meet in one value.
#[test]
fn sixty_four_concurrent_calls_spend_what_there_is_and_no_more() {
    const CALLS: usize = 64;
    const FIT: usize = 10;
    let store = Arc::new(Memory::with_gate(CALLS));
    let counts = Arc::new(counts(r#"[{"name":"b","usd_per_day":0.00001}]"#));
    let reserve = |_| {
        let (store, counts) = (Arc::clone(&store), Arc::clone(&counts));
        std::thread::spawn(move || Desk::new(&*store).reserve(&counts, &call(7, 1000), at(NOW)))
    };
    let threads: Vec<_> = (0..CALLS).map(reserve).collect();
    let results: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let (held, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((held.len(), refused.len()), (FIT, CALLS - FIT));
    refused.into_iter().for_each(|result| assert_eq!(exceeded(result).limit, 10_000));
    // Each lost swap is one that another won: the losses are bounded by the wins there can be.
    assert!(store.lost.load(SeqCst) <= (CALLS * FIT) as u64);

    let mut store = Arc::into_inner(store).unwrap();
    store.gate = Some(Barrier::new(FIT));
    let store = Arc::new(store);
    let settle = |held: Result<Reservation, Error>| {
        let store = Arc::clone(&store);
        std::thread::spawn(move || Desk::new(&*store).settle(held.unwrap(), used(7, 400), at(NOW)))
    };
    let threads: Vec<_> = held.into_iter().map(settle).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap().unwrap());

    let mut store = Arc::into_inner(store).unwrap();
    store.gate = None;
    let desk = Desk::new(&store);
    desk.reserve(&counts, &call(7, 6000), at(NOW)).map(drop).unwrap();
    assert_eq!(exceeded(desk.reserve(&counts, &call(7, 1), at(NOW))).used, 10_000);
}

/// Every one of sixty-four gets in where there is room for all, though each loses to all before it.
#[test]
fn sixty_four_concurrent_calls_all_get_through() {
    const CALLS: usize = 64;
    let store = Arc::new(Memory::with_gate(CALLS));
    let counts = Arc::new(counts(r#"[{"name":"b","requests_per_minute":64}]"#));
    let threads: Vec<_> = (0..CALLS)
        .map(|_| {
            let (store, counts) = (Arc::clone(&store), Arc::clone(&counts));
            std::thread::spawn(move || Desk::new(&*store).reserve(&counts, &call(1, 0), at(NOW)).map(drop))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
    assert!(store.lost.load(SeqCst) <= (CALLS * (CALLS - 1) / 2) as u64);
}

/// What a schedule does with its calls.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Settle(u64),
    Cancel,
    Lose,
}

/// What became of the calls of a schedule.
#[derive(Default)]
struct Tally {
    held: Vec<(Reservation, u64, Fate)>,
    /// Reserved and not settled.
    reserved: u64,
    spent: u64,
    broken: bool,
}

fn begin(store: &Memory, counts: &[Count], limit: u64, cost: u64, fate: Fate, tally: &Mutex<Tally>) {
    match Desk::new(store).reserve(counts, &call(1, cost), at(NOW)) {
        Ok(held) => {
            let mut tally = tally.lock().unwrap();
            tally.held.push((held, cost, fate));
            tally.reserved += cost;
            tally.broken |= tally.reserved + tally.spent > limit;
        }
        Err(Error::BudgetExceeded(exceeded)) => assert!(exceeded.used + cost > limit),
        Err(other) => panic!("{other}"),
    }
}

fn finish(store: &Memory, tally: &Mutex<Tally>) {
    let Some((held, cost, fate)) = tally.lock().unwrap().held.pop() else { return };
    let desk = Desk::new(store);
    let spent = match fate {
        Fate::Settle(part) => {
            desk.settle(held, used(1, part.min(cost)), at(NOW)).unwrap();
            part.min(cost)
        }
        Fate::Cancel => {
            desk.cancel(held, at(NOW)).unwrap();
            0
        }
        // Nobody settles it: it stays reserved.
        Fate::Lose => return,
    };
    let mut tally = tally.lock().unwrap();
    tally.reserved -= cost;
    tally.spent += spent;
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![(0_u64..400).prop_map(Fate::Settle), Just(Fate::Cancel), Just(Fate::Lose)]
}

proptest! {
    /// However calls interleave between a look and its swap: what is spent and reserved never exceeds the limit, and the count ends
    /// where the calls' sum does.
    #[test]
    fn no_schedule_overspends(
        limit in 0_u64..1500,
        calls in prop::collection::vec((1_u64..400, fate()), 1..24),
        rivals in prop::collection::vec(prop_oneof![Just(0), Just(1), Just(2)], 0..48),
    ) {
        let store = Memory::default();
        let counts: Arc<Vec<Count>> = Arc::new(counts(r#"[{"name":"b","usd_per_day":1}]"#))
            .iter()
            .map(|count| {
                let limits = Limits { usd_per_day: Some(Cost::from_nanodollars(limit)), ..Limits::default() };
                Count { limits, ..count.clone() }
            })
            .collect::<Vec<_>>()
            .into();
        let tally = Arc::new(Mutex::new(Tally::default()));
        let queue = Arc::new(Mutex::new(calls));
        let next = |queue: &Mutex<Vec<(u64, Fate)>>| queue.lock().unwrap().pop();
        for rival in rivals {
            let (queue, tally, counts) = (Arc::clone(&queue), Arc::clone(&tally), Arc::clone(&counts));
            let job: Option<Job> = match rival {
                0 => None,
                1 => Some(Box::new(move |store: &Memory| {
                    let call = queue.lock().unwrap().pop();
                    if let Some((cost, fate)) = call {
                        begin(store, &counts, limit, cost, fate, &tally);
                    }
                })),
                _ => Some(Box::new(move |store: &Memory| finish(store, &tally))),
            };
            store.rivals.lock().unwrap().push_back(job);
        }
        while let Some((cost, fate)) = next(&queue) {
            begin(&store, &counts, limit, cost, fate, &tally);
            if cost % 2 == 0 {
                finish(&store, &tally);
            }
        }
        while !tally.lock().unwrap().held.is_empty() {
            finish(&store, &tally);
        }
        store.rivals.lock().unwrap().clear();
        let tally = tally.lock().unwrap();
        prop_assert!(!tally.broken);
        let left = limit - tally.reserved - tally.spent;
        let desk = Desk::new(&store);
        prop_assert_eq!(exceeded(desk.reserve(&counts, &call(1, left + 1), at(NOW))).used, limit - left);
        prop_assert!(desk.reserve(&counts, &call(1, left), at(NOW)).is_ok());
    }
}
