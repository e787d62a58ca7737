//! Turns of a conversation as blocks of content.

use gusset_types::{Image, ImageSource, Message, Part, Role, ToolContent, ToolResult};
use serde::Serialize;
use std::borrow::Cow;

use crate::wire::{Problem, Raw, Seal, acceptable_id, inline, object};

#[derive(Serialize)]
pub(super) struct Turn<'a> {
    pub(super) role: &'static str,
    pub(super) content: Vec<Block<'a>>,
}

#[derive(Serialize)]
pub(super) struct Block<'a> {
    #[serde(flatten)]
    kind: Kind<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
}

/// A cache breakpoint; the only kind there is.
#[derive(Clone, Copy, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum CacheControl {
    Ephemeral,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind<'a> {
    Text {
        text: &'a str,
    },
    Image {
        source: Source<'a>,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: &'a Raw,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Block<'a>>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: &'a str,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Source<'a> {
    Url { url: &'a str },
    Base64 { media_type: &'a str, data: &'a str },
}

/// The system prompt and the conversation, turns of one speaker joined: the API wants them to alternate, and a tool's results in
/// one turn with what the user says next.
pub(super) fn turns(messages: &[Message]) -> Result<(Vec<Block<'_>>, Vec<Turn<'_>>), Problem> {
    let (mut system, mut turns) = (Vec::new(), Vec::<Turn<'_>>::new());
    for message in messages {
        let role = match message.role {
            Role::System => {
                system.extend(blocks(message)?);
                continue;
            }
            Role::User | Role::Tool => "user",
            Role::Assistant => "assistant",
        };
        let content = blocks(message)?;
        match turns.last_mut().filter(|last| last.role == role) {
            Some(last) => last.content.extend(content),
            None if content.is_empty() => {}
            None => turns.push(Turn { role, content }),
        }
    }
    Ok((system, turns))
}

fn blocks(message: &Message) -> Result<Vec<Block<'_>>, Problem> {
    let mut blocks = Vec::with_capacity(message.parts.len());
    for part in &message.parts {
        blocks.extend(kind(part)?.map(Block::new));
    }
    if message.cache_breakpoint {
        let cacheable = |block: &&mut Block<'_>| {
            !matches!(block.kind, Kind::Thinking { .. } | Kind::RedactedThinking { .. })
        };
        if let Some(block) = blocks.iter_mut().rev().find(cacheable) {
            block.cache_control = Some(CacheControl::Ephemeral);
        }
    }
    Ok(blocks)
}

/// `None` for what the API takes no block for: an empty text, and a thought that it hasn't signed.
fn kind(part: &Part) -> Result<Option<Kind<'_>>, Problem> {
    Ok(match part {
        Part::Text(text) | Part::Refusal(text) => (!text.is_empty()).then_some(Kind::Text { text }),
        Part::Image(image) => Some(Kind::Image { source: source(image) }),
        Part::ToolCall(call) => {
            let input = object(&call.arguments, || format!("what tool call `{}` was given", call.id))?;
            Some(Kind::ToolUse { id: acceptable_id(&call.id), name: &call.name, input })
        }
        Part::ToolResult(result) => Some(answer(result)),
        Part::Reasoning(thought) => match thought.seal.as_deref().map(Seal::read) {
            Some(Seal::AnthropicSignature(signature)) => {
                Some(Kind::Thinking { thinking: &thought.text, signature })
            }
            Some(Seal::AnthropicRedacted(data)) => Some(Kind::RedactedThinking { data }),
            Some(Seal::Untold(data)) if thought.text.is_empty() => Some(Kind::RedactedThinking { data }),
            Some(Seal::Untold(signature)) => Some(Kind::Thinking { thinking: &thought.text, signature }),
            Some(Seal::Gemini(_) | Seal::OpenAi(..)) | None => None,
        },
    })
}

fn answer(result: &ToolResult) -> Kind<'_> {
    let content = result.content.iter().filter_map(|content| match content {
        ToolContent::Text(text) => (!text.is_empty()).then_some(Kind::Text { text }),
        ToolContent::Image(image) => Some(Kind::Image { source: source(image) }),
    });
    let content = content.map(Block::new).collect();
    Kind::ToolResult { tool_use_id: acceptable_id(&result.call_id), content, is_error: result.is_error }
}

fn source(image: &Image) -> Source<'_> {
    match (inline(image), &image.source) {
        (Some((media_type, data)), _) => Source::Base64 { media_type, data },
        (None, ImageSource::Url(url)) => Source::Url { url },
        (None, ImageSource::Inline { media_type, base64 }) => Source::Base64 { media_type, data: base64 },
    }
}

impl<'a> Block<'a> {
    fn new(kind: Kind<'a>) -> Self {
        Self { kind, cache_control: None }
    }
}
