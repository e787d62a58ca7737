//! Each table by itself, or all of them: which data it is about, and which baselines it is held to.

use std::path::PathBuf;

use crate::baselines::Baselines;
use crate::models::Models;
use crate::set::Set;
use crate::texts::Texts;
use crate::{chunking, corpora, floor, groundedness, paraphrases, query, ranking, scale};

/// Queries a set that are ranked, at most, evenly spread.
pub const RANKED: usize = 1500;

/// Queries a set that are asked everywhere, at most, evenly spread.
pub const ASKED: usize = 300;

/// Sizes of made-up collections where all tables are printed: small enough to take seconds.
const SMALL: [u32; 1] = [10_000];

/// The texts that baselines of chunking were reached on, in one collection.
const TOGETHER: [&str; 3] = ["finance", "state_of_the_union", "wikitexts"];

/// Passages of a made-up document.
pub const DOCUMENT: u32 = 20;

/// What measures. Each table says whether a figure is below its baseline, and skips, saying so, where its data is not there.
pub struct Tables {
    /// The shipped models.
    pub models: Models,
    /// Folder of the data: `retrieval` has sets in BEIR's layout, `chunking` texts with marked answers, `similarity` pairs of sentences.
    pub data: PathBuf,
}

impl Tables {
    /// One after the other.
    ///
    /// # Errors
    /// A file isn't what its name says; a model or a core fails.
    pub fn all(&mut self) -> anyhow::Result<bool> {
        let mut failed = false;
        let mut titled = |title: &str, below: anyhow::Result<bool>| -> anyhow::Result<()> {
            let below = below?;
            println!(
                "{}\n",
                if below { format!("{title}: BELOW A BASELINE") } else { format!("{title}: held") }
            );
            failed |= below;
            Ok(())
        };
        println!("# Chunking\n");
        titled("chunking", self.chunking(&[]))?;
        println!("# Ranking");
        titled("ranking", self.ranking(&[], RANKED))?;
        println!("# Not in the documents");
        titled("floor", self.floor(ASKED, None))?;
        println!("# Queries");
        titled("query", self.query())?;
        println!("# Groundedness\n");
        titled("groundedness", self.groundedness(None))?;
        println!("# Scale\n");
        titled("scale", scale(&SMALL, DOCUMENT, scale::Kept::Memory))?;
        Ok(failed)
    }

    /// How documents are best split; only these chunkers, unless none is named.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn chunking(&mut self, only: &[String]) -> anyhow::Result<bool> {
        let Some(texts) = self.texts(true)? else { return Ok(false) };
        let sets = corpora::sets(&texts);
        let baselines = Baselines::committed("chunking")?.of_all(&TOGETHER, &sizes(&sets));
        chunking::measure(&texts, &mut self.models, only, &baselines)
    }

    /// Each way to search; only these sets, unless none is named.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn ranking(&mut self, only: &[String], queries: usize) -> anyhow::Result<bool> {
        let sets = self.sets(only, queries)?;
        let baselines = Baselines::committed("ranking")?.of_sets(&sizes(&sets));
        let mut failed = false;
        for set in &sets {
            failed |= ranking::measure(set, &mut self.models, &baselines)?;
        }
        Ok(failed)
    }

    /// Whether a search knows that nothing answers.
    ///
    /// # Errors
    /// As [`Self::all`]; `dump` can't be written.
    pub fn floor(&mut self, queries: usize, dump: Option<PathBuf>) -> anyhow::Result<bool> {
        let sets = self.sets(&[], queries)?;
        let texts = self.texts(false)?.as_ref().map(corpora::sets).unwrap_or_default();
        let baselines = Baselines::committed("floor")?.of_sets(&[sizes(&sets), sizes(&texts)].concat());
        floor::measure(&sets, &texts, &mut self.models, &baselines, dump.as_deref())
    }

    /// What is searched for.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn query(&mut self) -> anyhow::Result<bool> {
        let sets = self.sets(&[], usize::MAX)?;
        let baselines = Baselines::committed("query")?.of_sets(&sizes(&sets));
        query::measure(&sets, &mut self.models, &baselines)
    }

    /// Whether a statement is known to be in the passage that it cites.
    ///
    /// # Errors
    /// As [`Self::floor`].
    pub fn groundedness(&mut self, dump: Option<PathBuf>) -> anyhow::Result<bool> {
        let mut sets = self.sets(&[], usize::MAX)?;
        sets.extend(self.texts(false)?.as_ref().map(corpora::sets).unwrap_or_default());
        let paraphrases = paraphrases::read(&self.data.join("similarity"))?;
        let pairs = [sizes(&sets), vec![("similarity", paraphrases.len())]].concat();
        let baselines = Baselines::committed("groundedness")?.of_sets(&pairs);
        groundedness::measure(&sets, &paraphrases, &mut self.models, &baselines, dump.as_deref())
    }

    fn sets(&self, only: &[String], queries: usize) -> anyhow::Result<Vec<Set>> {
        let folder = self.data.join("retrieval");
        if folder.is_dir() {
            return Set::read_all(&folder, only, queries);
        }
        println!("skipped: there is no data in {}", folder.display());
        Ok(Vec::new())
    }

    fn texts(&self, needed: bool) -> anyhow::Result<Option<Texts>> {
        let folder = self.data.join("chunking");
        if folder.is_dir() {
            return Texts::read(&folder).map(Some);
        }
        if needed {
            println!("skipped: there is no data in {}", folder.display());
        }
        Ok(None)
    }
}

/// What baselines go by.
fn sizes(sets: &[Set]) -> Vec<(&str, usize)> {
    sets.iter().map(|set| (set.name.as_str(), set.asked)).collect()
}

/// What searches read in collections of made-up passages, without any model.
///
/// # Errors
/// The core or the store fails.
pub fn scale(sizes: &[u32], document: u32, kept: scale::Kept) -> anyhow::Result<bool> {
    scale::measure(sizes, document, kept, &Baselines::committed("scale")?)
}
