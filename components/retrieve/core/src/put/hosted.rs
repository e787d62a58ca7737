//! The same document for an existing engine: chunked and embedded by the same steps, and then not stored here.

use super::{PutDocument, Stage, check};
use crate::engine::{At, Record};
use crate::manifest::Live;
use crate::{Document, DocumentInfo, Error, Retrieve};

impl<'a> Retrieve<'a> {
    /// Begins to prepare a document of a collection that is elsewhere.
    pub(crate) fn put_elsewhere(
        &self,
        at: At<'_>,
        document: Document,
        live: Live,
    ) -> Result<PutDocument<'a>, Error> {
        let bytes = check(&document)?;
        self.begin_put(at.tenant, at.name, document, bytes, live)
    }
}

impl PutDocument<'_> {
    pub(crate) fn document(&self) -> &Document {
        &self.document
    }

    pub(crate) fn content(&self) -> [u8; 16] {
        self.content
    }

    /// Chunks it and embeds its next passages; whether all are.
    pub(crate) fn prepare(&mut self) -> Result<bool, Error> {
        if let Stage::Compare = self.stage {
            self.stage = Stage::Chunk;
        }
        if let Stage::Store { .. } = self.stage {
            return Ok(true);
        }
        self.step()?;
        Ok(false)
    }

    /// What was prepared.
    pub(crate) fn into_record(self) -> Record {
        let (passages, vectors) = match self.stage {
            Stage::Store { passages, vectors } => (passages, vectors),
            _ => Default::default(),
        };
        let Document { id, title, added_at, metadata, .. } = self.document;
        let info = DocumentInfo {
            id,
            title,
            passages: passages.len() as u32,
            tokens: passages.iter().map(|passage| passage.tokens).sum(),
            bytes: self.bytes,
            added_at,
            metadata,
        };
        Record::of(info, self.content, passages, &vectors)
    }
}
