//! What a trace says of an answer: names and attributes of its spans.
//!
//! Names follow OpenTelemetry's semantic conventions for generative AI where they have one
//! (<https://opentelemetry.io/docs/specs/semconv/gen-ai/>); `gusset.…` is ours. Of what was said they have only what was searched for, shortened, since a search
//! can't be understood without it: no prompt, no answer and no passage's text, for a trace is read by more people than a conversation.

use gusset_types::{FinishReason, Passage, Sampling, Usage};

use crate::grounding::Groundedness;

/// Passages that a span lists, at most.
const LISTED: usize = 10;

/// Bytes of a query that a span shows, at most.
const LONGEST_QUERY: usize = 512;

/// One step, without its identity and its time, which are the shell's.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Operation and what it works on: `chat llama`.
    pub name: String,
    /// Whether it failed.
    pub failed: bool,
    /// In the order in which they are shown.
    pub attributes: Vec<(&'static str, Value)>,
}

/// An attribute's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A count.
    Integer(i64),
    /// A measure.
    Number(f64),
}

/// How a completion ended, as far as a span is concerned.
#[derive(Clone, Debug)]
pub struct Completion<'a> {
    /// The model that answered, as its target names it.
    pub model: &'a str,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// `None` where the target doesn't say.
    pub usage: Option<Usage>,
    /// From the attempt's start.
    pub first_token_ms: u32,
}

/// One query of a search, and what `retrieve` says it did for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Searched {
    /// The text that was searched for.
    pub query: String,
    /// Passages that the first stage handed on.
    pub candidates: u32,
    /// How many of them the reranker read.
    pub reranked: u32,
    /// Probability that the best of them answers.
    pub confidence: f32,
    /// Whether there were candidates, but the best was below the floor.
    pub below_floor: bool,
    /// Why less was done than was asked; `None` where all was.
    pub degraded: Option<String>,
    /// Passages that were found.
    pub found: usize,
}

/// The search as a whole: each query, and the passages that come of it.
#[must_use]
pub fn retrieve(collection: &str, limit: u32, found: Result<(&[Searched], &[Passage]), &str>) -> Span {
    let mut span = Span::new(format!("retrieval {collection}"));
    span.text("gen_ai.operation.name", "retrieval");
    span.text("gen_ai.data_source.id", collection);
    span.integer("gusset.passages.limit", limit);
    match found {
        Ok((queries, passages)) => {
            span.integer("gusset.search.queries", queries.len());
            // Several queries have a span each.
            if let [query] = queries {
                span.searched(query);
            }
            span.integer("gusset.passages.found", passages.len());
            if let Some(best) = passages.first() {
                span.attributes.push(("gusset.passages.best_score", Value::Number(best.score.into())));
                span.text("gusset.passages.used", &listed(passages));
            }
        }
        Err(error) => span.fail(error, error),
    }
    span
}

/// One of several queries of a search.
#[must_use]
pub fn query(collection: &str, searched: &Searched) -> Span {
    let mut span = Span::new(format!("search {collection}"));
    span.text("gen_ai.data_source.id", collection);
    span.searched(searched);
    span.integer("gusset.passages.found", searched.found);
    span
}

/// How much of an answer its citations support.
#[must_use]
pub fn grounding(model: &str, ended: Result<&Groundedness, &str>) -> Span {
    let mut span = Span::new(format!("grounding {model}").trim_end().to_owned());
    match ended {
        Ok(found) => {
            span.attributes.push(("gusset.groundedness", Value::Number(found.share().into())));
            span.integer("gusset.groundedness.sentences", found.sentences);
            span.integer("gusset.groundedness.cited", found.cited);
            span.integer("gusset.groundedness.supported", found.supported);
            let judged: Vec<String> =
                found.judged.iter().map(|(place, support)| format!("{place}:{support:.2}")).collect();
            span.text("gusset.groundedness.judged", &judged.join(" "));
        }
        Err(error) => span.fail("retrieval", error),
    }
    span
}

/// Passages as `document@start-end:score`, the best first.
fn listed(passages: &[Passage]) -> String {
    let each = passages.iter().take(LISTED).map(|passage| {
        format!("{}@{}-{}:{:.3}", passage.document, passage.start, passage.end, passage.score)
    });
    each.collect::<Vec<_>>().join(" ")
}

