//! Bytes of a file to its text, or why they are none.

/// The text of a file, without byte order mark.
///
/// # Errors
/// Why it is no text, and what to do about it.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.is_empty() {
        return Err("it is empty".into());
    }
    let text = match bytes.as_slice() {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Err("it is UTF-32; convert it to UTF-8, with iconv for example".into());
        }
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest.to_vec())?,
        _ => utf8(bytes)?,
    };
    if let Some(at) = text.find('\0') {
        return Err(format!(
            "it has a NUL at byte {at}, so it is no text; remove it, or convert the file if it is UTF-16 without a byte order mark"
        ));
    }
    if text.trim().is_empty() {
        return Err("it holds nothing but white space".into());
    }
    Ok(text)
}

fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("it is not UTF-8 (byte {at}); convert it, with iconv for example")
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (units, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("it begins as UTF-16 but ends in the middle of a character; it was cut off".into());
    }
    let mut text = String::with_capacity(bytes.len() / 2);
    for decoded in char::decode_utf16(units.iter().map(|pair| unit(*pair))) {
        let broken = |_| "it begins as UTF-16 but is not throughout; convert it to UTF-8".to_owned();
        text.push(decoded.map_err(broken)?);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_and_what_is_none_says_why() {
        let utf16 =
            |unit: fn(u16) -> [u8; 2]| "\u{feff}naïve 🦀".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let check = |bytes: &[u8], expected: &str| assert_eq!(text(bytes.to_vec()).as_deref(), Ok(expected));
        check("café".as_bytes(), "café");
        check(b"\xef\xbb\xbfmarked", "marked");
        check(&utf16(u16::to_le_bytes), "naïve 🦀");
        check(&utf16(u16::to_be_bytes), "naïve 🦀");
        let refused = |bytes: &[u8], part: &str| {
            let said = text(bytes.to_vec()).unwrap_err();
            assert!(said.contains(part), "{said}");
        };
        refused(b"", "empty");
        refused(b" \n\t\r\n ", "white space");
        refused(b"caf\xe9", "not UTF-8 (byte 3)");
        refused(b"a\0b", "NUL at byte 1");
        refused(b"\xff\xfea", "cut off");
        refused(b"\xff\xfe\x00\xd8a\x00", "not throughout");
        refused(b"\xff\xfe\0\0a\0\0\0", "UTF-32");
    }
}
