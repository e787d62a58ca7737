//! A turn of the conversation. Results of tools come in the user's turns, and become turns of their own; a turn is cut behind a
//! breakpoint of the cache, so that the breakpoint stands at the end of one.

use gusset_types::{Message, Part, Role};
use serde::Deserialize;

use super::block::{Block, Piece, is_breakpoint};
use crate::Error;
use crate::dialect::content::Content;
use crate::dialect::turns::Turns;

/// A turn as it came.
#[derive(Debug, Deserialize)]
pub(super) struct Turn {
    role: String,
    content: Content<Block>,
}

/// Instructions, before the first turn.
pub(super) fn system(content: Content<Piece>, turns: &mut Turns) -> Result<(), Error> {
    let pieces = match content {
        Content::Absent => return Ok(()),
        Content::Text(text) => {
            turns.push(Message::text(Role::System, text));
            return Ok(());
        }
        Content::Parts(pieces) => pieces,
    };
    let mut open = Open::new(Role::System);
    for (at, piece) in pieces.into_iter().enumerate() {
        let path = format!("system[{at}]");
        let breakpoint = is_breakpoint(piece.cache_control.as_ref(), &path)?;
        open.add(piece.of_system(&path)?, breakpoint, turns);
    }
    open.end(false, turns);
    Ok(())
}

impl Turn {
    pub(super) fn read(self, at: usize, turns: &mut Turns) -> Result<(), Error> {
        let path = format!("messages[{at}]");
        let role = match self.role.as_str() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            other => {
                let message = format!(
                    "`{other}` is no role: use `user` or `assistant`, and `system` beside `messages`."
                );
                return Err(Error::invalid(format!("{path}.role"), message));
            }
        };
        let blocks = match self.content {
            Content::Absent => {
                let message = "A turn needs `content`: a text, or a list of blocks.";
                return Err(Error::invalid(format!("{path}.content"), message));
            }
            Content::Text(text) => {
                turns.push(Message::text(role, text));
                return Ok(());
            }
            Content::Parts(blocks) => blocks,
        };
        let mut open = Open::new(role);
        for (at, block) in blocks.into_iter().enumerate() {
            let path = format!("{path}.content[{at}]");
            let breakpoint = is_breakpoint(block.cache_control.as_ref(), &path)?;
            if role == Role::User && block.kind == "tool_result" {
                open.end(false, turns);
                result(block, breakpoint, &path, turns)?;
            } else if role == Role::User {
                open.add(block.of_user(&path)?, breakpoint, turns);
            } else {
                open.add(block.of_assistant(&path)?, breakpoint, turns);
            }
        }
        open.end(false, turns);
        Ok(())
    }
}

fn result(block: Block, breakpoint: bool, path: &str, turns: &mut Turns) -> Result<(), Error> {
    let id_path = format!("{path}.tool_use_id");
    let id = block.tool_use_id.ok_or_else(|| {
        let message = format!("`{id_path}` is missing: a result names the call that it answers.");
        Error::invalid(id_path.as_str(), message)
    })?;
    let pieces = match block.content {
        Content::Absent => Vec::new(),
        Content::Text(text) => vec![gusset_types::ToolContent::Text(text)],
        Content::Parts(pieces) => {
            let pieces = pieces.into_iter().enumerate();
            pieces.map(|(at, p)| p.of_tool(&format!("{path}.content[{at}]"))).collect::<Result<_, _>>()?
        }
    };
    let message = turns.push_result(&id_path, id, pieces, block.is_error.unwrap_or(false))?;
    message.cache_breakpoint = breakpoint;
    Ok(())
}

/// Parts of a turn that is not at its end yet.
struct Open {
    role: Role,
    parts: Vec<Part>,
}

impl Open {
    fn new(role: Role) -> Self {
        Self { role, parts: Vec::new() }
    }

    fn add(&mut self, part: Part, breakpoint: bool, turns: &mut Turns) {
        self.parts.push(part);
        if breakpoint {
            self.end(true, turns);
        }
    }

    fn end(&mut self, cache_breakpoint: bool, turns: &mut Turns) {
        if !self.parts.is_empty() {
            turns.push(Message { role: self.role, parts: std::mem::take(&mut self.parts), cache_breakpoint });
        }
    }
}
