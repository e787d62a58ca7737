//! `POST /v1/embeddings`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::embedding::{Embeddings, Model};
use crate::{Error, json};

/// Texts of a request: OpenAI's bound.
const INPUTS: usize = 2048;

/// How vectors are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As numbers.
    #[default]
    Float,
    /// As base64 of little-endian f32: what the official clients ask for unless told otherwise.
    Base64,
}

/// What a caller asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// 1 to 2,048 texts, none of them empty.
    pub texts: Vec<String>,
    /// How to write the vectors.
    pub encoding: Encoding,
}

#[derive(Debug, Deserialize)]
struct Body {
    model: String,
    input: Input,
    encoding_format: Option<Encoding>,
    dimensions: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
enum Input {
    One(String),
    Many(Vec<String>),
    Tokens(#[expect(dead_code, reason = "known by its shape alone")] Vec<Token>),
}

/// What OpenAI's models take in place of text; read only to be refused by name.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "known by its shape alone")]
enum Token {
    Id(u32),
    List(Vec<u32>),
}

impl Request {
    /// Reads a body, for the model that is running.
    ///
    /// # Errors
    /// [`Error::UnknownModel`] for another model, otherwise what is wrong, the field named.
    pub fn parse(body: &[u8], model: &Model) -> Result<Self, Error> {
        let asked: Body = json::parse(body)?;
        if asked.model != model.id {
            return Err(Error::UnknownModel { model: asked.model, known: vec![model.id.clone()] });
        }
        if asked.dimensions.is_some_and(|d| d != model.dimension) {
            let message =
                format!("`dimensions` can only be {}, the length of the model's vectors.", model.dimension);
            return Err(Error::invalid("dimensions", message));
        }
        let texts = match asked.input {
            Input::One(text) => vec![text],
            Input::Many(texts) => texts,
            Input::Tokens(_) => {
                let reason = "tokens of another model's tokenizer mean nothing to this one; send text";
                return Err(Error::unsupported("input", reason));
            }
        };
        if texts.is_empty() {
            return Err(Error::EmptyInput { param: "input".to_owned(), remedy: "send at least one text" });
        }
        if texts.len() > INPUTS {
            let message = format!("`input` takes at most {INPUTS} texts, and has {}.", texts.len());
            return Err(Error::invalid("input", message));
        }
        if let Some(at) = texts.iter().position(String::is_empty) {
            let param = if texts.len() == 1 { "input".to_owned() } else { format!("input[{at}]") };
            return Err(Error::EmptyInput { param, remedy: "a text needs at least one character" });
        }
        Ok(Self { texts, encoding: asked.encoding_format.unwrap_or_default() })
    }
}

/// The vectors, in the order of the texts.
#[derive(Debug, Serialize)]
pub struct Response<'a> {
    object: &'static str,
    data: Vec<Embedding<'a>>,
    model: &'a str,
    usage: Usage,
    x_gusset: Extension<'a>,
}

#[derive(Debug, Serialize)]
struct Embedding<'a> {
    object: &'static str,
    index: usize,
    embedding: Vector<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Vector<'a> {
    Numbers(&'a [f32]),
    Base64(String),
}

#[derive(Debug, Serialize)]
struct Usage {
    prompt_tokens: u64,
    total_tokens: u64,
}

#[derive(Debug, Serialize)]
struct Extension<'a> {
    fingerprint: &'a str,
    /// Indices of the texts whose end the model did not see.
    truncated: Vec<usize>,
}

impl<'a> Response<'a> {
    /// Describes the vectors of a request.
    #[must_use]
    pub fn new(model: &'a Model, embeddings: &'a Embeddings, encoding: Encoding) -> Self {
        let dimension = usize::try_from(model.dimension).unwrap_or(usize::MAX).max(1);
        let vectors = embeddings.values.chunks(dimension).map(|vector| match encoding {
            Encoding::Float => Vector::Numbers(vector),
            Encoding::Base64 => Vector::Base64(encode(vector)),
        });
        let tokens = embeddings.tokens.iter().map(|t| u64::from(*t)).sum();
        let truncated = embeddings.truncated.iter().enumerate().filter(|(_, cut)| **cut).map(|(at, _)| at);
        Self {
            object: "list",
            data: vectors
                .enumerate()
                .map(|(index, embedding)| Embedding { object: "embedding", index, embedding })
                .collect(),
            model: &model.id,
            usage: Usage { prompt_tokens: tokens, total_tokens: tokens },
            x_gusset: Extension { fingerprint: &model.fingerprint, truncated: truncated.collect() },
        }
    }
}

