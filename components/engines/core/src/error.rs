//! Why an engine can't be used, said before anything is asked of it.

/// Why an engine can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database's URL isn't one.
    #[error("the URL of the database is not understood: {0}; write postgres://USER@HOST:PORT/DATABASE")]
    Database(String),
    /// The server's URL isn't one.
    #[error("the URL of the server is not understood: {0}; write http://HOST:6333")]
    Server(String),
    /// The key can't be sent.
    #[error("the key has characters that no header has")]
    Key,
    /// It can't be reached, or has none of the rights it takes.
    #[error("{0}")]
    Unusable(String),
    /// The database has no pgvector, or one that is too old.
    #[error(
        "the database has pgvector {found}, and {needed} or later is needed: filters would lose passages"
    )]
    Version {
        /// What it has.
        found: String,
        /// The first that will do.
        needed: &'static str,
    },
}
