//! A follow-up made to stand by itself: the terms of what was said before are put in front of it.
//!
//! A question leans on earlier turns if it points at something (`it`, `they`, `that one`) which it doesn't name itself, begins as a continuation
//! (`and`, `what about`), or has too little of its own. Every other question is searched for as it is.

use super::words::{Word, words};
use super::{Turn, clean};

/// Words of content that make a question one of its own, if none of them is a name.
const OWN_WORDS: usize = 2;

/// Words of content before a pronoun that may be what it stands for.
const ANTECEDENT: usize = 3;

/// Users' turns that are gone back, as long as each is itself a follow-up.
const TURNS: usize = 3;

/// Terms that are taken of a turn, at most.
const TERMS: usize = 12;

/// Terms that are taken of an answer, at most.
const ANSWER_TERMS: usize = 6;

/// What a continuation begins with.
const CONTINUATIONS: [&str; 8] = ["and", "but", "or", "also", "then", "what about", "how about", "what else"];

/// The question, with the terms that it leans on in front of it if it leans on any.
pub(super) fn resolve(question: &str, earlier: &[Turn<'_>]) -> String {
    if !leans(question) {
        return question.to_owned();
    }
    let mut groups: Vec<Vec<String>> = Vec::new();
    let mut answer = None;
    let mut users = 0;
    for turn in earlier.iter().rev() {
        match turn {
            Turn::Answer(text) if users == 0 => answer = answer.or(Some(*text)),
            Turn::Answer(_) => {}
            Turn::User(text) => {
                let text = clean::clean(text);
                groups.push(terms(&text, TERMS));
                users += 1;
                if users == TURNS || !leans(&text) {
                    break;
                }
            }
        }
    }
    groups.reverse();
    groups.extend(answer.map(names));
    let own: Vec<String> = words(question).iter().map(|word| word.text.to_lowercase()).collect();
    let mut seen: Vec<String> = Vec::new();
    let fresh: Vec<String> = groups
        .into_iter()
        .flatten()
        .filter(|term| {
            let lower = term.to_lowercase();
            let known = own.contains(&lower) || seen.contains(&lower);
            seen.push(lower);
            !known
        })
        .collect();
    if fresh.is_empty() { question.to_owned() } else { format!("{} {question}", fresh.join(" ")) }
}

/// Whether a question needs what was said before it.
fn leans(question: &str) -> bool {
    let words = words(question);
    let lower = question.trim_start().to_lowercase();
    let continues = CONTINUATIONS
        .iter()
        .any(|start| lower.strip_prefix(start).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)));
    let content = words.iter().filter(|word| word.is_content()).count();
    let names = words.iter().filter(|word| word.is_name()).count();
    let scant = names == 0 && content < OWN_WORDS && !defines(&words);
    continues && content <= 2 * OWN_WORDS || points(&words) || scant
}

/// `what is a lease`: one word of content is enough for it.
fn defines(words: &[Word<'_>]) -> bool {
    let asks = |at: usize, list: &str| words.get(at).is_some_and(|word| word.among(list));
    asks(0, " what who whats ")
        && (asks(1, " is are was were ") || asks(0, " what's who's whats "))
        && words.last().is_some_and(|word| word.is_content())
}

/// Whether a word points at something that the question doesn't name before it.
fn points(words: &[Word<'_>]) -> bool {
    let mut content = 0;
    let mut names = 0;
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1);
        let before = at.checked_sub(1).and_then(|before| words.get(before));
        let pointer = word.is_pointer() && stands_alone(before, next);
        if (word.is_pronoun() && !is_idle(*word, next) || pointer) && names == 0 && content < ANTECEDENT {
            return true;
        }
        content += usize::from(word.is_content());
        names += usize::from(word.is_name());
    }
    false
}

/// `is it true that`, `does it take`: an `it` that stands for nothing.
fn is_idle(word: Word<'_>, next: Option<&Word<'_>>) -> bool {
    word.is("it")
        && next.is_some_and(|next| next.among(" that true possible necessary take takes rain safe legal "))
}

/// Whether `this` or `that` stands for something, and isn't a conjunction.
fn stands_alone(before: Option<&Word<'_>>, next: Option<&Word<'_>>) -> bool {
    let joins = " of about for with in on to from by at and but or after before during than like ";
    let free = before.is_none_or(|word| word.is_auxiliary() || word.is_interrogative() || word.among(joins));
    free && next.is_none_or(|next| next.is_auxiliary() || next.is_content())
}

/// The words of a turn that carry its topic, in their order: its names, or where it has none its words of content. Of both together the second question on
/// another paragraph of an article suffers (`gusset-quality query`, *named*): what else was asked before draws to where that was answered.
fn terms(text: &str, most: usize) -> Vec<String> {
    let all = words(text);
    let named = all.iter().any(|word| word.is_name());
    let carries = |word: &Word<'_>| if named { word.is_name() } else { word.is_content() };
    all.into_iter().filter(carries).map(|word| word.text.to_owned()).take(most).collect()
}

/// Names and numbers in those sentences of an answer that cite a passage.
fn names(answer: &str) -> Vec<String> {
    let cited = clean::sentences(answer).into_iter().filter_map(|sentence| {
        let (before, rest) = sentence.trim_start().split_once('[')?;
        rest.starts_with(|c: char| c.is_ascii_digit()).then_some(before)
    });
    let names = cited.flat_map(words).filter(|word| word.is_name());
    names.map(|word| word.text.to_owned()).take(ANSWER_TERMS).collect()
}
