//! GROUP BY, HAVING and aggregates, resolved over the schema (sheet 4.1). They are summed up in `sums.rs`.

use super::super::schema::Kind;
use super::asker::Asker;
use super::error::{self, QueryError};
use super::items;
use super::query::{Expr, Grouping, Item, Name, Query};
use super::read::{Column, Scope};
use super::sort::Sort;
use super::test::{self, Left, Test};

/// One row a group: its keys, then its measures.
#[derive(Debug)]
pub struct Groups {
    pub keys: Vec<Column>,
    pub grouping: Grouping,
    pub measures: Vec<Measure>,
    /// Names of a row's values, and where in the row they are.
    pub shown: Vec<(String, usize)>,
    pub having: Option<Test<usize>>,
    pub order: Vec<Sort<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Function {
    Count,
    CountDistinct,
    Min,
    Max,
    Sum,
    Avg,
    /// 1 where ROLLUP left the key out.
    Grouping,
}

#[derive(Debug)]
pub struct Measure {
    pub function: Function,
    /// `COUNT()` counts records.
    pub column: Option<Column>,
}

impl Measure {
    /// As clients read it over a column: `count(Id)`.
    pub fn written(&self) -> String {
        let function = match self.function {
            Function::Count => "count",
            Function::CountDistinct => "count_distinct",
            Function::Min => "min",
            Function::Max => "max",
            Function::Sum => "sum",
            Function::Avg => "avg",
            Function::Grouping => "grouping",
        };
        format!("{function}({})", self.column.as_ref().map(Column::path).unwrap_or_default())
    }

    pub fn kind(&self) -> Kind {
        match (self.function, &self.column) {
            (Function::Min | Function::Max, Some(column)) => column.leaf.kind,
            (Function::Sum | Function::Avg, _) => Kind::Number(18, 0),
            _ => Kind::Int(9),
        }
    }
}

pub fn groups(scope: &Scope<'_>, query: &Query, asker: &Asker) -> Result<Groups, QueryError> {
    let grouping = query.group.as_ref().map_or(Grouping::Plain, |group| group.grouping);
    let mut groups =
        Groups { keys: Vec::new(), grouping, measures: Vec::new(), shown: Vec::new(), having: None, order: Vec::new() };
    if let Some(group) = &query.group {
        groups.keys = group.fields.iter().map(|name| key(scope, name)).collect::<Result<_, _>>()?;
    } else if query.limit.is_some() {
        let message = "a query with an aggregate and without GROUP BY can not use LIMIT";
        return Err(QueryError::malformed(query.object.at, message));
    }
    groups.show(scope, &query.items)?;
    if let Some(having) = &query.having {
        groups.gather(scope, having)?;
        let left = |expr: &Expr| groups.left(scope, expr);
        let having = test::compile(having, &left, asker)?;
        groups.having = Some(having);
    }
    for wanted in &query.order {
        let place = groups.place(scope, &wanted.by)?;
        let nulls_last = wanted.nulls_last;
        let kind = groups.kind(place);
        groups.order.push(Sort { place, kind, descending: wanted.descending, nulls_last });
    }
    Ok(groups)
}

fn key(scope: &Scope<'_>, name: &Name) -> Result<Column, QueryError> {
    let column = scope.column(name)?;
    if column.leaf.groupable() {
        return Ok(column);
    }
    let message = format!("field '{}' can not be grouped in a query call", column.leaf.name);
    Err(QueryError::at(name.at, "INVALID_FIELD", message))
}

impl Groups {
    fn show(&mut self, scope: &Scope<'_>, items: &[Item]) -> Result<(), QueryError> {
        let mut unnamed = 0;
        for item in items {
            let Item::Expr(expr, alias) = item else {
                let message = "Field must be grouped or aggregated";
                return Err(QueryError::malformed(items.first().map_or(0, at), message));
            };
            let place = self.place(scope, expr)?;
            let name = match (alias, expr) {
                (Some(alias), _) => alias.clone(),
                (None, Expr::Field(_)) => self.keys[place].leaf.name.to_owned(),
                (None, Expr::Call(..)) => {
                    unnamed += 1;
                    format!("expr{}", unnamed - 1)
                }
            };
            if self.shown.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                return Err(QueryError::malformed(expr.at(), format!("duplicate alias: {}", error::shortened(&name))));
            }
            self.shown.push((name, place));
        }
        Ok(())
    }

