//! Where everything is kept. Keys start with tenant and purpose; what belongs to one life of a collection carries its incarnation, so that
//! what a slow writer leaves behind after a deletion can't turn up in the next collection of that name.

/// Key of the catalogue of a tenant.
pub(crate) fn catalogue(tenant: &str) -> String {
    format!("{tenant}/retrieve/catalogue")
}

/// Key of a collection's manifest.
pub(crate) fn manifest(tenant: &str, collection: &str) -> String {
    format!("{tenant}/retrieve/{collection}/manifest")
}

/// Keys of one life of a collection.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    base: String,
}

impl Keys {
    pub(crate) fn new(tenant: &str, collection: &str, incarnation: u64) -> Self {
        Self { base: format!("{tenant}/retrieve/{collection}/{incarnation}") }
    }

    pub(crate) fn totals(&self) -> String {
        format!("{}/totals", self.base)
    }

    pub(crate) fn segment(&self, number: u32) -> String {
        format!("{}/segment/{number}", self.base)
    }

    pub(crate) fn shard(&self, shard: u8) -> String {
        format!("{}/directory/{shard:02x}", self.base)
    }

    /// What a tier holds and where.
    pub(crate) fn tier(&self, tier: u32) -> String {
        format!("{}/tier/{tier:x}/head", self.base)
    }

    /// Centroids of some lists of a tier.
    pub(crate) fn group(&self, tier: u32, group: u32) -> String {
        format!("{}/tier/{tier:x}/group/{group:x}", self.base)
    }

    /// Passages of a tier that are near each other.
    pub(crate) fn list(&self, tier: u32, list: u32) -> String {
        format!("{}/tier/{tier:x}/list/{list:x}", self.base)
    }

    /// Terms of the passages of a list, in a format that is no longer written.
    pub(crate) fn terms(&self, tier: u32, list: u32) -> String {
        format!("{}/tier/{tier:x}/terms/{list:x}", self.base)
    }

    /// Postings of a tier.
    pub(crate) fn postings(&self, tier: u32, block: u32) -> String {
        format!("{}/tier/{tier:x}/postings/{block:x}", self.base)
    }

    /// Compacted passages in the order of their arrival.
    pub(crate) fn rows(&self, chunk: u32) -> String {
        format!("{}/rows/{chunk:x}", self.base)
    }

    /// What a merge notes for its later steps.
    pub(crate) fn plan(&self, tier: u32) -> String {
        format!("{}/tier/{tier:x}/plan", self.base)
    }

    /// Where the passages of some lists go in a merge.
    pub(crate) fn route(&self, tier: u32, unit: u32) -> String {
        format!("{}/tier/{tier:x}/route/{unit:x}", self.base)
    }

    /// Which groups a merge makes, and what it leaves out.
    pub(crate) fn layout(&self, tier: u32) -> String {
        format!("{}/tier/{tier:x}/layout", self.base)
    }

    /// What goes into a group in a merge.
    pub(crate) fn part(&self, tier: u32, group: u32) -> String {
        format!("{}/tier/{tier:x}/part/{group:x}", self.base)
    }

    /// Which blocks of postings a step of a merge has written.
    pub(crate) fn range(&self, tier: u32, range: u32) -> String {
        format!("{}/tier/{tier:x}/range/{range:x}", self.base)
    }

    /// What is known of a document besides its passages.
    pub(crate) fn head(&self, generation: u64) -> String {
        format!("{}/document/{generation:x}/head", self.base)
    }

    /// A part of a document's passages.
    pub(crate) fn passages(&self, generation: u64, part: u32) -> String {
        format!("{}/document/{generation:x}/{part}", self.base)
    }

    /// Everything kept under a generation.
    pub(crate) fn generation(&self, generation: u64, parts: u32) -> impl Iterator<Item = String> {
        std::iter::once(self.head(generation))
            .chain((0..parts).map(move |part| self.passages(generation, part)))
    }
}
