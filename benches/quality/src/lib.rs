//! Quality of the cores on public data: sets read from outside the repository, models run natively with what they gave kept between runs, and figures with
//! intervals against committed baselines.

pub mod baselines;
pub mod cache;
pub mod chunking;
pub mod corpora;
pub mod counted;
pub mod floor;
pub mod groundedness;
pub mod index;
pub mod memory;
pub mod models;
pub mod paraphrases;
pub mod query;
pub mod ranking;
pub mod redis;
pub mod scale;
pub mod set;
pub mod sqlite;
pub mod statistics;
pub mod tables;
pub mod texts;
