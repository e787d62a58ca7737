//! A document's text off the disk: within bounds, and as it was at one moment.

use super::kinds::is_pdf;
use super::walk::{Document, Stamp, reason};
use super::{decode, pdf};
use bytes::Bytes;
use indicatif::HumanBytes;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read as _, Seek as _};

/// A PDF is mostly pictures: it may be larger than its text, up to what a process that reads it has memory for.
const LARGEST_PDF: u64 = 256 << 20;

/// Times that a file is read anew because it changed meanwhile.
const ATTEMPTS: u32 = 3;

/// What became of reading a file.
#[derive(Debug)]
pub(in crate::commands) enum Reading {
    /// Its sha256 is one that the collection has.
    Unchanged,
    Text(Content),
    /// It was there when its folder was listed, and isn't any more.
    Gone,
    /// It is no text; why, and what to do about it.
    Unreadable(String),
}

/// A file's text.
#[derive(Debug)]
pub(in crate::commands) struct Content {
    pub(in crate::commands) text: Bytes,
    /// Of the file, in lower-case hexadecimal.
    pub(in crate::commands) sha256: String,
    /// What is missing of it.
    pub(in crate::commands) note: Option<String>,
}

/// Reads a document whose text has at most `limit` bytes.
pub(in crate::commands) fn read(
    document: &Document,
    limit: u64,
    is_current: impl Fn(&str) -> bool,
) -> Reading {
    let mut reading = Reading::Gone;
    for _ in 0..ATTEMPTS {
        match attempt(document, limit, &is_current) {
            Ok(Some(done)) => return done,
            Ok(None) => {
                reading =
                    Reading::Unreadable("it changes while it is read; run this again when it is whole".into())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Reading::Gone,
            Err(error) => return Reading::Unreadable(reason(&error)),
        }
    }
    reading
}

/// `None` if the file changed while it was read.
fn attempt(
    document: &Document,
    limit: u64,
    is_current: &impl Fn(&str) -> bool,
) -> std::io::Result<Option<Reading>> {
    let mut file = File::open(&document.file)?;
    let before = Stamp::of(&file.metadata()?);
    let is_pdf = is_pdf(&document.file);
    let most = if is_pdf { LARGEST_PDF } else { limit };
    if before.bytes > most {
        return Ok(Some(Reading::Unreadable(too_large(before.bytes, most, is_pdf))));
    }
    let (sha256, bytes) =
        if is_pdf { (hash(&mut file)?, Vec::new()) } else { whole(&mut file, before.bytes)? };
    let unchanged = is_current(&sha256);
    let text = if unchanged {
        Ok((String::new(), None))
    } else if is_pdf {
        file.rewind()?;
        pdf::text(file, limit).map(|pdf::Text { text, note }| (text, note))
    } else {
        decode::text(bytes).map(|text| (text, None))
    };
    if Stamp::of(&std::fs::metadata(&document.file)?) != before {
        return Ok(None);
    }
    Ok(Some(match text {
        Ok(_) if unchanged => Reading::Unchanged,
        Ok((text, note)) => Reading::Text(Content { text: text.into(), sha256, note }),
        Err(why) => Reading::Unreadable(why),
    }))
}

fn too_large(bytes: u64, most: u64, is_pdf: bool) -> String {
    let (bytes, most) = (HumanBytes(bytes), HumanBytes(most));
    match is_pdf {
        true => format!("it has {bytes}, more than the {most} that a PDF may have; split it"),
        false => format!(
            "it has {bytes}, more than the {most} that the server takes of a file; split it, or raise limits.file_bytes in the server's gusset.toml"
        ),
    }
}

fn whole(file: &mut File, expected: u64) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    // One that grows meanwhile is found out afterwards, and must not fill the memory until then.
    file.take(expected.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((hex::encode(Sha256::digest(&bytes)), bytes))
}

fn hash(file: &mut File) -> std::io::Result<String> {
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        match buffer.get(..read) {
            None | Some([]) => return Ok(hex::encode(sha256.finalize())),
            Some(bytes) => sha256.update(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(folder: &std::path::Path, name: &str, content: &[u8]) -> Document {
        let file = folder.join(name);
        std::fs::write(&file, content).unwrap();
        let stamp = Stamp::of(&std::fs::metadata(&file).unwrap());
        Document { path: name.into(), file, stamp }
    }

    #[test]
    fn a_document_is_read_once_and_within_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let café = document(folder.path(), "fine.md", "café".as_bytes());
        let sha256 = "850f7dc43910ff890f8879c0ed26fe697c93a067ad93a7d50f466a7028a9bf4e";
        let Reading::Text(content) = read(&café, 5, |_| false) else { panic!("not read") };
        assert_eq!((content.sha256.as_str(), &*content.text), (sha256, "café".as_bytes()));
        assert!(matches!(read(&café, 5, |hash| hash == sha256), Reading::Unchanged));
        let Reading::Unreadable(why) = read(&café, 4, |_| false) else { panic!("beyond the limit") };
        assert!(why.contains("5 B") && why.contains("4 B") && why.contains("limits.file_bytes"), "{why}");
        std::fs::remove_file(&café.file).unwrap();
        assert!(matches!(read(&café, 5, |_| false), Reading::Gone));
    }

    #[test]
    fn a_file_that_changes_all_the_time_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let growing = document(folder.path(), "growing.md", b"text");
        let grow = |_: &str| {
            let now = std::fs::read(&growing.file).unwrap();
            std::fs::write(&growing.file, [now.as_slice(), b"more"].concat()).unwrap();
            false
        };
        let Reading::Unreadable(why) = read(&growing, 1000, grow) else { panic!("read while it grew") };
        assert!(why.contains("changes while it is read"), "{why}");
    }
}
