//! Counts of replies become replies: who wrote them and when, so that whatever a rule counts comes out as given.

use jiff::{SignedDuration, Timestamp};

use crate::names::Path;
use crate::testing::ordinary::Told;
use crate::value::Value;

/// What a thread's replies are made from.
pub struct Counts {
    by_author: i64,
    by_staff: i64,
    by_others: i64,
    solutions: i64,
    author_waits: Option<SignedDuration>,
}

/// Facts that need replies to come out.
const SAID: [&str; 6] = [
    "thread.replies",
    "thread.replies_by_others",
    "thread.replies_by_author",
    "thread.replies_by_staff",
    "thread.solutions",
    "thread.author_waits",
];

/// Whether a fact is about replies.
pub fn is_about_replies(path: &Path) -> bool {
    SAID.contains(&path.as_str())
}

impl Counts {
    /// The counts that are given on top of those from before; what is left out follows from them.
    pub fn of(before: &Told, own: &Told) -> Self {
        let number = |told: &Told, path: &str| match told.get(path) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        let kept = |path: &str| number(own, path).or(number(before, path)).unwrap_or(0);
        let (by_author, by_staff) = (kept("thread.replies_by_author"), kept("thread.replies_by_staff"));
        let all = number(own, "thread.replies").map(|all| all - by_author);
        let solutions = kept("thread.solutions");
        let others =
            || number(before, "thread.replies_by_others").unwrap_or(0).max(by_staff).max(solutions - by_author);
        let by_others = number(own, "thread.replies_by_others").or(all).unwrap_or_else(others).max(0);
        let author_waits = match own.get("thread.author_waits") {
            Some(Value::Span(span)) => Some(*span),
            _ => None,
        };
        Counts { by_author, by_staff, by_others, solutions, author_waits }
    }

    /// The counts that the next step goes on from.
    pub fn told(&self) -> Told {
        let counts = [
            ("thread.replies_by_author", self.by_author),
            ("thread.replies_by_staff", self.by_staff),
            ("thread.replies_by_others", self.by_others),
            ("thread.solutions", self.solutions),
        ];
        counts.into_iter().map(|(path, count)| (path.into(), count.into())).collect()
    }

    /// How many there are in all.
    pub fn all(&self) -> i64 {
        self.by_author + self.by_others
    }

    /// When a question without any reply was asked, where only its author's waiting is given.
    pub fn posted_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.author_waits.filter(|_| self.by_author == 0).map(|waits| now - waits)
    }

    /// The replies, oldest first: others a minute after the question, then its author.
    pub fn rows(&self, thread: &Value, author: &Value, posted_at: Timestamp, now: Timestamp) -> Vec<Value> {
        let soon = (posted_at + SignedDuration::from_mins(1)).min(now);
        let last = self.author_waits.map_or(soon, |waits| now - waits);
        let row = |n: i64, by: Value, at: Timestamp| {
            Value::map([
                ("id", Value::text(format!("{}{n:03}", thread.as_str().unwrap_or_default()))),
                ("thread", thread.clone()),
                ("author_id", by),
                ("posted_at", Value::Moment(at)),
                ("is_solution", (n <= self.solutions).into()),
                ("moderation", "approved".into()),
                ("own", false.into()),
            ])
        };
        let others = (0..self.by_others).map(|n| {
            let by = if n < self.by_staff { staff(n) } else { Value::text(format!("{}", 500 + n)) };
            row(n + 1, by, soon.min(last))
        });
        let author = (0..self.by_author).map(|n| row(self.by_others + n + 1, author.clone(), last));
        others.chain(author).collect()
    }

    /// The people among the repliers who have one of the staff's roles.
    pub fn staff(&self) -> Vec<Value> {
        (0..self.by_staff).map(staff).collect()
    }
}

fn staff(n: i64) -> Value {
    Value::text(format!("{}", 900 + n))
}
