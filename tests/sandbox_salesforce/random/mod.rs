//! Random queries over random small worlds find what a slow, plain evaluator finds (Salesforce sheet 4).
//!
//! `CASEBRIDGE_QUERIES` says how many worlds are tried; each is asked ten queries.

mod oracle;
mod query;
mod worlds;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use super::{Org, told};
use oracle::{Answer, Oracle};
use query::{Cond, INTERESTS, Kind, Lit, Measure, Op, Path, Piece, Query, Shape, Type};
use worlds::{MESSAGES, TEXTS, World};

const DAY: Date = date(2026, 3, 10);

const SPANS: &[(&str, bool)] = &[
    ("TODAY", false),
    ("YESTERDAY", false),
    ("TOMORROW", false),
    ("LAST_N_DAYS", true),
    ("NEXT_N_DAYS", true),
    ("N_DAYS_AGO", true),
    ("THIS_WEEK", false),
    ("LAST_WEEK", false),
    ("LAST_N_WEEKS", true),
    ("NEXT_MONTH", false),
    ("THIS_MONTH", false),
    ("LAST_N_MONTHS", true),
    ("N_MONTHS_AGO", true),
    ("LAST_QUARTER", false),
    ("THIS_YEAR", false),
    ("NEXT_N_YEARS", true),
];

fn path(kind: Kind, wanted: fn(Type) -> bool) -> BoxedStrategy<Path> {
    select(kind.paths().iter().copied().filter(|path| wanted(path.1)).collect::<Vec<_>>()).boxed()
}

fn literal(kind: Type) -> BoxedStrategy<Lit> {
    let some = match kind {
        Type::Text => select(TEXTS).prop_map(|text| Lit::Text(text.into())).boxed(),
        Type::Exact => select(MESSAGES).prop_map(|text| Lit::Text(text.into())).boxed(),
        Type::Pick(values) => select(values).prop_map(|text| Lit::Text(text.to_uppercase())).boxed(),
        Type::Multi => select(INTERESTS).prop_map(|text| Lit::Text(text.into())).boxed(),
        Type::Number => (-1..6i64).prop_map(Lit::Number).boxed(),
        Type::Bool => any::<bool>().prop_map(Lit::Bool).boxed(),
        Type::Day => prop_oneof![
            (-40..40i64).prop_map(|n| Lit::Day(DAY + n.days())),
            (select(SPANS), 1..4i64).prop_map(|((word, counted), n)| Lit::Span(word, counted.then_some(n))),
        ]
        .boxed(),
    };
    let none = if kind == Type::Text {
        prop_oneof![Just(Lit::Null), Just(Lit::Text(String::new()))].boxed()
    } else {
        Just(Lit::Null).boxed()
    };
    prop_oneof![5 => some, 1 => none].boxed()
}

fn op(kind: Type) -> BoxedStrategy<Op> {
    match kind {
        Type::Bool | Type::Multi => select(&[Op::Eq, Op::Ne][..]).boxed(),
        _ => select(&[Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge][..]).boxed(),
    }
}

fn leaf(kind: Kind) -> BoxedStrategy<Cond> {
    let compare = path(kind, |_| true)
        .prop_flat_map(|path| (Just(path), op(path.1), literal(path.1)))
        .prop_map(|(path, op, lit)| Cond::Compare(path, op, lit));
    let listed = path(kind, |_| true)
        .prop_flat_map(|path| (Just(path), any::<bool>(), vec(literal(path.1), 1..4)))
        .prop_filter("spans of days stand in no list", |(_, _, lits)| {
            !lits.iter().any(|lit| matches!(lit, Lit::Span(..)))
        })
        .prop_map(|(path, not, lits)| Cond::In(path, not, lits));
    let piece = prop_oneof![
        2 => Just(Piece::Run),
        1 => Just(Piece::One),
        3 => select(vec!['a', 'B', '%', '_', '\'', '\\', 'é', '😱', ' ']).prop_map(Piece::Char),
    ];
    let like = (path(kind, |kind| matches!(kind, Type::Text | Type::Pick(_))), vec(piece, 0..4))
        .prop_map(|(path, pieces)| Cond::Like(path, pieces));
    let plain = prop_oneof![4 => compare, 2 => listed, 2 => like];
    if kind != Kind::Contact {
        return plain.boxed();
    }
    let sets = vec(prop::sample::subsequence(INTERESTS, 1..3), 1..3);
    let includes = (path(kind, |kind| kind == Type::Multi), any::<bool>(), sets)
        .prop_map(|(path, not, sets)| Cond::Includes(path, not, sets));
    prop_oneof![4 => plain, 1 => includes].boxed()
}

