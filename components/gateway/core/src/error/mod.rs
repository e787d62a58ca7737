//! What can go wrong with a request, by cause. How a cause looks from outside is decided in [`response`], and only there.

mod response;

use crate::answer::Failure;
use crate::budget::Exceeded;

pub use response::{Body, Response};

/// Why a request was not answered as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The body is no JSON.
    #[error("The body is not valid JSON: {problem} at line {line}, column {column}.")]
    InvalidJson {
        /// What the parser met.
        problem: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A field has a value that it can't have.
    #[error("{message}")]
    InvalidField {
        /// Path of the field: `messages[0].role`.
        param: String,
        /// For people: what is wrong and what would be right.
        message: String,
    },
    /// A field that would change the answer's meaning, which Gusset does not support yet.
    #[error("`{param}` is not supported: {reason}.")]
    Unsupported {
        /// Path of the field.
        param: String,
        /// What is asked for and what may be sent instead.
        reason: String,
    },
    /// The other components refuse the request as it stands; the text names the field and the remedy.
    #[error("{0}")]
    InvalidRequest(String),
    /// There is nothing to work on.
    #[error("`{param}` is empty: {remedy}.")]
    EmptyInput {
        /// Path of the field.
        param: String,
        /// What to send.
        remedy: &'static str,
    },
    /// An upload of zero bytes.
    #[error("The file `{filename}` is empty: there is nothing to index.")]
    EmptyFile {
        /// As uploaded.
        filename: String,
    },
    /// An upload that is no text.
    #[error("The file `{filename}` is not valid UTF-8: the first invalid byte is at offset {offset}.")]
    InvalidUtf8 {
        /// As uploaded.
        filename: String,
        /// In bytes, from 0.
        offset: usize,
    },
    /// The body is no multipart form.
    #[error("The body is not a valid multipart form: {0}.")]
    InvalidMultipart(String),
    /// The body's media type is not the one that the endpoint reads.
    #[error("The body must be `{expected}`.")]
    UnsupportedMediaType {
        /// The media type.
        expected: &'static str,
    },
    /// The body exceeds its limit; the rest of it was not read.
    #[error("The body is larger than the limit of {limit} bytes (`{setting}`).")]
    BodyTooLarge {
        /// In bytes.
        limit: u64,
        /// The configuration key that sets it.
        setting: &'static str,
    },
    /// The body broke off.
    #[error("The body could not be read to its end: {0}.")]
    BodyInterrupted(String),
    /// No bearer key, where one is needed.
    #[error("No API key was given. Send it as `Authorization: Bearer KEY`.")]
    MissingKey,
    /// A bearer key that is none of the configured ones.
    #[error("The API key is not valid.")]
    WrongKey,
    /// A key whose time is over.
    #[error("The API key `{key}` expired at {at}. Ask for a new one.")]
    ExpiredKey {
        /// Its name.
        key: String,
        /// As [`crate::calendar::timestamp`] writes it.
        at: String,
    },
    /// A key that does not open what was asked for; says what is missing.
    #[error("The API key `{key}` may not {what}: {missing}.")]
    Forbidden {
        /// Its name.
        key: String,
        /// What was asked for.
        what: String,
        /// What the key would have to have.
        missing: String,
    },
    /// Nothing configured lets anybody in here.
    #[error("{0}")]
    NoAdmin(&'static str),
    /// No model is allowed for the request; says which rule excludes which.
    #[error("No model is allowed for this request: {0}.")]
    NotAllowed(String),
    /// `cache-control: only-if-cached`, and the cache has nothing.
    #[error(
        "The answer is not in the cache, and `cache-control: only-if-cached` allows no other. Leave it out to have it made."
    )]
    NotCached,
    /// A limit that the call would exceed.
    #[error("{0}")]
    BudgetExceeded(Box<Exceeded>),
    /// Spending is limited, and what the call would cost can't be known.
    #[error(
        "The budget `{budget}` limits spending, and there is no price for `{model}`: give it one in `[[models]]` (0 is one), or set \
         `unpriced = \"allow\"` in the budget."
    )]
    Unpriced {
        /// Its name.
        budget: String,
        /// As requested.
        model: String,
    },
    /// No endpoint of that path.
    #[error("There is no endpoint `{path}`.")]
    UnknownRoute {
        /// As requested.
        path: String,
    },
    /// The endpoint exists, for other methods.
    #[error("This endpoint does not take `{method}`; it takes {allow}.")]
    MethodNotAllowed {
        /// As requested.
        method: String,
        /// The methods, comma-separated.
        allow: String,
    },
    /// No such file, vector store or trace.
    #[error("There is no {kind} `{id}`.")]
    NotFound {
        /// `file`, `vector store` and so on.
        kind: &'static str,
        /// As requested.
        id: String,
    },
    /// No such model; the names there are.
    #[error("There is no model `{model}`. {}", there_are(known))]
    UnknownModel {
        /// As requested.
        model: String,
        /// Names there are.
        known: Vec<String>,
    },
    /// The name is taken.
    #[error("There is a vector store named `{0}` already.")]
    AlreadyExists(String),
    /// The collection was made by another embedding model than the one running; says both fingerprints.
    #[error("{0}")]
    ModelMismatch(String),
    /// The prompt does not fit.
    #[error("The prompt needs {needed} tokens; the context window has {available}.")]
    ContextExceeded {
        /// In tokens.
        needed: u32,
        /// In tokens.
        available: u32,
    },
    /// Gusset or a target has more to do than it can: the same request may succeed soon.
    #[error("{message}")]
    Overloaded {
        /// For people.
        message: String,
        /// When to come back, in seconds.
        retry_after: u32,
    },
    /// No target answered.
    #[error("No model answered: {}", describe(.0))]
    GenerationFailed(Vec<Failure>),
    /// The answer broke off after its first token.
    #[error("The answer broke off: {}", describe(std::slice::from_ref(.0)))]
    Interrupted(Failure),
    /// Searching failed.
    #[error("Retrieval failed: {0}")]
    Retrieval(String),
    /// The key-value store failed.
    #[error("The key-value store failed: {0}")]
    Store(String),
    /// A configured value that can't be.
    #[error("Gusset's configuration is invalid: `{key}` {problem}.")]
    Configuration {
        /// The configuration key.
        key: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Anything else.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// A field with a value that it can't have.
    pub fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidField { param: param.into(), message: message.into() }
    }

    /// A field that Gusset does not support yet.
    pub fn unsupported(param: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Unsupported { param: param.into(), reason: reason.into() }
    }
}

fn there_are(names: &[String]) -> String {
    /// As many as fit a line that someone reads.
    const SHOWN: usize = 20;
    match names.len() {
        0 => "There is none yet: create a vector store, or name a generation server.".to_owned(),
        n if n <= SHOWN => format!("There are: {}.", names.join(", ")),
        n => {
            format!("There are: {} and {} more.", names.get(..SHOWN).unwrap_or(names).join(", "), n - SHOWN)
        }
    }
}

fn describe(failures: &[Failure]) -> String {
    match failures {
        [] => "there is no target.".to_owned(),
        some => some.iter().map(|f| format!("{}: {}", f.target, f.message)).collect::<Vec<_>>().join("; "),
    }
}
