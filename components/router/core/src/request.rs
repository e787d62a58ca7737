//! What is known of a request before anyone is asked.

use crate::capability::Capabilities;
use crate::quality::Quality;

/// The facts that a decision is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Request<'a> {
    /// Whose request it is.
    pub tenant: &'a str,
    /// What the application calls what it is doing.
    pub feature: Option<&'a str>,
    /// Path called: `/v1/chat/completions`.
    pub endpoint: &'a str,
    /// Model or alias asked for. Empty or `auto`: any.
    pub model: &'a str,
    /// The last turn of the user: what is to be done well.
    pub prompt: &'a str,
    /// Tokens of the whole prompt: system prompt, conversation and passages included. An estimate will do.
    pub prompt_tokens: u32,
    /// Of these, tokens that the provider is expected to find in its cache.
    pub cached_tokens: u32,
    /// Tokens that the answer is expected to have. `None`: what the configuration says.
    pub completion_tokens: Option<u32>,
    /// What the request can't do without.
    pub needs: Capabilities,
    /// Goes before that of the route and of the configuration.
    pub quality: Option<Quality>,
    /// A number drawn evenly from 0 (included) to 1 (excluded), for weights. The same draw gives the same decision.
    pub draw: f64,
}
