//! A request of any dialect, in Gusset's own words, and the form of its answer.

use gusset_types::{Controls, Message, Sampling};

use super::anthropic::messages;
use super::openai::{chat, responses};
use super::writer::{Identity, Writer};
use crate::answer::Opening;
use crate::id::{self, Entropy};

/// What a caller asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// A collection, a model, or `collection/model`.
    pub model: String,
    /// Not empty; at least one has content.
    pub messages: Vec<Message>,
    /// How to sample.
    pub sampling: Sampling,
    /// What the model may do, and the form of its answer.
    pub controls: Controls,
    /// Whether the answer is to be sent as it is made.
    pub stream: bool,
}

/// The dialect of an answer, with what of the request comes back in it.
#[derive(Clone, Debug)]
pub enum Form {
    /// OpenAI's chat completions.
    Chat {
        /// Whether a stream is to end with the tokens used.
        include_usage: bool,
    },
    /// OpenAI's responses.
    Responses(Box<responses::Echo>),
    /// Anthropic's messages.
    Messages {
        /// Tokens of the prompt as its stream begins with them: reckoned, since its model has not said yet how many it reads.
        prompt_tokens: u32,
    },
}

impl Form {
    /// The identity of an answer. `now` is Unix time in seconds, `trace_id` 32 hexadecimal digits.
    #[must_use]
    pub fn identity(&self, entropy: Entropy, now: u64, trace_id: String) -> Identity {
        let prefix = match self {
            Self::Chat { .. } => "chatcmpl-",
            Self::Responses(_) => responses::PREFIX,
            Self::Messages { .. } => "msg_",
        };
        Identity { id: id::with_prefix(prefix, entropy), created: now, trace_id }
    }

    /// Where to put the tokens of the prompt, if a stream of this form begins with them.
    pub fn prompt_tokens(&mut self) -> Option<&mut u32> {
        match self {
            Self::Messages { prompt_tokens } => Some(prompt_tokens),
            Self::Chat { .. } | Self::Responses(_) => None,
        }
    }

    /// Who writes an answer that has begun.
    #[must_use]
    pub fn writer(self, identity: Identity, opening: Opening) -> Box<dyn Writer> {
        match self {
            Self::Chat { include_usage } => Box::new(chat::Answer::new(identity, opening, include_usage)),
            Self::Responses(echo) => Box::new(responses::Answer::new(identity, opening, *echo)),
            Self::Messages { prompt_tokens } => {
                Box::new(messages::Answer::new(identity, opening, prompt_tokens))
            }
        }
    }
}
