//! Turns of a conversation as input items.

use gusset_types::{ImageDetail, Message, Part, Role, ToolContent, ToolResult};
use serde::Serialize;
use std::borrow::Cow;

use crate::openai::address;
use crate::wire::{Problem, Seal};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Item<'a> {
    Message {
        role: &'static str,
        content: Vec<Piece<'a>>,
    },
    FunctionCall {
        call_id: &'a str,
        name: &'a str,
        arguments: &'a str,
    },
    FunctionCallOutput {
        call_id: &'a str,
        output: Output<'a>,
    },
    Reasoning {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        summary: Vec<Summary<'a>>,
        encrypted_content: &'a str,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Piece<'a> {
    InputText {
        text: &'a str,
    },
    InputImage {
        image_url: Cow<'a, str>,
        /// Required.
        detail: ImageDetail,
    },
    OutputText {
        text: &'a str,
    },
    Refusal {
        refusal: &'a str,
    },
}

/// A text where there is one.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Output<'a> {
    Text(&'a str),
    Pieces(Vec<Piece<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Summary<'a> {
    SummaryText { text: &'a str },
}

pub(super) fn items(messages: &[Message]) -> Result<Vec<Item<'_>>, Problem> {
    let mut items = Vec::with_capacity(messages.len());
    for message in messages {
        let role = match message.role {
            Role::System => "system",
            Role::User | Role::Tool => "user",
            Role::Assistant => "assistant",
        };
        turn(role, &message.parts, &mut items)?;
    }
    Ok(items)
}

/// What is said stands in messages, as many as it takes to keep it in order with what are items of their own.
fn turn<'a>(role: &'static str, parts: &'a [Part], items: &mut Vec<Item<'a>>) -> Result<(), Problem> {
    let mut content = Vec::new();
    for part in parts {
        let item = match part {
            Part::Text(text) if role == "assistant" => {
                content.push(Piece::OutputText { text });
                continue;
            }
            Part::Refusal(refusal) if role == "assistant" => {
                content.push(Piece::Refusal { refusal });
                continue;
            }
            Part::Text(text) | Part::Refusal(text) => {
                content.push(Piece::InputText { text });
                continue;
            }
            Part::Image(_) if role == "assistant" => {
                return Err(Problem::unsupported("the target takes no pictures of its own"));
            }
            Part::Image(image) => {
                let detail = image.detail.unwrap_or(ImageDetail::Auto);
                content.push(Piece::InputImage { image_url: address(image), detail });
                continue;
            }
            Part::ToolCall(call) => {
                Item::FunctionCall { call_id: &call.id, name: &call.name, arguments: &call.arguments }
            }
            Part::ToolResult(result) => {
                Item::FunctionCallOutput { call_id: &result.call_id, output: output(result) }
            }
            Part::Reasoning(thought) => {
                let (id, encrypted_content) = match thought.seal.as_deref().map(Seal::read) {
                    Some(Seal::OpenAi(id, content)) => ((!id.is_empty()).then_some(id), content),
                    Some(Seal::Untold(content)) => (None, content),
                    // Without its seal a thought is nothing that the API takes back.
                    _ => continue,
                };
                let text = (!thought.text.is_empty()).then_some(Summary::SummaryText { text: &thought.text });
                Item::Reasoning { id, summary: text.into_iter().collect(), encrypted_content }
            }
        };
        if !content.is_empty() {
            items.push(Item::Message { role, content: std::mem::take(&mut content) });
        }
        items.push(item);
    }
    if !content.is_empty() {
        items.push(Item::Message { role, content });
    }
    Ok(())
}

fn output<'a>(result: &'a ToolResult) -> Output<'a> {
    match result.content.as_slice() {
        [] => Output::Text(""),
        [ToolContent::Text(text)] => Output::Text(text),
        contents => {
            let piece = |content: &'a ToolContent| match content {
                ToolContent::Text(text) => Piece::InputText { text },
                ToolContent::Image(image) => Piece::InputImage {
                    image_url: address(image),
                    detail: image.detail.unwrap_or(ImageDetail::Auto),
                },
            };
            Output::Pieces(contents.iter().map(piece).collect())
        }
    }
}
