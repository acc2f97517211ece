//! The recycle bin: into it, out of it, past it; and merging, which ends in it (sheets 3.2, 3.4, 10.1).

use jiff::{SignedDuration, Timestamp};

use super::id::Id;
use super::moment;
use super::org::Org;
use super::record::Record;
use super::refusal::Refusal;
use super::replication::KEPT;
use super::schema::{self, Kind, Object};
use super::writer::{Writer, no_access};

/// What people and SOAP can merge.
const MERGEABLE: &[&str] = &["Account", "Contact", "Case"];

impl Writer<'_> {
    /// Into the recycle bin, a case with its comments.
    pub fn delete(&mut self, id: &Id) -> Result<(), Refusal> {
        self.all_or_nothing(|writer| {
            let record = writer.org.get(id).ok_or_else(Refusal::not_found)?;
            if record.is_deleted() {
                return Err(Refusal::deleted());
            }
            if !record.object.deletable || (record.object.name == "CaseComment" && !writer.may_modify_comments()) {
                return Err(no_access());
            }
            for mut record in writer.with_comments(id) {
                if !record.is_deleted() {
                    record.set("IsDeleted", true);
                    writer.save(record);
                }
            }
            Ok(())
        })
    }

    /// Past the recycle bin, a case with its comments.
    pub fn erase(&mut self, id: &Id) -> Result<(), Refusal> {
        self.all_or_nothing(|writer| {
            if writer.org.live(id).is_some() {
                writer.delete(id)?;
            }
            let gone = writer.with_comments(id);
            if gone.is_empty() {
                return Err(Refusal::not_found());
            }
            gone.iter().for_each(|record| writer.org.remove(&record.id));
            Ok(())
        })
    }

    /// Out of the recycle bin, with the comments that went into it together with their case.
    pub fn undelete(&mut self, id: &Id) -> Result<(), Refusal> {
        self.all_or_nothing(|writer| {
            let record = writer.org.get(id).filter(|record| record.is_deleted()).cloned();
            let record =
                record.ok_or_else(|| Refusal::about("UNDELETE_FAILED", "Entity is not in the recycle bin", &[]))?;
            writer.check_unique(&record)?;
            let together = record.text("SystemModstamp").map(str::to_owned);
            for mut record in writer.with_comments(id) {
                if record.is_deleted() && record.text("SystemModstamp") == together.as_deref() {
                    record.set("IsDeleted", false);
                    record.set("MasterRecordId", serde_json::Value::Null);
                    writer.save(record);
                }
            }
            Ok(())
        })
    }

    /// One record goes into another: what points at it moves, it is deleted, `MasterRecordId` names the survivor.
    /// Gives the records that moved.
    pub fn merge(&mut self, id: &Id, survivor: &Id) -> Result<Vec<Id>, Refusal> {
        self.all_or_nothing(|writer| {
            let mut merged = writer.org.live(id).ok_or_else(Refusal::deleted)?.clone();
            let object = merged.object;
            let other = writer.org.live(survivor).filter(|record| record.object.name == object.name);
            if other.is_none() || id == survivor || !MERGEABLE.contains(&object.name) {
                return Err(Refusal::cross_reference(&["MasterRecordId"]));
            }
            let moved = writer.move_children(object, id, survivor);
            if object.field("MasterRecordId").is_some() {
                merged.set("MasterRecordId", survivor.as_str());
            }
            merged.set("IsDeleted", true);
            writer.save(merged);
            Ok(moved)
        })
    }

    fn move_children(&mut self, object: &Object, from: &Id, to: &Id) -> Vec<Id> {
        let mut moved = Vec::new();
        for child in schema::objects() {
            let pointing = child.fields.iter().filter(|field| field.name != "MasterRecordId");
            for field in pointing.filter(|field| matches!(field.kind, Kind::Reference(_))) {
                if !field.kind.targets().contains(&object.name) {
                    continue;
                }
                let children: Vec<Record> =
                    self.org.with_value(child, field, from.as_str()).into_iter().cloned().collect();
                for mut record in children.into_iter().filter(|record| !record.is_deleted() && record.id != *to) {
                    record.set(field.name, to.as_str());
                    moved.push(record.id.clone());
                    self.save(record);
                }
            }
        }
        moved
    }

    /// A record and, before it, its comments if it is a case.
    fn with_comments(&self, id: &Id) -> Vec<Record> {
        let object = schema::object("CaseComment");
        let parent = object.field("ParentId").into_iter();
        let comments = parent.flat_map(|field| self.org.with_value(object, field, id.as_str()));
        comments.chain(self.org.get(id)).cloned().collect()
    }
}

/// When the bin was last emptied of what is too old.
#[derive(Default)]
pub struct Emptied(Option<Timestamp>);

impl Emptied {
    /// Once an hour by the sandbox's clock, what lay in the bin for more than 15 days goes for good.
    pub fn empty(&mut self, org: &mut Org, now: Timestamp) {
        if self.0.is_some_and(|last| now.duration_since(last).abs() < SignedDuration::from_hours(1)) {
            return;
        }
        self.0 = Some(now);
        let before = moment::written(now - KEPT);
        let old = |record: &&Record| {
            record.is_deleted() && record.text("SystemModstamp").is_some_and(|stamp| stamp < before.as_str())
        };
        let objects = schema::objects().iter().filter(|object| object.deletable);
        let gone: Vec<Id> =
            objects.flat_map(|object| org.records_of(object).filter(old).map(|record| record.id.clone())).collect();
        gone.iter().for_each(|id| org.remove(id));
    }
}
