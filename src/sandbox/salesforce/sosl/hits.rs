//! Which records a term is in, object by object (sheet 5.1).

use jiff::{SignedDuration, Timestamp};

use super::super::moment;
use super::super::org::Org;
use super::super::record::Record;
use super::super::schema::{Field, Kind, Object};
use super::super::soql::{Plan, among};
use super::statement::MOST;
use super::term::{self, Term};

/// One object gives no more, unless a condition or an order says which.
const MOST_OF_ONE: usize = 250;

/// In which fields the term is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fields {
    All,
    Name,
    Email,
    Phone,
    Sidebar,
}

impl Fields {
    /// `ALL`, `NAME` …, in any case.
    pub fn named(word: &str) -> Option<Fields> {
        let known = [
            ("ALL", Fields::All),
            ("NAME", Fields::Name),
            ("EMAIL", Fields::Email),
            ("PHONE", Fields::Phone),
            ("SIDEBAR", Fields::Sidebar),
        ];
        known.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, fields)| *fields)
    }

    /// Which fields the sidebar looks into is not said; here names, addresses, numbers and keys (I).
    fn has(self, object: &Object, field: &Field) -> bool {
        let name = object.name_field().is_some_and(|name| name.name == field.name)
            || matches!(field.name, "FirstName" | "LastName" | "Subject");
        let email = matches!(field.kind, Kind::Email(_));
        let phone = matches!(field.kind, Kind::Phone(_));
        match self {
            Fields::All => field.kind.prose() && field.mirrors.is_none(),
            Fields::Name => name,
            Fields::Email => email,
            Fields::Phone => phone,
            Fields::Sidebar => name || email || phone || field.id_lookup,
        }
    }
}

/// What is wanted of one object.
pub struct Wanted {
    pub plan: Plan,
    pub narrowed: bool,
}

/// The records of every object, in the order of the objects, at most `limit` in all.
pub fn find<'a>(
    org: &'a Org,
    (term, fields): (&Term, Fields),
    wanted: &[Wanted],
    limit: usize,
    indexed: Timestamp,
) -> Vec<Vec<&'a Record>> {
    let all: Vec<_> = wanted.iter().map(|one| of_one(org, (term, fields), one, wanted.len(), indexed)).collect();
    let shares = shares(&all.iter().map(Vec::len).collect::<Vec<_>>(), limit);
    all.into_iter().zip(shares).map(|(records, share)| records.into_iter().take(share).collect()).collect()
}

/// The moment up to which writes are in the index.
pub fn indexed_until(now: Timestamp, lag_ms: u64) -> Timestamp {
    now - SignedDuration::from_millis(i64::try_from(lag_ms).unwrap_or(i64::MAX / 2))
}

fn of_one<'a>(
    org: &'a Org,
    (term, fields): (&Term, Fields),
    wanted: &Wanted,
    objects: usize,
    indexed: Timestamp,
) -> Vec<&'a Record> {
    let most = match (objects, wanted.narrowed) {
        (0 | 1, true) => MOST,
        (0 | 1, false) => MOST_OF_ONE,
        (several, _) => (MOST / several).min(MOST_OF_ONE),
    };
    let searched: Vec<&Field> =
        wanted.plan.object.fields.iter().filter(|f| fields.has(wanted.plan.object, f)).collect();
    let until = moment::written(indexed);
    let has_term = |record: &&Record| {
        let texts = searched.iter().filter_map(|field| record.held_at(field.position).text());
        term.is_in(&texts.map(term::words_of).collect::<Vec<_>>())
    };
    let known = |record: &&Record| record.text("CreatedDate").is_some_and(|created| created <= until.as_str());
    let live = org.records_of(wanted.plan.object).filter(|record| !record.is_deleted());
    let candidates: Vec<_> = live.filter(known).filter(has_term).take(MOST).collect();
    among(org, &wanted.plan, candidates).into_iter().take(most).collect()
}

/// How many each may give: equal shares, and what some do not need goes to the first that have more.
fn shares(found: &[usize], limit: usize) -> Vec<usize> {
    let equal = limit / found.len().max(1);
    let mut shares: Vec<usize> = found.iter().map(|found| (*found).min(equal)).collect();
    let mut left = limit.saturating_sub(shares.iter().sum());
    for (share, found) in shares.iter_mut().zip(found) {
        let more = (found - *share).min(left);
        *share += more;
        left -= more;
    }
    shares
}
