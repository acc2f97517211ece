//! A text as Rhai gets it, and the way back to the file.
//!
//! Rhai makes a plain string of `` `case ${task.Id}` ``, and whatever is known only after apply would be lost in it.
//! So the backtick text is handed over as a sum, `` (`case `+(task.Id)+``) ``: a sum of a text and a Later is a value
//! of its own type (`later.rs`), which no function that takes text accepts. Lines are kept; columns are counted back.

use rhai::Position;

use crate::problem::Place;

/// A text and where it stands.
#[derive(Clone, Debug)]
pub struct Written {
    /// The place of its first character.
    pub at: Place,
    /// As Rhai gets it.
    pub text: String,
    /// Line and column (in `text`) behind which columns moved, and by how much in all.
    moved: Vec<(usize, usize, isize)>,
}

impl Written {
    /// Reads a text that starts at `at`.
    pub fn at(at: &Place, text: &str) -> Self {
        let mut reader = Reader::new(text);
        reader.code(false);
        Written { at: at.clone(), text: reader.out, moved: reader.moved }
    }

    /// The place in the file of a position in `text`.
    pub fn place(&self, position: Position, width: usize) -> Place {
        let (Some(line), Some(column)) = (position.line(), position.position()) else { return self.at.clone() };
        let by = self.moved.iter().rev().find(|(l, c, _)| *l == line && *c <= column).map_or(0, |(_, _, by)| *by);
        let column = column.saturating_add_signed(-by).max(1);
        let column = if line == 1 { self.at.column + column - 1 } else { column };
        Place { file: self.at.file.clone(), line: self.at.line + line - 1, column, width }
    }
}

/// Copies code, and turns backtick texts with `${…}` into sums.
struct Reader<'a> {
    text: &'a str,
    next: usize,
    out: String,
    line: usize,
    column: usize,
    by: isize,
    moved: Vec<(usize, usize, isize)>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Reader { text, next: 0, out: String::with_capacity(text.len()), line: 1, column: 1, by: 0, moved: Vec::new() }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.next..]
    }

    /// Copies one character.
    fn copy(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.next += c.len_utf8();
        self.push(c);
        Some(c)
    }

    fn copy_str(&mut self, text: &str) {
        for _ in text.chars() {
            self.copy();
        }
    }

    fn push(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
        if c == '\n' {
            (self.line, self.column, self.by) = (self.line + 1, 1, 0);
        }
    }

    /// Puts `new` where `old` stands.
    fn replace(&mut self, old: &str, new: &str) {
        self.next += old.len();
        new.chars().for_each(|c| self.push(c));
        self.by += new.chars().count() as isize - old.chars().count() as isize;
        if new != old {
            self.moved.push((self.line, self.column, self.by));
        }
    }

    /// Code up to the end, or up to the brace that closes a `${`.
    fn code(&mut self, inside: bool) {
        let mut depth = 0;
        while let Some(c) = self.rest().chars().next() {
            match c {
                '}' if inside && depth == 0 => return,
                '`' => self.backtick(),
                '"' | '\'' => self.quoted(c),
                '#' if self.rest().trim_start_matches('#').starts_with('"') => self.raw(),
                '/' if self.rest().starts_with("//") => self.line_comment(),
                '/' if self.rest().starts_with("/*") => self.block_comment(),
                _ => {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    self.copy();
                }
            }
        }
    }

    fn quoted(&mut self, quote: char) {
        self.copy();
        while let Some(c) = self.copy() {
            match c {
                '\\' => _ = self.copy(),
                c if c == quote => return,
                _ => {}
            }
        }
    }

    /// `#"…"#`, with any number of `#`.
    fn raw(&mut self) {
        let hashes = self.rest().len() - self.rest().trim_start_matches('#').len();
        self.copy_str(&format!("{}\"", "#".repeat(hashes)));
        let end = format!("\"{}", "#".repeat(hashes));
        while !self.rest().is_empty() && !self.rest().starts_with(&end) {
            self.copy();
        }
        self.copy_str(&end);
    }

    fn line_comment(&mut self) {
        while !self.rest().is_empty() && !self.rest().starts_with('\n') {
            self.copy();
        }
    }

    /// Block comments may hold others.
    fn block_comment(&mut self) {
        self.copy_str("/*");
        let mut depth = 1;
        while depth > 0 && !self.rest().is_empty() {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.copy_str("/*");
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.copy_str("*/");
            } else {
                self.copy();
            }
        }
    }

    fn backtick(&mut self) {
        let filled = is_filled_in(self.rest());
        self.replace("`", if filled { "(`" } else { "`" });
        while !self.rest().is_empty() {
            if self.rest().starts_with("``") {
                self.copy_str("``");
            } else if self.rest().starts_with('`') {
                return self.replace("`", if filled { "`)" } else { "`" });
            } else if self.rest().starts_with("${") {
                self.filled();
            } else {
                self.copy();
            }
        }
    }

    /// `${…}` inside a backtick text.
    fn filled(&mut self) {
        self.replace("${", "`+(");
        self.code(true);
        if self.rest().starts_with("}\n") {
            // Rhai drops a line break straight behind a backtick.
            self.replace("}", ")+\"\\n\"+`");
        } else if self.rest().starts_with('}') {
            self.replace("}", ")+`");
        }
    }
}

