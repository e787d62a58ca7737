//! A conversation while it is read: which calls there were, so that a result without its call is found here and not by a provider.

use std::collections::HashSet;

use gusset_types::{Message, Part, Role, ToolCall, ToolContent, ToolResult};

use crate::Error;

/// Turns in their order.
#[derive(Debug, Default)]
pub(super) struct Turns {
    messages: Vec<Message>,
    calls: HashSet<String>,
}

impl Turns {
    /// Turns that were read before.
    pub(super) fn after(messages: Vec<Message>) -> Self {
        let mut turns = Self::default();
        messages.into_iter().for_each(|message| turns.push(message));
        turns
    }

    /// Adds a turn.
    pub(super) fn push(&mut self, message: Message) {
        for part in &message.parts {
            if let Part::ToolCall(ToolCall { id, .. }) = part {
                self.calls.insert(id.clone());
            }
        }
        self.messages.push(message);
    }

    /// Adds parts to the assistant's turn, if that is the last, and otherwise begins one.
    pub(super) fn extend_assistant(&mut self, parts: Vec<Part>) {
        match self.messages.pop() {
            Some(mut last) if last.role == Role::Assistant && !last.cache_breakpoint => {
                last.parts.extend(parts);
                self.push(last);
            }
            last => {
                self.messages.extend(last);
                self.push(Message::new(Role::Assistant, parts));
            }
        }
    }

    /// Adds a tool's answer. `path` is that of the call's identity, for errors.
    pub(super) fn push_result(
        &mut self,
        path: &str,
        call_id: String,
        content: Vec<ToolContent>,
        is_error: bool,
    ) -> Result<&mut Message, Error> {
        if !self.calls.contains(&call_id) {
            let message = format!(
                "`{path}` is `{call_id}`, and no call before it has that identity: send the turn with the call, too."
            );
            return Err(Error::invalid(path, message));
        }
        let result = ToolResult { call_id, content, is_error };
        let message = Message::new(Role::Tool, vec![Part::ToolResult(result)]);
        Ok(self.messages.push_mut(message))
    }

    /// The last turn.
    pub(super) fn last_mut(&mut self) -> Option<&mut Message> {
        self.messages.last_mut()
    }

    /// The conversation. `param` is the field that holds it.
    ///
    /// # Errors
    /// [`Error::EmptyInput`], where no turn has content.
    pub(super) fn into_messages(self, param: &str) -> Result<Vec<Message>, Error> {
        if self.messages.iter().all(Message::is_blank) {
            let remedy = "send at least one message with content";
            return Err(Error::EmptyInput { param: param.to_owned(), remedy });
        }
        Ok(self.messages)
    }
}
