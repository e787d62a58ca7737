//! `gusset-embed-compiler`: add, quantise, compile, check.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand};
use gusset_embed::Embedder;
use gusset_embed::format::Header;
use gusset_embed_compiler::blob::PoolingKind;
use gusset_embed_compiler::config::Kind;
use gusset_embed_compiler::published::{Folder, Overrides};
use gusset_embed_compiler::{Description, add, check, compile, cross, onnx, rerank, safetensors};
use gusset_rerank::Reranker;
use sha2::{Digest, Sha256};

/// Makes embedding models ready to ship.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A published model's folder to one of ours. `gusset models add` runs this.
    Add(Add),
    /// f32 weights to `model.int8.onnx`.
    Quantise {
        /// `model.safetensors`; `config.json` stands beside it.
        #[arg(long)]
        weights: PathBuf,
        /// Folder of the model.
        #[arg(long)]
        out: PathBuf,
    },
    /// A model's folder to the blob that the embedder reads in place.
    Compile {
        /// Folder with `model.int8.onnx`, `vocab.txt` and `model.json`.
        #[arg(long)]
        model: PathBuf,
        /// File to write.
        #[arg(long)]
        out: PathBuf,
        /// 8, or 7 for a component that is built with relaxed SIMD.
        #[arg(long)]
        activation_bits: Option<u32>,
    },
    /// A reranker's folder to the encoder and the head that the `rerank` component reads.
    Rerank {
        /// Folder with `model.json`, and `head.safetensors` or a cross-encoder's `model.int8.onnx` and `vocab.txt`. The embedder
        /// that a head runs over is in the folder beside it.
        #[arg(long)]
        model: PathBuf,
        /// File to write: the encoder.
        #[arg(long)]
        encoder: PathBuf,
        /// File to write: the head.
        #[arg(long)]
        out: PathBuf,
        /// As for `compile`.
        #[arg(long)]
        activation_bits: Option<u32>,
    },
    /// Measures the int8 model against the f32 weights. Fails where it falls short.
    Check {
        /// Folder of the public data sets.
        #[arg(long)]
        data: PathBuf,
        /// `model.safetensors`; `config.json` stands beside it.
        #[arg(long)]
        weights: PathBuf,
        /// Folder of the model.
        #[arg(long, default_value = "models/all-minilm-l6-v2")]
        model: PathBuf,
        /// As for `compile`.
        #[arg(long)]
        activation_bits: Option<u32>,
    },
}

#[derive(Args)]
struct Add {
    /// Folder with config.json, tokenizer.json, and model.safetensors or model.onnx.
    #[arg(long)]
    source: PathBuf,
    /// What to call the model.
    #[arg(long)]
    name: String,
    /// Where it is from, for its card.
    #[arg(long)]
    origin: String,
    /// Folder to make.
    #[arg(long)]
    out: PathBuf,
    /// How tokens become one vector: mean, cls or max; as the model says where it's absent, and so for the others.
    #[arg(long, value_parser = pooling)]
    pooling: Option<PoolingKind>,
    /// Put before a query.
    #[arg(long)]
    query_prefix: Option<String>,
    /// Put before a passage.
    #[arg(long)]
    passage_prefix: Option<String>,
    /// Longest input in tokens.
    #[arg(long)]
    max_tokens: Option<usize>,
    /// Bits of the word embedding: 8 or 4.
    #[arg(long)]
    embedding_bits: Option<u32>,
    /// Keep the model even if int8 is too far from f32.
    #[arg(long)]
    force: bool,
}

fn pooling(text: &str) -> Result<PoolingKind, String> {
    serde_json::from_value(text.into()).map_err(|_| "write mean, cls or max".to_owned())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    match Arguments::parse().command {
        Command::Add(arguments) => add(arguments),
        Command::Quantise { weights, out } => quantise(&weights, &out),
        Command::Compile { model, out, activation_bits } => {
            let blob = blob(&model, activation_bits)?;
            if let Some(folder) = out.parent() {
                fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
            }
            fs::write(&out, &blob).with_context(|| format!("writing {}", out.display()))?;
            println!("{}: fingerprint {}", out.display(), Embedder::load(blob)?.model().fingerprint);
            Ok(())
        }
        Command::Rerank { model, encoder, out, activation_bits } => {
            let cross::Compiled { encoder: blob, head } = reranker(&model, activation_bits)
                .with_context(|| format!("compiling {}", model.display()))?;
            for (path, content) in [(&encoder, &blob), (&out, &head)] {
                fs::write(path, content).with_context(|| format!("writing {}", path.display()))?;
            }
            let reranker = Reranker::new(Embedder::load(blob)?, &head)?;
            println!("{}: fingerprint {}", out.display(), reranker.model().fingerprint);
            Ok(())
        }
        Command::Check { data, weights, model, activation_bits } => {
            let embedder = Embedder::load(blob(&model, activation_bits)?)?;
            let pooling = description(&model, activation_bits)?.pooling;
            let report = check::run(&embedder, &encoder(&weights)?, pooling, &data, |done, total| {
                if done % 100 == 0 {
                    eprintln!("{done} of {total} texts");
                }
            })?;
            println!("{report}");
            ensure!(report.passes(), "the int8 model is too far from the f32 one");
            Ok(())
        }
    }
}

