//! Embedders: pooling, prefixes, both weight formats, provenance.

use gusset_embed::{Embedder, Purpose};
use gusset_embed_compiler::blob::PoolingKind;
use gusset_embed_compiler::check::{Measure, cosine};
use gusset_embed_compiler::config::Kind;
use gusset_embed_compiler::published::Overrides;
use gusset_embed_compiler::{Description, compile, onnx, safetensors};
use sha2::{Digest, Sha256};

use crate::hub_folder::HubFolder;
use crate::{Scratch, added, file};

const TEXT: &str = "The ferry is at the pier, with flour for the bread.";

/// What f64 arithmetic says that the vector of a text, prefix and all, is.
fn expected(folder: &HubFolder, embedder: &Embedder, text: &str, pooling: PoolingKind) -> Vec<f32> {
    let ids = embedder.tokenizer().encode(text, embedder.model().max_tokens).ids;
    let states = folder.bert().states(&ids, &vec![0; ids.len()]);
    let merge = |a: f64, b: f64| match pooling {
        PoolingKind::Mean => a + b,
        PoolingKind::Max => a.max(b),
        PoolingKind::Cls => a,
    };
    let pooled = states.into_iter().reduce(|a, b| a.into_iter().zip(b).map(|(a, b)| merge(a, b)).collect());
    pooled.unwrap().into_iter().map(|x| x as f32).collect()
}

#[test]
fn pooling_and_prefixes_are_those_of_the_files() {
    let folder = HubFolder::embedder();
    let added = added(&folder, &Overrides::default()).unwrap();
    assert_eq!(added.kind, Kind::Embedder);
    let embedder = Embedder::load(file(&added, "embed.blob").to_vec()).unwrap();
    assert_eq!((embedder.model().id.as_str(), embedder.model().max_tokens), ("tiny", 40));
    let sides = [(Purpose::Query, "query: "), (Purpose::Passage, "passage: ")].map(|(purpose, prefix)| {
        let vector = embedder.embed(&[TEXT], purpose).unwrap().values;
        (vector, expected(&folder, &embedder, &format!("{prefix}{TEXT}"), PoolingKind::Cls))
    });
    for ((vector, exact), (_, other)) in [(&sides[0], &sides[1]), (&sides[1], &sides[0])] {
        let (own, other) = (cosine(vector, exact), cosine(vector, other));
        assert!(
            own > 0.995 && own > other,
            "{own} to the vector with its prefix, {other} to that with the other"
        );
    }
}

#[test]
fn what_a_person_says_comes_before_the_files() {
    let folder = HubFolder::embedder();
    for pooling in [PoolingKind::Mean, PoolingKind::Cls, PoolingKind::Max] {
        let overrides = Overrides {
            pooling: Some(pooling),
            query_prefix: Some("what is ".into()),
            passage_prefix: Some(String::new()),
            max_tokens: Some(20),
            embedding_bits: None,
        };
        let added = added(&folder, &overrides).unwrap();
        let embedder = Embedder::load(file(&added, "embed.blob").to_vec()).unwrap();
        assert_eq!(embedder.model().max_tokens, 20);
        for (purpose, prefix) in [(Purpose::Query, "what is "), (Purpose::Passage, "")] {
            let vector = embedder.embed(&[TEXT], purpose).unwrap().values;
            let similarity =
                cosine(&vector, &expected(&folder, &embedder, &format!("{prefix}{TEXT}"), pooling));
            assert!(similarity > 0.995, "{pooling:?}, {purpose:?}: {similarity}");
        }
    }
}

#[test]
fn the_report_compares_with_f32() {
    let added = added(&HubFolder::embedder(), &Overrides::default()).unwrap();
    let Measure::Cosine { mean, worst } = added.agreement.measure else { panic!("{:?}", added.agreement) };
    assert!(worst <= mean && mean < 1.0 && worst > 0.9, "{worst} {mean}");
    assert_eq!(added.agreement.pairs, 40 * 39 / 2);
    assert!(added.agreement.spearman > 0.98, "{}", added.agreement.spearman);
    assert!(added.agreement.passes());
}

#[test]
fn four_bits_make_a_smaller_table() {
    let folder = HubFolder::embedder();
    let eight = added(&folder, &Overrides::default()).unwrap();
    let four = added(&folder, &Overrides { embedding_bits: Some(4), ..Overrides::default() }).unwrap();
    let size = |added| file(added, "embed.blob").len();
    let tokens = String::from_utf8(file(&four, "vocab.txt").to_vec()).unwrap().lines().count();
    assert!(size(&eight) - size(&four) >= tokens * 32 / 2 - 64, "{} and {}", size(&eight), size(&four));
    assert_ne!(four.fingerprint, eight.fingerprint);
    let (Measure::Cosine { mean: four, .. }, Measure::Cosine { mean: eight, .. }) =
        (four.agreement.measure, eight.agreement.measure)
    else {
        panic!("an embedder has cosines")
    };
    assert!(four > 0.97 && four < eight, "{four} {eight}");
}

#[test]
fn onnx_gives_the_same_model() {
    let mut folder = HubFolder::embedder();
    let first = added(&folder, &Overrides::default()).unwrap();
    let weights = folder.files.remove("model.safetensors").unwrap();
    let encoder = safetensors::read(&weights, &folder.files["config.json"]).unwrap();
    folder.files.insert("onnx/model.onnx".into(), onnx::write(&encoder));
    assert_eq!(added(&folder, &Overrides::default()).unwrap().fingerprint, first.fingerprint);
}

#[test]
fn the_folder_says_where_it_is_from_and_compiles_again() {
    let folder = HubFolder::embedder();
    let added = added(&folder, &Overrides::default()).unwrap();
    let scratch = Scratch::new("added");
    let compiled = added.write(&scratch.0).unwrap();
    let read = |name: &str| std::fs::read(scratch.0.join(name)).unwrap();
    let card = String::from_utf8(read("README.md")).unwrap();
    for name in ["model.safetensors", "config.json", "tokenizer.json", "1_Pooling/config.json"] {
        assert!(card.contains(&hex::encode(Sha256::digest(&folder.files[name]))), "{name} in {card}");
    }
    assert!(card.contains("https://hub.test/owner/tiny") && card.contains(&added.fingerprint), "{card}");

    let description: Description = serde_json::from_slice(&read("model.json")).unwrap();
    let vocabulary = String::from_utf8(read("vocab.txt")).unwrap();
    let again = compile(&read("model.int8.onnx"), &vocabulary, &description).unwrap();
    assert_eq!(again, std::fs::read(compiled).unwrap());
}
