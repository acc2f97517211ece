//! A connection that a fault can cut: what a handler decides really happens on the socket.
//!
//! Which requests are cut is decided in `faults.rs`; what TLS is made of in `tls.rs`.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::ConnectInfo;
use axum::extract::connect_info::Connected;
use axum::http::Extensions;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::tls::is_handshake;

/// A handler's grip on the connection that its request came over.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    closed: Arc<AtomicBool>,
    reset: Arc<AtomicBool>,
    /// Whether the client came over TLS.
    secure: bool,
}

impl Cut {
    /// Ends the connection before another byte is written; the client sees it closed.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// From now on, ending the connection sends RST instead of FIN: the client sees "connection reset".
    pub fn end_with_reset(&self) {
        self.reset.store(true, Ordering::Release);
    }
}

/// `https` when the request came over TLS: what addresses in its answer begin with.
pub fn scheme(of: &Extensions) -> &'static str {
    let secure = of.get::<ConnectInfo<Cut>>().is_some_and(|ConnectInfo(cut)| cut.secure);
    if secure { "https" } else { "http" }
}

impl Connected<IncomingStream<'_, Lines>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().cut.clone()
    }
}

/// A listener whose connections can be cut.
pub struct Lines {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    /// Connections whose handshake is done; one that dawdles over it holds up nobody else.
    ready: mpsc::Receiver<(Line, SocketAddr)>,
    shaking: mpsc::Sender<(Line, SocketAddr)>,
}

impl Lines {
    /// Over a bound listener; with an acceptor for TLS too.
    pub fn new(listener: TcpListener, tls: Option<TlsAcceptor>) -> Lines {
        let (shaking, ready) = mpsc::channel(64);
        Lines { listener, tls, ready, shaking }
    }
}

impl Listener for Lines {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        loop {
            tokio::select! {
                Some(done) = self.ready.recv() => return done,
                (stream, from) = Listener::accept(&mut self.listener) => {
                    // Small answers must not wait for the client's delayed acknowledgement.
                    let _ = stream.set_nodelay(true);
                    let Some(tls) = self.tls.clone() else { return (Line::plain(stream), from) };
                    let shaking = self.shaking.clone();
                    tokio::spawn(async move {
                        // A handshake that fails is the client's to report.
                        if let Ok(line) = shake(stream, tls).await {
                            let _ = shaking.send((line, from)).await;
                        }
                    });
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

async fn shake(stream: TcpStream, tls: TlsAcceptor) -> io::Result<Line> {
    if !is_handshake(&stream).await? {
        return Ok(Line::plain(stream));
    }
    let stream = Stream::Tls(Box::new(tls.accept(stream).await?));
    Ok(Line { stream, cut: Cut { secure: true, ..Cut::default() } })
}

/// One connection.
pub struct Line {
    stream: Stream,
    cut: Cut,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Line {
    fn plain(stream: TcpStream) -> Line {
        Line { stream: Stream::Plain(stream), cut: Cut::default() }
    }

    fn check(&self) -> io::Result<()> {
        match self.cut.closed.load(Ordering::Acquire) {
            true => Err(io::ErrorKind::ConnectionAborted.into()),
            false => Ok(()),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.cut.reset.load(Ordering::Acquire) {
            let _ = match &self.stream {
                Stream::Plain(stream) => stream.set_zero_linger(),
                Stream::Tls(stream) => stream.get_ref().0.set_zero_linger(),
            };
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, into),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
