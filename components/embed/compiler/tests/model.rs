//! The shipped model through the whole compiler, natively: what any text gets, and what a bad file gets.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use gusset_embed::{Embedder, Embeddings, Error, Purpose};
use gusset_embed_compiler::blob::PoolingKind;
use gusset_embed_compiler::check::{Reference, cosine};
use gusset_embed_compiler::{Description, compile, onnx};
use sha2::{Digest, Sha256};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models/all-minilm-l6-v2")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn description() -> Description {
    serde_json::from_slice(&read("model.json")).unwrap()
}

fn vocabulary() -> String {
    String::from_utf8(read("vocab.txt")).unwrap()
}

static BLOB: LazyLock<Vec<u8>> =
    LazyLock::new(|| compile(&read("model.int8.onnx"), &vocabulary(), &description()).unwrap());

static MODEL: LazyLock<Embedder> = LazyLock::new(|| Embedder::load(BLOB.clone()).unwrap());

fn embed(texts: &[&str]) -> Embeddings {
    let embeddings = MODEL.embed(texts, Purpose::Passage).unwrap();
    assert_eq!(embeddings.values.len(), texts.len() * embeddings.dimension);
    for vector in embeddings.values.chunks(embeddings.dimension) {
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((norm - 1.0).abs() < 1e-5, "norm {norm}");
    }
    embeddings
}

#[test]
fn describes_itself() {
    let model = MODEL.model();
    assert_eq!(model.id, "all-minilm-l6-v2");
    assert_eq!((model.dimension, model.max_tokens), (384, 256));
    assert_eq!(model.fingerprint.len(), 64);
}

#[test]
fn fingerprint_follows_what_changes_vectors() {
    let with = |change: fn(&mut Description)| {
        let mut description = description();
        change(&mut description);
        let blob = compile(&read("model.int8.onnx"), &vocabulary(), &description).unwrap();
        Embedder::load(blob).unwrap().model().fingerprint.clone()
    };
    let original = &MODEL.model().fingerprint;
    assert_eq!(&with(|_| ()), original);
    assert_eq!(&with(|description| description.id = "renamed".into()), original);
    assert_ne!(&with(|description| description.activation_bits = 7), original);
    assert_ne!(&with(|description| description.query_prefix = "query: ".into()), original);
    assert_ne!(&with(|description| description.max_tokens = 128), original);
}

#[test]
fn close_texts_are_near() {
    let embeddings =
        embed(&["A cat sits on the mat.", "A kitten is sitting on a rug.", "Interest rates rose by 2%."]);
    let vectors: Vec<&[f32]> = embeddings.values.chunks(384).collect();
    assert!(cosine(vectors[0], vectors[1]) > 0.6);
    assert!(cosine(vectors[0], vectors[2]) < 0.2);
}

#[test]
fn agrees_with_another_runtime_on_the_same_file() {
    let reference =
        Reference::new(&onnx::read(&read("model.int8.onnx")).unwrap(), PoolingKind::Mean).unwrap();
    let text = "Snapshots of initialised memory make cold starts short.";
    let ids = MODEL.tokenizer().encode(text, 256).ids;
    let similarity = cosine(&embed(&[text]).values, &reference.embed(&ids).unwrap());
    // The other runtime scales activations by tensor, not by row.
    assert!(similarity > 0.98, "{similarity}");
}

#[test]
fn a_vector_does_not_depend_on_its_batch() {
    let long = "a rather long passage about nothing in particular ".repeat(40);
    let texts = ["", "short", &long, "Überraschung: 漢字 😀", "another one", &long[..300]];
    let batch = embed(&texts);
    for (at, text) in texts.iter().enumerate() {
        let alone = embed(&[text]);
        assert_eq!(alone.values[..], batch.values[at * 384..(at + 1) * 384], "{text:?}");
        assert_eq!(alone.tokens[0], batch.tokens[at]);
    }
    let many: Vec<&str> = texts.iter().copied().cycle().take(60).collect();
    let many = embed(&many);
    assert_eq!(many.values[54 * 384..], batch.values[..]);
}

