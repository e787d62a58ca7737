//! Texts, and questions with the characters of them that answer: `corpora/*.md` and `questions.jsonl` of the folder `chunking`.

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

/// All texts and questions of a folder.
pub struct Texts {
    /// In the order of their names.
    pub corpora: Vec<Corpus>,
    /// In the order of the file.
    pub questions: Vec<Question>,
}

/// A text.
pub struct Corpus {
    /// Of its file, without `.md`.
    pub name: String,
    /// What is in it.
    pub text: String,
    /// Byte offset of each character.
    characters: Vec<usize>,
}

/// A question about a text.
pub struct Question {
    /// What is asked.
    pub text: String,
    /// Which corpus it is about.
    pub corpus: usize,
    /// What answers it, in characters.
    pub references: Vec<Range<usize>>,
}

#[derive(Deserialize)]
struct Line {
    corpus: String,
    question: String,
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    start_index: usize,
    end_index: usize,
}

impl Texts {
    /// Reads `questions.jsonl` and the corpora that it names from `corpora`.
    ///
    /// # Errors
    /// A file is missing or isn't what its name says.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("questions.jsonl");
        let lines = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let lines: Vec<Line> = lines
            .lines()
            .map(|line| serde_json::from_str(line).with_context(|| format!("a line of {}", path.display())))
            .collect::<anyhow::Result<_>>()?;
        let mut names: Vec<&str> = lines.iter().map(|line| line.corpus.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let corpora = names
            .iter()
            .map(|name| {
                let path = folder.join("corpora").join(format!("{name}.md"));
                let text =
                    fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
                Ok(Corpus::new(name, text))
            })
            .collect::<anyhow::Result<_>>()?;
        let questions = lines
            .iter()
            .map(|line| Question {
                text: line.question.clone(),
                corpus: names.binary_search(&line.corpus.as_str()).unwrap_or_default(),
                references: line.references.iter().map(|one| one.start_index..one.end_index).collect(),
            })
            .collect();
        Ok(Self { corpora, questions })
    }
}

impl Corpus {
    pub(crate) fn new(name: &str, text: String) -> Self {
        let characters = text.char_indices().map(|(offset, _)| offset).collect();
        Self { name: name.to_owned(), text, characters }
    }

    /// A range of bytes in characters.
    #[must_use]
    pub fn characters(&self, bytes: &Range<usize>) -> Range<usize> {
        let at = |byte: usize| self.characters.partition_point(|&offset| offset < byte);
        at(bytes.start)..at(bytes.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_characters() {
        let corpus = Corpus::new("c", "aé日b".to_owned());
        assert_eq!(corpus.characters(&(0..7)), 0..4);
        assert_eq!(corpus.characters(&(1..6)), 1..3);
    }
}
