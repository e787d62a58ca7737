//! What is kept of an answer, and what is told of it later.

use gusset_types::Part;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::item::Item;
use crate::Error;
use crate::page::{List, Page};
use crate::responses::Record;

/// A record's content.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// As it was answered.
    pub(super) response: Box<RawValue>,
    /// What it answers.
    pub(super) input: Vec<Item>,
    /// Its parts, seals included.
    pub(super) answer: Vec<Part>,
}

/// OpenAI's bounds of a page of items.
const DEFAULT_PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

impl Kept {
    pub(super) fn read(record: &Record) -> Result<Self, Error> {
        let broken = |e| Error::Store(format!("the record of `{}` is damaged: {e}", record.id));
        serde_json::from_str(record.content.get()).map_err(broken)
    }
}

/// `GET /v1/responses/{id}`: the response as it was answered.
///
/// # Errors
/// [`Error::Store`], where the record is damaged.
pub fn response(record: &Record) -> Result<Box<RawValue>, Error> {
    Ok(Kept::read(record)?.response)
}

/// `GET /v1/responses/{id}/input_items`: what the response answers, without what it goes on from.
///
/// # Errors
/// [`Error::Store`], where the record is damaged; [`Error::InvalidField`], where the query string asks for no page.
pub fn input_items(record: &Record, query: &str) -> Result<List<Item>, Error> {
    let page = Page::parse(query, DEFAULT_PAGE, LARGEST_PAGE)?;
    let id = |item: &Item| item.id.clone().unwrap_or_default();
    let items: Vec<(String, Item)> =
        Kept::read(record)?.input.into_iter().map(|item| (id(&item), item)).collect();
    let (items, has_more) = page.cut(items, |(id, _)| id)?;
    let items = items.into_iter().map(|(_, item)| item).collect();
    Ok(List::new(items, has_more, |item: &Item| item.id.as_deref().unwrap_or_default()))
}

/// `DELETE /v1/responses/{id}`.
#[must_use]
pub fn deleted(id: &str) -> serde_json::Value {
    json!({ "id": id, "object": "response", "deleted": true })
}
