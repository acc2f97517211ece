//! `contact:` of an escalation: which contact the case gets. Rows in order; the first that holds and gives one counts.
//!
//! Of several contacts with the author's e-mail none is guessed, and none is made beside them: the case has none then,
//! and the plan is flagged (ESC-9). Who is linked is the facts' business, what is written the host functions'.

use crate::catalog::Seen;
use crate::names::Name;
use crate::plan::Arg;
use crate::problem::{Place, Problem, closest};
use crate::rules::compiling::{Compiling, Fields, Scope};
use crate::rules::criteria::criteria;
use crate::rules::judge::{Judged, judge};
use crate::rules::mapping::{as_lines, fields};
use crate::rules::template::{fill, plain};
use crate::rules::yaml::{Key, Node, Shape, read};
use crate::rules::{Criteria, FieldRow, Template, codes, written};
use crate::script::{Evaluated, Refusal, View};
use crate::value::Value;

/// The keys of a row.
pub const KEYS: &[&str] = &["when", "use"];
/// The words of a row; `= an id` stands beside them.
pub const WORDS: &[&str] = &["linked", "created", "none", "park"];
pub const CREATE_CONTACT: &str = "salesforce.create_contact";
pub const LINK_CONTACT: &str = "salesforce.link_contact";
/// The field of a case that this is about.
const CONTACT_ID: &str = "ContactId";
/// The mapping that fills a contact that is created; a pack may have its own under this name.
pub const MAPPING: &str = "author-to-contact";
const BUILT_IN: &str = "\
LastName: { value: = people::last_name(thread.author), too_long: cut }
FirstName: { value: = thread.author.first_name, too_long: cut }
Email: { value: = thread.author.email, too_long: omit }
";

/// What `contact:` says.
pub struct Contact {
    rows: Vec<Row>,
    /// The login of the author, and the fields of a contact that is created.
    login: Template,
    created: Option<Fields>,
    pub at: Place,
}

struct Row {
    when: Criteria,
    takes: Takes,
    at: Place,
}

enum Takes {
    Linked,
    Created,
    Id(Template),
    Nobody,
    Park,
}

/// What came out for one thread.
#[derive(Default)]
pub struct Chosen {
    /// The id of a contact that is there.
    pub id: Option<Arg>,
    pub create: Option<Create>,
    /// A code and its words.
    pub flag: Option<(Name, String)>,
}

/// A contact to be created.
pub struct Create {
    pub login: Arg,
    pub fields: Arg,
}

/// Reads `contact:`; without it the linked one counts, unless the mapping itself writes the field.
pub fn contact(
    compiling: &mut Compiling,
    key: &Key,
    node: &Node,
    mapping: Option<&[FieldRow]>,
    scope: &Scope,
) -> Option<Contact> {
    let mapped = mapping.and_then(|rows| rows.iter().find(|row| row.field.as_str() == CONTACT_ID));
    let written = node.entries().iter().find(|(key, _)| key.name == "contact");
    if let (Some(row), Some((key, _))) = (mapped, written) {
        let what = format!("`contact` says which contact the case has, and the mapping writes `{CONTACT_ID}` too");
        compiling.problem(
            Problem::new(codes::WRITTEN_TWICE, &key.at, what).also(&row.at).next(format!(
                "leave one of them out; `leave_out: [ {CONTACT_ID} ]` does in a mapping that extends it"
            )),
        );
    }
    if mapped.is_some() {
        return None;
    }
    let at = written.map_or(&key.at, |(key, _)| &key.at);
    let login = compiling.expression("thread.author.login", at, scope).map(Template::Expression)?;
    let rows = match written {
        Some((_, list)) => rows(compiling, list, scope)?,
        None => vec![Row { when: Criteria::All(vec![]), takes: Takes::Linked, at: at.clone() }],
    };
    let creates = rows.iter().any(|row| matches!(row.takes, Takes::Created));
    let created = if creates { created(compiling, at, scope) } else { None };
    Some(Contact { rows, login, created, at: at.clone() })
}

