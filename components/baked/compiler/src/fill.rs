//! A table into a component, at whatever depth the module lies that takes it.
//!
//! A component's binary is sections, some of which are whole modules or components again. Only those on the way to the slot are written anew; all others are copied.

use gusset_baked::Slot;
use wasm_encoder::{Encode, RawSection, Section};
use wasmparser::{BinaryReader, Parser};

use crate::{Error, module};

/// What every module and component begins with: magic, version, layer.
const HEADER: usize = 8;

/// Sections of a component that hold a module or a component.
const NESTED: [u8; 2] = [1, 4];

/// The component with `table` in its slot.
///
/// # Errors
/// It is no component, or not one that takes exactly one collection and has none yet; or it would be too large.
pub fn fill(component: &[u8], table: &[u8]) -> Result<Vec<u8>, Error> {
    if !Parser::is_component(component) {
        // A core module, or nothing that the reader knows: it says which.
        let other = Parser::new(0).parse_all(component).find_map(Result::err);
        return Err(other.map_or(Error::Module("it is no component, but a core module"), Error::from));
    }
    match slots(component)? {
        0 => return Err(Error::NoSlot),
        1 => {}
        several => return Err(Error::Slots(several)),
    }
    rewrite(component, table)
}

/// Whether a component's data has `bytes` in it.
#[must_use]
pub fn holds(component: &[u8], bytes: &[u8]) -> bool {
    find(component, bytes).is_some()
}

/// A section: its identifier, and its content.
type Part<'a> = (u8, &'a [u8]);

fn sections(binary: &[u8]) -> Result<Vec<Part<'_>>, Error> {
    let mut reader = BinaryReader::new(binary, 0);
    reader.read_bytes(HEADER)?;
    let mut sections = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8()?;
        let length = reader.read_var_u32()?;
        sections.push((id, reader.read_bytes(length as usize)?));
    }
    Ok(sections)
}

fn slots(binary: &[u8]) -> Result<usize, Error> {
    if !Parser::is_component(binary) {
        let data = sections(binary)?.into_iter().filter(|(id, _)| *id == module::DATA);
        return Ok(data.map(|(_, content)| count(content, &Slot::EMPTY.to_bytes()[..MARK])).sum());
    }
    let nested = sections(binary)?.into_iter().filter(|(id, _)| NESTED.contains(id));
    nested.map(|(_, content)| slots(content)).sum()
}

fn rewrite(binary: &[u8], table: &[u8]) -> Result<Vec<u8>, Error> {
    if !Parser::is_component(binary) {
        return module::fill(binary, &sections(binary)?, table);
    }
    let mut written = binary.get(..HEADER).unwrap_or_default().to_vec();
    for (id, content) in sections(binary)? {
        if NESTED.contains(&id) && slots(content)? > 0 {
            append(&mut written, id, &rewrite(content, table)?);
        } else {
            append(&mut written, id, content);
        }
    }
    Ok(written)
}

pub(crate) fn append(binary: &mut Vec<u8>, id: u8, content: &[u8]) {
    let section = RawSection { id, data: content };
    binary.push(section.id());
    section.encode(binary);
}

/// Bytes by which a slot is found.
pub(crate) const MARK: usize = Slot::BYTES - 8;

pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, length) = (wanted.first()?, wanted.len());
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| byte == first)?;
        if bytes.get(at..at + length)? == wanted {
            return Some(at);
        }
        from = at + 1;
    }
}

fn count(bytes: &[u8], wanted: &[u8]) -> usize {
    let Some(at) = find(bytes, wanted) else { return 0 };
    1 + count(bytes.get(at + wanted.len()..).unwrap_or_default(), wanted)
}
