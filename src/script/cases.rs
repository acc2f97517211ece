//! The module `cases`: ids of what an admin set up in the org, by the names that people know. Each is a read, answered
//! like that of a fact; what the org does not have stops the rule with a Problem.

use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, FuncRegistration, Module};

use crate::catalog::Catalog;
use crate::facts::Read;
use crate::names::ParamName;
use crate::script::convert::to_dynamic;
use crate::script::evaluation::{Evaluation, Looked};
use crate::script::later;
use crate::value::Value;

/// The code of a name that the org does not have, or has twice.
pub const CODE: &str = "not-in-the-org";

/// One function: what it is called, what a person calls its result, the read behind it and what else that takes, and
/// the part of its answer.
pub struct Function {
    pub name: &'static str,
    pub noun: &'static str,
    pub read: &'static str,
    pub key: &'static str,
    more: &'static [(&'static str, &'static str)],
    part: &'static str,
}

pub const FUNCTIONS: [Function; 4] = [
    Function { more: &[], ..id_of("queue", "queue", "salesforce.find_queues", "name") },
    Function {
        more: &[("object", "Case")],
        ..id_of("record_type", "record type of cases", "salesforce.find_record_types", "name")
    },
    Function { more: &[], ..id_of("user", "active user", "salesforce.find_users", "email") },
    Function {
        part: "IsClosed",
        ..id_of("is_closed_status", "status of cases", "salesforce.find_case_statuses", "name")
    },
];

const fn id_of(name: &'static str, noun: &'static str, read: &'static str, key: &'static str) -> Function {
    Function { name, noun, read, key, more: &[], part: "Id" }
}

/// The module.
pub fn module() -> Module {
    let mut module = Module::new();
    for function in &FUNCTIONS {
        let register = || FuncRegistration::new(function.name).with_volatility(true);
        register().set_into_module(&mut module, move |name: &str| function.call(name));
        // What is asked of an absent name is absent.
        register().set_into_module(&mut module, |_: ()| ());
    }
    later::guard(module, "cases")
}

impl Function {
    fn call(&self, name: &str) -> Looked<Dynamic> {
        let evaluation = Evaluation::current()?;
        let rows = self.rows(&evaluation, name)?;
        match rows.as_slice() {
            [one] => Ok(to_dynamic(one.get(self.part))),
            [] => Err(self.refuse(&evaluation, format!("the org has no {} `{name}`", self.noun), "")),
            several => {
                let id = |row: &Value| row.get("Id").as_str().unwrap_or_default().to_owned();
                let ids = several.iter().map(id).collect::<Vec<_>>().join(", ");
                let what = format!("the org has more than one {} `{name}`: {ids}", self.noun);
                Err(self.refuse(&evaluation, what, "give another of its names, or write the id itself; "))
            }
        }
    }

    fn refuse(&self, evaluation: &Evaluation, what: String, next: &str) -> Box<EvalAltResult> {
        evaluation.refuse(CODE, what, format!("{next}`check --online` holds all names against what the org has"))
    }

    fn rows(&self, evaluation: &Arc<Evaluation>, name: &str) -> Looked<Vec<Value>> {
        let Some(read) = self.asks(&evaluation.view.catalog, name) else { return Ok(vec![]) };
        Ok(if let Value::List(rows) = evaluation.answer(read)? { rows } else { vec![] })
    }

    fn asks(&self, catalog: &Catalog, name: &str) -> Option<Read> {
        let args = self.more.iter().copied().chain([(self.key, name.trim())]);
        catalog.read(&self.read.into(), args.map(|(name, value)| (ParamName::from(name), Value::text(value))))
    }
}
