//! The SOAP partner API: signing in, signing out, and the create that can ask for e-mails.

use casebridge::sandbox::SandboxHost;
use jiff::Timestamp;
use serde_json::json;

use super::Org;

impl Org {
    async fn soap(&self, version: &str, envelope: String) -> (u16, String) {
        let request = self.http.post(format!("{}/services/Soap/u/{version}", self.url));
        let request = request.header("Content-Type", "text/xml").header("SOAPAction", "\"\"");
        let answer = request.body(envelope).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/xml;charset=UTF-8");
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn soap_login(&self, version: &str, username: &str, password: &str) -> (u16, String) {
        let call = format!("<u:login><u:username>{username}</u:username><u:password>{password}</u:password></u:login>");
        self.soap(version, enveloped("", &call)).await
    }

    async fn soap_call(&self, headers: &str, call: &str) -> (u16, String) {
        let session = format!("<u:SessionHeader><u:sessionId>{}</u:sessionId></u:SessionHeader>{headers}", self.token);
        self.soap("64.0/00D000000000001", enveloped(&session, call)).await
    }

    fn passwords(&self) -> (String, String, String) {
        let logins = self.host.logins(&self.url);
        let text = |name: &str| logins[name].as_str().unwrap().to_owned();
        (text("username"), text("password"), text("security_token"))
    }
}

fn enveloped(headers: &str, call: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:u=\"urn:partner.soap.sforce.com\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <e:Header>{headers}</e:Header><e:Body>{call}</e:Body></e:Envelope>"
    )
}

/// The text of the first element of this name.
fn text<'a>(answer: &'a str, name: &str) -> &'a str {
    let start = answer.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
    start.split("</").next().unwrap_or_default()
}

#[tokio::test]
async fn a_login_names_session_server_and_user_without_prefixes() {
    let org = Org::fresh().await;
    let (user, password, token) = org.passwords();
    let (status, answer) = org.soap_login("64.0", &user, &format!("{password}{token}")).await;
    assert_eq!(status, 200);
    let session = text(&answer, "sessionId");
    assert!(session.starts_with("00D") && session.as_bytes()[15] == b'!');
    assert_eq!(text(&answer, "serverUrl"), format!("{}/services/Soap/u/64.0/{}", org.url, &session[..15]));
    assert_eq!((text(&answer, "passwordExpired"), text(&answer, "userName")), ("false", user.as_str()));
    assert_eq!(text(&answer, "sessionSecondsValid"), "7200");
    let used = org.http.get(format!("{}/services/data/v65.0/limits", org.url)).bearer_auth(session).send().await;
    assert_eq!(used.unwrap().status(), 200);
}

#[tokio::test]
async fn a_refused_login_is_a_fault_in_the_words_that_clients_look_for() {
    let org = Org::fresh().await;
    let (user, password, token) = org.passwords();
    let both = format!("{password}{token}");
    let code = async |version: &str, password: &str| {
        let (status, answer) = org.soap_login(version, &user, password).await;
        assert_eq!(status, 500);
        let code = text(&answer, "sf:exceptionCode").to_owned();
        assert!(answer.contains(&format!("<faultstring>{code}: {}", text(&answer, "sf:exceptionMessage"))));
        assert_eq!(text(&answer, "faultcode"), format!("sf:{code}"));
        code
    };
    assert_eq!(code("64.0", "wrong").await, "INVALID_LOGIN");
    assert_eq!(code("64.0", &password).await, "LOGIN_MUST_USE_SECURITY_TOKEN");
    assert_eq!(code("65.0", &both).await, "UNSUPPORTED_API_VERSION");
    assert_eq!(code("20.0", &both).await, "UNSUPPORTED_API_VERSION");
    org.host.set_switches(&json!({"soap_login": "off"})).unwrap();
    assert_eq!(code("64.0", &both).await, "INVALID_OPERATION");
    org.host.set_switches(&json!({"soap_login": "not_permitted"})).unwrap();
    assert_eq!(code("64.0", &both).await, "INSUFFICIENT_ACCESS");
    org.host.set_switches(&json!({"soap_login": "on"})).unwrap();
    org.clock.set("2027-06-01T00:00:00Z".parse::<Timestamp>().unwrap());
    assert_eq!(code("64.0", &both).await, "INVALID_OPERATION");
    assert!(org.host.set_switches(&json!({"soap_login": "maybe"})).is_err());
}

#[tokio::test]
async fn what_is_no_envelope_is_a_fault_of_the_client() {
    let org = Org::fresh().await;
    for wrong in ["", "<", "nothing", "<e:Envelope/>", "<a><b></a>", "<a>&nope;</a>"] {
        let (status, answer) = org.soap("64.0", wrong.into()).await;
        assert_eq!((status, text(&answer, "faultcode")), (500, "soapenv:Client"), "{wrong}");
    }
    let (_, answer) = org.soap_call("", "<u:convertLead/>").await;
    assert_eq!(text(&answer, "sf:exceptionCode"), "INVALID_OPERATION");
}

