//! Folders as a hub has them, of small models with pseudo-random weights.

use std::collections::BTreeMap;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

use crate::bert::{Bert, Tensors};

pub(crate) const HIDDEN: usize = 32;
pub(crate) const HEADS: usize = 2;
pub(crate) const LAYERS: usize = 2;
const WIDE: usize = 64;
const POSITIONS: usize = 48;

pub(crate) struct HubFolder {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) tensors: Tensors,
    prefix: &'static str,
}

impl HubFolder {
    /// A `BertModel` with `[CLS]` pooling and prefixes.
    pub(crate) fn embedder() -> Self {
        let mut folder = Self::new("", "BertModel");
        let module = |path: &str, kind: &str| json!({ "path": path, "type": format!("sentence_transformers.models.{kind}") });
        folder.put(
            "modules.json",
            &json!([
                module("", "Transformer"),
                module("1_Pooling", "Pooling"),
                module("2_Normalize", "Normalize")
            ]),
        );
        folder.put(
            "1_Pooling/config.json",
            &json!({ "word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false }),
        );
        folder.put(
            "config_sentence_transformers.json",
            &json!({ "prompts": { "query": "query: ", "passage": "passage: " } }),
        );
        folder.put("sentence_bert_config.json", &json!({ "max_seq_length": 40, "do_lower_case": false }));
        folder
    }

    /// A `BertForSequenceClassification` with that many labels.
    pub(crate) fn cross_encoder(labels: usize) -> Self {
        let mut folder = Self::new("bert.", "BertForSequenceClassification");
        let mut numbers = Numbers(99);
        folder.linear(&mut numbers, "bert.pooler.dense", HIDDEN, HIDDEN);
        folder.linear(&mut numbers, "classifier", HIDDEN, labels);
        folder.save();
        folder
    }

    fn new(prefix: &'static str, architecture: &str) -> Self {
        let mut folder = Self { files: BTreeMap::new(), tensors: Tensors::new(), prefix };
        let vocabulary = vocabulary();
        let mut numbers = Numbers(7);
        let tables = [("word", vocabulary.len()), ("position", POSITIONS), ("token_type", 2)];
        for (name, rows) in tables {
            let name = format!("{prefix}embeddings.{name}_embeddings.weight");
            folder.tensors.insert(name, (vec![rows, HIDDEN], numbers.take(rows * HIDDEN, 1.0)));
        }
        folder.norm(&mut numbers, &format!("{prefix}embeddings.LayerNorm"));
        for layer in 0..LAYERS {
            let name = |part: &str| format!("{prefix}encoder.layer.{layer}.{part}");
            for part in [
                "attention.self.query",
                "attention.self.key",
                "attention.self.value",
                "attention.output.dense",
            ] {
                folder.linear(&mut numbers, &name(part), HIDDEN, HIDDEN);
            }
            folder.norm(&mut numbers, &name("attention.output.LayerNorm"));
            folder.linear(&mut numbers, &name("intermediate.dense"), HIDDEN, WIDE);
            folder.linear(&mut numbers, &name("output.dense"), WIDE, HIDDEN);
            folder.norm(&mut numbers, &name("output.LayerNorm"));
        }
        folder.save();
        folder.put(
            "config.json",
            &json!({
                "architectures": [architecture], "model_type": "bert", "hidden_act": "gelu", "hidden_size": HIDDEN,
                "intermediate_size": WIDE, "layer_norm_eps": 1e-12, "num_attention_heads": HEADS,
                "num_hidden_layers": LAYERS, "max_position_embeddings": POSITIONS, "type_vocab_size": 2,
            }),
        );
        folder.put("tokenizer.json", &tokenizer(&vocabulary));
        folder
    }

    pub(crate) fn put(&mut self, name: &str, content: &Value) {
        self.files.insert(name.to_owned(), content.to_string().into_bytes());
    }

    /// Changes one of the JSON files.
    pub(crate) fn change(&mut self, name: &str, change: impl Fn(&mut Value)) {
        let mut content: Value = serde_json::from_slice(&self.files[name]).unwrap();
        change(&mut content);
        self.put(name, &content);
    }

    /// Writes the tensors as they are.
    pub(crate) fn save(&mut self) {
        let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| {
                (name, shape, values.iter().flat_map(|x| x.to_le_bytes()).collect())
            })
            .collect();
        let views = bytes.iter().map(|(name, shape, bytes)| {
            (*name, TensorView::new(Dtype::F32, (*shape).clone(), bytes).unwrap())
        });
        let file = safetensors::serialize(views, None).unwrap();
        self.files.insert("model.safetensors".to_owned(), file);
    }

    pub(crate) fn bert(&self) -> Bert<'_> {
        Bert { tensors: &self.tensors, prefix: self.prefix, heads: HEADS, layers: LAYERS }
    }

    fn linear(&mut self, numbers: &mut Numbers, name: &str, inputs: usize, outputs: usize) {
        // Keeps the variance from layer to layer.
        let scale = (3.0 / inputs as f32).sqrt();
        let weights = numbers.take(outputs * inputs, scale);
        self.tensors.insert(format!("{name}.weight"), (vec![outputs, inputs], weights));
        self.tensors.insert(format!("{name}.bias"), (vec![outputs], numbers.take(outputs, 0.1)));
    }

    fn norm(&mut self, numbers: &mut Numbers, name: &str) {
        let gain = numbers.take(HIDDEN, 0.2).iter().map(|x| 1.0 + x).collect();
        self.tensors.insert(format!("{name}.weight"), (vec![HIDDEN], gain));
        self.tensors.insert(format!("{name}.bias"), (vec![HIDDEN], numbers.take(HIDDEN, 0.1)));
    }
}

/// A linear congruential generator.
struct Numbers(u32);

impl Numbers {
    /// Numbers between `-scale` and `scale`.
    fn take(&mut self, count: usize, scale: f32) -> Vec<f32> {
        let mut next = || {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((self.0 >> 8) as f32 / 8_388_608.0 - 1.0) * scale
        };
        (0..count).map(|_| next()).collect()
    }
}

/// Letters, alone and inside words, and some words.
fn vocabulary() -> Vec<String> {
    let mut tokens: Vec<String> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned).into();
    tokens.extend(('a'..='z').map(|letter| letter.to_string()));
    tokens.extend(('a'..='z').map(|letter| format!("##{letter}")));
    tokens.extend([".", ",", "?", ":", ";", "-", "'"].map(str::to_owned));
    let words = "the of and to in is it that for was on are with as be at by from this not but what who why how when \
                 query passage harbour ferry bread flour oven vote law bees salt water lamp pier street tide";
    tokens.extend(words.split_whitespace().map(str::to_owned));
    tokens
}

fn tokenizer(vocabulary: &[String]) -> Value {
    let vocab: BTreeMap<&String, usize> = vocabulary.iter().zip(0..).collect();
    let special = |token: &str| json!({ "SpecialToken": { "id": token, "type_id": 0 } });
    json!({
        "version": "1.0",
        "added_tokens": [{ "id": 0, "content": "[PAD]", "special": true }],
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true,
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special("[CLS]"), { "Sequence": { "id": "A", "type_id": 0 } }, special("[SEP]")],
        },
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": vocab,
        },
    })
}
