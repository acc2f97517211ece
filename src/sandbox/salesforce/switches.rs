//! What a test can set about the org: quota, picklists, an admin's rules, session length.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::outbound::Action;
use super::schema::{self, Kind};

/// A validation rule of the org's admin on `Case`.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ValidationRule {
    /// A `Subject` that contains this word, in any case, is refused.
    pub word: String,
    /// What the admin wrote for people.
    pub text: String,
}

/// What makes two contacts the same to a duplicate rule.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateRule {
    Email,
    LastName,
}

/// What a duplicate rule does with a record that is like another.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateAction {
    /// Refuses it.
    Block,
    /// Refuses it, unless the call says `allowSave=true`.
    Alert,
}

/// What change events leave out, as they do when a change did not go through the application servers, or was too large.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Gaps {
    Off,
    /// `GAP_UPDATE` and the like: which record changed, and not how.
    Records,
    /// `GAP_OVERFLOW`: that something changed.
    Overflow,
}

/// What happens when an app asks a person for consent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    Approve,
    Deny,
}

/// Whether one can sign in by SOAP.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum SoapLogin {
    On,
    /// As in orgs made in Winter '26 or later (sheet 2.1).
    Off,
    /// The account lacks "Use Any API Auth" (sheet 2.1).
    NotPermitted,
}

/// The switches and their values.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// API calls in rolling 24 hours.
    pub daily_limit: u64,
    /// Case fields that take only values of their picklist.
    pub restricted_picklists: Vec<String>,
    pub validation_rule: Option<ValidationRule>,
    /// Whether an active rule gives every case to the queue Support, unless `Sforce-Auto-Assign` says no.
    pub assignment_rule: bool,
    /// A duplicate rule of the org's admin: a new contact with the e-mail or the last name of another is refused.
    pub duplicate_rule: Option<DuplicateRule>,
    pub duplicate_action: DuplicateAction,
    /// Whether `Community_Thread_Key__c` is unique.
    pub external_id_unique: bool,
    /// So many milliseconds until `search` sees what was written, by the sandbox's clock (sheet 5.1).
    pub index_lag_ms: u64,
    /// Whether a query without ORDER BY gives its rows in another order each time: none is promised (sheet 4.1).
    pub shuffle_unordered: bool,
    /// Whether `CommentBody` is counted in characters: Salesforce says both (sheet 10.2).
    pub comment_in_characters: bool,
    /// Whether the connector's user has Modify All on Cases: without it comments are neither edited nor deleted (sheet 10.2).
    pub modify_all_cases: bool,
    /// Minutes a session lives after its last use.
    pub session_ttl_min: u32,
    /// So long a bulk job waits before it is worked on, by the sandbox's clock.
    pub bulk_wait_ms: u64,
    /// The objects that have change events.
    pub change_events: Vec<String>,
    pub change_event_gaps: Gaps,
    /// Platform events that may be published in an hour, and events that are delivered in 24 hours.
    pub hourly_published_events: u64,
    pub daily_events: u64,
    /// Whether subscribers hear nothing, although they are connected.
    pub stream_silence: bool,
    /// The outbound messages that the org's admin set up.
    pub outbound_messages: Vec<Action>,
    /// Seconds until a message that nobody acknowledged is sent again; the pause doubles each time.
    pub outbound_retry_s: u64,
    /// Whether an acknowledged message comes a second time all the same.
    pub outbound_twice: bool,
    /// What an app hears that asks for consent; nobody is asked.
    pub consent: Consent,
    /// Whether a refresh token is used once and replaced.
    pub refresh_rotation: bool,
    /// The only audience that an assertion may be for; empty: any of Salesforce's, and the org itself (sheet 2.2).
    pub jwt_audience: String,
    /// Whether the OAuth password flow is open.
    pub password_grant: bool,
    pub soap_login: SoapLogin,
    /// Whether clients come from a trusted network, where the password goes without the security token.
    pub trusted_network: bool,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            daily_limit: 100_000,
            restricted_picklists: vec!["Priority".into(), "Status".into()],
            validation_rule: None,
            assignment_rule: false,
            duplicate_rule: None,
            duplicate_action: DuplicateAction::Block,
            external_id_unique: true,
            index_lag_ms: 0,
            shuffle_unordered: false,
            comment_in_characters: false,
            modify_all_cases: false,
            session_ttl_min: 120,
            bulk_wait_ms: 0,
            change_events: vec!["Account".into(), "Case".into(), "Contact".into()],
            change_event_gaps: Gaps::Off,
            hourly_published_events: 250_000,
            daily_events: 25_000,
            stream_silence: false,
            outbound_messages: vec![],
            outbound_retry_s: 30,
            outbound_twice: false,
            consent: Consent::Approve,
            refresh_rotation: false,
            jwt_audience: String::new(),
            password_grant: true,
            soap_login: SoapLogin::On,
            trusted_network: false,
        }
    }
}

impl Switches {
    pub fn shown(&self) -> Value {
        json!(self)
    }

    /// The switches with some of them changed; `off` and `false` switch a rule off.
    pub fn with(&self, wanted: &Value) -> Result<Switches, String> {
        let wanted = wanted.as_object().ok_or("switches are a JSON object")?;
        let mut all = self.shown();
        for (name, value) in wanted {
            let can_be_off = name == "validation_rule" || name == "duplicate_rule";
            let off = can_be_off && (value == "off" || value == false);
            let Some(slot) = all.get_mut(name) else {
                return Err(format!("unknown switch `{name}`; known are {}", known()));
            };
            *slot = if off { Value::Null } else { value.clone() };
        }
        let all: Switches = serde_json::from_value(all).map_err(|e| format!("{e}; switches are {}", known()))?;
        match all.restricted_picklists.iter().find(|name| !is_picklist(name)) {
            Some(name) => Err(format!("`{name}` is no picklist of Case")),
            None => all.checked(),
        }
    }

    fn checked(self) -> Result<Switches, String> {
        let listed = |name: &String| schema::find_object(name).is_some_and(|object| object.listed);
        match self.change_events.iter().find(|name| !listed(name)) {
            Some(name) => Err(format!("`{name}` is no object")),
            None => self.outbound_messages.iter().try_for_each(Action::check).map(|()| self),
        }
    }

    /// Whether a field of `Case` takes listed values only.
    pub fn restricts(&self, object: &str, field: &str) -> bool {
        object == "Case" && self.restricted_picklists.iter().any(|name| name.eq_ignore_ascii_case(field))
    }

    /// Whether values of a unique field are unique just now.
    pub fn keeps_unique(&self, field: &str) -> bool {
        field != "Community_Thread_Key__c" || self.external_id_unique
    }
}

fn is_picklist(name: &str) -> bool {
    schema::object("Case").field(name).is_some_and(|field| matches!(field.kind, Kind::Picklist(..)))
}

fn known() -> String {
    let names = Switches::default().shown();
    let names: Vec<_> = names.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}