#[tokio::test]
async fn a_logout_ends_the_session() {
    let org = Org::fresh().await;
    let (_, answer) = org.soap_call("", "<u:getUserInfo/>").await;
    assert_eq!((text(&answer, "organizationName"), text(&answer, "userName")), ("Acme", org.passwords().0.as_str()));
    assert_eq!(org.soap_call("", "<logout xmlns=\"urn:partner.soap.sforce.com\"/>").await.0, 200);
    let (status, answer) = org.soap_call("", "<u:getUserInfo/>").await;
    assert_eq!((status, text(&answer, "faultcode")), (500, "sf:INVALID_SESSION_ID"));
    assert_eq!(org.get("limits").await.0, 401);
}

#[tokio::test]
async fn a_create_answers_record_by_record() {
    let org = Org::fresh().await;
    let call = "<u:create><u:sObjects><u:type>Case</u:type><u:Subject>a &lt;b&gt; &#38;</u:Subject></u:sObjects>\
        <u:sObjects xsi:type=\"x:Case\"><u:Subject>by type</u:Subject><u:Origin xsi:nil=\"true\"/></u:sObjects>\
        <u:sObjects><u:type>Contact</u:type><u:FirstName>Ann</u:FirstName></u:sObjects>\
        <u:sObjects><u:type>Dragon</u:type></u:sObjects></u:create>";
    let (status, answer) = org.soap_call("", call).await;
    assert_eq!(status, 200);
    assert_eq!(answer.matches("<success>true</success>").count(), 2);
    assert!(answer.contains("<fields>LastName</fields>") && answer.contains("<statusCode>INVALID_TYPE</statusCode>"));
    let subjects: Vec<_> = org.world("cases").iter().map(|case| case["fields"]["Subject"].clone()).collect();
    assert_eq!(subjects, [json!("a <b> &"), json!("by type")]);
    let all = "<u:AllOrNoneHeader><u:allOrNone>true</u:allOrNone></u:AllOrNoneHeader>";
    let (_, answer) = org.soap_call(all, call).await;
    assert_eq!(answer.matches("ALL_OR_NONE_OPERATION_ROLLED_BACK").count(), 2);
    assert_eq!(org.world("cases").len(), 2);
    let many = format!("<u:create>{}</u:create>", "<u:sObjects><u:type>Case</u:type></u:sObjects>".repeat(201));
    assert_eq!(org.soap_call("", &many).await.0, 500);
}

#[tokio::test]
async fn a_contact_is_mailed_when_header_and_comment_both_say_so() {
    let org = Org::fresh().await;
    let contact = org.column("SELECT Id FROM Contact WHERE Email = 'ana@acme.test'", "/Id").await[0].clone();
    let case = org.create("Case", json!({"ContactId": contact})).await;
    let call = |wanted: bool| {
        format!(
            "<u:create><u:sObjects><u:type>CaseComment</u:type><u:ParentId>{case}</u:ParentId><u:CommentBody>hi</u:CommentBody>\
             <u:IsNotificationSelected>{wanted}</u:IsNotificationSelected></u:sObjects></u:create>"
        )
    };
    let header = "<u:EmailHeader><u:triggerUserEmail>true</u:triggerUserEmail></u:EmailHeader>";
    org.soap_call("", &call(true)).await;
    org.soap_call(header, &call(false)).await;
    org.create("CaseComment", json!({"ParentId": case, "CommentBody": "hi", "IsNotificationSelected": true})).await;
    assert!(org.world("mails").is_empty());
    let (_, answer) = org.soap_call(header, &call(true)).await;
    assert_eq!(org.world("mails"), [json!({"to": "ana@acme.test", "about": text(&answer, "id")})]);
}

#[tokio::test]
async fn soap_assigns_only_when_asked_and_pays_from_the_quota() {
    let org = Org::fresh().await;
    org.host.set_switches(&json!({"assignment_rule": true})).unwrap();
    let call = "<u:create><u:sObjects><u:type>Case</u:type></u:sObjects></u:create>";
    let header = "<u:AssignmentRuleHeader><u:useDefaultRule>true</u:useDefaultRule></u:AssignmentRuleHeader>";
    org.soap_call("", call).await;
    org.soap_call(header, call).await;
    let owners = org.column("SELECT Owner.Name FROM Case ORDER BY CaseNumber", "/Owner/Name").await;
    assert_eq!(owners, [json!("Connector Integration"), json!("Support")]);
    org.host.set_switches(&json!({"daily_limit": 3})).unwrap();
    let (status, answer) = org.soap_call("", call).await;
    assert_eq!((status, text(&answer, "sf:exceptionCode")), (500, "REQUEST_LIMIT_EXCEEDED"));
}
