//! Fields that would change what the answer means, and that Gusset does not support.

use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::dialect::refused::{self, Rule, is_empty, never};

/// The fields, as they came.
#[derive(Debug, Deserialize)]
pub(super) struct Refused {
    mcp_servers: Option<Value>,
    container: Option<Value>,
    context_management: Option<Value>,
}

impl Refused {
    /// Names the first field that asks for something.
    pub(super) fn check(&self) -> Result<(), Error> {
        let rules: [Rule<'_>; 3] = [
            ("mcp_servers", &self.mcp_servers, is_empty, "no server of tools is called; send `tools`"),
            ("container", &self.container, never, "no code is run"),
            (
                "context_management",
                &self.context_management,
                keeps_all,
                "nothing is cleared from the conversation; send the turns that are to be seen",
            ),
        ];
        refused::check(&rules)
    }
}

/// Whether each of the edits that are asked for keeps everything.
fn keeps_all(value: &Value) -> bool {
    let edits = value.get("edits").and_then(Value::as_array);
    edits.is_none_or(|edits| edits.iter().all(|edit| edit.get("keep").is_some_and(|keep| keep == "all")))
}
