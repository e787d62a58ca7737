//! The registry over a store in memory, with other writers in between.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::*;
use crate::Error;
use crate::multipart::Part;
use crate::page::Page;

type Rival = Box<dyn FnOnce(&Memory)>;

#[derive(Default)]
struct Memory {
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    counters: RefCell<BTreeMap<String, i64>>,
    /// Writes that still succeed.
    room: Cell<Option<u32>>,
    /// Run before the next swap: the other writer.
    rival: RefCell<Option<Rival>>,
    order: RefCell<Vec<String>>,
}

impl Memory {
    fn write(&self, key: &str) -> Result<(), String> {
        self.order.borrow_mut().push(key.into());
        match self.room.get() {
            Some(0) => Err("no space left".into()),
            room => {
                self.room.set(room.map(|n| n - 1));
                Ok(())
            }
        }
    }
}

impl Store for Memory {
    type Cas = (String, Option<Vec<u8>>);

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.values.borrow().get(key).cloned())
    }
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String> {
        keys.iter().map(|key| self.get(key)).collect()
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.write(key)?;
        self.values.borrow_mut().insert(key.into(), value.into());
        Ok(())
    }
    fn delete_many(&self, keys: &[String]) -> Result<(), String> {
        keys.iter().for_each(|key| drop(self.values.borrow_mut().remove(key)));
        Ok(())
    }
    fn increment(&self, key: &str, delta: i64) -> Result<i64, String> {
        let mut counters = self.counters.borrow_mut();
        let value = counters.entry(key.into()).or_default();
        *value += delta;
        Ok(*value)
    }
    fn look(&self, key: &str) -> Result<Self::Cas, String> {
        Ok((key.into(), self.get(key)?))
    }
    fn seen(&self, cas: &Self::Cas) -> Result<Option<Vec<u8>>, String> {
        Ok(cas.1.clone())
    }
    fn swap(&self, cas: Self::Cas, value: &[u8]) -> Result<Swap<Self::Cas>, String> {
        if let Some(rival) = self.rival.take() {
            rival(self);
        }
        if self.get(&cas.0)? != cas.1 {
            return Ok(Swap::Lost(self.look(&cas.0)?));
        }
        self.set(&cas.0, value)?;
        Ok(Swap::Done)
    }
}

fn upload<'a>(filename: &'a str, content: &'a str) -> Upload<'a> {
    Upload { filename, purpose: "assistants", content }
}

fn entropy(n: u32) -> [u8; 16] {
    u128::from(n).to_be_bytes()
}

fn put(store: &Memory, n: u32) -> File {
    Registry::new(store, "default").put(upload(&format!("{n}.md"), "text"), entropy(n), n.into()).unwrap()
}

/// File names of a page.
fn listed(store: &Memory, query: &str) -> (Vec<String>, bool) {
    let page = Page::parse(query, 10_000, 10_000).unwrap();
    let (files, more) = Registry::new(store, "default").list(&page, None).unwrap();
    (files.into_iter().map(|f| f.filename).collect(), more)
}

#[test]
fn a_file_is_kept_in_parts_and_read_as_one() {
    let store = Memory::default();
    let registry = Registry::new(&store, "acme");
    let content = "é".repeat(1_250_000);
    let file = registry.put(upload("long.txt", &content), entropy(1), 42).unwrap();
    assert_eq!((file.bytes, file.parts, file.created_at, file.number), (2_500_000, 3, 42, 1));
    assert!(store.values.borrow().values().all(|value| value.len() <= 1_000_000));
    assert_eq!(registry.get(&file.id).unwrap().as_ref(), Some(&file));
    assert_eq!(registry.content(&file).unwrap(), content);
    assert_eq!(Registry::new(&store, "other").get(&file.id).unwrap(), None);
}

#[test]
fn content_is_written_first_and_the_directory_last() {
    let store = Memory::default();
    let id = put(&store, 1).id;
    let expected = [
        format!("default/files/{id}/0"),
        format!("default/files/{id}"),
        "default/files-directory/0".to_owned(),
    ];
    assert_eq!(*store.order.borrow(), expected);
}

#[test]
fn a_store_that_fails_at_any_point_leaves_nothing_behind() {
    for room in 0..3 {
        let store = Memory::default();
        store.room.set(Some(room));
        let failed = Registry::new(&store, "default").put(upload("a", "b"), entropy(1), 0);
        assert_eq!(failed, Err(Error::Store("no space left".into())));
        assert!(store.values.borrow().is_empty(), "{:?}", store.values.borrow().keys());
    }
}

#[test]
fn two_writers_both_get_their_line() {
    let store = Memory::default();
    put(&store, 1);
    *store.rival.borrow_mut() = Some(Box::new(|store| drop(put(store, 2))));
    put(&store, 3);
    let (mut names, _) = listed(&store, "");
    names.sort();
    assert_eq!(names, ["1.md", "2.md", "3.md"]);
}

#[test]
fn a_removal_keeps_what_another_writer_adds() {
    let store = Memory::default();
    let file = put(&store, 1);
    *store.rival.borrow_mut() = Some(Box::new(|store| drop(put(store, 2))));
    assert_eq!(Registry::new(&store, "default").delete(&file.id), Ok(true));
    assert_eq!(listed(&store, "").0, ["2.md"]);
}

#[test]
fn a_deleted_file_is_gone_with_its_content() {
    let store = Memory::default();
    let file = put(&store, 1);
    let registry = Registry::new(&store, "default");
    assert_eq!(registry.delete(&file.id), Ok(true));
    assert_eq!(registry.delete(&file.id), Ok(false));
    assert_eq!(registry.get(&file.id), Ok(None));
    assert!(store.values.borrow().keys().all(|key| !key.contains(&file.id)));
}

