//! `FIND {…} IN … FIELDS RETURNING … LIMIT n`, read (sheet 5.1).

use super::super::refusal::Refusal;
use super::hits::Fields;
use super::scan::Scanner;
use super::term::Term;

/// No search gives more records.
pub const MOST: usize = 2_000;

/// A statement; what is returned of each object is a SOQL statement.
#[derive(Debug)]
pub struct Search {
    pub term: Term,
    pub fields: Fields,
    /// Object and statement; none at all means the ids of all objects.
    pub returning: Vec<Returned>,
    pub limit: usize,
}

#[derive(Debug)]
pub struct Returned {
    pub object: String,
    pub statement: String,
    /// A condition or an order lets more records through (sheet 5.1).
    pub narrowed: bool,
}

impl Returned {
    /// `Case(Id, Subject WHERE IsClosed = false)`: fields, then the clauses of a query.
    pub fn new(object: &str, inner: &str) -> Returned {
        let cut = clauses_at(inner);
        let (fields, clauses) = inner.split_at(cut);
        let fields = if fields.trim().is_empty() { "Id" } else { fields.trim() };
        let clauses = clauses.trim();
        let upper = clauses.to_uppercase();
        let narrowed = upper.starts_with("WHERE") || upper.starts_with("ORDER");
        Returned { object: object.into(), statement: format!("SELECT {fields} FROM {object} {clauses}"), narrowed }
    }
}

/// Reads a whole statement.
pub fn read(statement: &str) -> Result<Search, Refusal> {
    let mut scanner = Scanner::new(statement);
    if !scanner.takes("FIND") {
        return Err(malformed("a search starts with FIND"));
    }
    let braced = scanner.braced();
    let text = braced.ok_or_else(|| malformed("No search term found. The search term must be enclosed in braces."))?;
    let term = Term::read(text).map_err(malformed)?;
    let mut search = Search { term, fields: Fields::All, returning: Vec::new(), limit: MOST };
    if scanner.takes("IN") {
        let group = scanner.word().and_then(Fields::named).ok_or_else(|| unexpected(&scanner))?;
        search.fields = group;
        if !scanner.takes("FIELDS") {
            return Err(unexpected(&scanner));
        }
    }
    if scanner.takes("RETURNING") {
        search.returning = returning(&mut scanner)?;
    }
    while scanner.takes("WITH") {
        // Snippets, divisions and networks change nothing in what is found here.
        scanner.word().ok_or_else(|| unexpected(&scanner))?;
        if scanner.takes_sign('=') {
            scanner.takes_sign('\'');
            scanner.word();
            scanner.takes_sign('\'');
        } else if scanner.rest().starts_with('(') {
            scanner.parenthesised().ok_or_else(|| unexpected(&scanner))?;
        }
    }
    if scanner.takes("LIMIT") {
        let limit = scanner.word().and_then(|word| word.parse().ok()).filter(|limit| (1..=MOST).contains(limit));
        search.limit = limit.ok_or_else(|| malformed(format!("the limit of a search lies between 1 and {MOST}")))?;
    }
    if scanner.rest().is_empty() { Ok(search) } else { Err(unexpected(&scanner)) }
}

fn returning(scanner: &mut Scanner<'_>) -> Result<Vec<Returned>, Refusal> {
    let mut objects = Vec::new();
    loop {
        let object = scanner.word().ok_or_else(|| unexpected(scanner))?;
        let inner = if scanner.rest().starts_with('(') {
            scanner.parenthesised().ok_or_else(|| unexpected(scanner))?
        } else {
            ""
        };
        objects.push(Returned::new(object, inner));
        if !scanner.takes_sign(',') {
            return Ok(objects);
        }
    }
}

/// Where the list of fields ends.
fn clauses_at(inner: &str) -> usize {
    let words = ["USING", "WHERE", "ORDER", "LIMIT", "OFFSET"];
    let starts = |place: usize| {
        words.iter().any(|word| {
            let rest = &inner[place..];
            rest.get(..word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word))
                && rest[word.len()..].starts_with(char::is_whitespace)
        })
    };
    let begins =
        inner.char_indices().filter(|(place, _)| inner[..*place].ends_with(char::is_whitespace) || *place == 0);
    begins.map(|(place, _)| place).find(|place| starts(*place)).unwrap_or(inner.len())
}

fn unexpected(scanner: &Scanner<'_>) -> Refusal {
    let next: String = scanner.rest().chars().take(50).collect();
    malformed(format!("unexpected token: '{next}'"))
}

pub fn malformed(why: impl Into<String>) -> Refusal {
    Refusal::new("MALFORMED_SEARCH", why)
}
