//! What is searched for: the last question, made to stand by itself and taken apart, and the passages put together again.
//!
//! Rules over words, English ones, and no model: they cost nothing, do the same every time, and leave alone what they don't recognise. What the model is
//! asked stays what the user wrote.

mod clean;
mod compound;
mod follow;
mod fuse;
#[cfg(test)]
mod tests;
mod words;

pub use fuse::fuse;

/// Questions that are searched for side by side, the whole among them.
const MAX_QUERIES: usize = 4;

/// A turn of a conversation, as far as a search is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn<'a> {
    /// The user's.
    User(&'a str),
    /// The answer to it.
    Answer(&'a str),
}

/// What to search for, the whole question first; a follow-up also without what it leans on; then the parts of a question that asks several things: 1 to 4 texts. `earlier` are the turns before it, oldest first.
#[must_use]
pub fn queries(question: &str, earlier: &[Turn<'_>]) -> Vec<String> {
    let cleaned = clean::clean(question);
    let mut queries = vec![follow::resolve(&cleaned, earlier)];
    if queries.first().is_some_and(|whole| *whole != cleaned) {
        // What was said before may lead astray as well as help: the scores tell.
        queries.push(cleaned.clone());
    }
    let mut before = earlier.to_vec();
    let parts = compound::parts(&cleaned);
    for part in &parts {
        // `And how does it compare?` leans on the part before it.
        let resolved = if compound::asks(part) { follow::resolve(part, &before) } else { part.clone() };
        before.push(Turn::User(part));
        queries.push(resolved);
    }
    queries.truncate(MAX_QUERIES);
    queries
}
