//! What an admin sets up and a connector only reads: record types, case statuses, the organization, profiles, rules (sheet 10.3).

use super::field::Field;
use super::kind::Kind;
use super::object::Object;

pub fn objects() -> Vec<Object> {
    vec![
        record_type(),
        case_status(),
        organization(),
        profile(),
        business_hours(),
        assignment_rule(),
        zone(),
        question(),
        connection(),
    ]
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

fn profile() -> Object {
    let fields = vec![
        Field::kept("Name", Kind::Text(255)),
        Field::kept("UserType", Kind::Picklist(40, &[("Standard", true)])),
        Field::kept("Description", Kind::Text(255)),
    ];
    Object::setup(["Profile", "Profile", "Profiles"], "00e", fields)
}

fn business_hours() -> Object {
    let fields = vec![
        Field::kept("Name", Kind::Text(80)),
        Field::kept("IsActive", Kind::Boolean),
        Field::kept("IsDefault", Kind::Boolean),
        Field::kept("TimeZoneSidKey", Kind::Text(40)),
    ];
    Object::setup(["BusinessHours", "Business Hours", "Business Hours"], "01m", fields)
}

fn assignment_rule() -> Object {
    let fields = vec![
        Field::kept("Name", Kind::Text(120)),
        Field::kept("SobjectType", Kind::Picklist(40, &[("Case", false)])),
        Field::kept("Active", Kind::Boolean),
    ];
    Object::setup(["AssignmentRule", "Assignment Rule", "Assignment Rules"], "01Q", fields)
}

/// What `Case.CommunityId` points at; this org has none. Its prefix is recalled, as those of the next two are.
fn zone() -> Object {
    let fields = vec![Field::kept("Name", Kind::Text(40)), Field::kept("IsActive", Kind::Boolean)];
    Object::setup(["Community", "Zone", "Zones"], "09a", fields)
}

/// What `Case.QuestionId` points at; this org has none.
fn question() -> Object {
    Object::setup(["Question", "Question", "Questions"], "906", vec![Field::kept("Title", Kind::Text(255))])
}

/// What `CaseComment.ConnectionSentId` points at; this org has none.
fn connection() -> Object {
    let names = ["PartnerNetworkConnection", "Connection", "Connections"];
    Object::setup(names, "04P", vec![Field::kept("ConnectionName", Kind::Text(255))])
}