/// At most so many bytes, and no half character.
fn shortened(text: &str) -> &str {
    let end = (0..=LONGEST_QUERY.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// What was decided before a generation, and what it cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    /// Name of the route, empty for none.
    pub route: String,
    /// Why the first target was chosen, empty where there was nothing to choose.
    pub reason: String,
    /// Whether the cache was asked, in the words of its header.
    pub cache: String,
    /// US dollars; `None` where a price is unknown.
    pub cost: Option<f64>,
}

/// An answer from the cache.
#[must_use]
pub fn hit(model: &str, decided: &Decided) -> Span {
    let mut span = Span::new(format!("cache {model}"));
    span.text("gen_ai.response.model", model);
    span.decided(decided);
    span
}

/// The generation as a whole: all of its attempts, fallback included. `model` is the one asked for, empty for any.
#[must_use]
pub fn generate(
    model: &str,
    sampling: &Sampling,
    decided: &Decided,
    ended: Result<&Completion<'_>, &str>,
) -> Span {
    let mut span = Span::new(format!("chat {model}").trim_end().to_owned());
    span.text("gen_ai.operation.name", "chat");
    if !model.is_empty() {
        span.text("gen_ai.request.model", model);
    }
    if let Some(tokens) = sampling.max_tokens {
        span.integer("gen_ai.request.max_tokens", tokens);
    }
    for (key, value) in
        [("gen_ai.request.temperature", sampling.temperature), ("gen_ai.request.top_p", sampling.top_p)]
    {
        span.attributes.extend(value.map(|value| (key, Value::Number(value.into()))));
    }
    span.attributes.extend(sampling.seed.map(|seed| ("gen_ai.request.seed", Value::Integer(seed))));
    span.decided(decided);
    span.end(ended);
    span
}

/// One attempt at one target.
#[must_use]
pub fn attempt(target: &str, ended: Result<&Completion<'_>, (&str, &str)>) -> Span {
    let mut span = Span::new(format!("attempt {target}"));
    span.text("server.address", target);
    match ended {
        Ok(completion) => {
            span.end(Ok(completion));
            span.integer("gusset.time_to_first_token_ms", completion.first_token_ms);
        }
        Err((cause, message)) => span.fail(cause, message),
    }
    span
}

/// The extractive answer.
#[must_use]
pub fn extract(collection: &str, passages: usize, cited: usize) -> Span {
    let mut span = Span::new(format!("extract {collection}"));
    span.text("gen_ai.data_source.id", collection);
    span.integer("gusset.passages.found", passages);
    span.integer("gusset.passages.cited", cited);
    span
}

impl Span {
    fn new(name: String) -> Self {
        Self { name, failed: false, attributes: Vec::new() }
    }

    fn text(&mut self, key: &'static str, value: &str) {
        self.attributes.push((key, Value::Text(value.to_owned())));
    }

    fn integer(&mut self, key: &'static str, value: impl TryInto<i64>) {
        self.attributes.push((key, Value::Integer(value.try_into().unwrap_or(i64::MAX))));
    }

    fn searched(&mut self, searched: &Searched) {
        let Searched { query, candidates, reranked, confidence, below_floor, degraded, found: _ } = searched;
        self.text("gen_ai.retrieval.query.text", shortened(query));
        self.integer("gusset.search.candidates", *candidates);
        self.integer("gusset.search.reranked", *reranked);
        self.attributes.push(("gusset.search.confidence", Value::Number((*confidence).into())));
        self.integer("gusset.search.below_floor", u8::from(*below_floor));
        if let Some(degraded) = degraded {
            self.text("gusset.search.degraded", degraded);
        }
    }

    fn decided(&mut self, decided: &Decided) {
        let Decided { route, reason, cache, cost } = decided;
        for (key, text) in
            [("gusset.route.name", route), ("gusset.route.reason", reason), ("gusset.cache", cache)]
        {
            if !text.is_empty() {
                self.text(key, text);
            }
        }
        self.attributes.extend(cost.map(|cost| ("gusset.cost.usd", Value::Number(cost))));
    }

    fn fail(&mut self, cause: &str, message: &str) {
        self.failed = true;
        self.text("error.type", cause);
        if message != cause {
            self.text("error.message", message);
        }
    }

    fn end(&mut self, ended: Result<&Completion<'_>, &str>) {
        match ended {
            Ok(completion) => {
                self.text("gen_ai.response.model", completion.model);
                self.text("gen_ai.response.finish_reasons", finish_reason(completion.finish_reason));
                if let Some(usage) = completion.usage {
                    self.integer("gen_ai.usage.input_tokens", usage.prompt_tokens);
                    self.integer("gen_ai.usage.output_tokens", usage.completion_tokens);
                    for (key, tokens) in [
                        ("gen_ai.usage.cache_read.input_tokens", usage.cached_read_tokens),
                        ("gen_ai.usage.cache_creation.input_tokens", usage.cached_write_tokens),
                        ("gen_ai.usage.reasoning.output_tokens", usage.reasoning_tokens),
                    ] {
                        if tokens > 0 {
                            self.integer(key, tokens);
                        }
                    }
                }
            }
            Err(cause) => self.fail(cause, cause),
        }
    }
}

fn finish_reason(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::ToolCalls => "tool_calls",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute<'a>(span: &'a Span, key: &str) -> Option<&'a Value> {
        span.attributes.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    #[test]
    fn a_generation_carries_what_the_conventions_name() {
        let sampling = Sampling { temperature: Some(0.5), max_tokens: Some(9), ..Sampling::default() };
        let usage = Some(Usage { prompt_tokens: 7, completion_tokens: 2, ..Usage::default() });
        let completion =
            Completion { model: "llama-3", finish_reason: FinishReason::Length, usage, first_token_ms: 4 };
        let span = generate("llama", &sampling, &Decided::default(), Ok(&completion));
        assert_eq!((span.name.as_str(), span.failed), ("chat llama", false));
        assert_eq!(attribute(&span, "gen_ai.request.model"), Some(&Value::Text("llama".to_owned())));
        assert_eq!(attribute(&span, "gen_ai.request.temperature"), Some(&Value::Number(0.5)));
        assert_eq!(attribute(&span, "gen_ai.usage.input_tokens"), Some(&Value::Integer(7)));
        assert_eq!(attribute(&span, "gen_ai.usage.output_tokens"), Some(&Value::Integer(2)));
        let reasons = attribute(&span, "gen_ai.response.finish_reasons");
        assert_eq!(reasons, Some(&Value::Text("length".to_owned())));
        assert_eq!(generate("", &sampling, &Decided::default(), Ok(&completion)).name, "chat");
    }

    #[test]
    fn a_failed_attempt_says_its_cause() {
        let span = attempt("http://a/v1", Err(("timed-out", "no token came within 30000 ms")));
        assert!(span.failed);
        assert_eq!(attribute(&span, "error.type"), Some(&Value::Text("timed-out".to_owned())));
    }

    #[test]
    fn a_search_says_what_was_searched_and_what_came_of_it() {
        let passage = Passage {
            document: "lease.md".to_owned(),
            title: String::new(),
            start: 5,
            end: 90,
            text: "secret".to_owned(),
            headings: Vec::new(),
            score: 0.5,
            tokens: 9,
            metadata: Vec::new(),
        };
        let searched = Searched {
            query: "ü".repeat(300),
            candidates: 50,
            reranked: 12,
            confidence: 0.5,
            degraded: Some("deadline".to_owned()),
            found: 1,
            ..Searched::default()
        };
        let passages = vec![passage; 12];
        let span = retrieve("docs", 20, Ok((std::slice::from_ref(&searched), &passages)));
        assert_eq!(
            attribute(&span, "gen_ai.retrieval.query.text"),
            Some(&Value::Text("ü".repeat(256))),
            "512 bytes"
        );
        assert_eq!(attribute(&span, "gusset.search.reranked"), Some(&Value::Integer(12)));
        assert_eq!(attribute(&span, "gusset.search.degraded"), Some(&Value::Text("deadline".to_owned())));
        let Some(Value::Text(used)) = attribute(&span, "gusset.passages.used") else { panic!("{span:?}") };
        assert!(used.starts_with("lease.md@5-90:0.500 ") && used.split(' ').count() == LISTED, "{used}");
        assert!(!format!("{span:?}").contains("secret"));
        let several = retrieve("docs", 20, Ok((&[searched.clone(), searched.clone()], &passages)));
        assert_eq!(attribute(&several, "gen_ai.retrieval.query.text"), None, "each has a span of its own");
        assert!(attribute(&query("docs", &searched), "gen_ai.retrieval.query.text").is_some());
        let failed = retrieve("docs", 20, Err("store"));
        assert!(failed.failed);
    }

    #[test]
    fn groundedness_is_told_sentence_by_sentence() {
        let found =
            Groundedness { sentences: 4, cited: 2, supported: 1, judged: vec![(0, 0.9), (31, 0.125)] };
        let span = grounding("llama", Ok(&found));
        assert_eq!(attribute(&span, "gusset.groundedness"), Some(&Value::Number(0.25)));
        assert_eq!(
            attribute(&span, "gusset.groundedness.judged"),
            Some(&Value::Text("0:0.90 31:0.12".to_owned()))
        );
    }
}
