//! Labelled data: prompts, and how well each of some models did them.

mod catalogue;
mod own;
mod public;

pub(crate) use catalogue::about;
pub(crate) use own::own;
pub(crate) use public::{nine, pair};

/// Prompts that the same models answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) models: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// A prompt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) prompt: String,
    /// What a held-out part must hold as a whole: a subject, or the prompt itself.
    pub(crate) group: String,
    /// 0 to 1, one a model; `None`: it was not asked.
    pub(crate) scores: Vec<Option<f32>>,
}

impl Set {
    /// Mean score of each model over the rows that it has one for; 0.5 without any.
    pub(crate) fn means(&self, rows: &[usize]) -> Vec<f32> {
        let mean = |model: usize| {
            let scores: Vec<f32> = rows.iter().filter_map(|&row| self.score(row, model)).collect();
            if scores.is_empty() { 0.5 } else { scores.iter().sum::<f32>() / scores.len() as f32 }
        };
        (0..self.models.len()).map(mean).collect()
    }

    pub(crate) fn score(&self, row: usize, model: usize) -> Option<f32> {
        *self.rows.get(row)?.scores.get(model)?
    }
}
