//! `then:` steps as written: a one-key map, the host function, with its parameters.

use crate::catalog::{Call, HostFunction, Type, Write};
use crate::names::{Name, ParamName};
use crate::problem::{Place, Problem, closest};
use crate::rules::collect::Collects;
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::criteria::criteria;
use crate::rules::judge::lines;
use crate::rules::mapping::{as_lines, fields, inline};
use crate::rules::yaml::{Key, Node};
use crate::rules::{Criteria, Step, Template, codes, later, listed, mentions, text_fit, written};

/// What a step has beside its function.
pub const KEYS: &[&str] = &["when", "named"];

type Args = Vec<(ParamName, Type, Template)>;

/// The steps of a rule; each stands after `after` (what the rule opened).
pub fn steps(compiling: &mut Compiling, node: &Node, scope: &mut Scope, after: &[usize]) -> Vec<Step> {
    let Some(items) = compiling.keep(written::list(node, "`then`").map(<[Node]>::to_vec)) else { return vec![] };
    items.iter().filter_map(|item| step(compiling, item, scope, after)).collect()
}

fn step(compiling: &mut Compiling, item: &Node, scope: &mut Scope, after: &[usize]) -> Option<Step> {
    let (mut function, mut when, mut named) = (None, Criteria::All(vec![]), None);
    for (key, value) in item.entries() {
        match key.name.as_str() {
            "when" => when = criteria(compiling, &as_lines(value), scope, "when"),
            "named" => named = name(compiling, value),
            name if name.contains('.') => match &function {
                None => function = Some((key.clone(), value.clone())),
                Some((first, _)) => compiling.problem(two_functions(first, key)),
            },
            _ => compiling.problem(written::unknown_key(key, KEYS, "a step")),
        }
    }
    for line in lines(&when) {
        later::check(compiling, &line.expression, scope, "a line");
    }
    let Some((key, params)) = function else {
        let problem = Problem::new(codes::SHAPE, &item.at, "a step names one host function");
        compiling.problem(problem.next("`- khoros.label_thread: { thread: = thread.id, label: escalated }`"));
        return None;
    };
    let args = arguments(compiling, &key, &params, scope)?;
    let fits = fits(compiling, &key, &params);
    for (.., template) in &args {
        later::check_template(compiling, template, scope);
    }
    if let Some(name) = &named {
        scope.names.push(name.clone());
        scope.laters.push(name.clone());
    }
    Some(Step {
        function: key.name.as_str().into(),
        args,
        fits,
        when,
        named,
        after: after.to_vec(),
        contact: None,
        collects: Collects::Nothing,
        at: key.at.clone(),
    })
}

/// A `- ` that was forgotten.
fn two_functions(first: &Key, second: &Key) -> Problem {
    let what = format!("a step names one host function, and this one names `{}` and `{}`", first.name, second.name);
    let problem = Problem::new(codes::SHAPE, &second.at, what).also(&first.at);
    problem.next(format!("`- {}: …`: each step begins with `- `", second.name))
}

fn name(compiling: &mut Compiling, node: &Node) -> Option<Name> {
    let key = Key { name: compiling.keep(written::text(node))?.to_owned(), at: node.at.clone() };
    compiling.keep(written::identifier(&key)).map(|()| key.name.as_str().into())
}

/// The arguments of a write, checked against its parameters.
fn arguments(compiling: &mut Compiling, key: &Key, params: &Node, scope: &Scope) -> Option<Args> {
    let catalog = compiling.catalog;
    let function = match catalog.get(&key.name) {
        Some(function) if matches!(function.call, Call::Write(_) | Call::Note { .. }) => function,
        _ => {
            compiling.problem(unknown_function(compiling, key));
            return None;
        }
    };
    let entries = compiling.keep(written::map(params, &format!("what `{}` takes", key.name)).map(<[_]>::to_vec))?;
    let mut args = Vec::new();
    let takes = |name: &str| function.params.iter().any(|param| param.name.as_str() == name);
    let entries: Vec<(Key, Node)> =
        entries.into_iter().filter(|(key, _)| takes(&key.name) || !is_of_a_text(function, &key.name)).collect();
    for (name, value) in &entries {
        args.extend(argument(compiling, function, (name, value), params, scope));
    }
    for param in function.params.iter().filter(|param| param.required && params.get(param.name.as_str()).is_none()) {
        let problem = Problem::new(codes::MISSING_PARAMETER, &key.at, format!("`{}` needs `{}`", key.name, param.name));
        compiling.problem(problem.because(param.about).next(example(function)));
    }
    check_key(compiling, key, &args, scope);
    check_object(compiling, key, params);
    (args.len() == entries.len()).then_some(args)
}

