//! Where a change came from, as change events tell it, so that a client can know its own echo (sheet 9.4).

use super::super::call::Call;

/// `com/salesforce/api/rest/65.0;client=my-connector`
pub fn of(call: &Call) -> String {
    let api = match call.lower().as_slice() {
        // Who only reads changes nothing.
        _ if call.method == "GET" => return String::new(),
        ["services", "data", version, ..] => format!("com/salesforce/api/rest/{}", version.trim_start_matches('v')),
        ["services", "soap", _, version, ..] => format!("com/salesforce/api/soap/{version}"),
        _ => return String::new(),
    };
    let options = call.header("sforce-call-options").into_iter().flat_map(|header| header.split(','));
    match options.filter_map(|option| option.trim().strip_prefix("client=")).next() {
        Some(client) => format!("{api};client={client}"),
        None => api,
    }
}
