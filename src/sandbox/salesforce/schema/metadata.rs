//! Reads the connector's objects and fields from the files that an admin deploys (`salesforce/force-app`), so that the
//! sandbox and a real org cannot drift apart.
//!
//! The files are part of this program and a test reads them all: a wrong one is found before anybody runs it.

use serde::Deserialize;

use super::field::Field;
use super::kind::{Choice, Kind};

type File = (&'static str, &'static str, &'static str);

macro_rules! files {
    ($($object:literal: $($field:literal)*;)*) => {
        &[$($((
            $object,
            $field,
            include_str!(concat!(
                "../../../../salesforce/force-app/main/default/objects/", $object, "/fields/", $field, ".field-meta.xml"
            )),
        ),)*)*]
    };
}

macro_rules! heads {
    ($($object:literal)*) => {
        &[$((
            $object,
            include_str!(concat!(
                "../../../../salesforce/force-app/main/default/objects/", $object, "/", $object, ".object-meta.xml"
            )),
        ),)*]
    };
}

const FIELDS: &[File] = files! {
    "Case": "Community_Thread_Key__c" "Community_Thread_URL__c" "Community_Board__c" "Community_Author__c"
        "Community_Tags__c" "Community_Body__c" "Community_Replies__c" "Escalated_By__c" "Escalation_Reason__c";
    "Community_User__c": "First_Name__c" "Last_Name__c" "Email__c" "Khoros_User_ID__c" "Is_User_Deleted__c" "Rank__c"
        "Roles__c" "Registration_Time__c" "Last_Visit_Time__c" "Biography__c" "Administrative_Notes__c" "Location__c"
        "Khoros_SSOID__c" "User_Profile_Avatar_URL__c" "Community_User_URL__c" "Community_ID__c" "Metric_Logins__c"
        "Metric_Minutes_Online__c" "Metric_Page_Views__c" "Metric_Posts__c" "Metric_Messages_Read__c"
        "Metric_Private_Messages_Sent__c" "Metric_Private_Messages_Received__c" "Metric_Average_Message_Rating__c"
        "REST_URL__c" "Contact__c";
    "Postback_Comment__c": "Case__c" "Body__c" "Author__c" "Salesforce_Agent__c" "Status__c" "Community_Message_ID__c"
        "Board_ID__c" "Thread_ID__c" "Visible_In_Self_Service_Portal__c" "Source_Key__c" "Result__c";
    "Private_Message__c": "Recipient__c" "Case__c" "Subject__c" "Body__c" "Status__c" "Community_Note_ID__c"
        "Result__c";
};

const HEADS: &[(&str, &str)] = heads! { "Community_User__c" "Postback_Comment__c" "Private_Message__c" };

/// An object's own file.
pub struct Head {
    pub label: &'static str,
    pub plural: &'static str,
    pub name_label: &'static str,
    pub name_field: NameField,
}

/// What names a record: what people write, or a number in a format such as `PC-{000000}`.
pub enum NameField {
    Text,
    Numbered(&'static str),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomObject {
    label: String,
    plural_label: String,
    name_field: NameOf,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NameOf {
    label: String,
    display_format: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct CustomField {
    full_name: String,
    label: String,
    r#type: String,
    length: usize,
    precision: usize,
    scale: usize,
    external_id: bool,
    unique: bool,
    case_sensitive: bool,
    required: bool,
    reference_to: String,
    relationship_name: String,
    value_set: Option<ValueSet>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValueSet {
    #[serde(default)]
    restricted: bool,
    value_set_definition: Values,
}

#[derive(Deserialize)]
struct Values {
    value: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    full_name: String,
    default: bool,
}

pub fn object(name: &str) -> Head {
    let (_, text) = HEADS.iter().find(|(known, _)| *known == name).expect("every object of the connector has a file");
    let read: CustomObject = quick_xml::de::from_str(text).expect("the connector's metadata can be read");
    Head {
        label: kept(read.label),
        plural: kept(read.plural_label),
        name_label: kept(read.name_field.label),
        name_field: read.name_field.display_format.map_or(NameField::Text, |format| NameField::Numbered(kept(format))),
    }
}

/// The connector's fields of an object.
pub fn fields_of(object: &str) -> Vec<Field> {
    let files = FIELDS.iter().filter(|(of, _, _)| *of == object);
    files
        .map(|(_, _, text)| field(quick_xml::de::from_str(text).expect("the connector's metadata can be read")))
        .collect()
}

fn field(read: CustomField) -> Field {
    let name = kept(read.full_name);
    let field = match read.r#type.as_str() {
        "Lookup" => {
            let upward = kept(format!("{}r", name.trim_end_matches('c')));
            let downward = kept(format!("{}__r", read.relationship_name));
            Field::reference(name, upward, Vec::leak(vec![kept(read.reference_to)])).children(downward)
        }
        "Text" => Field::new(name, Kind::Text(read.length)),
        "TextArea" => Field::new(name, Kind::Area(255)),
        "LongTextArea" => Field::new(name, Kind::Area(read.length)),
        "Html" => Field::new(name, Kind::Html(read.length)),
        "Url" => Field::new(name, Kind::Url(255)),
        "Checkbox" => Field::new(name, Kind::Boolean),
        "Number" => Field::new(name, Kind::Number(read.precision, read.scale)),
        "Picklist" => picklist(name, read.value_set),
        other => unreachable!("no file of the connector has a field of type {other}"),
    }
    .labelled(kept(read.label))
    .case_sensitive(read.case_sensitive);
    let field = if read.required { field.required() } else { field };
    match (read.external_id, read.unique) {
        (true, true) => field.external_id(),
        (true, false) => field.external_id().not_unique(),
        (false, true) => field.unique(),
        (false, false) => field,
    }
}

fn picklist(name: &'static str, set: Option<ValueSet>) -> Field {
    let restricted = set.as_ref().is_some_and(|set| set.restricted);
    let values = set.into_iter().flat_map(|set| set.value_set_definition.value);
    let choices: Vec<Choice> = values.map(|value| (kept(value.full_name), value.default)).collect();
    let defaulted = choices.iter().any(|(_, default)| *default);
    let field = Field::new(name, Kind::Picklist(255, Vec::leak(choices))).restricted(restricted);
    if defaulted { field.defaulted() } else { field }
}

/// Read once for the life of the program.
fn kept(text: String) -> &'static str {
    String::leak(text)
}
