//! A mail server that takes everything and keeps it, or refuses, or hangs up.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use casebridge::hosts::mail::{Mailing, Sender, Server, Way};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What came in, each mail as it was sent.
#[derive(Clone)]
pub struct Sink {
    pub port: u16,
    manner: Manner,
    mails: Arc<Mutex<Vec<String>>>,
}

/// How it treats who brings a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    #[default]
    Takes,
    /// Refuses recipients; with a name, this one alone.
    Refuses(Option<&'static str>),
    /// Says no word about a mail that it took.
    KeepsSilent,
    /// Hangs up once it is told of a recipient.
    HangsUp,
    /// Asks to come again later.
    IsBusy,
    /// Lets nobody sign in.
    KnowsNobody,
}

impl Sink {
    /// Listens on a free port of this machine; one that is `closed` refuses every recipient.
    pub async fn start(closed: bool) -> Self {
        Sink::with(if closed { Manner::Refuses(None) } else { Manner::Takes }).await
    }

    /// Listens on a free port of this machine.
    pub async fn with(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let sink = Sink { port: listener.local_addr().expect("an address").port(), manner, mails: Arc::default() };
        sink.listen(listener);
        sink
    }

    /// A server that is down until it is `up`.
    pub async fn down() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        Sink { port, manner: Manner::Takes, mails: Arc::default() }
    }

    /// Begins to listen.
    pub async fn up(&self) {
        self.listen(TcpListener::bind(("127.0.0.1", self.port)).await.expect("the port is still free"));
    }

    fn listen(&self, listener: TcpListener) {
        let sink = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, sink.mails.clone(), sink.manner));
            }
        });
    }

    /// All mails so far.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("nobody panics").clone()
    }

    /// Recipient, subject and text of each mail, as its reader sees them.
    pub fn read(&self) -> Vec<(String, String, String)> {
        self.mails().iter().map(|mail| (header(mail, "To"), header(mail, "Subject"), text(mail))).collect()
    }

    /// Who sends through it.
    pub fn sender(&self) -> Sender {
        let server = Server { host: "127.0.0.1".into(), port: self.port, way: Way::Plain, login: None };
        Sender { server, from: "casebridge@acme.test".into() }
    }

    /// How rules mail through it, to some addresses.
    pub fn mailing(&self, to: &[&str]) -> Mailing {
        Mailing { sender: Some(self.sender()), to: Some(to.iter().map(|to| to.to_string()).collect()) }
    }
}

/// The value of a header, decoded.
pub fn header(mail: &str, name: &str) -> String {
    let unfolded = mail.replace("\n ", " ");
    let head = unfolded.split("\n\n").next().unwrap_or_default();
    let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let line = line.unwrap_or_default().replace("?= =?", "?==?");
    let mut said = String::new();
    let mut rest = line.as_str();
    while let Some((before, coded)) = rest.split_once("=?utf-8?b?") {
        let (coded, after) = coded.split_once("?=").expect("a coded word ends");
        said = said + before + &of_base64(coded);
        rest = after;
    }
    said + rest
}

fn text(mail: &str) -> String {
    let body = mail.split_once("\n\n").map_or("", |(_, body)| body);
    let text = match header(mail, "Content-Transfer-Encoding").as_str() {
        "base64" => of_base64(&body.replace('\n', "")),
        "quoted-printable" => of_quoted(&body.replace("=\n", "")),
        _ => body.to_owned(),
    };
    text.replace('\r', "").trim_end().to_owned()
}

fn of_base64(coded: &str) -> String {
    String::from_utf8(BASE64_STANDARD.decode(coded).expect("it is base64")).expect("it is text")
}

fn of_quoted(coded: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = coded;
    while let Some((before, after)) = rest.split_once('=') {
        bytes.extend(before.bytes());
        bytes.push(u8::from_str_radix(&after[..2], 16).expect("a coded byte"));
        rest = &after[2..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).expect("it is text")
}

async fn talk(stream: TcpStream, mails: Arc<Mutex<Vec<String>>>, manner: Manner) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await?;
    let mut mail = String::new();
    while let Some(line) = lines.next_line().await? {
        let verb = line.split(' ').next().unwrap_or_default().to_uppercase();
        let answer: &[u8] = match (verb.as_str(), manner) {
            ("EHLO" | "HELO", Manner::KnowsNobody) => b"250-sink\r\n250 AUTH PLAIN\r\n",
            ("EHLO" | "HELO", _) => b"250 sink\r\n",
            ("AUTH", _) => b"535 who are you\r\n",
            ("MAIL", _) => {
                mail.clear();
                b"250 ok\r\n"
            }
            ("RCPT", Manner::Refuses(who)) if who.is_none_or(|who| line.contains(who)) => b"550 nobody here\r\n",
            ("RCPT", Manner::IsBusy) => b"451 come again\r\n",
            ("RCPT", Manner::HangsUp) => return Ok(()),
            ("DATA", _) => {
                write.write_all(b"354 go on\r\n").await?;
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                mails.lock().expect("nobody panics").push(mail.clone());
                if manner == Manner::KeepsSilent {
                    return Ok(());
                }
                b"250 ok\r\n"
            }
            ("QUIT", _) => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => {
                mail.push_str(&line);
                mail.push('\n');
                b"250 ok\r\n"
            }
        };
        write.write_all(answer).await?;
    }
    Ok(())
}