fn add(arguments: Add) -> Result<()> {
    let Add {
        source,
        name,
        origin,
        out,
        pooling,
        query_prefix,
        passage_prefix,
        max_tokens,
        embedding_bits,
        force,
    } = arguments;
    let overrides = Overrides { pooling, query_prefix, passage_prefix, max_tokens, embedding_bits };
    let added = add::add(&Folder::new(&source), &name, &origin, &overrides)?;
    println!("{}", added.agreement);
    ensure!(
        force || added.agreement.passes(),
        "int8 is too far from f32, see above; take a larger model, or keep this one with --force"
    );
    let compiled = added.write(&out)?;
    println!("{}: fingerprint {}", compiled.display(), added.fingerprint);
    match added.kind {
        Kind::Embedder => println!(
            "`gusset up --embed native` runs it with `[embed] model = \"{}\"` in gusset.toml; \
             `cargo xtask build --embedder {name}` builds it in",
            compiled.display()
        ),
        Kind::CrossEncoder => println!("`cargo xtask build --reranker {name}` builds it in"),
    }
    Ok(())
}

fn quantise(weights: &Path, out: &Path) -> Result<()> {
    let file = onnx::write(&encoder(weights)?.quantised());
    let path = out.join("model.int8.onnx");
    fs::create_dir_all(out).with_context(|| format!("creating {}", out.display()))?;
    fs::write(&path, &file).with_context(|| format!("writing {}", path.display()))?;
    println!("{}: {} bytes, sha256 {}", path.display(), file.len(), hex::encode(Sha256::digest(&file)));
    Ok(())
}

fn encoder(weights: &Path) -> Result<gusset_embed_compiler::encoder::Encoder> {
    let config = weights.with_file_name("config.json");
    Ok(safetensors::read(&read(weights)?, &read(&config)?)?)
}

fn blob(model: &Path, activation_bits: Option<u32>) -> Result<Vec<u8>> {
    let description = description(model, activation_bits)?;
    Ok(compile(&read(&model.join("model.int8.onnx"))?, &vocabulary(model)?, &description)?)
}

/// Both parts of a reranker: a head over the embedder that it names, or a cross-encoder.
fn reranker(model: &Path, activation_bits: Option<u32>) -> Result<cross::Compiled> {
    let json = read(&model.join("model.json"))?;
    let outline = rerank::Outline::parse(&json)?;
    if outline.architecture == rerank::Architecture::CrossEncoder {
        let mut description: cross::Description = serde_json::from_slice(&json)?;
        description.activation_bits = activation_bits.unwrap_or(description.activation_bits);
        let encoder = onnx::read(&read(&model.join("model.int8.onnx"))?)?.quantised();
        return Ok(cross::pack(&encoder, &vocabulary(model)?, &description)?);
    }
    let embedder = outline.encoder.context("model.json names no `encoder` for the head to run over")?;
    let encoder = blob(&model.join("..").join(embedder), activation_bits)?;
    let (header, _) = Header::parse(&encoder)?;
    let head = rerank::compile(&read(&model.join("head.safetensors"))?, &json, &header)?;
    Ok(cross::Compiled { encoder, head })
}

fn description(model: &Path, activation_bits: Option<u32>) -> Result<Description> {
    let mut description: Description = serde_json::from_slice(&read(&model.join("model.json"))?)
        .with_context(|| format!("parsing model.json of {}", model.display()))?;
    description.activation_bits = activation_bits.unwrap_or(description.activation_bits);
    Ok(description)
}

fn vocabulary(model: &Path) -> Result<String> {
    String::from_utf8(read(&model.join("vocab.txt"))?).context("vocab.txt is not UTF-8")
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}
