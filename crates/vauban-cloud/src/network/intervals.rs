//! Sets of ports per protocol and of addresses, as intervals: exact, and small however large the ranges are.

use vauban_model::resource::Text;

use super::Ports;

/// A number that intervals can be made of.
pub trait Bound: Copy + Ord {
    /// The smallest.
    const FIRST: Self;
    /// The largest.
    const LAST: Self;
    /// The next larger number, unless it is the largest.
    fn next(self) -> Option<Self>;
    /// The next smaller number, unless it is the smallest.
    fn previous(self) -> Option<Self>;
}

macro_rules! bound {
    ($($ty:ty),*) => {$(
        impl Bound for $ty {
            const FIRST: Self = <$ty>::MIN;
            const LAST: Self = <$ty>::MAX;
            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }
            fn previous(self) -> Option<Self> {
                self.checked_sub(1)
            }
        }
    )*};
}
bound!(u8, u16, u32, u128);

/// A set of numbers: intervals with both ends included, sorted, apart from each other by at least one number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Intervals<T>(Vec<(T, T)>);

impl<T> Default for Intervals<T> {
    fn default() -> Self {
        Intervals(Vec::new())
    }
}

impl<T: Bound> Intervals<T> {
    /// Every number.
    pub fn all() -> Self {
        Intervals(vec![(T::FIRST, T::LAST)])
    }

    /// From one number to another; nothing if they are the wrong way round.
    pub fn range(first: T, last: T) -> Self {
        if first <= last { Intervals(vec![(first, last)]) } else { Intervals(Vec::new()) }
    }

    /// From any intervals.
    pub fn collect(mut items: Vec<(T, T)>) -> Self {
        items.retain(|(first, last)| first <= last);
        items.sort_unstable();
        let mut out: Vec<(T, T)> = Vec::with_capacity(items.len());
        for (first, last) in items {
            match out.last_mut() {
                Some((_, end)) if end.next().is_none_or(|next| first <= next) => *end = (*end).max(last),
                _ => out.push((first, last)),
            }
        }
        Intervals(out)
    }

    /// The intervals, in order.
    pub fn parts(&self) -> &[(T, T)] {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is every number.
    pub fn is_all(&self) -> bool {
        matches!(self.0.as_slice(), [(first, last)] if *first == T::FIRST && *last == T::LAST)
    }

    /// Whether a number is in it.
    pub fn contains(&self, number: T) -> bool {
        let at = self.0.partition_point(|(_, last)| *last < number);
        self.0.get(at).is_some_and(|(first, _)| *first <= number)
    }

    /// Numbers in either.
    pub fn union(&self, other: &Self) -> Self {
        let mut items = self.0.clone();
        items.extend_from_slice(&other.0);
        Self::collect(items)
    }

    /// Numbers in both.
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut out, mut left, mut right) = (Vec::new(), self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(&&(a, b)), Some(&&(c, d))) = (left.peek(), right.peek()) {
            let (first, last) = (a.max(c), b.min(d));
            if first <= last {
                out.push((first, last));
            }
            if b < d {
                left.next();
            } else {
                right.next();
            }
        }
        Intervals(out)
    }

    /// Numbers in this one only.
    pub fn subtract(&self, other: &Self) -> Self {
        let mut gaps = Vec::with_capacity(other.0.len() + 1);
        let mut from = Some(T::FIRST);
        for &(first, last) in &other.0 {
            if let (Some(start), Some(end)) = (from, first.previous())
                && start <= end
            {
                gaps.push((start, end));
            }
            from = last.next();
        }
        if let Some(start) = from {
            gaps.push((start, T::LAST));
        }
        self.intersection(&Intervals(gaps))
    }

    /// Whether everything of the other is in this one.
    pub fn covers(&self, other: &Self) -> bool {
        other.subtract(self).is_empty()
    }
}

/// Ports by protocol. Protocols without ports (ICMP, everything that is not TCP or UDP) are all or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortSet {
    /// TCP ports.
    pub tcp: Intervals<u16>,
    /// UDP ports.
    pub udp: Intervals<u16>,
    /// ICMP of either version.
    pub icmp: bool,
    /// Any other protocol.
    pub other: bool,
}

impl PortSet {
    /// Everything.
    pub fn all() -> Self {
        PortSet { tcp: Intervals::all(), udp: Intervals::all(), icmp: true, other: true }
    }

    /// TCP ports of one range.
    pub fn tcp(first: u16, last: u16) -> Self {
        PortSet { tcp: Intervals::range(first, last), ..PortSet::default() }
    }

    /// UDP ports of one range.
    pub fn udp(first: u16, last: u16) -> Self {
        PortSet { udp: Intervals::range(first, last), ..PortSet::default() }
    }

