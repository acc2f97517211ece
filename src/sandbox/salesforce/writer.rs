//! Makes and changes records, as the integration user through the API or as a person at the org.
//!
//! One call is one transaction: what is refused leaves nothing behind. `recycle.rs` deletes, undeletes and merges.

use serde_json::{Map, Value};

use super::automation;
use super::body::{self, Occasion};
use super::files;
use super::id::Id;
use super::org::Org;
use super::record::Record;
use super::refusal::Refusal;
use super::schema::{self, Object};
use super::streaming;
use super::switches::Switches;

/// Which assignment rule acts on a case, by the header `Sforce-Auto-Assign` (sheet 13.2).
#[derive(Debug, Clone, PartialEq)]
pub enum Assign {
    No,
    /// The active one, if the org has one.
    Active,
    /// The one with this id, active or not.
    Rule(String),
}

/// Who writes, when, under which rules.
pub struct Writer<'a> {
    pub org: &'a mut Org,
    pub switches: &'a Switches,
    pub by: Id,
    /// The moment as Salesforce writes it.
    pub now: String,
    pub assign: Assign,
    /// Whether a duplicate rule that only warns is overruled.
    pub allow_save: bool,
    /// A person at the org may do what the integration user may not, such as change a comment's body.
    pub person: bool,
}

