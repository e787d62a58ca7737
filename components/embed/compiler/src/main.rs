//! `gusset-embed-compiler`: quantise, compile, check.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};
use gusset_embed::Embedder;
use gusset_embed::format::Header;
use gusset_embed_compiler::{Description, check, compile, onnx, rerank, safetensors};
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
    /// A reranker's folder to the head that the `rerank` component reads.
    Rerank {
        /// Folder with `model.json` and `head.safetensors`.
        #[arg(long)]
        model: PathBuf,
        /// The compiled encoder below it.
        #[arg(long)]
        encoder: PathBuf,
        /// File to write.
        #[arg(long)]
        out: PathBuf,
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

fn main() -> Result<()> {
    match Arguments::parse().command {
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
        Command::Rerank { model, encoder, out } => {
            let blob = read(&encoder)?;
            let (header, _) = Header::parse(&blob)?;
            let head = rerank::compile(
                &read(&model.join("head.safetensors"))?,
                &read(&model.join("model.json"))?,
                &header,
            )
            .with_context(|| format!("compiling {}", model.display()))?;
            let reranker = Reranker::new(Embedder::load(blob)?, &head)?;
            fs::write(&out, &head).with_context(|| format!("writing {}", out.display()))?;
            println!("{}: fingerprint {}", out.display(), reranker.model().fingerprint);
            Ok(())
        }
        Command::Check { data, weights, model, activation_bits } => {
            let embedder = Embedder::load(blob(&model, activation_bits)?)?;
            let report = check::run(&embedder, &encoder(&weights)?, &data, |done, total| {
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
    let mut description: Description = serde_json::from_slice(&read(&model.join("model.json"))?)
        .with_context(|| format!("parsing model.json of {}", model.display()))?;
    description.activation_bits = activation_bits.unwrap_or(description.activation_bits);
    let vocabulary = String::from_utf8(read(&model.join("vocab.txt"))?).context("vocab.txt is not UTF-8")?;
    Ok(compile(&read(&model.join("model.int8.onnx"))?, &vocabulary, &description)?)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}