fn condition(kind: Kind) -> BoxedStrategy<Cond> {
    leaf(kind)
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 2..4).prop_map(Cond::All),
                vec(inner.clone(), 2..4).prop_map(Cond::Any),
                inner.prop_map(|cond| Cond::Not(Box::new(cond))),
            ]
        })
        .boxed()
}

fn rows(kind: Kind, all: bool) -> BoxedStrategy<Shape> {
    let order = vec((path(kind, |kind| kind != Type::Multi), any::<bool>(), any::<bool>()), 0..3);
    let children =
        if kind == Kind::Contact && !all { option::of(leaf(Kind::Case)).boxed() } else { Just(None).boxed() };
    (order, option::of(0..8usize), 0..4usize, children)
        .prop_map(|(order, limit, offset, children)| Shape::Rows { order, limit, offset, children })
        .boxed()
}

fn grouped(kind: Kind) -> BoxedStrategy<Shape> {
    let keys = vec(path(kind, |kind| !matches!(kind, Type::Number | Type::Multi)), 0..3).prop_map(|keys| {
        let mut different: Vec<Path> = Vec::new();
        for key in keys {
            if !different.contains(&key) {
                different.push(key);
            }
        }
        different
    });
    let counts = (select(&[Measure::Count, Measure::CountDistinct][..]), path(kind, |_| true));
    let sum = if kind == Kind::Postback {
        counts.boxed()
    } else {
        // Which of two spellings is the least is not said.
        let ordered = |kind| matches!(kind, Type::Pick(_) | Type::Number | Type::Day);
        let least = (select(&[Measure::Min, Measure::Max][..]), path(kind, ordered));
        let numbers = (select(&[Measure::Sum, Measure::Avg][..]), path(kind, |kind| kind == Type::Number));
        prop_oneof![counts, least, numbers].boxed()
    };
    let first = (Just(Measure::Count), path(kind, |_| true));
    let having = option::of((op(Type::Number), 0..4i64));
    (keys, first, vec(sum, 0..3), having)
        .prop_map(|(keys, first, mut sums, having)| {
            sums.insert(0, first);
            Shape::Groups { keys, sums, having: having.map(|(op, number)| (0, op, number)) }
        })
        .boxed()
}

fn query() -> impl Strategy<Value = Query> {
    (select(vec![Kind::Case, Kind::Case, Kind::Contact, Kind::Postback]), any::<bool>()).prop_flat_map(|(kind, all)| {
        let other = if kind == Kind::Case { Kind::Contact } else { Kind::Case };
        let shape = prop_oneof![4 => rows(kind, all), 1 => Just(Shape::Total), 3 => grouped(kind)];
        let among = option::weighted(0.3, (any::<bool>(), option::of(leaf(other))));
        (option::weighted(0.8, condition(kind)), among, shape).prop_map(move |(filter, among, shape)| Query {
            kind,
            filter,
            among,
            shape,
            all,
        })
    })
}

#[test]
fn random_queries_find_what_a_plain_evaluator_finds() {
    let cases = std::env::var("CASEBRIDGE_QUERIES").ok().and_then(|n| n.parse().ok()).unwrap_or(24);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let tried = TestRunner::new(config).run(&(worlds::world(), vec(query(), 10)), |(world, queries)| {
        runtime.block_on(check(&world, &queries)).map_err(TestCaseError::fail)
    });
    if let Err(why) = tried {
        panic!("{why}");
    }
}

