//! `Task`: what an agent still has to do about a case (sheet 10.3).

use super::field::Field;
use super::kind::{Choice, Kind};
use super::object::Object;

const STATUSES: &[Choice] = &[("Not Started", true), ("In Progress", false), ("Completed", false)];
const PRIORITIES: &[Choice] = &[("High", false), ("Normal", true), ("Low", false)];

pub fn task() -> Object {
    let fields = vec![
        Field::new("Subject", Kind::Text(255)),
        Field::new("Description", Kind::Area(32_000)),
        Field::new("Status", Kind::Picklist(255, STATUSES)).defaulted(),
        Field::new("Priority", Kind::Picklist(255, PRIORITIES)).defaulted(),
        Field::new("ActivityDate", Kind::Day),
        Field::reference("WhatId", "What", &["Account", "Case"]).children("Tasks"),
        Field::reference("WhoId", "Who", &["Contact"]).children("Tasks"),
        Field::reference("OwnerId", "Owner", &["Group", "User"]).defaulted(),
        Field::kept("IsClosed", Kind::Boolean),
    ];
    Object::new(["Task", "Task", "Tasks"], "00T", fields)
}
