//! Numbers, however they are spelled, and what they count: units, months, days.

use super::among;
use crate::words::Word;

const UNITS: [(&str, u64); 30] = [
    ("zero", 0),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("dozen", 12),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("ninth", 9),
    ("tenth", 10),
    ("twice", 2),
    ("triple", 3),
];
const TENS: [(&str, u64); 8] = [
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
];
const SCALES: [(&str, u64); 4] =
    [("hundred", 100), ("thousand", 1_000), ("million", 1_000_000), ("billion", 1_000_000_000)];

/// Measures that have several spellings: the first is what they are compared by.
const MEASURES: [&str; 52] = [
    " km kilometer kilometers kilometre kilometres ",
    " m meter meters metre metres ",
    " cm centimeter centimeters centimetre centimetres ",
    " mm millimeter millimeters millimetre millimetres ",
    " mile miles mi ",
    " foot feet ft ",
    " inch inches ",
    " yard yards ",
    " kg kilogram kilograms kilo kilos ",
    " g gram grams ",
    " mg milligram milligrams ",
    " lb lbs pound pounds ",
    " oz ounce ounces ",
    " ton tons tonne tonnes ",
    " l liter liters litre litres ",
    " ml milliliter milliliters millilitre millilitres ",
    " gallon gallons ",
    " cup cups ",
    " second seconds sec secs ",
    " minute minutes min mins ",
    " hour hours hr hrs hourly ",
    " day days daily ",
    " week weeks weekly ",
    " month months monthly ",
    " year years yearly annual annually ",
    " decade decades ",
    " century centuries ",
    " kb kilobyte kilobytes ",
    " mb megabyte megabytes ",
    " gb gigabyte gigabytes ",
    " tb terabyte terabytes ",
    " celsius ",
    " fahrenheit ",
    " kelvin ",
    " dollar dollars usd $ ",
    " euro euros eur € ",
    " rupee rupees inr ₹ rs ",
    " percent % percentage ",
    " january jan ",
    " february feb ",
    " april apr ",
    " june jun ",
    " july jul ",
    " august aug ",
    " september sep sept ",
    " october oct ",
    " november nov ",
    " december dec ",
    " morning mornings ",
    " evening evenings ",
    " today tonight ",
    " weekend weekends ",
];
/// Each by itself. `may` and `march` are looked at as names.
const DAYS: &str = " monday tuesday wednesday thursday friday saturday sunday yesterday tomorrow spring summer autumn winter christmas easter halloween thanksgiving ";

/// The numbers of a question, in their order.
pub(super) fn numbers(words: &[Word]) -> Vec<String> {
    let mut found = Vec::new();
    // What is being spelled out: the part below the last scale, and the whole.
    let mut spelled: Option<(u64, u64)> = None;
    for word in words {
        let text = word.text.as_str();
        let value =
            |table: &[(&str, u64)]| table.iter().find(|(name, _)| *name == text).map(|&(_, value)| value);
        if let Some(scale) = value(&SCALES) {
            spelled = Some(match (spelled, last_digits(&mut found)) {
                (Some((part, whole)), _) if scale == 100 => (part.max(1) * 100, whole),
                (Some((part, whole)), _) => (0, whole.saturating_add(part.max(1).saturating_mul(scale))),
                (None, Some(digits)) => (0, digits.saturating_mul(scale)),
                (None, None) if scale == 100 => (100, 0),
                (None, None) => (0, scale),
            });
            continue;
        }
        let part = match spelled {
            // `twenty five`, `two hundred five`, but `three four` are two numbers.
            Some((part, whole))
                if part == 0 || part % 100 == 0 || part % 10 == 0 && value(&TENS).is_none() =>
            {
                value(&UNITS)
                    .or(value(&TENS))
                    .or((text == "one").then_some(1))
                    .map(|more| (part + more, whole))
            }
            _ => None,
        };
        if part.is_some() {
            spelled = part;
            continue;
        }
        end(&mut spelled, &mut found);
        if let Some(number) = value(&UNITS).or(value(&TENS)) {
            spelled = Some((number, 0));
        } else if let Some(number) = digits(text).or_else(|| roman(word)) {
            found.push(number);
        }
    }
    end(&mut spelled, &mut found);
    found
}

/// The measures of a question, in the order of their names.
pub(super) fn measures(words: &[Word]) -> Vec<&str> {
    let mut found: Vec<&str> = words.iter().filter_map(measure).collect();
    found.sort_unstable();
    found
}

fn measure(word: &Word) -> Option<&str> {
    // `5km` is `5 km`.
    let text = word.text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    // A single letter is a measure behind a digit only.
    if text.len() == 1 && text.len() == word.text.len() && text.is_ascii() && !matches!(text, "$" | "%") {
        return None;
    }
    if among(DAYS, text) {
        return Some(text);
    }
    MEASURES.iter().find(|spellings| among(spellings, text)).copied()
}

fn end(spelled: &mut Option<(u64, u64)>, found: &mut Vec<String>) {
    if let Some((part, whole)) = spelled.take() {
        found.push((whole.saturating_add(part)).to_string());
    }
}

/// Takes a whole number in digits back, because a scale follows it.
fn last_digits(found: &mut Vec<String>) -> Option<u64> {
    let digits = found.last()?.parse().ok()?;
    found.pop();
    Some(digits)
}

/// A number in digits: `1,000`, `2.50`, `4th`, `10k`, `5gb`. A code such as `m605` is a name.
fn digits(text: &str) -> Option<String> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    // `0x80070057` is a code, and all of it counts.
    if rest.contains(|c: char| c.is_ascii_digit()) {
        return Some(text.to_owned());
    }
    let mut number = number.replace(',', "");
    if number.contains('.') {
        number = number.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    if rest == "k" {
        number.push_str("000");
    }
    let number = number.trim_start_matches('0');
    Some(if number.is_empty() || number.starts_with('.') { format!("0{number}") } else { number.to_owned() })
}

/// `II` to `XX`, written as names are.
fn roman(word: &Word) -> Option<String> {
    if !word.name || word.text.len() < 2 || word.text.contains(|c| !matches!(c, 'i' | 'v' | 'x')) {
        return None;
    }
    let value = |c| match c {
        'i' => 1_i32,
        'v' => 5,
        _ => 10,
    };
    let letters: Vec<i32> = word.text.chars().map(value).collect();
    let signed = letters.iter().zip(letters.iter().skip(1).chain([&0]));
    Some(signed.map(|(letter, next)| if letter < next { -letter } else { *letter }).sum::<i32>().to_string())
}
