use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use portcullis_egress::is_public;
use proptest::prelude::*;

/// Written down a second time, as text, from the registry: the code cannot be its own witness.
const CLOSED: [&str; 24] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "100::/64",
    "2001::/32",
    "2001:db8::/32",
    "3fff::/20",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
];

fn closed_v4(address: Ipv4Addr) -> bool {
    CLOSED
        .iter()
        .map(|net| net.parse::<IpNet>().unwrap())
        .any(|net| net.contains(&IpAddr::V4(address)))
}

#[test]
fn edges_of_closed_ranges() {
    for text in CLOSED {
        let net: IpNet = text.parse().unwrap();
        assert!(!is_public(net.network()), "{text}");
        let last = match net {
            IpNet::V4(net) => IpAddr::V4(net.broadcast()),
            IpNet::V6(net) => IpAddr::V6(net.broadcast()),
        };
        assert!(!is_public(last), "{text}");
    }
    for open in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00::1",
    ] {
        assert!(is_public(open.parse().unwrap()), "{open}");
    }
}

proptest! {
    #[test]
    fn every_ipv4_address(bits: u32) {
        let address = Ipv4Addr::from(bits);
        prop_assert_eq!(is_public(IpAddr::V4(address)), !closed_v4(address));
    }

    #[test]
    fn an_address_in_an_address_is_what_it_carries(bits: u32, closed in 0..CLOSED.len(), low: u64) {
        // Half of the cases lie in a closed range, which random bits seldom hit.
        let bits = match CLOSED[closed].parse().unwrap() {
            IpNet::V4(net) => u32::from(net.network()) | bits & u32::from(net.hostmask()),
            IpNet::V6(_) => bits,
        };
        let public = !closed_v4(Ipv4Addr::from(bits));
        let wide = u128::from(bits);
        let mapped = 0xffff_u128 << 32 | wide;
        let nat64 = 0x0064_ff9b_u128 << 96 | wide;
        let six_to_four = 0x2002_u128 << 112 | wide << 80 | u128::from(low);
        for carrier in [wide, mapped, nat64, six_to_four] {
            let address = Ipv6Addr::from(carrier);
            prop_assert_eq!(is_public(IpAddr::V6(address)), public, "{}", address);
        }
    }

    #[test]
    fn nothing_outside_of_global_unicast(bits: u128) {
        let address = Ipv6Addr::from(bits);
        let nat64 = bits >> 32 == 0x0064_ff9b << 64;
        let embedded = bits >> 32 == 0xffff || bits >> 32 == 0;
        if bits >> 125 != 1 && !nat64 && !embedded {
            prop_assert!(!is_public(IpAddr::V6(address)), "{}", address);
        }
    }
}