async fn check(world: &World, queries: &[Query]) -> Result<(), String> {
    let org = Org::fresh().await;
    let now = DAY.at(world.hour, 30, 0, 0).to_zoned_datetime(TimeZone::UTC).unwrap().timestamp();
    let mut org = org;
    org.clock.set(now);
    org.sign_in().await;
    let user = org.column("SELECT Id FROM User WHERE Username = 'integration@acme.test'", "/Id").await;
    let zone = json!({"TimeZoneSidKey": world.zone});
    assert_eq!(org.change("User", user[0].as_str().unwrap(), zone).await.0, 204);
    let today = now.to_zoned_datetime(TimeZone::get(world.zone).unwrap()).date();
    let mut made = residents(&org).await;
    made.extend(world.make(&org, DAY).await);
    let oracle = Oracle { rows: &made, today };
    for query in queries {
        let statement = query.written();
        let resource = if query.all { "queryAll" } else { "query" };
        let request = org.ask(reqwest::Method::GET, resource).query(&[("q", &statement)]);
        let (status, answer) = told(request.send().await.unwrap()).await;
        if status != 200 {
            return Err(format!("{statement}\nis refused: {answer}"));
        }
        let (wanted, got) = (oracle.answer(query), got(query, &answer));
        if !alike(&wanted, &got) {
            return Err(format!("{resource} {statement}\nfound  {got:?}\nwanted {wanted:?}\ntoday  {today}"));
        }
    }
    Ok(())
}

/// The contacts that every org has, so that the oracle knows them too.
async fn residents(org: &Org) -> Vec<oracle::Row> {
    let paths: Vec<_> = Kind::Contact.paths().iter().map(|(name, _)| *name).collect();
    let statement = format!("SELECT Id, {} FROM Contact", paths.join(", "));
    let (_, answer) = org.query(&statement).await;
    let known = |row: &Value| {
        let values = Kind::Contact.paths().iter().map(|path| (path.0.to_owned(), at(row, path.0).clone())).collect();
        let id = row["Id"].as_str().unwrap().to_owned();
        oracle::Row { id, kind: Kind::Contact, deleted: false, values, points_at: None }
    };
    answer["records"].as_array().unwrap().iter().map(known).collect()
}

fn alike(wanted: &Answer, got: &Answer) -> bool {
    let sorted = |rows: &[Value]| {
        let mut rows: Vec<_> = rows.iter().map(Value::to_string).collect();
        rows.sort();
        rows
    };
    match (wanted, got) {
        (Answer::Groups(wanted), Answer::Groups(got)) => sorted(wanted) == sorted(got),
        (wanted, got) => wanted == got,
    }
}

/// An answer in the shape of the oracle's.
fn got(query: &Query, answer: &Value) -> Answer {
    let records = answer["records"].as_array().unwrap();
    match &query.shape {
        Shape::Total => Answer::Total(answer["totalSize"].as_u64().unwrap() as usize),
        Shape::Groups { .. } => {
            let bare = |row: &Value| {
                let mut row = row.clone();
                assert_eq!(row.as_object_mut().unwrap().remove("attributes"), Some(json!({"type": "AggregateResult"})));
                row
            };
            Answer::Groups(records.iter().map(bare).collect())
        }
        Shape::Rows { children, .. } => {
            let flat = |row: &Value| {
                let mut flat = Map::from_iter([("Id".to_owned(), row["Id"].clone())]);
                flat.extend(query.kind.paths().iter().map(|(name, _)| ((*name).to_owned(), at(row, name).clone())));
                if children.is_some() {
                    let rows = row["Cases"]["records"].as_array();
                    let subjects = rows.map(|rows| rows.iter().map(|row| row["Subject"].clone()).collect::<Value>());
                    flat.insert("Cases".into(), subjects.unwrap_or_default());
                }
                Value::Object(flat)
            };
            Answer::Rows(records.iter().map(flat).collect())
        }
    }
}

/// The value under a dotted name; parents that are not there have none.
fn at<'r>(row: &'r Value, name: &str) -> &'r Value {
    name.split('.').fold(row, |row, word| row.get(word).unwrap_or(&Value::Null))
}