#[test]
fn a_list_runs_over_shards_in_the_order_of_uploads() {
    let store = Memory::default();
    let files: Vec<File> = (1..=1500).map(|n| put(&store, n)).collect();
    Registry::new(&store, "default").delete(&files[1000].id).unwrap();
    let all: Vec<String> = (1..=1500).filter(|n| *n != 1001).map(|n| format!("{n}.md")).collect();
    assert_eq!(listed(&store, "order=asc"), (all.clone(), false));

    let mut walked = Vec::new();
    let mut after = String::new();
    loop {
        let page = Page::parse(&format!("limit=100&after={after}"), 20, 10_000).unwrap();
        let (files, more) = Registry::new(&store, "default").list(&page, None).unwrap();
        after = files.last().unwrap().id.clone();
        walked.extend(files.into_iter().map(|f| f.filename));
        if !more {
            break;
        }
    }
    walked.reverse();
    assert_eq!(walked, all);
}

#[test]
fn a_list_can_be_of_one_purpose() {
    let store = Memory::default();
    put(&store, 1);
    let registry = Registry::new(&store, "default");
    let other = Upload { filename: "b", purpose: "user_data", content: "c" };
    registry.put(other, entropy(2), 0).unwrap();
    let page = Page::parse("", 20, 100).unwrap();
    assert_eq!(registry.list(&page, Some("user_data")).unwrap().0.len(), 1);
    assert_eq!(registry.list(&page, Some("batch")).unwrap().0.len(), 0);
    let lost = Page::parse("after=file-1", 20, 100).unwrap();
    assert!(matches!(registry.list(&lost, None), Err(Error::InvalidField { param, .. }) if param == "after"));
}

#[test]
fn an_id_that_is_none_never_reaches_the_store() {
    let store = Memory::default();
    store.values.borrow_mut().insert("default/files/../secret".into(), b"{}".to_vec());
    assert_eq!(Registry::new(&store, "default").get("../secret"), Ok(None));
}

#[test]
fn only_text_with_a_name_and_a_purpose_is_taken() {
    let form = |filename: Option<&str>, content: &'static [u8], purpose: &'static [u8]| {
        let parts = vec![
            Part { name: "purpose".into(), filename: None, content: purpose },
            Part { name: "file".into(), filename: filename.map(Into::into), content },
        ];
        Upload::from_form(&parts, 10).map(|u| u.content.to_owned())
    };
    assert_eq!(form(Some("a.md"), b"text", b"assistants"), Ok("text".into()));
    let code = |result: Result<String, Error>| result.unwrap_err().response().code;
    assert_eq!(code(form(Some("a.md"), b"", b"assistants")), "empty_file");
    assert_eq!(code(form(Some("a.md"), b"01234567890", b"assistants")), "body_too_large");
    assert_eq!(code(form(Some(""), b"text", b"assistants")), "invalid_value");
    assert_eq!(code(form(None, b"text", b"assistants")), "invalid_value");
    assert_eq!(code(form(Some("a\nb"), b"text", b"assistants")), "invalid_value");
    assert_eq!(code(form(Some("a"), b"text", b"fine-tune")), "invalid_value");
    assert_eq!(code(Upload::from_form(&[], 10).map(|u| u.content.to_owned())), "invalid_value");
    match form(Some("a.md"), b"text\xffmore", b"user_data") {
        Err(Error::InvalidUtf8 { offset, .. }) => assert_eq!(offset, 4),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_upload_that_is_named_is_there_once_however_often_it_is_sent() {
    let store = Memory::default();
    let registry = Registry::new(&store, "default");
    let put = |content| registry.put_once(upload("a.md", content), b"name", 7);
    let file = put("text").unwrap();
    assert_eq!(put("text").unwrap(), file);
    assert_eq!(listed(&store, ""), (vec!["a.md".to_owned()], false));
    assert!(matches!(put("other"), Err(Error::InvalidField { param, .. }) if param == "Idempotency-Key"));
    assert_eq!(registry.content(&file).unwrap(), "text");
    assert_ne!(registry.put_once(upload("a.md", "text"), b"other", 7).unwrap().id, file.id);
    assert!(registry.delete(&file.id).unwrap());
    assert_eq!(put("text").unwrap().id, file.id);
}

#[test]
fn two_who_send_the_same_upload_at_once_get_the_same_file() {
    let store = Memory::default();
    *store.rival.borrow_mut() = Some(Box::new(|store| {
        Registry::new(store, "default").put_once(upload("a.md", "text"), b"name", 7).unwrap();
    }));
    let registry = Registry::new(&store, "default");
    let file = registry.put_once(upload("a.md", "text"), b"name", 8).unwrap();
    assert_eq!((file.created_at, registry.content(&file).unwrap().as_str()), (7, "text"));
    assert_eq!(listed(&store, ""), (vec!["a.md".to_owned()], false));
}

#[test]
fn a_named_upload_that_broke_off_anywhere_is_whole_when_sent_again() {
    for room in 0..4 {
        let store = Memory::default();
        store.room.set(Some(room));
        let registry = Registry::new(&store, "default");
        let first = registry.put_once(upload("a.md", "text"), b"name", 7);
        assert_eq!(first.is_ok(), room == 3, "{room}");
        store.room.set(None);
        let file = registry.put_once(upload("a.md", "text"), b"name", 8).unwrap();
        assert_eq!(registry.content(&file).unwrap(), "text");
        assert_eq!(listed(&store, ""), (vec!["a.md".to_owned()], false), "{room}");
    }
}
