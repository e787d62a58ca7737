//! What a character means to the tokenizer, and what becomes of it.
//!
//! Categories only; where words begin and end is decided in [`super::words`].

use crate::tables::{MARKS, OTHER, PUNCTUATION, contains};

/// Whether cleaning removes `c`: controls, formats, private use, NUL and the replacement character.
pub(crate) fn is_removed(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{fffd}' => true,
        _ if c.is_ascii() => c.is_ascii_control(),
        _ => contains(OTHER, c),
    }
}

/// Whether `c` is punctuation, every ASCII symbol included.
pub(crate) fn is_punctuation(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_punctuation() } else { contains(PUNCTUATION, c) }
}

/// Whether `c` is a nonspacing mark: an accent, once its letter is decomposed.
pub(crate) fn is_mark(c: char) -> bool {
    !c.is_ascii() && contains(MARKS, c)
}

/// Whether `c` is an ideograph that is a word of its own. Kana and Hangul are not.
pub(crate) fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c),
        0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x2_0000..=0x2_a6df | 0x2_a700..=0x2_b73f | 0x2_b740..=0x2_b81f
        // The published tokenizers start this range at 2b920, not at the block's 2b820.
        | 0x2_b920..=0x2_ceaf | 0xf900..=0xfaff | 0x2_f800..=0x2_fa1f)
}
