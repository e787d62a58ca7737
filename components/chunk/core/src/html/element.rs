//! What an element means for the layout of readable text.

/// The roles that matter here; everything else is inline and has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `h1` to `h6`.
    Heading(u8),
    /// Set apart by blank lines.
    Block,
    /// As `Block`, with items.
    List,
    /// As `Block`, with rows.
    Table,
    /// As `Block`, white space kept.
    Preformatted,
    /// A list's item or a table's row, on lines of its own.
    Item,
    /// A table's cell.
    Cell,
    /// On lines of its own.
    Line,
}

/// Longest name below; longer ones need not be looked up.
const LONGEST: usize = 10;

/// The role of an element, by its name in any case.
pub(super) fn role(name: &str) -> Option<Role> {
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    Some(match &*lower {
        [b'h', level @ b'1'..=b'6'] => Role::Heading(level - b'0'),
        b"p" | b"div" | b"section" | b"article" | b"header" | b"footer" | b"main" | b"nav" | b"aside"
        | b"form" | b"blockquote" | b"figure" | b"fieldset" | b"address" | b"details" | b"body" | b"head"
        | b"html" | b"title" | b"hr" | b"dialog" | b"hgroup" | b"search" => Role::Block,
        b"ul" | b"ol" | b"dl" | b"menu" => Role::List,
        b"table" => Role::Table,
        b"pre" | b"textarea" | b"listing" => Role::Preformatted,
        b"li" | b"tr" | b"dt" => Role::Item,
        b"td" | b"th" => Role::Cell,
        b"br" | b"dd" | b"caption" | b"figcaption" | b"summary" | b"legend" | b"option" | b"optgroup"
        | b"thead" | b"tbody" | b"tfoot" | b"center" => Role::Line,
        _ => return None,
    })
}
