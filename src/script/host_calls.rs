//! Host functions in scripts: `salesforce::create_case(#{ … })`. A read looks into the answers; a write is planned.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, FuncRegistration, Map, Module, NativeCallContext};

use crate::catalog::{Call, Catalog, Gives, HostFunction, ReadCall, Type};
use crate::names::{ParamName, is_field};
use crate::plan::{ActionId, Arg, each};
use crate::problem::{Place, closest};
use crate::script::convert::{to_arg, to_dynamic};
use crate::script::evaluation::{Evaluation, Looked, standing_at};
use crate::script::later::{self, LaterPart};
use crate::script::{Evaluated, PlannedWrite};
use crate::value::Value;

type Arguments = Vec<(ParamName, Arg)>;

/// Each host a module, each function one that takes a map of its parameters.
pub fn register(engine: &mut Engine, catalog: &Catalog) {
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    for function in catalog.functions().filter(|function| is_callable(function)) {
        let Some((host, name)) = function.name.as_str().split_once('.') else { continue };
        let module = modules.entry(host.to_owned()).or_default();
        let function = Arc::new(function.clone());
        FuncRegistration::new(name).with_volatility(true).set_into_module(
            module,
            move |context: NativeCallContext, arguments: Map| {
                call(&function, &context, arguments).map_err(|error| standing_at(error, context.call_position()))
            },
        );
    }
    for (host, module) in modules {
        engine.register_static_module(host, module.into());
    }
}

/// Scans belong to schedules, not to scripts.
pub fn is_callable(function: &HostFunction) -> bool {
    !matches!(function.call, Call::Scan(_))
}

fn call(function: &Arc<HostFunction>, context: &NativeCallContext, arguments: Map) -> Looked<Dynamic> {
    let evaluation = Evaluation::current()?;
    let arguments = typed(&evaluation, function, arguments)?;
    match &function.call {
        Call::Read(read) => ask(&evaluation, function, read, arguments),
        Call::Scan(_) => Ok(Dynamic::UNIT),
        Call::Write(_) | Call::Note { .. } => {
            let at = evaluation.place(context.call_position());
            let action = plan(&evaluation, function, arguments, &at)?;
            let result = |action| Dynamic::from(LaterPart { evaluation, action, path: "".into() });
            Ok(action.map_or(Dynamic::UNIT, result))
        }
    }
}

/// Plans a write, to each of several by itself; the id is that of the first.
fn plan(
    evaluation: &Arc<Evaluation>,
    function: &HostFunction,
    args: Arguments,
    at: &Place,
) -> Looked<Option<ActionId>> {
    let mut first = None;
    for args in each(function.each, args) {
        let (function, at) = (function.name.clone(), at.clone());
        let id = evaluation.plan(PlannedWrite { function, args, at, is_beside: first.is_some() })?;
        first = first.or(Some(id));
    }
    Ok(first)
}

/// The arguments as the function declares them, in its order; absent ones are left out.
fn typed(evaluation: &Arc<Evaluation>, function: &HostFunction, mut given: Map) -> Looked<Arguments> {
    let refuse = |what: String, next: String| evaluation.refuse("wrong-argument", what, next);
    let mut arguments = Arguments::new();
    let reads = matches!(function.call, Call::Read(_));
    by_field(function, &mut given);
    for param in &function.params {
        let argument = given.remove(param.name.as_str()).unwrap_or_default();
        let arg = to_arg(argument).map_err(|what| refuse(format!("`{}`: {what}", param.name), String::new()))?;
        let arg = brought(evaluation, &param.name, param.takes, arg)?;
        match arg {
            // An absent argument of a read finds nothing; of a write it must not be.
            Arg::Known(Value::Nothing) if param.required && !reads => {
                let what = format!("`{}` needs `{}`, and it has no value", function.name, param.name);
                return Err(refuse(what, format!("`{}`: {}", param.name, param.about)));
            }
            Arg::Known(Value::Nothing) if !param.required => {}
            arg => arguments.push((param.name.clone(), arg)),
        }
    }
    match given.keys().next() {
        Some(unknown) => {
            let names: Vec<&str> = function.params.iter().map(|param| param.name.as_str()).collect();
            let next = closest(unknown, &names).map(|near| format!("did you mean `{near}`?"));
            let list = || format!("it takes {}", names.join(", "));
            Err(refuse(format!("`{}` takes no `{unknown}`", function.name), next.unwrap_or_else(list)))
        }
        None => Ok(arguments),
    }
}