/// Whether a backtick text holds a `${`.
fn is_filled_in(text: &str) -> bool {
    let mut rest = &text[1..];
    loop {
        match rest.find(['`', '$']) {
            Some(at) if rest[at..].starts_with("``") => rest = &rest[at + 2..],
            Some(at) if rest[at..].starts_with("${") => return true,
            Some(at) if rest[at..].starts_with('$') => rest = &rest[at + 1..],
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Written {
        Written::at(&Place::file("a.rhai"), text)
    }

    #[test]
    fn a_text_that_is_filled_in_becomes_a_sum() {
        assert_eq!(written("`a ${x} b`").text, "(`a `+(x)+` b`)");
        assert_eq!(
            written("`a ${if y { `<${x}>` } else { \"}\" }}`").text,
            "(`a `+(if y { (`<`+(x)+`>`) } else { \"}\" })+``)"
        );
    }

    #[test]
    fn strings_characters_and_comments_are_left_alone() {
        for text in ["`plain`", "\"`${x}`\"", "'`' + '}'", "// `${x}`", "/* /* */ `${x}` */", "#\"`${x}\"#", "`a``b`"] {
            assert_eq!(written(text).text, text);
        }
    }

    #[test]
    fn columns_are_counted_back() {
        let written = written("let é = 1;\n  `ü ${x} ö` + boom + `${y}` + bang");
        for (word, column) in [("x)", 8), ("boom", 16), ("y)", 26), ("bang", 32)] {
            let line = written.text.lines().nth(1).expect("two lines");
            let found = line[..line.find(word).expect("it is there")].chars().count() + 1;
            let place = written.place(Position::new(2, found as u16), 1);
            assert_eq!((place.line, place.column), (2, column), "{word} in {line}");
        }
    }

    #[test]
    fn the_sum_gives_what_the_text_would_have_given() {
        let engine = rhai::Engine::new();
        for text in [
            "`a ${1+1} b`",
            "`\n x ${1}\n y\n`",
            "`${1}`",
            "`${`in ${2}`}`",
            "`a``${1}``b`",
            "`${#{a: 1}.a}`",
            "`${if true { \"}\" } else { \"x\" }}`",
            "`${[1, \"b\"]} ${#{a: 1.5}}`",
            "`${()}x`",
            "`${}x`",
            "`x${'}'}y`",
            "`a${1 /* } */}b$`",
            "`${1}` + `${2}`.len()",
            "`${1}${2}` == \"12\"",
        ] {
            let given = |text: &str| engine.eval::<rhai::Dynamic>(text).map(|value| value.to_string());
            assert_eq!(given(&written(text).text).ok(), given(text).ok(), "{text}");
            assert!(given(text).is_ok(), "{text}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_text_is_read_to_its_end_and_keeps_its_lines(text in "[`${}\"'/*#a \n\\\\é]{0,40}") {
            let written = written(&text);
            proptest::prop_assert_eq!(written.text.lines().count(), text.lines().count());
            if !text.contains('`') {
                proptest::prop_assert_eq!(written.text, text);
            }
        }
    }
}
