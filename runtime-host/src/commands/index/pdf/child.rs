//! `gusset pdf-text`: a PDF on standard input, its text on standard output. The other half of the module above, so no help lists it.

use super::{MEMORY, SECONDS};
use pdf_extract::{Document, OutputError, PlainTextOutput};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io::{Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// The hidden verb's name.
pub(in crate::commands) const VERB: &str = "pdf-text";

/// The exit status of a refusal with its reason on standard error.
pub(super) const REFUSED: i32 = 3;

/// Nested forms and page trees are read by recursion. Address space that is used only where needed.
const STACK: usize = 64 << 20;

/// Pages without text that are named one by one.
const NAMED: usize = 8;

/// Limits this process, then reads. Before anything else is started in it: what is limited is all of it.
pub(in crate::commands) fn run() -> ExitCode {
    // What panics say is told in our own words.
    std::panic::set_hook(Box::new(|_| {}));
    limit(Resource::As, MEMORY);
    limit(Resource::Cpu, SECONDS);
    let reading = std::thread::Builder::new().stack_size(STACK).spawn(|| {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("it can't be read ({error})"))?;
        extract(&bytes)
    });
    let outcome = match reading.map(std::thread::JoinHandle::join) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => {
            Err(format!("the PDF reader fails at it ({}); print it to a new PDF", message(&*panic)))
        }
        Err(error) => Err(format!("no thread to read it in ({error})")),
    };
    match outcome {
        // Who reads has had enough.
        Ok((text, _)) if std::io::stdout().write_all(text.as_bytes()).is_err() => ExitCode::FAILURE,
        Ok((_, note)) => {
            eprint!("{}", note.unwrap_or_default());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprint!("{why}");
            ExitCode::from(REFUSED as u8)
        }
    }
}

/// A system that doesn't know the limit leaves it out.
fn limit(resource: Resource, most: u64) {
    let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
}

/// Pages with form feeds between them, and a note about those that can't be read.
fn extract(bytes: &[u8]) -> Result<(String, Option<String>), String> {
    if !bytes.get(..1024).unwrap_or(bytes).windows(5).any(|window| window == b"%PDF-") {
        return Err("it is no PDF, though its name says so; rename it".into());
    }
    let mut document = Document::load_mem(bytes)
        .map_err(|error| format!("it is damaged ({error}); print it to a new PDF"))?;
    // Many are encrypted with the empty password, which keeps nobody from reading.
    if document.is_encrypted() && document.decrypt("").is_err() {
        return Err("it is encrypted; save it without a password".into());
    }
    let pages = document.get_pages();
    if pages.is_empty() {
        return Err("it is damaged: it has no page; print it to a new PDF".into());
    }
    let (mut text, mut unread) = (String::new(), Vec::new());
    for (at, number) in pages.into_keys().enumerate() {
        if at > 0 {
            text.push('\u{c}');
        }
        match page(&document, number) {
            Ok(page) => text.push_str(page.trim()),
            Err(why) => unread.push((number, why)),
        }
    }
    let note = unread.first().map(|(_, why)| {
        let named: Vec<String> = unread.iter().take(NAMED).map(|(number, _)| number.to_string()).collect();
        let more =
            if unread.len() > NAMED { format!(" and {} more", unread.len() - NAMED) } else { String::new() };
        format!("page {}{more} can't be read ({why}); the rest is indexed", named.join(", "))
    });
    match note {
        Some(note) if text.trim().is_empty() => {
            Err(note.replace("the rest is indexed", "print it to a new PDF"))
        }
        note => Ok((text, note)),
    }
}

/// One page. A page that the library panics at is no reason to give up the others.
fn page(document: &Document, number: u32) -> Result<String, String> {
    let read = AssertUnwindSafe(|| {
        let mut text = String::new();
        let mut output = PlainTextOutput::new(&mut text);
        pdf_extract::output_doc_page(document, &mut output, number)?;
        Ok::<_, OutputError>(text)
    });
    match catch_unwind(read) {
        // A NUL is what a font's table gives for a glyph without a character.
        Ok(Ok(text)) => Ok(text.replace(['\0', '\u{c}'], " ")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(message(&*panic)),
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let line = text.unwrap_or("a panic").lines().next().unwrap_or_default();
    line.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PDF of one font, whose pages show a line each.
    fn pdf(pages: &[&str]) -> Vec<u8> {
        use pdf_extract::{Object, Stream, dictionary};
        let mut document = Document::with_version("1.5");
        let tree = document.new_object_id();
        let font = document
            .add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
        let kids: Vec<Object> = pages
            .iter()
            .map(|line| {
                let show = format!("BT /F1 12 Tf 50 700 Td ({line}) Tj ET");
                let content = document.add_object(Stream::new(dictionary! {}, show.into_bytes()));
                let page = dictionary! {
                    "Type" => "Page", "Parent" => tree, "Contents" => content,
                    "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
                };
                document.add_object(page).into()
            })
            .collect();
        let count = kids.len() as i64;
        let pages = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()] };
        document.objects.insert(tree, pages.into());
        let catalogue = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
        document.trailer.set("Root", catalogue);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn pages_are_told_apart_by_form_feeds() {
        let (text, note) = extract(&pdf(&["The first page.", "", "The third page."])).unwrap();
        assert_eq!((text.as_str(), note), ("The first page.\u{c}\u{c}The third page.", None));
    }

    #[test]
    fn what_is_no_pdf_or_a_broken_one_says_so() {
        let whole = pdf(&["A page."]);
        for (bytes, part) in [
            (&b"just text"[..], "no PDF"),
            (&whole[..whole.len() / 3], "damaged"),
            (&b"%PDF-1.5\n%%EOF"[..], "damaged"),
        ] {
            let said = extract(bytes).unwrap_err();
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn a_page_that_the_library_fails_at_is_named_and_the_others_are_read() {
        let bytes = pdf(&["Readable.", "Broken."]);
        let mut document = Document::load_mem(&bytes).unwrap();
        let second = document.get_pages()[&2];
        let page = document.get_object_mut(second).unwrap().as_dict_mut().unwrap();
        // It takes for granted that a box has four numbers.
        page.set("MediaBox", vec![0.into()]);
        let mut broken = Vec::new();
        document.save_to(&mut broken).unwrap();
        let (text, note) = extract(&broken).unwrap();
        assert_eq!(text, "Readable.\u{c}");
        assert!(note.as_deref().is_some_and(|note| note.starts_with("page 2 can't be read")), "{note:?}");
    }
}
