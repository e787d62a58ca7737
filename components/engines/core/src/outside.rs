//! What every engine's client needs from where it runs, beside its transport.

use std::time::Duration;

/// Clock, chance and a place for warnings.
pub trait Surroundings {
    /// Time since 1970.
    fn unix_time(&self) -> Duration;

    /// 64 random bits.
    fn draw(&self) -> u64;

    /// Takes note of something that went wrong and cost nobody an answer.
    fn warn(&self, message: &str);
}

/// What an engine's settings are called where it runs: messages name the one to change.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// Where the engine is.
    pub url: &'static str,
    /// What it is opened with.
    pub key: &'static str,
}
