//! Events of a Classic community: a form with a token, the kind of event, and the object as v1 XML (Khoros sheet 10.3).

use super::xml::{Step, walk};
use super::{Unreadable, hint};
use crate::hint::Hint;

/// One delivery.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The token of the subscription: all that vouches for the sender.
    pub token: String,
    /// Such as `MessageCreate`.
    pub kind: String,
    object: String,
}

impl Delivery {
    /// Reads the form.
    pub fn read(body: &[u8]) -> Result<Self, Unreadable> {
        let mut delivery = Delivery::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            match name.as_ref() {
                "token" => delivery.token = value.into_owned(),
                // Some senders' languages turn the dot into an underscore.
                "event.type" | "event_type" => delivery.kind = value.into_owned(),
                "message" | "user" => delivery.object = value.into_owned(),
                _ => {}
            }
        }
        if delivery.token.is_empty() && delivery.kind.is_empty() {
            return Err(Unreadable("the form has neither `token` nor `event.type`"));
        }
        Ok(delivery)
    }

    /// Where to look: at the thread or the person that the event is about. Where the message does not say which thread
    /// that is, at the message and the one that it answers: a message that is deleted cannot be asked.
    pub fn hints(&self) -> Result<Vec<Hint>, Unreadable> {
        let object = Object::read(&self.object)?;
        let hints = match (object.name.as_str(), &object.thread) {
            ("message", Some(thread)) => vec![hint("khoros", "thread", thread)],
            ("message", None) => {
                let parent = object.parent.as_deref().and_then(|parent| hint("khoros", "message", parent));
                vec![hint("khoros", "message", &object.id), parent]
            }
            ("user", _) => vec![hint("khoros", "person", &object.id)],
            _ => vec![],
        };
        Ok(hints.into_iter().flatten().collect())
    }
}

/// The outermost element, the id of it, and those of the messages that it points at.
#[derive(Default)]
struct Object {
    name: String,
    id: String,
    /// The first message of its thread, which is what a thread is known by (Khoros sheet 3).
    thread: Option<String>,
    parent: Option<String>,
}

impl Object {
    fn read(text: &str) -> Result<Self, Unreadable> {
        let (mut object, mut path) = (Object::default(), Vec::new());
        walk(text, |step| match step {
            Step::Begins(name, attributes) => {
                // `/messages/id/105`; the element `id` says the same.
                let href = attributes.iter().find(|(name, _)| name == "href");
                let id = href.and_then(|(_, href)| href.rsplit('/').next()).map(str::to_owned);
                match (path.len(), name.as_str()) {
                    (0, _) => (object.name, object.id) = (name.clone(), id.unwrap_or_default()),
                    (1, "root" | "thread") => object.thread = id.or(object.thread.take()),
                    (1, "parent") => object.parent = id,
                    _ => {}
                }
                path.push(name);
            }
            Step::Text(text) if path.len() == 2 && path[1] == "id" => object.id = text,
            Step::Text(_) => {}
            Step::Ends => _ = path.pop(),
        })?;
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sheet's own example (10.3).
    const CREATED: &str = "token=9f2c&event.type=MessageCreate&message=%3Cmessage%20type%3D%22message%22%20href%3D%22%2Fmessages%2Fid%2F105%22%3E%3Cid%20type%3D%22int%22%3E105%3C%2Fid%3E%3Csubject%20type%3D%22string%22%3ERe%3A%20Printer%3C%2Fsubject%3E%3Cparent%20type%3D%22message%22%20href%3D%22%2Fmessages%2Fid%2F101%22%2F%3E%3C%2Fmessage%3E";

    #[test]
    fn a_delivery_says_which_message_to_look_at() {
        let delivery = Delivery::read(CREATED.as_bytes()).unwrap();
        assert_eq!((delivery.token.as_str(), delivery.kind.as_str()), ("9f2c", "MessageCreate"));
        assert_eq!(subjects(&delivery), ["khoros:message:105", "khoros:message:101"]);
    }

    #[test]
    fn a_message_that_names_its_thread_is_a_look_at_the_thread() {
        let object = r#"<message href="/messages/id/105"><root type="message" href="/messages/id/101"/><parent type="message" href="/messages/id/104"/></message>"#;
        assert_eq!(subjects(&Delivery { object: object.into(), ..Delivery::default() }), ["khoros:thread:101"]);
        let split = Delivery { object: "<message><id>1&#48;5</id></message>".into(), ..Delivery::default() };
        assert_eq!(subjects(&split), ["khoros:message:105"]);
    }

    fn subjects(delivery: &Delivery) -> Vec<String> {
        delivery.hints().unwrap().iter().map(|hint| hint.subject.to_string()).collect()
    }

    #[test]
    fn what_is_no_event_is_refused_without_a_word_of_it() {
        assert!(Delivery::read(b"hello").is_err());
        let with = |object: &str| Delivery { object: object.into(), ..Delivery::default() }.hints();
        assert!(with("<message><id>1</id>").is_err());
        assert!(with("<message><id>&a;</id></message>").is_err());
        assert!(with("<message><id>1</id></message><message/>").is_err());
        assert!(with("<!DOCTYPE x [<!ENTITY a 'b'>]><message><id>&a;</id></message>").is_err());
        assert_eq!(with(&"<a>".repeat(100)), Err(Unreadable("the XML is nested too deeply")));
        assert_eq!(with("<message><id>1' OR 1=1</id></message>"), Ok(vec![]));
        assert_eq!(with(""), Ok(vec![]));
    }
}
