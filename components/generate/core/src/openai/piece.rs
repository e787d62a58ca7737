//! Turns of a conversation as chat completions write them.

use gusset_types::{Image, ImageDetail, ImageSource, Message, Part, Role, ToolContent, ToolResult};
use serde::Serialize;
use std::borrow::Cow;

use crate::wire::Problem;

/// A message of the request.
#[derive(Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub(super) enum Turn<'a> {
    System {
        content: Content<'a>,
    },
    User {
        content: Content<'a>,
    },
    Assistant {
        /// Null beside calls or a refusal alone.
        content: Option<Content<'a>>,
        #[serde(skip_serializing_if = "String::is_empty")]
        reasoning_content: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        refusal: Option<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<Call<'a>>,
    },
    Tool {
        tool_call_id: &'a str,
        content: Content<'a>,
    },
}

/// A text where there is one, since not every server reads lists.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Content<'a> {
    Text(&'a str),
    Pieces(Vec<Piece<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Piece<'a> {
    Text { text: &'a str },
    ImageUrl { image_url: ImageUrl<'a> },
}

#[derive(Serialize)]
pub(super) struct ImageUrl<'a> {
    url: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<ImageDetail>,
}

#[derive(Serialize)]
pub(super) struct Call<'a> {
    id: &'a str,
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: &'a str,
}

/// The conversation. `thoughts`: whether those of a loop of tools that goes on are given back, as DeepSeek, Kimi and the templates of
/// vLLM want them; OpenAI's own servers refuse the field.
pub(super) fn turns(messages: &[Message], thoughts: bool) -> Result<Vec<Turn<'_>>, Problem> {
    let asked = messages.iter().rposition(|message| message.role == Role::User);
    let mut turns = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        match message.role {
            Role::System => turns.push(Turn::System { content: content(&message.parts)? }),
            Role::Assistant => {
                let current = asked.is_none_or(|asked| index > asked);
                turns.push(assistant(&message.parts, thoughts && current)?);
            }
            Role::User | Role::Tool => said(&message.parts, &mut turns)?,
        }
    }
    Ok(turns)
}

/// Results stand first: they answer the turn before.
fn said<'a>(parts: &'a [Part], turns: &mut Vec<Turn<'a>>) -> Result<(), Problem> {
    let mut pieces = Vec::new();
    for part in parts {
        match part {
            Part::ToolResult(result) => turns.push(tool(result)?),
            other => pieces.push(piece(other)?),
        }
    }
    if !pieces.is_empty() || parts.is_empty() {
        turns.push(Turn::User { content: joined(pieces) });
    }
    Ok(())
}

fn assistant(parts: &[Part], thoughts: bool) -> Result<Turn<'_>, Problem> {
    let (mut pieces, mut tool_calls, mut refusal) = (Vec::new(), Vec::new(), None);
    let mut reasoning_content = String::new();
    for part in parts {
        match part {
            Part::ToolCall(call) => tool_calls.push(Call {
                id: &call.id,
                r#type: "function",
                function: Function { name: &call.name, arguments: &call.arguments },
            }),
            Part::Reasoning(thought) if thoughts && thought.seal.is_none() => {
                reasoning_content.push_str(&thought.text);
            }
            Part::Reasoning(_) => {}
            Part::Refusal(text) => refusal = Some(text.as_str()),
            Part::Image(_) => return Err(Problem::unsupported("the target takes no pictures of its own")),
            other => pieces.push(piece(other)?),
        }
    }
    let silent = pieces.is_empty() && (!tool_calls.is_empty() || refusal.is_some());
    let content = (!silent).then(|| joined(pieces));
    Ok(Turn::Assistant { content, reasoning_content, refusal, tool_calls })
}

fn tool<'a>(result: &'a ToolResult) -> Result<Turn<'a>, Problem> {
    let piece = |content: &'a ToolContent| match content {
        ToolContent::Text(text) => Ok(Piece::Text { text }),
        ToolContent::Image(_) => Err(Problem::unsupported("the target takes no pictures in a tool's result")),
    };
    let pieces = result.content.iter().map(piece).collect::<Result<Vec<_>, _>>()?;
    Ok(Turn::Tool { tool_call_id: &result.call_id, content: joined(pieces) })
}

fn content(parts: &[Part]) -> Result<Content<'_>, Problem> {
    Ok(joined(parts.iter().map(piece).collect::<Result<Vec<_>, _>>()?))
}

fn piece(part: &Part) -> Result<Piece<'_>, Problem> {
    match part {
        Part::Text(text) | Part::Refusal(text) => Ok(Piece::Text { text }),
        Part::Image(image) => {
            Ok(Piece::ImageUrl { image_url: ImageUrl { url: address(image), detail: image.detail } })
        }
        Part::Reasoning(_) | Part::ToolCall(_) => {
            Err(Problem::unsupported("the target takes thoughts and calls in the assistant's turns only"))
        }
        Part::ToolResult(_) => {
            Err(Problem::unsupported("the target takes a tool's results in turns of its own only"))
        }
    }
}

fn joined(pieces: Vec<Piece<'_>>) -> Content<'_> {
    match pieces.as_slice() {
        [] => Content::Text(""),
        [Piece::Text { text }] => Content::Text(text),
        _ => Content::Pieces(pieces),
    }
}

/// As OpenAI takes pictures, whether they are elsewhere or in the request.
pub(crate) fn address(image: &Image) -> Cow<'_, str> {
    match &image.source {
        ImageSource::Url(url) => Cow::Borrowed(url),
        ImageSource::Inline { media_type, base64 } => {
            Cow::Owned(format!("data:{media_type};base64,{base64}"))
        }
    }
}
