//! Items of input: turns, calls, their outputs, and thoughts.

use gusset_types::{Message, Part, Reasoning, Role, ToolCall, ToolContent};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::dialect::content::Content;
use crate::dialect::image;
use crate::dialect::turns::Turns;

/// An item as it came. What has no meaning here is kept by its type, to be named.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Item {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// A turn needs none.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<String>,
    #[serde(default, skip_serializing_if = "Content::is_absent")]
    pub(super) content: Content<Piece>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<String>,
    #[serde(default, skip_serializing_if = "Content::is_absent")]
    output: Content<Piece>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Vec<Piece>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted_content: Option<String>,
}

/// A piece of content.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Piece {
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Item {
    /// The user's turn that a plain text is.
    pub(super) fn of_text(text: String) -> Self {
        Self { role: Some("user".to_owned()), content: Content::Text(text), ..Self::default() }
    }

    /// As lists of input have it: with its type, its identity, and content in pieces.
    pub(super) fn complete(mut self, identity: impl FnOnce(&str) -> String) -> Self {
        let kind = self.kind.get_or_insert_with(|| "message".to_owned());
        self.id.get_or_insert_with(|| identity(kind));
        if let Content::Text(text) = self.content {
            let kind = if self.role.as_deref() == Some("assistant") { "output_text" } else { "input_text" };
            self.content = Content::Parts(vec![Piece::of_text(kind, text)]);
        }
        self
    }

    /// Adds what the item says to the conversation. `path` is the item's.
    pub(super) fn read(self, path: &str, turns: &mut Turns) -> Result<(), Error> {
        match self.kind.as_deref().unwrap_or("message") {
            "message" => self.turn(path, turns),
            "function_call" => {
                let id = need(self.call_id, path, "function_call", "call_id")?;
                let name = need(self.name, path, "function_call", "name")?;
                let arguments = need(self.arguments, path, "function_call", "arguments")?;
                turns.extend_assistant(vec![Part::ToolCall(ToolCall { id, name, arguments })]);
                Ok(())
            }
            "function_call_output" => {
                let id = need(self.call_id, path, "function_call_output", "call_id")?;
                let content = tool_content(self.output, &format!("{path}.output"))?;
                turns.push_result(&format!("{path}.call_id"), id, content, false).map(drop)
            }
            "reasoning" => {
                let of_summary = self.summary.unwrap_or_default();
                let of_content = if let Content::Parts(pieces) = self.content { pieces } else { Vec::new() };
                let said = if of_summary.is_empty() { of_content } else { of_summary };
                let text = said.into_iter().filter_map(|piece| piece.text).collect::<Vec<_>>().join("\n\n");
                // A thought that the provider keeps to itself and gave no seal of says nothing.
                if !text.is_empty() || self.encrypted_content.is_some() {
                    let thought = Reasoning { text, seal: self.encrypted_content };
                    turns.extend_assistant(vec![Part::Reasoning(thought)]);
                }
                Ok(())
            }
            kind => {
                let reason = format!(
                    "items of type `{kind}` cannot be read, only `message`, `function_call`, `function_call_output` and `reasoning`"
                );
                Err(Error::unsupported(format!("{path}.type"), reason))
            }
        }
    }

    fn turn(self, path: &str, turns: &mut Turns) -> Result<(), Error> {
        let role = need(self.role, path, "message", "role")?;
        let role = match role.as_str() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" | "developer" => Role::System,
            other => {
                let message =
                    format!("`{other}` is no role: use `user`, `assistant`, `system` or `developer`.");
                return Err(Error::invalid(format!("{path}.role"), message));
            }
        };
        let parts = match self.content {
            Content::Absent => {
                let message = "A turn needs `content`: a text, or a list of parts.";
                return Err(Error::invalid(format!("{path}.content"), message));
            }
            Content::Text(text) => vec![Part::Text(text)],
            Content::Parts(pieces) => {
                let pieces = pieces.into_iter().enumerate();
                let read = pieces.map(|(at, piece)| piece.read(role, &format!("{path}.content[{at}]")));
                read.collect::<Result<_, _>>()?
            }
        };
        match role {
            Role::Assistant => turns.extend_assistant(parts),
            role => turns.push(Message::new(role, parts)),
        }
        Ok(())
    }
}

impl Piece {
    fn of_text(kind: &str, text: String) -> Self {
        Self { kind: kind.to_owned(), text: Some(text), refusal: None, image_url: None, detail: None }
    }

    fn read(self, role: Role, path: &str) -> Result<Part, Error> {
        match (self.kind.as_str(), role) {
            // `text` is what the dialect of chat completions says.
            ("input_text" | "output_text" | "text", _) => {
                need(self.text, path, &self.kind, "text").map(Part::Text)
            }
            ("refusal", Role::Assistant) => need(self.refusal, path, "refusal", "refusal").map(Part::Refusal),
            ("input_image", Role::User) => {
                let url = need(self.image_url, path, "input_image", "image_url")?;
                let detail = image::detail(&format!("{path}.detail"), self.detail.as_deref())?;
                image::by_url(&format!("{path}.image_url"), &url, detail).map(Part::Image)
            }
            (kind, role) => {
                let known = match role {
                    Role::User => "`input_text` and `input_image`",
                    Role::Assistant => "`output_text` and `refusal`",
                    Role::System | Role::Tool => "`input_text`",
                };
                let reason = format!("content of type `{kind}` cannot be read here, only {known}");
                Err(Error::unsupported(format!("{path}.type"), reason))
            }
        }
    }
}

fn tool_content(output: Content<Piece>, path: &str) -> Result<Vec<ToolContent>, Error> {
    let pieces = match output {
        Content::Absent => {
            return Err(Error::invalid(
                path,
                format!("`{path}` is missing: say what the function gave back."),
            ));
        }
        Content::Text(text) => return Ok(vec![ToolContent::Text(text)]),
        Content::Parts(pieces) => pieces,
    };
    let mut content = Vec::with_capacity(pieces.len());
    for (at, piece) in pieces.into_iter().enumerate() {
        match piece.read(Role::User, &format!("{path}[{at}]"))? {
            Part::Text(text) => content.push(ToolContent::Text(text)),
            Part::Image(image) => content.push(ToolContent::Image(image)),
            _ => {}
        }
    }
    Ok(content)
}

fn need<T>(value: Option<T>, path: &str, kind: &str, field: &str) -> Result<T, Error> {
    let param = format!("{path}.{field}");
    value.ok_or_else(|| {
        let message = format!("`{param}` is missing: what is of type `{kind}` needs one.");
        Error::invalid(param, message)
    })
}
