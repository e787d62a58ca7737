//! The component's exports, and the one conversion of errors.

use std::cell::RefCell;

use gusset_rerank as core;

use crate::reranker;

mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "rerank", generate_all });

    use super::Component;
    export!(Component);
}

use bindings::exports::gusset::rerank::rerank::{
    Depth, Error, Guest, GuestSession, Model, Options, Score, Session,
};

struct Component;

/// A session of the core. Its methods take turns: an instance has one thread.
struct Running(RefCell<core::Session<'static>>);

impl Guest for Component {
    type Session = Running;

    fn model_info() -> Model {
        // An unreadable model has no name; `begin` says why.
        let Ok(reranker) = reranker() else {
            return Model {
                id: String::new(),
                fingerprint: String::new(),
                query_tokens: 0,
                passage_tokens: 0,
            };
        };
        let model = reranker.model();
        Model {
            id: model.id.clone(),
            fingerprint: model.fingerprint.clone(),
            query_tokens: model.query_tokens as u32,
            passage_tokens: model.passage_tokens as u32,
        }
    }

    fn begin(query: String, passages: Vec<String>, options: Options) -> Result<Session, Error> {
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        let session =
            reranker().map_err(|source| error(source.as_ref()))?.begin(&query, &passages, &options.into());
        Ok(Session::new(Running(RefCell::new(session.map_err(|source| error(&source))?))))
    }

    fn rank(query: String, passages: Vec<String>, options: Options) -> Result<Vec<Score>, Error> {
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        let scores =
            reranker().map_err(|source| error(source.as_ref()))?.rank(&query, &passages, &options.into());
        Ok(scores.map_err(|source| error(&source))?.into_iter().map(score).collect())
    }
}

impl GuestSession for Running {
    fn step(&self) -> Result<bool, Error> {
        self.0.borrow_mut().step().map_err(|source| error(&source))
    }

    fn scores(&self) -> Vec<Score> {
        self.0.borrow().scores().into_iter().map(score).collect()
    }
}

impl From<Options> for core::Options {
    fn from(options: Options) -> Self {
        Self {
            passage_tokens: options.passage_tokens.map(|tokens| tokens as usize),
            refine: options.refine.map(|passages| passages as usize),
        }
    }
}

fn score(score: core::Score) -> Score {
    let depth = match score.depth {
        core::Depth::Unread => Depth::Unread,
        core::Depth::Coarse => Depth::Coarse,
        core::Depth::Full => Depth::Full,
    };
    Score { value: score.value, probability: score.probability, depth, truncated: score.truncated }
}

fn error(error: &dyn std::error::Error) -> Error {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        message.push_str(": ");
        message.push_str(&source.to_string());
        cause = source.source();
    }
    Error::Other(message)
}
