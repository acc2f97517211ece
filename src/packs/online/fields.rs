//! Fields and picklists, held against describe.

use std::collections::BTreeSet;

use crate::names::Name;
use crate::packs::codes;
use crate::packs::online::names::listed;
use crate::packs::online::{FieldKnown, Known, ObjectKnown};
use crate::problem::{Place, Problem, closest};
use crate::script::{Longest, Mention, Named, Requires, Writes};

const PLAIN_TEXTS: [&str; 3] = ["text", "text area", "url"];

/// What is wrong with a field or a value.
pub fn check(named: &Named, at: &Place, known: &Known) -> Vec<Problem> {
    let (object, field, takes) = match named {
        Named::Field { object, field } | Named::Value { object, field, .. } => (object, field, None),
        Named::Writes(writes) => (&writes.object, &writes.field, writes.takes.as_ref()),
        Named::Requires(required) => (&required.object, &required.field, required.takes.as_ref()),
        _ => return vec![],
    };
    let found = match known.objects.get(object) {
        None => return vec![],
        Some(None) => return vec![no_object(object, at)],
        Some(Some(found)) => found,
    };
    let Some(known) = found.field(field) else {
        // A value of a field that is not there is said with the field.
        let is_value = matches!(named, Named::Value { .. });
        return if is_value { vec![] } else { vec![no_field(object, field, takes, found, at)] };
    };
    match named {
        Named::Value { value, .. } => not_offered(object, field, value, known, at).into_iter().collect(),
        Named::Writes(writes) => written(writes, known, at),
        Named::Requires(required) => requires(required, known, at),
        _ => vec![],
    }
}

fn no_object(object: &Name, at: &Place) -> Problem {
    Problem::new(codes::NOT_THERE, at, format!("the org has no object `{object}`, or shows none to this login"))
        .next("write its API name, as the setup pages do; own objects end in `__c`")
}

fn no_field(object: &Name, field: &Name, takes: Option<&Name>, found: &ObjectKnown, at: &Place) -> Problem {
    let names: Vec<&str> = found.fields.keys().map(String::as_str).collect();
    let problem =
        Problem::new(codes::NOT_THERE, at, format!("`{object}` has no field `{field}` that this login can see"));
    match (closest(field.as_str(), &names), takes) {
        (Some(near), _) => problem.next(format!("did you mean `{near}`?")),
        (None, Some(takes)) => problem.next(format!("make it in the org as {takes}, and let the login see it")),
        (None, None) => problem.next("make it in the org, and let the login see it; or leave it out here"),
    }
}

fn not_offered(object: &Name, field: &Name, value: &Name, known: &FieldKnown, at: &Place) -> Option<Problem> {
    if known.values.is_empty() || known.values.iter().any(|offered| offered == value.as_str()) {
        return None;
    }
    let problem = Problem::new(codes::NOT_OFFERED, at, format!("`{field}` of `{object}` does not offer `{value}`"));
    let problem = listed(problem, value, &known.values);
    Some(if known.restricted { problem } else { problem.warning() })
}

fn written(writes: &Writes, known: &FieldKnown, at: &Place) -> Vec<Problem> {
    let Writes { object, field, .. } = writes;
    let mut problems = Vec::new();
    if !known.writable {
        let why =
            if known.calculated { "it is worked out by the org" } else { "the org sets it, or this login may not" };
        let problem = Problem::new(codes::NOT_WRITABLE, at, format!("`{field}` of `{object}` cannot be written"));
        problems.push(problem.because(why).next("leave it out, or give the login the right to edit the field"));
    }
    let other = writes.takes.as_ref().and_then(|takes| other_type(object, field, takes, known, at));
    // A length that the type gets wrong is said once.
    problems.extend(other.or_else(|| too_long(writes, known, at)));
    if writes.fills_blanks && known.kind == "textarea" && known.length > 255 {
        let problem = Problem::new(codes::OTHER_TYPE, at, format!("`{field}` is a long text, and these are not read"));
        problems.push(
            problem.because("whether it is blank is not known").next("`update: overwrite` or `update: on_create`"),
        );
    }
    problems
}

