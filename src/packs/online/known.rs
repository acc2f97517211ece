//! What the org and the community said they have.

use std::collections::BTreeMap;

use crate::names::Name;

/// All of it; what nobody could tell is left out, and nothing is said about that.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// By name as it was asked; none where the org has no such object.
    pub objects: BTreeMap<Name, Option<ObjectKnown>>,
    /// Names and developer names.
    pub queues: Vec<String>,
    pub record_types: Vec<String>,
    /// Names and labels of the statuses of cases.
    pub statuses: Vec<String>,
    /// How many active users each e-mail or user name has that was asked about.
    pub users: BTreeMap<Name, usize>,
    pub boards: Vec<String>,
    pub categories: Vec<String>,
    /// The labels that may be given; none where a board takes any.
    pub labels: Option<Vec<String>>,
    pub roles: Vec<String>,
    pub ranks: Vec<String>,
    /// Whether there is a member with a login that was asked about.
    pub usernames: BTreeMap<Name, bool>,
}

/// One object of the org.
#[derive(Clone, Debug, Default)]
pub struct ObjectKnown {
    pub fields: BTreeMap<String, FieldKnown>,
}

/// One field, as describe tells (reference sheet of Salesforce, 3.1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldKnown {
    /// `string`, `picklist`, …
    pub kind: String,
    pub length: usize,
    /// Digits in all, and behind the point.
    pub digits: (usize, usize),
    pub rich: bool,
    pub calculated: bool,
    pub writable: bool,
    pub unique: bool,
    pub external_id: bool,
    pub filterable: bool,
    /// The active values of a picklist, and whether it takes no others.
    pub values: Vec<String>,
    pub restricted: bool,
}

impl FieldKnown {
    /// The kind as the setup pages call it.
    pub fn word(&self) -> &str {
        match self.kind.as_str() {
            _ if self.calculated => "Formula",
            "string" => "Text",
            "textarea" if self.rich => "Rich Text Area",
            "textarea" if self.length > 255 => "Long Text Area",
            "textarea" => "Text Area",
            "url" => "URL",
            "email" => "Email",
            "phone" => "Phone",
            "double" | "int" | "long" => "Number",
            "currency" => "Currency",
            "percent" => "Percent",
            "boolean" => "Checkbox",
            "date" => "Date",
            "datetime" => "Date/Time",
            "time" => "Time",
            "picklist" => "Picklist",
            "multipicklist" => "Multi-Select Picklist",
            "reference" => "Lookup",
            other => other,
        }
    }

    /// The type as the setup pages write it: `Text(80)`, `Number(5,0)`.
    pub fn written(&self) -> String {
        match self.word() {
            word @ ("Text" | "Long Text Area" | "Rich Text Area") => format!("{word}({})", self.length),
            word @ ("Number" | "Currency" | "Percent") => {
                format!("{word}({},{})", self.digits.0.saturating_sub(self.digits.1), self.digits.1)
            }
            word => word.to_owned(),
        }
    }

    /// Whether it holds text of a limited length.
    pub fn is_text(&self) -> bool {
        matches!(self.kind.as_str(), "string" | "textarea" | "url" | "email" | "phone")
    }
}
