//! One aggregate function of a grouped query (sheet 4.1).

use super::super::schema::Kind;
use super::error::QueryError;
use super::items;
use super::query::{Grouping, Name};
use super::read::{Column, Scope};

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

impl Measure {
    /// Whether both sum up the same.
    pub fn is(&self, other: &Measure) -> bool {
        let same = match (&self.column, &other.column) {
            (Some(one), Some(other)) => one.is(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same && self.function == other.function
    }
}

/// Resolves a function of one column; `keys` and `grouping` are those of its query.
pub fn measure(
    scope: &Scope<'_>,
    (keys, grouping): (&[Column], Grouping),
    name: &Name,
    argument: Option<&Name>,
) -> Result<Measure, QueryError> {
    let function = match name.text.to_uppercase().as_str() {
        "COUNT" => Function::Count,
        "COUNT_DISTINCT" => Function::CountDistinct,
        "MIN" => Function::Min,
        "MAX" => Function::Max,
        "SUM" => Function::Sum,
        "AVG" => Function::Avg,
        "GROUPING" if grouping != Grouping::Plain => Function::Grouping,
        _ => return Err(items::misplaced(name)),
    };
    let column = argument.map(|argument| scope.column(argument)).transpose()?;
    let Some(leaf) = column.as_ref().map(|column| column.leaf) else {
        let counted = function == Function::Count;
        // Alone it is no measure: the plan has taken it before (sheet 4.1).
        let alone = || QueryError::malformed(name.at, "COUNT() must be the only element in the SELECT list");
        return Err(if counted { alone() } else { items::misplaced(name) });
    };
    let takes = match function {
        Function::Grouping => keys.iter().any(|key| column.as_ref().is_some_and(|column| key.is(column))),
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