    /// Ports of a protocol in the words or numbers of a provider (`tcp`, `6`, `-1`, `*`, `all`, `tls`).
    pub fn of(protocol: &str, ports: Intervals<u16>) -> Self {
        match protocol.to_ascii_lowercase().as_str() {
            "tcp" | "6" | "http" | "https" | "tls" | "ssl" | "http2" | "grpc" => {
                PortSet { tcp: ports, ..PortSet::default() }
            }
            "udp" | "17" | "quic" => PortSet { udp: ports, ..PortSet::default() },
            "tcp_udp" => PortSet { tcp: ports.clone(), udp: ports, ..PortSet::default() },
            "icmp" | "1" | "icmpv6" | "58" | "ipv6-icmp" => PortSet { icmp: true, ..PortSet::default() },
            "-1" | "*" | "all" | "any" | "" => {
                PortSet { icmp: ports.is_all(), other: ports.is_all(), tcp: ports.clone(), udp: ports }
            }
            _ => PortSet { other: true, ..PortSet::default() },
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tcp.is_empty() && self.udp.is_empty() && !self.icmp && !self.other
    }

    /// Whether it is everything.
    pub fn is_all(&self) -> bool {
        self.tcp.is_all() && self.udp.is_all() && self.icmp && self.other
    }

    /// In either.
    pub fn union(&self, other: &Self) -> Self {
        PortSet {
            tcp: self.tcp.union(&other.tcp),
            udp: self.udp.union(&other.udp),
            icmp: self.icmp || other.icmp,
            other: self.other || other.other,
        }
    }

    /// In both.
    pub fn intersection(&self, other: &Self) -> Self {
        PortSet {
            tcp: self.tcp.intersection(&other.tcp),
            udp: self.udp.intersection(&other.udp),
            icmp: self.icmp && other.icmp,
            other: self.other && other.other,
        }
    }

    /// In this one only.
    pub fn subtract(&self, other: &Self) -> Self {
        PortSet {
            tcp: self.tcp.subtract(&other.tcp),
            udp: self.udp.subtract(&other.udp),
            icmp: self.icmp && !other.icmp,
            other: self.other && !other.other,
        }
    }

    /// Whether everything of the other is in this one.
    pub fn covers(&self, other: &Self) -> bool {
        other.subtract(self).is_empty()
    }

    /// Every port of each protocol of which there is a port.
    pub fn whole_protocols(&self) -> Self {
        let all = |ports: &Intervals<u16>| if ports.is_empty() { Intervals::default() } else { Intervals::all() };
        PortSet { tcp: all(&self.tcp), udp: all(&self.udp), icmp: self.icmp, other: self.other }
    }

    /// As the public type has it: one entry for everything, otherwise TCP before UDP before the rest.
    pub fn list(&self) -> Vec<Ports> {
        let entry = |protocol: &str, first, last| Ports { protocol: Text::from(protocol), first, last };
        if self.is_all() {
            return vec![entry("all", 0, u16::MAX)];
        }
        let mut out = Vec::new();
        out.extend(self.tcp.parts().iter().map(|(first, last)| entry("tcp", *first, *last)));
        out.extend(self.udp.parts().iter().map(|(first, last)| entry("udp", *first, *last)));
        if self.icmp {
            out.push(entry("icmp", 0, u16::MAX));
        }
        if self.other {
            out.push(entry("other", 0, u16::MAX));
        }
        out
    }

    /// In words: `tcp 80, tcp 443`, `every port`.
    pub fn words(&self) -> String {
        if self.is_all() {
            return "every port".to_owned();
        }
        let mut out = Vec::new();
        for ports in self.list() {
            out.push(match (&*ports.protocol, ports.first, ports.last) {
                (protocol @ ("tcp" | "udp"), 0, u16::MAX) => format!("every port of {protocol}"),
                (protocol, 0, u16::MAX) => protocol.to_owned(),
                (protocol, first, last) if first == last => format!("{protocol} {first}"),
                (protocol, first, last) => format!("{protocol} {first}-{last}"),
            });
        }
        out.join(", ")
    }
}

/// Addresses of both versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressSet {
    /// Version 4.
    pub v4: Intervals<u32>,
    /// Version 6.
    pub v6: Intervals<u128>,
}

impl AddressSet {
    /// Everything.
    pub fn all() -> Self {
        AddressSet { v4: Intervals::all(), v6: Intervals::all() }
    }

