//! A request in the terms of the cache and of the router: what an answer depends on, what it needs, how long it is.

use gusset_types::{Controls, Message, Part, ResponseFormat, Role, Sampling};
use serde::Serialize;

/// A turn as the cache compares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// `system`, `user`, `assistant`, `tool`.
    pub role: &'static str,
    /// Its text.
    pub content: String,
    /// All of it as JSON, where it carries anything else.
    pub other: Option<String>,
}

/// What a model must be able to do for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Need {
    Tools,
    Vision,
    StructuredOutput,
    Reasoning,
}

/// Bytes of a token in English prose by the tokenizers in use, rounded down: an estimate for prices, not for limits.
const BYTES_PER_TOKEN: usize = 4;

/// What providers reckon for a picture of middling size (OpenAI: 765 at 1024 x 1024 in high detail).
const IMAGE_TOKENS: usize = 765;

/// The turns as the cache compares them.
#[must_use]
pub fn turns(messages: &[Message]) -> Vec<Turn> {
    let turn = |message: &Message| {
        let plain = message.parts.iter().all(|part| matches!(part, Part::Text(_)));
        Turn {
            role: role(message.role),
            content: message.plain(),
            other: (!plain).then(|| json(&message.parts)),
        }
    };
    messages.iter().map(turn).collect()
}

/// Everything else that an answer depends on, by its name in OpenAI's API, as JSON. Who asks is not among it.
#[must_use]
pub fn parameters(sampling: &Sampling, controls: &Controls) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            all.push((name.to_owned(), value));
        }
    };
    add("max_tokens", sampling.max_tokens.as_ref().map(json));
    add("temperature", sampling.temperature.as_ref().map(json));
    add("top_p", sampling.top_p.as_ref().map(json));
    add("top_k", sampling.top_k.as_ref().map(json));
    add("frequency_penalty", sampling.frequency_penalty.as_ref().map(json));
    add("presence_penalty", sampling.presence_penalty.as_ref().map(json));
    add("seed", sampling.seed.as_ref().map(json));
    add("stop", (!sampling.stop.is_empty()).then(|| json(&sampling.stop)));
    // With `tool_choice: "none"` tools may be declared and an answer still be kept: they are part of the prompt.
    add("tools", (!controls.tools.is_empty()).then(|| json(&controls.tools)));
    add("tool_choice", controls.tool_choice.as_ref().map(json));
    add(
        "response_format",
        (controls.response_format != ResponseFormat::Text).then(|| json(&controls.response_format)),
    );
    add("reasoning", controls.reasoning.as_ref().map(json));
    all
}

/// What a model must be able to do.
#[must_use]
pub fn needs(messages: &[Message], controls: &Controls) -> Vec<Need> {
    let thinks = controls
        .reasoning
        .is_some_and(|budget| budget.tokens != Some(0) && budget.effort != Some(gusset_types::Effort::None));
    let sees = messages.iter().flat_map(|turn| &turn.parts).any(|part| matches!(part, Part::Image(_)));
    let wanted = [
        (controls.uses_tools(), Need::Tools),
        (sees, Need::Vision),
        (matches!(controls.response_format, ResponseFormat::JsonSchema(_)), Need::StructuredOutput),
        (thinks, Need::Reasoning),
    ];
    wanted.into_iter().filter_map(|(wanted, need)| wanted.then_some(need)).collect()
}

/// Tokens of a prompt, reckoned.
#[must_use]
pub fn estimate_tokens(messages: &[Message], controls: &Controls) -> u32 {
    let parts = messages.iter().flat_map(|turn| &turn.parts);
    let images = parts.filter(|part| matches!(part, Part::Image(_))).count();
    let bytes: usize = texts(messages, controls).iter().map(String::len).sum();
    let tokens = bytes.div_ceil(BYTES_PER_TOKEN).saturating_add(images.saturating_mul(IMAGE_TOKENS));
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// Every text of a prompt that costs tokens: turns, then tools.
#[must_use]
pub fn texts(messages: &[Message], controls: &Controls) -> Vec<String> {
    let turns = messages.iter().map(Message::readable);
    let tools = controls.tools.iter().map(|tool| {
        let description = tool.description.as_deref().unwrap_or_default();
        format!("{} {description} {}", tool.name, tool.parameters)
    });
    turns.chain(tools).collect()
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    }
}

/// Plain data has a JSON form.
fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use gusset_types::{Image, ImageSource};

    use super::*;

    #[test]
    fn who_asks_changes_nothing() {
        let anonymous = Controls::default();
        let named = Controls { user: Some("ann".to_owned()), ..Controls::default() };
        assert_eq!(parameters(&Sampling::default(), &named), parameters(&Sampling::default(), &anonymous));
    }

    #[test]
    fn a_picture_is_part_of_what_is_compared() {
        let image = |url: &str| {
            let image = Image { source: ImageSource::Url(url.to_owned()), detail: None };
            Message::new(Role::User, vec![Part::Text("What is it?".to_owned()), Part::Image(image)])
        };
        let (one, other) = (turns(&[image("http://a/1.png")]), turns(&[image("http://a/2.png")]));
        assert_ne!(one, other);
        assert_eq!(one.first().map(|turn| turn.content.as_str()), Some("What is it?"));
        assert_eq!(needs(&[image("http://a/1.png")], &Controls::default()), [Need::Vision]);
    }

    #[test]
    fn tokens_are_reckoned_from_bytes_and_pictures() {
        let messages = [Message::text(Role::User, "eight by")];
        assert_eq!(estimate_tokens(&messages, &Controls::default()), 2);
    }
}
