//! The shipped reranker through the compiler, natively, against scores that its training code computed by other means.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use gusset_embed::Embedder;
use gusset_embed::format::Header;
use gusset_embed_compiler::{Description, Error, blob, rerank};
use gusset_rerank::{Depth, Options, Reranker};
use serde_json::Value;

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models").join(path)
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(file(path)).unwrap()
}

/// The encoder with activations of that many bits.
fn encoder(activation_bits: u32) -> Vec<u8> {
    let mut description: Description = serde_json::from_slice(&read("all-minilm-l6-v2/model.json")).unwrap();
    description.activation_bits = activation_bits;
    let vocabulary = String::from_utf8(read("all-minilm-l6-v2/vocab.txt")).unwrap();
    blob::compile(&read("all-minilm-l6-v2/model.int8.onnx"), &vocabulary, &description).unwrap()
}

static ENCODER: LazyLock<Vec<u8>> = LazyLock::new(|| encoder(8));

fn header() -> Header {
    Header::parse(&ENCODER).unwrap().0
}

fn reranker(encoder: &[u8]) -> Reranker {
    let (tensors, description) =
        (read("gusset-rerank-v1/head.safetensors"), read("gusset-rerank-v1/model.json"));
    let head = rerank::compile(&tensors, &description, &Header::parse(encoder).unwrap().0).unwrap();
    Reranker::new(Embedder::load(encoder.to_vec()).unwrap(), &head).unwrap()
}

static RERANKER: LazyLock<Reranker> = LazyLock::new(|| reranker(&ENCODER));

/// Of a build with relaxed SIMD, whose kernels compute the same sums as the native ones.
static SEVEN_BITS: LazyLock<Reranker> = LazyLock::new(|| reranker(&encoder(7)));

#[test]
fn scores_are_those_of_the_training_code() {
    let cases: Vec<Value> = serde_json::from_slice(&read("gusset-rerank-v1/vectors.json")).unwrap();
    assert!(cases.len() >= 8);
    for case in &cases {
        for (reranker, kind) in [(&RERANKER, "int8-8-bit"), (&SEVEN_BITS, "int8-7-bit")] {
            agrees(reranker, case, kind);
        }
    }
}

fn agrees(reranker: &Reranker, case: &Value, kind: &str) {
    let (query, passage) = (case["query"].as_str().unwrap(), case["passage"].as_str().unwrap());
    let close = |name: &str, actual: f32, within: f64| {
        let expected = case["scores"][kind][name].as_f64().unwrap();
        assert!(
            (f64::from(actual) - expected).abs() < within,
            "{name} of {query:?}, {passage:?}, {kind}: {actual}, not {expected}"
        );
    };
    let mut session = reranker.begin(query, &[passage], &Options::default()).unwrap();
    session.step().unwrap();
    close("unrefined", session.scores()[0].value, 0.5);
    while session.step().unwrap() {}
    let terms = session.terms()[0].unwrap();
    close("late", terms.late, 0.02);
    close("exact", terms.exact, 0.02);
    close("cosine", terms.cosine.unwrap(), 0.02);
    close("score", session.scores()[0].value, 0.5);
}

#[test]
fn an_early_end_leaves_the_last_unread() {
    let long = "The lamp is lit at dusk and burns until the sun is up. ".repeat(15);
    let passages = vec![long.as_str(); 6];
    let mut session = RERANKER.begin("When is the lamp lit?", &passages, &Options::default()).unwrap();
    assert!(session.scores().iter().all(|score| score.depth == Depth::Unread && score.probability == 0.0));
    assert!(session.step().unwrap());
    let depths: Vec<Depth> = session.scores().iter().map(|score| score.depth).collect();
    assert_eq!(
        depths,
        [Depth::Coarse, Depth::Unread, Depth::Unread, Depth::Unread, Depth::Unread, Depth::Unread]
    );
    while session.step().unwrap() {}
    assert!(session.scores().iter().all(|score| score.depth == Depth::Full && !score.truncated));
}

#[test]
fn a_score_does_not_depend_on_its_neighbours() {
    let passages = ["The pier is lit.", "", "🦀🦀🦀", "Bread is baked at six in the morning.", "[CLS] [SEP]"];
    for reranker in [&RERANKER, &SEVEN_BITS] {
        let rank =
            |passages: &[&str]| reranker.rank("Where is light?", passages, &Options::default()).unwrap();
        for (passage, score) in passages.iter().zip(rank(&passages)) {
            assert_eq!(rank(&[passage]), [score], "{passage}");
        }
    }
    assert!(RERANKER.rank("q", &[], &Options::default()).unwrap().is_empty());
}

#[test]
fn any_pair_has_a_score() {
    let (emoji, endless) = ("😀🎉👩‍👩‍👧‍👦".repeat(100), "word ".repeat(100_000));
    let texts = ["", " \n\t ", "\u{0}", "🦀", &emoji, "[CLS] [SEP]", "\u{fffd}", &endless];
    for query in texts {
        let scores = RERANKER.rank(query, &texts, &Options::default()).unwrap();
        for score in &scores {
            assert!(score.value.is_finite() && (0.0..=1.0).contains(&score.probability), "{query:.20}");
        }
        let truncated: Vec<bool> = scores.iter().map(|score| score.truncated).collect();
        assert_eq!(truncated, [false, false, false, false, false, false, false, true]);
        assert_eq!(scores[0].value, scores[1].value, "blanks are no text");
    }
}

#[test]
fn budgets_are_kept() {
    let long = "word ".repeat(400);
    let options = Options { passage_tokens: Some(32), refine: Some(1) };
    let scores = RERANKER.rank("word", &[&long, "other"], &options).unwrap();
    assert!(scores[0].truncated && !scores[1].truncated);
    assert_eq!(scores.iter().filter(|score| score.depth == Depth::Full).count(), 1);
    let coarse = Options { refine: Some(0), ..Options::default() };
    assert!(RERANKER.rank("word", &["a", "b"], &coarse).unwrap().iter().all(|s| s.depth == Depth::Coarse));
}

#[test]
fn a_head_that_does_not_fit_is_refused() {
    let (tensors, description) =
        (read("gusset-rerank-v1/head.safetensors"), read("gusset-rerank-v1/model.json"));
    let text = String::from_utf8(description.clone()).unwrap();
    let other = text.replace("all-minilm-l6-v2", "other");
    assert!(matches!(rerank::compile(&tensors, other.as_bytes(), &header()), Err(Error::Description(_))));
    let unknown = text.replace("late-interaction", "crystal-ball");
    assert!(matches!(rerank::compile(&tensors, unknown.as_bytes(), &header()), Err(Error::Malformed { .. })));
    assert!(matches!(rerank::compile(b"nothing", &description, &header()), Err(Error::Malformed { .. })));
    let head =
        rerank::compile(&tensors, &description, &Header { fingerprint: "0".repeat(64), ..header() }).unwrap();
    let refused = Reranker::new(Embedder::load(ENCODER.clone()).unwrap(), &head).unwrap_err();
    assert!(refused.to_string().contains("compile it anew"), "{refused}");
}
