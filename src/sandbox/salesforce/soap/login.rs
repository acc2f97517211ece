//! `login`, `logout` and `getUserInfo` (sheet 2.1).

use super::super::moment;
use super::super::session::Holder;
use super::super::switches::SoapLogin;
use super::super::xml::escape;
use super::Visit;
use super::envelope::Fault;

/// From this version on there is no `login` (sheet 2.1).
const NO_LOGIN: u32 = 65;

const SWITCHED_OFF: &str = "SOAP API login() is disabled by default in this org.\n\
    exceptionMessage: To use SOAP API login(), a Salesforce admin must enable it in Setup > User Interface.";

pub fn login(visit: &mut Visit<'_>) -> Result<String, Fault> {
    check_open(visit)?;
    let sent = |name: &str| visit.message.operation.text_of(name).unwrap_or_default();
    let (username, password) = (sent("username"), sent("password"));
    let (secrets, trusted) = (&visit.state.secrets, visit.state.switches.trusted_network);
    let fits = secrets.is_user(username);
    if fits && !trusted && password == secrets.password && !secrets.security_token.is_empty() {
        let message = "Invalid username, password, security token; or user locked out. Are you at a new location? \
            When accessing Salesforce, either via a desktop client or the API, from outside of your company's trusted \
            networks, you must add a security token to your password to log in.";
        return Err(Fault::new("LOGIN_MUST_USE_SECURITY_TOKEN", message));
    }
    if !fits || !secrets.password_fits(password, trusted) {
        let message = "Invalid username, password, security token; or user locked out.";
        return Err(Fault::new("INVALID_LOGIN", message));
    }
    let organization = visit.state.residents.organization.clone();
    let token = visit.state.sessions.open(&organization, visit.state.seed, Holder::of("", "full"), visit.now);
    let place =
        |kind: &str| format!("{}/services/Soap/{kind}/{}.0/{}", visit.base, visit.version, organization.short());
    Ok(format!(
        "<loginResponse><result><metadataServerUrl>{}</metadataServerUrl><passwordExpired>false</passwordExpired>\
         <sandbox>true</sandbox><serverUrl>{}</serverUrl><sessionId>{token}</sessionId><userId>{}</userId>\
         <userInfo>{}</userInfo></result></loginResponse>",
        escape(&place("m")),
        escape(&place("u")),
        visit.state.residents.integration,
        person(visit),
    ))
}

/// Whether there is a login at all: by version, by the org's switch, by permission, by the calendar.
fn check_open(visit: &Visit<'_>) -> Result<(), Fault> {
    if visit.version >= NO_LOGIN {
        let message = "SOAP API login() is not available in API version 65.0 and later.";
        return Err(Fault::new("UNSUPPORTED_API_VERSION", message));
    }
    match visit.state.switches.soap_login {
        SoapLogin::NotPermitted => {
            Err(Fault::new("INSUFFICIENT_ACCESS", "insufficient access rights: the user lacks Use Any API Auth"))
        }
        SoapLogin::Off => Err(Fault::new("INVALID_OPERATION", SWITCHED_OFF)),
        SoapLogin::On if visit.now >= moment::start_of(2027, 6, 1) => {
            Err(Fault::new("INVALID_OPERATION", "SOAP API login() has been retired."))
        }
        SoapLogin::On => Ok(()),
    }
}

pub fn logout(visit: &mut Visit<'_>) -> Result<String, Fault> {
    if let Some(token) = &visit.message.session {
        visit.state.sessions.revoke(token);
    }
    Ok("<logoutResponse/>".into())
}

pub fn user_info(visit: &Visit<'_>) -> String {
    format!("<getUserInfoResponse><result>{}</result></getUserInfoResponse>", person(visit))
}

fn person(visit: &Visit<'_>) -> String {
    let state = &visit.state;
    let (organization, user) = (&state.residents.organization, &state.residents.integration);
    let text = |record, field: &str| {
        let record = state.org.get(record);
        escape(record.and_then(|record| record.text(field)).unwrap_or_default())
    };
    let profile = match text(user, "ProfileId") {
        none if none.is_empty() => "<profileId xsi:nil=\"true\"/>".to_owned(),
        profile => format!("<profileId>{profile}</profileId>"),
    };
    format!(
        "<accessibilityMode>false</accessibilityMode><currencySymbol>$</currencySymbol>\
         <orgAttachmentFileSizeLimit>5242880</orgAttachmentFileSizeLimit>\
         <orgDefaultCurrencyIsoCode>USD</orgDefaultCurrencyIsoCode>\
         <orgDisallowHtmlAttachments>false</orgDisallowHtmlAttachments><orgHasPersonAccounts>false</orgHasPersonAccounts>\
         <organizationId>{organization}</organizationId><organizationMultiCurrency>false</organizationMultiCurrency>\
         <organizationName>{}</organizationName>{profile}<roleId xsi:nil=\"true\"/>\
         <sessionSecondsValid>{}</sessionSecondsValid><userDefaultCurrencyIsoCode xsi:nil=\"true\"/>\
         <userEmail>{}</userEmail><userFullName>{}</userFullName><userId>{user}</userId>\
         <userLanguage>en_US</userLanguage><userLocale>en_US</userLocale><userName>{}</userName>\
         <userTimeZone>GMT</userTimeZone><userType>Standard</userType><userUiSkin>Theme3</userUiSkin>",
        text(organization, "Name"),
        u64::from(state.switches.session_ttl_min) * 60,
        text(user, "Email"),
        text(user, "Name"),
        escape(&state.secrets.username),
    )
}
