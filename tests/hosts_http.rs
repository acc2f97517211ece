//! The network itself: what fails, how it is classed, and what is never called, followed or said.

use std::time::Duration;

use casebridge::failure::FailureClass;
use casebridge::hosts::allow_hosts::AllowHosts;
use casebridge::hosts::connection_state::Kept;
use casebridge::hosts::http::Web;
use casebridge::ports::{Http, HttpBody, HttpFailure, HttpRequest, Tokens};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::hosts_pair::{Pair, on};

fn get(url: &str) -> HttpRequest {
    HttpRequest { method: "GET", url: url.into(), ..HttpRequest::default() }
}

fn web(url: &str) -> Web {
    Web::new(AllowHosts::new([url], [], false)).expect("a client")
}

#[tokio::test]
async fn waiting_is_asked_for_in_seconds_as_a_date_or_not_at_all() {
    let pair = Pair::small().await;
    let at = pair.sandbox.clock.now() + jiff::SignedDuration::from_secs(120);
    let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (headers, least, most) in [
        (json!({ "retry-after": "7" }), Some(7), 7),
        (json!({ "retry-after": "0" }), Some(1), 1),
        (json!({ "retry-after": date }), Some(115), 120),
        (json!({}), None, 0),
    ] {
        pair.khoros_fault(on("/search", json!({ "do": "status", "status": 429, "headers": headers }))).await;
        let error = pair.read("khoros.get_thread", &["120"]).await.expect_err("throttled");
        let FailureClass::Temporary { after } = error.class else { panic!("{error:?}") };
        assert_eq!(after.is_some(), least.is_some(), "{headers}");
        assert!(
            after.is_none_or(|after| after >= Duration::from_secs(least.unwrap_or(0)) && after.as_secs() <= most),
            "{after:?}"
        );
    }
    pair.read("khoros.get_thread", &["120"]).await.expect("all is well again");
}

#[tokio::test]
async fn broken_answers_are_temporary_and_the_next_try_succeeds() {
    let pair = Pair::small().await;
    let page = include_str!("data/F-050.html");
    for fault in [
        json!({ "do": "reset", "at": "start" }),
        json!({ "do": "reset", "at": "body" }),
        json!({ "do": "drop" }),
        json!({ "do": "truncate" }),
        json!({ "do": "html", "body": page }),
        json!({ "do": "html", "status": 503, "body": page }),
        json!({ "do": "status", "status": 502 }),
    ] {
        pair.khoros_fault(on("/search", fault.clone())).await;
        let error = pair.read("khoros.get_thread", &["120"]).await.expect_err("a fault");
        assert!(error.is_temporary(), "{fault} {error:?}");
        assert!(!error.said.contains('<') && !error.said.contains('\n'), "{error}");
        pair.read("khoros.get_thread", &["120"]).await.expect("all is well again");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_not_taken_for_an_answer() {
    let pair = Pair::small().await;
    let elsewhere = format!("{}/_sandbox/clock?key=geheim", pair.sandbox.salesforce_url);
    let fault = json!({ "do": "status", "status": 302, "headers": { "location": elsewhere } });
    pair.khoros_fault(on("/search", fault)).await;
    let error = pair.read("khoros.get_thread", &["120"]).await.expect_err("a redirect");
    assert_eq!(error.class, FailureClass::Temporary { after: None }, "maintenance comes as a redirect, and passes");
    assert!(error.maybe_applied, "whether a write was applied before it, nobody knows");
    assert!(error.said.contains("redirect") && !error.said.contains("geheim"), "{error}");
}

#[tokio::test]
async fn a_host_that_is_not_listed_is_never_called() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let sent = web("http://127.0.0.1:1").send(get(&url)).await;
    assert!(matches!(sent, Err(HttpFailure::Forbidden(_))), "{sent:?}");
    let called = tokio::time::timeout(Duration::from_millis(200), listener.accept()).await;
    assert!(called.is_err(), "nobody may have connected");
}

#[tokio::test]
async fn what_was_not_sent_is_told_apart_from_what_is_lost() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let slow = HttpRequest { timeout: Some(Duration::from_millis(200)), ..get(&url) };
    let lost = web(&url).send(slow).await;
    assert!(matches!(lost, Err(HttpFailure::Lost(_))), "{lost:?}");
    drop(listener);
    let closed = web(&url).send(get(&url)).await;
    assert!(matches!(closed, Err(HttpFailure::NotSent(_))), "{closed:?}");
}

