//! What the bytes of a text say, in one pass.

/// Counts of bytes, and of what they show.
#[derive(Default)]
pub(super) struct Bytes {
    pub(super) lines: usize,
    pub(super) digits: usize,
    pub(super) numbers: usize,
    pub(super) arithmetic: usize,
    pub(super) questions: usize,
    pub(super) code: usize,
    pub(super) formula: usize,
    pub(super) quotes: usize,
    pub(super) capitals: usize,
    pub(super) foreign: usize,
    pub(super) sentences: usize,
    pub(super) money: usize,
}

impl Bytes {
    pub(super) fn of(text: &str) -> Self {
        let mut found = Self { lines: 1, ..Self::default() };
        let mut before = b' ';
        for byte in text.bytes() {
            match byte {
                b'\n' => found.lines += 1,
                b'0'..=b'9' => {
                    found.digits += 1;
                    found.numbers += usize::from(!before.is_ascii_digit());
                }
                b'+' | b'*' | b'/' | b'=' | b'<' | b'>' => found.arithmetic += 1,
                b'?' => {
                    found.questions += 1;
                    found.sentences += 1;
                }
                b'{' | b'}' | b';' | b'`' | b'[' | b']' => found.code += 1,
                b'\\' | b'^' | b'_' => found.formula += 1,
                b'"' => found.quotes += 1,
                b'A'..=b'Z' => found.capitals += 1,
                b'$' | b'%' => found.money += 1,
                b' ' if matches!(before, b'.' | b'!') => found.sentences += 1,
                0x80.. => found.foreign += 1,
                _ => {}
            }
            before = byte;
        }
        found
    }
}
