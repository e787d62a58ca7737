//! What the sentence-transformers files of a folder say: pooling, prefixes, the longest input.

use serde::Deserialize;
use serde_json::Value;

use super::Folder;
use crate::blob::PoolingKind;
use crate::error::Error;

const MODULES: &str = "modules.json";
const POOLING: &str = "1_Pooling/config.json";
const PROMPTS: &str = "config_sentence_transformers.json";

/// One of `modules.json`.
#[derive(Deserialize)]
struct Module {
    #[serde(default)]
    path: String,
    r#type: String,
}

/// The modules that the engine has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Transformer,
    Pooling,
    Normalise,
}

/// How tokens become one vector: as `asked`, else as the pooling module says.
///
/// # Errors
/// A folder that doesn't say, a pooling or a module that the engine doesn't have, or a model whose vectors mustn't be of length 1.
pub(super) fn pooling(folder: &Folder, asked: Option<PoolingKind>) -> Result<PoolingKind, Error> {
    let modules = modules(folder)?;
    let mut steps = Vec::new();
    for module in &modules {
        steps.push(step(module)?);
    }
    unit_vectors(folder, &steps)?;
    if let Some(asked) = asked {
        return Ok(asked);
    }
    let at = steps.iter().position(|&step| step == Step::Pooling);
    let path = at.and_then(|at| modules.get(at)).map_or("1_Pooling", |module| module.path.as_str());
    let file = folder.required(
        &format!("{path}/config.json"),
        "it says how tokens become one vector; say it with --pooling mean, cls or max",
    )?;
    from_config(&file)
}

fn modules(folder: &Folder) -> Result<Vec<Module>, Error> {
    let Some(file) = folder.optional(MODULES)? else { return Ok(Vec::new()) };
    serde_json::from_slice(&file)
        .map_err(|source| Error::Malformed { format: MODULES, source: source.into() })
}

fn step(module: &Module) -> Result<Step, Error> {
    match module.r#type.rsplit('.').next().unwrap_or_default() {
        "Transformer" => Ok(Step::Transformer),
        "Pooling" => Ok(Step::Pooling),
        "Normalize" => Ok(Step::Normalise),
        _ => Err(Error::Setting {
            file: MODULES,
            field: "type",
            problem: format!("the module `{}` can't be run", module.r#type),
            remedy: "take a model of Transformer, Pooling and Normalize alone",
        }),
    }
}

/// Every vector leaves Gusset with length 1. A model that was trained for products of longer ones would rank otherwise.
fn unit_vectors(folder: &Folder, steps: &[Step]) -> Result<(), Error> {
    let similarity = prompts(folder)?.get("similarity_fn_name").and_then(Value::as_str).map(str::to_owned);
    let similarity = similarity.unwrap_or_default();
    if steps.contains(&Step::Normalise) || matches!(similarity.as_str(), "" | "cosine") {
        return Ok(());
    }
    Err(Error::Setting {
        file: PROMPTS,
        field: "similarity_fn_name",
        problem: format!("`{similarity}` of vectors that aren't normalised; Gusset's have length 1"),
        remedy: "take a model for cosine similarity",
    })
}

fn from_config(file: &[u8]) -> Result<PoolingKind, Error> {
    let config: serde_json::Map<String, Value> = serde_json::from_slice(file)
        .map_err(|source| Error::Malformed { format: POOLING, source: source.into() })?;
    let mut modes = config
        .iter()
        .filter(|(name, value)| name.starts_with("pooling_mode_") && value.as_bool() == Some(true))
        .map(|(name, _)| name.as_str());
    let (mode, another) = (modes.next().unwrap_or("none"), modes.next());
    let kind = match mode {
        _ if another.is_some() => None,
        // A mean and a sum by the root of the length have one direction, and only that is kept.
        "pooling_mode_mean_tokens" | "pooling_mode_mean_sqrt_len_tokens" => Some(PoolingKind::Mean),
        "pooling_mode_cls_token" => Some(PoolingKind::Cls),
        "pooling_mode_max_tokens" => Some(PoolingKind::Max),
        _ => None,
    };
    let shown = another.map_or(mode.to_owned(), |another| format!("{mode} and {another}"));
    kind.ok_or_else(|| Error::Setting {
        file: POOLING,
        field: "pooling_mode",
        problem: format!("{shown} can't be run"),
        remedy: "take a model that pools by mean, cls or max, or force one with --pooling",
    })
}

fn prompts(folder: &Folder) -> Result<Value, Error> {
    let Some(file) = folder.optional(PROMPTS)? else { return Ok(Value::Null) };
    serde_json::from_slice(&file)
        .map_err(|source| Error::Malformed { format: PROMPTS, source: source.into() })
}

/// What is put before a query and before a passage.
///
/// # Errors
/// A file that can't be parsed.
pub(super) fn prefixes(folder: &Folder) -> Result<(String, String), Error> {
    let file = prompts(folder)?;
    let prompt = |name: &str| file.get("prompts")?.get(name)?.as_str();
    let default = file.get("default_prompt_name").and_then(Value::as_str).and_then(prompt);
    let first = |names: &[&str]| names.iter().find_map(|name| prompt(name)).or(default).unwrap_or_default();
    Ok((first(&["query"]).to_owned(), first(&["passage", "document"]).to_owned()))
}

/// The longest input in tokens, if a file says.
///
/// # Errors
/// A file that can't be parsed.
pub(super) fn max_tokens(folder: &Folder) -> Result<Option<usize>, Error> {
    for (name, field) in
        [("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length")]
    {
        let Some(file) = folder.optional(name)? else { continue };
        let config: Value = serde_json::from_slice(&file)
            .map_err(|source| Error::Malformed { format: name, source: source.into() })?;
        // "No limit" is written as 10^30.
        if let Some(tokens) = config.get(field).and_then(Value::as_u64) {
            return Ok(usize::try_from(tokens).ok());
        }
    }
    Ok(None)
}
