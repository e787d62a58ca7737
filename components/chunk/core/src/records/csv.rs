//! Records of fields (RFC 4180): a line each, but for lines inside quotes. The first has the names of the fields, and is the heading of all others.

use crate::boundary::Level;
use crate::outline::{Heading, Outline};

pub(crate) fn outline(text: &str) -> Outline {
    let mut found = Outline::default();
    let mut quoted = false;
    let mut header = None;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            // A doubled quote inside a field closes and opens it.
            b'"' => quoted = !quoted,
            b'\n' if !quoted && at + 1 < text.len() => {
                if header.is_none() {
                    header = Some(at);
                }
                found.boundaries.push(at + 1, Level::Item);
            }
            _ => {}
        }
    }
    let names = header.and_then(|end| text.get(..end)).unwrap_or_default();
    found.headings.push(Heading::new(0, 1, names.trim_start_matches('\u{feff}')));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_may_have_lines() {
        let text = "name,text\na,\"one\ntwo \"\"x\"\"\"\r\nb,\n";
        let found = outline(text);
        let starts = found.boundaries.inside(&(0..text.len()), Level::Item);
        let first: Vec<&str> = starts.iter().map(|&start| &text[start..=start]).collect();
        assert_eq!(first, ["a", "b"]);
        assert_eq!(found.headings[0].title, "name,text");
    }
}
