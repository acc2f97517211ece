//! Whatever strangers send to the public listener is read or refused, and never more than that.

use casebridge::intake::firehose::MESSAGE_IDS;
use casebridge::intake::khoros_v1::Delivery;
use casebridge::intake::outbound_message::Envelope;
use casebridge::intake::{firehose, signed};
use proptest::collection::vec;
use proptest::prelude::*;

const F_066: &[u8] = include_bytes!("data/F-066.xml");

/// Every subject that a body leads to.
fn subjects(body: &[u8]) -> Vec<String> {
    let ids = MESSAGE_IDS.map(str::to_owned);
    let hints = [
        Delivery::read(body).and_then(|delivery| delivery.hints()).unwrap_or_default(),
        Envelope::read(body).map(|envelope| envelope.hints).unwrap_or_default(),
        firehose::read(body, &ids).map(|read| read.hints).unwrap_or_default(),
        signed::read(body, "khoros").unwrap_or_default(),
        signed::read(body, "salesforce").unwrap_or_default(),
    ];
    hints.concat().iter().map(|hint| hint.subject.to_string()).collect()
}

fn is_plain(subject: &str) -> bool {
    subject.len() < 60 && subject.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':')
}

proptest! {
    #[test]
    fn no_bytes_break_a_reader_and_no_letter_but_those_of_ids_comes_through(body in vec(any::<u8>(), 0..2000)) {
        prop_assert!(subjects(&body).iter().all(|subject| is_plain(subject)));
    }

    #[test]
    fn nor_do_texts_that_look_like_events(id in "[ -~é]{0,30}", kind in "(message|user|sObject|notifications)") {
        for body in [
            format!("token=x&event.type=MessageCreate&message=<{kind}><id>{id}</id></{kind}>"),
            format!(r#"<notifications><sObject type="Case"><Id>{id}</Id></sObject></notifications>"#),
            format!(r#"[{{"message":{{"uid":"{id}"}}}}]"#),
            format!(r#"{{"subjects":["khoros:thread:{id}","salesforce:case:{id}"]}}"#),
        ] {
            prop_assert!(subjects(body.as_bytes()).iter().all(|subject| is_plain(subject)));
        }
    }

    #[test]
    fn an_envelope_with_some_bytes_changed_breaks_nothing(places in vec((0..F_066.len(), any::<u8>()), 1..20)) {
        let mut body = F_066.to_vec();
        places.into_iter().for_each(|(at, byte)| body[at] = byte);
        prop_assert!(subjects(&body).iter().all(|subject| is_plain(subject)));
    }
}
