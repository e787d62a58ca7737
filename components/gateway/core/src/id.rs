//! Identities of files, answers and stores, made of random bytes that the caller brings.

/// Random bytes of an identity: no two collide before there are 2^64 of them.
pub type Entropy = [u8; 16];

/// `prefix` and 32 hexadecimal digits: `file-0f…`, `chatcmpl-0f…`.
#[must_use]
pub fn with_prefix(prefix: &str, entropy: Entropy) -> String {
    format!("{prefix}{}", hex::encode(entropy))
}

/// Whether `id` is what [`with_prefix`] makes.
#[must_use]
pub fn has_prefix(id: &str, prefix: &str) -> bool {
    let digits = id.strip_prefix(prefix);
    digits.is_some_and(|d| d.len() == 32 && d.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_its_prefix() {
        let id = with_prefix("file-", [0xab; 16]);
        assert_eq!(id, format!("file-{}", "ab".repeat(16)));
        assert!(has_prefix(&id, "file-"));
        for other in ["file-", "file-AB", &id[1..], &id.to_uppercase(), &format!("{id}/0"), "../meta"] {
            assert!(!has_prefix(other, "file-"), "{other}");
        }
    }
}
