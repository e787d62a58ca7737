//! The one database of this instance, and the transport to it. The host pools connections.

use crate::bindings::spin::postgres::postgres::{Connection, DbValue, Error, ParameterValue, QueryError};
use crate::surroundings::{NAMES, settings};
use gusset_engines::postgres::{Database, Failure, Postgres, Session, address};
use gusset_retrieve::engine::Engine;
use std::sync::OnceLock;

/// Statements over `spin:postgres`.
pub(crate) struct Transport {
    address: String,
}

/// The engine that the configuration names. It makes no index: a request is no place to wait until one is built.
pub(crate) fn engine() -> Result<&'static dyn Engine, String> {
    static ENGINE: OnceLock<Result<Postgres<Transport>, String>> = OnceLock::new();
    let open = || {
        let (url, password) = settings()?;
        let address =
            address(&url, password.as_deref()).map_err(|error| format!("`{}`: {error}", NAMES.url))?;
        Ok(Postgres::new(Transport { address }, NAMES).without_index())
    };
    match ENGINE.get_or_init(open) {
        Ok(postgres) => Ok(postgres),
        Err(problem) => Err(problem.clone()),
    }
}

impl Database for Transport {
    type Session<'a> = Connection;

    async fn session(&self) -> Result<Connection, Failure> {
        Connection::open_async(self.address.clone()).await.map_err(Failure::from)
    }
}

impl Session for Connection {
    async fn query(&mut self, sql: &str, parameters: &[&str]) -> Result<Vec<String>, Failure> {
        let parameters = parameters.iter().map(|&text| ParameterValue::Str(text.to_owned())).collect();
        let (_, rows, outcome) = self.query_async(sql.to_owned(), parameters).await?;
        let rows = rows.collect().await;
        outcome.await?;
        let text = |row: Vec<DbValue>| match row.into_iter().next() {
            Some(DbValue::Str(text)) => Some(text),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(text).collect())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::ConnectionFailed(problem) => Self::Connection(problem),
            Error::QueryFailed(QueryError::DbError(error)) => {
                Self::Statement { code: error.code, message: error.message }
            }
            Error::QueryFailed(QueryError::Text(problem))
            | Error::BadParameter(problem)
            | Error::ValueConversionFailed(problem)
            | Error::Other(problem) => Self::Other(problem),
        }
    }
}
