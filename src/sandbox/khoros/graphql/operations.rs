//! The operations of sheet 12.3: support cases, permissions, settings.

use serde_json::{Map, Value, json};

use super::project::denied;
use super::support::{Case, PERMISSIONS};
use crate::sandbox::khoros::community::written;
use crate::sandbox::khoros::desk::Desk;
use crate::sandbox::khoros::host::TENANT;

/// What an operation gives, whole, or why it cannot be asked for.
pub fn run(desk: &mut Desk<'_>, name: &str, arguments: &Map<String, Value>) -> Result<Value, String> {
    match name {
        "permissionsForCoreNode" => {
            let id = text(arguments, "id")?;
            known(id).and_then(|()| permissions(desk))
        }
        "permissionsForRole" => {
            let key = arguments.get("roleKey").and_then(Value::as_object).ok_or("`roleKey` is missing")?;
            text(key, "roleName")?;
            known(text(key, "nodeId")?).and_then(|()| permissions(desk))
        }
        "setCommunityPermissions" => set_permissions(desk, arguments),
        "setSalesforceSettings" => set_settings(desk, arguments),
        "createSalesforceSupportCase" => create_case(desk, arguments),
        "updateSalesforceCase" => update_case(desk, arguments),
        "__typename" => Ok(json!("Query")),
        _ => Err(format!(
            "Validation error: Field '{}' in type 'Query' is undefined",
            name.chars().take(100).collect::<String>()
        )),
    }
}

fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    arguments.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{name}` is missing"))
}

fn is_admin(desk: &Desk<'_>) -> bool {
    desk.reader(false).admin
}

fn done(result: Value) -> Value {
    json!({ "result": result, "errors": null })
}

fn refused(message: &str) -> Value {
    json!({ "result": null, "errors": [denied(message)] })
}

/// One community, one set of permissions: nodes below it are not told apart.
fn known(node: &str) -> Result<(), String> {
    match node == format!("community:{TENANT}") || node.split_once(':').is_some_and(|(kind, _)| kind != "community") {
        true => Ok(()),
        false => Err("there is no such node".into()),
    }
}

fn permissions(desk: &Desk<'_>) -> Result<Value, String> {
    if !is_admin(desk) {
        return Err("error.lithium.policies.permissions.view.accessDenied".into());
    }
    let denied = &desk.state.support.denied;
    let mut shown = json!({ "__typename": "CommunityPermissions" });
    for name in PERMISSIONS {
        let access = if denied.contains(&name) { "DENIED" } else { "GRANTED" };
        shown[name] = json!({ "__typename": "Permission", "access": access });
    }
    Ok(shown)
}

fn set_permissions(desk: &mut Desk<'_>, arguments: &Map<String, Value>) -> Result<Value, String> {
    let wanted = arguments.get("updateInput").and_then(Value::as_object).ok_or("`updateInput` is missing")?;
    if !is_admin(desk) {
        return Ok(refused("error.lithium.policies.permissions.edit.accessDenied"));
    }
    for (name, value) in wanted {
        let name = PERMISSIONS.into_iter().find(|known| known == name).ok_or("an unknown permission")?;
        let access = value.get("access").and_then(Value::as_str);
        let denied = &mut desk.state.support.denied;
        denied.retain(|one| *one != name);
        match access {
            Some("GRANTED") => {}
            Some("DENIED") => denied.push(name),
            _ => return Err("`access` is `GRANTED` or `DENIED`".into()),
        }
    }
    desk.count("set permissions");
    permissions(desk).map(done)
}

const SETTINGS: [&str; 5] =
    ["userName", "password", "alternateAPIUrl", "authEndpoint", "salesforceFailureNotifications"];

/// What `result` holds is not known; true is inferred.
fn set_settings(desk: &mut Desk<'_>, arguments: &Map<String, Value>) -> Result<Value, String> {
    let wanted = arguments.get("settingsInput").and_then(Value::as_object).ok_or("`settingsInput` is missing")?;
    if wanted.keys().any(|name| !SETTINGS.contains(&&**name)) {
        return Err("an unknown setting".into());
    }
    if !is_admin(desk) {
        return Ok(refused("error.lithium.policies.settings.edit.accessDenied"));
    }
    desk.state.support.settings.extend(wanted.clone());
    desk.count("set salesforce settings");
    Ok(done(json!(true)))
}

fn create_case(desk: &mut Desk<'_>, arguments: &Map<String, Value>) -> Result<Value, String> {
    let (subject, body) = (text(arguments, "subject")?.to_owned(), text(arguments, "body")?.to_owned());
    let denied = desk.state.support.denied.contains(&"createDirectSupportCase");
    let Some(owner) = desk.caller.filter(|_| !denied) else {
        return Ok(refused("error.lithium.policies.caseportal.createCase.accessDenied"));
    };
    let id = desk.state.support.open(owner, subject, body, desk.now);
    desk.count("create support case");
    Ok(done(shown(&id, &desk.state.support.cases[&id])))
}

/// By its owner and by administrators. The description is required (sheet 12.3).
fn update_case(desk: &mut Desk<'_>, arguments: &Map<String, Value>) -> Result<Value, String> {
    let id = text(arguments, "id")?;
    let description = text(arguments, "description")?.to_owned();
    let (admin, caller, now) = (is_admin(desk), desk.caller, desk.now);
    let case = desk.state.support.cases.get_mut(id).filter(|case| admin || caller == Some(case.owner));
    let Some(case) = case else {
        return Ok(refused("error.lithium.policies.caseportal.updateCase.accessDenied"));
    };
    let given = |name: &str, field: &mut String| {
        arguments.get(name).and_then(Value::as_str).into_iter().for_each(|text| *field = text.to_owned());
    };
    given("subject", &mut case.subject);
    given("status", &mut case.status);
    given("origin", &mut case.origin);
    (case.description, case.changed) = (description, now);
    desk.count("update support case");
    Ok(done(shown(id, &desk.state.support.cases[id])))
}

fn shown(id: &str, case: &Case) -> Value {
    json!({
        "__typename": "SalesforceCase", "id": id, "status": case.status, "subject": case.subject,
        "description": case.description, "origin": case.origin, "caseNumber": format!("{:08}", case.number),
        "createdDate": written(case.created), "lastModifiedDate": written(case.changed),
        "closedDate": (case.status == "Closed").then(|| written(case.changed)),
    })
}
