//! A collection written into a draft and one searched in its table are the same, for every tenant.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test looks for and does not find fails the test"
)]

use gusset_baked::{Baked, READ_ONLY, Table};
use gusset_baked_compiler::{Draft, TENANT};
use gusset_chunk::{Chunk, Format, Options, Strategy, Tokenizer};
use gusset_retrieve::{
    Chunker, Document, Embedder, Error, Found, Mode, Model, Purpose, Query, Retrieve, Store,
};

/// Letters counted: texts that share them are near each other.
struct Letters(&'static str);

impl Embedder for Letters {
    fn model(&self) -> Model {
        Model { id: "letters".to_owned(), fingerprint: self.0.to_owned(), dimension: 32, max_tokens: 256 }
    }

    fn embed(&self, texts: &[String], _: Purpose) -> Result<Vec<f32>, String> {
        let vector = |text: &String| {
            let mut counts = [0.01_f32; 32];
            text.bytes().for_each(|byte| counts[usize::from(byte % 32)] += 1.0);
            let norm = counts.iter().map(|count| count * count).sum::<f32>().sqrt();
            counts.map(|count| count / norm)
        };
        Ok(texts.iter().flat_map(vector).collect())
    }
}

/// Words as tokens.
struct Words;

impl Tokenizer for Words {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        text.split_whitespace().map(|word| (word.as_ptr() as usize - text.as_ptr() as usize) as u32).collect()
    }
}

impl Chunker for Words {
    fn split(&self, document: &str, format: Format, options: &Options) -> Result<Vec<Chunk>, String> {
        gusset_chunk::split(document, format, options, self).map_err(|error| error.to_string())
    }
}

const MODEL: Letters = Letters("letters-1");

fn core(store: &dyn Store) -> Retrieve<'_> {
    Retrieve::new(store, &MODEL, &Words)
}

fn write(store: &dyn Store, documents: usize) {
    let options = Options {
        strategy: Strategy::Structural,
        max_tokens: 12,
        overlap_tokens: 0,
        parent_tokens: 0,
        context: false,
    };
    core(store).create_collection(TENANT, "docs", &options, 1, Vec::new()).unwrap();
    for n in 0..documents {
        let content = format!(
            "Lighthouse number {n} stands on cliff {}.\n\nIts keeper counts {} ships a day.\n\n{}",
            n * 7 % 13,
            n * 31 % 101,
            "Gulls circle the lamp and nobody minds them at all. ".repeat(n % 4)
        );
        let document = Document {
            id: format!("{n:03}"),
            title: format!("Light {n}"),
            format: Format::Plain,
            content,
            added_at: 7,
            metadata: vec![("kind".to_owned(), ["tall", "short"][n % 2].to_owned())],
        };
        core(store).put_document(TENANT, "docs", document).unwrap().finish().unwrap();
    }
}

fn search(core: Retrieve<'_>, tenant: &str, mode: Mode, text: &str) -> Result<Found, Error> {
    core.search(tenant, "docs", &Query { mode, floor: 0.0, ..Query::new(text, 10) })?.finish()
}

#[test]
fn a_baked_collection_gives_what_the_store_gave() {
    let (draft, store) = (Draft::default(), Draft::default());
    write(&draft, 60);
    write(&store, 60);
    core(&draft).compact(TENANT, "docs").unwrap();
    let bytes = draft.table().unwrap();
    let baked = Baked(Table::new(&bytes).unwrap());
    for text in ["Which lighthouse stands on cliff 7?", "keeper counts ships", "gulls", "lamp of 12", "?"] {
        for mode in [Mode::Hybrid, Mode::Dense, Mode::Lexical] {
            // As a store that was never compacted has it.
            let expected = search(core(&store), TENANT, mode, text).unwrap();
            for tenant in [TENANT, "default", "other"] {
                let found = search(core(&baked), tenant, mode, text).unwrap();
                assert_eq!(found, expected, "{text} {mode:?}");
            }
        }
    }
    for tenant in ["default", "other"] {
        assert_eq!(
            core(&baked).list_collections(tenant).unwrap(),
            core(&draft).list_collections(TENANT).unwrap()
        );
        assert_eq!(core(&baked).list_documents(tenant, "docs").unwrap().len(), 60);
        assert_eq!(
            core(&baked).get_document(tenant, "docs", "007").unwrap(),
            core(&draft).get_document(TENANT, "docs", "007").unwrap()
        );
    }
    assert!(core(&baked).list_collections("no tenant").is_err());
}

#[test]
fn the_same_documents_are_the_same_bytes() {
    let table = || {
        let draft = Draft::default();
        write(&draft, 20);
        core(&draft).compact(TENANT, "docs").unwrap();
        draft.table().unwrap()
    };
    assert_eq!(table(), table());
}

#[test]
fn another_model_is_refused() {
    let draft = Draft::default();
    write(&draft, 3);
    let bytes = draft.table().unwrap();
    let baked = Baked(Table::new(&bytes).unwrap());
    let other = Letters("letters-2");
    let refused = search(Retrieve::new(&baked, &other, &Words), "default", Mode::Hybrid, "cliff");
    let Err(Error::ModelMismatch(mismatch)) = refused else { panic!("{refused:?}") };
    assert_eq!(
        (mismatch.index_fingerprint.as_str(), mismatch.query_fingerprint.as_str()),
        ("letters-1", "letters-2")
    );
}

#[test]
fn nothing_is_added_or_removed() {
    let draft = Draft::default();
    write(&draft, 3);
    let bytes = draft.table().unwrap();
    let baked = Baked(Table::new(&bytes).unwrap());
    let refused = core(&baked).remove_document("default", "docs", "000").unwrap_err().to_string();
    assert!(refused.contains(READ_ONLY), "{refused}");
    assert!(core(&baked).delete_collection("default", "docs").is_err());
    assert_eq!(core(&baked).list_documents("default", "docs").unwrap().len(), 3);
}
