//! Names: a person, place, product or code that one question has and the other has not.

use super::among;
use super::numbers::measures;
use crate::words::{Kind, Word};

/// Places, peoples, languages and makers that are often typed without a capital. Every name is one word here.
const KNOWN: &str = " afghanistan africa african amazon america american android apple arabic argentina asia asian atlanta australia australian austria bangalore \
bangladesh barcelona beijing belgium berlin bing boston brazil britain british bulgaria california canada canadian chennai chicago chile china chinese colombia \
croatia cuba dallas delhi denmark denver dublin dubai dutch egypt england english ethiopia europe european facebook finland florida france french geneva german germany \
ghana google greece greek hindi houston hungary hyderabad iceland india indian indonesia instagram iowa iphone iran iraq ireland irish israel istanbul italian italy \
japan japanese java javascript kenya kolkata korea korean kotlin latin lebanon libya linkedin linux lisbon london macos madrid malaysia mandarin manchester mars melbourne \
mexico miami microsoft milan montreal moscow mumbai munich mysql nepal netherlands netflix nigeria nokia norway nvidia oracle oslo pakistan pakistani paris perl peru \
philippines php poland polish portugal portuguese postgres postgresql prague pune python quora ruby romania rome russia russian rust samsung scotland seattle serbia \
seoul shanghai singapore snapchat sony spain spanish sweden swedish swiss switzerland sydney syria taiwan tamil tesla texas thailand tokyo toronto turkey turkish \
twitter typescript uber uganda ukraine ukrainian urdu venus vienna vietnam vietnamese wales warsaw washington whatsapp windows xbox yahoo youtube zurich \
netbsd freebsd ubuntu debian fedora sqlite mongodb redis react angular django flask ";

/// Whether a name of either question is not in the other.
pub(super) fn differ(asked: &[Word], answered: &[Word]) -> bool {
    lacks(asked, answered) || lacks(answered, asked)
}

fn lacks(names: &[Word], other: &[Word]) -> bool {
    // An English model can't tell what is not English apart, nor signs.
    let foreign = |word: &Word| {
        let ascii = word.text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        !ascii && measures(std::slice::from_ref(word)).is_empty()
    };
    let is_name =
        |word: &&Word| word.kind == Kind::Content && (word.name || foreign(word) || among(KNOWN, &word.text));
    let there = |name: &Word| other.iter().any(|word| word.text == name.text || word.stem == name.stem);
    // `New York` for `New-York`, `YouTube` for `You tube`.
    let joined: String = other.iter().map(|word| word.text.as_str()).collect();
    names.iter().filter(is_name).any(|name| {
        let numeric = name.text.starts_with(|c: char| c.is_ascii_digit());
        // Numbers are compared by themselves, whatever their spelling.
        !numeric && !there(name) && (name.text.len() <= 4 || !joined.contains(&name.text))
    })
}
