//! What a fresh org has: itself, its people, its queues, its set-up.

use serde_json::{Value, json};

use super::automation;
use super::id::Id;
use super::org::Org;
use super::record::Record;
use super::schema::{self, STATUSES};

/// Ids that the org itself needs to know.
#[derive(Debug, Clone)]
pub struct Residents {
    pub organization: Id,
    pub integration: Id,
    /// The agent who edits when nobody is named.
    pub agent: Id,
}

/// Fills an empty org; the connector works under the given name.
pub fn fill(org: &mut Org, username: &str, now: &str) -> Residents {
    let mut filling = Filling { org, now, by: None };
    let integration = filling.user("Connector", "Integration", username);
    filling.by = Some(integration.clone());
    let agent = filling.user("Zoe", "Park", "zoe@acme.test");
    filling.user("Kai", "Lindholm", "kai@acme.test");
    filling.user("Mia", "Okafor", "mia@acme.test");
    let organization = filling.organization();
    filling.set_up();
    filling.customers();
    filling.rules();
    Residents { organization, integration, agent }
}

struct Filling<'a> {
    org: &'a mut Org,
    now: &'a str,
    by: Option<Id>,
}

impl Filling<'_> {
    /// Set-up records cannot be made through the API, so they are put, not written.
    fn add(&mut self, object: &str, fields: Value) -> Id {
        let object = schema::object(object);
        let id = self.org.new_id(object);
        let by = self.by.clone().unwrap_or_else(|| id.clone());
        let mut record = Record::new(object, id.clone());
        for field in &object.fields {
            if let Some(value) = fields.get(field.name) {
                record.set(field.name, value.clone());
            }
        }
        automation::fill_defaults(self.org, &mut record, &by);
        automation::derive(self.org, None, &mut record, self.now);
        for stamp in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
            record.set(stamp, self.now);
        }
        record.set("CreatedById", by.as_str());
        record.set("LastModifiedById", by.as_str());
        self.org.put(record);
        id
    }

    fn user(&mut self, first: &str, last: &str, username: &str) -> Id {
        let alias: String = username.chars().take_while(|c| *c != '@').take(8).collect();
        let fields = json!({
            "FirstName": first, "LastName": last, "Username": username, "Email": username, "Alias": alias,
            "CommunityNickname": alias,
        });
        self.add("User", fields)
    }

    fn organization(&mut self) -> Id {
        let fields = json!({
            "Name": "Acme", "InstanceName": "SBX1", "IsSandbox": true, "OrganizationType": "Enterprise Edition",
            "TimeZoneSidKey": "GMT",
        });
        self.add("Organization", fields)
    }

    fn set_up(&mut self) {
        for (name, developer_name) in [("Support", "Support"), ("German Support", "German_Support")] {
            self.add("Group", json!({"Name": name, "DeveloperName": developer_name, "Type": "Queue"}));
        }
        for (order, (name, closed)) in (1..).zip(STATUSES) {
            let fields = json!({
                "ApiName": name, "MasterLabel": name, "IsClosed": closed, "IsDefault": order == 1, "SortOrder": order,
            });
            self.add("CaseStatus", fields);
        }
        let fields = json!({"Name": "Community", "DeveloperName": "Community", "SobjectType": "Case"});
        self.add("RecordType", fields);
    }

    /// What came into the org later than its people.
    fn rules(&mut self) {
        let profile = self.add("Profile", json!({"Name": "System Administrator"}));
        self.add("BusinessHours", json!({"Name": "Default", "IsDefault": true, "TimeZoneSidKey": "GMT"}));
        self.add("AssignmentRule", json!({"Name": "To the queue Support", "SobjectType": "Case", "Active": true}));
        let users: Vec<_> = self.org.records_of(schema::object("User")).cloned().collect();
        for mut user in users {
            user.set("ProfileId", profile.as_str());
            self.org.put(user);
        }
    }

    fn customers(&mut self) {
        let acme = self.add("Account", json!({"Name": "Acme Retail", "Website": "https://acme.test"}));
        let globex = self.add("Account", json!({"Name": "Globex", "Website": "https://globex.test"}));
        let people = [
            ("Pat", "O'Hara", "pat.o'hara@acme.test", &acme),
            ("Ana", "Silva", "ana@acme.test", &acme),
            ("Ben", "Weiß", "ben@globex.test", &globex),
            ("Zoe", "Park", "zoe@acme.test", &acme),
        ];
        for (first, last, email, account) in people {
            let fields = json!({"FirstName": first, "LastName": last, "Email": email, "AccountId": account.as_str()});
            self.add("Contact", fields);
        }
    }
}
