//! Queries that are asked on both sides.

use super::stand_in::StandIn;
use super::{Failure, Side};
use gusset_retrieve::Found;
use gusset_retrieve::engine::Record;

/// How many.
const QUERIES: usize = 20;

/// A query like what a passage says, with the passage's own vector: no model is needed.
pub(super) struct Sample {
    text: String,
    vector: Vec<f32>,
}

impl Sample {
    /// Of the first of every so many documents, fewer and fewer as they come; `taken` are there already.
    pub(super) fn of(record: &Record, number: usize, taken: usize) -> Option<Self> {
        if taken >= QUERIES || !(number < QUERIES / 2 || number.is_power_of_two()) {
            return None;
        }
        let passage = record.passages.get(number % record.passages.len().max(1))?;
        let text: Vec<&str> = passage.text.split_whitespace().take(8).collect();
        (!text.is_empty()).then(|| Self { text: text.join(" "), vector: passage.vector.values() })
    }

    /// Passages that it finds in the original, and how many of them in the copy.
    pub(super) async fn ask(
        self,
        from: Side<'_>,
        to: Side<'_>,
        place: (&str, &str),
        model: &StandIn,
    ) -> Result<(usize, usize), Failure> {
        let model = model.clone().asked(self.vector);
        let here = from.search(&model, place, &self.text).await.map_err(Failure::original)?;
        let there = to.search(&model, place, &self.text).await.map_err(Failure::copy)?;
        Ok((here.hits.len(), common(&here, &there)))
    }
}

fn common(here: &Found, there: &Found) -> usize {
    let place =
        |hit: &gusset_retrieve::Hit| (hit.passage.document.clone(), hit.passage.start, hit.passage.end);
    let there: Vec<_> = there.hits.iter().map(place).collect();
    here.hits.iter().filter(|hit| there.contains(&place(hit))).count()
}
