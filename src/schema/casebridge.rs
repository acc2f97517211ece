//! `casebridge.yaml`.

use serde_json::{Value as Json, json};

use crate::config::failure_mails as mails;
use crate::config::{self, events, hosts, listen, streams};
use crate::packs::settings::EVERYWHERE;
use crate::schema::logins::{login, secret};
use crate::schema::shapes::{about, duration, either, like, list, named, object, requires, text, whole, words, yes_no};

/// The process's own file.
pub fn schema() -> Json {
    let schema = object(config::KEYS, |key| match key {
        "communities" => about("Khoros communities by name.", named(community())),
        "orgs" => about("Salesforce orgs by name.", named(org())),
        "bridges" => about("A community and an org each, with the packs between them.", named(bridge())),
        "state" => about("The folder that state lies in; default state.", either(text(), state())),
        "listen" => about("Where the service answers.", object(listen::LISTEN_KEYS, listens)),
        "allow_hosts" => about("Hosts that may be called beside the configured ones.", list(text())),
        "allow_plain_http" => {
            about("Whether other machines may be called without encryption; default false.", yes_no())
        }
        "failure_mails" => about("Who hears of failures by mail; default nobody.", failure_mails()),
        "mail_to" => about("The only addresses that rules write to; default nobody.", either(text(), list(text()))),
        _ => json!({}),
    });
    requires(&["bridges"], schema)
}

fn failure_mails() -> Json {
    let shape = object(mails::MAIL_KEYS, |key| match key {
        "to" => about("The addresses, in a list or with commas between.", either(text(), list(text()))),
        "from" => about("The address that the mails come from; default casebridge@localhost.", text()),
        "smtp" => about("The mail server.", smtp()),
        _ => json!({}),
    });
    requires(&["to", "smtp"], shape)
}

fn smtp() -> Json {
    let shape = object(mails::SMTP_KEYS, |key| match key {
        "host" => about("Its name.", text()),
        "port" => about("Its port; default 25, with starttls 587, with implicit 465.", whole()),
        "tls" => {
            about("How the way there is encrypted; default none.", words(mails::TLS.iter().map(|(word, _)| *word)))
        }
        "user" => about("Who signs in there; default nobody.", text()),
        "password" => about("Where the password for it is found.", secret()),
        _ => json!({}),
    });
    requires(&["host"], shape)
}

fn state() -> Json {
    requires(&["sled"], object(&["sled"], |_| about("The folder of the sled store.", text())))
}

fn community() -> Json {
    let shape = object(hosts::COMMUNITY_KEYS, |key| match key {
        "base_url" => about("The address of the community.", json!({ "type": "string" })),
        "product" => {
            about("What the community runs on; default classic.", words(hosts::PRODUCTS.iter().map(|(word, _)| *word)))
        }
        "context_name" => about("The path behind the address; default t5.", text()),
        "proxy_enabled" => about("Whether calls go through the community's proxy; default true.", yes_no()),
        "tenant_id" => about("The community's id at Khoros, such as acme.prod.", text()),
        "login" => about("Who signs in.", login(config::khoros_login::KINDS)),
        "pace" => {
            about("Requests a second to begin with; default 4.", json!({ "type": "number", "exclusiveMinimum": 0 }))
        }
        "events" => {
            about("What those are known by who send us events of it.", object(events::COMMUNITY_EVENTS_KEYS, vouches))
        }
        _ => json!({}),
    });
    requires(&["base_url", "tenant_id", "login"], shape)
}

fn org() -> Json {
    let shape = object(hosts::ORG_KEYS, |key| match key {
        "login_url" => about("The address of the org.", json!({ "type": "string" })),
        "login" => about("Who signs in.", login(config::salesforce_login::KINDS)),
        "api_version" => about("The version of Salesforce's API; default v65.0.", text()),
        "thread_key_field" => about("The unique external id field of a case; default Community_Thread_Key__c.", text()),
        "auto_assign" => about("Whether Salesforce's assignment rules run on new cases; default true.", yes_no()),
        "events" => {
            about("What those are known by who send us events of it.", object(events::ORG_EVENTS_KEYS, vouches))
        }
        "streams" => about("The channels that serve listens to; default none.", list(either(channel(), stream()))),
        _ => json!({}),
    });
    requires(&["login_url", "login"], shape)
}

