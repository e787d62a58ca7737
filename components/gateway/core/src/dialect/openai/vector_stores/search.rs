//! Search in a vector store.

use gusset_types::{Condition, Passage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{filters, object};
use crate::{Error, json};

/// OpenAI's bounds of a search.
const RESULTS: std::ops::RangeInclusive<u32> = 1..=50;
const DEFAULT_RESULTS: u32 = 10;

/// What to search for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Not empty.
    pub query: String,
    /// Passages at most.
    pub limit: u32,
    /// Passages below it are left out.
    pub score_threshold: Option<f32>,
    /// Conditions on attributes, all of which must be met.
    pub filter: Vec<Condition>,
    /// Whether the best are reranked: unless `ranker` is `none`.
    pub rerank: bool,
}

#[derive(Debug, Deserialize)]
struct Body {
    query: Query,
    max_num_results: Option<u32>,
    filters: Option<Value>,
    rewrite_query: Option<bool>,
    ranking_options: Option<Ranking>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of one string")]
enum Query {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct Ranking {
    ranker: Option<String>,
    score_threshold: Option<f32>,
}

impl Search {
    /// Reads a body.
    ///
    /// # Errors
    /// What is wrong, the field named.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let asked: Body = json::parse(body)?;
        let filter = asked.filters.as_ref().map(filters::parse).transpose()?.unwrap_or_default();
        if asked.rewrite_query == Some(true) {
            return Err(Error::unsupported("rewrite_query", "the query is searched for as it stands"));
        }
        let mut queries = match asked.query {
            Query::One(query) => vec![query],
            Query::Many(queries) => queries,
        };
        if queries.len() > 1 {
            return Err(Error::unsupported("query", "one query is searched for at a time"));
        }
        let query = queries.pop().unwrap_or_default();
        if query.trim().is_empty() {
            return Err(Error::EmptyInput { param: "query".to_owned(), remedy: "say what to search for" });
        }
        let limit = asked.max_num_results.unwrap_or(DEFAULT_RESULTS);
        if !RESULTS.contains(&limit) {
            let message = format!("`max_num_results` must be from {} to {}.", RESULTS.start(), RESULTS.end());
            return Err(Error::invalid("max_num_results", message));
        }
        let ranking = asked.ranking_options;
        let ranker = ranking.as_ref().and_then(|r| r.ranker.as_deref());
        if ranker.is_some_and(|ranker| !matches!(ranker, "auto" | "none")) {
            let reason = "only `auto` and `none` can be asked for";
            return Err(Error::unsupported("ranking_options.ranker", reason));
        }
        let rerank = ranker != Some("none");
        Ok(Self { query, limit, score_threshold: ranking.and_then(|r| r.score_threshold), filter, rerank })
    }
}

/// The passages that were found, best first, each with the range of the file that it is.
#[derive(Clone, Debug, Serialize)]
pub struct Results<'a> {
    object: &'static str,
    search_query: [&'a str; 1],
    data: Vec<Found<'a>>,
    has_more: bool,
    next_page: Option<()>,
}

#[derive(Clone, Debug, Serialize)]
struct Found<'a> {
    file_id: &'a str,
    filename: &'a str,
    score: f32,
    attributes: Map<String, Value>,
    content: [Content<'a>; 1],
    x_gusset: Place<'a>,
}

#[derive(Clone, Debug, Serialize)]
struct Content<'a> {
    r#type: &'static str,
    text: &'a str,
}

#[derive(Clone, Debug, Serialize)]
struct Place<'a> {
    start: u32,
    end: u32,
    headings: &'a [String],
    tokens: u32,
}

impl<'a> Results<'a> {
    /// Describes what a search found.
    #[must_use]
    pub fn new(search: &'a Search, passages: &'a [Passage]) -> Self {
        let good = |p: &&Passage| search.score_threshold.is_none_or(|least| p.score >= least);
        Self {
            object: "vector_store.search_results.page",
            search_query: [&search.query],
            data: passages.iter().filter(good).map(Found::new).collect(),
            has_more: false,
            next_page: None,
        }
    }
}

impl<'a> Found<'a> {
    fn new(passage: &'a Passage) -> Self {
        let Passage { document, title, start, end, text, headings, score, tokens, metadata } = passage;
        Self {
            file_id: document,
            filename: title,
            score: *score,
            attributes: object(metadata),
            content: [Content { r#type: "text", text }],
            x_gusset: Place { start: *start, end: *end, headings, tokens: *tokens },
        }
    }
}
