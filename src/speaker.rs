//! Who speaks in the community for an agent (`docs/writing-rules.md`, postbacks): the table, row by row.
//!
//! The fallback is no row of its own here: where this gives nobody, the next line of `as` speaks.

use crate::value::Value;

/// What was found for an agent.
#[derive(Clone, Debug, PartialEq)]
pub enum Speaker {
    /// This account, the only one and able to speak.
    Account(Value),
    /// Nobody, and why: all candidates are named, and none is ever taken for being the first (SET-8).
    Nobody(String),
}

/// The account that speaks for somebody with an e-mail, of the people who were found for it.
pub fn for_agent(email: Option<&str>, people: &[Value]) -> Speaker {
    let nobody = |why: String| Speaker::Nobody(why);
    let Some(email) = email.map(str::trim).filter(|email| !email.is_empty()) else {
        return nobody("the agent has no e-mail".into());
    };
    let with_it: Vec<&Value> = people.iter().filter(|person| has_email(person, email)).collect();
    match with_it.as_slice() {
        [] => nobody(format!("nobody in the community has {email}")),
        [one] => silent(one).map_or_else(|| Speaker::Account((*one).clone()), nobody),
        several => {
            let logins: Vec<&str> = several.iter().map(|person| login(person)).collect();
            nobody(format!("{} accounts have {email}: {}", several.len(), logins.join(", ")))
        }
    }
}

/// Why an account can say nothing, whoever asks; none when it can.
pub fn silent(person: &Value) -> Option<String> {
    match login(person) {
        closed if is(person, "deleted") => Some(format!("the account {closed} is closed")),
        banned if is(person, "banned") => Some(format!("the account {banned} is banned")),
        "" => Some("the account has no name any more".into()),
        _ => None,
    }
}

/// E-mails are the same in any case and with blanks around them; nothing else is guessed.
fn has_email(person: &Value, email: &str) -> bool {
    let known = person.get("email").as_str().unwrap_or_default().trim();
    known.to_lowercase() == email.to_lowercase()
}

fn login(person: &Value) -> &str {
    person.get("login").as_str().unwrap_or_default()
}

fn is(person: &Value, what: &str) -> bool {
    *person.get(what) == Value::Bool(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(login: &str, email: &str, state: &str) -> Value {
        Value::map([
            ("login", Value::text(login)),
            ("email", Value::text(email)),
            ("deleted", (state == "deleted").into()),
            ("banned", (state == "banned").into()),
        ])
    }

    fn speaks(email: Option<&str>, people: &[Value]) -> Result<String, String> {
        match for_agent(email, people) {
            Speaker::Account(person) => Ok(login(&person).to_owned()),
            Speaker::Nobody(why) => Err(why),
        }
    }

    #[test]
    fn exactly_one_active_account_speaks() {
        let zoe = [person("zoe", " Zoe@Acme.test", "active")];
        assert_eq!(speaks(Some("zoe@acme.test "), &zoe), Ok("zoe".into()));
    }

    #[test]
    fn one_that_is_deleted_banned_or_anonymised_does_not() {
        for (state, why) in [("deleted", "the account zoe is closed"), ("banned", "the account zoe is banned")] {
            assert_eq!(speaks(Some("zoe@acme.test"), &[person("zoe", "zoe@acme.test", state)]), Err(why.into()));
        }
        let nameless = [person("", "zoe@acme.test", "active")];
        assert_eq!(speaks(Some("zoe@acme.test"), &nameless), Err("the account has no name any more".into()));
    }

    #[test]
    fn of_none_or_several_nobody_is_taken_and_all_are_named() {
        assert_eq!(speaks(Some("zoe@acme.test"), &[]), Err("nobody in the community has zoe@acme.test".into()));
        let two = [person("zoe", "zoe@acme.test", "active"), person("zoe2", "ZOE@acme.test", "active")];
        assert_eq!(speaks(Some("zoe@acme.test"), &two), Err("2 accounts have zoe@acme.test: zoe, zoe2".into()));
    }

    #[test]
    fn an_agent_without_e_mail_has_no_account() {
        let hidden = [person("ghost", "", "active")];
        assert_eq!(speaks(None, &hidden), Err("the agent has no e-mail".into()));
        assert_eq!(speaks(Some(" "), &hidden), Err("the agent has no e-mail".into()));
    }

    #[test]
    fn no_tricks_with_plus_addresses() {
        let tagged = [person("zoe", "zoe+x@acme.test", "active")];
        assert!(speaks(Some("zoe@acme.test"), &tagged).is_err());
    }
}
