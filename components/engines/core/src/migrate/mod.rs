//! A collection from one place to another: copied document by document with its vectors, then verified.
//!
//! Nothing is embedded again, so both sides must be of the same model, and are: the copy is created with the fingerprint of the original. A document that is there already and
//! the same is left alone, so a migration that was broken off goes on where it was when it is begun again. Documents that only the copy has are removed.

mod sample;
mod side;
mod source;
mod stand_in;
mod target;

use gusset_retrieve::Error;
use sample::Sample;
pub use side::Side;
use source::Source;
use stand_in::StandIn;
use std::collections::BTreeMap;
use target::Target;

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Documents of the original.
    pub documents: usize,
    /// Their passages.
    pub passages: usize,
    /// Documents that were written.
    pub copied: usize,
    /// Documents that only the copy had, and that were removed.
    pub removed: usize,
    /// Queries that were asked on both sides.
    pub queries: usize,
    /// Passages that they found in the original, and how many of them in the copy.
    pub found: (usize, usize),
}

/// Why a collection was not migrated, or the copy is not what the original is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// One of the sides failed.
    #[error("the {side}: {error}")]
    Side {
        /// `original` or `copy`.
        side: &'static str,
        /// Why.
        error: Error,
    },
    /// There is a collection of that name, made by another model or split in another way.
    #[error("the copy exists with other settings ({0}): delete it, or copy to another place")]
    Settings(String),
    /// The copy differs after all.
    #[error("the copy is not the original: {0}")]
    Differs(String),
}

/// Share of passages that both sides must find. Beyond some thousands of passages both look approximately, each in its way.
const AGREEMENT: f64 = 0.8;

/// Copies a collection and verifies the copy: how many documents and passages there are, a digest of each document, and what a sample of queries finds.
///
/// # Errors
/// A side failed; the copy has other settings or is not the same in the end. What was copied stays, and copying again goes on.
pub async fn migrate(
    from: Side<'_>,
    to: Side<'_>,
    tenant: &str,
    name: &str,
    mut progress: impl FnMut(&Report),
) -> Result<Report, Failure> {
    let mut source = Source::open(from, tenant, name).await.map_err(Failure::original)?;
    let settings = source.settings().clone();
    let stand_in = StandIn::new(&settings);
    let target = Target::open(to, tenant, name, &settings, &stand_in).await?;
    let before = target.digests().await.map_err(Failure::copy)?;
    let mut report = Report::default();
    let mut digests = BTreeMap::new();
    let mut samples = Vec::new();
    while let Some(record) = source.next_record().await.map_err(Failure::original)? {
        let digest = record.digest();
        report.documents += 1;
        report.passages += record.passages.len();
        samples.extend(Sample::of(&record, report.documents, samples.len()));
        if before.get(&record.info.id) != Some(&digest) {
            target.put(&record).await.map_err(Failure::copy)?;
            report.copied += 1;
        }
        digests.insert(record.info.id, digest);
        progress(&report);
    }
    for id in before.keys().filter(|id| !digests.contains_key(*id)) {
        target.remove(id).await.map_err(Failure::copy)?;
        report.removed += 1;
    }
    verify(&target, &digests, &report).await?;
    for sample in samples {
        let (found, both) = sample.ask(from, to, (tenant, name), &stand_in).await?;
        report.queries += 1;
        report.found.0 += found;
        report.found.1 += both;
    }
    let (found, both) = report.found;
    if (both as f64) < found as f64 * AGREEMENT {
        return Err(Failure::Differs(format!(
            "of {found} passages that {} queries find there, it finds {both}",
            report.queries
        )));
    }
    Ok(report)
}

/// Reads the copy again, all of it.
async fn verify(
    target: &Target<'_>,
    digests: &BTreeMap<String, [u8; 32]>,
    report: &Report,
) -> Result<(), Failure> {
    let copied = target.digests().await.map_err(Failure::copy)?;
    for (id, digest) in digests {
        match copied.get(id) {
            Some(found) if found == digest => {}
            Some(_) => return Err(Failure::Differs(format!("the document {id:?} reads differently"))),
            None => return Err(Failure::Differs(format!("the document {id:?} is missing"))),
        }
    }
    let (documents, passages) = target.counts().await.map_err(Failure::copy)?;
    if (documents as usize, passages as usize) != (report.documents, report.passages) {
        return Err(Failure::Differs(format!(
            "it counts {documents} documents and {passages} passages, and should {} and {}",
            report.documents, report.passages
        )));
    }
    Ok(())
}

impl Failure {
    fn original(error: Error) -> Self {
        Self::Side { side: "original", error }
    }

    fn copy(error: Error) -> Self {
        Self::Side { side: "copy", error }
    }
}
