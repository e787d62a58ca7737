//! A passage's length in terms, in a byte: exact up to 15, then four bits of mantissa, at most one part in 32 off.
//!
//! BM25 divides by it, so it needs no more; and a byte travels with every posting.

/// A length as it is kept.
pub(crate) type Length = u8;

/// The nearest length that a byte can say, not above `terms`.
pub(crate) fn encode(terms: u32) -> Length {
    if terms < 16 {
        return terms as u8;
    }
    let exponent = 27 - terms.leading_zeros();
    let mantissa = (terms >> exponent) & 15;
    (16 + exponent * 16 + mantissa).min(255) as u8
}

/// What a byte says.
pub(crate) fn decode(length: Length) -> u32 {
    if length < 16 {
        return u32::from(length);
    }
    let (exponent, mantissa) = (u32::from(length) / 16 - 1, u32::from(length) % 16);
    // Half a step up: what was encoded lies between this and the next.
    ((16 + mantissa) << exponent) + ((1 << exponent) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_comes_back_within_a_part_in_32() {
        for terms in 0..60_000_u32 {
            let found = decode(encode(terms));
            assert!(found.abs_diff(terms) * 32 <= terms, "{terms}: {found}");
            assert!(encode(terms) <= encode(terms + 1));
        }
        assert_eq!(encode(u32::MAX), 255);
    }
}
