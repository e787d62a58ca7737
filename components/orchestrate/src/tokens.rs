//! Tokens of a whole prompt.

use gusset_orchestrate::{canonical, prompt_tokens};
use gusset_types::Message;

use crate::bindings::exports::gusset::orchestrate::orchestrate::{self as wit, TokenCount};
use crate::bindings::gusset::generate::generate;

/// Tokens of turns and tools for a model.
pub(crate) fn count(model: &str, messages: Vec<wit::Message>, controls: wit::Controls) -> TokenCount {
    let messages: Vec<Message> = messages.into_iter().map(Into::into).collect();
    let texts = canonical::texts(&messages, &controls.into());
    let counts: Vec<_> = generate::count_tokens(model, &texts).into_iter().map(Into::into).collect();
    let sum = prompt_tokens(&counts);
    TokenCount { tokens: sum.tokens, exact: sum.exact }
}
