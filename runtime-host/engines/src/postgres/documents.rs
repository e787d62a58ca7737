//! Documents: replaced, removed and read, each in one transaction.

use super::connection::{Lease, failed};
use super::row::{self, get, large, signed, small};
use futures::future::try_join_all;
use gusset_retrieve::engine::{At, EngineError, Head, Kept, Record, Vector};
use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;

/// Documents a page.
const PAGE: i64 = 1000;

/// Passages written at once: what is on its way without an answer.
const AT_ONCE: usize = 64;

/// Takes the row for this transaction, whoever was first, and says what the document was.
const TAKE: &str = "
    INSERT INTO gusset_documents (collection, id, content, title, bytes, tokens, passages, added_at, keys, values, pairs, number_keys, numbers)
    VALUES ($1, $2, '', '', 0, 0, 0, 0, '{}', '{}', '{}', '{}', '{}')
    ON CONFLICT (collection, id) DO UPDATE SET id = excluded.id
    RETURNING bytes, xmax = 0 AS is_new";

const SET: &str = "
    UPDATE gusset_documents
    SET content = $3, title = $4, bytes = $5, tokens = $6, passages = $7, added_at = $8, keys = $9, values = $10, pairs = $11, number_keys = $12,
        numbers = $13
    WHERE collection = $1 AND id = $2";

const ADD: &str = "
    WITH added AS (
        INSERT INTO gusset_passages (collection, document, number, first_byte, last_byte, tokens, headings, text, terms, counts, length, vector)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::float4[]::vector)
        RETURNING id, collection, terms, counts, length
    )
    INSERT INTO gusset_postings (collection, term, passage, count, length)
    SELECT a.collection, t.term, a.id, t.count, a.length FROM added a, unnest(a.terms, a.counts) AS t(term, count)";

const TAKE_OUT: &str = "
    DELETE FROM gusset_postings p
    USING (SELECT collection, id, unnest(terms) AS term FROM gusset_passages WHERE collection = $1 AND document = $2) o
    WHERE p.collection = o.collection AND p.term = o.term AND p.passage = o.id";

const DELETE: &str = "
    WITH gone AS (DELETE FROM gusset_passages WHERE collection = $1 AND document = $2 RETURNING length)
    SELECT count(*) AS passages, coalesce(sum(length), 0)::bigint AS length FROM gone";

/// Last, because it is what writers of other documents wait for.
const COUNT: &str = "
    UPDATE gusset_collections
    SET documents = documents + $2, passages = passages + $3, length = length + $4, bytes = bytes + $5
    WHERE id = $1 RETURNING passages";

/// What a change adds to a collection.
#[derive(Default)]
struct Change {
    documents: i64,
    passages: i64,
    length: i64,
    bytes: i64,
}

/// Passages of the collection, afterwards.
pub(super) async fn replace(lease: &mut Lease<'_>, at: At<'_>, record: &Record) -> Result<u64, EngineError> {
    let (collection, id) = (signed(at.incarnation), record.info.id.as_str());
    let add = lease.prepare(ADD).await?;
    let transaction = lease.transaction().await?;
    let taken = transaction.query_one(TAKE, &[&collection, &id]).await.map_err(gone)?;
    let mut change = clear(&transaction, collection, id).await?;
    change.documents = i64::from(get::<bool>(&taken, "is_new")?);
    change.bytes = i64::from(record.info.bytes) - get::<i64>(&taken, "bytes")?;
    change.passages += record.passages.len() as i64;
    change.length += record.passages.iter().map(|passage| i64::from(passage.length)).sum::<i64>();
    set(&transaction, collection, record).await?;
    for (passages, first) in record.passages.chunks(AT_ONCE).zip((0..).step_by(AT_ONCE)) {
        // Sent one after the other without waiting, and answered together.
        let adds = passages.iter().zip(first..).map(async |(passage, number): (&Kept, i64)| {
            let values = Columns::of(passage);
            let parameters: [super::connection::Value<'_>; 12] = [
                &collection,
                &id,
                &number,
                &values.first,
                &values.last,
                &values.tokens,
                &values.headings,
                &values.text,
                &values.terms,
                &values.counts,
                &values.length,
                &values.vector,
            ];
            transaction.execute(&add, &parameters).await.map(drop)
        });
        try_join_all(adds).await.map_err(failed)?;
    }
    let passages = count(&transaction, collection, &change).await?;
    transaction.commit().await.map_err(failed)?;
    Ok(passages)
}

