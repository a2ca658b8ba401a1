//! Functions over ranges of network addresses. Version 4 only.

use core::net::Ipv4Addr;

use vauban_model::Span;
use vauban_model::resource::{Value, ValueKind};

use super::{Outcome, known, text, whole};
use crate::plain;

pub(super) fn call(name: &str, arguments: &[Value], span: Span) -> Outcome {
    let range = || known(arguments, 0).and_then(|range| read(&range));
    match name {
        "cidrsubnet" => range()
            .and_then(|(base, length)| {
                let wanted = u32::try_from(whole(arguments.get(1))?).ok().filter(|it| *it <= 32 && *it >= length)?;
                let at = u64::try_from(whole(arguments.get(2))?).ok()?;
                let start = u64::from(base) + (at << (32 - wanted).min(32));
                let fits = at < 1u64 << (wanted - length);
                let start = u32::try_from(start).ok().filter(|_| fits)?;
                text(format!("{}/{wanted}", Ipv4Addr::from(start)), span)
            })
            .into(),
        "cidrhost" => range()
            .and_then(|(base, length)| {
                let at = u64::try_from(whole(arguments.get(1))?).ok()? + 1;
                let fits = at < 1u64 << (32 - length);
                let host = u32::try_from(u64::from(base) + at).ok().filter(|_| fits)?;
                text(Ipv4Addr::from(host).to_string(), span)
            })
            .into(),
        "parsecidr" => range().map(|(base, length)| parsed(base, length, span)).into(),
        _ => Outcome::NoSuch,
    }
}

/// The first address and the length of a range.
fn read(range: &str) -> Option<(u32, u32)> {
    let (address, length) = range.split_once('/')?;
    let address: Ipv4Addr = address.parse().ok()?;
    let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
    let base = u64::from(u32::from(address)) >> (32 - length) << (32 - length);
    Some((u32::try_from(base).ok()?, length))
}

fn parsed(base: u32, length: u32, span: Span) -> Value {
    let size = 1u64 << (32 - length);
    let mask = if length == 0 { 0 } else { u32::MAX << (32 - length) };
    let last = base | !mask;
    let (first_host, last_host) = if size > 2 { (base + 1, last - 1) } else { (base, last) };
    let of = |address: u32| Value::text(Ipv4Addr::from(address).to_string(), span);
    plain::map(
        span,
        [
            ("network", of(base)),
            ("netmask", of(mask)),
            ("broadcast", of(last)),
            ("firstUsable", of(first_host)),
            ("lastUsable", of(last_host)),
            ("cidr", Value::new(ValueKind::Number(f64::from(length)), span)),
        ],
    )
}