#[test]
fn any_text_has_a_vector() {
    assert_eq!(embed(&[]).values, Vec::<f32>::new());
    let empty = embed(&["", " \n\t ", "\u{0}"]);
    assert_eq!(empty.tokens, [2, 2, 2]);
    assert_eq!(empty.truncated, [false; 3]);
    assert_eq!(empty.values[..384], empty.values[384..768]);

    let emoji = embed(&[&"😀🎉👩‍👩‍👧‍👦".repeat(100)]);
    assert!(emoji.values.iter().all(|x| x.is_finite()));

    let endless = embed(&[&"word ".repeat(100_000), &"a".repeat(1 << 20)]);
    assert_eq!(endless.tokens, [100_002, 3]);
    assert_eq!(endless.truncated, [true, false]);
    let cut = embed(&[&"word ".repeat(254)]);
    assert_eq!(cut.truncated, [false]);
    assert_eq!(cut.values[..], endless.values[..384]);
}

#[test]
fn seven_bits_lose_little() {
    let mut description = description();
    description.activation_bits = 7;
    let blob = compile(&read("model.int8.onnx"), &vocabulary(), &description).unwrap();
    let seven = Embedder::load(blob).unwrap();
    let text = "Relaxed SIMD multiplies bytes by seven bits.";
    let vector = seven.embed(&[text], Purpose::Query).unwrap().values;
    let similarity = cosine(&vector, &embed(&[text]).values);
    assert!(similarity > 0.98 && similarity < 1.0, "{similarity}");
}

#[test]
fn malformed_blobs_are_errors() {
    let load = |blob: Vec<u8>| Embedder::load(blob).unwrap_err();
    assert!(matches!(load(Vec::new()), Error::NotAModel));
    assert!(matches!(load(b"not a model at all".to_vec()), Error::NotAModel));
    let mut version = BLOB.clone();
    version[8] = 99;
    assert!(matches!(load(version), Error::Version { found: 99, .. }));
    for length in [9, 12, 40, 100, 1000, 1 << 20, BLOB.len() / 2, BLOB.len() - 100_000, BLOB.len() - 10] {
        let error = load(BLOB[..length].to_vec());
        assert!(!matches!(error, Error::Engine(_)), "{length}: {error}");
    }
    // Each number of the header, made absurd.
    for field in 0..10 {
        let mut blob = BLOB.clone();
        blob[16 + field * 4..20 + field * 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(Embedder::load(blob).is_err(), "field {field}");
    }
}

#[test]
fn unfit_descriptions_are_errors() {
    let error = |change: fn(&mut Description), vocabulary: &str| {
        let mut description = description();
        change(&mut description);
        let error = compile(&read("model.int8.onnx"), vocabulary, &description).unwrap_err();
        format!("{:#}", anyhow::Error::from(error))
    };
    assert!(error(|d| d.max_tokens = 513, &vocabulary()).contains("512 positions"));
    assert!(error(|d| d.max_tokens = 0, &vocabulary()).contains("max_tokens"));
    assert!(error(|d| d.activation_bits = 4, &vocabulary()).contains("activation_bits"));
    assert!(error(|_| (), "[UNK]\n[CLS]\n[SEP]\n").contains("number of tokens"));
    assert!(error(|_| (), "one\ntwo\n").contains("[UNK]"));
    let onnx = compile(b"\x08\x01", &vocabulary(), &description()).unwrap_err();
    assert!(onnx.to_string().contains("ONNX"), "{onnx}");
}

#[test]
fn model_card_names_the_files_as_they_are() {
    let card = String::from_utf8(read("README.md")).unwrap();
    for name in ["model.int8.onnx", "vocab.txt", "tokenizer.json", "model.json"] {
        let digest = hex::encode(Sha256::digest(read(name)));
        let row = card.lines().find(|line| line.starts_with(&format!("| `{name}`"))).unwrap();
        assert!(row.contains(&digest), "{name}: sha256 {digest}");
    }
}
