//! Writes running text as lines: blanks fall together, blocks stand apart, quotes and lists have their signs in front.

/// Quotes and lists in so many others are only text: a post of nothing but `<blockquote>` shall not fill a page.
const DEEPEST: usize = 20;

/// What stands in front of the lines of a block: once, then on all others.
struct Front {
    first: Option<String>,
    rest: &'static str,
}

/// A text that grows.
#[derive(Default)]
pub struct Flow {
    text: String,
    fronts: Vec<Front>,
    /// Line ends that come before the next word, and how many fronts the empty lines among them have.
    breaks: usize,
    shared: usize,
    /// Blanks that come before the next word of the line.
    blanks: String,
    is_in_line: bool,
}

impl Flow {
    /// Text whose blanks mean nothing but a border between words; one that does not break is meant as it is.
    pub fn words(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\u{A0}' => self.blanks.push(' '),
                c if c.is_ascii_whitespace() && (!self.is_in_line || !self.blanks.is_empty()) => {}
                c if c.is_ascii_whitespace() => self.blanks.push(' '),
                c => self.put(c),
            }
        }
    }

    /// Text whose blanks and lines are meant as they are.
    pub fn as_is(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' => self.line_end(),
                '\u{A0}' => self.blanks.push(' '),
                c if c.is_whitespace() => self.blanks.push(c),
                c => self.put(c),
            }
        }
    }

    /// One line ends here.
    pub fn line_end(&mut self) {
        self.apart(self.breaks + 1);
    }

    /// What follows stands so many lines lower, at least.
    pub fn apart(&mut self, breaks: usize) {
        self.shared = if self.breaks == 0 { self.fronts.len() } else { self.shared.min(self.fronts.len()) };
        // Nothing stands above the first line.
        self.breaks = if self.text.is_empty() { 0 } else { self.breaks.max(breaks) };
        self.blanks.clear();
        self.is_in_line = false;
    }

    /// A block begins whose lines have something in front.
    pub fn enter(&mut self, first: Option<String>, rest: &'static str) {
        let is_seen = self.fronts.len() < DEEPEST;
        self.fronts.push(if is_seen { Front { first, rest } } else { Front { first: None, rest: "" } });
    }

    /// It ends.
    pub fn leave(&mut self) {
        self.fronts.pop();
        self.shared = self.shared.min(self.fronts.len());
    }

    /// Whether something stands on the line.
    pub fn is_in_line(&self) -> bool {
        self.is_in_line
    }

    /// How far the text has come: what stands behind it is new.
    pub fn here(&self) -> usize {
        self.text.len()
    }

    /// What was written since.
    pub fn since(&self, here: usize) -> &str {
        self.text[here..].trim()
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.text
    }

    fn put(&mut self, c: char) {
        if !self.is_in_line {
            self.new_line();
        }
        self.text.push_str(&std::mem::take(&mut self.blanks));
        self.text.push(c);
    }

    fn new_line(&mut self) {
        let empty: String = self.fronts.iter().take(self.shared).map(|front| front.rest).collect();
        for n in 0..std::mem::take(&mut self.breaks) {
            if n > 0 {
                self.text.push_str(empty.trim_end());
            }
            self.text.push('\n');
        }
        for front in &mut self.fronts {
            self.text.push_str(&front.first.take().unwrap_or_else(|| front.rest.to_owned()));
        }
        self.is_in_line = true;
    }
}
