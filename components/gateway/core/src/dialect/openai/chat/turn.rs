//! A turn of the conversation, by the role that speaks.

use gusset_types::{Message, Part, Reasoning, Role, ToolCall};
use serde::{Deserialize, Serialize};

use super::content::{self, Speaks};
use crate::Error;
use crate::dialect::content::Content;
use crate::dialect::turns::Turns;

/// A turn as it came.
#[derive(Debug, Deserialize)]
pub(super) struct Turn {
    role: String,
    #[serde(default)]
    content: Content<content::Part>,
    refusal: Option<String>,
    tool_calls: Option<Vec<Call>>,
    tool_call_id: Option<String>,
    reasoning_content: Option<String>,
    thinking_blocks: Option<Vec<Thought>>,
    function_call: Option<serde_json::Value>,
    audio: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Call {
    id: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    function: Option<Function>,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
    arguments: String,
}

/// A thought with its seal: OpenAI's dialect has no place for one, so other gateways carry Anthropic's blocks in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Thought {
    Thinking { thinking: String, signature: Option<String> },
    RedactedThinking { data: String },
}

impl Turn {
    pub(super) fn read(self, at: usize, turns: &mut Turns) -> Result<(), Error> {
        let path = format!("messages[{at}]");
        self.refuse(&path)?;
        match self.role.as_str() {
            // `developer` is what OpenAI's newer models call `system`.
            "system" | "developer" => {
                turns.push(Message::new(Role::System, content::parts(self.content, Speaks::Text, &path)?));
            }
            "user" => {
                turns.push(Message::new(Role::User, content::parts(self.content, Speaks::Pictures, &path)?));
            }
            "assistant" => turns.push(Message::new(Role::Assistant, self.said(&path)?)),
            "tool" => {
                let id_path = format!("{path}.tool_call_id");
                let id = self.tool_call_id.ok_or_else(|| {
                    Error::invalid(
                        id_path.as_str(),
                        "A turn of a tool needs the `tool_call_id` of the call that it answers.",
                    )
                })?;
                let content = content::tool_content(self.content, &path)?;
                turns.push_result(&id_path, id, content, false)?;
            }
            "function" => {
                let reason = "functions were replaced by tools; send role `tool` with a `tool_call_id`";
                return Err(Error::unsupported(format!("{path}.role"), reason));
            }
            other => {
                let message = format!(
                    "`{other}` is no role: use `system`, `developer`, `user`, `assistant` or `tool`."
                );
                return Err(Error::invalid(format!("{path}.role"), message));
            }
        }
        Ok(())
    }

    /// Thoughts, then text, then calls: the order in which models make them.
    fn said(self, path: &str) -> Result<Vec<Part>, Error> {
        let mut parts: Vec<Part> = match (self.thinking_blocks, self.reasoning_content) {
            (Some(thoughts), _) => thoughts.into_iter().map(|t| Part::Reasoning(t.into())).collect(),
            (None, Some(text)) if !text.is_empty() => vec![Part::Reasoning(Reasoning { text, seal: None })],
            (None, _) => Vec::new(),
        };
        parts.extend(content::parts(self.content, Speaks::Refusals, path)?);
        parts.extend(self.refusal.filter(|text| !text.is_empty()).map(Part::Refusal));
        for (at, call) in self.tool_calls.unwrap_or_default().into_iter().enumerate() {
            parts.push(Part::ToolCall(call.read(&format!("{path}.tool_calls[{at}]"))?));
        }
        Ok(parts)
    }

    fn refuse(&self, path: &str) -> Result<(), Error> {
        let refuse = |field: &str, reason: &str| Err(Error::unsupported(format!("{path}.{field}"), reason));
        if self.function_call.as_ref().is_some_and(|call| !call.is_null()) {
            return refuse("function_call", "functions were replaced by tools; send `tool_calls`");
        }
        if self.audio.as_ref().is_some_and(|audio| !audio.is_null()) {
            return refuse("audio", "turns are text, pictures and calls");
        }
        if self.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty()) && self.role != "assistant" {
            return refuse("tool_calls", "only the assistant calls tools");
        }
        Ok(())
    }
}

impl Call {
    fn read(self, path: &str) -> Result<ToolCall, Error> {
        let kind = self.kind.as_deref().unwrap_or("function");
        match self.function {
            Some(Function { name, arguments }) if kind == "function" => {
                Ok(ToolCall { id: self.id, name, arguments })
            }
            None if kind == "function" => Err(Error::invalid(
                format!("{path}.function"),
                "A call of type `function` needs its `function`.",
            )),
            _ => {
                let reason = format!("calls of type `{kind}` cannot be read, only `function`");
                Err(Error::unsupported(format!("{path}.type"), reason))
            }
        }
    }
}

impl From<Thought> for Reasoning {
    fn from(thought: Thought) -> Self {
        match thought {
            Thought::Thinking { thinking, signature } => Self { text: thinking, seal: signature },
            Thought::RedactedThinking { data } => Self { text: String::new(), seal: Some(data) },
        }
    }
}

impl Thought {
    /// A thought that must come back unchanged; `None` where nothing seals it.
    pub(super) fn sealed(text: &str, seal: Option<&str>) -> Option<Self> {
        let seal = seal?.to_owned();
        Some(match text.is_empty() {
            true => Self::RedactedThinking { data: seal },
            false => Self::Thinking { thinking: text.to_owned(), signature: Some(seal) },
        })
    }
}
