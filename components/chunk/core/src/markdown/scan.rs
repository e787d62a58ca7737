//! Line after line: which block is open, and where the next one starts.
//!
//! Inside a paragraph there is no boundary but its sentences: a line end in Markdown prose is a space. Code, tables and
//! lists have boundaries of their own, finer than the one before them, so that they are divided only if they don't fit.

use super::line;
use crate::boundary::Level;
use crate::lines::Line;
use crate::outline::{Heading, Outline};

#[derive(Default)]
pub(super) struct Scan {
    /// Ascending by position. Settled at the end: a setext underline changes what was found above it.
    starts: Vec<(usize, Level)>,
    headings: Vec<Heading>,
    open: Open,
    after_blank: bool,
    /// Level of the heading that nothing but blank lines separates from here.
    heading_above: Option<u8>,
    /// Lines left of the front matter.
    front_matter: usize,
}

#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    Paragraph(Paragraph),
    /// With the indent of the list it stands in.
    Fence(line::Fence, Option<usize>),
    IndentedCode,
    Table,
    /// Indent of its outermost items.
    List(usize),
}

/// What a setext underline needs to know.
struct Paragraph {
    start: usize,
    lines: usize,
    /// Its first lines.
    text: String,
}

/// Spaces from which a line is code, where no paragraph or list is open.
const CODE_INDENT: usize = 4;

/// A setext heading of more lines is a paragraph above a thematic break.
const MAX_SETEXT_LINES: usize = 3;

impl Scan {
    /// Announces front matter of so many lines.
    pub(super) fn front_matter(&mut self, lines: usize) {
        self.front_matter = lines;
    }

    pub(super) fn line(&mut self, line: Line<'_>, below: &str) {
        if self.front_matter > 0 {
            self.front_matter -= 1;
            return self.starts.push((line.start, Level::Line));
        }
        if let Open::Fence(fence, list) = self.open {
            return self.fenced(line, fence, list);
        }
        if line.is_blank() {
            self.after_blank = true;
            if matches!(self.open, Open::Paragraph(_) | Open::Table) {
                self.open = Open::Nothing;
            }
            return;
        }
        let after_blank = std::mem::replace(&mut self.after_blank, false);
        self.content(line, below, after_blank);
    }

    pub(super) fn finish(self) -> Outline {
        let mut outline = Outline { headings: self.headings, ..Outline::default() };
        self.starts.into_iter().for_each(|(position, level)| outline.boundaries.push(position, level));
        outline
    }

    fn fenced(&mut self, line: Line<'_>, fence: line::Fence, list: Option<usize>) {
        if fence.is_closed_by(line.text) {
            self.open = list.map_or(Open::Nothing, Open::List);
        } else if line.is_blank() {
            self.after_blank = true;
            return;
        } else if self.after_blank && list.is_none() {
            self.starts.push((line.start, Level::Item));
        } else {
            self.starts.push((line.start, Level::Line));
        }
        self.after_blank = false;
    }

    fn content(&mut self, line: Line<'_>, below: &str, after_blank: bool) {
        let indent = line.indent();
        match (&self.open, indent >= CODE_INDENT) {
            (Open::Paragraph(_), true) => return self.prose(line),
            (Open::List(_), true) | (_, false) => {}
            (Open::IndentedCode, true) if after_blank => return self.starts.push((line.start, Level::Item)),
            (Open::IndentedCode, true) => return self.starts.push((line.start, Level::Line)),
            (_, true) => return self.block(line, Open::IndentedCode),
        }
        let list = if let Open::List(outer) = self.open { Some(outer) } else { None };
        let nested = list.is_some_and(|outer| indent > outer);
        if let Some((level, title)) = line::atx_heading(line.text).filter(|_| !nested) {
            self.heading(line.start, level, title);
        } else if let Some((paragraph, level)) = self.underlined(line) {
            self.setext_heading(&paragraph, level);
        } else if let Some(fence) = line::fence_opened(line.text) {
            if nested {
                self.starts.push((line.start, Level::Line));
            } else {
                self.block(line, Open::Nothing);
            }
            self.open = Open::Fence(fence, list.filter(|_| nested));
        } else if line::is_thematic_break(line.text) && !nested {
            self.block(line, Open::Nothing);
        } else if let Some(interrupts) = line::list_item(line.text) {
            self.list_item(line, indent, list, interrupts);
        } else if list.is_some() && (nested || !after_blank) {
            if after_blank {
                self.starts.push((line.start, Level::Line));
            }
        } else if line::is_table_head(line.text, below) {
            self.block(line, Open::Table);
        } else {
            self.prose(line);
        }
    }

    /// A line of a paragraph, or of the table that is open.
    fn prose(&mut self, line: Line<'_>) {
        match &mut self.open {
            Open::Paragraph(paragraph) => {
                paragraph.lines += 1;
                if paragraph.lines <= MAX_SETEXT_LINES {
                    paragraph.text.push(' ');
                    paragraph.text.push_str(line.text);
                }
            }
            Open::Table if line::is_table_rule(line.text) => {}
            Open::Table => self.starts.push((line.start, Level::Item)),
            _ => self.paragraph(line),
        }
    }

    fn paragraph(&mut self, line: Line<'_>) {
        // Prose right below a heading belongs to it: they are divided at a sentence, never from each other.
        if self.heading_above.take().is_none() {
            self.starts.push((line.start, Level::Block));
        }
        self.open = Open::Paragraph(Paragraph { start: line.start, lines: 1, text: line.text.to_owned() });
    }

    fn block(&mut self, line: Line<'_>, open: Open) {
        self.heading_above = None;
        self.starts.push((line.start, Level::Block));
        self.open = open;
    }

    fn list_item(&mut self, line: Line<'_>, indent: usize, list: Option<usize>, interrupts: bool) {
        match (list, &self.open) {
            (Some(outer), _) if indent > outer + 1 => self.starts.push((line.start, Level::Line)),
            (Some(_), _) => self.starts.push((line.start, Level::Item)),
            (None, Open::Paragraph(_)) if !interrupts => self.prose(line),
            (None, _) => self.block(line, Open::List(indent)),
        }
    }

    fn heading(&mut self, position: usize, level: u8, title: &str) {
        // A heading right below a higher one starts the same piece as that.
        if self.heading_above.is_none_or(|above| above >= level) {
            self.starts.push((position, Level::Heading(level)));
        }
        self.headings.push(Heading::new(position, level, title));
        self.heading_above = Some(level);
        self.open = Open::Nothing;
    }

    /// The paragraph that is open and the level of the heading that the line makes of it, if it underlines one.
    fn underlined(&mut self, line: Line<'_>) -> Option<(Paragraph, u8)> {
        let underlines =
            matches!(&self.open, Open::Paragraph(paragraph) if paragraph.lines <= MAX_SETEXT_LINES);
        let level = line::setext_underline(line.text).filter(|_| underlines)?;
        match std::mem::take(&mut self.open) {
            Open::Paragraph(paragraph) => Some((paragraph, level)),
            _ => None,
        }
    }

    fn setext_heading(&mut self, paragraph: &Paragraph, level: u8) {
        self.starts.pop_if(|start| *start == (paragraph.start, Level::Block));
        self.heading(paragraph.start, level, &paragraph.text);
    }
}
