//! What a document is written in, as its file name says. The chunker cuts along the structure of each.

/// A document's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Paragraphs of text.
    Plain,
    /// CommonMark.
    Markdown,
    /// HTML.
    Html,
    /// Source code.
    Code,
    /// Records of fields.
    Csv,
    /// JSON or JSON Lines.
    Json,
}

/// Extensions of languages that are indented as they are nested.
const CODE: [&str; 40] = [
    "bash", "c", "cc", "cpp", "cs", "css", "cxx", "dart", "ex", "exs", "go", "h", "hpp", "hs", "java", "jl",
    "js", "jsx", "kt", "lua", "m", "mjs", "ml", "php", "pl", "proto", "py", "pyi", "r", "rb", "rs", "scala",
    "scss", "sh", "sql", "swift", "ts", "tsx", "wit", "zig",
];

/// The format that a file name's extension stands for; anything unknown is plain text.
#[must_use]
pub fn of_file_name(name: &str) -> Format {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    match extension.as_deref() {
        Some("md" | "markdown") => Format::Markdown,
        Some("html" | "htm") => Format::Html,
        Some("csv" | "tsv") => Format::Csv,
        Some("json" | "jsonl" | "ndjson") => Format::Json,
        Some(extension) if CODE.contains(&extension) => Format::Code,
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
        check("src/lib.rs", Format::Code);
        check("a.PY", Format::Code);
        check("people.csv", Format::Csv);
        check("events.jsonl", Format::Json);
        check("notes.txt", Format::Plain);
        check("md", Format::Plain);
        check("archive.md.gz", Format::Plain);
        check("", Format::Plain);
    }
}
