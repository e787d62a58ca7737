//! The table in this component's memory.

use gusset_baked::{Error, Slot, Table};

/// Filled when documents are baked in.
static SLOT: Slot = Slot::EMPTY;

/// What is baked in; nothing, in a component as it was built.
///
/// # Errors
/// [`Error::Unreadable`].
pub(crate) fn table() -> Result<Table<'static>, Error> {
    // SAFETY: a static, read as itself; volatile, because what it holds is not known until after this was compiled.
    let slot = unsafe { std::ptr::read_volatile(&raw const SLOT) };
    let Some((start, length)) = slot.place() else { return Ok(Table::EMPTY) };
    let start = std::ptr::with_exposed_provenance(start as usize);
    // SAFETY: who filled the slot put a data segment of that length there, behind the end of the memory that this module was
    // built with, so that neither a static nor the heap has a part of it; nobody writes to it.
    Table::new(unsafe { std::slice::from_raw_parts(start, length as usize) })
}
