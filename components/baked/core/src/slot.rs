//! The slot: where in its memory a component finds its table.
//!
//! It lies in the component's data and is filled when documents are baked in, which is why it begins with a mark: the compiler finds it by that, in whatever
//! the component has been made part of since.

/// Where a table lies. Without a zero byte until it is filled, so that no tool that drops zeros from a component's data takes it apart.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    mark: [u8; Slot::MARK_BYTES],
    start: [u8; 4],
    length: [u8; 4],
}

impl Slot {
    const MARK_BYTES: usize = 24;

    /// Bytes that a slot takes.
    pub const BYTES: usize = Self::MARK_BYTES + 8;

    /// A slot in which no table is.
    pub const EMPTY: Self = Self { mark: *b"gusset:baked table slot\n", start: [0xff; 4], length: [0xff; 4] };

    /// The slot of a table of `length` bytes at `start`.
    #[must_use]
    pub fn new(start: u32, length: u32) -> Self {
        Self { start: start.to_le_bytes(), length: length.to_le_bytes(), ..Self::EMPTY }
    }

    /// Where the table starts and how many bytes it has; `None` where there is none.
    #[must_use]
    pub fn place(&self) -> Option<(u32, u32)> {
        let place = (u32::from_le_bytes(self.start), u32::from_le_bytes(self.length));
        (*self != Self::EMPTY).then_some(place)
    }

    /// As it lies in memory.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let fields = self.mark.into_iter().chain(self.start).chain(self.length);
        bytes.iter_mut().zip(fields).for_each(|(byte, value)| *byte = value);
        bytes
    }

    /// The slot that lies at the beginning of `bytes`.
    #[must_use]
    pub fn at(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(&Self::EMPTY.mark)?;
        let (&start, rest) = bytes.split_first_chunk()?;
        Some(Self { start, length: *rest.first_chunk()?, ..Self::EMPTY })
    }
}

#[cfg(test)]
mod tests {
    use super::Slot;

    #[test]
    fn a_slot_is_read_as_it_was_written() {
        for slot in [Slot::EMPTY, Slot::new(0, 0), Slot::new(65536, 12)] {
            let bytes = slot.to_bytes();
            assert_eq!(Slot::at(&bytes), Some(slot));
            assert_eq!(Slot::at(&bytes[..Slot::BYTES - 1]), None);
            // The component reads it in place.
            assert_eq!(size_of::<Slot>(), Slot::BYTES);
        }
        assert_eq!(Slot::EMPTY.place(), None);
        assert_eq!(Slot::new(65536, 12).place(), Some((65536, 12)));
        assert!(Slot::EMPTY.to_bytes().iter().all(|&byte| byte != 0));
    }
}
