//! `GET /v1/gusset/usage`: a question to the journal, and its answer.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::journal::DAYS;
use super::sums::{Names, Sums};
use crate::calendar::Day;
use crate::{Error, page};

/// What rows are summed up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// What the application calls what it does.
    Feature,
    /// Whom it does it for.
    User,
    /// The key's name.
    Key,
    /// The model that answered.
    Model,
}

/// A question to the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the sums are of.
    pub by: By,
    /// The first day.
    pub from: Day,
    /// The last day, included.
    pub to: Day,
}

impl Report {
    /// Reads a query string: `by` (`model`), `from` (the month's first day) and `to` (today), in UTC. `now` is Unix time in seconds.
    ///
    /// # Errors
    /// [`Error::InvalidField`] for what is none of the four, no day, or a day that isn't kept.
    pub fn parse(query: &str, now: u64) -> Result<Self, Error> {
        let by = match page::value(query, "by").as_deref() {
            None | Some("model") => By::Model,
            Some("feature") => By::Feature,
            Some("user") => By::User,
            Some("key") => By::Key,
            Some(_) => return Err(Error::invalid("by", "`by` must be `feature`, `user`, `key` or `model`.")),
        };
        let today = Day::of(now);
        let day = |name: &str, default: Day| match page::value(query, name) {
            None => Ok(default),
            Some(text) => Day::parse(&text)
                .ok_or_else(|| Error::invalid(name, format!("`{name}` must be a day, as `2026-11-24` is."))),
        };
        let to = day("to", today)?;
        let from = day("from", Day::first_of(to.month()))?;
        let oldest = Day(today.0.saturating_sub(DAYS - 1));
        if from < oldest {
            return Err(Error::invalid(
                "from",
                format!("`from` must be {oldest} or later: {DAYS} days are kept."),
            ));
        }
        if to < from || to > today {
            return Err(Error::invalid("to", format!("`to` must be from {from} to {today}.")));
        }
        Ok(Self { by, from, to })
    }

    /// The answer: one line for each name, dearest first, and the sum of all.
    #[must_use]
    pub fn answer(&self, rows: Vec<(Names, Sums)>) -> Value {
        let mut total = Sums::default();
        let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
        for (names, row) in rows {
            total.add(&row);
            sums.entry(self.by.of(names)).or_default().add(&row);
        }
        let mut sums: Vec<(String, Sums)> = sums.into_iter().collect();
        sums.sort_by_key(|(_, sums)| Reverse((sums.cost, sums.requests)));
        let lines: Vec<Value> =
            sums.iter().map(|(name, sums)| line(self.by.name(), Some(name), sums)).collect();
        json!({
            "object": "gusset.usage",
            "by": self.by.name(),
            "from": self.from.to_string(),
            "to": self.to.to_string(),
            "data": lines,
            "total": line(self.by.name(), None, &total),
        })
    }
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::User => "user",
            Self::Key => "key",
            Self::Model => "model",
        }
    }

    fn of(self, names: Names) -> String {
        match self {
            Self::Feature => names.feature,
            Self::User => names.user,
            Self::Key => names.key,
            Self::Model => names.model,
        }
    }
}

/// `name` is null where nobody said one. The cost is null where no call's price is known, and a note says what it leaves out.
fn line(by: &str, name: Option<&str>, sums: &Sums) -> Value {
    let Sums { requests, prompt, completion, cached_read, cached_write, reasoning, cost, unpriced } = sums;
    let unknown = *unpriced > 0 && unpriced == requests;
    let note = match unpriced {
        0 => None,
        _ if unknown => Some("no call has a known price".to_owned()),
        some => Some(format!("the cost leaves out {some} calls without a known price")),
    };
    let mut line = json!({
        "requests": requests,
        "tokens": {
            "prompt": prompt,
            "completion": completion,
            "cached_read": cached_read,
            "cached_write": cached_write,
            "reasoning": reasoning,
        },
        "cost_usd": (!unknown).then(|| cost.usd()),
        "requests_without_price": unpriced,
        "note": note,
    });
    if let (Some(name), Some(line)) = (name, line.as_object_mut()) {
        line.insert(by.to_owned(), if name.is_empty() { Value::Null } else { name.into() });
    }
    line
}
