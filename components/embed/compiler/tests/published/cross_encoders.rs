//! Cross-encoders: logits, budgets, steps.

use gusset_embed::Embedder;
use gusset_embed_compiler::check::spearman;
use gusset_embed_compiler::config::Kind;
use gusset_embed_compiler::published::Overrides;
use gusset_embed_compiler::{cross, onnx};
use gusset_rerank::{Depth, Options, Reranker};

use crate::hub_folder::HubFolder;
use crate::{added, file};

const QUERY: &str = "When is the lamp on the pier lit?";

const PASSAGES: [&str; 8] = [
    "The lamp on the pier is lit at dusk.",
    "Bread is made of flour, salt and water.",
    "",
    "A vote on the law was lost.",
    "the the the the",
    "What is the tide for the ferry in this harbour?",
    "Bees",
    "lamp pier street tide oven",
];

fn reranker(folder: &HubFolder) -> (Reranker, Embedder) {
    let added = added(folder, &Overrides::default()).unwrap();
    assert_eq!(added.kind, Kind::CrossEncoder);
    let load = || Embedder::load(file(&added, "rerank.blob").to_vec()).unwrap();
    (Reranker::new(load(), file(&added, "rerank.head")).unwrap(), load())
}

/// The logit by f64 arithmetic, of `[CLS] query [SEP] passage [SEP]`.
fn expected(folder: &HubFolder, embedder: &Embedder, query: &str, passage: &str) -> f64 {
    let ids = |text: &str| embedder.tokenizer().encode(text, 40).ids;
    let (query, passage) = (ids(query), ids(passage));
    let all: Vec<u32> = query.iter().chain(&passage[1..]).copied().collect();
    let types: Vec<usize> = (0..all.len()).map(|at| usize::from(at >= query.len())).collect();
    folder.bert().logit(&all, &types)
}

#[test]
fn scores_are_the_logits_of_pairs() {
    let folder = HubFolder::cross_encoder(1);
    let (reranker, embedder) = reranker(&folder);
    let query = "lamp on the pier";
    let scores = reranker.rank(query, &PASSAGES, &Options::default()).unwrap();
    let int8: Vec<f64> = scores.iter().map(|score| f64::from(score.value)).collect();
    let exact: Vec<f64> =
        PASSAGES.iter().map(|passage| expected(&folder, &embedder, query, passage)).collect();
    for (score, exact) in scores.iter().zip(&exact) {
        assert!((f64::from(score.value) - exact).abs() < 0.1, "{} instead of {exact}", score.value);
        let sigmoid = 1.0 / (1.0 + (-f64::from(score.value)).exp());
        assert!((f64::from(score.probability) - sigmoid).abs() < 1e-6);
        assert_eq!((score.depth, score.truncated), (Depth::Full, false));
    }
    assert!(spearman(&int8, &exact) > 0.9, "{int8:?} {exact:?}");
}

#[test]
fn a_score_does_not_depend_on_its_neighbours() {
    let (reranker, _) = reranker(&HubFolder::cross_encoder(1));
    let together = reranker.rank(QUERY, &PASSAGES, &Options::default()).unwrap();
    for (passage, score) in PASSAGES.iter().zip(&together) {
        assert_eq!(reranker.rank(QUERY, &[passage], &Options::default()).unwrap(), [*score], "{passage}");
    }
    assert!(reranker.rank(QUERY, &[], &Options::default()).unwrap().is_empty());
}

#[test]
fn any_pair_has_a_score() {
    let (reranker, _) = reranker(&HubFolder::cross_encoder(1));
    let (emoji, endless) = ("😀🎉👩‍👩‍👧‍👦".repeat(100), "bread ".repeat(100_000));
    let texts = ["", " \n\t ", "\u{0}", &emoji, "[CLS] [SEP]", &endless];
    for query in texts {
        let scores = reranker.rank(query, &texts, &Options::default()).unwrap();
        for score in &scores {
            assert!(score.value.is_finite() && (0.0..=1.0).contains(&score.probability), "{query:.20}");
        }
        let truncated: Vec<bool> = scores.iter().map(|score| score.truncated).collect();
        assert_eq!(truncated, [false, false, false, false, false, true]);
        assert_eq!(scores[0].value, scores[1].value, "blanks are no text");
    }
}

#[test]
fn budgets_are_kept() {
    let (reranker, _) = reranker(&HubFolder::cross_encoder(1));
    assert_eq!((reranker.model().query_tokens, reranker.model().passage_tokens), (12, 46));
    let long = "word ".repeat(1000);
    for query in ["", "bread", &long] {
        let scores = reranker.rank(query, &[&long, "bread"], &Options::default()).unwrap();
        assert_eq!(scores.iter().map(|score| score.truncated).collect::<Vec<_>>(), [true, false]);
        assert!(
            scores.iter().all(|score| score.value.is_finite() && (0.0..=1.0).contains(&score.probability))
        );
    }
    let short = Options { passage_tokens: Some(4), ..Options::default() };
    let scores =
        reranker.rank("bread", &["the law of the bees", "the law on salt", "the law"], &short).unwrap();
    assert_eq!(scores.iter().map(|score| score.truncated).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(scores[0].value, scores[2].value, "what is cut off is not read");
}

#[test]
fn an_early_end_leaves_the_last_unread() {
    let (reranker, _) = reranker(&HubFolder::cross_encoder(1));
    let long = "the harbour is in the water and the ferry is at the pier ".repeat(4);
    let passages = vec![long.as_str(); 12];
    let mut session = reranker.begin(QUERY, &passages, &Options::default()).unwrap();
    let unread = |session: &gusset_rerank::Session<'_>| {
        session.scores().iter().filter(|score| score.depth == Depth::Unread).count()
    };
    assert_eq!(unread(&session), 12);
    assert!(session.step().unwrap());
    let left = unread(&session);
    assert!(left > 0 && left < 12, "{left}");
    assert!(session.scores()[12 - left..].iter().all(|score| score.probability == 0.0));
    while session.step().unwrap() {}
    assert_eq!(unread(&session), 0);
}

#[test]
fn its_folder_compiles_again() {
    let added = added(&HubFolder::cross_encoder(1), &Overrides::default()).unwrap();
    let encoder = onnx::read(file(&added, "model.int8.onnx")).unwrap();
    let vocabulary = String::from_utf8(file(&added, "vocab.txt").to_vec()).unwrap();
    let description: cross::Description = serde_json::from_slice(file(&added, "model.json")).unwrap();
    let again = cross::pack(&encoder, &vocabulary, &description).unwrap();
    assert_eq!(again.encoder, file(&added, "rerank.blob"));
    assert_eq!(again.head, file(&added, "rerank.head"));
}
