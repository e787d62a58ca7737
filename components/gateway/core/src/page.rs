//! Lists in pages, as the OpenAI API has them: `limit`, `after`, `before`, `order`.

use serde::Serialize;

use crate::Error;

/// Which way a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    Ascending,
    /// Newest first.
    Descending,
}

/// The page that a query string asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Items at most.
    pub limit: usize,
    /// Which way the list runs.
    pub order: Order,
    /// The page begins behind this item.
    pub after: Option<String>,
    /// The page ends before this item.
    pub before: Option<String>,
}

/// Items of a [`Step`], at most.
const LONGEST_STEP: usize = 1000;

/// A page in whichever order costs least: `order=any`, which is Gusset's own. What reads all of a long list asks for it, because
/// a page by age has to look at every item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Items at most.
    pub limit: u32,
    /// The page begins behind this item, which need not be there any more.
    pub after: Option<String>,
}

/// A page of a list, in OpenAI's shape.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct List<T> {
    object: &'static str,
    /// The items.
    pub data: Vec<T>,
    first_id: Option<String>,
    last_id: Option<String>,
    has_more: bool,
}

/// A value of a query string.
#[must_use]
pub fn value(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.into_owned())
}

/// A number of a query string.
///
/// # Errors
/// [`Error::InvalidField`] outside `1..=most`.
pub fn limit(query: &str, default: usize, most: usize) -> Result<usize, Error> {
    let Some(text) = value(query, "limit") else { return Ok(default) };
    let number = text.parse().ok().filter(|n| (1..=most).contains(n));
    number.ok_or_else(|| Error::invalid("limit", format!("`limit` must be a whole number from 1 to {most}.")))
}

impl Step {
    /// Reads a query string; `None` where it asks for another order.
    ///
    /// # Errors
    /// [`Error::InvalidField`] for a limit outside 1 to 1000; [`Error::Unsupported`] for `before`.
    pub fn parse(query: &str, default: usize) -> Result<Option<Self>, Error> {
        if value(query, "order").as_deref() != Some("any") {
            return Ok(None);
        }
        if value(query, "before").is_some() {
            return Err(Error::unsupported("before", "in the order `any` a list runs forward, by `after`"));
        }
        let limit = limit(query, default, LONGEST_STEP)?;
        Ok(Some(Self { limit: u32::try_from(limit).unwrap_or(u32::MAX), after: value(query, "after") }))
    }
}

impl Page {
    /// Reads a query string.
    ///
    /// # Errors
    /// [`Error::InvalidField`] for a limit outside `1..=most` and an order that is neither `asc` nor `desc`.
    pub fn parse(query: &str, default: usize, most: usize) -> Result<Self, Error> {
        let order = match value(query, "order").as_deref() {
            None | Some("desc") => Order::Descending,
            Some("asc") => Order::Ascending,
            Some(_) => return Err(Error::invalid("order", "`order` must be `asc` or `desc`.")),
        };
        let (after, before) = (value(query, "after"), value(query, "before"));
        Ok(Self { limit: limit(query, default, most)?, order, after, before })
    }

    /// Cuts the page out of a whole list, which is ascending.
    ///
    /// # Errors
    /// [`Error::InvalidField`] for a cursor that is not in the list.
    pub fn cut<T>(&self, mut items: Vec<T>, id: impl Fn(&T) -> &str) -> Result<(Vec<T>, bool), Error> {
        if self.order == Order::Descending {
            items.reverse();
        }
        let find = |items: &[T], param: &str, cursor: &str| {
            let position = items.iter().position(|item| id(item) == cursor);
            position.ok_or_else(|| Error::invalid(param, format!("There is no `{cursor}` in this list.")))
        };
        if let Some(cursor) = &self.before {
            let at = find(&items, "before", cursor)?;
            items.truncate(at);
        }
        if let Some(cursor) = &self.after {
            let at = find(&items, "after", cursor)?;
            items.drain(..=at);
        } else if self.before.is_some() {
            // Walking back: the page is the one right before the cursor.
            let skipped = items.len().saturating_sub(self.limit);
            items.drain(..skipped);
            return Ok((items, skipped > 0));
        }
        let has_more = items.len() > self.limit;
        items.truncate(self.limit);
        Ok((items, has_more))
    }
}

impl<T> List<T> {
    /// A page and whether there is more behind it.
    pub fn new(data: Vec<T>, has_more: bool, id: impl Fn(&T) -> &str) -> Self {
        let first_id = data.first().map(|item| id(item).to_owned());
        let last_id = data.last().map(|item| id(item).to_owned());
        Self { object: "list", data, first_id, last_id, has_more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: &[&str], more: bool) {
        let page = Page::parse(query, 2, 100).unwrap();
        let items = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        let (items, has_more) = page.cut(items, |item| item).unwrap();
        assert_eq!((items, has_more), (expected.iter().map(|s| (*s).to_owned()).collect(), more), "{query}");
    }

    #[test]
    fn a_list_is_walked_in_both_ways() {
        check("", &["e", "d"], true);
        check("after=d", &["c", "b"], true);
        check("after=b", &["a"], false);
        check("after=a", &[], false);
        check("order=asc&limit=3", &["a", "b", "c"], true);
        check("order=asc&after=c&limit=2", &["d", "e"], false);
        check("before=c&limit=1", &["d"], true);
        check("order=asc&before=c&limit=9", &["a", "b"], false);
        check("order=asc&after=a&before=d&limit=9", &["b", "c"], false);
    }

    #[test]
    fn what_cannot_be_is_named() {
        let check = |query: &str, expected: &str| match Page::parse(query, 20, 100) {
            Err(Error::InvalidField { param, .. }) => assert_eq!(param, expected, "{query}"),
            other => panic!("{query}: {other:?}"),
        };
        check("limit=0", "limit");
        check("limit=101", "limit");
        check("limit=ten", "limit");
        check("order=up", "order");
        let page = Page::parse("after=zz", 20, 100).unwrap();
        let cut = page.cut(vec!["a".to_owned()], |item| item);
        assert!(matches!(cut, Err(Error::InvalidField { param, .. }) if param == "after"));
    }

    #[test]
    fn a_step_runs_forward_in_any_order() {
        assert_eq!(Step::parse("order=asc&limit=3", 20).unwrap(), None);
        let step = Step::parse("limit=1000&order=any&after=x", 20).unwrap();
        assert_eq!(step, Some(Step { limit: 1000, after: Some("x".to_owned()) }));
        for query in ["order=any&limit=1001", "order=any&before=x"] {
            assert!(Step::parse(query, 20).is_err(), "{query}");
        }
    }

    #[test]
    fn values_are_decoded() {
        assert_eq!(value("a=1&purpose=user%5Fdata+x", "purpose").as_deref(), Some("user_data x"));
        assert_eq!(value("purpose=", "purpose"), None);
    }

    #[test]
    fn a_page_says_its_ends() {
        let list = List::new(vec!["a".to_owned(), "b".to_owned()], true, |item| item);
        let json = serde_json::to_value(&list).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"object": "list", "data": ["a", "b"], "first_id": "a", "last_id": "b", "has_more": true})
        );
        let empty: List<String> = List::new(vec![], false, |item| item);
        assert_eq!(serde_json::to_value(&empty).unwrap()["first_id"], serde_json::Value::Null);
    }
}
