//! `POST /v1/rerank`, in the shape that Cohere and Jina share.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checks;
use super::refused::{self, Rule, is_empty, never};
use crate::{Error, json};

/// Documents of a request: Cohere's recommended bound.
const DOCUMENTS: usize = 1000;

/// The reranker that is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Name.
    pub id: String,
    /// Equal fingerprints give equal scores.
    pub fingerprint: String,
}

/// What a caller asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Not empty.
    pub query: String,
    /// 1 to 1,000 texts.
    pub documents: Vec<String>,
    /// How many results are wanted, 1 at least.
    pub top_n: usize,
    /// Whether results are to repeat their documents.
    pub return_documents: bool,
    /// Tokens that are read of each document, at most, where the caller says.
    pub max_tokens: Option<u32>,
}

/// How well one document answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Higher is better; compares within one request.
    pub value: f32,
    /// That the document answers the query, 0 to 1.
    pub probability: f32,
    /// Whether the document's end was not read.
    pub truncated: bool,
}

#[derive(Debug, Deserialize)]
struct Body {
    model: String,
    query: String,
    documents: Vec<Document>,
    top_n: Option<u32>,
    return_documents: Option<bool>,
    max_tokens_per_doc: Option<u32>,
    rank_fields: Option<Value>,
    images: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a text, or an object with a `text`")]
enum Document {
    Plain(String),
    Object { text: String },
}

impl Request {
    /// Reads a body, for the model that is running.
    ///
    /// # Errors
    /// [`Error::UnknownModel`] for another model, otherwise what is wrong, the field named.
    pub fn parse(body: &[u8], model: &Model) -> Result<Self, Error> {
        let asked: Body = json::parse(body)?;
        checks::model(&asked.model)?;
        if asked.model != model.id {
            return Err(Error::UnknownModel { model: asked.model, known: vec![model.id.clone()] });
        }
        let rules: [Rule<'_>; 2] = [
            ("rank_fields", &asked.rank_fields, is_empty, "documents are ranked by their `text`"),
            ("images", &asked.images, never, "documents are text"),
        ];
        refused::check(&rules)?;
        if asked.query.trim().is_empty() {
            let remedy = "send the question that documents are to be ranked by";
            return Err(Error::EmptyInput { param: "query".to_owned(), remedy });
        }
        if asked.documents.is_empty() {
            let remedy = "send at least one document";
            return Err(Error::EmptyInput { param: "documents".to_owned(), remedy });
        }
        if asked.documents.len() > DOCUMENTS {
            let message =
                format!("`documents` takes at most {DOCUMENTS}, and has {}.", asked.documents.len());
            return Err(Error::invalid("documents", message));
        }
        let top_n = checks::positive("top_n", asked.top_n)?;
        let count = asked.documents.len();
        Ok(Self {
            query: asked.query,
            documents: asked.documents.into_iter().map(Document::into_text).collect(),
            top_n: top_n.and_then(|n| usize::try_from(n).ok()).unwrap_or(count).min(count),
            return_documents: asked.return_documents.unwrap_or(false),
            max_tokens: checks::positive("max_tokens_per_doc", asked.max_tokens_per_doc)?,
        })
    }
}

impl Document {
    fn into_text(self) -> String {
        match self {
            Self::Plain(text) | Self::Object { text } => text,
        }
    }
}

/// The documents, best first.
#[derive(Debug, Serialize)]
pub struct Response<'a> {
    id: &'a str,
    object: &'static str,
    model: &'a str,
    results: Vec<Ranked<'a>>,
    x_gusset: Extension<'a>,
}

#[derive(Debug, Serialize)]
struct Ranked<'a> {
    index: usize,
    relevance_score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Text<'a>>,
}

#[derive(Debug, Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct Extension<'a> {
    fingerprint: &'a str,
    /// Indices of the documents whose end was not read.
    truncated: Vec<usize>,
}

