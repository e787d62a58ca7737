//! A request's messages and limits, checked; and the question in them.

use gusset_types::{Message, Role, Sampling};

use crate::Error;

/// A question of fewer words leans on the one before it: "and in 2023?" finds nothing by itself.
const SELF_CONTAINED_WORDS: usize = 5;

/// Limits and defaults that the caller's configuration sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Passages to retrieve, at most. 1 to 100.
    pub passages: u32,
    /// Context window to fit the prompt into, in tokens, where the target doesn't say.
    pub context_tokens: u32,
    /// Completion tokens to leave room for, where the request doesn't say.
    pub answer_tokens: u32,
}

/// A conversation that ends with something to answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    messages: Vec<Message>,
    /// Position of the last user turn.
    question: usize,
}

impl Options {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`], naming the option.
    pub fn check(&self) -> Result<(), Error> {
        let fault = if !(1..=100).contains(&self.passages) {
            "`passages` is out of range: 1 to 100"
        } else if self.context_tokens == 0 {
            "`context_tokens` is 0: give the context window's size"
        } else if self.answer_tokens == 0 {
            "`answer_tokens` is 0: leave room for an answer"
        } else {
            return Ok(());
        };
        Err(Error::InvalidRequest(fault.to_owned()))
    }
}

impl Conversation {
    /// Checks messages and sampling before anything is spent on them.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`], naming the field and the remedy.
    pub fn new(messages: Vec<Message>, sampling: &Sampling) -> Result<Self, Error> {
        let invalid = |fault: &str| Err(Error::InvalidRequest(fault.to_owned()));
        if messages.is_empty() {
            return invalid("`messages` is empty: send at least one message with the role `user`");
        }
        let Some(question) = messages.iter().rposition(|message| message.role == Role::User) else {
            return invalid("`messages` has no message with the role `user`: send the question as one");
        };
        if messages.get(question).is_none_or(|message| message.content.trim().is_empty()) {
            return Err(Error::InvalidRequest(format!(
                "`messages[{question}].content` is empty: write the question into it"
            )));
        }
        if sampling.max_tokens == Some(0) {
            return invalid("`max_tokens` is 0: send at least 1, or leave it out");
        }
        if sampling.temperature.is_some_and(|value| !(0.0..=2.0).contains(&value)) {
            return invalid("`temperature` is out of range: send 0.0 to 2.0");
        }
        if sampling.top_p.is_some_and(|value| !(value > 0.0 && value <= 1.0)) {
            return invalid("`top_p` is out of range: send more than 0.0 and at most 1.0");
        }
        if sampling.stop.len() > 4 {
            return invalid("`stop` has more than four texts: send at most four");
        }
        Ok(Self { messages, question })
    }

    /// The turns as they came, oldest first.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The last user turn.
    #[must_use]
    pub fn question(&self) -> &str {
        self.messages.get(self.question).map_or("", |message| message.content.trim())
    }

    /// What to search for: the question, with the one before it where it is too short to stand alone.
    #[must_use]
    pub fn query(&self) -> String {
        let question = self.question();
        let earlier =
            self.messages.iter().take(self.question).rev().find(|message| message.role == Role::User);
        match earlier {
            Some(earlier) if question.split_whitespace().count() < SELF_CONTAINED_WORDS => {
                format!("{}\n{question}", earlier.content.trim())
            }
            _ => question.to_owned(),
        }
    }

    /// Position of the last user turn.
    pub(crate) fn question_index(&self) -> usize {
        self.question
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Role, content: &str) -> Message {
        Message { role, content: content.to_owned() }
    }

    #[test]
    fn a_fault_names_its_field() {
        let user = || vec![message(Role::User, "Why?")];
        let sampling = Sampling::default;
        for (messages, sampling, field) in [
            (vec![], sampling(), "`messages`"),
            (vec![message(Role::System, "Be brief.")], sampling(), "`user`"),
            (
                vec![message(Role::Assistant, "Hi"), message(Role::User, " \n")],
                sampling(),
                "`messages[1].content`",
            ),
            (user(), Sampling { max_tokens: Some(0), ..sampling() }, "`max_tokens`"),
            (user(), Sampling { temperature: Some(-0.1), ..sampling() }, "`temperature`"),
            (user(), Sampling { temperature: Some(f32::NAN), ..sampling() }, "`temperature`"),
            (user(), Sampling { top_p: Some(0.0), ..sampling() }, "`top_p`"),
            (user(), Sampling { stop: vec![String::new(); 5], ..sampling() }, "`stop`"),
        ] {
            let error = Conversation::new(messages, &sampling).unwrap_err().to_string();
            assert!(error.contains(field), "{error}");
        }
        let options = Options { passages: 101, context_tokens: 4096, answer_tokens: 512 };
        assert!(options.check().unwrap_err().to_string().contains("`passages`"));
        assert!(Options { passages: 100, ..options }.check().is_ok());
    }

    #[test]
    fn a_short_question_is_searched_with_the_one_before_it() {
        let conversation = |last: &str| {
            let messages = vec![
                message(Role::User, "What was the revenue in 2022?"),
                message(Role::Assistant, "Three million."),
                message(Role::User, last),
            ];
            Conversation::new(messages, &Sampling::default()).unwrap()
        };
        assert_eq!(conversation("And in 2023?").query(), "What was the revenue in 2022?\nAnd in 2023?");
        assert_eq!(
            conversation(" Who founded the company, and when? ").query(),
            "Who founded the company, and when?"
        );
        assert_eq!(conversation("And in 2023?").question(), "And in 2023?");
    }
}
