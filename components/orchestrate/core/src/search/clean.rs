//! A turn without what is not its question: greetings, thanks, politeness, wishes about the answer's form, quoted text.
//!
//! A text of which nothing would be left is left as it is.

use super::words::words;

/// What a turn begins with before it comes to its question. Longer ones first where one begins another.
const OPENINGS: [&str; 33] = [
    "good morning",
    "good afternoon",
    "good evening",
    "hello there",
    "hi there",
    "hello",
    "hey",
    "hi",
    "dear assistant",
    "thanks a lot",
    "thank you very much",
    "thank you",
    "thanks",
    "i have a question about",
    "i have a quick question",
    "i have a question",
    "i would like to know",
    "i'd like to know",
    "i want to know",
    "i need to know",
    "i was wondering if you could tell me",
    "i was wondering",
    "could you please tell me",
    "can you please tell me",
    "could you tell me",
    "can you tell me",
    "would you tell me",
    "do you happen to know",
    "do you know",
    "please tell me",
    "tell me",
    "quick question",
    "please",
];

/// What a turn ends with after it.
const ENDINGS: [&str; 9] = [
    "thanks in advance",
    "thank you in advance",
    "thank you very much",
    "thanks a lot",
    "many thanks",
    "thank you",
    "thanks",
    "cheers",
    "please",
];

/// Sentences that begin like this and speak of one of [`FORM`] are about the answer, not about the topic.
const WISHES: &str = " answer answers respond reply write use keep format give provide return be make explain summarize summarise you your limit cite do don't ";

/// What such sentences speak of.
const FORM: &str = " sentence sentences words paragraph paragraphs bullet bullets json markdown brief briefly concise concisely short shortly detailed detail step-by-step \
english german french spanish language assistant expert tone citations sources polite ";

/// The question in a turn.
pub(super) fn clean(turn: &str) -> String {
    let unquoted = unquoted(turn);
    let asked = without_wishes(&unquoted);
    let mut rest = asked.trim();
    while let Some(shorter) = OPENINGS.iter().find_map(|opening| after(rest, opening)) {
        rest = shorter;
    }
    while let Some(shorter) = ENDINGS.iter().find_map(|ending| before(rest, ending)) {
        rest = shorter;
    }
    let says_something = words(rest).iter().any(|word| word.is_content() || word.is_interrogative());
    if says_something { rest.to_owned() } else { turn.trim().to_owned() }
}

/// Without quoted lines and fenced blocks, if something else is there.
fn unquoted(turn: &str) -> String {
    let mut fenced = false;
    let mut kept = Vec::new();
    for line in turn.lines() {
        let is_fence = line.trim_start().starts_with("```");
        if !fenced && !is_fence && !line.trim_start().starts_with('>') {
            kept.push(line);
        }
        fenced ^= is_fence;
    }
    let kept = kept.join("\n");
    if words(&kept).iter().any(|word| word.is_content()) { kept } else { turn.to_owned() }
}

/// Without sentences about the answer's form, if another is left.
fn without_wishes(turn: &str) -> String {
    let sentences = sentences(turn);
    let is_wish = |sentence: &&&str| {
        let words = words(sentence);
        !sentence.trim_end().ends_with('?')
            && words.len() <= 14
            && words.iter().find(|word| !word.is("please")).is_some_and(|word| word.among(WISHES))
            && words.iter().any(|word| word.among(FORM))
    };
    let kept: String = sentences.iter().filter(|sentence| !is_wish(sentence)).copied().collect();
    if words(&kept).iter().any(|word| word.is_content()) { kept } else { turn.to_owned() }
}

/// Sentences of a turn, what ends them included.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let ends = match c {
            '\n' => true,
            '.' | '?' | '!' => chars.peek().is_none_or(|(_, next)| next.is_whitespace()),
            _ => false,
        };
        if ends {
            let end = at + c.len_utf8();
            sentences.extend(text.get(start..end));
            start = end;
        }
    }
    sentences.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    sentences
}

/// What follows an opening; `None` if the text begins otherwise, or the opening is all of it.
fn after<'a>(text: &'a str, opening: &str) -> Option<&'a str> {
    let head = text.get(..opening.len()).filter(|head| head.eq_ignore_ascii_case(opening))?;
    let rest = text.get(head.len()..)?;
    let separated = rest.starts_with([' ', ',', '!', '.', ':', ';', '\n', '-', '–']);
    let rest = rest.trim_start_matches([' ', ',', '!', '.', ':', ';', '\n', '-', '–']);
    (separated && !rest.is_empty()).then_some(rest)
}

/// What stands before an ending, its own last sign kept.
fn before<'a>(text: &'a str, ending: &str) -> Option<&'a str> {
    let bare = text.trim_end_matches([' ', ',', '!', '.', '\n', ':', ')']);
    let cut = bare.len().checked_sub(ending.len())?;
    bare.get(cut..).filter(|tail| tail.eq_ignore_ascii_case(ending))?;
    let rest = bare.get(..cut)?;
    let separated = rest.ends_with([' ', ',', '!', '.', '?', '\n', '-', '–']);
    let rest = rest.trim_end_matches([' ', ',', '!', '\n', '-', '–']);
    (separated && !rest.is_empty()).then_some(rest)
}