fn rows(compiling: &mut Compiling, list: &Node, scope: &Scope) -> Option<Vec<Row>> {
    let items = compiling.keep(written::list(list, "`contact`").map(<[Node]>::to_vec))?;
    let rows: Vec<Option<Row>> = (1..).zip(&items).map(|(n, item)| row(compiling, item, n, scope)).collect();
    let is_last = |row: &Option<Row>| {
        row.as_ref().is_some_and(|row| {
            matches!(row.takes, Takes::Nobody | Takes::Park)
                && matches!(&row.when, Criteria::All(lines) if lines.is_empty())
        })
    };
    if let Some(behind) = rows.iter().position(is_last).and_then(|last| items.get(last + 1)) {
        let problem = Problem::new(codes::NEVER_REACHED, &behind.at, "this row is never reached");
        compiling.problem(problem.because("the one before is for all others").next("put `none` or `park` last"));
    }
    rows.into_iter().collect()
}

/// `linked`, or `{ when: …, use: linked }`.
fn row(compiling: &mut Compiling, item: &Node, n: usize, scope: &Scope) -> Option<Row> {
    let Shape::Map(entries) = &item.shape else {
        let takes = takes(compiling, item, scope)?;
        return Some(Row { when: Criteria::All(vec![]), takes, at: item.at.clone() });
    };
    for (key, _) in entries.iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str())) {
        compiling.problem(written::unknown_key(key, KEYS, "a row of `contact`"));
    }
    let start = format!("contact.{n}.when");
    let when = item.get("when").map(|node| criteria(compiling, &as_lines(node), scope, &start));
    let Some(what) = item.get("use") else {
        let problem = Problem::new(codes::MISSING_KEY, &item.at, "a row of `contact` needs `use`");
        compiling.problem(problem.next("`{ when: settings.create_new_contact_record, use: created }`"));
        return None;
    };
    let takes = takes(compiling, what, scope)?;
    Some(Row { when: when.unwrap_or(Criteria::All(vec![])), takes, at: item.at.clone() })
}

fn takes(compiling: &mut Compiling, node: &Node, scope: &Scope) -> Option<Takes> {
    let text = compiling.keep(written::text(node).map(str::to_owned))?;
    Some(match text.as_str() {
        "linked" => Takes::Linked,
        "created" => Takes::Created,
        "none" => Takes::Nobody,
        "park" => Takes::Park,
        text if text.starts_with('=') => Takes::Id(compiling.value(node, scope, false)?),
        text => {
            let problem = Problem::new(codes::WORD, &node.at, format!("`{text}` is not a word for this"));
            let problem = problem.because(format!("one of: {}, or `= an id`", WORDS.join(", ")));
            compiling.problem(match closest(text, WORDS) {
                Some(near) => problem.next(format!("did you mean `{near}`?")),
                None => problem.next("an id stands behind `=`, such as `= settings.default_contact`"),
            });
            return None;
        }
    })
}

/// The fields of a contact that is created: those of a pack, else the names and the e-mail.
fn created(compiling: &mut Compiling, at: &Place, scope: &Scope) -> Option<Fields> {
    if !compiling.mapping_nodes.contains_key(MAPPING) {
        let node = compiling.keep_all(read("the built-in mapping author-to-contact", BUILT_IN))?;
        let key = Key { name: MAPPING.into(), at: at.clone() };
        compiling.mapping_nodes.insert(MAPPING.into(), (key, node));
    }
    let name = Node { at: at.clone(), shape: Shape::Scalar { text: MAPPING.into(), quoted: false } };
    fields(compiling, &name, None, scope)
}

impl Contact {
    /// Whether it may create a contact.
    pub fn creates(&self) -> bool {
        self.created.is_some()
    }