pub(super) async fn remove(lease: &mut Lease<'_>, at: At<'_>, id: &str) -> Result<bool, EngineError> {
    let collection = signed(at.incarnation);
    let transaction = lease.transaction().await?;
    let lock = "SELECT bytes FROM gusset_documents WHERE collection = $1 AND id = $2 FOR UPDATE";
    let Some(row) = transaction.query_opt(lock, &[&collection, &id]).await.map_err(failed)? else {
        return Ok(false);
    };
    let change = clear(&transaction, collection, id).await?;
    let change = Change { documents: -1, bytes: -get::<i64>(&row, "bytes")?, ..change };
    let delete = "DELETE FROM gusset_documents WHERE collection = $1 AND id = $2";
    transaction.execute(delete, &[&collection, &id]).await.map_err(failed)?;
    count(&transaction, collection, &change).await?;
    transaction.commit().await.map_err(failed)?;
    Ok(true)
}

pub(super) async fn retitle(
    lease: &mut Lease<'_>,
    at: At<'_>,
    content: [u8; 16],
    (id, title, added_at): (&str, &str, u64),
) -> Result<bool, EngineError> {
    let sql = "UPDATE gusset_documents SET title = $4, added_at = $5 \
               WHERE collection = $1 AND id = $2 AND content = $3 RETURNING id";
    let (content, title) = (content.as_slice(), row::text(title));
    let rows = lease.query(sql, &[&signed(at.incarnation), &id, &content, &title, &signed(added_at)]).await?;
    Ok(!rows.is_empty())
}

pub(super) async fn head(lease: &mut Lease<'_>, at: At<'_>, id: &str) -> Result<Option<Head>, EngineError> {
    let sql = format!("SELECT {} FROM gusset_documents d WHERE d.collection = $1 AND d.id = $2", row::HEAD);
    lease.query(&sql, &[&signed(at.incarnation), &id]).await?.first().map(row::head).transpose()
}

pub(super) async fn heads(lease: &mut Lease<'_>, at: At<'_>, after: &str) -> Result<Vec<Head>, EngineError> {
    let sql = format!(
        "SELECT {} FROM gusset_documents d WHERE d.collection = $1 AND d.id > $2 ORDER BY d.id LIMIT $3",
        row::HEAD
    );
    lease.query(&sql, &[&signed(at.incarnation), &after, &PAGE]).await?.iter().map(row::head).collect()
}

