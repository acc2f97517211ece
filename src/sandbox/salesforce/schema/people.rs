//! Who a case is about and who works on it: `Contact`, `Account`, `User`, `Group`, and `Name` (sheet 10.3).

use super::field::{Field, Kind};
use super::object::Object;

pub fn objects() -> Vec<Object> {
    vec![contact(), account(), user(), group(), name()]
}

fn contact() -> Object {
    let mut fields = person(80);
    fields.extend([
        Field::new("Email", Kind::Email(80)).looked_up(),
        Field::new("Phone", Kind::Phone(40)),
        Field::new("MobilePhone", Kind::Phone(40)),
        Field::new("Title", Kind::Text(128)),
        Field::new("Description", Kind::Area(32_000)),
        Field::reference("AccountId", "Account", &["Account"]).children("Contacts"),
        Field::reference("OwnerId", "Owner", &["User"]).defaulted(),
    ]);
    Object::new(["Contact", "Contact", "Contacts"], "003", fields)
}

fn account() -> Object {
    let fields = vec![
        Field::new("Name", Kind::Text(255)).required().labelled("Account Name"),
        Field::new("Website", Kind::Url(255)),
        Field::new("Phone", Kind::Phone(40)),
        Field::new("Industry", Kind::Picklist(255, &[("Technology", false), ("Retail", false), ("Other", false)])),
        Field::new("Description", Kind::Area(32_000)),
        Field::reference("ParentId", "Parent", &["Account"]).children("ChildAccounts"),
        Field::reference("OwnerId", "Owner", &["User"]).defaulted(),
    ];
    Object::new(["Account", "Account", "Accounts"], "001", fields)
}

fn user() -> Object {
    let mut fields = person(80);
    fields.extend([
        Field::new("Username", Kind::Text(80)).required().unique(),
        Field::new("Email", Kind::Email(128)).required().looked_up(),
        Field::new("Alias", Kind::Text(8)),
        Field::new("Title", Kind::Text(80)),
        Field::new("Phone", Kind::Phone(40)),
        Field::new("IsActive", Kind::Boolean).labelled("Active"),
        Field::kept("UserType", Kind::Picklist(40, &[("Standard", true)])),
        Field::new("FederationIdentifier", Kind::Text(512)),
        Field::new("CommunityNickname", Kind::Text(40)),
    ]);
    let user = Object::setup(["User", "User", "Users"], "005", fields);
    Object { createable: true, updateable: true, ..user }
}

fn group() -> Object {
    let fields = vec![
        Field::kept("Name", Kind::Text(40)),
        Field::kept("DeveloperName", Kind::Text(80)),
        Field::kept("Type", Kind::Picklist(40, &[("Queue", false), ("Regular", false)])),
        Field::kept("Email", Kind::Email(255)),
    ];
    Object::setup(["Group", "Group", "Groups"], "00G", fields)
}

/// What `Owner` is read as when it may be a user or a queue; its values come from whichever it is.
fn name() -> Object {
    let fields = vec![
        Field::kept("Name", Kind::Text(255)),
        Field::kept("FirstName", Kind::Text(40)),
        Field::kept("LastName", Kind::Text(80)),
        Field::kept("Username", Kind::Text(80)),
        Field::kept("Email", Kind::Email(128)),
        Field::kept("Alias", Kind::Text(8)),
        Field::kept("Title", Kind::Text(80)),
        Field::kept("Phone", Kind::Phone(40)),
        Field::kept("IsActive", Kind::Boolean),
        Field::kept("Type", Kind::Text(40)),
    ];
    Object { listed: false, ..Object::setup(["Name", "Name", "Names"], "", fields) }
}

fn person(last: usize) -> Vec<Field> {
    vec![
        Field::new("LastName", Kind::Text(last)).required(),
        Field::new("FirstName", Kind::Text(40)),
        Field::kept("Name", Kind::Text(121)).labelled("Full Name"),
    ]
}
