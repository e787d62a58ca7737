//! An answer as a row of blocks, one open at a time, which is how responses and messages tell it.
//!
//! A model may write the arguments of several calls at once. Here a call's block stays open until its arguments are a whole JSON value or the
//! answer ends, and what comes meanwhile for others waits, so that blocks never interleave and no byte changes its place within its own.

use std::collections::VecDeque;

use gusset_types::{Event, Part, Reasoning, ToolCall};
use serde::de::IgnoredAny;

/// What becomes of a block; the number is its position in the answer, from 0.
#[derive(Debug)]
pub enum Step<'a> {
    /// It begins: a part without text, a call without arguments.
    Open(usize, &'a Part),
    /// Text, or arguments, to append.
    Append(usize, &'a Part, &'a str),
    /// It is whole, a thought's seal included.
    Close(usize, &'a Part),
}

/// The answer so far.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    parts: Vec<Part>,
    /// Of each call its index among the completion's calls, and its position among the parts.
    calls: Vec<(u32, usize)>,
    /// Whether the last part may still grow.
    open: bool,
    waiting: VecDeque<Event>,
}

impl Blocks {
    /// Its parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Takes the next event of a completion, and tells what came of it, which may be nothing yet.
    pub fn push(&mut self, event: Event, tell: &mut dyn FnMut(Step<'_>)) {
        let own = self.is_of_open_call(&event);
        if !own && (!self.waiting.is_empty() || self.is_blocked()) {
            return self.waiting.push_back(event);
        }
        let ends = matches!(&event, Event::ToolArguments { json, .. } if json.trim_end().ends_with('}'));
        self.apply(event, tell);
        if !self.waiting.is_empty() && ends {
            self.drain(false, tell);
        }
    }

    /// The answer is over, whole or broken off: tells what waited, and closes the last block.
    pub fn finish(&mut self, tell: &mut dyn FnMut(Step<'_>)) {
        self.drain(true, tell);
        self.close(tell);
    }

    fn drain(&mut self, over: bool, tell: &mut dyn FnMut(Step<'_>)) {
        loop {
            let own = self.waiting.iter().position(|event| self.is_of_open_call(event));
            let next = own.or_else(|| (over || !self.is_blocked()).then_some(0));
            let Some(event) = next.and_then(|at| self.waiting.remove(at)) else { return };
            self.apply(event, tell);
        }
    }

    /// Whether the open block is a call whose arguments are not whole.
    fn is_blocked(&self) -> bool {
        match self.parts.last() {
            Some(Part::ToolCall(call)) if self.open => {
                serde_json::from_str::<IgnoredAny>(&call.arguments).is_err()
            }
            _ => false,
        }
    }

    fn is_of_open_call(&self, event: &Event) -> bool {
        let open = self.calls.last().filter(|(_, at)| self.open && at + 1 == self.parts.len());
        matches!((event, open), (Event::ToolArguments { index, .. }, Some((call, _))) if index == call)
    }

    fn apply(&mut self, event: Event, tell: &mut dyn FnMut(Step<'_>)) {
        match event {
            Event::Text(text) => {
                self.open_as(|part| matches!(part, Part::Text(_)), || Part::Text(String::new()), tell);
                self.append_to(self.last(), &text, tell);
            }
            Event::Refusal(text) => {
                self.open_as(|part| matches!(part, Part::Refusal(_)), || Part::Refusal(String::new()), tell);
                self.append_to(self.last(), &text, tell);
            }
            Event::Reasoning(text) => {
                self.open_thought(tell);
                self.append_to(self.last(), &text, tell);
            }
            Event::ReasoningSeal(seal) => {
                self.open_thought(tell);
                if let Some(Part::Reasoning(thought)) = self.parts.last_mut() {
                    thought.seal = Some(seal);
                }
                self.close(tell);
            }
            Event::ToolCall { index, id, name } => {
                let call = Part::ToolCall(ToolCall { id, name, arguments: String::new() });
                self.open_as(|_| false, || call, tell);
                self.calls.push((index, self.last()));
            }
            Event::ToolArguments { index, json } => {
                // Those of a call that never began have no place, and the contract has none.
                if let Some((_, at)) = self.calls.iter().find(|(call, _)| *call == index).copied() {
                    self.append_to(at, &json, tell);
                }
            }
        }
    }

    fn open_thought(&mut self, tell: &mut dyn FnMut(Step<'_>)) {
        let empty = || Part::Reasoning(Reasoning { text: String::new(), seal: None });
        self.open_as(|part| matches!(part, Part::Reasoning(_)), empty, tell);
    }

    fn open_as(
        &mut self,
        goes_on: impl Fn(&Part) -> bool,
        empty: impl FnOnce() -> Part,
        tell: &mut dyn FnMut(Step<'_>),
    ) {
        if self.open && self.parts.last().is_some_and(goes_on) {
            return;
        }
        self.close(tell);
        let part = empty();
        tell(Step::Open(self.parts.len(), &part));
        self.parts.push(part);
        self.open = true;
    }

    fn append_to(&mut self, at: usize, text: &str, tell: &mut dyn FnMut(Step<'_>)) {
        let Some(part) = self.parts.get_mut(at) else { return };
        match part {
            Part::Text(all) | Part::Refusal(all) => all.push_str(text),
            Part::Reasoning(thought) => thought.text.push_str(text),
            Part::ToolCall(call) => call.arguments.push_str(text),
            Part::Image(_) | Part::ToolResult(_) => return,
        }
        tell(Step::Append(at, part, text));
    }

    fn close(&mut self, tell: &mut dyn FnMut(Step<'_>)) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let at = self.last();
        // No arguments are the arguments of a tool that takes none; as JSON, that is an empty object.
        if matches!(self.parts.get(at), Some(Part::ToolCall(call)) if call.arguments.is_empty()) {
            self.append_to(at, "{}", tell);
        }
        if let Some(part) = self.parts.get(at) {
            tell(Step::Close(at, part));
        }
    }

    fn last(&self) -> usize {
        self.parts.len().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn call(index: u32) -> Event {
        Event::ToolCall { index, id: format!("c{index}"), name: format!("f{index}") }
    }

    fn arguments(index: u32, json: &str) -> Event {
        Event::ToolArguments { index, json: json.into() }
    }

    /// Tells a completion, a letter a step: `(` opens, `)` closes, the rest is text.
    fn tell(events: impl IntoIterator<Item = Event>) -> (String, Vec<Part>) {
        let (mut blocks, mut told) = (Blocks::default(), String::new());
        let mut open = None;
        let mut note = |step: Step<'_>| match step {
            Step::Open(at, _) => {
                assert_eq!(open.replace(at), None, "two blocks at once");
                told.push('(');
            }
            Step::Append(at, _, text) => {
                assert_eq!(open, Some(at));
                told.push_str(text);
            }
            Step::Close(at, _) => {
                assert_eq!(open.take(), Some(at));
                told.push(')');
            }
        };
        events.into_iter().for_each(|event| blocks.push(event, &mut note));
        blocks.finish(&mut note);
        assert_eq!(open, None);
        (told, blocks.parts)
    }

    #[test]
    fn blocks_follow_each_other() {
        let events = [
            Event::Reasoning("so".into()),
            Event::Reasoning("-so".into()),
            Event::ReasoningSeal("s".into()),
            Event::ReasoningSeal("sealed".into()),
            Event::Text("a".into()),
            Event::Text("b".into()),
            call(0),
            arguments(0, "{\"x\""),
            arguments(0, ":1}"),
            call(1),
            Event::Text("c".into()),
            Event::Refusal("no".into()),
        ];
        let (told, parts) = tell(events);
        assert_eq!(told, "(so-so)()(ab)({\"x\":1})({})(c)(no)");
        assert_eq!(parts[0], Part::Reasoning(Reasoning { text: "so-so".into(), seal: Some("s".into()) }));
        assert_eq!(parts[1], Part::Reasoning(Reasoning { text: String::new(), seal: Some("sealed".into()) }));
    }

    #[test]
    fn calls_that_are_written_at_once_are_told_in_turn() {
        let events = [
            call(0),
            call(1),
            call(2),
            arguments(1, "[1"),
            arguments(2, "{}"),
            arguments(0, "{\"a\":"),
            Event::Text("late".into()),
            arguments(0, "{}}"),
            arguments(1, "]"),
        ];
        assert_eq!(tell(events).0, "({\"a\":{}})([1])({})(late)");
    }

    #[test]
    fn a_call_that_stops_halfway_keeps_what_it_has() {
        let (told, _) = tell([call(0), arguments(0, "{\"a\":"), call(1), arguments(1, "{}")]);
        assert_eq!(told, "({\"a\":)({})");
    }

    proptest! {
        #[test]
        fn however_arguments_are_cut_and_mixed_each_call_has_its_own(
            all in prop::collection::vec("[{}\":a-z\\\\ ü]{0,12}", 1..4),
            cuts in prop::collection::vec((0_usize..4, 1_usize..4), 0..64),
        ) {
            let mut rest: Vec<Vec<char>> = all.iter().map(|text| text.chars().collect()).collect();
            let mut events: Vec<Event> = (0..).zip(&all).map(|(at, _)| call(at)).collect();
            let take = |rest: &mut Vec<Vec<char>>, at: usize, length: usize| {
                let length = length.min(rest[at].len());
                let json: String = rest[at].drain(..length).collect();
                (!json.is_empty()).then(|| arguments(u32::try_from(at).unwrap(), &json))
            };
            for (at, length) in cuts {
                let at = at % rest.len();
                events.extend(take(&mut rest, at, length));
            }
            for at in 0..rest.len() {
                events.extend(take(&mut rest, at, usize::MAX));
            }
            let (mut blocks, mut told) = (Blocks::default(), vec![String::new(); all.len()]);
            let mut note = |step: Step<'_>| if let Step::Append(at, _, text) = step { told[at].push_str(text) };
            events.into_iter().for_each(|event| blocks.push(event, &mut note));
            blocks.finish(&mut note);
            let expected: Vec<String> = all.into_iter().map(|a| if a.is_empty() { "{}".into() } else { a }).collect();
            prop_assert_eq!(told, expected);
        }
    }
}
