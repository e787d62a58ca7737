//! The words of a conversation with a model.
//!
//! The union of what the chat dialects say, so that a request of one dialect can be put to a provider of another without loss:
//! turns of parts, tools, structured output, reasoning, and usage by the five kinds that providers bill.

mod completion;
mod controls;
mod message;

pub use completion::{Event, FinishReason, Usage};
pub use controls::{
    Controls, Effort, JsonSchema, ReasoningBudget, ResponseFormat, Sampling, Tool, ToolChoice,
};
pub use message::{
    Image, ImageDetail, ImageSource, Message, Part, Reasoning, Role, ToolCall, ToolContent, ToolResult,
};
