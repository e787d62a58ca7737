//! One request: search, generate, and what comes when generation fails.

use gusset_bindings::passages;
use gusset_orchestrate::{Ask, Budget, By, Conversation, Draft, Error as CoreError, Options};
use gusset_types::{Controls, Message, Passage, Sampling};
use wit_bindgen::{FutureReader, StreamReader};

use crate::bindings::exports::gusset::orchestrate::orchestrate::{
    Attribution, CacheStatus, Citation, Error, Event, Kind, Opening, Outcome, Request,
};
use crate::bindings::gusset::generate::generate::{self, Cause, Failure, Place};
use crate::bindings::gusset::retrieve::collections;
use crate::generated::{self, Unanswered};
use crate::trace::Tracer;
use crate::{extractive, search};

/// What `answer` returns.
pub(crate) type Answer = (Opening, StreamReader<Event>, FutureReader<Result<Outcome, Error>>);

/// A request, checked.
struct Job {
    tenant: String,
    attribution: Attribution,
    cache_control: String,
    quality: Option<String>,
    conversation: Conversation,
    sampling: Sampling,
    controls: Controls,
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
    let job = Job {
        tenant: request.tenant,
        attribution: request.attribution,
        cache_control: request.cache_control,
        quality: request.quality,
        conversation,
        sampling,
        controls: request.controls.into(),
        options,
        tracer: Tracer::new(request.trace),
    };
    let ask = Ask::parse(&request.model)?;
    if let Some((collection, by)) = ask.collection {
        let (found, known) = job.look_up(&collection, &by).await;
        if let Some(passages) = found? {
            return job.answer_from_passages(collection, by, passages, known).await;
        }
    }
    job.answer_from_model(ask.model).await
}

impl Job {
    /// The passages nearest to the question, `None` if there is no such collection; and the models that could answer from them.
    async fn look_up(
        &self,
        collection: &str,
        by: &By,
    ) -> (Result<Option<Vec<Passage>>, Error>, Vec<generate::Model>) {
        // Most requests name a model: that is found out before anything is made of the conversation.
        let there = collections::get_collection(self.tenant.clone(), collection.to_owned()).await;
        match there {
            Ok(Some(_)) => {}
            Ok(None) => return (Ok(None), Vec::new()),
            Err(error) => return (Err(error.into()), Vec::new()),
        }
        let known = async {
            match by {
                By::Extractive => Vec::new(),
                _ => generate::list_models().await,
            }
        };
        // The nodes' lists come over the network: they travel while the search computes.
        futures::join!(self.search(collection), known)
    }

    /// The passages nearest to the question; `None` if there is no such collection.
    async fn search(&self, collection: &str) -> Result<Option<Vec<Passage>>, Error> {
        self.conversation.require_question()?;
        let (queries, limit) = (self.conversation.queries(), self.options.passages);
        search::search(&self.tenant, collection, queries, limit, &self.tracer).await
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
        Ok(extractive::answer(&collection, &self.conversation.question(), &passages, failures, &self.tracer))
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
        let shown = passages.iter().take(prompt.passages).cloned();
        let shown = shown.collect();
        match generated::start(self.call(Some(collection), model, prompt.messages, shown), &self.tracer).await
        {
            Ok(answer) => Ok(Ok(answer)),
            Err(Unanswered::NoTarget(_)) if model.is_empty() => Ok(Err(Vec::new())),
            Err(Unanswered::Failed(failures)) => Ok(Err(failures)),
            Err(other) => Err(other.into_error(self.tenant.clone()).await),
        }
    }

    /// A model's own answer. The conversation goes out as it came: what a caller of a model sends is not Gusset's to cut, and how
    /// much of it fits, the target knows best.
    async fn answer_from_model(self, model: String) -> Result<Answer, Error> {
        let messages = self.conversation.messages().to_vec();
        match generated::start(self.call(None, &model, messages, Vec::new()), &self.tracer).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(error.into_error(self.tenant).await),
        }
    }

    fn call<'a>(
        &'a self,
        collection: Option<&'a str>,
        model: &'a str,
        messages: Vec<Message>,
        passages: Vec<Passage>,
    ) -> generated::Call<'a> {
        generated::Call {
            tenant: &self.tenant,
            attribution: &self.attribution,
            cache_control: &self.cache_control,
            quality: self.quality.as_deref(),
            collection,
            model,
            question: self.conversation.question(),
            messages,
            sampling: &self.sampling,
            controls: &self.controls,
            passages,
        }
    }
}

/// What an extractive answer begins with. It is made anew each time: it costs less than to keep it.
pub(crate) fn opening(model: String) -> Opening {
    Opening { kind: Kind::Extractive, cache: CacheStatus::Off, route: String::new(), model }
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
        retry_after_ms: None,
        elapsed_ms: 0,
    }
}
