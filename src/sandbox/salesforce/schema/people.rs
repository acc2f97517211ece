//! Who a case is about and who works on it: `Contact`, `Account`, `User`, `Group`, and `Name` (sheet 10.3).

use super::field::Field;
use super::kind::{Choice, Kind};
use super::object::Object;

pub fn objects() -> Vec<Object> {
    vec![contact(), account(), user(), group(), name()]
}

const SOURCES: &[Choice] = &[("Web", false), ("Phone", false), ("Community", false), ("Other", false)];

/// A list that an admin added: the one multi-select field of this org.
const INTERESTS: &[Choice] = &[("Routers", false), ("Cameras", false), ("Backup", false), ("VPN", false)];

fn contact() -> Object {
    let mut fields = person(80);
    fields.extend([
        Field::new("Email", Kind::Email(80)).looked_up(),
        Field::new("Phone", Kind::Phone(40)),
        Field::new("MobilePhone", Kind::Phone(40)),
        Field::new("Fax", Kind::Phone(40)),
        Field::new("Title", Kind::Text(128)),
        Field::new("Department", Kind::Text(80)),
        Field::new("Birthdate", Kind::Day),
        Field::new("LeadSource", Kind::Picklist(255, SOURCES)),
        Field::new("Description", Kind::Area(32_000)),
        Field::new("Interests__c", Kind::MultiPicklist(4_099, INTERESTS)),
        Field::reference("AccountId", "Account", &["Account"]).children("Contacts"),
        Field::reference("OwnerId", "Owner", &["User"]).defaulted(),
        Field::reference("MasterRecordId", "MasterRecord", &["Contact"]).read_only(),
    ]);
    Object::new(["Contact", "Contact", "Contacts"], "003", fields)
}

fn account() -> Object {
    let fields = vec![
        Field::new("Name", Kind::Text(255)).required().labelled("Account Name"),
        Field::new("AccountNumber", Kind::Text(40)),
        Field::new("Site", Kind::Text(80)).labelled("Account Site"),
        Field::new("Website", Kind::Url(255)),
        Field::new("Phone", Kind::Phone(40)),
        Field::new("Industry", Kind::Picklist(255, &[("Technology", false), ("Retail", false), ("Other", false)])),
        Field::new("Type", Kind::Picklist(255, &[("Prospect", false), ("Customer", false), ("Partner", false)])),
        Field::new("NumberOfEmployees", Kind::Int(8)).labelled("Employees"),
        Field::new("AnnualRevenue", Kind::Currency(18, 0)),
        Field::new("Description", Kind::Area(32_000)),
        Field::reference("ParentId", "Parent", &["Account"]).children("ChildAccounts"),
        Field::reference("OwnerId", "Owner", &["User"]).defaulted(),
        Field::reference("MasterRecordId", "MasterRecord", &["Account"]).read_only(),
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
        Field::new("Department", Kind::Text(80)),
        Field::new("TimeZoneSidKey", Kind::Text(40)).labelled("Time Zone").defaulted(),
        Field::new("LocaleSidKey", Kind::Text(40)).labelled("Locale").defaulted(),
        Field::new("LanguageLocaleKey", Kind::Text(40)).labelled("Language").defaulted(),
        Field::new("EmailEncodingKey", Kind::Text(40)).labelled("Email Encoding").defaulted(),
        Field::kept("FullPhotoUrl", Kind::Url(1_024)),
        Field::kept("SmallPhotoUrl", Kind::Url(1_024)),
        Field::reference("ProfileId", "Profile", &["Profile"]).children("Users").defaulted(),
    ]);
    Object::setup(["User", "User", "Users"], "005", fields).writeable()
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
    Object::setup(["Name", "Name", "Names"], "", fields).unlisted()
}

fn person(last: usize) -> Vec<Field> {
    vec![
        Field::new("LastName", Kind::Text(last)).required().indexed(),
        Field::new("FirstName", Kind::Text(40)),
        Field::kept("Name", Kind::Text(121)).labelled("Full Name"),
    ]
}
