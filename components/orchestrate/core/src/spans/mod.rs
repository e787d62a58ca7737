//! What a trace says of an answer: names and attributes of its spans.
//!
//! Names follow OpenTelemetry's semantic conventions for generative AI where they have one
//! (<https://opentelemetry.io/docs/specs/semconv/gen-ai/>); `gusset.…` is ours. Of what was said they have only what was searched for, shortened, since a search
//! can't be understood without it: no prompt, no answer and no passage's text, for a trace is read by more people than a conversation.

mod generation;
mod search;
#[cfg(test)]
mod tests;

pub use generation::{Completion, Decided, attempt, generate, hit};
pub use search::{Searched, extract, grounding, query, retrieve};

/// One step, without its identity and its time, which are the shell's.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Operation and what it works on: `chat llama`.
    pub name: String,
    /// Whether it failed.
    pub failed: bool,
    /// In the order in which they are shown.
    pub attributes: Vec<(&'static str, Value)>,
}

/// An attribute's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A count.
    Integer(i64),
    /// A measure.
    Number(f64),
}

impl Span {
    fn new(name: String) -> Self {
        Self { name, failed: false, attributes: Vec::new() }
    }

    fn text(&mut self, key: &'static str, value: &str) {
        self.attributes.push((key, Value::Text(value.to_owned())));
    }

    fn integer(&mut self, key: &'static str, value: impl TryInto<i64>) {
        self.attributes.push((key, Value::Integer(value.try_into().unwrap_or(i64::MAX))));
    }

    fn fail(&mut self, cause: &str, message: &str) {
        self.failed = true;
        self.text("error.type", cause);
        if message != cause {
            self.text("error.message", message);
        }
    }
}
