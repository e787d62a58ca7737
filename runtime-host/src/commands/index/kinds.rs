//! Which files are documents, by their names' extensions.

use std::path::Path;
use std::sync::Arc;

/// Extensions of documents. The server takes all of them for text, and cuts those along their structure whose structure it knows.
const EXTENSIONS: [&str; 75] = [
    // Prose.
    "md", "markdown", "mdx", "txt", "text", "rst", "adoc", "org", "tex", "html", "htm", "xhtml", "pdf",
    // Records and settings.
    "csv", "tsv", "json", "jsonl", "ndjson", "yaml", "yml", "toml", "xml", "ini", "cfg", "conf", "log",
    // Source code.
    "c", "h", "cc", "cpp", "hpp", "cs", "clj", "css", "dart", "erl", "ex", "exs", "go", "hs", "java", "jl",
    "js", "mjs", "jsx", "ts", "tsx", "kt", "lua", "ml", "php", "pl", "proto", "ps1", "py", "r", "rb", "rs",
    "scala", "sh", "bash", "sql", "swift", "vue", "svelte", "wit", "zig", "graphql", "gradle", "groovy",
    "f90", "m", "mm", "nim", "vb",
];

/// The extensions that count.
#[derive(Clone, Debug, Default)]
pub(in crate::commands) struct Kinds {
    /// Without their dots, in lower case; `None` for all that are known.
    only: Option<Arc<[String]>>,
}

// === impl Kinds ===

impl Kinds {
    /// The known ones, or only those that are named, whether or not they are known.
    pub(super) fn new(only: &[String]) -> Self {
        let bare = |name: &String| name.trim().trim_start_matches('.').to_ascii_lowercase();
        Self { only: (!only.is_empty()).then(|| only.iter().map(bare).collect()) }
    }

    pub(super) fn has(&self, file: &Path) -> bool {
        let Some(extension) = file.extension().and_then(|extension| extension.to_str()) else { return false };
        let extension = extension.to_ascii_lowercase();
        match &self.only {
            Some(only) => only.contains(&extension),
            None => EXTENSIONS.contains(&extension.as_str()),
        }
    }

    /// For who has found nothing.
    pub(in crate::commands) fn describe(&self) -> String {
        match &self.only {
            Some(only) => only.iter().map(|extension| format!(".{extension}")).collect::<Vec<_>>().join(", "),
            None => "text, Markdown, HTML, PDF, source code, CSV, JSON and their like".to_owned(),
        }
    }
}

pub(super) fn is_pdf(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pdf"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_counts_in_any_case() {
        let has = |kinds: &Kinds, name| kinds.has(Path::new(name));
        let known = Kinds::default();
        assert!(["a.md", "a.PDF", "b/c.Rs", "x.tar.json"].into_iter().all(|name| has(&known, name)));
        assert!(["a.png", "md", "a.md.gz", "a."].into_iter().all(|name| !has(&known, name)));
        let only = Kinds::new(&[".PDF".to_owned(), "foo".to_owned()]);
        assert!(has(&only, "a.pdf") && has(&only, "b.FOO") && !has(&only, "c.md"));
    }
}
