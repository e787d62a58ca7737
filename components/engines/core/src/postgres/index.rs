//! The index over vectors: one for each collection that is large enough for it.

use super::transport::Session;
use super::{Database, Postgres};
use gusset_retrieve::engine::{At, Record};

/// Passages up to which vectors are compared one by one: about 10 ms on one core.
pub(super) const EXACT: u64 = 10_000;

/// Makes the index if it is missing, beside other writers. Until it is there, and where it can't be made, searches compare vectors one by one.
pub(super) async fn ensure<D: Database>(postgres: &Postgres<D>, at: At<'_>, record: &Record) {
    let Some(dimension) = record.passages.first().map(|passage| passage.vector.values.len()) else { return };
    let Ok(mut session) = postgres.database.session().await else { return };
    let id = at.incarnation;
    // A build that was broken off leaves an index that is not valid; one that is under way holds the lock.
    let state = format!(
        "SELECT CASE WHEN bool_or(i.indisvalid) THEN 'there' \
                WHEN pg_try_advisory_lock(738461029, {key}) THEN 'missing' ELSE 'building' END \
         FROM pg_index i WHERE i.indexrelid = to_regclass('gusset_vectors_{id}')",
        key = id % (1 << 31),
    );
    if !session
        .query(&state, &[])
        .await
        .is_ok_and(|rows| rows.first().is_some_and(|state| state == "missing"))
    {
        return;
    }
    let build = format!(
        "CREATE INDEX CONCURRENTLY gusset_vectors_{id} ON gusset_passages \
         USING hnsw ((vector::vector({dimension})) vector_ip_ops) WHERE collection = {id}"
    );
    for statement in [format!("DROP INDEX CONCURRENTLY IF EXISTS gusset_vectors_{id}"), build] {
        if let Err(failure) = session.query(&statement, &[]).await {
            let problem = failure.told(postgres.names);
            postgres.database.warn(&format!("no index over the vectors of {:?}: {problem}", at.name));
            break;
        }
    }
    let unlock = format!("SELECT pg_advisory_unlock(738461029, {})::text", id % (1 << 31));
    drop(session.query(&unlock, &[]).await);
}
