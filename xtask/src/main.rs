//! What cargo alone cannot say: build for two architectures, snapshot, compose, serve, test.
//!
//! Each verb is one module; this file only names them. Nothing here is needed at run time, and nothing here decides
//! what the application does.

use clap::{Parser, Subcommand};

mod bench;
mod build;
mod cargo;
mod cases;
mod check;
mod eval;
mod layout;
mod parts;
mod process;
mod progress;
mod python;
mod stamp;
mod test;
mod toolchain;
mod up;

/// Build, serve and test Gusset.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Build model, components, composition and host.
    Build(build::Options),
    /// Build everything, then serve it with example documents; further arguments go to `gusset up`.
    Up(up::Options),
    /// Build everything, then check and test it: what CI runs.
    Test(test::Options),
    /// Formatting, lints, licences, duplicate dependencies, documentation.
    Check,
    /// Run the benchmarks, or one of them.
    Bench(bench::Options),
    /// Measure quality through the served system, on public data.
    Eval(eval::Options),
    /// Run the shared HTTP cases against `wasmtime serve`.
    ServeWasmtime(cases::Options),
}

fn main() -> anyhow::Result<()> {
    let layout = layout::Layout::find()?;
    match Arguments::parse().verb {
        Verb::Build(options) => build::run(&layout, &options),
        Verb::Up(options) => up::run(&layout, &options),
        Verb::Test(options) => test::run(&layout, &options),
        Verb::Check => {
            check::quick(&layout)?;
            build::run(&layout, &build::Options::default())?;
            check::run(&layout)
        }
        Verb::Bench(options) => bench::run(&layout, &options),
        Verb::Eval(options) => eval::run(&layout, &options),
        Verb::ServeWasmtime(options) => cases::run(&layout, &options),
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::CommandFactory as _;

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
