//! The first stage of a search, in one statement over one snapshot.

use super::transport::{array, row, vector};
use super::{Database, Postgres};
use gusset_retrieve::engine::{At, Clause, EngineError, Probe, Seen, Statistics};
use gusset_types::Passage;
use serde::Deserialize;
use std::fmt::Write as _;

#[derive(Deserialize)]
struct StatisticsRow {
    passages: u64,
    length: u64,
    frequencies: Vec<u64>,
}

#[derive(Deserialize)]
struct SeenRow {
    document: String,
    title: String,
    keys: Vec<String>,
    values: Vec<String>,
    number: u32,
    first_byte: u32,
    last_byte: u32,
    tokens: u32,
    headings: Vec<String>,
    text: String,
    length: u32,
    cosine: f64,
    counts: Vec<u8>,
}

pub(super) async fn statistics<D: Database>(
    postgres: &Postgres<D>,
    at: At<'_>,
    terms: &[u32],
) -> Result<Statistics, EngineError> {
    let sql = "SELECT row_to_json(x)::text FROM (SELECT passages, length, \
               ARRAY(SELECT (SELECT count(*) FROM gusset_postings p WHERE p.collection = c.id AND p.term = t.term) \
                     FROM unnest($2::text::int[]) WITH ORDINALITY AS t(term, place) ORDER BY t.place) AS frequencies \
               FROM gusset_collections c WHERE id = $1::text::bigint) x";
    let terms = array(terms.iter().map(|term| term.cast_signed()));
    let rows = postgres.read(sql, &[&at.incarnation.to_string(), &terms]).await?;
    let StatisticsRow { passages, length, frequencies } = row(rows.first().ok_or(EngineError::Gone)?)?;
    Ok(Statistics { passages, length, frequencies })
}

pub(super) async fn probe<D: Database>(
    postgres: &Postgres<D>,
    at: At<'_>,
    probe: &Probe<'_>,
) -> Result<Vec<Seen>, EngineError> {
    let filter = Filter::new(probe.clauses);
    let sql = statement(at.incarnation, probe, &filter.sql);
    let fixed: [String; FIXED] = [
        vector(probe.vector),
        array(probe.terms.iter().map(|&(term, _)| term.cast_signed())),
        array(probe.terms.iter().map(|&(_, weight)| weight)),
        probe.base.to_string(),
        probe.slope.to_string(),
        probe.count.to_string(),
    ];
    let parameters: Vec<&str> = fixed.iter().chain(&filter.values).map(String::as_str).collect();
    let rows = postgres.read(&sql, &parameters).await?;
    rows.iter().map(|found| row::<SeenRow>(found).map(Seen::from)).collect()
}

impl From<SeenRow> for Seen {
    fn from(row: SeenRow) -> Self {
        Self {
            passage: Passage {
                document: row.document,
                title: row.title,
                start: row.first_byte,
                end: row.last_byte,
                text: row.text,
                headings: row.headings,
                score: 0.0,
                tokens: row.tokens,
                metadata: row.keys.into_iter().zip(row.values).collect(),
            },
            number: row.number,
            cosine: row.cosine as f32,
            counts: row.counts,
            length: row.length,
        }
    }
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
            FROM unnest($2::text::int[], $3::text::float4[]) AS w(term, weight)
            JOIN gusset_postings p ON p.collection = {collection} AND p.term = w.term {passages}
            WHERE true {filter}
            GROUP BY p.passage
            ORDER BY sum(w.weight * p.count / (p.count + $4::text::float8 + $5::text::float8 * p.length)) DESC, p.passage
            LIMIT $6::text::bigint
        ), near AS MATERIALIZED (
            SELECT x.id FROM gusset_passages x {documents}
            WHERE x.collection = {collection} AND {by_vector} {filter}
            ORDER BY x.vector::vector({dimension}) <#> $1::text::vector({dimension})
            LIMIT $6::text::bigint
        ), found AS (
            SELECT d.id AS document, d.title, d.keys, d.values, x.number, x.first_byte, x.last_byte, x.tokens, x.headings, x.text, x.length,
                -(x.vector <#> $1::text::vector) AS cosine,
                ARRAY(SELECT coalesce(x.counts[array_position(x.terms, w.term)], 0::smallint)
                      FROM unnest($2::text::int[]) WITH ORDINALITY AS w(term, place) ORDER BY w.place) AS counts
            FROM (SELECT id FROM words UNION SELECT id FROM near) AS seen
            JOIN gusset_passages x ON x.id = seen.id
            JOIN gusset_documents d ON d.collection = x.collection AND d.id = x.document
        )
        SELECT row_to_json(found)::text FROM found"
    )
}

/// Conditions on the document `d`, and their parameters.
struct Filter {
    sql: String,
    values: Vec<String>,
}

impl Filter {
    fn new(clauses: &[Clause]) -> Self {
        let mut filter = Self { sql: String::new(), values: Vec::new() };
        for clause in clauses {
            let next = FIXED + filter.values.len() + 1;
            // Writing to a string can't fail.
            match clause {
                Clause::AnyOf(pairs) => {
                    let _ = write!(filter.sql, " AND d.pairs && ${next}::text::bigint[]");
                    filter.values.push(array(pairs.iter().map(|pair| pair.cast_signed())));
                }
                &Clause::Between { key, low, high } => {
                    let (low_at, high_at) = (next + 1, next + 2);
                    let _ = write!(
                        filter.sql,
                        " AND EXISTS (SELECT FROM unnest(d.number_keys, d.numbers) AS m(key, number) \
                           WHERE m.key = ${next}::text::bigint AND m.number BETWEEN ${low_at}::text::float8 AND ${high_at}::text::float8)"
                    );
                    filter.values.extend([key.to_string(), low.to_string(), high.to_string()]);
                }
            }
        }
        filter
    }
}
