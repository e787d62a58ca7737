//! Why a configuration was refused, in words that name the place and the remedy.

use std::path::PathBuf;

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be read.
    #[error("{path} can't be read: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not TOML, or a value of the wrong type. The source points at the line.
    #[error("{path}: {source}", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: Box<toml::de::Error>,
    },
    /// A key that means nothing, most likely misspelt.
    #[error("{path}:{line}: unknown key `{key}`{place}; did you mean `{nearest}`?", path = path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// As written.
        key: String,
        /// ` in [section]`, or nothing at the top level.
        place: String,
        /// The known key nearest to it.
        nearest: String,
    },
    /// `--embed component` where the host keeps collections.
    #[error("`retrieval.engine` is set, so the host embeds: leave out `--embed component`")]
    ComponentOverEngine,
    /// A value outside its range.
    #[error("{path}: `{key}` {problem}", path = path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// `section.key`
        key: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
}
