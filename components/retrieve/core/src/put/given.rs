//! A document that comes with its passages and vectors: from another store of the same model.

use gusset_chunk::Format;

use super::{PutDocument, Stage};
use crate::engine::Record;
use crate::manifest::{self, Place};
use crate::{Document, DocumentInfo, Error, Retrieve, filter, names};

impl Retrieve<'_> {
    /// Adds or replaces a document as it was kept elsewhere, without its content. One that is there already, with the same content and metadata, only gets
    /// its title.
    ///
    /// # Errors
    /// No such collection, or made by another model; vectors of another length; the store failed.
    pub fn import_document(
        &self,
        tenant: &str,
        collection: &str,
        record: Record,
    ) -> Result<DocumentInfo, Error> {
        names::collection(tenant, collection)?;
        let live = manifest::live(self.store, tenant, collection)?;
        self.guard(&live.fingerprint, &live.model)?;
        let dimension = live.dimension as usize;
        if record.passages.iter().any(|passage| passage.vector.values.len() != dimension) {
            return Err(Error::InvalidRequest(format!(
                "the document {:?} has a vector whose length is not the collection's {dimension}",
                record.info.id
            )));
        }
        let DocumentInfo { id, title, bytes, added_at, metadata, .. } = record.info.clone();
        let put = PutDocument {
            retrieve: *self,
            place: Place::new(tenant, collection, live.incarnation),
            live,
            bytes,
            content: record.content,
            fields: filter::fields(&metadata),
            document: Document {
                id,
                title,
                format: Format::Plain,
                content: String::new(),
                added_at,
                metadata,
            },
            stage: Stage::Compare,
        };
        let there = put.same_content()?;
        if let Some(info) = there.map(|entry| put.unchanged(&entry)).transpose()?.flatten() {
            return Ok(info);
        }
        let (passages, mut vectors) = record.into_parts();
        vectors.dimension = dimension;
        PutDocument { stage: Stage::Store { passages, vectors }, ..put }.finish()
    }
}
