//! Which address a request comes from: the peer's, or what a proxy that the operator trusts says of it.
//!
//! **Contract.** `X-Forwarded-For` counts from a trusted proxy alone, and of what it says only what trusted proxies have added: from the
//! right, up to the first address that is no trusted proxy's. Whatever a client writes there itself stands to the left of that.

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()).checked_shr(32 - self.bits).unwrap_or(0) == 0,
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()).checked_shr(128 - self.bits).unwrap_or(0) == 0,
            _ => false,
        }
    }
}

/// What is no address and no network.
#[derive(Debug, thiserror::Error)]
#[error("{0} is neither an address nor a network such as 10.0.0.0/8")]
pub struct NotANetwork(String);

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let wrong = || NotANetwork(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

/// The proxies in front of this Gesher that are believed; none at first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Network>);

impl FromStr for Proxies {
    type Err = NotANetwork;

    /// Addresses and networks, apart by commas or spaces.
    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
        parts.map(Network::from_str).collect::<Result<_, _>>().map(Self)
    }
}

impl Proxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// Who asks, when this peer brings a request with these headers.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let said = headers
            .get_all(FORWARDED_FOR)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        let said: Vec<&[u8]> = said.collect();
        for entry in said.into_iter().rev() {
            if !self.trusts(client) {
                break;
            }
            // What a proxy of ours wrote can be read; behind what cannot, nothing can be believed.
            let Some(address) = std::str::from_utf8(entry).ok().and_then(|entry| address(entry.trim())) else {
                break;
            };
            client = address;
        }
        client
    }
}

/// An address as proxies write it: some add the port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Tells every later part of the server where a request comes from.
pub async fn told(State(proxies): State<Arc<Proxies>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    if let Some(peer) = peer {
        let client = proxies.client(peer, request.headers());
        request.extensions_mut().insert(ClientAddress(client));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn client(proxies: &str, peer: &str, said: &[&str]) -> String {
        let proxies: Proxies = proxies.parse().expect("proxies");
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
        }
        proxies.client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn nobody_but_a_trusted_proxy_says_who_asks() {
        assert_eq!(client("", "203.0.113.9", &["192.0.2.1"]), "203.0.113.9");
        assert_eq!(client("10.0.0.0/8", "203.0.113.9", &["192.0.2.1"]), "203.0.113.9");
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("10.0.0.0/8", "10.1.2.3", &[]), "10.1.2.3");
        assert_eq!(client("10.0.0.0/8", "::ffff:10.1.2.3", &["192.0.2.1"]), "192.0.2.1");
    }

    #[test]
    fn what_a_client_wrote_itself_does_not_count() {
        let behind = |said: &[&str]| client("10.0.0.0/8, 2001:db8:5::/48", "10.1.2.3", said);
        assert_eq!(behind(&["1.1.1.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(behind(&["1.1.1.1", "203.0.113.9"]), "203.0.113.9", "headers are one list");
        assert_eq!(behind(&["203.0.113.9, 10.7.7.7, 2001:db8:5::1"]), "203.0.113.9");
        assert_eq!(behind(&["1.1.1.1, 203.0.113.9, 10.7.7.7"]), "203.0.113.9");
        assert_eq!(behind(&["10.9.9.9, 10.7.7.7"]), "10.9.9.9", "nobody but proxies");
        assert_eq!(behind(&["192.0.2.1, nonsense"]), "10.1.2.3");
        assert_eq!(behind(&["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(behind(&["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(behind(&["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(behind(&[""]), "10.1.2.3");
        assert_eq!(
            behind(&["ä, 203.0.113.9"]),
            "203.0.113.9",
            "what cannot be read hides nothing behind it"
        );
        assert_eq!(behind(&["1.1.1.1, ä, 203.0.113.9, 10.7.7.7"]), "203.0.113.9");
    }

    #[test]
    fn networks_are_read_strictly() {
        for text in ["10.0.0.0/33", "10.0.0/8", "proxy.example", "::1/129", "10.0.0.1/-1", "10.0.0.1/"] {
            assert!(text.parse::<Proxies>().is_err(), "{text}");
        }
        assert_eq!(client("0.0.0.0/0", "203.0.113.9", &["::1"]), "::1");
        assert_eq!(client("::/0", "203.0.113.9", &["::1"]), "203.0.113.9");
    }
}