/// A text that may be longer than the field, with nothing said about it.
fn too_long(writes: &Writes, known: &FieldKnown, at: &Place) -> Option<Problem> {
    let (field, holds) = (&writes.field, known.length);
    if !known.is_text() || holds == 0 {
        return None;
    }
    match writes.longest {
        Longest::Open if !writes.says_too_long => {
            let what = format!("nothing says what happens to more than {holds} characters in `{field}`");
            Some(
                Problem::new(codes::ORG_IS_SHORTER, at, what)
                    .next("`too_long: cut` beside its value; or cut_at_word, omit, refuse"),
            )
        }
        // Without a length nobody knows where to cut.
        Longest::Open => {
            let what = format!("`{field}` holds {holds} characters in the org, and nothing here says so");
            Some(
                Problem::new(codes::ORG_IS_SHORTER, at, what)
                    .next(format!("`max: {holds} characters`, or `type: {}`", known.written())),
            )
        }
        Longest::Characters(most) if most > holds => {
            let what = format!("`{field}` holds {holds} characters in the org, and up to {most} are written");
            Some(Problem::new(codes::ORG_IS_SHORTER, at, what).next(format!("`max: {holds} characters`")))
        }
        _ => None,
    }
}

/// The type that a rule counts on is another one in the org, or holds less there.
fn other_type(object: &Name, field: &Name, takes: &Name, known: &FieldKnown, at: &Place) -> Option<Problem> {
    let (word, numbers) = parts(takes.as_str());
    let holds_less = match numbers.as_slice() {
        [length] => known.is_text() && known.length < *length,
        [whole, scale] => known.digits.0.saturating_sub(known.digits.1) < *whole || known.digits.1 < *scale,
        _ => false,
    };
    let own = known.word().to_lowercase();
    // What holds any text of one line or some is as good as the other.
    let same = word == own || [&word, &own].iter().all(|word| PLAIN_TEXTS.contains(&word.as_str()));
    if same && !holds_less {
        return None;
    }
    let is = known.written();
    let what = format!("`{field}` of `{object}` is {is} in the org, and `type` says {takes}");
    Some(Problem::new(codes::OTHER_TYPE, at, what).next(format!("`type: {is}`, or change the field in the org")))
}

fn parts(takes: &str) -> (String, Vec<usize>) {
    let (word, inside) = takes.split_once('(').unwrap_or((takes, ""));
    let numbers = inside.trim_end_matches(')').split(',').filter_map(|part| part.trim().parse().ok());
    (word.trim().to_lowercase(), numbers.collect())
}

fn requires(required: &Requires, known: &FieldKnown, at: &Place) -> Vec<Problem> {
    let Requires { object, field, takes, unique, external_id } = required;
    let mut problems: Vec<Problem> =
        takes.iter().filter_map(|takes| other_type(object, field, takes, known, at)).collect();
    let lacks = |is: &str, why: &str| {
        let problem = Problem::new(codes::NOT_A_KEY, at, format!("`{field}` of `{object}` is not {is} in the org"));
        problem.because(why).next(format!("set the mark in the setup page of the field: {is}"))
    };
    if *unique && !known.unique {
        problems.push(lacks("unique", "two records could get one key"));
    }
    if *external_id && !known.external_id {
        problems.push(lacks("an external id", "a record is found by it"));
    }
    problems
}

/// Objects that are written and whose changes no poll can ask for (F-127).
pub fn stamps(mentions: &[Mention], known: &Known) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let problem = |mention: &Mention| {
        let Named::Writes(Writes { object, .. }) = &mention.named else { return None };
        let stamp = known.objects.get(object)?.as_ref()?.field(&"SystemModstamp".into())?;
        if stamp.filterable || !seen.insert(object.clone()) {
            return None;
        }
        let what = format!("`SystemModstamp` of `{object}` cannot be filtered");
        let problem = Problem::new(codes::NOT_FILTERED, &mention.at, what);
        Some(
            problem
                .because("changes made there are not seen")
                .next("ask the vendor of the object, or do without it")
                .warning(),
        )
    };
    mentions.iter().filter_map(problem).collect()
}

impl ObjectKnown {
    /// A field by its name, which the org takes in any case.
    fn field(&self, name: &Name) -> Option<&FieldKnown> {
        let is_it = |known: &&String| known.eq_ignore_ascii_case(name.as_str());
        self.fields.keys().find(is_it).and_then(|known| self.fields.get(known))
    }
}
