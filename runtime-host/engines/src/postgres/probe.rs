//! The first stage of a search, in one statement over one snapshot.

use super::connection::{Lease, Value};
use super::row::{get, large, signed, small};
use gusset_retrieve::engine::{At, Clause, EngineError, Probe, Seen, Statistics};
use gusset_types::Passage;
use std::fmt::Write as _;
use tokio_postgres::types::ToSql;

pub(super) async fn statistics(
    lease: &mut Lease<'_>,
    at: At<'_>,
    terms: &[u32],
) -> Result<Statistics, EngineError> {
    let sql = "SELECT passages, length, \
               ARRAY(SELECT (SELECT count(*) FROM gusset_postings p WHERE p.collection = c.id AND p.term = t.term) \
                     FROM unnest($2::int[]) WITH ORDINALITY AS t(term, place) ORDER BY t.place) AS frequencies \
               FROM gusset_collections c WHERE id = $1";
    let terms: Vec<i32> = terms.iter().map(|term| term.cast_signed()).collect();
    let rows = lease.query(sql, &[&signed(at.incarnation), &terms]).await?;
    let row = rows.first().ok_or(EngineError::Gone)?;
    let frequencies: Vec<i64> = get(row, "frequencies")?;
    Ok(Statistics {
        passages: large(row, "passages")?,
        length: large(row, "length")?,
        frequencies: frequencies.into_iter().map(|count| u64::try_from(count).unwrap_or_default()).collect(),
    })
}

pub(super) async fn probe(
    lease: &mut Lease<'_>,
    at: At<'_>,
    probe: &Probe<'_>,
) -> Result<Vec<Seen>, EngineError> {
    let (terms, weights): (Vec<i32>, Vec<f32>) =
        probe.terms.iter().map(|&(term, weight)| (term.cast_signed(), weight)).unzip();
    let vector = probe.vector.to_vec();
    let (base, slope, count) = (f64::from(probe.base), f64::from(probe.slope), i64::from(probe.count));
    let filter = Filter::new(probe.clauses);
    let sql = statement(at.incarnation, probe, &filter.sql);
    let mut parameters: Vec<Value<'_>> = vec![&vector, &terms, &weights, &base, &slope, &count];
    parameters.extend(filter.values.iter().map(|value| -> Value<'_> { value.as_ref() }));
    let rows = lease.query(&sql, &parameters).await?;
    rows.iter()
        .map(|row| {
            let (keys, values): (Vec<String>, Vec<String>) = (get(row, "keys")?, get(row, "values")?);
            let counts: Vec<i16> = get(row, "counts")?;
            let passage = Passage {
                document: get(row, "document")?,
                title: get(row, "title")?,
                start: small(row, "first_byte")?,
                end: small(row, "last_byte")?,
                text: get(row, "text")?,
                headings: get(row, "headings")?,
                score: 0.0,
                tokens: small(row, "tokens")?,
                metadata: keys.into_iter().zip(values).collect(),
            };
            Ok(Seen {
                passage,
                number: small(row, "number")?,
                cosine: get::<f64>(row, "cosine")? as f32,
                counts: counts.into_iter().map(|count| u8::try_from(count).unwrap_or(u8::MAX)).collect(),
                length: small(row, "length")?,
            })
        })
        .collect()
}

/// Parameters that every probe has; those of the filter follow.
const FIXED: usize = 6;

/// The collection and its dimension stand in the statement as numbers: its index over vectors is one for just these.
fn statement(collection: u64, probe: &Probe<'_>, filter: &str) -> String {
    let dimension = probe.vector.len();
    let filtered = !filter.is_empty();
    let passages = if filtered {
        "JOIN gusset_passages x ON x.id = p.passage JOIN gusset_documents d ON d.collection = x.collection AND d.id = x.document"
    } else {
        ""
    };
    let documents = if filtered {
        "JOIN gusset_documents d ON d.collection = x.collection AND d.id = x.document"
    } else {
        ""
    };
    // Both sides are always there, so that there are few statements to prepare; one that isn't wanted is empty.
    let by_vector = probe.by_vector;
    format!(
        "WITH words AS MATERIALIZED (
            SELECT p.passage AS id
            FROM unnest($2::int[], $3::float4[]) AS w(term, weight)
            JOIN gusset_postings p ON p.collection = {collection} AND p.term = w.term {passages}
            WHERE true {filter}
            GROUP BY p.passage
            ORDER BY sum(w.weight * p.count / (p.count + $4::float8 + $5::float8 * p.length)) DESC, p.passage
            LIMIT $6::bigint
        ), near AS MATERIALIZED (
            SELECT x.id FROM gusset_passages x {documents}
            WHERE x.collection = {collection} AND {by_vector} {filter}
            ORDER BY x.vector::vector({dimension}) <#> $1::float4[]::vector({dimension})
            LIMIT $6::bigint
        )
        SELECT d.id AS document, d.title, d.keys, d.values, x.number, x.first_byte, x.last_byte, x.tokens, x.headings, x.text, x.length,
            -(x.vector <#> $1::float4[]::vector) AS cosine,
            ARRAY(SELECT coalesce(x.counts[array_position(x.terms, w.term)], 0::smallint)
                  FROM unnest($2::int[]) WITH ORDINALITY AS w(term, place) ORDER BY w.place) AS counts
        FROM (SELECT id FROM words UNION SELECT id FROM near) AS seen
        JOIN gusset_passages x ON x.id = seen.id
        JOIN gusset_documents d ON d.collection = x.collection AND d.id = x.document"
    )
}

/// Conditions on the document `d`, and their parameters.
struct Filter {
    sql: String,
    values: Vec<Box<dyn ToSql + Sync>>,
}

impl Filter {
    fn new(clauses: &[Clause]) -> Self {
        let mut filter = Self { sql: String::new(), values: Vec::new() };
        for clause in clauses {
            let next = FIXED + filter.values.len() + 1;
            // Writing to a string can't fail.
            match clause {
                Clause::AnyOf(pairs) => {
                    let _ = write!(filter.sql, " AND d.pairs && ${next}::bigint[]");
                    let pairs: Vec<i64> = pairs.iter().map(|pair| pair.cast_signed()).collect();
                    filter.values.push(Box::new(pairs));
                }
                &Clause::Between { key, low, high } => {
                    let (low_at, high_at) = (next + 1, next + 2);
                    let _ = write!(
                        filter.sql,
                        " AND EXISTS (SELECT FROM unnest(d.number_keys, d.numbers) AS m(key, number) \
                           WHERE m.key = ${next}::bigint AND m.number BETWEEN ${low_at}::float8 AND ${high_at}::float8)"
                    );
                    filter.values.push(Box::new(i64::from(key)));
                    filter.values.push(Box::new(low));
                    filter.values.push(Box::new(high));
                }
            }
        }
        filter
    }
}
