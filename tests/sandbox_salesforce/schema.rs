//! What the org says of its objects, and that it is what the connector's metadata files say.

use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::{Value, json};

use super::{DESCRIPTOR, Org, told};

/// The folder that an admin deploys.
fn metadata() -> PathBuf {
    Path::new(file!()).parent().unwrap().join("../../salesforce/force-app/main/default/objects")
}

/// The text of an element, if there is one.
fn element<'t>(file: &'t str, name: &str) -> Option<&'t str> {
    file.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

async fn fields(org: &Org, object: &str) -> Vec<Value> {
    let (status, described) = org.get(&format!("sobjects/{object}/describe")).await;
    assert_eq!(status, 200, "{object}");
    described["fields"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_org_has_what_the_metadata_files_deploy() {
    let org = Org::fresh().await;
    let mut files = 0;
    for object in std::fs::read_dir(metadata()).unwrap() {
        let folder = object.unwrap().path();
        let object = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let described = fields(&org, &object).await;
        let mut custom = described.iter().filter(|field| field["custom"] == true).count();
        for file in std::fs::read_dir(folder.join("fields")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let name = element(&text, "fullName").unwrap();
            let field =
                described.iter().find(|field| field["name"] == name).unwrap_or_else(|| panic!("{object}.{name}"));
            check_field(&text, field);
            (files, custom) = (files + 1, custom - 1);
        }
        assert_eq!(custom, 0, "{object} has custom fields without a file");
    }
    assert_eq!(files, 53);
}

fn check_field(file: &str, field: &Value) {
    let number = |name: &str| element(file, name).map_or(0, |text| text.parse::<u64>().unwrap());
    let yes = |name: &str| element(file, name) == Some("true");
    let (kind, length) = match element(file, "type").unwrap() {
        "Text" => ("string", number("length")),
        "TextArea" => ("textarea", 255),
        "LongTextArea" | "Html" => ("textarea", number("length")),
        "Url" => ("url", 255),
        "Checkbox" => ("boolean", 0),
        "Number" => ("double", 0),
        "Picklist" => ("picklist", 255),
        "Lookup" => ("reference", 18),
        other => panic!("unexpected type {other}"),
    };
    assert_eq!((&field["type"], &field["length"]), (&json!(kind), &json!(length)), "{file}");
    assert_eq!(
        (&field["precision"], &field["scale"]),
        (&json!(number("precision")), &json!(number("scale"))),
        "{file}"
    );
    assert_eq!(field["label"], element(file, "label").unwrap());
    assert_eq!((&field["externalId"], &field["unique"]), (&json!(yes("externalId")), &json!(yes("unique"))), "{file}");
    assert_eq!(field["caseSensitive"], yes("caseSensitive"), "{file}");
    if let Some(target) = element(file, "referenceTo") {
        assert_eq!(field["referenceTo"], json!([target]));
    }
    let values = file.matches("<value>").count();
    assert_eq!(field["picklistValues"].as_array().unwrap().len(), values, "{file}");
    assert_eq!(field["restrictedPicklist"], yes("restricted"), "{file}");
}

/// The seed's table of synchronized fields: label, type, length or digits.
#[tokio::test]
async fn the_community_user_has_every_field_and_limit_of_the_vendors_table() {
    let org = Org::fresh().await;
    let described = fields(&org, "Community_User__c").await;
    let texts = "First name,Last name,Email address,isUserDeleted,Rank,Roles,Registration Time,Last Visit Time,Biography,\
                 Administrative Notes,Location,Khoros SSOID,Community ID";
    let find =
        |label: &str| described.iter().find(|field| field["label"] == label).unwrap_or_else(|| panic!("{label}"));
    for label in texts.split(',') {
        assert_eq!((&find(label)["type"], &find(label)["length"]), (&json!("string"), &json!(50)), "{label}");
    }
    for (label, kind, length) in
        [("User Profile Avatar URL", "textarea", 255), ("Community User URL", "url", 255), ("REST URL", "string", 255)]
    {
        assert_eq!((&find(label)["type"], &find(label)["length"]), (&json!(kind), &json!(length)), "{label}");
    }
    for (label, digits) in [
        ("Khoros User ID", 7),
        ("Metric Logins", 5),
        ("Metric Minutes Online", 10),
        ("Metric Page Views", 10),
        ("Metric Posts", 6),
        ("Metric Messages Read", 6),
        ("Metric Private Messages Sent", 5),
        ("Metric Private Messages Received", 5),
    ] {
        assert_eq!((&find(label)["precision"], &find(label)["scale"]), (&json!(digits), &json!(0)), "{label}");
    }
    let rating = find("Metric Average Message Rating");
    assert_eq!((&rating["precision"], &rating["scale"]), (&json!(8), &json!(4)));
    assert_eq!(find("Contact")["referenceTo"], json!(["Contact"]));
    let sso = find("Khoros SSOID");
    assert_eq!(
        (&sso["externalId"], &sso["unique"], &sso["caseSensitive"]),
        (&json!(true), &json!(true), &json!(false))
    );
}

#[tokio::test]
async fn members_are_upserted_by_their_sso_id_and_kept_within_limits() {
    let org = Org::fresh().await;
    let contact = org.column("SELECT Id FROM Contact WHERE LastName = 'Silva'", "/Id").await;
    let body = json!({"Name": "ana", "Rank__c": "VIP", "Metric_Logins__c": 99_999, "Metric_Average_Message_Rating__c": 4.56789, "Contact__c": contact[0]});
    let (status, made) = org.send(Method::PATCH, "sobjects/Community_User__c/Khoros_SSOID__c/Ana%2F1", body).await;
    assert_eq!((status, &made["created"]), (201, &json!(true)));
    let (status, again) =
        org.send(Method::PATCH, "sobjects/Community_User__c/khoros_ssoid__c/ANA%2F1", json!({"Rank__c": "Guru"})).await;
    assert_eq!((status, &again["id"]), (200, &made["id"]));
    let row = org
        .query("SELECT Rank__c, Metric_Average_Message_Rating__c, Contact__r.LastName FROM Community_User__c")
        .await
        .1;
    let row = &row["records"][0];
    assert_eq!((&row["Rank__c"], &row["Metric_Average_Message_Rating__c"]), (&json!("Guru"), &json!(4.5679)));
    assert_eq!(row["Contact__r"]["LastName"], "Silva");
    let down = org.query("SELECT (SELECT Name FROM Community_Users__r) FROM Contact WHERE LastName = 'Silva'").await.1;
    assert_eq!(down["records"][0]["Community_Users__r"]["records"][0]["Name"], "ana");
    for (body, code) in [
        (json!({"Biography__c": "x".repeat(51)}), "STRING_TOO_LONG"),
        (json!({"Metric_Logins__c": 100_000}), "NUMBER_OUTSIDE_VALID_RANGE"),
        (json!({"Khoros_SSOID__c": "aNa/1"}), "DUPLICATE_VALUE"),
        (json!({"Contact__c": made["id"]}), "MALFORMED_ID"),
    ] {
        assert_eq!(org.refusal("Community_User__c", body).await.0, code);
    }
    // Two members without the id do not clash, and a record that nobody named is named by its id.
    let bare = org.create("Community_User__c", json!({})).await;
    org.create("Community_User__c", json!({})).await;
    assert_eq!(org.read("Community_User__c", &bare).await["Name"], bare[..15]);
}

#[tokio::test]
async fn postbacks_are_numbered_and_told_apart_by_case() {
    let org = Org::fresh().await;
    let first = org.create("Postback_Comment__c", json!({"Source_Key__c": "m1", "Body__c": "hello"})).await;
    org.create("Postback_Comment__c", json!({"Source_Key__c": "M1"})).await;
    let row = org.read("Postback_Comment__c", &first).await;
    assert_eq!((&row["Name"], &row["Status__c"]), (&json!("PC-000001"), &json!("New")));
    assert_eq!(
        org.refusal("Postback_Comment__c", json!({"Status__c": "Lost"})).await.0,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    );
    let (code, _, fields) = org.refusal("Private_Message__c", json!({"Subject__c": "x".repeat(44)})).await;
    assert_eq!((code.as_str(), fields), ("STRING_TOO_LONG", json!(["Subject__c"])));
    let ids = org.column("SELECT Id FROM Postback_Comment__c WHERE Source_Key__c = 'm1'", "/Id").await;
    assert_eq!(ids, [first]);
}

#[tokio::test]
async fn every_object_is_described_whole() {
    let org = Org::fresh().await;
    let (_, all) = org.get("sobjects").await;
    let names: Vec<_> = all["sobjects"].as_array().unwrap().iter().map(|object| object["name"].clone()).collect();
    let wanted = "Case CaseComment Contact Account User Group EmailMessage FeedItem FeedComment CaseHistory CaseStatus \
                  AssignmentRule Organization Profile RecordType Task Event Community_User__c Postback_Comment__c \
                  Private_Message__c";
    for name in wanted.split_whitespace() {
        assert!(names.contains(&json!(name)), "{name}");
    }
    for name in names {
        let name = name.as_str().unwrap();
        for field in fields(&org, name).await {
            let keys: Vec<_> = DESCRIPTOR.split(',').map(str::trim).filter(|key| field.get(*key).is_none()).collect();
            assert!(keys.is_empty(), "{name}.{}: {keys:?}", field["name"]);
        }
        // Events are kept nowhere, so they cannot be asked for.
        if name.ends_with("__e") {
            continue;
        }
        let statement = format!("SELECT FIELDS(ALL) FROM {name} LIMIT 1");
        assert_eq!(org.query(&statement).await.0, 200, "{name}");
    }
}

#[tokio::test]
async fn describe_is_not_sent_again_while_nothing_changed() {
    let org = Org::fresh().await;
    let first = org.ask(Method::GET, "sobjects/Case/describe").send().await.unwrap();
    let seen = first.headers()["last-modified"].to_str().unwrap().to_owned();
    let again = async || {
        let request = org.ask(Method::GET, "sobjects/Case/describe").header("If-Modified-Since", &seen);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(again().await, 304);
    org.clock.advance(jiff::SignedDuration::from_secs(5));
    org.host_switches(json!({"external_id_unique": false}));
    assert_eq!(again().await, 200);
}

#[tokio::test]
async fn a_record_type_offers_its_own_values() {
    let org = Org::fresh().await;
    let community = org.column("SELECT Id FROM RecordType WHERE DeveloperName = 'Community'", "/Id").await;
    let community = community[0].as_str().unwrap();
    let offered = async |of: &str| {
        let (_, told) = org.get(&format!("ui-api/object-info/Case/picklist-values/{of}")).await;
        let values = told["picklistFieldValues"]["Origin"]["values"].as_array().unwrap().clone();
        values.iter().map(|value| value["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(offered(community).await, ["Email", "Web", "Community"]);
    assert_eq!(offered("012000000000000AAA").await, ["Phone", "Email", "Web", "Community"]);
    let (_, layouts) = org.get("sobjects/Case/describe/layouts").await;
    assert_eq!(layouts["recordTypeMappings"][0]["recordTypeId"], community);
    let body = json!({"Origin": "Phone", "RecordTypeId": community});
    org.create("Case", body.clone()).await;
    org.host_switches(json!({"restricted_picklists": ["Origin"]}));
    assert_eq!(org.refusal("Case", body).await.0, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");
}

#[tokio::test]
async fn a_duplicate_rule_that_warns_can_be_overruled() {
    let org = Org::fresh().await;
    let save = async |header: &str| {
        let request = org.ask(Method::POST, "sobjects/Contact").header("Sforce-Duplicate-Rule-Header", header);
        let body = json!({"LastName": "Silva", "Email": "new@acme.test"});
        told(request.json(&body).send().await.unwrap()).await
    };
    org.host_switches(json!({"duplicate_rule": "last_name"}));
    assert_eq!(save("allowSave=true").await.1[0]["errorCode"], "DUPLICATES_DETECTED");
    org.host_switches(json!({"duplicate_action": "alert"}));
    let (status, told) = save("allowSave=false; includeRecordDetails=true").await;
    assert_eq!((status, &told[0]["duplicateResult"]["allowSave"]), (400, &json!(true)));
    assert_eq!(save("includeRecordDetails=false; allowSave=true").await.0, 201);
}

#[tokio::test]
async fn the_header_names_the_rule_that_assigns() {
    let org = Org::fresh().await;
    let rule = org.column("SELECT Id FROM AssignmentRule WHERE SobjectType = 'Case'", "/Id").await;
    let owner = async |header: &str| {
        let request = org.ask(Method::POST, "sobjects/Case").header("Sforce-Auto-Assign", header);
        let (status, told) = told(request.json(&json!({})).send().await.unwrap()).await;
        match told["id"].as_str() {
            Some(id) => org.read("Case", id).await["OwnerId"].as_str().unwrap()[..3].to_owned(),
            None => format!("{status} {}", told[0]["errorCode"].as_str().unwrap()),
        }
    };
    assert_eq!(owner("TRUE").await, "005");
    assert_eq!(owner(rule[0].as_str().unwrap()).await, "00G");
    assert_eq!(owner("01Q5g0000000000").await, "400 INVALID_ASSIGNMENT_RULE");
    let active = async || org.column("SELECT Active FROM AssignmentRule", "/Active").await;
    assert_eq!(active().await, [false]);
    org.host_switches(json!({"assignment_rule": true}));
    assert_eq!(active().await, [true]);
    assert_eq!((owner("TRUE").await, owner("FALSE").await), ("00G".into(), "005".into()));
}

#[tokio::test]
async fn a_cases_history_keeps_what_changed() {
    let org = Org::fresh().await;
    let id = org.create("Case", json!({"Subject": "x"})).await;
    org.change("Case", &id, json!({"Status": "Working", "Subject": "y"})).await;
    let statement = format!("SELECT Field, OldValue, NewValue FROM CaseHistory WHERE CaseId = '{id}'");
    let rows = org.query(&statement).await.1["records"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(
        (&rows[0]["Field"], &rows[0]["OldValue"], &rows[0]["NewValue"]),
        (&json!("Status"), &json!("New"), &json!("Working"))
    );
    assert_eq!(org.refusal("CaseHistory", json!({"CaseId": id})).await.0, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
}

#[tokio::test]
async fn a_comment_is_counted_in_bytes_unless_told() {
    let org = Org::fresh().await;
    let id = org.create("Case", json!({})).await;
    let body = json!({"ParentId": id, "CommentBody": "😱".repeat(1_001)});
    assert_eq!(org.refusal("CaseComment", body.clone()).await.0, "STRING_TOO_LONG");
    org.host_switches(json!({"comment_in_characters": true}));
    org.create("CaseComment", body).await;
}

/// Sheet 10: what a connector may meet on a case and on what hangs on it.
#[tokio::test]
async fn the_objects_and_children_of_the_sheet_are_there() {
    let org = Org::fresh().await;
    for (object, names) in [
        ("Case", "CommunityId,QuestionId,FeedItemId,SourceId"),
        ("CaseComment", "ConnectionReceivedId,ConnectionSentId,CreatorName"),
        ("FeedItem", "NetworkScope,Visibility"),
        ("ContentVersion", "FirstPublishLocationId,VersionData"),
        ("ContentDocument", "LatestPublishedVersionId"),
        ("Attachment", "ParentId,Body"),
    ] {
        let fields = fields(&org, object).await;
        for name in names.split(',') {
            assert!(fields.iter().any(|field| field["name"] == name), "{object}.{name}");
        }
    }
    let (_, case) = org.get("sobjects/Case/describe").await;
    let known: Vec<_> =
        case["childRelationships"].as_array().unwrap().iter().map(|child| &child["relationshipName"]).collect();
    for name in "CaseComments,EmailMessages,Feeds,Histories,Attachments,Tasks,Events,Cases,CaseContactRoles,ContentDocumentLinks".split(',') {
        assert!(known.contains(&&json!(name)), "{name}");
        let (status, answer) = org.query(&format!("SELECT Id, (SELECT Id FROM {name}) FROM Case")).await;
        assert_eq!(status, 200, "{answer}");
    }
    let prefix =
        async |object: &str| org.get(&format!("sobjects/{object}")).await.1["objectDescribe"]["keyPrefix"].clone();
    assert_eq!(prefix("ContentVersion").await, "068");
    assert_eq!((prefix("ContentDocument").await, prefix("Attachment").await), (json!("069"), json!("00P")));
}

#[tokio::test]
async fn a_file_hangs_on_the_case_where_it_was_first_published() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({})).await;
    let sent = json!({"PathOnClient": "logs/vpn.txt", "VersionData": "aGVsbG8=", "FirstPublishLocationId": case});
    let first = org.create("ContentVersion", sent).await;
    let version = org.read("ContentVersion", &first).await;
    assert_eq!((&version["Title"], &version["ContentSize"]), (&json!("vpn"), &json!(5)));
    let place = format!("/services/data/v65.0/sobjects/ContentVersion/{first}/VersionData");
    assert_eq!(version["VersionData"], place);
    let bytes = org.ask(Method::GET, place.trim_start_matches("/services/data/v65.0/")).send().await.unwrap();
    assert_eq!(bytes.text().await.unwrap(), "hello");
    let links = "SELECT (SELECT ContentDocument.Title, ContentDocumentId FROM ContentDocumentLinks) FROM Case";
    let linked = org.column(links, "/ContentDocumentLinks/records/0/ContentDocumentId").await;
    assert_eq!(linked, [version["ContentDocumentId"].clone()]);
    let next = json!({"PathOnClient": "vpn.txt", "VersionData": "", "ContentDocumentId": linked[0]});
    let second = org.create("ContentVersion", next).await;
    let latest = org.column("SELECT Id FROM ContentVersion WHERE IsLatest = true", "/Id").await;
    assert_eq!(latest, [second.as_str()]);
    assert_eq!(org.refusal("ContentDocument", json!({})).await.0, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
    assert_eq!(
        org.refusal("Attachment", json!({"ParentId": case, "Name": "x", "Body": "?"})).await.0,
        "JSON_PARSER_ERROR"
    );
    let old = org.create("Attachment", json!({"ParentId": case, "Name": "x.bin", "Body": "AAE="})).await;
    assert_eq!(org.read("Attachment", &old).await["BodyLength"], 2);
}
