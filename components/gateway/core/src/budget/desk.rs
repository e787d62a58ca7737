//! Where a call reserves what it may use, and settles what it did.

use std::collections::BTreeMap;

use gusset_types::Cost;

use super::exceeded::Exceeded;
use super::ledger::{Excess, Ledger, Use};
use super::rules::{Count, Unpriced};
use crate::Error;
use crate::files::Store;
use crate::swap::{Change, update};

/// The counts of one subject, by budget.
type Book = BTreeMap<String, Ledger>;

/// The counts in a store.
#[derive(Debug)]
pub struct Desk<'a, S> {
    store: &'a S,
}

/// What a call may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// As the request names it.
    pub model: String,
    /// Of the prompt and, at most, of the completion.
    pub tokens: u64,
    /// Of these. `None`: no price is known.
    pub cost: Option<Cost>,
}

/// What a call used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actual {
    /// Of prompt and completion.
    pub tokens: u64,
    /// Of these. `None`: no price is known; what was reserved is then counted as spent.
    pub cost: Option<Cost>,
}

/// What a call holds until it is settled. Dropped, it expires.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use = "what is reserved is counted as used until it is settled"]
pub struct Reservation {
    lines: Vec<Line>,
    reserved: Use,
}

/// What is held of one subject.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    place: String,
    budgets: Vec<(String, u64)>,
}

impl Reservation {
    /// Whether nothing is held, so that there is nothing to settle.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl<'a, S: Store> Desk<'a, S> {
    /// The counts that `store` keeps.
    pub fn new(store: &'a S) -> Self {
        Self { store }
    }

    /// Counts a call in all of `counts`, or in none. `now` is Unix time in seconds.
    ///
    /// # Errors
    /// [`Error::BudgetExceeded`] for the first limit that it would exceed, [`Error::Unpriced`] where spending is limited and the call's
    /// cost can't be known, [`Error::Store`] and [`Error::Overloaded`].
    pub fn reserve(&self, counts: &[Count], estimate: &Estimate, now: u64) -> Result<Reservation, Error> {
        if let (None, Some(count)) = (estimate.cost, counts.iter().find(|count| count.needs_price())) {
            return Err(Error::Unpriced { budget: count.budget.clone(), model: estimate.model.clone() });
        }
        let reserved = Use { tokens: estimate.tokens, cost: estimate.cost.unwrap_or_default() };
        let mut held = Reservation { lines: Vec::new(), reserved };
        for counts in counts.chunk_by(|a, b| a.place == b.place) {
            match self.reserve_at(counts, reserved, now) {
                Ok(line) => held.lines.push(line),
                Err(error) => {
                    // What can't be taken back expires; the error to tell is the first.
                    let _ = self.cancel(held, now);
                    return Err(error);
                }
            }
        }
        Ok(held)
    }

    /// Replaces what a call reserved by what it used.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Overloaded`]; what is not settled then expires.
    pub fn settle(&self, reservation: Reservation, actual: Actual, now: u64) -> Result<(), Error> {
        let reserved = reservation.reserved;
        let used = Use { tokens: actual.tokens, cost: actual.cost.unwrap_or(reserved.cost) };
        self.close(reservation, |ledger, minute| ledger.settle(minute, reserved, used, now))
    }

    /// Takes back a call that did not take place: it does not count as a request either.
    ///
    /// # Errors
    /// As [`Desk::settle`].
    pub fn cancel(&self, reservation: Reservation, now: u64) -> Result<(), Error> {
        let reserved = reservation.reserved;
        self.close(reservation, |ledger, minute| ledger.cancel(minute, reserved, now))
    }

    fn reserve_at(&self, counts: &[Count], asked: Use, now: u64) -> Result<Line, Error> {
        let place = counts.first().map(|count| count.place.clone()).unwrap_or_default();
        update(self.store, &place, |value| {
            let mut book = read(&place, value)?;
            let mut budgets = Vec::with_capacity(counts.len());
            for count in counts {
                let ledger = book.entry(count.budget.clone()).or_default();
                let minute = ledger.reserve(&count.limits, asked, now).map_err(|e| count.exceeded(e))?;
                budgets.push((count.budget.clone(), minute));
            }
            // Budgets that are configured no longer go when their last month has.
            book.retain(|_, ledger| !ledger.is_past(now));
            Ok(Change::Write(write(&book)?, Line { place: place.clone(), budgets }))
        })
    }

    fn close(&self, reservation: Reservation, close: impl Fn(&mut Ledger, u64)) -> Result<(), Error> {
        let mut result = Ok(());
        for line in reservation.lines {
            let closed = update(self.store, &line.place, |value| {
                let mut book = read(&line.place, value)?;
                for (budget, minute) in &line.budgets {
                    close(book.entry(budget.clone()).or_default(), *minute);
                }
                Ok(Change::Write(write(&book)?, ()))
            });
            // One subject's failure is no reason to leave the others unsettled.
            result = result.and(closed);
        }
        result
    }
}

impl Count {
    fn needs_price(&self) -> bool {
        self.unpriced == Unpriced::Refuse && self.limits.bound_spending()
    }

    fn exceeded(&self, excess: Excess) -> Error {
        let Excess { measure, limit, used, asked, reset, retry_after } = excess;
        Error::BudgetExceeded(Box::new(Exceeded {
            budget: self.budget.clone(),
            subject: self.subject.clone(),
            measure,
            limit,
            used,
            asked,
            reset,
            retry_after,
        }))
    }
}

fn read(place: &str, value: Option<&[u8]>) -> Result<Book, Error> {
    let Some(bytes) = value else { return Ok(Book::new()) };
    serde_json::from_slice(bytes).map_err(|e| Error::Store(format!("`{place}` holds no counts: {e}")))
}

fn write(book: &Book) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(book).map_err(|e| Error::Internal(e.to_string()))
}
