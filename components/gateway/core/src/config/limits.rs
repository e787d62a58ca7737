//! Bounds of what is read of a request.

/// Longest bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A JSON body, in bytes.
    pub body_bytes: u64,
    /// An uploaded file, in bytes.
    pub file_bytes: u64,
}

/// What a multipart form may add to its file: delimiters, headers and small fields.
const FORM_BYTES: u64 = 64 << 10;

/// The limit of one body, and what to tell whoever exceeds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit {
    /// Bytes that are read at most.
    pub bytes: u64,
    /// Bytes that the operator allowed.
    pub configured: u64,
    /// The key that they are configured by.
    pub setting: &'static str,
}

impl Limits {
    /// The limit of a JSON body.
    #[must_use]
    pub fn of_json(self) -> BodyLimit {
        BodyLimit { bytes: self.body_bytes, configured: self.body_bytes, setting: "body_limit_bytes" }
    }

    /// The limit of a form with a file in it.
    #[must_use]
    pub fn of_upload(self) -> BodyLimit {
        BodyLimit {
            bytes: self.file_bytes.saturating_add(FORM_BYTES),
            configured: self.file_bytes,
            setting: "file_limit_bytes",
        }
    }
}

impl BodyLimit {
    /// Said of a body that is longer.
    #[must_use]
    pub fn exceeded(self) -> crate::Error {
        crate::Error::BodyTooLarge { limit: self.configured, setting: self.setting }
    }
}
