//! Functions of address blocks.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use vauban_model::resource::Value;

use super::{Call, Fail, MOST_ITEMS, Outcome, known_whole};

/// An address block: its first address as a number, the length of its prefix, and the bits of an address.
#[derive(Clone, Copy)]
struct Block {
    base: u128,
    prefix: u32,
    bits: u32,
}

impl Block {
    fn parse(text: &str) -> Result<Self, Fail> {
        let (address, prefix) = text.split_once('/').ok_or(Fail::Refused)?;
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Fail::Refused);
        }
        let prefix: u32 = prefix.parse().map_err(|_| Fail::Refused)?;
        let (number, bits) = number(parse_address(address)?);
        if prefix > bits {
            return Err(Fail::Refused);
        }
        Ok(Block { base: number & !low_mask(bits - prefix), prefix, bits })
    }

    fn text(self) -> String {
        format!("{}/{}", address(self.base, self.bits), self.prefix)
    }

    /// The part of a block with so many bits more and this number.
    fn part(self, more: u32, index: u128) -> Option<Block> {
        let prefix = self.prefix.checked_add(more).filter(|prefix| *prefix <= self.bits)?;
        if more < 128 && index >= 1u128 << more {
            return None;
        }
        let shift = self.bits - prefix;
        let offset = if shift >= 128 { 0 } else { index << shift };
        Some(Block { base: self.base | offset, prefix, bits: self.bits })
    }
}

/// Terraform reads octets with leading zeros as decimal numbers.
fn parse_address(text: &str) -> Result<IpAddr, Fail> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let octets: Vec<u8> = text
        .split('.')
        .map(|octet| {
            if octet.len() > 8 {
                None
            } else {
                octet.bytes().all(|b| b.is_ascii_digit()).then(|| octet.parse().ok())?
            }
        })
        .collect::<Option<_>>()
        .ok_or(Fail::Refused)?;
    let octets: [u8; 4] = octets.try_into().map_err(|_| Fail::Refused)?;
    Ok(IpAddr::V4(octets.into()))
}

fn number(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

fn address(number: u128, bits: u32) -> IpAddr {
    if bits == 32 {
        IpAddr::V4(Ipv4Addr::from(u32::try_from(number & 0xFFFF_FFFF).unwrap_or(0)))
    } else {
        IpAddr::V6(Ipv6Addr::from(number))
    }
}

/// So many ones at the end.
fn low_mask(bits: u32) -> u128 {
    if bits >= 128 { u128::MAX } else { (1u128 << bits) - 1 }
}

/// `cidrhost(block, number)`: a negative number counts from the end.
pub(super) fn cidrhost(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let block = Block::parse(&call.text(0)?)?;
    let host = call.whole(1)?;
    let last = low_mask(block.bits - block.prefix);
    let size = u128::from(host.unsigned_abs());
    let offset = if host >= 0 { Some(size) } else { (size - 1 <= last).then(|| last - (size - 1)) };
    let offset = offset.filter(|offset| *offset <= last).ok_or(Fail::Refused)?;
    call.out_text(address(block.base | offset, block.bits).to_string())
}

/// `cidrnetmask(block)`, for IPv4 alone.
pub(super) fn cidrnetmask(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let block = Block::parse(&call.text(0)?)?;
    if block.bits != 32 {
        return Err(Fail::Refused);
    }
    call.out_text(address(low_mask(32) & !low_mask(32 - block.prefix), 32).to_string())
}

/// `cidrsubnet(block, more bits, number)`.
pub(super) fn cidrsubnet(call: &Call<'_>) -> Outcome {
    call.count(3, 3)?;
    let block = Block::parse(&call.text(0)?)?;
    let more = u32::try_from(call.whole(1)?).map_err(|_| Fail::Refused)?;
    let index = u128::try_from(call.whole(2)?).map_err(|_| Fail::Refused)?;
    call.out_text(block.part(more, index).ok_or(Fail::Refused)?.text())
}

/// `cidrsubnets(block, more bits, …)`: one after the other, each where its size allows.
pub(super) fn cidrsubnets(call: &Call<'_>) -> Outcome {
    let block = Block::parse(&call.text(0)?)?;
    let mut made = Vec::new();
    // The next free address, and whether the addresses are used up.
    let mut next = block.base;
    let last = block.base | low_mask(block.bits - block.prefix);
    let mut full = false;
    for arg in call.args.iter().skip(1).take(MOST_ITEMS) {
        let more = u32::try_from(known_whole(arg)?).map_err(|_| Fail::Refused)?;
        let prefix = block.prefix.checked_add(more).filter(|prefix| *prefix <= block.bits);
        let prefix = prefix.filter(|_| more >= 1).ok_or(Fail::Refused)?;
        let room = low_mask(block.bits - prefix);
        let base = next.checked_add(room).map(|end| end & !room).filter(|_| !full).ok_or(Fail::Refused)?;
        let end = base | room;
        if end > last {
            return Err(Fail::Refused);
        }
        made.push(Value::text(Block { base, prefix, bits: block.bits }.text(), call.span));
        full = end == last;
        next = end.wrapping_add(1);
    }
    call.out_list(made)
}

/// `cidrcontains(block, address or block)`, of OpenTofu.
pub(super) fn cidrcontains(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let block = Block::parse(&call.text(0)?)?;
    let inner = call.text(1)?;
    let inner = if inner.contains('/') {
        Block::parse(&inner)?
    } else {
        let (base, bits) = number(parse_address(&inner)?);
        Block { base, prefix: bits, bits }
    };
    if inner.bits != block.bits {
        return Err(Fail::Refused);
    }
    let within = inner.prefix >= block.prefix && inner.base & !low_mask(block.bits - block.prefix) == block.base;
    call.out_bool(within)
}
