//! `look_up:`, a value that stands in a record of the org: found by the values of its fields.

use crate::names::{Name, ParamName, is_api_name};
use crate::plan::Arg;
use crate::problem::{Place, Problem};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::template::{fill, together};
use crate::rules::yaml::{Key, Node};
use crate::rules::{Template, codes, written};
use crate::script::{Evaluated, Refusal, View};
use crate::value::Value;

/// The read behind it.
pub const FIND: &str = "salesforce.find_records";

/// The words of `many`.
pub const MANY: &[(&str, Many)] =
    &[("omit", Many::Omit), ("refuse", Many::Refuse), ("newest", Many::Newest), ("oldest", Many::Oldest)];

/// What a look-up that finds several gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    Omit,
    Refuse,
    Newest,
    Oldest,
}

/// `{ look_up: Asset, where: { SerialNumber: … }, take: Id, many: newest }`.
pub struct LookUp {
    pub object: Name,
    /// Field and the value that it must have.
    pub fields: Vec<(Key, Template)>,
    pub take: Name,
    pub take_at: Place,
    many: Many,
    pub at: Place,
}

/// Reads one; `node` is the field's whole map.
pub fn look_up(compiling: &mut Compiling, key: &Key, node: &Node, scope: &Scope) -> Option<LookUp> {
    let object = node.get("look_up")?;
    let at = object.at.clone();
    let take_at = node.get("take").map_or(&at, |take| &take.at).clone();
    let object = compiling.keep(name(object, "object"));
    let take = match node.get("take") {
        Some(take) => compiling.keep(name(take, "field")),
        None => Some("Id".into()),
    };
    let many = match node.get("many") {
        Some(word) => compiling.keep(written::word(word, MANY)),
        None => {
            let what = format!("nothing says what happens to `{}` where several records are found", key.name);
            let problem = Problem::new(codes::MISSING_KEY, &key.at, what);
            compiling.problem(problem.next("`many: newest`; or oldest, omit, refuse"));
            None
        }
    };
    let Some(wanted) = node.get("where") else {
        let problem = Problem::new(codes::MISSING_KEY, &key.at, "`look_up` needs `where`");
        compiling.problem(problem.next("`where: { SerialNumber: = thread.custom.serial }`"));
        return None;
    };
    let entries = compiling.keep(written::map(wanted, "`where`").map(<[_]>::to_vec))?;
    let mut fields = Vec::new();
    for (field, value) in &entries {
        if !is_api_name(&field.name) {
            compiling.problem(no_name(&field.name, "field", &field.at));
        }
        fields.push((field.clone(), compiling.value(value, scope, false)?));
    }
    Some(LookUp { object: object?, fields, take: take?, take_at, many: many?, at })
}

fn name(node: &Node, of: &str) -> Result<Name, Problem> {
    let text = written::text(node)?;
    if is_api_name(text) { Ok(text.into()) } else { Err(no_name(text, of, &node.at)) }
}

fn no_name(text: &str, of: &str, at: &Place) -> Problem {
    let problem = Problem::new(codes::BAD_NAME, at, format!("`{text}` is not the name of a Salesforce {of}"));
    problem
        .next("letters, digits and `_`, as the setup pages write the API name, such as `SerialNumber` or `Serial__c`")
}

impl LookUp {
    /// The value; nothing where nothing is found, or where several are and `many` leaves the field out.
    pub fn value(&self, field: &Name, view: &View) -> Evaluated {
        match self.rows(view) {
            Ok(rows) => match (rows.as_slice(), self.many) {
                ([], _) => Evaluated::Is(Arg::Known(Value::Nothing)),
                ([one], _) | ([one, ..], Many::Oldest) | ([.., one], Many::Newest) => {
                    Evaluated::Is(Arg::Known(one.get(self.take.as_str()).clone()))
                }
                (_, Many::Omit) => Evaluated::Is(Arg::Known(Value::Nothing)),
                (several, Many::Refuse) => Evaluated::Refused(self.several(field, several)),
            },
            Err(obstacle) => obstacle,
        }
    }

    /// Whether the field is left out because several records are found.
    pub fn leaves_out(&self, view: &View) -> bool {
        self.many == Many::Omit && self.rows(view).is_ok_and(|rows| rows.len() > 1)
    }

    fn several(&self, field: &Name, rows: &[Value]) -> Refusal {
        let ids: Vec<&str> = rows.iter().filter_map(|row| row.get("Id").as_str()).collect();
        Refusal {
            code: "several-found",
            at: self.at.clone(),
            what: format!("{} records of {} answer to `{field}`: {}", rows.len(), self.object, ids.join(", ")),
            next: "narrow `where`, or say under `many` which one counts".into(),
        }
    }

    fn rows(&self, view: &View) -> Result<Vec<Value>, Evaluated> {
        let values = together(self.fields.iter().map(|(_, value)| fill(value, view)))?;
        let mut asked = std::collections::BTreeMap::new();
        for ((field, _), value) in self.fields.iter().zip(values) {
            match value.known() {
                // An absent value finds nothing, and makes no call.
                Some(Value::Nothing) => return Ok(vec![]),
                Some(Value::Text(text)) if text.trim().is_empty() => return Ok(vec![]),
                Some(value) => _ = asked.insert(Name::from(field.name.as_str()), value),
                None => return Err(Evaluated::Refused(self.not_known(&field.name))),
            }
        }
        let args = [
            ("object", Value::text(self.object.as_str())),
            ("where", Value::Map(asked)),
            ("take", Value::text(self.take.as_str())),
        ];
        let args = args.map(|(name, value)| (ParamName::from(name), value));
        let Some(read) = view.catalog.read(&FIND.into(), args) else { return Ok(vec![]) };
        Ok(if let Value::List(rows) = view.answer(read)? { rows } else { vec![] })
    }

    fn not_known(&self, field: &str) -> Refusal {
        Refusal {
            code: "decides-by-later",
            at: self.at.clone(),
            what: format!("`{field}` under `where` is not known while the plan is made"),
            next: "look up by something that is known, such as a fact of the thread".into(),
        }
    }
}
