//! A request's messages and limits, checked; and the question in them.

use gusset_types::{Message, Role, Sampling};

use crate::Error;
use crate::search::{self, Turn};

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
    question: Option<usize>,
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
        let question = messages.iter().rposition(|message| message.role == Role::User);
        if sampling.max_tokens == Some(0) {
            return invalid("`max_tokens` is 0: send at least 1, or leave it out");
        }
        if sampling.temperature.is_some_and(|value| !(0.0..=2.0).contains(&value)) {
            return invalid("`temperature` is out of range: send 0.0 to 2.0");
        }
        if sampling.top_p.is_some_and(|value| !(value > 0.0 && value <= 1.0)) {
            return invalid("`top_p` is out of range: send more than 0.0 and at most 1.0");
        }
        Ok(Self { messages, question })
    }

    /// Checks that there is a text to search for, which a model asked by itself can do without.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`], naming the field and the remedy.
    pub fn require_question(&self) -> Result<(), Error> {
        match self.question {
            None => Err(Error::InvalidRequest(
                "`messages` has no message with the role `user`: send the question as one".to_owned(),
            )),
            Some(at) if self.question().is_empty() => Err(Error::InvalidRequest(format!(
                "`messages[{at}].content` is empty: write the question into it"
            ))),
            Some(_) => Ok(()),
        }
    }

    /// The turns as they came, oldest first.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The text of the last user turn; empty where there is none.
    #[must_use]
    pub fn question(&self) -> String {
        let turn = self.question.and_then(|at| self.messages.get(at));
        turn.map(|message| message.plain().trim().to_owned()).unwrap_or_default()
    }

    /// What to search for: see [`search::queries`].
    #[must_use]
    pub fn queries(&self) -> Vec<String> {
        let earlier: Vec<(bool, String)> = self
            .messages
            .iter()
            .take(self.question_index())
            .filter(|message| matches!(message.role, Role::User | Role::Assistant))
            .map(|message| (message.role == Role::User, message.plain()))
            .collect();
        let turns: Vec<Turn<'_>> = earlier
            .iter()
            .map(|(is_user, text)| if *is_user { Turn::User(text) } else { Turn::Answer(text) })
            .collect();
        search::queries(&self.question(), &turns)
    }

    /// Position of the last user turn.
    pub(crate) fn question_index(&self) -> usize {
        self.question.unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Role, content: &str) -> Message {
        Message::text(role, content)
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
        ] {
            let asked = Conversation::new(messages, &sampling);
            let error = asked.and_then(|asked| asked.require_question()).unwrap_err().to_string();
            assert!(error.contains(field), "{error}");
        }
        let options = Options { passages: 101, context_tokens: 4096, answer_tokens: 512 };
        assert!(options.check().unwrap_err().to_string().contains("`passages`"));
        assert!(Options { passages: 100, ..options }.check().is_ok());
    }

    #[test]
    fn a_follow_up_is_searched_with_what_it_leans_on() {
        let messages = vec![
            message(Role::System, "Be brief."),
            message(Role::User, "What was the revenue of Acme in 2022?"),
            message(Role::Assistant, "Three million."),
            message(Role::User, " And in 2023? "),
        ];
        let conversation = Conversation::new(messages, &Sampling::default()).unwrap();
        assert_eq!(conversation.queries(), ["Acme 2022 And in 2023?", "And in 2023?"]);
        assert_eq!(conversation.question(), "And in 2023?");
    }
}
