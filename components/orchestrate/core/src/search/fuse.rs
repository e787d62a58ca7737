//! One list of passages from several.

use gusset_types::Passage;

/// Fuses what was found for each query into at most `limit` passages, best first: the best of each list, then the others by their highest score. So each part of
/// a question has its say, however much more surely another is answered. Scores have to compare across lists, as probabilities do.
#[must_use]
pub fn fuse(lists: Vec<Vec<Passage>>, limit: usize) -> Vec<Passage> {
    let mut fused: Vec<(bool, Passage)> = Vec::new();
    for list in lists {
        for (rank, passage) in list.into_iter().enumerate() {
            match fused.iter_mut().find(|(_, other)| is_same(other, &passage)) {
                Some((leads, other)) => {
                    *leads |= rank == 0;
                    other.score = other.score.max(passage.score);
                }
                None => fused.push((rank == 0, passage)),
            }
        }
    }
    fused.sort_by(|(a_leads, a), (b_leads, b)| b_leads.cmp(a_leads).then(b.score.total_cmp(&a.score)));
    fused.truncate(limit);
    fused.into_iter().map(|(_, passage)| passage).collect()
}

fn is_same(one: &Passage, other: &Passage) -> bool {
    (&one.document, one.start, one.end) == (&other.document, other.start, other.end)
}
