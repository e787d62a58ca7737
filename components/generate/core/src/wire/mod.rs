//! Between the canonical request and a provider's API, whichever dialect it speaks.
//!
//! What the dialects share stands here: HTTP heads, event streams, faults, seals of thoughts. What is one dialect's own stands in its
//! module (`openai`, `responses`, `anthropic`, `gemini`), and only here are they told apart.
//!
//! What a target can't do is an error before it is asked, with the cause [`Cause::Unsupported`](crate::Cause::Unsupported), so that a
//! chain goes on to one that can. Only what is a hint by its nature is left out where a dialect has no word for it:
//!
//! | | `openai` | `openai-responses` | `anthropic` | `gemini` |
//! |---|---|---|---|---|
//! | `seed`, best effort by definition | sent | left out | left out | sent |
//! | `user` | sent | sent | `metadata.user_id` | left out |
//! | an image's `detail` | sent | sent | left out | left out |
//! | cache breakpoints | left out: it caches by itself | left out: it caches by itself | `cache_control` | left out: it caches by itself |
//! | a result's `is_error`, where its content says how | left out | left out | sent | `error` |
//! | thoughts that have no seal | sent while a loop of tools goes on, but to OpenAI | left out | left out | sent |
//! | thoughts under another provider's seal | left out | left out | left out | left out |
//! | where a system turn stands | kept | kept | all before the conversation | all before the conversation |
//! | a tool's or schema's `strict` | sent | sent | sent for tools; schemas always hold | mode `VALIDATED` for tools; schemas always hold |
//! | a schema's `name`, `description` | sent | sent | left out | left out |
//! | `top_k` | error, unless `capabilities` has it | error, unless `capabilities` has it | sent | sent |
//! | penalties other than 0 | sent | error | error | sent |
//! | `stop` | up to 4 | error | sent | up to 5 |
//! | `temperature` above 1 | sent | sent | error | sent |
//! | `json_object` | sent | sent | error: it wants a schema | sent |
//! | `parallel_tool_calls = false` | sent | sent | sent | error |
//! | pictures in a tool's result | error | sent | sent | sent, but for addresses |

mod decoder;
mod effort;
mod fault;
mod head;
mod ids;
mod json;
mod needs;
mod problem;
mod retry;
mod seal;
mod sink;
mod sse;

use http::{Method, Request as HttpRequest};

use crate::config::Dialect;
use crate::{Failure, Model, Node, Request, anthropic, gemini, openai, responses};

pub use decoder::Decoder;
pub use fault::{Fault, MAX_REFUSAL_BYTES, refusal};
pub use sink::Completion;

pub(crate) use effort::{effort_of, tokens_of};
pub(crate) use ids::{acceptable_id, made_id};
pub(crate) use json::{Raw, inline, object, short};
pub(crate) use problem::Problem;
pub(crate) use seal::Seal;
pub(crate) use sink::Sink;

/// Longest list of models that is read. The longest of the hosted providers is a few hundred kilobytes.
pub const MAX_LISTING_BYTES: usize = 4 << 20;

/// The request that asks `node` for a completion, as a stream. `model` is what the node calls it.
///
/// # Errors
/// [`Failure::unsupported`] where the request wants what the target can't do; an internal [`Failure`] if the node was not validated.
pub fn completion(node: &Node, model: &str, request: &Request) -> Result<HttpRequest<Vec<u8>>, Failure> {
    let written = needs::check(node, request).and_then(|()| match node.dialect {
        Dialect::OpenAi => Ok(("/chat/completions".to_owned(), openai::write(node, model, request)?)),
        Dialect::OpenAiResponses => Ok(("/responses".to_owned(), responses::write(model, request)?)),
        Dialect::Anthropic => Ok(("/messages".to_owned(), anthropic::write(node, model, request)?)),
        Dialect::Gemini => Ok((gemini::path(model)?, gemini::write(model, request)?)),
    });
    let (path, body) = written.map_err(|problem| problem.into_failure(node))?;
    head::post(node, &path, request.trace.as_ref(), body)
}

/// The request that asks `node` which models it has.
///
/// # Errors
/// An internal [`Failure`] if the node was not validated.
pub fn models(node: &Node) -> Result<HttpRequest<Vec<u8>>, Failure> {
    let path = match node.dialect {
        Dialect::OpenAi | Dialect::OpenAiResponses => "/models",
        // The most that one page holds: more models than there ever were.
        Dialect::Anthropic => "/models?limit=1000",
        Dialect::Gemini => "/models?pageSize=1000",
    };
    head::make(node, Method::GET, path, None, Vec::new())
}

/// Models in the server's order.
///
/// # Errors
/// A malformed [`Fault`] if `body` is no such list.
pub fn parse_models(node: &Node, body: &[u8]) -> Result<Vec<Model>, Fault> {
    match node.dialect {
        Dialect::OpenAi | Dialect::OpenAiResponses | Dialect::Anthropic => openai::parse_models(body),
        Dialect::Gemini => gemini::parse_models(body),
    }
}
