//! Chunks to the passages that are kept: which chunks count, what is embedded in front of them, and which section each belongs to.

use gusset_chunk::Chunk;

use crate::record::{Passage, Section};

/// A document's title as it stands before a passage that is embedded. No token is shorter than a byte, so that what is cut to `room` bytes is at most as many
/// tokens: there is room for it in what the model reads beyond the budget of a chunk.
pub(crate) fn title(title: &str, room: u32) -> String {
    let title = title.get(..title.floor_char_boundary(room as usize)).unwrap_or_default().trim();
    if title.is_empty() { String::new() } else { format!("{title}\n") }
}

/// The passages of a document. What has no token says nothing: it can't be found, and isn't a passage; in a section it goes to a neighbour, so that the section's passages are
/// the section.
pub(crate) fn of(chunks: Vec<Chunk>, content: &str, title: &str) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    let mut sections: Vec<(u32, u32)> = Vec::new();
    let mut silent: Option<Chunk> = None;
    for chunk in chunks {
        let Some(parent) = chunk.parent else {
            if chunk.tokens > 0 {
                passages.push(passage(chunk, content, title));
            }
            continue;
        };
        let continues = sections.last() == Some(&parent);
        if chunk.tokens == 0 {
            match passages.last_mut().filter(|_| continues) {
                Some(last) => last.append(&chunk, content),
                None => silent = Some(chunk),
            }
            continue;
        }
        let start = silent.take().filter(|silent| silent.parent == Some(parent));
        let mut next = passage(chunk, content, title);
        if let Some(start) = start {
            let text = std::mem::take(&mut next.text);
            next.text = text_of(&start, content).to_owned() + &text;
            next.start = start.start;
        }
        let count = passages.len() as u32;
        next.section = match passages.last().and_then(|last| last.section).filter(|_| continues) {
            Some(section) => Some(Section { count: section.count + 1, ..section }),
            None => Some(Section { first: count, count: 1 }),
        };
        passages.push(next);
        sections.push(parent);
    }
    // The last passage of a section knows how many there are; from it the others do.
    let mut count = 0;
    for section in passages.iter_mut().rev().filter_map(|passage| passage.section.as_mut()) {
        count = if section.count >= count { section.count } else { count };
        let last = section.count == 1;
        section.count = count;
        if last {
            count = 0;
        }
    }
    passages
}

fn text_of<'a>(chunk: &'a Chunk, content: &'a str) -> &'a str {
    let own = || content.get(chunk.start as usize..chunk.end as usize).unwrap_or_default();
    chunk.text.as_deref().unwrap_or_else(own)
}

fn passage(chunk: Chunk, content: &str, title: &str) -> Passage {
    let context = match &chunk.context {
        Some(context) => format!("{title}{context}\n"),
        None => title.to_owned(),
    };
    Passage {
        start: chunk.start,
        end: chunk.end,
        tokens: chunk.tokens,
        text: text_of(&chunk, content).to_owned(),
        headings: chunk.headings,
        section: None,
        context,
    }
}

impl Passage {
    fn append(&mut self, chunk: &Chunk, content: &str) {
        self.end = chunk.end;
        self.text.push_str(text_of(chunk, content));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(start: u32, end: u32, tokens: u32, parent: Option<(u32, u32)>) -> Chunk {
        Chunk { start, end, tokens, headings: Vec::new(), text: None, parent, context: None }
    }

    #[test]
    fn the_passages_of_a_section_are_the_section() {
        let content = "  ab cd  ef";
        let chunks = vec![
            chunk(0, 2, 0, Some((0, 9))),
            chunk(2, 5, 1, Some((0, 9))),
            chunk(5, 7, 1, Some((0, 9))),
            chunk(7, 9, 0, Some((0, 9))),
            chunk(9, 11, 1, Some((9, 11))),
        ];
        let passages = of(chunks, content, "");
        let found: Vec<_> = passages.iter().map(|p| (p.text.as_str(), p.start, p.end, p.section)).collect();
        let (first, second) = (Section { first: 0, count: 2 }, Section { first: 2, count: 1 });
        let expected =
            [("  ab ", 0, 5, Some(first)), ("cd  ", 5, 9, Some(first)), ("ef", 9, 11, Some(second))];
        assert_eq!(found, expected);
    }

    #[test]
    fn without_sections_what_is_silent_is_left_out() {
        let passages = of(vec![chunk(0, 2, 0, None), chunk(2, 4, 1, None)], "  ab", "Title\n");
        assert_eq!(passages.len(), 1);
        assert_eq!(
            (passages[0].text.as_str(), passages[0].context.as_str(), passages[0].section),
            ("ab", "Title\n", None)
        );
    }

    #[test]
    fn a_title_is_cut_to_its_room() {
        assert_eq!(title("Größe", 4), "Gr\u{f6}\n");
        assert_eq!(title("Any", 0), "");
    }
}