/// In one statement, so that the passages are those of the head.
pub(super) async fn read(lease: &mut Lease<'_>, at: At<'_>, id: &str) -> Result<Option<Record>, EngineError> {
    let sql = format!(
        "SELECT {}, p.number, p.first_byte, p.last_byte, p.tokens AS passage_tokens, p.headings, p.text, p.terms, p.counts, p.length, \
                p.vector::float4[] AS vector \
         FROM gusset_documents d LEFT JOIN gusset_passages p ON p.collection = d.collection AND p.document = d.id \
         WHERE d.collection = $1 AND d.id = $2 ORDER BY p.number",
        row::HEAD
    );
    let rows = lease.query(&sql, &[&signed(at.incarnation), &id]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let Head { info, content } = row::head(first)?;
    let mut passages = Vec::with_capacity(rows.len());
    for row in &rows {
        // A document without passages has one row without a passage.
        let Some(_) = get::<Option<i64>>(row, "number")? else { continue };
        let terms: Vec<i32> = get(row, "terms")?;
        let counts: Vec<i16> = get(row, "counts")?;
        let counts = counts.into_iter().map(|count| u8::try_from(count).unwrap_or(u8::MAX));
        let vector: Vec<f32> = get(row, "vector")?;
        passages.push(Kept {
            start: small(row, "first_byte")?,
            end: small(row, "last_byte")?,
            tokens: small(row, "passage_tokens")?,
            headings: get(row, "headings")?,
            text: get(row, "text")?,
            vector: Vector::rounded(&vector),
            terms: terms.into_iter().map(i32::cast_unsigned).zip(counts).collect(),
            length: small(row, "length")?,
        });
    }
    Ok(Some(Record { info, content, passages }))
}

/// Takes out all passages of a document.
async fn clear(transaction: &Transaction<'_>, collection: i64, id: &str) -> Result<Change, EngineError> {
    transaction.execute(TAKE_OUT, &[&collection, &id]).await.map_err(failed)?;
    let row = transaction.query_one(DELETE, &[&collection, &id]).await.map_err(failed)?;
    let (passages, length) = (get::<i64>(&row, "passages")?, get::<i64>(&row, "length")?);
    Ok(Change { passages: -passages, length: -length, ..Change::default() })
}

async fn set(transaction: &Transaction<'_>, collection: i64, record: &Record) -> Result<(), EngineError> {
    let info = &record.info;
    let fields = record.fields();
    let (keys, values): (Vec<String>, Vec<String>) =
        info.metadata.iter().map(|(key, value)| (row::text(key), row::text(value))).unzip();
    let pairs: Vec<i64> = fields.pairs.iter().map(|pair| pair.cast_signed()).collect();
    let (number_keys, numbers): (Vec<i64>, Vec<f64>) =
        fields.numbers.iter().map(|&(key, number)| (i64::from(key), number)).unzip();
    let content = record.content.as_slice();
    let (bytes, tokens, passages) = (i64::from(info.bytes), i64::from(info.tokens), i64::from(info.passages));
    let title = row::text(&info.title);
    let parameters: [super::connection::Value<'_>; 13] = [
        &collection,
        &info.id,
        &content,
        &title,
        &bytes,
        &tokens,
        &passages,
        &signed(info.added_at),
        &keys,
        &values,
        &pairs,
        &number_keys,
        &numbers,
    ];
    transaction.execute(SET, &parameters).await.map(drop).map_err(failed)
}

async fn count(transaction: &Transaction<'_>, collection: i64, change: &Change) -> Result<u64, EngineError> {
    let Change { documents, passages, length, bytes } = change;
    let row = transaction.query_opt(COUNT, &[&collection, documents, passages, length, bytes]).await;
    match row.map_err(failed)? {
        Some(row) => large(&row, "passages"),
        None => Err(EngineError::Gone),
    }
}

/// A document refers to its collection: without it, it can't be written.
fn gone(error: tokio_postgres::Error) -> EngineError {
    match error.code() {
        Some(code) if *code == SqlState::FOREIGN_KEY_VIOLATION => EngineError::Gone,
        _ => failed(error),
    }
}

/// A passage as its row has it.
struct Columns {
    first: i64,
    last: i64,
    tokens: i64,
    headings: Vec<String>,
    text: String,
    terms: Vec<i32>,
    counts: Vec<i16>,
    length: i64,
    vector: Vec<f32>,
}

impl Columns {
    fn of(passage: &Kept) -> Self {
        let (terms, counts) =
            passage.terms.iter().map(|&(term, count)| (term.cast_signed(), i16::from(count))).unzip();
        Self {
            first: passage.start.into(),
            last: passage.end.into(),
            tokens: passage.tokens.into(),
            headings: passage.headings.iter().map(|heading| row::text(heading)).collect(),
            text: row::text(&passage.text),
            terms,
            counts,
            length: passage.length.into(),
            vector: passage.vector.values(),
        }
    }
}
