//! One request: search, generate, and what comes when generation fails.

use gusset_bindings::passages;
use gusset_orchestrate::{Ask, Budget, By, Conversation, Draft, Error as CoreError, Options, spans};
use gusset_types::{Message, Passage, Sampling};
use wit_bindgen::{FutureReader, StreamReader};

use crate::bindings::exports::gusset::orchestrate::orchestrate::{
    Citation, Error, Event, Kind, Opening, Outcome, Request,
};
use crate::bindings::gusset::generate::generate::{self, Cause, Failure, Place};
use crate::bindings::gusset::retrieve::{collections, retrieve};
use crate::trace::Tracer;
use crate::{convert, extractive, generated, models};

/// What `answer` returns.
pub(crate) type Answer = (Opening, StreamReader<Event>, FutureReader<Result<Outcome, Error>>);

/// A request, checked.
struct Job {
    tenant: String,
    conversation: Conversation,
    sampling: Sampling,
    options: Options,
    tracer: Tracer,
}

/// Answers one request.
pub(crate) async fn answer(request: Request) -> Result<Answer, Error> {
    let options = Options::from(request.options);
    options.check()?;
    let sampling = Sampling::from(request.sampling);
    let messages = request.messages.into_iter().map(Message::from).collect();
    let conversation = Conversation::new(messages, &sampling)?;
    let job =
        Job { tenant: request.tenant, conversation, sampling, options, tracer: Tracer::new(request.trace) };
    let ask = Ask::parse(&request.model)?;
    if let Some((collection, by)) = ask.collection {
        let known = async {
            match by {
                By::Extractive => Vec::new(),
                _ => generate::list_models().await,
            }
        };
        // The nodes' lists come over the network: they travel while the search computes.
        let (known, found) = futures::join!(known, job.search(&collection));
        if let Some(passages) = found? {
            return job.answer_from_passages(collection, by, passages, known).await;
        }
    }
    job.answer_from_model(ask.model).await
}

impl Job {
    /// The passages nearest to the question; `None` if there is no such collection.
    async fn search(&self, collection: &str) -> Result<Option<Vec<Passage>>, Error> {
        let open = self.tracer.open();
        let limit = self.options.passages;
        let query = retrieve::Query {
            text: self.conversation.query(),
            limit,
            mode: retrieve::Mode::Hybrid,
            filter: Vec::new(),
            reranking: retrieve::Reranking::Automatic,
            floor: None,
            diversity: Some(0.0),
            budget_tokens: None,
        };
        match retrieve::search(self.tenant.clone(), collection.to_owned(), query).await {
            Ok(found) => {
                let passages: Vec<Passage> =
                    found.hits.into_iter().map(|hit| Passage::from(hit.passage)).collect();
                self.tracer.close(&open, spans::retrieve(collection, limit, Ok(&passages)));
                Ok(Some(passages))
            }
            Err(collections::Error::UnknownCollection(_)) => Ok(None),
            Err(error) => {
                let span = spans::retrieve(collection, limit, Err(convert::retrieval_error(&error)));
                self.tracer.close(&open, span);
                Err(error.into())
            }
        }
    }

    /// An answer from passages: by a model if one can be had, otherwise quoted.
    async fn answer_from_passages(
        self,
        collection: String,
        by: By,
        passages: Vec<Passage>,
        known: Vec<generate::Model>,
    ) -> Result<Answer, Error> {
        let failures = match by.model() {
            // A model without a passage would answer from memory, which is not what was asked for.
            Some(model) if !passages.is_empty() => {
                match self.generate(&collection, model, &passages, &known).await? {
                    Ok(answer) => return Ok(answer),
                    Err(failures) => failures,
                }
            }
            _ => Vec::new(),
        };
        Ok(extractive::answer(&collection, self.conversation.question(), &passages, failures, &self.tracer))
    }

    /// The inner error holds the failures after which the passages are to be quoted.
    async fn generate(
        &self,
        collection: &str,
        model: &str,
        passages: &[Passage],
        known: &[generate::Model],
    ) -> Result<Result<Answer, Vec<Failure>>, Error> {
        let served = known.iter().find(|known| model.is_empty() || known.name == model);
        let context_tokens =
            served.and_then(|model| model.context_tokens).unwrap_or(self.options.context_tokens);
        let answer_tokens = self.sampling.max_tokens.unwrap_or(self.options.answer_tokens);
        let draft = Draft::new(&self.conversation, passages);
        let counts: Vec<_> =
            generate::count_tokens(model, &draft.texts()).into_iter().map(Into::into).collect();
        let prompt = match draft.fit(&counts, Budget { context_tokens, answer_tokens }) {
            Ok(prompt) => prompt,
            Err(error @ CoreError::PassagesExceeded { .. }) => return Ok(Err(vec![too_narrow(&error)])),
            Err(error) => return Err(error.into()),
        };
        let shown = passages.iter().take(prompt.passages).cloned().collect();
        let call = generated::Call {
            collection: Some(collection),
            model,
            messages: prompt.messages,
            sampling: &self.sampling,
            passages: shown,
        };
        match generated::start(call, &self.tracer).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(generate::Error::NoTarget(names)) if !model.is_empty() => {
                Err(models::unknown(self.tenant.clone(), names).await)
            }
            Err(generate::Error::NoTarget(_)) => Ok(Err(Vec::new())),
            Err(generate::Error::Failed(failures)) => Ok(Err(failures)),
        }
    }

    /// A model's own answer. The conversation goes out as it came: what a caller of a model sends is not Gusset's to cut, and how
    /// much of it fits, the target knows best.
    async fn answer_from_model(self, model: String) -> Result<Answer, Error> {
        let call = generated::Call {
            collection: None,
            model: &model,
            messages: self.conversation.messages().to_vec(),
            sampling: &self.sampling,
            passages: Vec::new(),
        };
        match generated::start(call, &self.tracer).await {
            Ok(answer) => Ok(answer),
            Err(generate::Error::NoTarget(names)) => Err(models::unknown(self.tenant, names).await),
            Err(generate::Error::Failed(failures)) => Err(Error::GenerationFailed(failures)),
        }
    }
}

/// What an answer begins with.
pub(crate) fn opening(kind: Kind, model: String) -> Opening {
    Opening { kind, model }
}

/// The passages with these numbers; a passage's number is its rank, from 1.
pub(crate) fn citations(numbers: impl IntoIterator<Item = u32>, passages: &[Passage]) -> Vec<Citation> {
    let cited = numbers.into_iter().filter_map(|number| {
        let passage = passages.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        Some(Citation { number, passage: passages::Passage::from(passage.clone()) })
    });
    cited.collect()
}

/// The prompt did not fit: for the list of failures beside a quoted answer.
fn too_narrow(error: &CoreError) -> Failure {
    Failure {
        target: String::new(),
        place: Place::Edge,
        cause: Cause::InvalidRequest,
        message: error.to_string(),
        retryable: false,
        elapsed_ms: 0,
    }
}
