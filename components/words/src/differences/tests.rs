//! What blocks, and what must not.

use super::*;
use crate::words::words;

fn between(a: &str, b: &str) -> Option<Difference> {
    let (a, b) = (words(a), words(b));
    let found = difference(&a, &b);
    assert_eq!(found.is_some(), difference(&b, &a).is_some(), "a guard has no direction");
    found
}

#[test]
fn each_difference_blocks() {
    use Difference::*;
    for (a, b, expected) in [
        ("Is 10 km far?", "Is 12 km far?", Number),
        ("How do I boil two eggs?", "How do I boil 3 eggs?", Number),
        ("What is twenty five plus one hundred?", "What is twenty six plus one hundred?", Number),
        ("Who was Henry IV?", "Who was Henry VI?", Number),
        ("Is 10 km far?", "Is 10 miles far?", Measure),
        ("Is the shop open on Monday?", "Is the shop open on Tuesday?", Measure),
        ("Can I eat eggs?", "Can I not eat eggs?", Negation),
        ("Why does it work?", "Why doesn't it work?", Negation),
        ("Where is Paris?", "Where is Rome?", Name),
        ("where is paris", "where is rome", Name),
        ("Is the M605x loud?", "Is the M605n loud?", Name),
        ("How do I increase the font?", "How do I decrease the font?", Opposite),
        ("Is it legal?", "Is it illegal?", Opposite),
        ("What are its advantages?", "What are its advantages and disadvantages?", Opposite),
        ("Is it usable here?", "Is it unusable here?", Opposite),
        ("What does 画 mean?", "What does 几 mean?", Name),
        ("What does >= do?", "What does <= do?", Name),
        ("Sum the following numbers", "sum the following numbers", Pointer),
        ("Where is my key?", "Where is your key?", Owner),
        ("How do I turn benzene into toluene?", "How do I turn toluene into benzene?", Order),
        ("Do cats with fleas chase dogs?", "Do dogs with fleas chase cats?", Order),
    ] {
        assert_eq!(between(a, b), Some(expected), "{a} | {b}");
    }
}

#[test]
fn spelling_does_not_block() {
    for (a, b) in [
        ("How do I boil two eggs?", "how can you boil 2 eggs"),
        ("Is 1,000 km far?", "Is one thousand kilometers far?"),
        ("Was the 4th of July hot?", "Was the fourth of July hot?"),
        ("What's a 5GB plan?", "What is a 5 gb plan?"),
        ("Is it 2.50 dollars?", "Is it $2.5?"),
        ("Can't I eat eggs?", "Can I not eat eggs?"),
        ("What differs between Git and Svn?", "What differs between Svn and Git?"),
        ("What is twenty five?", "What is 25?"),
    ] {
        assert_eq!(between(a, b), None, "{a} | {b}");
    }
}

/// A pair of `cases/adversarial.jsonl`.
#[derive(serde::Deserialize)]
struct Case {
    a: String,
    b: String,
    same: bool,
}

/// Near misses are blocked here, whatever any model says of them; paraphrases are left to the model.
#[test]
fn near_misses_are_blocked_and_paraphrases_are_not() {
    let cases = include_str!("../../cases/adversarial.jsonl");
    let cases: Vec<Case> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.iter().filter(|case| !case.same).count(), 200);
    let mistaken: Vec<_> = cases
        .iter()
        .filter(|case| between(&case.a, &case.b).is_some() == case.same)
        .map(|case| format!("{} | {}: {:?}", case.a, case.b, between(&case.a, &case.b)))
        .collect();
    assert!(mistaken.is_empty(), "{mistaken:#?}");
}