impl<'a> Response<'a> {
    /// Describes the scores, one a document in their order.
    #[must_use]
    pub fn new(id: &'a str, model: &'a Model, request: &'a Request, scores: &[Score]) -> Self {
        let mut ranked: Vec<_> = request.documents.iter().zip(scores).enumerate().collect();
        // Stable: of equals, the first comes first.
        ranked.sort_by(|(_, (_, a)), (_, (_, b))| b.value.total_cmp(&a.value));
        let results = ranked.into_iter().take(request.top_n).map(|(index, (text, score))| Ranked {
            index,
            relevance_score: score.probability,
            document: request.return_documents.then_some(Text { text }),
        });
        let truncated = scores.iter().enumerate().filter(|(_, s)| s.truncated).map(|(at, _)| at);
        Self {
            id,
            object: "list",
            model: &model.id,
            results: results.collect(),
            x_gusset: Extension { fingerprint: &model.fingerprint, truncated: truncated.collect() },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn model() -> Model {
        Model { id: "rr".into(), fingerprint: "f00d".into() }
    }

    /// A request that is fine, with other fields on top.
    fn parse(fields: Value) -> Result<Request, Error> {
        let mut body = json!({"model": "rr", "query": "q", "documents": ["a", {"text": "b", "n": 1}, "c"]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        Request::parse(body.to_string().as_bytes(), &model())
    }

    #[test]
    fn documents_are_texts_or_objects() {
        let request = parse(json!({"return_documents": true, "max_tokens_per_doc": 64})).unwrap();
        assert_eq!(request.documents, ["a", "b", "c"]);
        assert_eq!((request.top_n, request.max_tokens), (3, Some(64)));
        assert_eq!(parse(json!({"top_n": 99, "rank_fields": []})).unwrap().top_n, 3);
        assert_eq!(parse(json!({"top_n": 2})).unwrap().top_n, 2);
    }

    #[test]
    fn what_cannot_be_is_named() {
        let check = |fields: Value, code: &str, param: &str| {
            let response = parse(fields).unwrap_err().response();
            assert_eq!((response.code, response.param.as_deref()), (code, Some(param)));
        };
        check(json!({"model": "other"}), "model_not_found", "model");
        check(json!({"query": " "}), "empty_input", "query");
        check(json!({"documents": []}), "empty_input", "documents");
        check(json!({"documents": ["a", 5]}), "invalid_value", "documents[1]");
        check(json!({"documents": [{"title": "a"}]}), "invalid_value", "documents[0]");
        check(json!({"documents": vec!["a"; 1001]}), "invalid_value", "documents");
        check(json!({"top_n": 0}), "invalid_value", "top_n");
        check(json!({"rank_fields": ["title"]}), "unsupported_parameter", "rank_fields");
        check(json!({"images": ["a"]}), "unsupported_parameter", "images");
    }

    #[test]
    fn results_are_best_first() {
        let score = |value, probability, truncated| Score { value, probability, truncated };
        let scores = [score(-1.0, 0.25, false), score(2.0, 0.75, true), score(2.0, 0.75, false)];
        let check = |fields: Value, expected: &str| {
            let (request, model) = (parse(fields).unwrap(), model());
            let response = Response::new("rerank-1", &model, &request, &scores);
            assert_eq!(serde_json::to_string(&response).unwrap(), expected);
        };
        check(
            json!({}),
            r#"{"id":"rerank-1","object":"list","model":"rr","results":[{"index":1,"relevance_score":0.75},{"index":2,"relevance_score":0.75},{"index":0,"relevance_score":0.25}],"x_gusset":{"fingerprint":"f00d","truncated":[1]}}"#,
        );
        check(
            json!({"top_n": 1, "return_documents": true}),
            r#"{"id":"rerank-1","object":"list","model":"rr","results":[{"index":1,"relevance_score":0.75,"document":{"text":"b"}}],"x_gusset":{"fingerprint":"f00d","truncated":[1]}}"#,
        );
    }
}