    /// The contact for the thread of a view.
    pub fn choose(&self, view: &View) -> Result<Chosen, Evaluated> {
        let mut several = None;
        for row in &self.rows {
            match judge(&row.when, view) {
                Judged::Met => {}
                Judged::Unmet(..) => continue,
                Judged::Unknown(reads) => return Err(Evaluated::Needs(reads)),
                Judged::Broken(broken) => return Err(broken.into()),
            }
            match &row.takes {
                Takes::Linked | Takes::Created => match plain(&look(view, "contact.state")?).as_str() {
                    "linked" => return Ok(Chosen::of(Arg::Known(look(view, "contact.Id")?))),
                    "several" => several = Some(ambiguous(view)?),
                    _ if matches!(row.takes, Takes::Created) => return self.create(view),
                    _ => {}
                },
                // An id for those whom nobody knows is none for those whom we know too well.
                Takes::Id(template) if several.is_none() => match value(fill(template, view))? {
                    Arg::Known(id) if plain(&id).is_empty() => {}
                    id => return Ok(Chosen::of(id)),
                },
                Takes::Id(_) => {}
                Takes::Nobody => break,
                Takes::Park => return Err(Evaluated::Refused(row.parked(several, view)?)),
            }
        }
        let flag = match several {
            Some(names) => ("ambiguous_contact".into(), format!("{names}; the case gets none")),
            None => ("no_contact".into(), "the case gets no contact".to_owned()),
        };
        Ok(Chosen { flag: Some(flag), ..Chosen::default() })
    }

    fn create(&self, view: &View) -> Result<Chosen, Evaluated> {
        let login = value(fill(&self.login, view))?;
        let Some(fields) = &self.created else { return Ok(Chosen::default()) };
        let fields = value(fill(&Template::Fields(fields.clone()), view))?;
        Ok(Chosen { create: Some(Create { login, fields }), ..Chosen::default() })
    }
}

impl Chosen {
    fn of(id: Arg) -> Self {
        Chosen { id: Some(id), ..Chosen::default() }
    }
}

impl Row {
    fn parked(&self, several: Option<String>, view: &View) -> Result<Refusal, Evaluated> {
        let what = match several {
            Some(names) => names,
            None => format!("the org knows no contact of {}", plain(&look(view, "thread.author.login")?)),
        };
        let next = "make or choose one contact in the org, then retry".into();
        Ok(Refusal { code: "no-contact", at: self.at.clone(), what, next })
    }
}

/// All contacts with the author's e-mail, by name and id.
fn ambiguous(view: &View) -> Result<String, Evaluated> {
    let Value::List(contacts) = look(view, "same_mail")? else { return Ok(String::new()) };
    let name = |contact: &Value| format!("{} ({})", plain(contact.get("Name")), plain(contact.get("Id")));
    let names: Vec<String> = contacts.iter().map(name).collect();
    let mail = plain(&look(view, "thread.author.email")?);
    Ok(format!("{} contacts have the e-mail {}: {}", names.len(), mail.trim(), names.join(", ")))
}

/// A fact; absent where the event does not have it.
fn look(view: &View, fact: &str) -> Result<Value, Evaluated> {
    match view.see(&fact.into()) {
        Seen::Is(value) => Ok(value),
        Seen::Needs(reads) => Err(Evaluated::Needs(reads)),
        Seen::Failed(error) => Err(Evaluated::Failed(error)),
        Seen::More | Seen::Unknown => Ok(Value::Nothing),
    }
}

fn value(evaluated: Evaluated) -> Result<Arg, Evaluated> {
    match evaluated {
        Evaluated::Is(arg) => Ok(arg),
        other => Err(other),
    }
}

/// Puts the contact among the fields of a case.
pub fn put(fields: &mut Arg, id: Arg) {
    match fields {
        Arg::Map(entries) => entries.push((CONTACT_ID.into(), id)),
        Arg::Known(Value::Map(known)) => {
            let known = std::mem::take(known).into_iter().map(|(name, value)| (name, Arg::Known(value)));
            *fields = Arg::Map(known.chain([(CONTACT_ID.into(), id)]).collect());
        }
        _ => {}
    }
}