/// Questions by field take any field: those beside the parameters are what is asked for.
fn by_field(function: &HostFunction, given: &mut Map) {
    let Some(fields) = function.by_field() else { return };
    let names: Vec<_> = given.keys().filter(|name| is_field(name)).cloned().collect();
    if given.contains_key(fields.name.as_str()) || names.is_empty() {
        return;
    }
    let asked: Map = names.into_iter().filter_map(|name| given.remove_entry(&name)).collect();
    given.insert(fields.name.as_str().into(), asked.into());
}

/// An argument brought to its declared type; one of an unlike kind is refused.
fn brought(evaluation: &Arc<Evaluation>, name: &ParamName, takes: Type, arg: Arg) -> Looked<Arg> {
    let Arg::Known(value) = arg else { return Ok(arg) };
    let fits = match (takes, &value) {
        (_, Value::Nothing) | (Type::Any, _) => true,
        (Type::Text | Type::Html | Type::Id, value) => matches!(value, Value::Text(_) | Value::Int(_)),
        (Type::Number, value) => matches!(value, Value::Int(_) | Value::Float(_)),
        (Type::YesNo, value) => matches!(value, Value::Bool(_)),
        (Type::Moment, value) => matches!(value, Value::Moment(_)),
        (Type::Span, value) => matches!(value, Value::Span(_)),
        (Type::List, value) => matches!(value, Value::List(_)),
        (Type::Texts, value) => matches!(value, Value::List(_) | Value::Text(_)),
        (Type::Fields, Value::Text(mapping)) => return fields(evaluation, mapping),
        (Type::Fields, value) => matches!(value, Value::Map(_)),
    };
    if fits {
        return Ok(Arg::Known(takes.bring(value)));
    }
    let what = format!("`{name}` does not take a {}: {value}", value.kind());
    Err(evaluation.refuse("wrong-argument", what, "`functions NAME` prints what each parameter takes"))
}

/// The fields of a mapping that is named in place of fields.
fn fields(evaluation: &Arc<Evaluation>, mapping: &str) -> Looked<Arg> {
    let next = "name a mapping, or give `#{ field: value }`";
    let Some(mappings) = &evaluation.view.mappings else {
        return Err(evaluation.refuse("wrong-argument", format!("there is no mapping `{mapping}`"), next));
    };
    match mappings.fields(mapping, &evaluation.view) {
        Evaluated::Is(arg) => Ok(arg),
        Evaluated::Needs(reads) => Err(evaluation.need(reads)),
        Evaluated::Failed(error) => Err(evaluation.fail(error)),
        Evaluated::Refused(refusal) => Err(evaluation.refuse(refusal.code, refusal.what, refusal.next)),
    }
}

/// Looks for the answer to a read.
fn ask(
    evaluation: &Arc<Evaluation>,
    function: &HostFunction,
    read: &ReadCall,
    arguments: Arguments,
) -> Looked<Dynamic> {
    let nothing = || match read.gives {
        Gives::One => Dynamic::UNIT,
        Gives::List => Array::new().into(),
    };
    let mut known = Vec::new();
    for (name, arg) in arguments {
        match arg.known() {
            Some(value) => known.push((name, value)),
            None => return Err(later::refusal(evaluation, &format!("`{name}` of `{}`", function.name))),
        }
    }
    let view = &evaluation.view;
    let Some(read) = view.catalog.read(&function.name, known) else { return Ok(nothing()) };
    match evaluation.answer(read)? {
        Value::Nothing => Ok(nothing()),
        value => Ok(to_dynamic(&value)),
    }
}
