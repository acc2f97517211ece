//! What an admin sets up and a connector only reads: record types, case statuses, the organization (sheet 10.3).

use super::field::{Field, Kind};
use super::object::Object;

pub fn objects() -> Vec<Object> {
    vec![record_type(), case_status(), organization()]
}

fn record_type() -> Object {
    let fields = vec![
        Field::kept("Name", Kind::Text(80)),
        Field::kept("DeveloperName", Kind::Text(80)),
        Field::kept("SobjectType", Kind::Picklist(40, &[("Case", false)])),
        Field::kept("IsActive", Kind::Boolean),
    ];
    Object::setup(["RecordType", "Record Type", "Record Types"], "012", fields)
}

fn case_status() -> Object {
    let fields = vec![
        Field::kept("ApiName", Kind::Text(255)),
        Field::kept("MasterLabel", Kind::Text(255)),
        Field::kept("IsClosed", Kind::Boolean),
        Field::kept("IsDefault", Kind::Boolean),
        Field::kept("SortOrder", Kind::Int(9)),
    ];
    Object::setup(["CaseStatus", "Case Status Value", "Case Status Value"], "01J", fields)
}

fn organization() -> Object {
    let fields = vec![
        Field::kept("Name", Kind::Text(80)),
        Field::kept("InstanceName", Kind::Text(5)),
        Field::kept("IsSandbox", Kind::Boolean),
        Field::kept("NamespacePrefix", Kind::Text(15)),
        Field::kept(
            "OrganizationType",
            Kind::Picklist(40, &[("Enterprise Edition", false), ("Developer Edition", false)]),
        ),
        Field::kept("TrialExpirationDate", Kind::Moment),
        Field::kept("TimeZoneSidKey", Kind::Text(40)),
    ];
    Object::setup(["Organization", "Organization", "Organizations"], "00D", fields)
}
