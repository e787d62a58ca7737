//! The tables and functions, made where they are missing.

use super::transport::{Failure, Session};
use crate::{Error, Names};

/// The first pgvector whose index goes on where a filter leaves passages out.
const PGVECTOR: &str = "0.8.0";

/// One statement.
const SCHEMA: &str = include_str!("schema.sql");

/// Makes what is missing.
pub(super) async fn make(session: &mut impl Session) -> Result<(), Failure> {
    session.query(SCHEMA, &[]).await.map(drop)
}

/// The same, and refuses a pgvector that is too old.
pub(super) async fn prepare(session: &mut impl Session, names: Names) -> Result<(), Error> {
    let unusable = |failure: Failure| Error::Unusable(failure.told(names).to_string());
    make(session).await.map_err(unusable)?;
    let version = "SELECT extversion::text FROM pg_extension WHERE extname = 'vector'";
    let found = session.query(version, &[]).await.map_err(unusable)?.into_iter().next().unwrap_or_default();
    if numbers(&found) < numbers(PGVECTOR) {
        return Err(Error::Version { found, needed: PGVECTOR });
    }
    Ok(())
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|number| number.parse().ok()).collect()
}
