//! Who a token stands for: `userinfo` and the identity page (sheet 2.3).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::state::State;
use super::app::{lives, presented};

/// `GET /services/oauth2/userinfo`
pub fn userinfo(state: &mut State, call: &Call, base: &str, now: Timestamp) -> Reply {
    let ttl = state.switches.session_ttl_min;
    if !lives(&mut state.sessions, presented(call), now, ttl) {
        return text(403, "Bad_OAuth_Token");
    }
    let me = Me::of(state, base);
    Reply::ok(json!({
        "sub": me.id,
        "user_id": me.user_id,
        "organization_id": me.organization_id,
        "preferred_username": me.username,
        "nickname": me.nickname,
        "name": me.name,
        "given_name": me.first_name,
        "family_name": me.last_name,
        "email": me.email,
        "email_verified": true,
        "zoneinfo": "GMT",
        "photos": {"picture": format!("{base}/profilephoto/005/F"), "thumbnail": format!("{base}/profilephoto/005/T")},
        "profile": format!("{base}/{}", me.user_id),
        "picture": format!("{base}/profilephoto/005/F"),
        "urls": me.urls,
        "active": true,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "updated_at": me.modified,
    }))
}

/// `GET /id/{org}/{user}`; the token may stand in the address too.
pub fn identity(state: &mut State, call: &Call, base: &str, now: Timestamp) -> Reply {
    let Some(token) = presented(call) else { return text(403, "Missing_OAuth_Token") };
    let ttl = state.switches.session_ttl_min;
    if !lives(&mut state.sessions, Some(token), now, ttl) {
        return text(403, "Bad_OAuth_Token");
    }
    let me = Me::of(state, base);
    let named = |place: usize, id: &str| call.segments.get(place).is_some_and(|sent| id.starts_with(sent.as_str()));
    if !named(1, &me.organization_id) || !named(2, &me.user_id) {
        return Refusal::not_found().into();
    }
    Reply::ok(json!({
        "id": me.id,
        "asserted_user": true,
        "user_id": me.user_id,
        "organization_id": me.organization_id,
        "username": me.username,
        "nick_name": me.nickname,
        "display_name": me.name,
        "email": me.email,
        "email_verified": true,
        "first_name": me.first_name,
        "last_name": me.last_name,
        "timezone": "GMT",
        "photos": {"picture": format!("{base}/profilephoto/005/F"), "thumbnail": format!("{base}/profilephoto/005/T")},
        "addr_street": null, "addr_city": null, "addr_state": null, "addr_country": null, "addr_zip": null,
        "mobile_phone": null, "mobile_phone_verified": false,
        "is_lightning_login_user": false,
        "status": {"created_date": null, "body": null},
        "urls": me.urls,
        "active": true,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "last_modified_date": me.modified,
        "is_app_installed": true,
    }))
}

fn text(status: u16, words: &str) -> Reply {
    Reply { status, ..Reply::text("text/html;charset=UTF-8", words.into()) }
}

/// What both pages tell about the org's account.
struct Me {
    id: String,
    user_id: String,
    organization_id: String,
    username: String,
    nickname: Value,
    name: Value,
    first_name: Value,
    last_name: Value,
    email: Value,
    modified: Value,
    urls: Value,
}

impl Me {
    fn of(state: &State, base: &str) -> Me {
        let (organization, user) = (&state.residents.organization, &state.residents.integration);
        let record = state.org.get(user);
        let field = |name: &str| record.map_or(Value::Null, |record| record.get(name).clone());
        Me {
            id: format!("{base}/id/{organization}/{user}"),
            user_id: user.to_string(),
            organization_id: organization.to_string(),
            username: state.secrets.username.clone(),
            nickname: field("CommunityNickname"),
            name: field("Name"),
            first_name: field("FirstName"),
            last_name: field("LastName"),
            email: field("Email"),
            modified: field("LastModifiedDate"),
            urls: urls(base, organization.short(), user.as_str()),
        }
    }
}

fn urls(base: &str, organization: &str, user: &str) -> Value {
    let data = format!("{base}/services/data/v{{version}}/");
    let soap = |kind: &str| format!("{base}/services/Soap/{kind}/{{version}}/{organization}");
    json!({
        "enterprise": soap("c"),
        "metadata": soap("m"),
        "partner": soap("u"),
        "rest": data,
        "sobjects": format!("{data}sobjects/"),
        "search": format!("{data}search/"),
        "query": format!("{data}query/"),
        "recent": format!("{data}recent/"),
        "tooling_soap": soap("T"),
        "tooling_rest": format!("{data}tooling/"),
        "profile": format!("{base}/{user}"),
        "feeds": format!("{data}chatter/feeds"),
        "groups": format!("{data}chatter/groups"),
        "users": format!("{data}chatter/users"),
        "feed_items": format!("{data}chatter/feed-items"),
        "feed_elements": format!("{data}chatter/feed-elements"),
        "custom_domain": base,
    })
}
