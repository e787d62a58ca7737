//! The `gusset` binary: load, build, run.

use clap::Parser;
use gusset::commands::{self, Command};
use gusset::config::Environment;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// What is logged unless `GUSSET_LOG` says otherwise: what an operator has to know.
const LOG: &str = "warn";

fn main() -> ExitCode {
    let environment = Environment::of_process();
    let filter = EnvFilter::try_new(environment.log().unwrap_or(LOG)).unwrap_or_else(|_| EnvFilter::new(LOG));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    match Command::parse().run(&environment) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", commands::explain(&error));
            ExitCode::FAILURE
        }
    }
}
