//! Whether a text says the opposite of a statement, as far as negations show it.

use std::collections::BTreeSet;

use gusset_words::{content, turns_round, words};

/// Whether each of the sentences that have most of the statement's words of content denies what it says, or says what it denies.
#[must_use]
pub fn denied(statement: &str, text: &str) -> bool {
    let stated = words(statement);
    let stated: BTreeSet<&str> = content(&stated).into_iter().collect();
    let shared = |sentence: &str| {
        let there = words(sentence);
        content(&there).into_iter().filter(|stem| stated.contains(stem)).collect::<BTreeSet<_>>().len()
    };
    let sentences: Vec<(usize, &str)> =
        sentences(text).map(|sentence| (shared(sentence), sentence)).collect();
    let most = sentences.iter().map(|(shared, _)| *shared).max().unwrap_or_default();
    let mut nearest = sentences.iter().filter(|(shared, _)| *shared == most);
    most > 0 && nearest.all(|(_, sentence)| turns_round(statement, sentence))
}

/// Cut at every mark that may end a sentence: of what is cut too often, the part that is nearest is compared.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let ends = |sentence: &str| sentence.ends_with(['.', '?', '!', ';']);
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest
            .char_indices()
            .find(|&(at, c)| c == '\n' || c.is_whitespace() && rest.get(..at).is_some_and(ends))
            .map_or(rest.len(), |(at, c)| at + c.len_utf8());
        let (sentence, after) = rest.split_at_checked(end)?;
        rest = after;
        (!sentence.is_empty()).then_some(sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The flat in Harlow was let in 2019. The lease does not end before 2024, and the owner pays for the roof.\nNo pets are kept.";

    #[test]
    fn the_nearest_sentence_decides() {
        for (statement, expected) in [
            ("The lease ends before 2024.", true),
            ("The lease does not end before 2024.", false),
            ("The owner does not pay for the roof.", true),
            ("The owner pays for the roof.", false),
            ("The flat in Harlow was not let in 2019.", true),
            ("Pets are kept.", true),
            ("Penguins do not fly.", false),
        ] {
            assert_eq!(denied(statement, TEXT), expected, "{statement}");
        }
        assert!(!denied("It does not end.", ""));
        let lower = "the flow is steady . the plate is not heated .";
        assert!(!denied("the flow is steady .", lower) && denied("the plate is heated .", lower));
    }
}
