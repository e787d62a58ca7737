//! What a caller wants between quality and price.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which of the allowed models comes first. In a configuration `"best"`, `"cheapest"` or a number such as `0.95`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Quality {
    /// The one that most probably does the prompt well, at any price.
    Best,
    /// The best value, at a loss of at most `1 − x` of the probability that the best one has to do the prompt well, and only of as much
    /// of it as is saved of the best one's cost: with 0.95, two points less for 40% off, five for 100%. A difference, not a ratio:
    /// where every model is likely to fail, a dear one is not worth its price. Above 0, at most 1.
    Share(f64),
    /// The one with the lowest expected cost, whatever its quality. Needs no prediction.
    Cheapest,
}

impl Quality {
    /// As it is written by hand.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim().parse::<f64>() {
            Ok(number) => Self::try_from(Written::Number(number)),
            Err(_) => Self::try_from(Written::Word(text.trim().to_owned())),
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Best => f.write_str("best"),
            Self::Share(share) => write!(f, "{share}"),
            Self::Cheapest => f.write_str("cheapest"),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Word(String),
}

impl TryFrom<Written> for Quality {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(share) if share > 0.0 && share <= 1.0 => Ok(Self::Share(share)),
            Written::Word(word) if word == "best" => Ok(Self::Best),
            Written::Word(word) if word == "cheapest" => Ok(Self::Cheapest),
            Written::Number(other) => Err(format!("quality {other}: write a number above 0 and at most 1")),
            Written::Word(other) => {
                Err(format!("quality {other:?}: write \"best\", \"cheapest\" or a number such as 0.95"))
            }
        }
    }
}

impl From<Quality> for Written {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Best => Self::Word("best".to_owned()),
            Quality::Share(share) => Self::Number(share),
            Quality::Cheapest => Self::Word("cheapest".to_owned()),
        }
    }
}
