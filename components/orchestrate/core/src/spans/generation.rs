//! Spans of a model's answer: from the cache, or from the targets that were asked.

use gusset_types::{FinishReason, Sampling, Usage};

use super::{Span, Value};

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

impl Span {
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
