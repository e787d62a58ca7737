//! A piece of a document, with the way back to where it stands.

/// A piece of a document that a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// Identifier of the document inside its collection.
    pub document: String,
    /// Human-readable name of the document: its title or file name.
    pub title: String,
    /// First byte of the range in the document as it was added.
    pub start: u32,
    /// One past the last byte of the range.
    pub end: u32,
    /// Readable text of the range.
    pub text: String,
    /// Headings above the passage, outermost first.
    pub headings: Vec<String>,
    /// How well it answers the query, higher is better: the probability of it, 0 to 1. Dense search without reranking: cosine, -1 to 1.
    pub score: f32,
    /// Length of `text` in tokens of the collection's embedding model.
    pub tokens: u32,
    /// What the document was added with, in that order.
    pub metadata: Vec<(String, String)>,
}
