//! How documents are cut: what can be asked for, by callers and operators, and of which collections.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::collection::is_name;

/// Tokens of a chunk or a section, at most.
const LARGEST: u32 = 100_000;

/// How a collection's documents are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunking {
    /// Where they are cut.
    pub strategy: Strategy,
    /// Upper bound of tokens a chunk.
    pub max_tokens: u32,
    /// Tokens that a chunk repeats of its predecessor, at most.
    pub overlap_tokens: u32,
    /// Upper bound of tokens of the section that is returned for a chunk; zero returns the chunk.
    pub parent_tokens: u32,
    /// Whether title, headings and neighbour are embedded with each chunk.
    pub context: bool,
}

/// Where documents are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Between paragraphs, lines, sentences, words.
    Recursive,
    /// Along the structure, where the format has one: for plain text that is the same as `Recursive`.
    Structural,
    /// Wherever the budget ends.
    Fixed,
    /// Where the meaning changes.
    Semantic,
}

impl Strategy {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recursive => "recursive",
            Self::Structural => "structural",
            Self::Fixed => "fixed",
            Self::Semantic => "semantic",
        }
    }
}

impl Chunking {
    /// What an operator gets who says nothing. 200 tokens fit the 256 that the embedding model sees, with room for the headings above the chunk; of half as many more find room
    /// in a prompt and fewer answers are cited whole (`gusset-eval citations`). No overlap: it costs index, and answers the same sentence twice.
    pub const DEFAULT: Self = Self::structural(200, 0);

    /// Along the structure, without sections and context.
    #[must_use]
    pub const fn structural(max_tokens: u32, overlap_tokens: u32) -> Self {
        Self { strategy: Strategy::Structural, max_tokens, overlap_tokens, parent_tokens: 0, context: false }
    }

    /// Refuses what can't be, in the words of where it was said.
    ///
    /// # Errors
    /// The setting, its value, and what it may be.
    pub fn check(&self, names: &Names) -> Result<(), Refused> {
        let &Self { max_tokens, overlap_tokens, parent_tokens, context, .. } = self;
        // A quarter is the context's.
        let room = if context { max_tokens - max_tokens / 4 } else { max_tokens };
        let shared = if context {
            "a quarter of a chunk is its context's"
        } else {
            "a chunk repeats less than itself"
        };
        let refuse = |name, value, range: RangeInclusive<u32>, why| {
            if range.contains(&value) { Ok(()) } else { Err(Refused { name, value, range, why }) }
        };
        refuse(names.max_tokens, max_tokens, 1..=LARGEST, "")?;
        refuse(names.overlap_tokens, overlap_tokens, 0..=room.saturating_sub(1), shared)?;
        if parent_tokens > 0 {
            refuse(
                names.section_tokens,
                parent_tokens,
                max_tokens + 1..=LARGEST,
                "a section is more than its chunk; 0 for none",
            )?;
            refuse(names.overlap_tokens, overlap_tokens, 0..=0, "sections are returned whole")?;
        }
        Ok(())
    }
}

/// What the settings are called where they are said.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// [`Chunking::max_tokens`]
    pub max_tokens: &'static str,
    /// [`Chunking::overlap_tokens`]
    pub overlap_tokens: &'static str,
    /// [`Chunking::parent_tokens`]
    pub section_tokens: &'static str,
}

impl Names {
    /// As [`Settings`] has them.
    pub const SETTINGS: Self =
        Self { max_tokens: "max_tokens", overlap_tokens: "overlap_tokens", section_tokens: "section_tokens" };
}

/// A setting that can't be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What it is called.
    pub name: &'static str,
    value: u32,
    range: RangeInclusive<u32>,
    why: &'static str,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (least, most) = (self.range.start(), self.range.end());
        write!(formatter, "is {}, and must be {least}", self.value)?;
        if most > least {
            write!(formatter, " to {most}")?;
        }
        if self.why.is_empty() { Ok(()) } else { write!(formatter, ": {}", self.why) }
    }
}

/// What is said of a chunking; the rest is as elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where documents are cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// Upper bound of tokens a chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Tokens that a chunk repeats of its predecessor, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap_tokens: Option<u32>,
    /// Upper bound of tokens of the section that is returned for a chunk; zero returns the chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section_tokens: Option<u32>,
    /// Whether title, headings and neighbour are embedded with each chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<bool>,
}

impl Settings {
    /// The chunking that this makes of another.
    #[must_use]
    pub fn over(self, other: Chunking) -> Chunking {
        Chunking {
            strategy: self.strategy.unwrap_or(other.strategy),
            max_tokens: self.max_tokens.unwrap_or(other.max_tokens),
            overlap_tokens: self.overlap_tokens.unwrap_or(other.overlap_tokens),
            parent_tokens: self.section_tokens.unwrap_or(other.parent_tokens),
            context: self.context.unwrap_or(other.context),
        }
    }
}

