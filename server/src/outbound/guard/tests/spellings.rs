//! Ways to write addresses that nobody may be sent to.

use super::*;

/// Each as the part between `https://` and the port. Names lead to this machine, whatever they are.
const HOSTS: &[&str] = &[
    // loopback: dotted, short, decimal, octal, hexadecimal, mixed, with too many zeros
    "127.0.0.1",
    "127.0.0.2",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7F000001",
    "0x7f.0x0.0x0.0x1",
    "0x7f.1",
    "0x7f.0.1",
    "0177.0.0.1",
    "0177.0.0.01",
    "0177.0x0.0.1",
    "00000177.1",
    "0x000000007f.0.0.1",
    "127.0x00000001",
    "127.000000000001",
    "0x7f.0.0.0x1",
    "0177.1",
    "127.0.0.0x1",
    "2130706434",
    // with a trailing dot
    "127.0.0.1.",
    "127.1.",
    "0x7f000001.",
    "2130706433.",
    "localhost.",
    "127.0.0.0x1.",
    // this network, and what systems take it for
    "0.0.0.0",
    "0",
    "0x0",
    "00",
    "0.0",
    "0.0.0",
    "0.1",
    "0.0.0.0.",
    "0x00000000",
    "000000000000",
    // digits and dots of other scripts, and escapes
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "%30x7f.1",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "loc\u{ad}alhost",
    "LOCALHOST",
    "0ⅹ7f.1",
    "²130706433",
    "127.0.0.¹",
    // private, shared, link-local, metadata
    "10.0.0.1",
    "10.1",
    "167772161",
    "0xa000001",
    "012.1",
    "172.16.0.1",
    "172.31.255.254",
    "0xac.0x10.0.1",
    "2886729729",
    "192.168.0.1",
    "192.168.257",
    "0xc0a80001",
    "3232235521",
    "0300.0250.0.1",
    "100.64.0.1",
    "100.127.255.254",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.16689662",
    "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
    "169.254.170.2",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "metadata.google.internal",
    "instance-data",
    // multicast, reserved, broadcast, documentation, benchmarking, 6to4 relays
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "0xffffffff",
    "4294967295",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.9",
    "198.18.0.1",
    "198.19.255.255",
    "192.88.99.1",
    "192.0.0.1",
    // IPv6
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::0001]",
    "[::]",
    "[0::0]",
    "[0::1]",
    "[::0.0.0.1]",
    // IPv4 inside IPv6: mapped, compatible, translated
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::FFFF:7F00:0001]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::ffff:0.0.0.0]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:0:127.0.0.1]",
    // NAT64, 6to4, Teredo, ISATAP
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::7f00:1]",
    "[64:ff9b:1:abcd::10.0.0.1]",
    "[64:ff9b::8.8.8.8]",
    "[2002:7f00:1::]",
    "[2002:7f00:0001::1]",
    "[2002:a9fe:a9fe::]",
    "[2002:808:808::]",
    "[2001::7f00:1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[2a00:1450::5efe:127.0.0.1]",
    "[2a00:1450::200:5efe:7f00:1]",
    "[fe80::5efe:10.0.0.1]",
    // the rest of IPv6 that is not the public internet
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "[ff02::1]",
    "[ff05::2]",
    "[100::1]",
    "[2001:db8::1]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[4000::1]",
    "[ffff::1]",
    // names that lead inside
    "localhost",
    "a.localhost",
    "rebinding.example",
    "127.0.0.1.nip.example",
    "xn--fsq.example",
    "1.0.0.127.in-addr.arpa",
];

