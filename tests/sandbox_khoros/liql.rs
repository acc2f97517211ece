//! Random queries over random small worlds give what the slow evaluator gives.
//!
//! The number of worlds comes from CASEBRIDGE_QUERIES.

use std::collections::BTreeMap;

use casebridge::sandbox::{Options, SceneChoice};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::site::Site;
use super::slow::{Ask, BOARDS, Cond, MARKS, MEMBERS, Post, SELECT, WORDS, key, scene, shown};

const START: i64 = 1_760_000_000_000;
const ORDERS: [&str; 7] = [
    "id",
    "post_time",
    "conversation.last_post_time",
    "metrics.views",
    "kudos.sum(weight)",
    "replies.count(*)",
    "is_solution",
];

/// What a query asks for beside its condition.
#[derive(Clone, Debug)]
struct Query {
    cond: Option<Cond>,
    order: Vec<(&'static str, bool)>,
    limit: usize,
    lower_case: bool,
}

fn places(of: usize) -> impl Strategy<Value = Vec<usize>> {
    subsequence((0..of).collect::<Vec<_>>(), 1..=of)
}

fn marks() -> impl Strategy<Value = Vec<usize>> {
    subsequence((0..MARKS.len()).collect::<Vec<_>>(), 0..=2)
}

fn words() -> impl Strategy<Value = Vec<usize>> {
    subsequence((0..WORDS.len()).collect::<Vec<_>>(), 1..=3)
}

/// Parent, board, author, second; subject and body; labels and tags; kudos, views, and whether it is accepted.
type Loose = (Option<Index>, usize, usize, i64, [Vec<usize>; 2], [Vec<usize>; 2], usize, i64, bool);

/// A post before it knows its place: where it hangs is a number that is bent to what is there.
fn loose() -> impl Strategy<Value = Loose> {
    let texts = [words().boxed(), words().boxed()];
    let both = [marks().boxed(), marks().boxed()];
    let parent = option::weighted(0.6, any::<Index>());
    (parent, 0..BOARDS.len(), 0..MEMBERS.len(), 0..20_i64, texts, both, 0..4_usize, 0..5_i64, any::<bool>())
}

fn worlds() -> impl Strategy<Value = Vec<Post>> {
    vec(loose(), 0..14).prop_map(|all| {
        let mut world: Vec<Post> = Vec::new();
        for (id, (parent, board, author, time, [subject, body], [labels, tags], kudos, views, accepted)) in
            (101..).zip(all)
        {
            let parent = parent.filter(|_| !world.is_empty()).map(|at| at.get(&world).clone());
            let topic = parent.as_ref().map_or(id, |parent| parent.topic);
            let board = parent.as_ref().map_or(board, |parent| parent.board);
            let free = parent.is_some() && !world.iter().any(|post| post.topic == topic && post.accepted);
            let depth = parent.as_ref().map_or(0, |parent| parent.depth + 1);
            let (parent, kudos) = (parent.map(|parent| parent.id), kudos.min(MEMBERS.len()));
            let (time, accepted) = (START + time * 1000, accepted && free);
            world.push(Post {
                id,
                board,
                author,
                parent,
                topic,
                depth,
                time,
                subject,
                body,
                labels,
                tags,
                kudos,
                views,
                accepted,
            });
        }
        world
    })
}

fn asks() -> impl Strategy<Value = Ask> {
    let ids = || vec(100..116_u64, 1..4);
    let moment = || (0..20_i64).prop_map(|seconds| START + seconds * 1000);
    prop_oneof![
        ids().prop_map(Ask::Ids),
        places(BOARDS.len()).prop_map(Ask::BoardIn),
        (0..BOARDS.len()).prop_map(Ask::BoardNot),
        (0..3_i64).prop_map(Ask::Depth),
        (0..3_i64).prop_map(Ask::Deeper),
        any::<bool>().prop_map(Ask::Solved),
        (0..3_i64).prop_map(Ask::Replies),
        (0..3_i64).prop_map(Ask::MoreReplies),
        (select(vec!["<", "<=", ">", ">="]), moment()).prop_map(|(op, at)| Ask::Posted(op, at)),
        (select(vec!["<", ">"]), moment()).prop_map(|(op, at)| Ask::LastPost(op, at)),
        (0..MEMBERS.len()).prop_map(Ask::Author),
        (0..MEMBERS.len()).prop_map(Ask::Login),
        (100..116_u64).prop_map(Ask::Topic),
        ids().prop_map(Ask::Parents),
        any::<bool>().prop_map(Ask::IsSolution),
        (0..MARKS.len()).prop_map(Ask::Label),
        places(MARKS.len()).prop_map(Ask::TagIn),
        (0..WORDS.len()).prop_map(Ask::Subject),
        (0..WORDS.len(), 0..WORDS.len()).prop_map(|(one, two)| Ask::Words(one, two)),
        (0..3_i64).prop_map(Ask::MoreKudos),
        places(BOARDS.len()).prop_map(Ask::Styles),
        select(vec!["left", "right", "nowhere"]).prop_map(Ask::Category),
        select(vec!["left", "help", "sandbox.prod", "nowhere"]).prop_map(Ask::Ancestor),
    ]
}

fn queries() -> impl Strategy<Value = Query> {
    let cond = asks().prop_map(Cond::Ask).prop_recursive(3, 10, 4, |inner| {
        prop_oneof![2 => vec(inner.clone(), 1..4).prop_map(Cond::All), 1 => vec(inner, 1..4).prop_map(Cond::Any)]
    });
    let order = vec((select(ORDERS.to_vec()), any::<bool>()), 0..3);
    (option::weighted(0.9, cond), order, 1..6_usize, any::<bool>()).prop_map(|(cond, order, limit, lower_case)| Query {
        cond,
        order,
        limit,
        lower_case,
    })
}

impl Query {
    fn clauses(&self) -> String {
        let filter = match &self.cond {
            // At the top a group needs no parentheses; with them nothing can be narrowed.
            Some(Cond::All(all)) => format!(" WHERE {}", all.iter().map(Cond::liql).collect::<Vec<_>>().join(" and ")),
            Some(cond) => format!(" WHERE {}", cond.liql()),
            None => String::new(),
        };
        let keys: Vec<String> =
            self.order.iter().map(|(path, down)| format!("{path}{}", if *down { " DESC" } else { "" })).collect();
        let order = if keys.is_empty() { String::new() } else { format!(" ORDER BY {}", keys.join(",")) };
        format!("{filter}{order}")
    }

