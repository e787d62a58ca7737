//! An answer as the cache keeps it, and whether it is worth keeping.

use gusset_types::{Controls, Event, FinishReason, Message, Part, Sampling, Usage};
use serde::{Deserialize, Serialize};

use crate::CacheRule;

/// First byte of a recording. Raise it when the layout changes: what older versions wrote is then forgotten.
const VERSION: u8 = 1;

/// A whole answer, as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// What it is labelled with.
    pub model: String,
    /// Its stream.
    pub events: Vec<Event>,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// The stop text that ended it, where the target said.
    pub stop_sequence: Option<String>,
    /// What it took when it was made.
    pub usage: Usage,
}

/// Events of an answer in the making, up to a bound: a stream is never held for its own sake.
#[derive(Debug)]
pub struct Recorder {
    events: Vec<Event>,
    /// Bytes that it may still take; `None` once it was too much.
    room: Option<usize>,
}

/// Why a request has no part in the cache; the word is for a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncacheable {
    /// The route keeps nothing.
    Off,
    /// Tools are at work: their results hold for one moment.
    Tools,
    /// The caller wants another sample each time.
    Sampled,
}

impl Recording {
    /// To bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Into memory, of plain data: there is nothing that could fail.
        postcard::to_extend(self, vec![VERSION]).unwrap_or_default()
    }

    /// From bytes; `None` if this version did not write them.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (&VERSION, rest) = bytes.split_first()? else { return None };
        postcard::from_bytes(rest).ok()
    }

    /// What was said.
    #[must_use]
    pub fn text(&self) -> String {
        text(&self.events)
    }
}

impl Recorder {
    /// For answers of at most so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { events: Vec::new(), room: Some(bytes) }
    }

    /// Takes the next event down.
    pub fn push(&mut self, event: &Event) {
        let Some(room) = self.room else { return };
        self.room = room.checked_sub(weight(event));
        match self.room {
            Some(_) => self.events.push(event.clone()),
            None => self.events = Vec::new(),
        }
    }

    /// What was taken down; `None` if it was too much.
    #[must_use]
    pub fn into_events(self) -> Option<Vec<Event>> {
        self.room.map(|_| self.events)
    }
}

impl CacheRule {
    /// Whether a request's answer may be kept and given again.
    ///
    /// # Errors
    /// Why not.
    pub fn admits(
        &self,
        messages: &[Message],
        sampling: &Sampling,
        controls: &Controls,
    ) -> Result<(), Uncacheable> {
        let with_tools = |part: &Part| matches!(part, Part::ToolCall(_) | Part::ToolResult(_));
        if !self.enabled {
            Err(Uncacheable::Off)
        } else if controls.uses_tools() || messages.iter().flat_map(|turn| &turn.parts).any(with_tools) {
            Err(Uncacheable::Tools)
        } else if !self.sampled
            && sampling.seed.is_none()
            && sampling.temperature.is_some_and(|temperature| temperature > 0.0)
        {
            // Who names a temperature and no seed wants to see what else the model may say; who names neither wants an answer.
            Err(Uncacheable::Sampled)
        } else {
            Ok(())
        }
    }
}

impl Uncacheable {
    /// For a header.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Tools => "tools",
            Self::Sampled => "sampled",
        }
    }
}

fn text(events: &[Event]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Refusal(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// Bytes that an event takes, its frame included.
fn weight(event: &Event) -> usize {
    4 + match event {
        Event::Text(text) | Event::Refusal(text) | Event::Reasoning(text) | Event::ReasoningSeal(text) => {
            text.len()
        }
        Event::ToolCall { id, name, .. } => id.len() + name.len(),
        Event::ToolArguments { json, .. } => json.len(),
    }
}

#[cfg(test)]
mod tests {
    use gusset_types::{Role, Tool};

    use super::*;
    use crate::Settings;

    fn rule() -> CacheRule {
        Settings::default().cache.rule("")
    }

    #[test]
    fn a_recording_comes_back_as_it_was() {
        let recording = Recording {
            model: "small".to_owned(),
            events: vec![
                Event::Text("Ye".to_owned()),
                Event::Reasoning("s".to_owned()),
                Event::Text("s".to_owned()),
            ],
            finish_reason: FinishReason::Stop,
            stop_sequence: Some("END".to_owned()),
            usage: Usage { prompt_tokens: 7, ..Usage::default() },
        };
        assert_eq!(recording.text(), "Yes");
        let bytes = recording.encode();
        assert_eq!(Recording::decode(&bytes), Some(recording));
        assert_eq!(Recording::decode(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Recording::decode(&[9, 9, 9]), None);
    }

    #[test]
    fn what_is_too_much_is_not_held() {
        let mut recorder = Recorder::new(20);
        for _ in 0..4 {
            recorder.push(&Event::Text("abc".to_owned()));
        }
        assert_eq!(recorder.into_events(), None);
    }

    #[test]
    fn tools_and_samples_are_never_kept() {
        let ask = [Message::text(Role::User, "Why?")];
        let tool = Tool {
            name: "f".to_owned(),
            description: None,
            parameters: String::new(),
            strict: None,
            cache_breakpoint: false,
        };
        let tools = Controls { tools: vec![tool], ..Controls::default() };
        let plain = Controls::default();
        let hot = |seed| Sampling { temperature: Some(0.7), seed, ..Sampling::default() };
        assert_eq!(rule().admits(&ask, &Sampling::default(), &plain), Ok(()));
        assert_eq!(rule().admits(&ask, &Sampling::default(), &tools), Err(Uncacheable::Tools));
        assert_eq!(rule().admits(&ask, &hot(None), &plain), Err(Uncacheable::Sampled));
        assert_eq!(rule().admits(&ask, &hot(Some(1)), &plain), Ok(()));
        assert_eq!(CacheRule { sampled: true, ..rule() }.admits(&ask, &hot(None), &plain), Ok(()));
        assert_eq!(
            CacheRule { enabled: false, ..rule() }.admits(&ask, &Sampling::default(), &plain),
            Err(Uncacheable::Off)
        );
    }
}
