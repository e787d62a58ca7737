//! What a document is written in, as its file name says. The chunker can cut HTML and Markdown along their structure.

/// A document's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Paragraphs of text.
    Plain,
    /// CommonMark.
    Markdown,
    /// HTML.
    Html,
}

/// The format that a file name's extension stands for; anything unknown is plain text.
#[must_use]
pub fn of_file_name(name: &str) -> Format {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    match extension.as_deref() {
        Some("md" | "markdown") => Format::Markdown,
        Some("html" | "htm") => Format::Html,
        _ => Format::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_says_the_format() {
        let check = |name, expected| assert_eq!(of_file_name(name), expected, "{name}");
        check("README.md", Format::Markdown);
        check("guide.MARKDOWN", Format::Markdown);
        check("index.html", Format::Html);
        check("a.md/INDEX.HTM", Format::Html);
        check("notes.txt", Format::Plain);
        check("md", Format::Plain);
        check("archive.md.gz", Format::Plain);
        check("", Format::Plain);
    }
}
