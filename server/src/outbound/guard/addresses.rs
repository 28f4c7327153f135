//! Which addresses are of the public internet.
//!
//! **Contract.** [`is_public`] is true for an address that IANA's special-purpose registries call globally reachable, and false
//! for everything else, also for what only leads to such an address through a translation or a tunnel (NAT64, 6to4, Teredo,
//! ISATAP): what they end at is somebody else's choice.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 that is not of the public internet: network, bits.
const V4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),        // this network
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // shared with a carrier; Alibaba's metadata
    ([127, 0, 0, 0], 8),      // loopback
    ([168, 63, 129, 16], 32), // Azure's wire server, in a public range
    ([169, 254, 0, 0], 16),   // link-local; the clouds' metadata
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments; Oracle's metadata
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 88, 99, 0], 24),   // 6to4 relays
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarking
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, broadcast
];

/// IPv6 within 2000::/3 that is not of the public internet. Outside of 2000::/3 nothing is: loopback, v4-compatible, NAT64
/// (64:ff9b::/96, 64:ff9b:1::/48), discard, unique local, link-local, site-local, multicast.
const V6: [([u16; 3], u32); 4] = [
    ([0x2001, 0, 0], 23),     // protocol assignments: Teredo, benchmarking, ORCHID
    ([0x2001, 0xdb8, 0], 32), // documentation
    ([0x2002, 0, 0], 16),     // 6to4
    ([0x3fff, 0, 0], 20),     // documentation
];

/// Whether this is an address of the public internet. One that wraps an IPv4 address (`::ffff:0:0/96`) is judged as that.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !V4.iter()
        .any(|(network, bits)| (address.to_bits() ^ u32::from_be_bytes(*network)) >> (32 - bits) == 0)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let within = |network: [u16; 3], bits: u32| {
        let network = Ipv6Addr::new(network[0], network[1], network[2], 0, 0, 0, 0, 0);
        (address.to_bits() ^ network.to_bits()) >> (128 - bits) == 0
    };
    // ISATAP: the interface's half is 0000:5efe or 0200:5efe and an IPv4 address.
    let isatap = segments[4] & !0x0200 == 0 && segments[5] == 0x5efe;
    within([0x2000, 0, 0], 3) && !V6.iter().any(|(network, bits)| within(*network, *bits)) && !isatap
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn the_edges_of_every_range() {
        for (inside, outside) in [
            ("0.255.255.255", "1.0.0.0"),
            ("10.255.255.255", "11.0.0.0"),
            ("10.0.0.0", "9.255.255.255"),
            ("100.64.0.0", "100.63.255.255"),
            ("100.127.255.255", "100.128.0.0"),
            ("127.255.255.255", "128.0.0.0"),
            ("127.0.0.0", "126.255.255.255"),
            ("168.63.129.16", "168.63.129.17"),
            ("169.254.0.0", "169.253.255.255"),
            ("169.254.255.255", "169.255.0.0"),
            ("172.16.0.0", "172.15.255.255"),
            ("172.31.255.255", "172.32.0.0"),
            ("192.0.0.192", "192.0.1.0"),
            ("192.0.2.255", "192.0.3.0"),
            ("192.88.99.1", "192.88.100.0"),
            ("192.168.255.255", "192.169.0.0"),
            ("198.19.255.255", "198.20.0.0"),
            ("198.51.100.0", "198.51.101.0"),
            ("203.0.113.255", "203.0.114.0"),
            ("224.0.0.1", "223.255.255.255"),
            ("255.255.255.255", "8.8.8.8"),
            ("::ffff:127.0.0.1", "::ffff:8.8.8.8"),
            ("::", "2000::"),
            ("::1", "2001:200::1"),
            ("::8.8.8.8", "2600::1"),
            ("64:ff9b::808:808", "2a00:1450::1"),
            ("64:ff9b:1::808:808", "2a00:1450::1"),
            ("100::1", "2a00:1450::1"),
            ("2001::1", "2001:200::"),
            ("2001:1ff:ffff::", "2001:470::1"),
            ("2001:db8::1", "2001:db9::1"),
            ("2002:808:808::", "2003::1"),
            ("3fff::1", "3ffe::1"),
            ("3fff:fff::1", "3fff:1000::1"),
            ("4000::1", "3ffe::1"),
            ("fc00::1", "2606:4700::1111"),
            ("fd00:ec2::254", "2606:4700::1111"),
            ("fe80::1", "2606:4700::1111"),
            ("fec0::1", "2606:4700::1111"),
            ("ff02::1", "2606:4700::1111"),
            ("2a00:1450::5efe:808:808", "2a00:1450::1:5efe:808:808"),
            ("2a00:1450::200:5efe:808:808", "2a00:1450::300:5efe:808:808"),
        ] {
            assert!(!judged(inside), "{inside} is not public");
            assert!(judged(outside), "{outside} is public");
        }
    }
}
