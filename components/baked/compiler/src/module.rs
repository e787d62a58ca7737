//! A table into a module: as data behind the end of its memory, which grows by that, with the slot saying where.
//!
//! The table begins where the memory of the built module ends, right behind its heap, so that hosts map all of it copy-on-write: an instance takes no time for
//! it, however large it is.

use gusset_baked::Slot;
use wasm_encoder::{ConstExpr, DataCountSection, DataSection, Encode, MemorySection, MemoryType};
use wasmparser::{BinaryReader, Data, DataKind, DataSectionReader, MemorySectionReader, Operator};

use crate::Error;
use crate::fill::{MARK, append, find};

/// Sections of a module.
const MEMORY: u8 = 5;
pub(crate) const DATA: u8 = 11;
const DATA_COUNT: u8 = 12;

/// Bytes of a page of memory.
const PAGE: u64 = 1 << 16;

/// Most bytes of a module: what `wasmparser`, and with it wasmtime and Spin, takes, and the JavaScript API of WebAssembly allows.
const MOST: u64 = 1 << 30;

/// Writes the module anew.
pub(crate) fn fill(module: &[u8], sections: &[(u8, &[u8])], table: &[u8]) -> Result<Vec<u8>, Error> {
    let size = |module: u64| match module {
        0..=MOST => Ok(()),
        module => Err(Error::TooLarge { table: table.len() as u64, module, most: MOST }),
    };
    // What it is at least, before anything as large is built.
    size(module.len() as u64 + table.len() as u64)?;
    let memory = sections.iter().find(|(id, _)| *id == MEMORY);
    let (start, memory) = grown(memory.map(|(_, content)| *content), table.len() as u64)?;
    let mut written = Vec::with_capacity(module.len() + table.len() + 64);
    written.extend(module.get(..8).unwrap_or_default());
    for &(id, content) in sections {
        match id {
            MEMORY => append(&mut written, id, &content_of(&memory)?),
            DATA => append(&mut written, id, &content_of(&data(content, start, table)?)?),
            DATA_COUNT => {
                let count = BinaryReader::new(content, 0).read_var_u32()? + 1;
                append(&mut written, id, &content_of(&DataCountSection { count })?);
            }
            _ => append(&mut written, id, content),
        }
    }
    size(written.len() as u64)?;
    Ok(written)
}

/// A section without its length, which [`append`] writes.
fn content_of(section: &impl Encode) -> Result<Vec<u8>, Error> {
    let mut encoded = Vec::new();
    section.encode(&mut encoded);
    let mut reader = BinaryReader::new(&encoded, 0);
    let length = reader.read_var_u32()?;
    Ok(reader.read_bytes(length as usize)?.to_vec())
}

/// Where its end was, and the memory with so many bytes behind that.
fn grown(section: Option<&[u8]>, bytes: u64) -> Result<(u32, MemorySection), Error> {
    let memories =
        section.map(|content| MemorySectionReader::new(BinaryReader::new(content, 0))).transpose()?;
    let mut memories = memories.into_iter().flatten();
    let (Some(memory), None) = (memories.next().transpose()?, memories.next()) else {
        return Err(Error::Module("it has not exactly one memory"));
    };
    if memory.memory64 || memory.page_size_log2.is_some() {
        return Err(Error::Module("its memory is not one of 32 bits and pages of 64 KiB"));
    }
    let minimum = memory.initial + bytes.div_ceil(PAGE);
    let start = u32::try_from(memory.initial * PAGE).map_err(|_| Error::Module("its memory is full"))?;
    let mut section = MemorySection::new();
    section.memory(MemoryType {
        minimum,
        maximum: memory.maximum.map(|maximum| maximum.max(minimum)),
        memory64: false,
        shared: memory.shared,
        page_size_log2: None,
    });
    Ok((start, section))
}

/// The module's data with the table behind it, and the slot filled.
fn data(content: &[u8], start: u32, table: &[u8]) -> Result<DataSection, Error> {
    let mark = Slot::EMPTY.to_bytes();
    let mark = mark.get(..MARK).unwrap_or_default();
    let mut section = DataSection::new();
    for segment in DataSectionReader::new(BinaryReader::new(content, 0))? {
        let Data { kind, data, .. } = segment?;
        let mut data = data.to_vec();
        if let Some(at) = find(&data, mark) {
            let slot = data.get_mut(at..).unwrap_or_default();
            match Slot::at(slot) {
                Some(Slot::EMPTY) => {}
                Some(_) => return Err(Error::Filled),
                None => return Err(Error::Module("its slot is cut in two")),
            }
            slot.iter_mut()
                .zip(Slot::new(start, table.len() as u32).to_bytes())
                .for_each(|(byte, new)| *byte = new);
        }
        match kind {
            DataKind::Passive => section.passive(data),
            DataKind::Active { memory_index, offset_expr } => {
                let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
                    return Err(Error::Module("a data segment starts at a place that isn't constant"));
                };
                section.active(memory_index, &ConstExpr::i32_const(value), data)
            }
        };
    }
    section.active(0, &ConstExpr::i32_const(start.cast_signed()), table.iter().copied());
    Ok(section)
}
