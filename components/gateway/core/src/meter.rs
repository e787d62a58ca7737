//! What a call is reckoned to use before it, and what it used after it.

use gusset_types::{Controls, Cost, Event, Message, Part, Sampling, ToolContent, Usage};

use crate::Config;
use crate::budget::{Actual, Estimate};
use crate::price::Prices;
use crate::trace::Trace;
use crate::usage::{Entry, Names};

/// Bytes of text that make a token, at least: English has 4 to 5, code and most other scripts in UTF-8 3 or more. What is reserved is so
/// mostly more than what is used.
const BYTES: usize = 3;
/// Tokens around a turn: its role, and what separates it from the next.
const TURN: usize = 4;
/// Tokens of a picture: what the large providers bill for one of a full screen.
const IMAGE: usize = 1600;

/// What is known of a call before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Tokens of the prompt, estimated.
    pub prompt_tokens: u32,
    /// Bound of the completion, where the request has one. `None`: it has none.
    pub max_tokens: Option<u32>,
    /// Whether there is a completion at all, and passages may be put before it.
    pub is_answered: bool,
}

/// What a call used, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The model that answered.
    pub model: String,
    /// Tokens by kind.
    pub usage: Usage,
    /// `None`: unknown.
    pub cost: Option<Cost>,
    /// Why the cost is unknown.
    pub note: Option<String>,
    /// Whether the tokens are reckoned, because nobody counted them: an answer that broke off, a reranking.
    pub estimated: bool,
}

impl Ask {
    /// A conversation to be answered.
    #[must_use]
    pub fn answer(messages: &[Message], sampling: &Sampling, controls: &Controls) -> Self {
        let turns: usize = messages.iter().map(|m| TURN + m.parts.iter().map(part).sum::<usize>()).sum();
        let tool = |t: &gusset_types::Tool| {
            TURN + text(&t.name) + text(t.description.as_deref().unwrap_or_default()) + text(&t.parameters)
        };
        let tools: usize = controls.tools.iter().map(tool).sum();
        Self { prompt_tokens: narrow(turns + tools), max_tokens: sampling.max_tokens, is_answered: true }
    }

    /// Texts to be read, and not answered.
    #[must_use]
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let tokens = texts.into_iter().map(|t| TURN + text(t)).sum();
        Self { prompt_tokens: narrow(tokens), max_tokens: Some(0), is_answered: false }
    }

    /// Texts of so many bytes together, to be read, and not answered.
    #[must_use]
    pub fn bytes(bytes: u64) -> Self {
        let tokens = usize::try_from(bytes).unwrap_or(usize::MAX).div_ceil(BYTES);
        Self { prompt_tokens: narrow(tokens), max_tokens: Some(0), is_answered: false }
    }

    /// What a call of `model` may use.
    #[must_use]
    pub fn estimate(&self, model: &str, config: &Config) -> Estimate {
        // What is no model that we know may be a collection, whose passages come before the question.
        let retrieves = self.is_answered && !config.prices.has(model);
        let passages = config.answers.passages.saturating_mul(config.chunking.longest());
        let usage = Usage {
            prompt_tokens: self.prompt_tokens.saturating_add(if retrieves { passages } else { 0 }),
            completion_tokens: self.max_tokens.unwrap_or(config.answers.answer_tokens),
            ..Usage::default()
        };
        let cost = config.prices.estimate(model, &usage);
        Estimate { model: model.to_owned(), tokens: total(&usage), cost }
    }
}

impl Bill {
    /// Of a call that was counted. `told` is its cost in US dollars, where who answered said it.
    #[must_use]
    pub fn of(prices: &Prices, model: &str, usage: Usage, told: Option<f64>) -> Self {
        let (cost, note) = match told.and_then(Cost::from_usd).map_or_else(|| prices.cost(model, &usage), Ok)
        {
            Ok(cost) => (Some(cost), None),
            Err(note) => (None, Some(note)),
        };
        Self { model: model.to_owned(), usage, cost, note, estimated: false }
    }

    /// Of an answer that broke off after so many bytes of text.
    #[must_use]
    pub fn broken_off(prices: &Prices, model: &str, ask: &Ask, bytes: usize) -> Self {
        let completion_tokens = narrow(bytes.div_ceil(BYTES));
        let usage = Usage { prompt_tokens: ask.prompt_tokens, completion_tokens, ..Usage::default() };
        Self { estimated: true, ..Self::of(prices, model, usage, None) }
    }

    /// Of texts that were read and that nobody counted.
    #[must_use]
    pub fn as_asked(prices: &Prices, model: &str, ask: &Ask) -> Self {
        Self::broken_off(prices, model, ask, 0)
    }

    /// What budgets count.
    #[must_use]
    pub fn actual(&self) -> Actual {
        Actual { tokens: total(&self.usage), cost: self.cost }
    }

    /// What the journal counts.
    #[must_use]
    pub fn entry(&self, key: &str, feature: Option<&str>, user: Option<&str>) -> Entry {
        let names = Names::new(key, feature, user, &self.model);
        Entry { names, usage: self.usage, cost: self.cost }
    }

    /// Says it in the trace: `gusset.cost.usd`, or `gusset.cost.note` where it is unknown.
    pub fn describe(&self, trace: &mut Trace) {
        if let Some(cost) = self.cost {
            trace.set("gusset.cost.usd", cost.usd());
        }
        if let Some(note) = &self.note {
            trace.set("gusset.cost.note", note.as_str());
        }
        for (name, tokens) in [
            ("gusset.usage.cached_read_tokens", self.usage.cached_read_tokens),
            ("gusset.usage.cached_write_tokens", self.usage.cached_write_tokens),
            ("gusset.usage.reasoning_tokens", self.usage.reasoning_tokens),
        ] {
            if tokens > 0 {
                trace.set(name, tokens);
            }
        }
        if self.estimated {
            trace.set("gusset.usage.estimated", true);
        }
    }
}

