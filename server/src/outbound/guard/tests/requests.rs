//! Requests that may be made: what is sent, and what stops one.

use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Answers each connection with these bytes as soon as a request's head has come, and keeps it open; gives the heads.
async fn answering(answer: Vec<u8>) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (heads, seen) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap_or(0);
            let _ = heads.send(String::from_utf8_lossy(&head[..read]).into_owned());
            let _ = stream.write_all(&answer).await;
            kept.push(stream);
        }
    });
    (address, seen)
}

fn open() -> Guard {
    guard(settings(true), inside())
}

#[tokio::test]
async fn a_request_is_a_post_with_the_hosts_name_and_closes() {
    let (address, mut seen) = answering(b"HTTP/1.1 204 No Content\r\nRetry-After: 7\r\n\r\n".to_vec()).await;
    let answer = post(&open(), &format!("http://hooks.example:{}/a/b?c=d", address.port()))
        .await
        .unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.headers["retry-after"].to_str().unwrap()),
        (204, "7")
    );
    let head = seen.recv().await.unwrap().to_lowercase();
    assert!(head.starts_with("post /a/b?c=d http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: hooks.example:{}\r\n", address.port())), "{head}");
    assert!(
        head.contains("connection: close\r\n") && head.contains("content-length: 2\r\n"),
        "{head}"
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let sentinel = Sentinel::start().await;
    let location = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n",
        sentinel.address
    );
    let (address, _seen) = answering(location.into_bytes()).await;
    assert_eq!(post(&open(), &format!("http://{address}/")).await.unwrap().status.as_u16(), 307);
    assert_eq!(sentinel.connections().await, 0);
}

#[tokio::test]
async fn an_answers_body_is_not_waited_for_and_its_head_has_an_end() {
    let mut long = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".to_vec();
    long.resize(1_000_000, b'x');
    let (address, _seen) = answering(long).await;
    assert_eq!(post(&open(), &format!("http://{address}/")).await.unwrap().status.as_u16(), 200);

    let (address, _seen) = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_vec()).await;
    assert_eq!(
        post(&open(), &format!("http://{address}/")).await.unwrap().status.as_u16(),
        200,
        "a body that never comes"
    );

    let mut head = b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec();
    head.resize(1_000_000, b'x');
    let (address, _seen) = answering(head).await;
    assert_eq!(post(&open(), &format!("http://{address}/")).await.unwrap_err(), Failed::BadAnswer);
}

#[tokio::test]
async fn what_does_not_answer_is_told_apart() {
    let mut hasty = settings(true);
    hasty.time_limit = Duration::from_millis(300);
    let hasty = guard(hasty, inside());
    let (silent, _seen) = answering(Vec::new()).await;
    assert_eq!(post(&hasty, &format!("http://{silent}/")).await.unwrap_err(), Failed::TimedOut);
    let (other, _seen) = answering(b"SSH-2.0-OpenSSH_9\r\n".to_vec()).await;
    assert_eq!(post(&open(), &format!("http://{other}/")).await.unwrap_err(), Failed::BadAnswer);
    assert_eq!(post(&open(), &format!("https://{other}/")).await.unwrap_err(), Failed::Tls);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(post(&open(), &format!("http://{closed}/")).await.unwrap_err(), Failed::NotConnected);
    let nobody = guard(settings(true), Answers::new(&[]));
    assert_eq!(post(&nobody, "https://nobody.example/").await.unwrap_err(), Failed::NameNotFound);
    assert_eq!(
        nobody.check("https://nobody.example/").await,
        Ok(()),
        "it may lead somewhere tomorrow"
    );
}