impl Writer<'_> {
    pub fn create(&mut self, object: &'static Object, fields: &Map<String, Value>) -> Result<Id, Refusal> {
        self.all_or_nothing(|writer| writer.insert(object, fields))
    }

    pub fn update(&mut self, object: &'static Object, id: &Id, fields: &Map<String, Value>) -> Result<(), Refusal> {
        self.all_or_nothing(|writer| writer.change(object, id, fields))
    }

    pub(super) fn all_or_nothing<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let start = self.org.savepoint();
        let result = work(self);
        match &result {
            Ok(_) => self.org.keep(start),
            Err(_) => self.org.go_back(start),
        }
        result
    }

    fn insert(&mut self, object: &'static Object, fields: &Map<String, Value>) -> Result<Id, Refusal> {
        if !object.createable {
            let message = format!("entity type cannot be inserted: {}", object.label);
            return Err(Refusal::about("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, &[]));
        }
        let values = body::read(self.org, self.switches, object, fields, Occasion::Create)?;
        let id = self.org.new_id(object);
        let mut record = Record::new(object, id.clone());
        let comment = take_values(&mut record, values);
        automation::fill_defaults(self.org, &mut record, &self.by);
        self.stamp_creation(&mut record);
        self.finish(None, record, comment)?;
        Ok(id)
    }

    fn change(&mut self, object: &'static Object, id: &Id, fields: &Map<String, Value>) -> Result<(), Refusal> {
        let before = self.org.get(id).filter(|record| record.object.name == object.name).cloned();
        let before = before.ok_or_else(|| Refusal::cross_reference(&[]).status(404))?;
        if before.is_deleted() {
            return Err(Refusal::deleted());
        }
        let values = body::read(self.org, self.switches, object, fields, Occasion::Update)?;
        let only_published = values.iter().all(|(field, _)| field.name == "IsPublished");
        if object.name == "CaseComment" && !self.may_modify_comments() && !only_published {
            return Err(no_access());
        }
        let mut record = before.clone();
        let comment = take_values(&mut record, values);
        self.finish(Some(before), record, comment)
    }

    /// A person, or a user who has the right to.
    pub(super) fn may_modify_comments(&self) -> bool {
        self.person || self.switches.modify_all_cases
    }

    /// What every save does after the client's fields are in: the rules, the checks, the stamps.
    fn finish(&mut self, before: Option<Record>, mut record: Record, comment: Option<Value>) -> Result<(), Refusal> {
        if record.object.name == "Case" && self.assigns()? {
            automation::assign(self.org, &mut record);
        }
        automation::derive(self.org, before.as_ref(), &mut record, &self.now);
        if before.is_none() && record.object.name == "ContentVersion" {
            for mut other in files::published(self.org, &mut record) {
                automation::fill_defaults(self.org, &mut other, &self.by);
                if self.org.get(&other.id).is_none() {
                    self.stamp_creation(&mut other);
                }
                self.save(other);
            }
        }
        check_required(&record)?;
        automation::check_record_type(self.org, self.switches, &record)?;
        automation::check_rule(self.switches, &record)?;
        streaming::check_topic(&record, &self.now)?;
        if before.is_none() && !self.person {
            automation::check_duplicates(self.org, self.switches, &record, self.allow_save)?;
        }
        self.check_unique(&record)?;
        let (id, object) = (record.id.clone(), record.object.name);
        let parent = record.pointer("ParentId").filter(|_| object == "CaseComment");
        if let Some(before) = before.filter(|_| object == "Case") {
            for entry in automation::history(self.org, &before, &record) {
                self.save_new(entry);
            }
        }
        self.save(record);
        if let Some(case) = parent.and_then(|id| self.org.get(&id)).cloned() {
            self.save(case); // a comment touches its case
        }
        match comment {
            Some(body) => self.comment(&id, body),
            None => Ok(()),
        }
    }

    fn assigns(&self) -> Result<bool, Refusal> {
        match &self.assign {
            Assign::No => Ok(false),
            Assign::Active => Ok(self.switches.assignment_rule),
            Assign::Rule(id) => {
                let rule = Id::parse(id).and_then(|id| self.org.live(&id));
                match rule.filter(|rule| rule.object.name == "AssignmentRule") {
                    Some(_) => Ok(true),
                    None => Err(Refusal::about("INVALID_ASSIGNMENT_RULE", "invalid assignment rule", &[])),
                }
            }
        }
    }

    /// `Case.Comments` is written as an internal comment (sheet 10.1).
    fn comment(&mut self, case: &Id, body: Value) -> Result<(), Refusal> {
        let mut fields = Map::new();
        fields.insert("ParentId".into(), case.as_str().into());
        fields.insert("CommentBody".into(), body);
        self.insert(schema::object("CaseComment"), &fields).map(|_| ())
    }

    pub(super) fn check_unique(&self, record: &Record) -> Result<(), Refusal> {
        let fields = record.object.fields.iter().filter(|field| field.unique && self.switches.keeps_unique(field.name));
        for field in fields {
            let Some(value) = record.text(field.name) else { continue };
            let others = self.org.with_value(record.object, field, value);
            if let Some(other) = others.iter().find(|other| other.id != record.id && !other.is_deleted()) {
                let id = other.id.short();
                let message = format!("duplicate value found: {} duplicates value on record with id: {id}", field.name);
                return Err(Refusal::about("DUPLICATE_VALUE", message, &[]));
            }
        }
        Ok(())
    }

    fn stamp_creation(&self, record: &mut Record) {
        record.set("CreatedDate", self.now.as_str());
        record.set("CreatedById", self.by.as_str());
    }

    fn save_new(&mut self, mut record: Record) {
        self.stamp_creation(&mut record);
        self.save(record);
    }

    pub(super) fn save(&mut self, mut record: Record) {
        record.set("LastModifiedDate", self.now.as_str());
        record.set("LastModifiedById", self.by.as_str());
        record.set("SystemModstamp", self.now.as_str());
        self.org.put(record);
    }
}

/// Puts the client's values in; a case's `Comments` is handed back, it is no field of the record.
fn take_values(record: &mut Record, values: body::Values) -> Option<Value> {
    let mut comment = None;
    for (field, value) in values {
        if field.name == "Comments" {
            comment = Some(value).filter(|value| !value.is_null());
        } else {
            record.set(field.name, value);
        }
    }
    comment
}

fn check_required(record: &Record) -> Result<(), Refusal> {
    let fields = record.object.fields.iter().filter(|field| field.required && record.get(field.name).is_null());
    let missing: Vec<_> = fields.map(|field| field.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Required fields are missing: [{}]", missing.join(", "));
    Err(Refusal::about("REQUIRED_FIELD_MISSING", message, &missing))
}

pub(super) fn no_access() -> Refusal {
    Refusal::about("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", &[])
}
