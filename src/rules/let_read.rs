//! A read under `let:`: a name for what a host or our notebook gives, asked when a line first uses it.

use std::sync::Arc;

use crate::catalog::{Call, Gives, HostFunction, Param, Type};
use crate::names::{FunctionName, Name, ParamName, Path, is_field};
use crate::plan::Arg;
use crate::problem::{Place, Problem, closest};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::template::{fill, together};
use crate::rules::yaml::{Key, Node};
use crate::rules::{Template, TextPiece, codes, look_at, mentions, written};
use crate::script::{Evaluated, Kind, Let, View};
use crate::value::Value;

/// A question whose arguments are worked out with the line that names it.
pub struct LetRead {
    function: FunctionName,
    gives: Gives,
    args: Vec<Asked>,
    at: Place,
}

/// What a name stands for, and of what kind that is where it is known.
pub type Named = (Arc<dyn Let>, Option<Kind>);

/// One argument.
struct Asked {
    name: ParamName,
    takes: Type,
    required: bool,
    value: Template,
}

/// `{ salesforce.find_cases: { ContactId: = contact.Id } }`.
pub fn let_read(compiling: &mut Compiling, key: &Key, params: &Node, scope: &Scope) -> Option<Named> {
    let catalog = compiling.catalog;
    let Some(function) = catalog.get(&key.name) else {
        compiling.problem(no_read(compiling, key));
        return None;
    };
    let Call::Read(read) = &function.call else {
        compiling.problem(no_read(compiling, key));
        return None;
    };
    let entries = compiling.keep(written::map(params, &format!("what `{}` takes", key.name)).map(<[_]>::to_vec))?;
    let mut args: Vec<Asked> = Vec::new();
    let mut fields: Vec<(Name, Template)> = Vec::new();
    let by_field = function.by_field();
    let before = compiling.errors();
    let scope = &Scope { asks: true, ..scope.clone() };
    for (name, value) in &entries {
        let param = function.params.iter().find(|param| param.name.as_str() == name.name);
        let value = compiling.value(value, scope, false);
        match (param, value) {
            (Some(param), Some(value)) => {
                args.push(Asked { name: param.name.clone(), takes: param.takes, required: param.required, value })
            }
            (None, Some(value)) if by_field.is_some() && is_field(&name.name) => {
                fields.push((name.name.as_str().into(), value));
            }
            (None, Some(_)) => {
                let problem = look_at::unknown_parameter(function, name);
                compiling.problem(problem);
            }
            (_, None) => {}
        }
    }
    if let Some(param) = by_field.filter(|_| !fields.is_empty()) {
        let value = Template::Map(fields);
        args.push(Asked { name: param.name.clone(), takes: Type::Any, required: true, value });
    }
    let is_missing = |param: &&Param| param.required && !args.iter().any(|arg| arg.name == param.name);
    // What is written wrongly is not missing as well.
    let missing = function.params.iter().filter(is_missing).filter(|_| compiling.errors() == before);
    for param in missing.collect::<Vec<_>>() {
        let problem = Problem::new(codes::MISSING_PARAMETER, &key.at, format!("`{}` needs `{}`", key.name, param.name));
        compiling.problem(problem.because(param.about).next(example(function)));
    }
    mentions::of_question(compiling, &key.name, params);
    let read = LetRead { function: function.name.clone(), gives: read.gives, args, at: key.at.clone() };
    // What is only warned of is there all the same.
    (compiling.errors() == before).then(|| {
        let kind = match read.gives {
            Gives::One => Kind::new("map"),
            Gives::List => Kind { is_found: true, ..Kind::list("map") },
        };
        (Arc::new(read) as Arc<dyn Let>, Some(kind))
    })
}

/// The call as a name stands for it, with what it needs.
fn example(function: &HostFunction) -> String {
    let needed = function.params.iter().filter(|param| param.required).map(|param| match param.takes {
        Type::Any => "FIELD: = …".to_owned(),
        _ => format!("{}: …", param.name),
    });
    format!("`{{ {}: {{ {} }} }}`", function.name, needed.collect::<Vec<_>>().join(", "))
}

fn no_read(compiling: &Compiling, key: &Key) -> Problem {
    let reads = compiling.catalog.functions().filter(|function| matches!(function.call, Call::Read(_)));
    let names: Vec<&str> = reads.map(|function| function.name.as_str()).collect();
    match compiling.catalog.get(&key.name).map(|function| &function.call) {
        Some(Call::Scan(_)) => {
            let what = format!("`{}` finds the subjects of a rule, and a name under `let` stands for a read", key.name);
            Problem::new(codes::UNKNOWN_FUNCTION, &key.at, what).next(format!("`look_at: {}`", key.name))
        }
        Some(_) => {
            let what = format!("`{}` writes, and a name under `let` only reads", key.name);
            Problem::new(codes::UNKNOWN_FUNCTION, &key.at, what).next("move it to `then`")
        }
        None => {
            let problem = Problem::new(codes::UNKNOWN_FUNCTION, &key.at, format!("there is no read `{}`", key.name));
            match closest(&key.name, &names) {
                Some(near) => problem.next(format!("did you mean `{near}`?")),
                None => problem.next("`functions` lists what can be read"),
            }
        }
    }
}

impl LetRead {
    /// What stands for an answer that is not there.
    fn nothing(&self) -> Evaluated {
        Evaluated::Is(Arg::Known(match self.gives {
            Gives::One => Value::Nothing,
            Gives::List => Value::List(vec![]),
        }))
    }
}

impl Let for LetRead {
    fn value(&self, view: &View) -> Evaluated {
        let values = match together(self.args.iter().map(|arg| fill(&arg.value, view))) {
            Ok(values) => values,
            Err(obstacle) => return obstacle,
        };
        let mut known = Vec::with_capacity(values.len());
        for (arg, value) in self.args.iter().zip(values) {
            match value.known() {
                // What is made in this run cannot be asked about; who uses the name says so.
                None => return Evaluated::Is(value),
                // In an absent parameter nothing is found, and no call is made.
                Some(value) if value.is_absent() && arg.required => return self.nothing(),
                Some(value) if value.is_absent() => {}
                Some(value) => known.push((arg.name.clone(), arg.takes.bring(value))),
            }
        }
        let Some(read) = view.catalog.read(&self.function, known) else { return self.nothing() };
        match view.answer(read) {
            Ok(Value::Nothing) => self.nothing(),
            Ok(value) => Evaluated::Is(Arg::Known(value)),
            Err(obstacle) => obstacle,
        }
    }

    fn text(&self) -> &str {
        self.function.as_str()
    }

    fn at(&self) -> &Place {
        &self.at
    }

    fn uses(&self) -> Vec<&Path> {
        self.args.iter().flat_map(|arg| uses(&arg.value)).collect()
    }

    fn reads(&self) -> Option<&FunctionName> {
        Some(&self.function)
    }
}

fn uses(template: &Template) -> Vec<&Path> {
    match template {
        Template::Expression(expression) => expression.uses().iter().collect(),
        Template::Text { pieces, .. } => pieces
            .iter()
            .flat_map(|piece| match piece {
                TextPiece::Expression(expression) => expression.uses(),
                TextPiece::Text(_) => &[],
            })
            .collect(),
        Template::Map(entries) => entries.iter().flat_map(|(_, value)| uses(value)).collect(),
        Template::List(items) => items.iter().flat_map(uses).collect(),
        Template::Plain(_) | Template::Fields(_) => vec![],
    }
}