#[tokio::test]
async fn secrets_stay_out_of_errors_and_debug_texts() {
    let pair = Pair::small().await;
    pair.read("khoros.get_thread", &["120"]).await.expect("a session");
    let record = pair.tokens.get("khoros:main").expect("a kept record");
    let kept = Kept::parse(&record).access.expect("a kept session key");
    let key = kept.expose_secret();
    assert!(pair.secrets().contains(key), "the key is kept over starts");
    let body = format!(r#"{{"status":"error","message":"bad key {key}","data":{{"code":203}}}}"#);
    pair.khoros_fault(on("/search", json!({ "do": "status", "status": 403, "body": body }))).await;
    let error = pair.read("khoros.get_thread", &["120"]).await.expect_err("an echo");
    assert!(!format!("{error:?}").contains(key) && error.said.contains("bad key"), "{error:?}");
    let request = HttpRequest {
        method: "POST",
        url: pair.sandbox.khoros_url.clone(),
        secret_headers: vec![("authorization".into(), kept.clone())],
        body: HttpBody::Form(vec![("password".into(), kept.clone())]),
        ..HttpRequest::default()
    };
    assert!(!format!("{request:?}").contains(key));
    pair.lift_faults().await;
}

/// Somebody who answers with this head and then for ever; gives its address, and how much it got rid of.
async fn endless(head: &'static str) -> (String, tokio::task::JoinHandle<usize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let sending = tokio::spawn(async move {
        let (mut line, _) = listener.accept().await.expect("a caller");
        let mut request = [0; 1024];
        let _asked = line.read(&mut request).await;
        let (mut sent, piece) = (0, [b'x'; 1 << 16]);
        let mut going = line.write_all(head.as_bytes()).await.is_ok();
        while going {
            going = line.write_all(&piece).await.is_ok();
            sent += piece.len();
        }
        sent
    });
    (url, sending)
}

#[tokio::test]
async fn of_an_answer_that_is_too_long_no_more_is_read_than_was_asked_for() {
    let says = "HTTP/1.1 200 OK\r\ncontent-length: 9000000000\r\n\r\n";
    let says_not = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    for head in [says, says_not] {
        let (url, sending) = endless(head).await;
        let web = web(&url);
        let answered = web.send(HttpRequest { longest: Some(100_000), ..get(&url) }).await;
        assert!(matches!(answered, Err(HttpFailure::TooLong(_))), "{answered:?}");
        // The line is closed, so that whoever sends without end hears it; what it got rid of lies in its own buffers.
        let sent = sending.await.expect("it ends");
        assert!(sent < 64 << 20, "{sent} bytes");
    }
}

#[tokio::test]
async fn an_answer_of_just_the_length_that_was_asked_for_is_whole() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        loop {
            let (mut line, _) = listener.accept().await.expect("a caller");
            let mut request = [0; 1024];
            let _asked = line.read(&mut request).await;
            let _sent = line.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nfive!").await;
        }
    });
    let asked = async |longest: usize| web(&url).send(HttpRequest { longest: Some(longest), ..get(&url) }).await;
    assert_eq!(asked(5).await.expect("an answer").body, b"five!");
    assert!(matches!(asked(4).await, Err(HttpFailure::TooLong(_))));
}

#[tokio::test]
async fn a_name_that_leads_where_its_host_must_not_lie_is_never_called_con_9() {
    let inside = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = inside.local_addr().expect("an address").port();
    let here: casebridge::hosts::http::LookUp =
        std::sync::Arc::new(|_| Box::pin(async { Ok(vec![std::net::Ipv4Addr::LOCALHOST.into()]) }));
    let guessed = format!("*.elsewhere.test:{port}");
    let web = |more: &str| Web::looking_up(AllowHosts::new([], [more], true), here.clone()).expect("a client");
    let url = format!("http://org.elsewhere.test:{port}/");
    let Err(HttpFailure::Forbidden(why)) = web(&guessed).send(get(&url)).await else { panic!("it was called") };
    assert!(why.contains("org.elsewhere.test lies at 127.0.0.1"), "{why}");
    // By its full name it is meant.
    let named = web(&format!("org.elsewhere.test:{port}"));
    let call = tokio::spawn(async move { named.send(get(&url)).await });
    let (connection, _) = inside.accept().await.expect("it is called");
    drop(connection);
    assert!(!matches!(call.await.expect("it ends"), Ok(_) | Err(HttpFailure::Forbidden(_))));
}