    /// Where in a row an expression stands; a measure that nobody asked for yet is added.
    fn place(&mut self, scope: &Scope<'_>, expr: &Expr) -> Result<usize, QueryError> {
        match expr {
            Expr::Field(name) => self.key_place(scope, name),
            Expr::Call(function, argument) => {
                let measure = self.measure(scope, function, argument.as_ref())?;
                self.measures.push(measure);
                Ok(self.keys.len() + self.measures.len() - 1)
            }
        }
    }

    fn key_place(&self, scope: &Scope<'_>, name: &Name) -> Result<usize, QueryError> {
        let wanted = scope.column(name)?;
        self.keys.iter().position(|key| key.is(&wanted)).ok_or_else(|| {
            let message = format!("Field must be grouped or aggregated: {}", error::shortened(&name.text));
            QueryError::malformed(name.at, message)
        })
    }

    fn measure(&self, scope: &Scope<'_>, name: &Name, argument: Option<&Name>) -> Result<Measure, QueryError> {
        let function = match name.text.to_uppercase().as_str() {
            "COUNT" => Function::Count,
            "COUNT_DISTINCT" => Function::CountDistinct,
            "MIN" => Function::Min,
            "MAX" => Function::Max,
            "SUM" => Function::Sum,
            "AVG" => Function::Avg,
            "GROUPING" if self.grouping != Grouping::Plain => Function::Grouping,
            _ => return Err(items::misplaced(name)),
        };
        let column = argument.map(|argument| scope.column(argument)).transpose()?;
        let Some(leaf) = column.as_ref().map(|column| column.leaf) else {
            let counted = function == Function::Count;
            return if counted { Ok(Measure { function, column }) } else { Err(items::misplaced(name)) };
        };
        let takes = match function {
            Function::Grouping => self.keys.iter().any(|key| column.as_ref().is_some_and(|column| key.is(column))),
            Function::Count | Function::CountDistinct => leaf.filterable,
            Function::Sum | Function::Avg => leaf.kind.numeric(),
            Function::Min | Function::Max => leaf.aggregatable(),
        };
        if takes {
            return Ok(Measure { function, column });
        }
        let (field, function) = (leaf.name, name.text.to_uppercase());
        let message = format!("field {field} does not support aggregate operator {function}");
        Err(QueryError::malformed(name.at, message))
    }

    /// Adds the measures that only HAVING names.
    fn gather(&mut self, scope: &Scope<'_>, condition: &super::query::Condition) -> Result<(), QueryError> {
        for call in condition.calls() {
            self.place(scope, call)?;
        }
        Ok(())
    }

    fn left(&self, scope: &Scope<'_>, expr: &Expr) -> Result<Left<usize>, QueryError> {
        let place = match expr {
            Expr::Field(name) => self.key_place(scope, name)?,
            Expr::Call(function, argument) => {
                let wanted = self.measure(scope, function, argument.as_ref())?;
                let known = self.measures.iter().position(|measure| measure.is(&wanted));
                self.keys.len() + known.ok_or_else(|| items::misplaced(function))?
            }
        };
        let (name, exact) = match (expr, self.keys.get(place)) {
            (_, Some(key)) => (key.leaf.name.to_owned(), key.leaf.case_sensitive),
            (Expr::Call(function, _), None) => (function.text.to_uppercase(), false),
            (Expr::Field(name), None) => (name.text.clone(), false),
        };
        Ok(Left { place, name, at: expr.at(), kind: self.kind(place), exact })
    }

    /// The type of a row's value.
    pub fn kind(&self, place: usize) -> Kind {
        match place.checked_sub(self.keys.len()) {
            Some(measure) => self.measures[measure].kind(),
            None => self.keys[place].leaf.kind,
        }
    }
}

impl Measure {
    fn is(&self, other: &Measure) -> bool {
        let same = match (&self.column, &other.column) {
            (Some(one), Some(other)) => one.is(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same && self.function == other.function
    }
}

fn at(item: &Item) -> usize {
    match item {
        Item::Expr(expr, _) => expr.at(),
        Item::Fields(name) => name.at,
        Item::Children(query) => query.object.at,
    }
}