fn encode(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, to_value};

    use super::*;

    fn model() -> Model {
        Model { id: "minilm".into(), fingerprint: "f00d".into(), dimension: 2, max_tokens: 256 }
    }

    fn parse(input: Value) -> Result<Request, Error> {
        Request::parse(json!({"model": "minilm", "input": input}).to_string().as_bytes(), &model())
    }

    #[test]
    fn one_text_or_many() {
        assert_eq!(parse(json!("a")).unwrap().texts, ["a"]);
        assert_eq!(parse(json!(["a", "b"])).unwrap().texts, ["a", "b"]);
        assert!(parse(json!(vec!["a"; 2048])).is_ok());
    }

    #[test]
    fn what_cannot_be_embedded_is_named() {
        let check = |input: Value, code: &str, param: &str| {
            let response = parse(input).unwrap_err().response();
            assert_eq!((response.code, response.param.as_deref()), (code, Some(param)));
        };
        check(json!(""), "empty_input", "input");
        check(json!([]), "empty_input", "input");
        check(json!(["a", ""]), "empty_input", "input[1]");
        check(json!([1, 2, 3]), "unsupported_parameter", "input");
        check(json!([[1, 2], [3]]), "unsupported_parameter", "input");
        check(json!(vec!["a"; 2049]), "invalid_value", "input");
        check(json!(5), "invalid_value", "input");
        check(json!(["a", 5]), "invalid_value", "input");
        check(Value::Null, "invalid_value", "input");
    }

    #[test]
    fn only_the_running_model_can_be_asked() {
        let ask = |fields: Value| {
            let mut body = json!({"model": "minilm", "input": "a"});
            body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            Request::parse(body.to_string().as_bytes(), &model())
        };
        let unknown =
            Error::UnknownModel { model: "text-embedding-3-small".into(), known: vec!["minilm".into()] };
        assert_eq!(ask(json!({"model": "text-embedding-3-small"})), Err(unknown));
        assert!(ask(json!({"dimensions": 2, "user": "u"})).is_ok());
        assert!(
            matches!(ask(json!({"dimensions": 3})), Err(Error::InvalidField { param, .. }) if param == "dimensions")
        );
        assert_eq!(ask(json!({"encoding_format": "base64"})).unwrap().encoding, Encoding::Base64);
        let wrong = ask(json!({"encoding_format": "hex"})).unwrap_err().response();
        assert_eq!(wrong.param.as_deref(), Some("encoding_format"));
    }

    #[test]
    fn vectors_are_written_in_order() {
        let embeddings = Embeddings {
            values: vec![0.6, 0.8, 1.0, -0.5],
            tokens: vec![300, 4],
            truncated: vec![true, false],
        };
        let (model, number) = (model(), 0.1_f32);
        assert_eq!(serde_json::to_string(&Vector::Numbers(&[number])).unwrap(), "[0.1]");
        let json = to_value(Response::new(&model, &embeddings, Encoding::Float)).unwrap();
        assert_eq!(json["data"][1], json!({"object": "embedding", "index": 1, "embedding": [1.0, -0.5]}));
        assert_eq!(json["usage"], json!({"prompt_tokens": 304, "total_tokens": 304}));
        assert_eq!(json["x_gusset"]["truncated"], json!([0]));

        let json = to_value(Response::new(&model, &embeddings, Encoding::Base64)).unwrap();
        let bytes = STANDARD.decode(json["data"][1]["embedding"].as_str().unwrap()).unwrap();
        let floats: Vec<f32> = bytes.chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
        assert_eq!(floats, [1.0, -0.5]);
    }
}
