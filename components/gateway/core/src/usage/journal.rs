//! A tenant's days in a key-value store.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::sums::{Entry, Names, OTHER, Sums};
use crate::Error;
use crate::calendar::Day;
use crate::files::Store;
use crate::swap::{Change, update};

/// Days that are kept: a quarter of a year, the longest that ends today.
pub const DAYS: u64 = 93;
/// Values a day. Calls of different names rarely meet in one, and a report of a month reads some 500 of them.
const SHARDS: u64 = 16;
/// Rows of a value, beside those of [`OTHER`]: some 8 kB, which each call rewrites. A day tells 1,024 apart.
const ROWS: usize = 64;
/// Values read in one call of the store.
const BATCH: usize = 128;

/// The journal of one tenant.
#[derive(Debug)]
pub struct Journal<'a, S> {
    store: &'a S,
    tenant: &'a str,
}

/// A value of the store: some rows of a day.
#[derive(Default, Serialize, Deserialize)]
struct Shard {
    /// As [`Day`] counts. A shard of another day than is asked for is empty, or over.
    day: u64,
    rows: Vec<(Names, Sums)>,
}

impl<'a, S: Store> Journal<'a, S> {
    /// The journal of `tenant`, a name without `/`.
    pub fn new(store: &'a S, tenant: &'a str) -> Self {
        Self { store, tenant }
    }

    /// Adds a call to its day: one look and one swap.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Overloaded`]; the call is then in no sum.
    pub fn record(&self, day: Day, entry: &Entry) -> Result<(), Error> {
        let place = self.place(day, shard_of(&entry.names));
        let sums = Sums::of(&entry.usage, entry.cost);
        update(self.store, &place, |value| {
            let mut shard = read(&place, value)?;
            if shard.day > day.0 {
                // A quarter late: its day is over, and another is kept in its place.
                return Ok(Change::Leave(()));
            }
            if shard.day < day.0 {
                shard = Shard { day: day.0, rows: Vec::new() };
            }
            shard.add(&entry.names, &sums);
            let value = serde_json::to_vec(&shard).map_err(|e| Error::Internal(e.to_string()))?;
            Ok(Change::Write(value, ()))
        })
    }

    /// The rows of the days from `from` to `to`, both included; rows of different days or values are not summed up.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn read(&self, from: Day, to: Day) -> Result<Vec<(Names, Sums)>, Error> {
        let places = |day| (0..SHARDS).map(move |shard| (day, self.place(Day(day), shard)));
        let places: Vec<(u64, String)> = (from.0..=to.0).flat_map(places).collect();
        let mut rows = Vec::new();
        for batch in places.chunks(BATCH) {
            let keys: Vec<String> = batch.iter().map(|(_, key)| key.clone()).collect();
            let values = self.store.get_many(&keys).map_err(Error::Store)?;
            for ((day, place), value) in batch.iter().zip(values) {
                let shard = read(place, value.as_deref())?;
                if shard.day == *day {
                    rows.extend(shard.rows);
                }
            }
        }
        Ok(rows)
    }

    fn place(&self, day: Day, shard: u64) -> String {
        format!("{}/usage/{}/{shard}", self.tenant, day.0 % DAYS)
    }
}

impl Shard {
    fn add(&mut self, names: &Names, sums: &Sums) {
        let other = || OTHER.to_owned();
        // Users are the many: they are the first that are no longer told apart.
        let without_user = Names { user: other(), ..names.clone() };
        let without_any = Names { key: other(), feature: other(), user: other(), model: other() };
        let room = ROWS.saturating_sub(self.rows.len());
        let known = |names: &Names| self.rows.iter().position(|(known, _)| known == names);
        let found = known(names).or_else(|| {
            let full = || known(&without_user).or_else(|| known(&without_any));
            if room == 0 { full() } else { None }
        });
        if let Some((_, row)) = found.and_then(|at| self.rows.get_mut(at)) {
            return row.add(sums);
        }
        // The last row is for the users of these; what comes after it and is of others shares one row more.
        let names = match room {
            0 => without_any,
            1 => without_user,
            _ => names.clone(),
        };
        self.rows.push((names, *sums));
    }
}

fn shard_of(names: &Names) -> u64 {
    let Names { key, feature, user, model } = names;
    let digest = Sha256::digest([key, feature, user, model].map(String::as_str).join("\0"));
    digest.first().map_or(0, |byte| u64::from(*byte) % SHARDS)
}

fn read(place: &str, value: Option<&[u8]>) -> Result<Shard, Error> {
    let Some(bytes) = value else { return Ok(Shard::default()) };
    serde_json::from_slice(bytes).map_err(|e| Error::Store(format!("`{place}` holds no sums: {e}")))
}
