//! The index over vectors: one for each collection that is large enough for it.

use super::connection::Lease;
use gusset_retrieve::engine::{At, Record};

/// Passages up to which vectors are compared one by one: about 10 ms on one core.
pub(super) const EXACT: u64 = 10_000;

/// What drops a collection's index, if it has one.
pub(super) fn drop(collection: i64) -> String {
    format!("DROP INDEX IF EXISTS gusset_vectors_{collection}")
}

/// Makes the index if it is missing, beside other writers. Until it is there, and where it can't be made, searches compare vectors one by one.
pub(super) async fn ensure(lease: &mut Lease<'_>, at: At<'_>, record: &Record) {
    let Some(dimension) = record.passages.first().map(|passage| passage.vector.values.len()) else { return };
    let id = at.incarnation;
    // A build that was broken off leaves an index that is not valid; one that is under way holds the lock.
    let state = format!(
        "SELECT CASE WHEN bool_or(i.indisvalid) THEN 'there' \
                WHEN pg_try_advisory_lock(738461029, {key}) THEN 'missing' ELSE 'building' END \
         FROM pg_index i WHERE i.indexrelid = to_regclass('gusset_vectors_{id}')",
        key = id % (1 << 31),
    );
    match lease.simple(&state).await.as_ref().map(Option::as_deref) {
        Ok(Some("missing")) => {}
        _ => return,
    }
    let build = format!(
        "CREATE INDEX CONCURRENTLY gusset_vectors_{id} ON gusset_passages \
         USING hnsw ((vector::vector({dimension})) vector_ip_ops) WHERE collection = {id}"
    );
    for statement in [format!("DROP INDEX CONCURRENTLY IF EXISTS gusset_vectors_{id}"), build] {
        if let Err(error) = lease.batch(&statement).await {
            tracing::warn!("no index over the vectors of {:?}: {error}", at.name);
            break;
        }
    }
    std::mem::drop(lease.batch(&format!("SELECT pg_advisory_unlock(738461029, {})", id % (1 << 31))).await);
}