fn channel() -> Json {
    like(r"^/(data/(ChangeEvents|\w+ChangeEvent|\w+__chn)|event/\w+__(e|chn)|topic/\w+)$")
}

fn stream() -> Json {
    let shape = object(streams::STREAM_KEYS, |key| match key {
        "channel" => about("Such as /data/CaseChangeEvent, /event/NAME__e or /topic/NAME.", channel()),
        "record_id" => about("The field of a platform event that holds the id of a case or a comment.", text()),
        _ => json!({}),
    });
    requires(&["channel"], shape)
}

fn listens(key: &str) -> Json {
    match key {
        "public" => about("The address that takes events; default 127.0.0.1:8080.", text()),
        "operators" => about("The address for operators, on this machine alone; default 127.0.0.1:8081.", text()),
        "api_token" => about("Who knows it may use /api there; without one nobody may.", secret()),
        _ => json!({}),
    }
}

fn vouches(key: &str) -> Json {
    match key {
        "token" => about("The token that comes with each event.", secret()),
        "hmac" => about("The key that signs plain JSON.", secret()),
        "organization_id" => about("The id of the org that outbound messages come from.", text()),
        "firehose" => about(
            "What the stream of an Aurora community signs in with.",
            requires(&["client_id", "client_secret"], object(events::FIREHOSE_KEYS, firehose)),
        ),
        _ => json!({}),
    }
}

fn firehose(key: &str) -> Json {
    match key {
        "client_id" => about("The client id that the stream signs in with.", text()),
        "client_secret" => about("Where its client secret is found.", secret()),
        "message_ids" => about("Where a message's id stands in an event, such as message.uid.", list(text())),
        _ => json!({}),
    }
}

fn bridge() -> Json {
    let shape = object(config::BRIDGE_KEYS, |key| match key {
        "community" => about("A name under communities.", text()),
        "org" => about("A name under orgs.", text()),
        "packs" => about("The packs, in this order.", named(requires(&["path"], object(config::PACK_KEYS, pack)))),
        "settings" => about("The customer's values for what the packs declare.", settings()),
        _ => json!({}),
    });
    requires(&["community", "org", "packs"], shape)
}

fn pack(key: &str) -> Json {
    match key {
        "path" => about("The folder of the pack, from the folder of this file.", text()),
        "overlay" => about("A file with changes to the pack, from the folder of this file.", text()),
        _ => json!({}),
    }
}

/// Those that every bridge has are known; the others are the packs'.
fn settings() -> Json {
    let names: Vec<&str> = EVERYWHERE.iter().map(|(name, _)| *name).collect();
    let mut settings = object(&names, |name| match name {
        "zone" => about("The time zone of schedules; default UTC.", text()),
        "staff_roles" => about("Roles whose members are staff; default none.", list(text())),
        "bots" => about("Logins of programs that post; default none.", list(text())),
        "unmoderated_is_public" => {
            about("Whether posts that no moderator has looked at can be read; default false.", yes_no())
        }
        "index_lag" => about("How far the community's index may lag; default 5 minutes.", duration()),
        "near_miss" => about("How near a thread must come to be told of; default 50%.", like(r"^\s*\d{1,3}\s*%\s*$")),
        "keep_runs" => {
            about("How long finished runs are kept with what was read for them; default 30 days.", duration())
        }
        "keep_keys" => about("How long it is known what was made; default 400 days.", duration()),
        _ => json!({}),
    });
    settings["additionalProperties"] = json!(true);
    settings
}
