//! The report's search: the vectors nearest to the question's, all of them looked at.

use gusset_embed::Purpose;

use super::metrics::Span;
use super::report::Chunker;
use crate::models::Models;
use crate::texts::Texts;

/// Chunks that a question retrieves.
pub(super) const RETRIEVED: usize = 5;

/// What each question retrieves, and all chunks.
pub(super) type Retrieved = (Vec<Vec<Span>>, Vec<Span>);

/// Splits with a chunker of the report and searches as the report does.
///
/// # Errors
/// The model fails.
pub(super) fn search(data: &Texts, models: &mut Models, chunker: Chunker) -> anyhow::Result<Retrieved> {
    let bpe = tiktoken_rs::cl100k_base_singleton();
    let mut spans = Vec::new();
    let mut texts = Vec::new();
    for (corpus, at) in data.corpora.iter().zip(0..) {
        let mut embed = |texts: &[&str]| vectors(models, texts, Purpose::Passage);
        for range in chunker.split(&corpus.text, bpe, &mut embed)? {
            texts.push(corpus.text.get(range.clone()).unwrap_or_default());
            spans.push(Span { corpus: at, range: corpus.characters(&range) });
        }
    }
    let passages = vectors(models, &texts, Purpose::Passage)?;
    let questions: Vec<&str> = data.questions.iter().map(|question| question.text.as_str()).collect();
    let found = vectors(models, &questions, Purpose::Query)?
        .iter()
        .map(|question| {
            let cosine = |passage: &Vec<f32>| question.iter().zip(passage).map(|(a, b)| a * b).sum::<f32>();
            let mut ranked: Vec<(f32, &Span)> = passages.iter().map(cosine).zip(&spans).collect();
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
            ranked.into_iter().take(RETRIEVED).map(|(_, span)| span.clone()).collect()
        })
        .collect();
    Ok((found, spans))
}

fn vectors(models: &mut Models, texts: &[&str], purpose: Purpose) -> anyhow::Result<Vec<Vec<f32>>> {
    models.embed_all(texts, purpose)?;
    let vector = |text: &&str| models.vector(text, purpose).map(<[f32]>::to_vec);
    texts.iter().map(vector).collect::<Option<_>>().ok_or_else(|| anyhow::anyhow!("a text has no vector"))
}
