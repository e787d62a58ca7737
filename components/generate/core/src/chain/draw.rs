//! Draws for jitter, from whatever bits a shell has: only their spread matters, nobody gains by foreseeing them.

/// A number uniform in 0 to 1, without 1, from `bits` of any quality, a clock's nanoseconds say. The mixing is `SplitMix64`'s
/// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[must_use]
pub fn unit(bits: u64) -> f64 {
    let mut z = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds exactly")]
    let mantissa = (z >> 11) as f64;
    mantissa / (1_u64 << 53) as f64
}
