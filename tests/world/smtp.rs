//! A mail server that takes everything and keeps it, or refuses everything.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What came in, each mail as it was sent.
#[derive(Clone)]
pub struct Sink {
    pub port: u16,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    /// Listens on a free port of this machine; one that is `closed` refuses every recipient.
    pub async fn start(closed: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let sink = Sink { port, mails: Arc::default() };
        let mails = sink.mails.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, mails.clone(), closed));
            }
        });
        sink
    }

    /// All mails so far.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("nobody panics").clone()
    }
}

async fn talk(stream: TcpStream, mails: Arc<Mutex<Vec<String>>>, closed: bool) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await?;
    let mut mail = String::new();
    while let Some(line) = lines.next_line().await? {
        let verb = line.split(' ').next().unwrap_or_default().to_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" | "HELO" => b"250 sink\r\n",
            "MAIL" => {
                mail.clear();
                b"250 ok\r\n"
            }
            "RCPT" if closed => b"550 nobody here\r\n",
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                mails.lock().expect("nobody panics").push(mail.clone());
                b"250 ok\r\n"
            }
            "QUIT" => {
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
