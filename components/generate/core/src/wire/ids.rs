//! Names of tool calls, where a provider gives none or wants them in letters of its own.

use std::borrow::Cow;

/// Longest name that OpenAI's chat completions take.
const MAX_CHARS: usize = 40;

/// A name for the `index`th call of a response that names its calls not at all: the same bytes give the same name, and since a
/// response's own id is in it, no two calls of a conversation share one.
pub(crate) fn made_id(response: &str, index: u32) -> String {
    let tail = format!("_{index}");
    let room = MAX_CHARS.saturating_sub("call_".len() + tail.len());
    let id: Vec<char> = response.chars().filter(char::is_ascii_alphanumeric).collect();
    // The end of an id is its random part.
    let kept: String = id.iter().skip(id.len().saturating_sub(room)).collect();
    format!("call_{kept}{tail}")
}

/// `id` in the letters that Anthropic allows (`a-z`, `A-Z`, `0-9`, `_`, `-`); one that is in them already as it is.
pub(crate) fn acceptable_id(id: &str) -> Cow<'_, str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !id.is_empty() && id.chars().all(allowed) {
        return Cow::Borrowed(id);
    }
    let spelt = |c: char| if allowed(c) { c.to_string() } else { format!("-{:x}-", u32::from(c)) };
    Cow::Owned(if id.is_empty() { "call".to_owned() } else { id.chars().map(spelt).collect() })
}