fn argument(
    compiling: &mut Compiling,
    function: &HostFunction,
    (name, value): (&Key, &Node),
    params: &Node,
    scope: &Scope,
) -> Option<(ParamName, Type, Template)> {
    let Some(param) = function.params.iter().find(|param| param.name.as_str() == name.name) else {
        let names: Vec<&str> = function.params.iter().map(|param| param.name.as_str()).collect();
        let problem = written::unknown_key(name, &names, &format!("`{}`", function.name));
        compiling.problem(Problem { code: codes::UNKNOWN_PARAMETER.into(), ..problem });
        return None;
    };
    mentions::of_argument(compiling, function.name.as_str(), &name.name, value);
    let template = match param.takes {
        Type::Fields if value.text().is_some() => fields(compiling, value, None, scope).map(Template::Fields),
        Type::Fields => {
            let object = mentions::object_of(function.name.as_str(), params).unwrap_or_default();
            inline(compiling, value, "`fields`", &object.into(), scope).map(Template::Fields)
        }
        _ => compiling.value(text_fit::value(value), scope, param.takes == Type::Html),
    };
    let template = template?;
    listed::check(compiling, param, &template, value);
    Some((param.name.clone(), param.takes, template))
}

/// A case has a write of its own: one for a thread, whoever came first.
fn check_object(compiling: &mut Compiling, key: &Key, params: &Node) {
    let object = params.get("object").filter(|_| key.name == "salesforce.create_record");
    let Some(node) = object.filter(|node| node.text().is_some_and(|text| text.eq_ignore_ascii_case("Case"))) else {
        return;
    };
    let problem = Problem::new(codes::HAS_OWN_WRITE, &node.at, "a case opened like that is not the one of its thread");
    let problem = problem.because("nothing would find it again, so that the thread may get a second one");
    compiling.problem(problem.next("`salesforce.create_case: { thread: = thread.id, fields: { … } }`"));
}

/// Whether a key stands beside the main text of a function and says how long it may be.
fn is_of_a_text(function: &HostFunction, name: &str) -> bool {
    text_fit::KEYS.contains(&name) && function.params.iter().any(|param| param.name.as_str() == "body")
}

fn fits(compiling: &mut Compiling, key: &Key, params: &Node) -> Vec<text_fit::TextFit> {
    let catalog = compiling.catalog;
    catalog.get(&key.name).map(|function| text_fit::read(compiling, function, params, &key.at)).unwrap_or_default()
}

/// What makes a thing one cannot be known only after apply.
fn check_key(compiling: &mut Compiling, key: &Key, args: &Args, scope: &Scope) {
    let Some(Write::Makes { once_per, .. }) = compiling.catalog.write_call(&key.name).map(|call| call.kind.clone())
    else {
        return;
    };
    let later = |template: &Template| matches!(template, Template::Expression(e) if later::uses(e, scope));
    if let Some((name, ..)) = args.iter().find(|(name, _, template)| once_per.contains(name) && later(template)) {
        let what = format!("`{name}` says what `{}` makes once, and it is not known while the plan is made", key.name);
        compiling.problem(
            Problem::new(codes::KEY_HOLDS_LATER, &key.at, what)
                .next("give something that is known, such as `= thread.id`"),
        );
    }
}

/// A call as a step is written, with what it needs.
fn example(function: &HostFunction) -> String {
    let needed = function.params.iter().filter(|param| param.required).map(|param| format!("{}: …", param.name));
    format!("`- {}: {{ {} }}`", function.name, needed.collect::<Vec<_>>().join(", "))
}

fn unknown_function(compiling: &Compiling, key: &Key) -> Problem {
    let writes = compiling.catalog.functions().filter(|f| matches!(f.call, Call::Write(_) | Call::Note { .. }));
    let names: Vec<&str> = writes.map(|function| function.name.as_str()).collect();
    let problem = Problem::new(codes::UNKNOWN_FUNCTION, &key.at, format!("there is no write `{}`", key.name));
    let problem = problem.because(format!("writes are: {}", names.join(", ")));
    match closest(&key.name, &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// A step that the section itself adds; how long its texts are is its own care.
pub fn own(
    function: &str,
    args: Vec<(&str, Type, Template)>,
    named: Option<&str>,
    after: &[usize],
    at: &Place,
) -> Step {
    Step {
        function: function.into(),
        args: args.into_iter().map(|(name, takes, template)| (name.into(), takes, template)).collect(),
        fits: vec![],
        when: Criteria::All(vec![]),
        named: named.map(Into::into),
        after: after.to_vec(),
        contact: None,
        collects: Collects::Nothing,
        at: at.clone(),
    }
}
