//! Blocks of content as requests have them.

use gusset_types::{Image, Part, Reasoning, ToolCall, ToolContent};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Error;
use crate::dialect::content::Content;
use crate::dialect::image;

/// A block of a turn. What has no meaning here is kept by its type, to be named.
#[derive(Debug, Deserialize)]
pub(super) struct Block {
    #[serde(rename = "type")]
    pub(super) kind: String,
    text: Option<String>,
    source: Option<Source>,
    id: Option<String>,
    name: Option<String>,
    input: Option<Box<RawValue>>,
    thinking: Option<String>,
    signature: Option<String>,
    data: Option<String>,
    pub(super) tool_use_id: Option<String>,
    #[serde(default)]
    pub(super) content: Content<Piece>,
    pub(super) is_error: Option<bool>,
    pub(super) cache_control: Option<CacheControl>,
}

/// A block of `system` or of a tool's answer.
#[derive(Debug, Deserialize)]
pub(super) struct Piece {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    source: Option<Source>,
    pub(super) cache_control: Option<CacheControl>,
}

/// `{"type": "ephemeral"}`: the prompt up to here is worth caching. How long is left to the provider.
#[derive(Debug, Deserialize)]
pub(super) struct CacheControl {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Source {
    #[serde(rename = "type")]
    kind: String,
    media_type: Option<String>,
    data: Option<String>,
    url: Option<String>,
}

impl Block {
    /// A block that the user may send, results of tools apart.
    pub(super) fn of_user(self, path: &str) -> Result<Part, Error> {
        match self.kind.as_str() {
            "text" => need(self.text, path, "text", "text").map(Part::Text),
            "image" => need(self.source, path, "image", "source")?.image(path).map(Part::Image),
            kind => Err(unreadable(kind, path, "`text`, `image` and `tool_result`")),
        }
    }

    /// A block that the assistant has said.
    pub(super) fn of_assistant(self, path: &str) -> Result<Part, Error> {
        match self.kind.as_str() {
            "text" => need(self.text, path, "text", "text").map(Part::Text),
            "thinking" => {
                let text = need(self.thinking, path, "thinking", "thinking")?;
                let seal = self.signature.filter(|signature| !signature.is_empty());
                Ok(Part::Reasoning(Reasoning { text, seal }))
            }
            "redacted_thinking" => {
                let seal = Some(need(self.data, path, "redacted_thinking", "data")?);
                Ok(Part::Reasoning(Reasoning { text: String::new(), seal }))
            }
            "tool_use" => {
                let id = need(self.id, path, "tool_use", "id")?;
                let name = need(self.name, path, "tool_use", "name")?;
                let arguments = need(self.input, path, "tool_use", "input")?.get().to_owned();
                Ok(Part::ToolCall(ToolCall { id, name, arguments }))
            }
            kind => Err(unreadable(kind, path, "`text`, `thinking`, `redacted_thinking` and `tool_use`")),
        }
    }
}

impl Piece {
    /// A block of `system`.
    pub(super) fn of_system(self, path: &str) -> Result<Part, Error> {
        match self.kind.as_str() {
            "text" => need(self.text, path, "text", "text").map(Part::Text),
            kind => Err(unreadable(kind, path, "`text`")),
        }
    }

    /// A block of a tool's answer.
    pub(super) fn of_tool(self, path: &str) -> Result<ToolContent, Error> {
        match self.kind.as_str() {
            "text" => need(self.text, path, "text", "text").map(ToolContent::Text),
            "image" => need(self.source, path, "image", "source")?.image(path).map(ToolContent::Image),
            kind => Err(unreadable(kind, path, "`text` and `image`")),
        }
    }
}

impl CacheControl {
    pub(super) fn check(&self, path: &str) -> Result<(), Error> {
        if self.kind != "ephemeral" {
            let param = format!("{path}.type");
            let message = format!("`{param}` is `{}`: only `ephemeral` is known.", self.kind);
            return Err(Error::invalid(param, message));
        }
        Ok(())
    }
}

/// Whether there is a breakpoint at `path`.
pub(super) fn is_breakpoint(control: Option<&CacheControl>, path: &str) -> Result<bool, Error> {
    match control {
        Some(control) => control.check(&format!("{path}.cache_control")).map(|()| true),
        None => Ok(false),
    }
}

impl Source {
    fn image(self, path: &str) -> Result<Image, Error> {
        let path = format!("{path}.source");
        match self.kind.as_str() {
            "base64" => {
                let media_type = need(self.media_type, &path, "base64", "media_type")?;
                let data = need(self.data, &path, "base64", "data")?;
                image::inline(&path, &media_type, &data, None)
            }
            "url" => {
                let url = need(self.url, &path, "url", "url")?;
                image::by_url(&format!("{path}.url"), &url, None)
            }
            kind => Err(Error::unsupported(
                format!("{path}.type"),
                format!("a source of type `{kind}` cannot be read, only `base64` and `url`"),
            )),
        }
    }
}

fn need<T>(value: Option<T>, path: &str, kind: &str, field: &str) -> Result<T, Error> {
    let param = format!("{path}.{field}");
    value.ok_or_else(|| {
        let message = format!("`{param}` is missing: what is of type `{kind}` needs one.");
        Error::invalid(param, message)
    })
}

fn unreadable(kind: &str, path: &str, known: &str) -> Error {
    let reason = format!("blocks of type `{kind}` cannot be read here, only {known}");
    Error::unsupported(format!("{path}.type"), reason)
}
