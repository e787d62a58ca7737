//! Bytes that are no predictor, trees, and models that no panel knows.

use gusset_types::{Price, Rate};

use super::*;
use crate::config::Model;
use crate::decision::Basis;
use crate::features::COUNT;

/// A stump for two models: prompts of at least ten words do badly with the first.
fn predictor() -> Predictor {
    let tree = Tree {
        feature: vec![1, LEAF, LEAF],
        bin: vec![0, 0, 0],
        right: vec![2, 0, 1],
        leaves: vec![204, 204, 51, 204],
    };
    let mut edges = vec![Vec::new(); COUNT + 1];
    edges[1] = vec![11_f32.ln()];
    let learned = |name: &str, mean: f32, description: Vec<i8>| Learned {
        names: vec![name.into()],
        mean,
        level: logit(mean),
        description,
    };
    Predictor {
        id: "test".into(),
        embedder: "axes".into(),
        dimension: 2,
        panels: vec![Panel {
            name: "two".into(),
            models: vec![learned("small-8b", 0.5, vec![127, 0]), learned("large-70b", 0.8, vec![0, 127])],
            projection: Projection { mean: vec![0.0, 0.0], axes: vec![1.0, 0.0] },
            forest: Forest { edges, trees: vec![tree] },
        }],
        prior: PriorFit { intercept: 0.0, slope: 0.2, follow: 0.5 },
    }
}

struct Axes;

impl Embedder for Axes {
    fn model(&self) -> String {
        "axes".into()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, String> {
        Ok(texts
            .iter()
            .map(|text| if text.contains("small") { vec![1.0, 0.0] } else { vec![0.0, 1.0] })
            .collect())
    }
}

fn chances(models: &[Model], prompt: &str) -> Vec<f64> {
    let predictor = predictor();
    let panelists = predictor.panelists(models, &Axes).unwrap();
    predictor.chances(prompt, &panelists.iter().collect::<Vec<_>>(), Some(&[1.0, 0.0]))
}

fn named(name: &str) -> Model {
    Model { name: name.into(), ..Model::default() }
}

const LONG: &str = "one two three four five six seven eight nine ten eleven";

#[test]
fn bytes_come_back() {
    let bytes = predictor().to_bytes().unwrap();
    assert_eq!(Predictor::parse(&bytes).unwrap(), predictor());
    for end in 0..bytes.len() {
        assert!(Predictor::parse(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert!(Predictor::parse(&[bytes.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn parts_that_dont_fit_are_refused() {
    let refused = |change: fn(&mut Predictor)| {
        let mut predictor = predictor();
        change(&mut predictor);
        assert!(predictor.to_bytes().is_err());
    };
    refused(|predictor| predictor.panels.clear());
    refused(|predictor| predictor.prior.follow = 2.0);
    refused(|predictor| predictor.panels[0].models[0].description.clear());
    refused(|predictor| predictor.panels[0].models[0].mean = f32::NAN);
    refused(|predictor| predictor.panels[0].projection.axes = vec![1.0]);
    refused(|predictor| predictor.panels[0].forest.edges.truncate(3));
    refused(|predictor| predictor.panels[0].forest.trees.clear());
    refused(|predictor| predictor.panels[0].forest.trees[0].right[0] = 0);
    refused(|predictor| predictor.panels[0].forest.trees[0].right[1] = 2);
    refused(|predictor| predictor.panels[0].forest.trees[0].feature[0] = COUNT as u8 + 1);
}

#[test]
fn known_models_get_what_their_leaf_says() {
    let models = [named("org/Small-8B"), Model { upstream: Some("large-70b".into()), ..named("big") }];
    let near = |got: Vec<f64>, expected: [f64; 2]| {
        assert!(got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-3), "{got:?}");
    };
    near(chances(&models, "one two"), [0.8, 0.8]);
    near(chances(&models, LONG), [0.2, 0.8]);
}

#[test]
fn a_stated_quality_moves_the_mean() {
    let stated = Model { quality: Some(0.9), ..named("small-8b") };
    let models = [stated, named("small-8b")];
    assert!(chances(&models, "one two")[0] > 0.95);
    let long = chances(&models, LONG);
    assert!(long[0] > long[1]);
}

#[test]
fn strangers_follow_size_price_and_description() {
    let sized = |parameters| Model { parameters: Some(parameters), ..named("stranger") };
    assert!(chances(&[sized(70.0)], "one two") > chances(&[sized(1.0)], "one two"));
    let rate = Rate::from_usd(1.0);
    let price = Price { prompt: rate, completion: rate, ..Price::default() };
    let priced = Model { price, ..named("stranger") };
    assert_eq!(chances(&[priced], LONG), chances(&[sized(BILLIONS_A_UNIT)], LONG));
    assert_eq!(chances(&[named("stranger")], LONG), chances(&[sized(BILLIONS)], LONG));
    // The small one fails on long prompts, and so does what is described like it.
    let described = |text: &str| Model { description: Some(text.into()), ..sized(8.0) };
    assert!(chances(&[described("a small model")], LONG) < chances(&[described("a wise model")], LONG));
}

#[test]
fn learned_as_must_be_known() {
    let model = Model { learned_as: Some("medium".into()), ..named("m") };
    let error = predictor().panelists(&[model], &Axes).unwrap_err().to_string();
    assert!(error.contains("models[0].learned_as") && error.contains("small-8b, large-70b"), "{error}");
    let model = Model { learned_as: Some("small-8b".into()), ..named("m") };
    assert_eq!(predictor().panelists(&[model], &Axes).unwrap()[0].basis(), Basis::Learned);
}

#[test]
fn without_an_embedding_there_is_a_prediction_still() {
    let predictor = predictor();
    let panelists = predictor.panelists(&[named("small-8b")], &Axes).unwrap();
    let panelists: Vec<&Panelist> = panelists.iter().collect();
    assert!(predictor.reads_embedding(&panelists));
    assert!((predictor.chances("one two", &panelists, None)[0] - 0.8).abs() < 1e-3);
    assert!((predictor.chances("one two", &panelists, Some(&[1.0]))[0] - 0.8).abs() < 1e-3);
}

#[test]
fn the_shipped_predictor_is_one_and_small() {
    let bytes = include_bytes!("../../../../../models/gusset-router-v1/predictor.bin");
    assert!(bytes.len() < 300_000, "{} bytes", bytes.len());
    let predictor = Predictor::parse(bytes).unwrap();
    assert_eq!((predictor.embedder.as_str(), predictor.dimension), ("all-minilm-l6-v2", 384));
    let models = [named("Qwen/Qwen2.5-7B-Instruct"), named("openai/gpt-4"), named("stranger")];
    let panelists = predictor.panelists(&models, &Axes).unwrap();
    let bases: Vec<Basis> = panelists.iter().map(Panelist::basis).collect();
    assert_eq!(bases, [Basis::Learned, Basis::Learned, Basis::Prior]);
    let panelists: Vec<&Panelist> = panelists.iter().collect();
    let chances = |prompt| predictor.chances(prompt, &panelists, None);
    let easy = chances("Who wrote Hamlet?");
    let hard =
        chances("Let $f(x) = x^3 - 3x + 1$. Find the sum of the squares of all real roots of $f(f(x)) = 0$.");
    assert!(easy.iter().chain(&hard).all(|chance| (0.0..=1.0).contains(chance)));
    assert!(easy[1] > easy[0], "{easy:?}");
}
