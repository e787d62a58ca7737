//! The tables, made where they are missing.

use super::Error;
use super::connection::Lease;

/// The first pgvector whose index goes on where a filter leaves passages out.
const PGVECTOR: &str = "0.8.0";

/// One who makes tables at a time: `IF NOT EXISTS` alone fails where two begin at once. Collation `C`, so that identifiers sort by their bytes.
const SCHEMA: &str = r#"
    BEGIN;
    SELECT pg_advisory_xact_lock(7384610292);
    CREATE EXTENSION IF NOT EXISTS vector;
    CREATE TABLE IF NOT EXISTS gusset_collections (
        id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant    text COLLATE "C" NOT NULL,
        name      text COLLATE "C" NOT NULL,
        settings  text NOT NULL,
        documents bigint NOT NULL DEFAULT 0,
        passages  bigint NOT NULL DEFAULT 0,
        length    bigint NOT NULL DEFAULT 0,
        bytes     bigint NOT NULL DEFAULT 0,
        UNIQUE (tenant, name)
    );
    CREATE TABLE IF NOT EXISTS gusset_documents (
        collection  bigint NOT NULL REFERENCES gusset_collections ON DELETE CASCADE,
        id          text COLLATE "C" NOT NULL,
        content     bytea NOT NULL,
        title       text NOT NULL,
        bytes       bigint NOT NULL,
        tokens      bigint NOT NULL,
        passages    bigint NOT NULL,
        added_at    bigint NOT NULL,
        keys        text[] NOT NULL,
        values      text[] NOT NULL,
        pairs       bigint[] NOT NULL,
        number_keys bigint[] NOT NULL,
        numbers     float8[] NOT NULL,
        PRIMARY KEY (collection, id)
    );
    CREATE INDEX IF NOT EXISTS gusset_documents_pairs ON gusset_documents USING gin (pairs);
    CREATE TABLE IF NOT EXISTS gusset_passages (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        collection bigint NOT NULL,
        document   text COLLATE "C" NOT NULL,
        number     bigint NOT NULL,
        first_byte bigint NOT NULL,
        last_byte  bigint NOT NULL,
        tokens     bigint NOT NULL,
        headings   text[] NOT NULL,
        text       text NOT NULL,
        terms      int[] NOT NULL,
        counts     smallint[] NOT NULL,
        length     bigint NOT NULL,
        vector     vector NOT NULL,
        UNIQUE (collection, document, number),
        FOREIGN KEY (collection, document) REFERENCES gusset_documents ON DELETE CASCADE
    );
    CREATE TABLE IF NOT EXISTS gusset_postings (
        collection bigint NOT NULL,
        term       int NOT NULL,
        passage    bigint NOT NULL,
        count      smallint NOT NULL,
        length     bigint NOT NULL,
        PRIMARY KEY (collection, term, passage) INCLUDE (count, length)
    );
    COMMIT;
"#;

pub(super) async fn prepare(lease: &Lease<'_>) -> Result<(), Error> {
    if let Err(error) = lease.batch(SCHEMA).await {
        // What failed inside of it is still open.
        drop(lease.batch("ROLLBACK").await);
        let error = super::connection::failed(error);
        return Err(Error::Unusable(error.to_string()));
    }
    let version = lease.simple("SELECT extversion FROM pg_extension WHERE extname = 'vector'").await;
    let found = version.map_err(|error| Error::Unusable(error.to_string()))?.unwrap_or_default();
    if numbers(&found) < numbers(PGVECTOR) {
        return Err(Error::Version { found, needed: PGVECTOR });
    }
    Ok(())
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|number| number.parse().ok()).collect()
}
