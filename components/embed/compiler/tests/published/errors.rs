//! What can be wrong with a folder: one error each, which names file and field, and says what to do.

use gusset_embed_compiler::published::Overrides;
use serde_json::json;

use crate::added;
use crate::hub_folder::HubFolder;

/// Changes a folder, and expects the error to say all of that.
fn refused(mut folder: HubFolder, change: impl Fn(&mut HubFolder), says: &[&str]) {
    change(&mut folder);
    let error = added(&folder, &Overrides::default()).unwrap_err();
    let text = format!("{:#}", anyhow::Error::from(error));
    for expected in says {
        assert!(text.contains(expected), "no {expected:?} in {text:?}");
    }
}

fn embedder(change: impl Fn(&mut HubFolder), says: &[&str]) {
    refused(HubFolder::embedder(), change, says);
}

#[test]
fn files_that_are_missing() {
    for (name, remedy) in [
        ("config.json", "whole folder"),
        ("tokenizer.json", "save_pretrained"),
        ("model.safetensors", "save_pretrained"),
        ("1_Pooling/config.json", "--pooling"),
    ] {
        embedder(|folder| drop(folder.files.remove(name)), &[name, "missing", remedy]);
    }
}

#[test]
fn files_that_are_malformed() {
    let cut = |name: &'static str| {
        move |folder: &mut HubFolder| {
            let file = folder.files.get_mut(name).unwrap();
            file.truncate(file.len() / 2);
        }
    };
    for name in ["config.json", "tokenizer.json", "modules.json", "1_Pooling/config.json"] {
        embedder(cut(name), &[name, "malformed or cut off", "fetch it again"]);
    }
    embedder(cut("model.safetensors"), &["safetensors", "cut off", "fetch it again"]);
    for content in
        [&b""[..], b"\xff\xff\xff\xff\xff\xff\xff\xff", b"version https://git-lfs.github.com/spec/v1\n"]
    {
        let put = |name: &'static str| {
            move |folder: &mut HubFolder| {
                folder.files.remove("model.safetensors");
                folder.files.insert(name.into(), content.to_vec());
            }
        };
        embedder(put("model.safetensors"), &["safetensors", "malformed"]);
        embedder(put("model.onnx"), &["ONNX", "malformed"]);
    }
}

#[test]
fn tensors_that_do_not_fit() {
    let name = "encoder.layer.1.output.dense.weight";
    embedder(
        |folder| {
            folder.tensors.remove(name);
            folder.save();
        },
        &[name, "missing in model.safetensors", "config.json"],
    );
    embedder(
        |folder| {
            folder.tensors.get_mut(name).unwrap().0 = vec![64, 32];
            folder.save();
        },
        &[name, "[64, 32]", "[32, 64]"],
    );
    embedder(
        |folder| {
            folder.tensors.get_mut(name).unwrap().1[5] = f32::NAN;
            folder.save();
        },
        &[name, "not finite"],
    );
    embedder(
        |folder| folder.change("config.json", |config| config["num_hidden_layers"] = json!(1)),
        &["num_hidden_layers", "has more", "same model"],
    );
}

#[test]
fn other_architectures() {
    let config = |field: &'static str, value: serde_json::Value, says: &[&str]| {
        let change =
            |folder: &mut HubFolder| folder.change("config.json", |config| config[field] = value.clone());
        embedder(change, &[&["config.json", field], says].concat());
    };
    config("model_type", json!("roberta"), &["`roberta` is another architecture", "bert"]);
    config("architectures", json!(["BertForQuestionAnswering"]), &["BertForQuestionAnswering", "take"]);
    config("hidden_act", json!("relu"), &["relu", "gelu"]);
    config("position_embedding_type", json!("relative_key"), &["relative_key", "absolute"]);
    config("is_decoder", json!(true), &["decoder"]);
    config("num_attention_heads", json!(4), &["4 heads", "multiples of 16"]);
    config("hidden_size", json!(30), &["no multiple of 4"]);
    config("intermediate_size", json!(66), &["no multiple of 4"]);
}

#[test]
fn other_tokenizers() {
    let tokenizer = |pointer: &'static str, value: serde_json::Value, says: &[&str]| {
        let change = |folder: &mut HubFolder| {
            folder.change("tokenizer.json", |file| *file.pointer_mut(pointer).unwrap() = value.clone());
        };
        embedder(change, &[&["tokenizer.json"], says].concat());
    };
    tokenizer("/model/type", json!("BPE"), &["model.type", "BPE instead of WordPiece", "uncased BERT"]);
    tokenizer("/normalizer/lowercase", json!(false), &["normalizer.lowercase", "cased"]);
    tokenizer("/pre_tokenizer/type", json!("Whitespace"), &["pre_tokenizer"]);
    tokenizer("/post_processor/type", json!("RobertaProcessing"), &["post_processor", "[CLS]"]);
    tokenizer("/model/vocab/bread", json!(500), &["no token has the id"]);
    embedder(
        |folder| {
            let rows = &mut folder.tensors.get_mut("embeddings.word_embeddings.weight").unwrap();
            rows.0[0] -= 1;
            rows.1.truncate(rows.0[0] * 32);
            folder.save();
        },
        &["tokenizer.json", "model.vocab", "tokens, and the word embedding has", "rows"],
    );
}

#[test]
fn sentence_transformers_that_do_more() {
    let module = json!({ "path": "2_Dense", "type": "sentence_transformers.models.Dense" });
    embedder(
        |folder| {
            folder.change("modules.json", |modules| modules.as_array_mut().unwrap().push(module.clone()))
        },
        &["modules.json", "Dense", "Pooling"],
    );
    embedder(
        |folder| {
            folder.change("1_Pooling/config.json", |config| config["pooling_mode_mean_tokens"] = json!(true));
        },
        &["1_Pooling/config.json", "pooling_mode_cls_token and pooling_mode_mean_tokens", "--pooling"],
    );
    embedder(
        |folder| {
            folder.change("modules.json", |modules| drop(modules.as_array_mut().unwrap().pop()));
            folder.change("config_sentence_transformers.json", |config| {
                config["similarity_fn_name"] = json!("dot")
            });
        },
        &["similarity_fn_name", "dot", "cosine"],
    );
}

#[test]
fn cross_encoders_of_another_kind() {
    refused(HubFolder::cross_encoder(3), |_| (), &["classifier", "3 labels", "one label"]);
    let one_type = |folder: &mut HubFolder| {
        let types = folder.tensors.get_mut("bert.embeddings.token_type_embeddings.weight").unwrap();
        types.0[0] = 1;
        types.1.truncate(32);
        folder.save();
    };
    refused(HubFolder::cross_encoder(1), one_type, &["type_vocab_size", "one token type", "two token types"]);
    let no_pooler = |folder: &mut HubFolder| {
        folder.tensors.remove("bert.pooler.dense.weight");
        folder.save();
    };
    refused(HubFolder::cross_encoder(1), no_pooler, &["pooler.dense.weight", "missing"]);
}
