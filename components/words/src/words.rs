//! A text as words: what kind each is, its stem, and whether it is written like a name.
//!
//! English, and blunt on purpose: what is taken for a content word by mistake makes two questions look more different, never more alike.

/// What a word does in a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Says what the question is about.
    Content,
    /// `what`, `how`, ….
    Question,
    /// `can`, `should`, ….
    Auxiliary,
    /// `i`, `your`, ….
    Pronoun,
    /// `in`, `to`, ….
    Preposition,
    /// `this`, `following`, …: the answer depends on what they point to.
    Pointer,
    /// Articles, forms of `be`, `do` and `have`, `some`, ….
    Filler,
}

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// In lower case.
    pub text: String,
    /// Without the endings of plurals and verbs.
    pub stem: String,
    /// What it does.
    pub kind: Kind,
    /// Written like a name: with a capital inside a sentence, with one after its first letter, or with digits among letters.
    pub name: bool,
}

const QUESTION: &str = " what which who whom whose when where why how ";
const AUXILIARY: &str = " can could should would will shall may might must ";
const PRONOUN: &str = " i you we he she it they me us him her them my your our his its their mine yours ours theirs one someone anyone somebody anybody people everyone myself yourself ";
const PREPOSITION: &str = " of to in on at for from with by into onto as about over under through during between and or than after before against without within per vs versus ";
const POINTER: &str = " this that these those here there below above following given today now ";
const FILLER: &str = " a an the is are was were be been being am do does did doing have has had having some any so if just really actually please also there's s ";

/// Marks that end a sentence, after which a capital says nothing.
const ENDS: [char; 5] = ['.', '?', '!', ':', ';'];

/// Signs that separate words and say nothing. Any other sign is a word by itself: in a question about programs they are what differs.
const SILENT: &str = ".,;:?!'\"()-–—/…[]{}“”„‘’_`~\\";

/// The words of a text, in their order.
#[must_use]
pub fn words(question: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut token = String::new();
    let mut starts = true;
    let mut chars = question.chars().map(|c| if c == '’' { '\'' } else { c }).peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let inside = !token.is_empty() && next.is_some_and(char::is_alphanumeric);
        let digits =
            token.ends_with(|c: char| c.is_ascii_digit()) && next.is_some_and(|c| c.is_ascii_digit());
        if c.is_alphanumeric() || c == '\'' && inside || matches!(c, '.' | ',') && digits {
            token.push(c);
            continue;
        }
        // `C++` and `C#` are not `C`.
        if matches!(c, '+' | '#') && !token.is_empty() {
            token.push(c);
            continue;
        }
        if !token.is_empty() {
            push(&mut words, &token, starts);
            (starts, token) = (false, String::new());
        }
        if ENDS.contains(&c) {
            starts = true;
        } else if !c.is_whitespace() && !SILENT.contains(c) {
            words.push(Word { text: c.to_string(), stem: c.to_string(), kind: Kind::Content, name: false });
        }
    }
    if !token.is_empty() {
        push(&mut words, &token, starts);
    }
    words
}

/// The stems of the content words, in their order.
#[must_use]
pub fn content(words: &[Word]) -> Vec<&str> {
    words.iter().filter(|word| word.kind == Kind::Content).map(|word| word.stem.as_str()).collect()
}

/// Takes a contraction apart.
fn push(words: &mut Vec<Word>, token: &str, starts: bool) {
    let lower = token.to_lowercase();
    let (head, tail) = match lower.split_once('\'') {
        Some(("can", "t")) => ("can".to_owned(), "not"),
        Some(("won", "t")) => ("will".to_owned(), "not"),
        Some((head, "t")) if head.ends_with('n') => (head.trim_end_matches('n').to_owned(), "not"),
        Some((head, "re")) => (head.to_owned(), "are"),
        Some((head, "ve")) => (head.to_owned(), "have"),
        Some((head, "ll")) => (head.to_owned(), "will"),
        Some((head, "d")) => (head.to_owned(), "would"),
        Some((head, "m")) => (head.to_owned(), "am"),
        Some((head, "s")) => (head.to_owned(), "s"),
        Some(_) => (lower.replace('\'', ""), ""),
        None if lower == "cannot" => ("can".to_owned(), "not"),
        None => (lower, ""),
    };
    let kind = kind(&head);
    let mut letters = token.chars().filter(|c| c.is_alphabetic());
    let capital = letters.next().is_some_and(char::is_uppercase);
    let later = letters.clone().any(char::is_uppercase);
    let mixed = head.contains(|c: char| c.is_ascii_digit()) && head.contains(char::is_alphabetic);
    let name = kind == Kind::Content && (later || mixed || capital && !starts);
    words.push(Word { stem: stem(&head), text: head, kind, name });
    if !tail.is_empty() {
        words.push(Word {
            text: tail.to_owned(),
            stem: tail.to_owned(),
            kind: self::kind(tail),
            name: false,
        });
    }
}

fn kind(word: &str) -> Kind {
    let among = |list: &str| list.split(' ').any(|other| other == word);
    if word.is_empty() || among(FILLER) {
        Kind::Filler
    } else if among(QUESTION) {
        Kind::Question
    } else if among(AUXILIARY) {
        Kind::Auxiliary
    } else if among(PRONOUN) {
        Kind::Pronoun
    } else if among(PREPOSITION) {
        Kind::Preposition
    } else if among(POINTER) {
        Kind::Pointer
    } else {
        Kind::Content
    }
}

/// Cuts the endings of plurals and verbs off, and leaves at least three letters.
fn stem(word: &str) -> String {
    for (ending, instead) in
        [("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("ly", ""), ("s", ""), ("e", "")]
    {
        match word.strip_suffix(ending) {
            Some(rest) if rest.len() >= 3 && !(ending == "s" && rest.ends_with('s')) => {
                return format!("{rest}{instead}");
            }
            _ => {}
        }
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(question: &str) -> Vec<String> {
        words(question).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn contractions_and_signs_are_read() {
        assert_eq!(
            texts("What's C++, can't 1,000.5 km?"),
            ["what", "s", "c++", "can", "not", "1,000.5", "km"]
        );
        assert_eq!(
            texts("Why doesn’t `a ^ b` work-out?"),
            ["why", "does", "not", "a", "^", "b", "work", "out"]
        );
        assert_eq!(texts(""), Vec::<String>::new());
    }

    #[test]
    fn names_are_told_by_their_spelling() {
        let names = |question: &str| -> Vec<String> {
            words(question).into_iter().filter(|word| word.name).map(|word| word.text).collect()
        };
        assert_eq!(names("Where is Paris? Best hotels in Nice"), ["paris", "nice"]);
        assert_eq!(names("NASA or ESA with an i7"), ["nasa", "esa", "i7"]);
    }

    #[test]
    fn stems_of_the_same_word_are_equal() {
        for (a, b) in
            [("cities", "city"), ("learning", "learn"), ("uses", "use"), ("boss", "boss"), ("makes", "make")]
        {
            assert_eq!(stem(a), stem(b));
        }
    }
}
