//! Sums over a store in memory, and what a report makes of them.

use std::sync::Arc;

use gusset_types::{Cost, Usage};
use serde_json::{Value, json};

use super::*;
use crate::Error;
use crate::calendar::{Day, parse_time};
use crate::memory::Memory;

const NOW: &str = "2026-11-24T09:00:30Z";

fn now() -> u64 {
    parse_time(NOW).unwrap()
}

fn entry(feature: Option<&str>, user: &str, model: &str, nanodollars: Option<u64>) -> Entry {
    Entry {
        names: Names::new("web", feature, Some(user), model),
        usage: Usage {
            prompt_tokens: 10,
            completion_tokens: 5,
            cached_read_tokens: 4,
            cached_write_tokens: 1,
            reasoning_tokens: 2,
        },
        cost: nanodollars.map(Cost::from_nanodollars),
    }
}

fn report(store: &Memory, query: &str) -> Value {
    let report = Report::parse(query, now()).unwrap();
    report.answer(Journal::new(store, "acme").read(report.from, report.to).unwrap())
}

#[test]
fn calls_are_summed_up_by_what_is_asked() {
    let store = Memory::default();
    let journal = Journal::new(&store, "acme");
    let today = Day::of(now());
    journal.record(today, &entry(Some("chat"), "a", "small", Some(1_000))).unwrap();
    journal.record(today, &entry(Some("chat"), "b", "large", Some(500_000))).unwrap();
    journal.record(today, &entry(None, "a", "new", None)).unwrap();
    journal.record(Day(today.0 - 1), &entry(Some("chat"), "a", "small", Some(2_000))).unwrap();
    Journal::new(&store, "other").record(today, &entry(None, "z", "small", Some(9))).unwrap();

    let by_model = report(&store, "by=model&from=2026-11-24");
    assert_eq!(
        by_model["data"][0],
        json!({
            "model": "large",
            "requests": 1,
            "tokens": {"prompt": 5, "completion": 3, "cached_read": 4, "cached_write": 1, "reasoning": 2},
            "cost_usd": 0.0005,
            "requests_without_price": 0,
            "note": null,
        })
    );
    assert_eq!(by_model["data"][2]["cost_usd"], Value::Null);
    assert_eq!(by_model["data"][2]["note"], "no call has a known price");
    assert_eq!(by_model["total"]["requests"], 3);
    assert_eq!(by_model["total"]["cost_usd"], 0.000501);
    assert_eq!(by_model["total"]["note"], "the cost leaves out 1 calls without a known price");

    let by_feature = report(&store, "by=feature");
    assert_eq!((&by_feature["from"], &by_feature["to"]), (&json!("2026-11-01"), &json!("2026-11-24")));
    assert_eq!(
        (&by_feature["data"][0]["feature"], &by_feature["data"][0]["requests"]),
        (&json!("chat"), &json!(3))
    );
    assert_eq!(by_feature["data"][1]["feature"], Value::Null);
    assert_eq!(report(&store, "by=user")["data"][1]["user"], "a");
    assert_eq!(report(&store, "by=key")["data"][0]["key"], "web");
}

#[test]
fn nothing_used_is_nothing_and_costs_nothing() {
    let empty = report(&Memory::default(), "");
    assert_eq!((&empty["data"], &empty["total"]["cost_usd"]), (&json!([]), &json!(0.0)));
}

#[test]
fn a_question_that_cannot_be_is_named() {
    let check = |query: &str, param: &str| match Report::parse(query, now()) {
        Err(Error::InvalidField { param: p, .. }) => assert_eq!(p, param, "{query}"),
        other => panic!("{other:?}"),
    };
    check("by=tenant", "by");
    check("from=yesterday", "from");
    check("from=2026-08-23", "from");
    check("to=2026-11-25", "to");
    check("from=2026-11-20&to=2026-11-19", "to");
    assert!(Report::parse("from=2026-08-24", now()).is_ok());
}

#[test]
fn a_call_costs_a_look_and_a_swap() {
    let store = Memory::default();
    Journal::new(&store, "acme").record(Day::of(now()), &entry(None, "a", "m", None)).unwrap();
    assert_eq!(store.trips(), (1, 1, 0));
}

#[test]
fn a_days_keys_and_rows_are_bounded_and_no_call_is_lost() {
    let store = Memory::default();
    let journal = Journal::new(&store, "acme");
    let today = Day::of(now());
    for user in 0..3000 {
        journal.record(today, &entry(Some("chat"), &format!("u{user}"), "small", Some(1))).unwrap();
    }
    assert_eq!(store.keys().len(), 16);
    let rows = journal.read(today, today).unwrap();
    assert!(rows.len() <= 16 * 65, "{}", rows.len());
    let by_user = report(&store, "by=user");
    assert_eq!(by_user["total"]["requests"], 3000);
    assert_eq!(by_user["data"][0]["user"], OTHER);
    let by_feature = report(&store, "by=feature");
    assert_eq!(by_feature["data"][0]["feature"], "chat");
    assert_eq!(by_feature["data"][0]["requests"], 3000);
}

#[test]
fn a_day_takes_the_place_of_one_a_quarter_ago() {
    let store = Memory::default();
    let journal = Journal::new(&store, "acme");
    let today = Day::of(now());
    let old = Day(today.0 - DAYS);
    journal.record(old, &entry(None, "a", "m", Some(7))).unwrap();
    journal.record(today, &entry(None, "a", "m", Some(5))).unwrap();
    journal.record(old, &entry(None, "a", "m", Some(7))).unwrap();
    assert_eq!(store.keys().len(), 1);
    assert_eq!(report(&store, "from=2026-11-24")["total"]["cost_usd"], 5e-9);
    assert!(journal.read(old, old).unwrap().is_empty());
}

#[test]
fn concurrent_calls_are_all_counted() {
    const CALLS: u64 = 64;
    let store = Arc::new(Memory::with_gate(64));
    let threads: Vec<_> = (0..CALLS)
        .map(|_| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || {
                Journal::new(&*store, "acme").record(Day::of(now()), &entry(None, "a", "m", Some(3)))
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
    let store = Arc::into_inner(store).unwrap();
    let total = &report(&store, "")["total"];
    assert_eq!((&total["requests"], &total["cost_usd"]), (&json!(CALLS), &json!(1.92e-7)));
}

#[test]
fn a_long_name_is_cut_where_a_character_ends() {
    let names = Names::new(&"é".repeat(100), None, None, "m");
    assert_eq!(names.key, "é".repeat(64));
}
