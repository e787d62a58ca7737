//! Filters on metadata: what a document has to say for its passages to count.
//!
//! Fields are kept as hashes of 64 bits beside the vectors, and as numbers where they are some, so that a scan can tell without reading the document.

use gusset_types::{Condition, Test};
use serde::{Deserialize, Serialize};

use crate::Error;

/// One key and value of a document's metadata, as a scan compares it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Field {
    key: u32,
    pair: u64,
    number: Option<f64>,
}

/// Conditions of which all must hold, ready to be compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter(Vec<(u32, Compiled)>);

/// A condition as an existing engine compares it, with hashes for texts.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// The document has one of these pairs.
    AnyOf(Vec<u64>),
    /// The document has a number under this key, from `low` to `high`, which may be infinite.
    Between {
        /// Hash of the key.
        key: u32,
        /// Least value that meets it.
        low: f64,
        /// Greatest value that meets it.
        high: f64,
    },
}

/// A document's metadata as clauses are compared with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    /// Hashes of keys with their values.
    pub pairs: Vec<u64>,
    /// Values that are numbers, with the hashes of their keys.
    pub numbers: Vec<(u32, f64)>,
}

impl Fields {
    /// Of a document with this metadata.
    pub(crate) fn of(metadata: &[(String, String)]) -> Self {
        let all = fields(metadata);
        Self {
            pairs: all.iter().map(|field| field.pair).collect(),
            numbers: all.iter().filter_map(|field| Some((field.key, field.number?))).collect(),
        }
    }
}

#[derive(Clone, Debug)]
enum Compiled {
    AnyOf(Vec<u64>),
    Between(f64, f64),
}

/// Most conditions of a query, and most values of one of them.
const MOST: usize = 256;

/// Values of a condition that are looked up in postings, at most.
const MOST_SOUGHT: usize = 16;

impl Field {
    /// As postings name it, among the hashes of terms: what else has the same is told apart by [`Filter::holds`].
    pub(crate) fn term(&self) -> u32 {
        term(self.pair)
    }
}

fn term(pair: u64) -> u32 {
    (pair >> 32 ^ pair) as u32
}

/// A document's metadata as fields.
pub(crate) fn fields(metadata: &[(String, String)]) -> Vec<Field> {
    metadata
        .iter()
        .map(|(key, value)| Field {
            key: hash(&[key]) as u32,
            pair: hash(&[key, value]),
            number: value.trim().parse().ok().filter(|number: &f64| !number.is_nan()),
        })
        .collect()
}

impl Filter {
    /// Conditions, checked.
    pub(crate) fn new(conditions: &[Condition]) -> Result<Self, Error> {
        let refuse = |what: String| Err(Error::InvalidRequest(format!("query.filter {what}")));
        if conditions.len() > MOST {
            return refuse(format!("has {} conditions; use at most {MOST}", conditions.len()));
        }
        let mut compiled = Vec::with_capacity(conditions.len());
        for Condition { key, test } in conditions {
            let test = match test {
                Test::AnyOf(values) if values.is_empty() || values.len() > MOST => {
                    return refuse(format!("has {} values for {key:?}; use 1 to {MOST}", values.len()));
                }
                Test::AnyOf(values) => {
                    Compiled::AnyOf(values.iter().map(|value| hash(&[key, value])).collect())
                }
                Test::Between(low, high) if [low, high].into_iter().flatten().any(|bound| bound.is_nan()) => {
                    return refuse(format!(
                        "has a bound for {key:?} that is no number; use numbers or leave it out"
                    ));
                }
                Test::Between(low, high) => {
                    Compiled::Between(low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY))
                }
            };
            compiled.push((hash(&[key]) as u32, test));
        }
        Ok(Self(compiled))
    }

    /// What an engine compares: the conditions by the hashes that [`fields`] gives.
    pub(crate) fn clauses(&self) -> Vec<Clause> {
        let clause = |(key, test): &(u32, Compiled)| match test {
            Compiled::AnyOf(pairs) => Clause::AnyOf(pairs.clone()),
            &Compiled::Between(low, high) => Clause::Between { key: *key, low, high },
        };
        self.0.iter().map(clause).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Terms of which a passage must have one, if the conditions say so: those of the one with the fewest values.
    pub(crate) fn terms(&self) -> Vec<u32> {
        let pairs = self.0.iter().filter_map(|(_, test)| match test {
            Compiled::AnyOf(pairs) if pairs.len() <= MOST_SOUGHT => Some(pairs),
            _ => None,
        });
        let fewest = pairs.min_by_key(|pairs| pairs.len());
        fewest.into_iter().flatten().map(|&pair| term(pair)).collect()
    }

    /// Whether all conditions hold.
    pub(crate) fn holds(&self, fields: &[Field]) -> bool {
        self.0.iter().all(|(key, test)| {
            fields.iter().filter(|field| field.key == *key).any(|field| match test {
                Compiled::AnyOf(pairs) => pairs.contains(&field.pair),
                Compiled::Between(low, high) => {
                    field.number.is_some_and(|number| *low <= number && number <= *high)
                }
            })
        })
    }
}

/// FNV-1a with 64 bits; each text ends with a byte that UTF-8 doesn't have.
fn hash(texts: &[&str]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(conditions: &[(&str, Test)]) -> bool {
        let metadata = [("lang", "de"), ("lang", "en"), ("year", "1998"), ("draft", "")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let conditions: Vec<_> = conditions
            .iter()
            .map(|(key, test)| Condition { key: (*key).to_owned(), test: test.clone() })
            .collect();
        Filter::new(&conditions).unwrap().holds(&fields(&metadata))
    }

    fn any(values: &[&str]) -> Test {
        Test::AnyOf(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn conditions_hold_as_they_say() {
        assert!(holds(&[]));
        assert!(holds(&[("lang", any(&["de"]))]) && holds(&[("lang", any(&["fr", "en"]))]));
        assert!(!holds(&[("lang", any(&["fr"]))]) && !holds(&[("language", any(&["de"]))]));
        assert!(holds(&[("draft", any(&[""]))]));
        assert!(holds(&[("year", Test::Between(Some(1998.0), Some(1998.0)))]));
        assert!(holds(&[("year", Test::Between(None, Some(2000.0))), ("lang", any(&["de"]))]));
        assert!(!holds(&[("year", Test::Between(Some(1998.5), None))]));
        assert!(!holds(&[("lang", Test::Between(None, None))]), "no number");
        assert!(!holds(&[("year", Test::Between(None, None)), ("lang", any(&["fr"]))]));
    }

    #[test]
    fn refusals_name_the_field_and_the_remedy() {
        let refused = |test| {
            let condition = Condition { key: "k".to_owned(), test };
            Filter::new(&[condition]).unwrap_err().to_string()
        };
        assert!(refused(any(&[])).contains("query.filter has 0 values for \"k\"; use 1 to 256"));
        assert!(refused(Test::Between(Some(f64::NAN), None)).contains("use numbers"));
    }
}