/// Bytes of an answer's piece that the model wrote.
#[must_use]
pub fn written(event: &Event) -> usize {
    match event {
        Event::Text(text) | Event::Refusal(text) | Event::Reasoning(text) => text.len(),
        Event::ToolCall { name, .. } => name.len(),
        Event::ToolArguments { json, .. } => json.len(),
        Event::ReasoningSeal(_) => 0,
    }
}

fn part(part: &Part) -> usize {
    match part {
        Part::Text(t) | Part::Refusal(t) => text(t),
        Part::Reasoning(thought) => text(&thought.text),
        Part::ToolCall(call) => text(&call.name) + text(&call.arguments),
        Part::Image(_) => IMAGE,
        Part::ToolResult(result) => result
            .content
            .iter()
            .map(|content| match content {
                ToolContent::Text(t) => text(t),
                ToolContent::Image(_) => IMAGE,
            })
            .sum(),
    }
}

fn text(text: &str) -> usize {
    text.len().div_ceil(BYTES)
}

fn narrow(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

fn total(usage: &Usage) -> u64 {
    u64::from(usage.prompt_tokens) + u64::from(usage.completion_tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gusset_telemetry::Value;
    use gusset_types::{Image, ImageSource, Role};

    fn config() -> Config {
        let settings =
            r#"{"models":[{"name":"small","price":{"prompt":1,"completion":2},"context_tokens":9}]}"#;
        Config::read(|key| Ok((key == "settings").then(|| settings.to_owned()))).unwrap()
    }

    fn ask(messages: &[Message], max_tokens: Option<u32>) -> Ask {
        Ask::answer(messages, &Sampling { max_tokens, ..Sampling::default() }, &Controls::default())
    }

    #[test]
    fn a_prompt_is_reckoned_by_its_bytes_turns_and_pictures() {
        let words = Message::text(Role::User, "x".repeat(300));
        let image = Image { source: ImageSource::Url("http://a/b".into()), detail: None };
        let picture = Message::new(Role::User, vec![Part::Image(image)]);
        assert_eq!(ask(&[words.clone(), words.clone()], None).prompt_tokens, 208);
        assert_eq!(ask(&[words, picture], None).prompt_tokens, 104 + 1604);
        assert_eq!(Ask::texts(["abc", ""]).prompt_tokens, 9);
    }

    #[test]
    fn a_reservation_has_room_for_the_answer_and_for_passages_where_there_may_be_some() {
        let question = ask(&[Message::text(Role::User, "x".repeat(300))], Some(10));
        let known = question.estimate("small", &config());
        assert_eq!((known.tokens, known.cost), (114, Some(Cost::from_nanodollars(124_000))));
        let unbounded = Ask { max_tokens: None, ..question }.estimate("small", &config());
        assert_eq!(unbounded.tokens, 104 + 512);
        let collection = question.estimate("docs", &config());
        assert_eq!(collection.tokens, 104 + 10 * 200 + 10);
        assert_eq!(collection.cost, Some(Cost::from_nanodollars((2_104 + 20) * 1_000)));
        let embedding = Ask::texts(["abc"]).estimate("minilm", &config());
        assert_eq!(embedding.tokens, 5);
    }

    #[test]
    fn a_cost_that_was_told_is_believed_and_one_that_was_not_is_reckoned() {
        let usage = Usage { prompt_tokens: 100, completion_tokens: 10, ..Usage::default() };
        let prices = config().prices;
        let check = |model: &str, told: Option<f64>, cost: Option<u64>| {
            let bill = Bill::of(&prices, model, usage, told);
            assert_eq!(bill.cost, cost.map(Cost::from_nanodollars), "{model} {told:?}");
            assert_eq!(bill.note.is_some(), cost.is_none());
        };
        check("small", None, Some(120_000));
        check("docs/small", None, Some(120_000));
        check("small", Some(0.0), Some(0));
        check("new", Some(0.000_5), Some(500_000));
        check("new", None, None);
    }

    #[test]
    fn an_unknown_cost_is_a_note_and_no_number() {
        let usage = Usage { prompt_tokens: 1, ..Usage::default() };
        let said = |model: &str| {
            let mut trace = Trace::begin(None, [1; 24], 0);
            Bill::of(&config().prices, model, usage, None).describe(&mut trace);
            trace.end("x", 200, None, 1).remove(0).attributes
        };
        assert!(said("small").contains(&("gusset.cost.usd".into(), Value::Number(1e-6))));
        let unknown = said("new");
        assert!(unknown.iter().all(|(name, _)| name != "gusset.cost.usd"));
        assert!(
            unknown.contains(&("gusset.cost.note".into(), Value::Text("there is no price for `new`".into())))
        );
    }

    #[test]
    fn an_answer_that_broke_off_is_billed_as_far_as_it_came() {
        let question = ask(&[Message::text(Role::User, "x".repeat(300))], Some(1000));
        let events =
            [Event::Text("y".repeat(20)), Event::ToolArguments { index: 0, json: "{\"a\":1}".into() }];
        let bytes = events.iter().map(written).sum();
        let bill = Bill::broken_off(&config().prices, "small", &question, bytes);
        assert!(bill.estimated);
        assert_eq!(bill.actual(), Actual { tokens: 104 + 9, cost: Some(Cost::from_nanodollars(122_000)) });
    }
}
