//! Turns of a conversation as contents of parts.

use gusset_types::{Image, ImageSource, Message, Part as Said, Role, ToolContent, ToolResult};
use serde::Serialize;
use std::collections::HashMap;

use crate::wire::{Problem, Raw, Seal, inline, object};

/// Passes where Gemini 3 wants a signature of a call that another model made, as its guide to thought signatures says
/// (<https://ai.google.dev/gemini-api/docs/thought-signatures#faqs>).
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

#[derive(Serialize)]
pub(super) struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: Vec<Part<'a>>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    thought: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    inline_data: Option<Blob<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_data: Option<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_call: Option<Call<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_response: Option<Answer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thought_signature: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Blob<'a> {
    mime_type: &'a str,
    data: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<&'static str>,
    file_uri: &'a str,
}

#[derive(Serialize)]
struct Call<'a> {
    id: &'a str,
    name: &'a str,
    args: &'a Raw,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    name: &'a str,
    response: Response,
    /// Pictures, which the response has no place for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Part<'a>>,
}

/// The keys that the reference names.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Response {
    Output(String),
    Error(String),
}

/// The conversation apart from its system turns, and these, in one. `signed`: whether the model wants a signature at its calls.
pub(super) fn contents(
    messages: &[Message],
    signed: bool,
) -> Result<(Option<Content<'_>>, Vec<Content<'_>>), Problem> {
    let names = names(messages);
    let (mut system, mut contents) = (Vec::new(), Vec::<Content<'_>>::new());
    for message in messages {
        let role = match message.role {
            Role::System => {
                for part in &message.parts {
                    system.push(simple(part)?);
                }
                continue;
            }
            Role::User | Role::Tool => "user",
            Role::Assistant => "model",
        };
        let parts = parts(&message.parts, &names, signed)?;
        match contents.last_mut().filter(|last| last.role == Some(role)) {
            Some(last) => last.parts.extend(parts),
            None if parts.is_empty() => {}
            None => contents.push(Content { role: Some(role), parts }),
        }
    }
    let system = (!system.is_empty()).then_some(Content { role: None, parts: system });
    Ok((system, contents))
}

/// The tool of each call: a result names it here, not the call alone.
fn names(messages: &[Message]) -> HashMap<&str, &str> {
    let parts = messages.iter().flat_map(|message| &message.parts);
    let calls = parts.filter_map(|part| match part {
        Said::ToolCall(call) => Some((call.id.as_str(), call.name.as_str())),
        _ => None,
    });
    calls.collect()
}

fn parts<'a>(
    said: &'a [Said],
    names: &HashMap<&str, &'a str>,
    signed: bool,
) -> Result<Vec<Part<'a>>, Problem> {
    let mut parts = Vec::with_capacity(said.len());
    let mut signature: Option<&str> = None;
    // Of calls at once, only the first carries one.
    let mut wanting = signed;
    for part in said {
        let mut part = match part {
            Said::Reasoning(thought) => {
                let seal = thought.seal.as_deref().map(Seal::read);
                let (own, sealed) = match seal {
                    None => (true, None),
                    Some(Seal::Gemini(signature) | Seal::Untold(signature)) => (true, Some(signature)),
                    Some(_) => (false, None),
                };
                // One that nothing followed has a part of its own.
                if let Some(sealed) = sealed {
                    parts.extend(signature.replace(sealed).map(signed_nothing));
                }
                if own && !thought.text.is_empty() {
                    parts.push(Part { text: Some(&thought.text), thought: true, ..Part::default() });
                }
                continue;
            }
            Said::ToolCall(call) => {
                let args = object(&call.arguments, || format!("what tool call `{}` was given", call.id))?;
                if signature.is_none() && wanting {
                    signature = Some(NO_SIGNATURE);
                }
                wanting = false;
                Part { function_call: Some(Call { id: &call.id, name: &call.name, args }), ..Part::default() }
            }
            Said::ToolResult(result) => answer(result, names)?,
            Said::Text(text) | Said::Refusal(text) if text.is_empty() => continue,
            other => simple(other)?,
        };
        part.thought_signature = signature.take();
        parts.push(part);
    }
    parts.extend(signature.map(signed_nothing));
    Ok(parts)
}

fn signed_nothing(signature: &str) -> Part<'_> {
    Part { text: Some(""), thought_signature: Some(signature), ..Part::default() }
}

fn simple(part: &Said) -> Result<Part<'_>, Problem> {
    match part {
        Said::Text(text) | Said::Refusal(text) => Ok(Part { text: Some(text), ..Part::default() }),
        Said::Image(image) => Ok(picture(image)),
        Said::Reasoning(_) | Said::ToolCall(_) | Said::ToolResult(_) => {
            Err(Problem::unsupported("the target takes texts and pictures only in a system turn"))
        }
    }
}

fn picture(image: &Image) -> Part<'_> {
    match (inline(image), &image.source) {
        (Some((mime_type, data)), _) => {
            Part { inline_data: Some(Blob { mime_type, data }), ..Part::default() }
        }
        (None, ImageSource::Inline { media_type, base64 }) => {
            Part { inline_data: Some(Blob { mime_type: media_type, data: base64 }), ..Part::default() }
        }
        (None, ImageSource::Url(url)) => {
            Part { file_data: Some(File { mime_type: mime_type(url), file_uri: url }), ..Part::default() }
        }
    }
}

/// By the end of its path, where that says it.
fn mime_type(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or(url).to_ascii_lowercase();
    let types = [
        (".png", "image/png"),
        (".jpg", "image/jpeg"),
        (".jpeg", "image/jpeg"),
        (".webp", "image/webp"),
        (".gif", "image/gif"),
    ];
    types.into_iter().find(|(end, _)| path.ends_with(end)).map(|(_, mime_type)| mime_type)
}

fn answer<'a>(result: &'a ToolResult, names: &HashMap<&str, &'a str>) -> Result<Part<'a>, Problem> {
    let id = result.call_id.as_str();
    let name = names.get(id).copied().ok_or_else(|| {
        let problem = "the target wants a tool's result beside its call, and the conversation has none named";
        Problem::unsupported(format!("{problem} `{id}`"))
    })?;
    let (mut texts, mut parts) = (Vec::new(), Vec::new());
    for content in &result.content {
        match content {
            ToolContent::Text(text) => texts.push(text.as_str()),
            ToolContent::Image(image) if inline(image).is_some() => parts.push(picture(image)),
            ToolContent::Image(_) => {
                let problem = "the target fetches no pictures for a tool's result: send their bytes";
                return Err(Problem::unsupported(problem));
            }
        }
    }
    let text = texts.join("\n");
    let response = if result.is_error { Response::Error(text) } else { Response::Output(text) };
    Ok(Part { function_response: Some(Answer { id, name, response, parts }), ..Part::default() })
}