    /// An address, a block `10.0.0.0/8`, or a range `10.0.0.1-10.0.0.9`; nothing if it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((first, last)) = text.split_once('-') {
            return match (first.trim().parse().ok()?, last.trim().parse().ok()?) {
                (core::net::IpAddr::V4(first), core::net::IpAddr::V4(last)) => {
                    Some(AddressSet { v4: Intervals::range(first.into(), last.into()), v6: Intervals::default() })
                }
                (core::net::IpAddr::V6(first), core::net::IpAddr::V6(last)) => {
                    Some(AddressSet { v4: Intervals::default(), v6: Intervals::range(first.into(), last.into()) })
                }
                _ => None,
            };
        }
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        match address.parse().ok()? {
            core::net::IpAddr::V4(address) => {
                let host = 32u32.checked_sub(length.unwrap_or(32))?;
                let mask = u32::MAX.checked_shr(32 - host).unwrap_or(0);
                let first = u32::from(address) & !mask;
                Some(AddressSet { v4: Intervals::range(first, first | mask), v6: Intervals::default() })
            }
            core::net::IpAddr::V6(address) => {
                let host = 128u32.checked_sub(length.unwrap_or(128))?;
                let mask = u128::MAX.checked_shr(128 - host).unwrap_or(0);
                let first = u128::from(address) & !mask;
                Some(AddressSet { v4: Intervals::default(), v6: Intervals::range(first, first | mask) })
            }
        }
    }

    /// Several blocks together; what is no block is left out.
    pub fn blocks(texts: &[&str]) -> Self {
        texts.iter().filter_map(|text| Self::parse(text)).fold(Self::default(), |all, one| all.union(&one))
    }

    /// Private addresses (RFC 1918, RFC 6598, RFC 4193).
    pub fn private() -> Self {
        Self::blocks(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"])
    }

    /// Addresses that are on the internet: not private, not local, not reserved (IANA special-purpose registries).
    pub fn internet() -> Self {
        let special = Self::blocks(&[
            "0.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "198.18.0.0/15",
            "224.0.0.0/3",
        ]);
        let global = AddressSet { v4: Intervals::all(), ..Self::blocks(&["2000::/3"]) };
        global.subtract(&Self::private()).subtract(&special)
    }

    /// Whether they are all of the machine itself (`127.0.0.0/8`, `::1`), and there is one.
    pub fn is_loopback(&self) -> bool {
        !self.is_empty() && self.subtract(&Self::blocks(&["127.0.0.0/8", "::1/128"])).is_empty()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// In either.
    pub fn union(&self, other: &Self) -> Self {
        AddressSet { v4: self.v4.union(&other.v4), v6: self.v6.union(&other.v6) }
    }

    /// In both.
    pub fn intersection(&self, other: &Self) -> Self {
        AddressSet { v4: self.v4.intersection(&other.v4), v6: self.v6.intersection(&other.v6) }
    }

    /// In this one only.
    pub fn subtract(&self, other: &Self) -> Self {
        AddressSet { v4: self.v4.subtract(&other.v4), v6: self.v6.subtract(&other.v6) }
    }

    /// Whether everything of the other is in this one.
    pub fn covers(&self, other: &Self) -> bool {
        self.v4.covers(&other.v4) && self.v6.covers(&other.v6)
    }

    /// Whether it is so much of the internet that nobody can be said to be outside: a sixteenth of a /4 or more, that
    /// is, as many version 4 addresses as a /8, or version 6 addresses as a /16.
    pub fn is_large(&self) -> bool {
        let v4: u64 = self.v4.parts().iter().map(|(first, last)| u64::from(last - first) + 1).sum();
        let v6 = self.v6.parts().iter().fold(0u128, |sum, (first, last)| sum.saturating_add(last - first));
        v4 >= 1 << 24 || v6 >= (1 << 112) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn members(set: &Intervals<u8>) -> Vec<bool> {
        (0..=u8::MAX).map(|number| set.contains(number)).collect()
    }

    fn well_formed(set: &Intervals<u8>) -> bool {
        set.parts().iter().all(|(first, last)| first <= last)
            && set.parts().windows(2).all(|pair| u16::from(pair[0].1) + 1 < u16::from(pair[1].0))
    }

    proptest! {
        #[test]
        fn set_operations_agree_with_counting_every_member(
            a in prop::collection::vec((any::<u8>(), any::<u8>()), 0..6),
            b in prop::collection::vec((any::<u8>(), any::<u8>()), 0..6),
        ) {
            let (left, right) = (Intervals::collect(a.clone()), Intervals::collect(b));
            let brute: Vec<bool> = (0..=u8::MAX).map(|n| a.iter().any(|(f, l)| *f <= n && n <= *l)).collect();
            prop_assert_eq!(members(&left), brute);
            for (set, law) in [
                (left.union(&right), (|x, y| x || y) as fn(bool, bool) -> bool),
                (left.intersection(&right), |x, y| x && y),
                (left.subtract(&right), |x, y| x && !y),
            ] {
                prop_assert!(well_formed(&set));
                for number in 0..=u8::MAX {
                    prop_assert_eq!(set.contains(number), law(left.contains(number), right.contains(number)));
                }
            }
            let covers = (0..=u8::MAX).all(|n| left.contains(n) || !right.contains(n));
            prop_assert_eq!(left.covers(&right), covers);
        }
    }

    #[test]
    fn blocks_of_both_versions_are_read() {
        let block = AddressSet::parse("10.1.2.3/8").unwrap();
        assert_eq!(block.v4.parts(), [(0x0a00_0000, 0x0aff_ffff)]);
        assert!(AddressSet::parse("::/0").unwrap().v6.is_all());
        assert!(AddressSet::parse("0.0.0.0/0").unwrap().v4.is_all());
        assert_eq!(AddressSet::parse("10.0.0.0/33"), None);
        assert_eq!(AddressSet::parse("web"), None);
        assert!(!AddressSet::parse("2001:db8::/32").unwrap().is_large());
        assert!(AddressSet::parse("1.2.3.4").unwrap().v4.contains(0x0102_0304));
    }
}