    fn liql(&self, select: &str, limit: &str) -> String {
        let (select_word, from) = if self.lower_case { ("select", "from") } else { ("SELECT", "FROM") };
        format!("{select_word} {select} {from} messages{}{limit}", self.clauses())
    }
}

/// All pages of a query, by cursor.
async fn pages(site: &Site, query: &Query) -> Vec<Value> {
    let liql = query.liql(SELECT, &format!(" LIMIT {}", query.limit));
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let data = site.search(&format!("{liql}{cursor}")).await;
        let items = data["items"].as_array().expect("items").clone();
        assert!(items.len() <= query.limit && data["size"] == items.len(), "{liql}");
        all.extend(items);
        assert!(all.len() < 100, "{liql} does not end");
        match data["next_cursor"].as_str() {
            Some(next) => cursor = format!(" CURSOR '{next}'"),
            None => return all,
        }
    }
}

async fn agrees(site: &Site, world: &[Post], query: &Query) {
    let wanted: Vec<&Post> =
        world.iter().filter(|post| query.cond.as_ref().is_none_or(|cond| cond.holds(world, post))).collect();
    let liql = query.liql(SELECT, "");
    let found = pages(site, query).await;
    let by_id = |items: &[Value]| -> BTreeMap<String, Value> {
        items.iter().map(|item| (item["id"].as_str().expect("an id").to_owned(), item.clone())).collect()
    };
    let shown: Vec<Value> = wanted.iter().map(|post| shown(world, post)).collect();
    assert_eq!(found.len(), shown.len(), "{liql}");
    assert_eq!(by_id(&found), by_id(&shown), "{liql}");
    let keys = |id: &str| {
        let post = world.iter().find(|post| post.id.to_string() == id).expect("a post");
        let keys = query.order.iter().map(|(path, down)| key(world, post, path) * if *down { -1 } else { 1 });
        keys.collect::<Vec<i64>>()
    };
    let order: Vec<Vec<i64>> = found.iter().map(|item| keys(item["id"].as_str().expect("an id"))).collect();
    assert!(order.is_sorted(), "{liql}: {order:?}");
    let count = site.search(&query.liql("count(*)", "")).await;
    assert_eq!(count["count"], wanted.len(), "{liql}");
}

#[test]
fn random_queries_give_what_the_slow_evaluator_gives() {
    let cases = std::env::var("CASEBRIDGE_QUERIES").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let property = (worlds(), vec(queries(), 1..8));
    let outcome = runner.run(&property, |(world, queries)| {
        runtime.block_on(async {
            let site = Site::with(Options { scene: SceneChoice::Value(scene(&world)), ..Options::default() }).await;
            for query in &queries {
                agrees(&site, &world, query).await;
            }
        });
        Ok(())
    });
    outcome.expect("the same rows");
}
