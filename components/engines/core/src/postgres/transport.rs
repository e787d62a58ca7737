//! The transport, what its failures mean, and the form in which values travel.
//!
//! All values are texts: parameters are cast where a statement uses them, and a row is one JSON text. So a transport needs no type but text, whatever a client knows of
//! arrays or of vectors; and since each statement is a transaction of its own, it may run on any connection of a pool.

use crate::{Names, Surroundings};
use gusset_retrieve::engine::EngineError;
use serde::de::DeserializeOwned;
use std::fmt::Display;

/// A database that statements can be sent to.
pub trait Database: Surroundings {
    /// One of its connections.
    type Session<'a>: Session
    where
        Self: 'a;

    /// A connection.
    ///
    /// # Errors
    /// There is none to be had.
    fn session(&self) -> impl Future<Output = Result<Self::Session<'_>, Failure>>;
}

/// A connection for some statements, one after the other.
pub trait Session {
    /// Runs one statement, in a transaction of its own. Each parameter is a text, and so is the one column of each row.
    ///
    /// # Errors
    /// The statement failed, or the connection.
    fn query(&mut self, sql: &str, parameters: &[&str])
    -> impl Future<Output = Result<Vec<String>, Failure>>;
}

/// Why a statement has no result.
#[derive(Clone, Debug)]
pub enum Failure {
    /// There is no connection: the database is not there, or does not let this client in. Says how, for people.
    Connection(String),
    /// The database refused the statement.
    Statement {
        /// Its SQLSTATE.
        code: String,
        /// What it said.
        message: String,
    },
    /// Anything else, for people.
    Other(String),
}

/// SQLSTATEs that mean something here.
mod code {
    pub(super) const FOREIGN_KEY_VIOLATION: &str = "23503";
    pub(super) const UNDEFINED_TABLE: &str = "42P01";
    pub(super) const UNDEFINED_FUNCTION: &str = "42883";
    /// Invalid authorization, and the class of all about it.
    pub(super) const AUTHORIZATION: &str = "28";
}

/// In what words a connection says that the database does not let its user in.
const REFUSALS: [&str; 2] = ["authentication failed", "password missing"];

// === impl Failure ===

impl Failure {
    /// Tables or functions are missing: nothing was ever kept there, or by another version only.
    pub(super) fn is_unprepared(&self) -> bool {
        self.has([code::UNDEFINED_TABLE, code::UNDEFINED_FUNCTION])
    }

    fn has<const N: usize>(&self, codes: [&str; N]) -> bool {
        matches!(self, Self::Statement { code, .. } if codes.contains(&code.as_str()))
    }

    /// For whoever asked, naming the setting to see to.
    pub(super) fn told(self, names: Names) -> EngineError {
        // A document refers to its collection: without it, it can't be written.
        if self.has([code::FOREIGN_KEY_VIOLATION]) {
            return EngineError::Gone;
        }
        EngineError::Failed(match self {
            Self::Statement { code, message } if code.starts_with(code::AUTHORIZATION) => {
                refused(&message, names)
            }
            // A client that has no code for it says it in words.
            Self::Connection(problem) if REFUSALS.iter().any(|words| problem.contains(words)) => {
                refused(&problem, names)
            }
            Self::Connection(problem) => {
                format!("PostgreSQL can't be reached ({problem}): see `{}`", names.url)
            }
            Self::Statement { code, message } => format!("PostgreSQL: {message} (SQLSTATE {code})"),
            Self::Other(problem) => format!("PostgreSQL: {problem}"),
        })
    }
}

fn refused(problem: &str, Names { url, key }: Names) -> String {
    format!("PostgreSQL does not let Gusset in ({problem}): see the user in `{url}`, and `{key}`")
}

/// A row as what it holds.
pub(super) fn row<T: DeserializeOwned>(row: &str) -> Result<T, EngineError> {
    serde_json::from_str(row)
        .map_err(|error| EngineError::Failed(format!("PostgreSQL: a row is not what it should be: {error}")))
}

/// An array of numbers as PostgreSQL reads it from a text.
pub(super) fn array<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    list('{', values, '}')
}

/// A vector as pgvector reads it from a text.
pub(super) fn vector(values: &[f32]) -> String {
    list('[', values, ']')
}

fn list<T: Display>(open: char, values: impl IntoIterator<Item = T>, close: char) -> String {
    let mut text = String::from(open);
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text += &value.to_string();
    }
    text.push(close);
    text
}
