//! What the streams need: push topics, and the platform event of the org's admin (sheets 9.2, 9.3).

use super::field::Field;
use super::kind::{Choice, Kind};
use super::object::Object;

const NOTICES: &[Choice] = &[("Referenced", true), ("All", false), ("Select", false), ("Where", false)];

pub fn objects() -> Vec<Object> {
    vec![push_topic(), case_event()]
}

fn push_topic() -> Object {
    let fields = vec![
        Field::new("Name", Kind::Text(25)).required().unique(),
        Field::new("Query", Kind::Area(1_300)).required(),
        Field::new("ApiVersion", Kind::Number(18, 1)).required(),
        Field::new("Description", Kind::Area(400)),
        Field::new("IsActive", Kind::Boolean),
        Field::new("NotifyForFields", Kind::Picklist(40, NOTICES)).defaulted(),
        Field::new("NotifyForOperationCreate", Kind::Boolean),
        Field::new("NotifyForOperationUpdate", Kind::Boolean),
        Field::new("NotifyForOperationDelete", Kind::Boolean),
        Field::new("NotifyForOperationUndelete", Kind::Boolean),
    ];
    Object::new(["PushTopic", "Push Topic", "Push Topics"], "0IF", fields)
}

/// What an admin's flow would publish about a case; its name and fields are the sandbox's choice.
fn case_event() -> Object {
    let fields = vec![
        Field::new("Case_Id__c", Kind::Text(18)),
        Field::new("Case_Number__c", Kind::Text(30)),
        Field::new("Comment_Id__c", Kind::Text(18)),
        Field::new("Status__c", Kind::Text(255)),
        Field::new("Body__c", Kind::Area(32_000)),
        Field::new("Published__c", Kind::Boolean),
        Field::new("Happened__c", Kind::Moment),
        Field::new("Count__c", Kind::Number(9, 0)),
    ];
    Object::event(["Case_Event__e", "Case Event", "Case Events"], "e01", fields)
}
