//! One request on a connection of its own.

use super::{Answer, Failed, Target};
use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

/// Time to connect to one of a name's addresses, before the next is tried.
const CONNECT: Duration = Duration::from_secs(5);
/// Most bytes of an answer's head, and of its body.
const MOST: usize = 64 * 1024;
/// Time that is spent on a body that nobody wants.
const PATIENCE: Duration = Duration::from_millis(500);

/// What of an answer is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// Its head.
    Head,
    /// Its body too.
    Body,
}

/// Sends a POST to the first of these addresses that takes a connection.
pub(super) async fn post(
    target: &Target,
    addresses: &[SocketAddr],
    tls: Arc<rustls::ClientConfig>,
    headers: HeaderMap,
    body: Bytes,
    wants: Wants,
) -> Result<(Answer, Bytes), Failed> {
    let stream = connect(addresses).await?;
    let request = request(target, headers, body)?;
    if !target.is_tls() {
        return send(stream, request, wants).await;
    }
    send(secured(target, stream, tls).await?, request, wants).await
}

/// Connects to the first of these addresses that takes a connection, and has it prove whose it is.
pub(super) async fn reach(target: &Target, addresses: &[SocketAddr], tls: Arc<rustls::ClientConfig>) -> Result<(), Failed> {
    let stream = connect(addresses).await?;
    if target.is_tls() {
        secured(target, stream, tls).await?;
    }
    Ok(())
}

async fn secured(target: &Target, stream: TcpStream, tls: Arc<rustls::ClientConfig>) -> Result<TlsStream<TcpStream>, Failed> {
    let name = match &target.host {
        Host::Domain(name) => ServerName::try_from(name.trim_end_matches('.').to_owned()).map_err(|_| Failed::Tls)?,
        Host::Ipv4(address) => ServerName::IpAddress((*address).into()),
        Host::Ipv6(address) => ServerName::IpAddress((*address).into()),
    };
    TlsConnector::from(tls).connect(name, stream).await.map_err(|_| Failed::Tls)
}

async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Failed> {
    for address in addresses {
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            let _ = stream.set_nodelay(true);
            return Ok(stream);
        }
    }
    Err(Failed::NotConnected)
}

fn request(target: &Target, headers: HeaderMap, body: Bytes) -> Result<Request<Full<Bytes>>, Failed> {
    let url = &target.url;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", target.host),
        None => target.host.to_string(),
    };
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let mut request = Request::post(path).body(Full::new(body)).map_err(|_| Failed::BadAnswer)?;
    *request.headers_mut() = headers;
    let host = HeaderValue::from_str(&host).map_err(|_| Failed::BadAnswer)?;
    request.headers_mut().insert(HOST, host);
    request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(request)
}

async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    request: Request<Full<Bytes>>,
    wants: Wants,
) -> Result<(Answer, Bytes), Failed> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MOST)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Failed::BadAnswer)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|_| Failed::BadAnswer)?;
        let (head, body) = response.into_parts();
        let read = match wants {
            Wants::Head => {
                let _ = tokio::time::timeout(PATIENCE, drain(body)).await;
                Bytes::new()
            }
            Wants::Body => Limited::new(body, MOST).collect().await.map_err(|_| Failed::BadAnswer)?.to_bytes(),
        };
        let answer = Answer {
            status: head.status,
            headers: head.headers,
        };
        Ok((answer, read))
    };
    // The connection does the work of the exchange; when it ends first, the exchange knows and ends too.
    let mut exchange = std::pin::pin!(exchange);
    tokio::select! {
        answer = &mut exchange => answer,
        _ = connection => exchange.await,
    }
}

async fn drain(mut body: Incoming) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > MOST {
            break;
        }
    }
}
