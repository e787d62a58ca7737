//! What a trace says of an answer: names and attributes of its spans.
//!
//! Names follow OpenTelemetry's semantic conventions for generative AI where they have one
//! (<https://opentelemetry.io/docs/specs/semconv/gen-ai/>); `gusset.…` is ours. No prompt, no answer and no passage is among
//! them: a trace is read by more people than a conversation.

use gusset_types::{FinishReason, Passage, Sampling, Usage};

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

/// The search: how many passages, how near the best.
#[must_use]
pub fn retrieve(collection: &str, limit: u32, found: Result<&[Passage], &str>) -> Span {
    let mut span = Span::new(format!("retrieval {collection}"));
    span.text("gen_ai.operation.name", "retrieval");
    span.text("gen_ai.data_source.id", collection);
    span.integer("gusset.passages.limit", limit);
    match found {
        Ok(passages) => {
            span.integer("gusset.passages.found", passages.len());
            if let Some(best) = passages.first() {
                span.attributes.push(("gusset.passages.best_score", Value::Number(best.score.into())));
            }
        }
        Err(error) => span.fail(error, error),
    }
    span
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
}
