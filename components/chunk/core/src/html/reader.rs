//! Text and tags to readable text, boundaries and headings.

use super::Readable;
use super::element::{Role, role};
use super::lexer::Event;
use super::source::SourceMap;
use crate::boundary::{Boundaries, Level};
use crate::outline::{Heading, Outline};

pub(super) struct Reader<'a> {
    html: &'a str,
    text: String,
    map: SourceMap,
    boundaries: Boundaries,
    headings: Vec<Heading>,
    /// The heading that is open: where its text starts, and its level.
    heading: Option<(usize, u8)>,
    /// Level of the heading after which nothing has been written yet.
    heading_above: Option<u8>,
    lists: usize,
    tables: usize,
    preformatted: usize,
    /// What separates the next character from the last one.
    gap: Gap,
    /// Boundary before the next character, if a tag made one.
    level: Option<Level>,
    /// Where a piece that starts with the next character starts in the source, if tags came before it.
    cut: Option<usize>,
}

/// White space to write before the next character, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Cell,
    Line,
    Paragraph,
}

/// Longest entity name, with `&` and `;`: `&CounterClockwiseContourIntegral;`.
const LONGEST_ENTITY: usize = 33;

impl<'a> Reader<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self {
            html,
            text: String::with_capacity(html.len() / 2),
            map: SourceMap::default(),
            boundaries: Boundaries::default(),
            headings: Vec::new(),
            heading: None,
            heading_above: None,
            lists: 0,
            tables: 0,
            preformatted: 0,
            gap: Gap::None,
            level: None,
            cut: Some(0),
        }
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(range) => self.characters(range.start, self.html.get(range).unwrap_or_default()),
            Event::Open { name, range } => {
                // The tags that open a piece belong to it, those that close the one before it don't.
                self.cut.get_or_insert(range.start);
                if let Some(role) = role(name) {
                    self.open(role);
                }
            }
            Event::Close { name, range } => {
                if let Some(role) = role(name) {
                    self.close(role);
                }
                self.cut = Some(range.end);
            }
            Event::Dropped(range) => self.cut = Some(range.end),
        }
    }

    pub(super) fn finish(mut self) -> (Readable, Outline) {
        self.end_heading();
        let outline = Outline { boundaries: self.boundaries, headings: self.headings };
        (Readable { text: self.text, map: self.map }, outline)
    }

    fn open(&mut self, role: Role) {
        match role {
            Role::Heading(level) => {
                self.end_heading();
                // What a broken document left open ends here.
                (self.lists, self.tables, self.preformatted) = (0, 0, 0);
                // A heading right below a higher one starts the same piece as that.
                match self.heading_above {
                    Some(above) if above < level => self.gap = Gap::Paragraph,
                    _ => self.separate(Gap::Paragraph, Level::Heading(level)),
                }
                self.heading = Some((self.text.len(), level));
            }
            Role::List => {
                self.block(true);
                self.lists += 1;
            }
            Role::Table => {
                self.block(true);
                self.tables += 1;
            }
            Role::Preformatted => {
                self.block(true);
                self.preformatted += 1;
            }
            Role::Item if self.lists + self.tables > 1 => self.separate(Gap::Line, Level::Line),
            Role::Item => self.separate(Gap::Line, Level::Item),
            Role::Cell => self.gap = self.gap.max(Gap::Cell),
            Role::Block => self.block(false),
            Role::Line => self.separate(Gap::Line, Level::Line),
        }
    }

    fn close(&mut self, role: Role) {
        let down = |depth: &mut usize| *depth = depth.saturating_sub(1);
        match role {
            Role::Heading(_) => {
                self.end_heading();
                return self.gap = Gap::Paragraph;
            }
            Role::List => down(&mut self.lists),
            Role::Table => down(&mut self.tables),
            Role::Preformatted => down(&mut self.preformatted),
            Role::Item | Role::Line => return self.gap = self.gap.max(Gap::Line),
            Role::Cell => return,
            Role::Block => {}
        }
        self.block(false);
    }

    /// A block stands alone, unless it is in a list or a table, which stay whole. Prose right below a heading belongs to it.
    fn block(&mut self, whole: bool) {
        // It also ends a heading that was left open, unless it only wraps the heading's text.
        if self.heading.is_some_and(|(start, _)| start < self.text.len()) {
            self.end_heading();
        }
        if self.lists + self.tables > 0 {
            self.separate(Gap::Line, Level::Line);
        } else if self.heading_above.is_some() && !whole {
            self.gap = Gap::Paragraph;
        } else {
            self.separate(Gap::Paragraph, Level::Block);
        }
    }

    fn separate(&mut self, gap: Gap, level: Level) {
        self.gap = self.gap.max(gap);
        self.level = Some(self.level.map_or(level, |other| other.min(level)));
    }

    fn end_heading(&mut self) {
        if let Some((start, level)) = self.heading.take()
            && let Some(title) = self.text.get(start..).filter(|title| !title.trim().is_empty())
        {
            let position = start + (title.len() - title.trim_start().len());
            self.headings.push(Heading::new(position, level, title));
            self.heading_above = Some(level);
        }
    }

    fn characters(&mut self, start: usize, raw: &str) {
        let mut at = 0;
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            let source = start + at;
            let special = rest.find(|c: char| c == '&' || c.is_ascii_whitespace()).unwrap_or(rest.len());
            if special > 0 {
                self.write(rest.get(..special).unwrap_or_default(), source);
                at += special;
            } else if rest.starts_with('&') {
                let (length, decoded) = entity(rest);
                self.write(&decoded, source);
                at += length;
            } else {
                at += self.white_space(rest, source);
            }
        }
    }

    /// Writes a gap and characters that are not white space, or that keep theirs.
    fn write(&mut self, characters: &str, source: usize) {
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        let level = self.level.take();
        if self.heading.is_none() {
            self.heading_above = None;
        }
        if !self.text.is_empty() {
            self.text.push_str(match gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Cell => "\t",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            });
            if let Some(level) = level {
                self.boundaries.push(self.text.len(), level);
            }
        }
        self.map.push(self.text.len(), self.cut.take().unwrap_or(source), source);
        self.text.push_str(characters);
    }

    /// White space at the start of `rest`: collapsed, or kept where it is preformatted. Says how many bytes it took.
    fn white_space(&mut self, rest: &str, source: usize) -> usize {
        if self.preformatted == 0 {
            self.gap = self.gap.max(Gap::Space);
            return rest.find(|c: char| !c.is_ascii_whitespace()).unwrap_or(rest.len());
        }
        let length = match rest.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            _ => 1,
        };
        if matches!(rest.as_bytes(), [b'\r' | b'\n', ..]) {
            match self.gap {
                Gap::Line => self.separate(Gap::Paragraph, Level::Item),
                _ => self.separate(Gap::Line, Level::Line),
            }
        } else {
            self.write(rest.get(..length).unwrap_or_default(), source);
        }
        length
    }
}

/// The entity at the start of `rest`: bytes it takes and what it stands for; the ampersand itself where there is none.
fn entity(rest: &str) -> (usize, String) {
    let window = rest.get(..rest.floor_char_boundary(LONGEST_ENTITY)).unwrap_or_default();
    let Some(length) = window.find(';').map(|end| end + 1) else { return (1, "&".to_owned()) };
    let written = window.get(..length).unwrap_or_default();
    let decoded = html_escape::decode_html_entities(written);
    if decoded == written { (1, "&".to_owned()) } else { (length, decoded.into_owned()) }
}
