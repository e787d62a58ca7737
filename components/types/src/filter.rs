//! Conditions on a document's metadata.

/// A condition on one key of a document's metadata. A key that a document has twice meets it if any of its values does; one it doesn't have
/// never does.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The metadata's key.
    pub key: String,
    /// What its value has to be.
    pub test: Test,
}

/// What a value has to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// One of these, to the letter. A single one is equality.
    AnyOf(Vec<String>),
    /// A number between these, both included; an absent bound is none.
    Between(Option<f64>, Option<f64>),
}