/// Each as a whole, `PORT` standing for the sentinel's.
const URLS: &[&str] = &[
    "https://user@127.0.0.1:PORT/",
    "https://user:password@127.0.0.1:PORT/",
    "https://93.184.215.14@127.0.0.1:PORT/",
    "https://93.184.215.14:443@127.0.0.1:PORT/",
    "https://@127.0.0.1:PORT/",
    "https://127.0.0.1:PORT@93.184.215.14/",
    "https://example.com#@127.0.0.1:PORT/",
    "https://127.0.0.1:PORT#@example.com/",
    "https://example.com\\@127.0.0.1:PORT/",
    "https://127.0.0.1:PORT\\@example.com/",
    "https:\\\\127.0.0.1:PORT/",
    "https:127.0.0.1:PORT/",
    "https:///127.0.0.1:PORT/",
    "HTTPS://127.0.0.1:PORT/",
    " https://127.0.0.1:PORT/",
    "https://127.0.0.1:PORT/ ",
    "ht\ntps://127.0.0.1:PORT/",
    "https://127.0.\t0.1:PORT/",
    "https://127.0.0.1:0PORT/",
    "https://127.0.0.1\u{3000}:PORT/",
    "https://127.0.0.1%00.example.com:PORT/",
    "https://[::1%25lo]:PORT/",
    "https://[::ffff:127.0.0.1%eth0]:PORT/",
    "https://[127.0.0.1]:PORT/",
    "https://127.0.0.1:PORT:443/",
    "https://256.0.0.1:PORT/",
    "https://127.0.0.1.256:PORT/",
    "https://0x7f.0.0.0.1:PORT/",
    "https://08.0.0.1:PORT/",
    "http://127.0.0.1:PORT/",
    "ftp://127.0.0.1:PORT/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:PORT/",
    "unix:/run/socket",
    "ws://127.0.0.1:PORT/",
    "data:text/plain,x",
    "//127.0.0.1:PORT/",
    "127.0.0.1:PORT",
    "https://",
    "https://:PORT/",
    "",
];

fn all(port: u16) -> Vec<String> {
    let hosts = HOSTS.iter().map(|host| format!("https://{host}:{port}/hook"));
    let urls = URLS.iter().map(|url| url.replace("PORT", &port.to_string()));
    hosts.chain(urls).collect()
}

/// Tries them all; each has to be refused before anything is connected to.
async fn refuses_all(guard: &Guard, all: &[String]) {
    for url in all {
        // First, so that one that passes by mistake is not connected to.
        assert!(guard.check(url).await.is_err(), "{url}");
        match post(guard, url).await {
            Err(Failed::Refused(_)) => {}
            other => panic!("{url} gives {other:?}"),
        }
    }
}

#[tokio::test]
async fn no_spelling_leads_to_an_address_that_is_not_public() {
    let sentinel = Sentinel::start().await;
    let all = all(sentinel.address.port());
    assert!(all.len() >= 180, "{}", all.len());
    refuses_all(&guard(settings(false), inside()), &all).await;
    assert_eq!(sentinel.connections().await, 0);
}

#[tokio::test]
async fn no_spelling_leads_to_our_own_listener_in_demo_mode_nor_elsewhere_inside() {
    let sentinel = Sentinel::start().await;
    let port = sentinel.address.port();
    let mut settings = settings(true);
    settings.closed = vec![sentinel.address];
    let guard = guard(settings, inside());
    let http = all(port)
        .into_iter()
        .map(|url| url.replacen("https://", "http://", 1))
        .collect::<Vec<_>>();
    refuses_all(&guard, &http).await;
    refuses_all(&guard, &all(port)).await;
    assert_eq!(sentinel.connections().await, 0);
}

proptest::proptest! {
    #[test]
    fn a_number_is_judged_as_the_address_that_every_reader_takes_it_for(bits: u32, form in 0..6_u8, shapes: [u8; 4], dot: bool) {
        let octets = bits.to_be_bytes();
        let write = |value: u32, shape: u8| match shape % 3 {
            0 => value.to_string(),
            1 => format!("0x{value:x}"),
            _ => format!("0{value:o}"),
        };
        let part = |at: usize| write(u32::from(octets[at]), shapes[at]);
        let host = match form {
            0 => write(bits, shapes[0]),
            1 => format!("{}.{}", part(0), write(bits & 0xff_ffff, shapes[1])),
            2 => format!("{}.{}.{}", part(0), part(1), write(bits & 0xffff, shapes[2])),
            3 => format!("{}.{}.{}.{}", part(0), part(1), part(2), part(3)),
            4 => format!("[::ffff:{:x}:{:x}]", bits >> 16, bits & 0xffff),
            _ => format!("[0:0::ffff:{}]", Ipv4Addr::from_bits(bits)),
        };
        let dot = if dot && form < 4 { "." } else { "" };
        let target = Target::parse(&format!("https://{host}{dot}/"), false).unwrap();
        let read = target.literal().map(|address| address.to_canonical());
        proptest::prop_assert_eq!(read, Some(IpAddr::V4(Ipv4Addr::from_bits(bits))), "{}", host);
    }
}
