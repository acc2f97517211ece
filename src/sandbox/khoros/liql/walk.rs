//! Which order of the index a query can be walked in, so that a page costs what it shows and not what there is.

use std::ops::Bound;

use super::ast::{Literal, Op, Query};
use super::test::time_literal;
use crate::sandbox::khoros::catalog::Shape;
use crate::sandbox::khoros::index::Places;
use crate::sandbox::khoros::show::Row;
use crate::sandbox::khoros::switches::Switches;

/// A row's place in a walk: what it is ordered by, and its id.
pub type Place = (i64, u64);

/// An order that is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    Id,
    Posted,
    /// Roots only, by the last post.
    Active,
    Visited,
}

/// A walk along an order, between two keys.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    pub order: Order,
    pub descending: bool,
    pub low: i64,
    pub high: i64,
    /// Whether this is the order that the query asks for; if not, the rows have to be sorted.
    pub asked: bool,
}

impl Walk {
    /// The walk for a query about messages or members.
    pub fn of(shape: Shape, query: &Query, switches: &Switches) -> Self {
        let roots =
            query.musts().iter().any(|t| t.path == "depth" && t.op == Op::Eq && t.literals == [Literal::Int(0)]);
        let order = |path: &str| match (shape, path) {
            (_, "id") => Some(Order::Id),
            (Shape::Message, "post_time" | "last_publish_time") => Some(Order::Posted),
            (Shape::Message, "conversation.last_post_time") if roots => Some(Order::Active),
            (Shape::User, "last_visit_time") => Some(Order::Visited),
            _ => None,
        };
        let (asked, descending) = match query.order.as_slice() {
            [one] => (order(&one.path), one.descending),
            _ => (None, false),
        };
        let free = query.order.is_empty();
        let order = asked.unwrap_or_else(|| narrow(query, roots, switches));
        let (low, high) = bounds(query, order, switches);
        Self { order, descending, low, high, asked: free || asked.is_some() }
    }

    /// A row's place.
    pub fn place(&self, row: Row<'_>) -> Place {
        let key = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
        match (row, self.order) {
            (Row::Message(message), Order::Id) => (key(message.id), message.id),
            (Row::Message(message), Order::Active) => (message.conversation.last_post.as_millisecond(), message.id),
            (Row::Message(message), _) => (message.post_time.as_millisecond(), message.id),
            (Row::User(member), Order::Visited) => (member.last_visit.as_millisecond(), member.id),
            (Row::User(member), _) => (key(member.id), member.id),
            _ => (0, 0),
        }
    }

    /// The first and the last id of a walk by id that goes on after a place.
    pub fn ids(&self, after: Option<Place>) -> (u64, u64) {
        let (first, last) = (u64::try_from(self.low).unwrap_or(0), u64::try_from(self.high).unwrap_or(0));
        match after {
            None => (first, last),
            Some((_, id)) if self.descending => (first, last.min(id.saturating_sub(1))),
            Some((_, id)) => (first.max(id.saturating_add(1)), last),
        }
    }

    /// The ids of a walk along these places.
    pub fn along<'a>(&self, places: &'a Places, after: Option<Place>) -> Box<dyn Iterator<Item = u64> + 'a> {
        let (mut first, mut last) = (Bound::Included((self.low, 0)), Bound::Included((self.high, u64::MAX)));
        let mut empty = self.low > self.high;
        if let Some(place) = after {
            empty |= place < (self.low, 0) || place > (self.high, u64::MAX);
            *(if self.descending { &mut last } else { &mut first }) = Bound::Excluded(place);
        }
        if empty {
            return Box::new(std::iter::empty());
        }
        let ids = places.range((first, last)).map(|(_, id)| *id);
        if self.descending { Box::new(ids.rev()) } else { Box::new(ids) }
    }
}

/// The order that leaves the fewest rows to look at. Without ORDER BY any order will do (sheet 4.7).
fn narrow(query: &Query, roots: bool, switches: &Switches) -> Order {
    let bounded = |order| bounds(query, order, switches) != (i64::MIN, i64::MAX);
    match () {
        () if bounded(Order::Posted) => Order::Posted,
        () if roots && bounded(Order::Active) => Order::Active,
        () => Order::Id,
    }
}

/// The keys that the tests under AND leave, both included.
fn bounds(query: &Query, order: Order, switches: &Switches) -> (i64, i64) {
    let path = match order {
        Order::Id => "id",
        Order::Posted => "post_time",
        Order::Active => "conversation.last_post_time",
        Order::Visited => "last_visit_time",
    };
    let key = |literal: &Literal| match (order, literal) {
        (Order::Id, Literal::Int(int)) => Some(*int),
        (Order::Id, Literal::Text(text)) => text.parse().ok(),
        (_, literal) => time_literal(literal, switches),
    };
    let (mut low, mut high) = (i64::MIN, i64::MAX);
    for test in query.musts().into_iter().filter(|test| test.path == path) {
        let Some(key) = test.literals.first().and_then(key) else { continue };
        match test.op {
            Op::Gt => low = low.max(key.saturating_add(1)),
            Op::Ge => low = low.max(key),
            Op::Lt => high = high.min(key.saturating_sub(1)),
            Op::Le => high = high.min(key),
            _ => {}
        }
    }
    (low, high)
}
