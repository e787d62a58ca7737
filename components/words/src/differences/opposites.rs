//! Words that turn into their opposite.

use crate::words::{Kind, Word};

/// One word, and those that say the opposite.
const PAIRS: &str = "increase decrease reduce lower|raise lower reduce|buy sell|purchase sell|best worst|good bad|better worse|start stop end finish|begin end stop|\
enable disable|on off|before after|up down|more less fewer|most least|maximum minimum|max min|maximize minimize|first last second|open close|opened closed|import export|male female|man woman|\
men women|boy girl|husband wife|mother father|mom dad|brother sister|son daughter|legal illegal|lock unlock|encrypt decrypt|encode decode|hot cold|\
big small|large small|long short|tall short|high low|highest lowest|largest smallest|biggest smallest|longest shortest|fast slow|win lose|gain lose|true false|left right|north south|\
east west|northern southern|eastern western|day night|with without|advantage disadvantage|pro con|add remove delete subtract|install uninstall|connect disconnect|upload download|login logout|borrow lend|\
teach learn|positive negative|internal external|above below|over under|inside outside|early late|old new young|rich poor|summer winter|push pull|\
accept reject|allow deny forbid block|ascending descending|input output|read write|send receive|give take|question answer|love hate|like dislike|\
parent child|employer employee|student teacher|doctor patient|attack defend|create destroy delete|arrive depart leave|arrival departure|enter exit leave|\
heavy light|hard easy|difficult easy|cheap expensive|full empty|public private|manual automatic|horizontal vertical|major minor|odd even|save spend|\
hire fire|freeze melt|boil freeze|charge discharge|deposit withdraw|credit debit|innocent guilty|life death|live die|birth death|success failure|succeed fail|\
sunrise sunset|morning evening night|strong weak|thick thin|wide narrow|deep shallow|dry wet|safe dangerous|healthy unhealthy|include exclude|expand shrink|mount unmount|subscribe unsubscribe|follow unfollow|permanent temporary|optional required|always never|next previous last|ahead behind|next previous|absorb emit|merge split|show hide|visible hidden|undo redo|follow lead|sync async|synchronous asynchronous|static dynamic|client server|host guest|wholesale retail|urban rural|domestic foreign|gross net|fiction nonfiction|vegetarian meat|war peace|upstairs downstairs|indoor outdoor|indoors outdoors|online offline|lightest heaviest|cheapest dearest expensive|oldest youngest newest|fastest slowest|hottest coldest|earliest latest|tallest shortest|minor adult|lost found|victory defeat|profit loss|asset liability|supply demand|cause effect|question reply|sharp blunt|smooth rough|tight loose|simple complex|abroad home|men woman|boys girls|husband wives|women man";

/// Syllables that turn a word round.
const PREFIXES: [&str; 10] = ["un", "non", "in", "im", "ir", "il", "dis", "mis", "de", "anti"];

/// Whether a word of one question is the opposite of one in the other that its own question hasn't.
pub(super) fn differ(asked: &[Word], answered: &[Word]) -> bool {
    let only = |these: &'_ [Word], those: &'_ [Word]| -> Vec<Word> {
        let lacks = |word: &&Word| !those.iter().any(|other| other.stem == word.stem);
        these.iter().filter(lacks).cloned().collect()
    };
    let (here, there) = (only(asked, answered), only(answered, asked));
    here.iter().any(|word| answered.iter().any(|other| opposite(word, other)))
        || there.iter().any(|word| asked.iter().any(|other| opposite(word, other)))
}

fn opposite(a: &Word, b: &Word) -> bool {
    let prefixed = |long: &str, short: &str| {
        short.len() >= 4 && PREFIXES.iter().any(|prefix| long.strip_prefix(prefix) == Some(short))
    };
    if a.kind == Kind::Content
        && b.kind == Kind::Content
        && (prefixed(&a.stem, &b.stem) || prefixed(&b.stem, &a.stem))
    {
        return true;
    }
    let is = |word: &Word, listed: &str| {
        word.text == listed
            || word.text.strip_suffix('s') == Some(listed)
            || word.text.strip_suffix("ed").is_some_and(|head| head == listed.trim_end_matches('e'))
            || word.text.strip_suffix("ing").is_some_and(|head| head == listed.trim_end_matches('e'))
    };
    PAIRS.split('|').any(|row| {
        let mut row = row.split(' ');
        let Some(first) = row.next() else { return false };
        row.any(|second| is(a, first) && is(b, second) || is(a, second) && is(b, first))
    })
}