impl From<Chunking> for Settings {
    fn from(chunking: Chunking) -> Self {
        let Chunking { strategy, max_tokens, overlap_tokens, parent_tokens, context } = chunking;
        Self {
            strategy: Some(strategy),
            max_tokens: Some(max_tokens),
            overlap_tokens: Some(overlap_tokens),
            section_tokens: Some(parent_tokens),
            context: Some(context),
        }
    }
}

/// What an operator wants for collections that are made without saying how: for all, and for some by their names. One that is there already stays as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunkings {
    all: Chunking,
    collections: BTreeMap<String, Chunking>,
}

impl Chunkings {
    /// One for all.
    #[must_use]
    pub const fn of_all(all: Chunking) -> Self {
        Self { all, collections: BTreeMap::new() }
    }

    /// With what is said of some collections, over what is said of all.
    ///
    /// # Errors
    /// A name that no collection can have, or a setting that can't be, and what is wrong with it: the place is `handbook.max_tokens`.
    pub fn new(all: Chunking, some: &BTreeMap<String, Settings>) -> Result<Self, (String, String)> {
        let mut collections = BTreeMap::new();
        for (name, settings) in some {
            if !is_name(name) {
                let problem = "must be a collection's name, 1 to 64 of `a-z`, `0-9`, `-`, `_`, `.`";
                return Err((name.clone(), problem.to_owned()));
            }
            let chunking = settings.over(all);
            chunking
                .check(&Names::SETTINGS)
                .map_err(|refused| (format!("{name}.{}", refused.name), refused.to_string()))?;
            collections.insert(name.clone(), chunking);
        }
        Ok(Self { all, collections })
    }

    /// For collections that have none of their own.
    #[must_use]
    pub const fn all(&self) -> Chunking {
        self.all
    }

    /// For the collection of that name.
    #[must_use]
    pub fn of(&self, name: &str) -> Chunking {
        self.collections.get(name).copied().unwrap_or(self.all)
    }

    /// Those of collections' own, as JSON that [`Self::new`] can be given again; empty where there is none.
    #[must_use]
    pub fn to_json(&self) -> String {
        if self.collections.is_empty() {
            return String::new();
        }
        let own: BTreeMap<&str, Settings> =
            self.collections.iter().map(|(name, &chunking)| (name.as_str(), chunking.into())).collect();
        serde_json::json!(own).to_string()
    }

    /// Tokens of a passage that a search returns, at most.
    #[must_use]
    pub fn longest(&self) -> u32 {
        let longest = |chunking: &Chunking| chunking.max_tokens.max(chunking.parent_tokens);
        self.collections.values().chain([&self.all]).map(longest).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused_with_what_may() {
        let sized = |max_tokens, overlap_tokens, parent_tokens, context| Chunking {
            parent_tokens,
            context,
            ..Chunking::structural(max_tokens, overlap_tokens)
        };
        for (chunking, expected) in [
            (sized(0, 0, 0, false), "max_tokens is 0, and must be 1 to 100000"),
            (
                sized(50, 50, 0, false),
                "overlap_tokens is 50, and must be 0 to 49: a chunk repeats less than itself",
            ),
            (
                sized(100, 75, 0, true),
                "overlap_tokens is 75, and must be 0 to 74: a quarter of a chunk is its context's",
            ),
            (
                sized(100, 0, 100, false),
                "section_tokens is 100, and must be 101 to 100000: a section is more than its chunk; 0 for none",
            ),
            (sized(100, 9, 200, false), "overlap_tokens is 9, and must be 0: sections are returned whole"),
        ] {
            let refused = chunking.check(&Names::SETTINGS).unwrap_err();
            assert_eq!(format!("{} {refused}", refused.name), expected);
        }
        assert_eq!(sized(100, 0, 200, true).check(&Names::SETTINGS), Ok(()));
    }

    #[test]
    fn a_collection_has_its_own_over_what_all_have() {
        let some = |text: &str| serde_json::from_str::<BTreeMap<String, Settings>>(text).unwrap();
        let all = Chunking::structural(128, 16);
        let own =
            some(r#"{"handbook": {"strategy": "semantic", "section_tokens": 600, "overlap_tokens": 0}}"#);
        let chunkings = Chunkings::new(all, &own).unwrap();
        let expected =
            Chunking { strategy: Strategy::Semantic, parent_tokens: 600, ..Chunking::structural(128, 0) };
        assert_eq!(
            (chunkings.of("handbook"), chunkings.of("other"), chunkings.longest()),
            (expected, all, 600)
        );
        assert_eq!(Chunkings::new(all, &some(&chunkings.to_json())).as_ref(), Ok(&chunkings));
        assert_eq!(Chunkings::of_all(all).to_json(), "");
        for (text, place) in [
            (r#"{"Hand Book": {}}"#, "Hand Book"),
            (r#"{"a": {"max_tokens": 16}}"#, "a.overlap_tokens"),
            (r#"{"a": {"section_tokens": 600}}"#, "a.overlap_tokens"),
        ] {
            assert_eq!(Chunkings::new(all, &some(text)).unwrap_err().0, place);
        }
    }
}
