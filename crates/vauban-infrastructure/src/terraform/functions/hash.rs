//! Functions that digest a text.

use std::fmt::Write as _;

use sha2::Digest as _;

use super::encoding::to_base64;
use super::{Call, Fail, Outcome, value::is_known};

/// The text to digest. Of a document only the meaning is kept, not its spelling, so its digest is not known.
fn bytes<'a>(call: &Call<'a>, index: usize) -> Result<std::borrow::Cow<'a, str>, Fail> {
    let arg = call.arg(index)?;
    if is_known(arg) && matches!(arg.kind, vauban_model::resource::ValueKind::Document(_)) {
        return Err(Fail::NotKnown);
    }
    call.text(index)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn md5(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(hexadecimal(&md5::Md5::digest(bytes(call, 0)?.as_bytes())))
}

pub(super) fn sha1(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(hexadecimal(&sha1::Sha1::digest(bytes(call, 0)?.as_bytes())))
}

pub(super) fn sha256(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(hexadecimal(&sha2::Sha256::digest(bytes(call, 0)?.as_bytes())))
}

pub(super) fn sha512(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(hexadecimal(&sha2::Sha512::digest(bytes(call, 0)?.as_bytes())))
}

pub(super) fn base64sha256(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(to_base64(&sha2::Sha256::digest(bytes(call, 0)?.as_bytes())))
}

pub(super) fn base64sha512(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(to_base64(&sha2::Sha512::digest(bytes(call, 0)?.as_bytes())))
}

/// `uuidv5(namespace, name)`, RFC 9562 section 5.5. The namespace is a word of its appendix or a UUID.
pub(super) fn uuidv5(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let namespace = call.text(0)?;
    let name = bytes(call, 1)?;
    let namespace = match &*namespace {
        "dns" => "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "url" => "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
        "oid" => "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
        "x500" => "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
        other => other,
    };
    let digits: String = namespace.chars().filter(|c| *c != '-').collect();
    if digits.len() != 32 || namespace.len() != 36 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Fail::Refused);
    }
    let number = u128::from_str_radix(&digits, 16).map_err(|_| Fail::Refused)?;
    let mut digest = sha1::Sha1::new();
    digest.update(number.to_be_bytes());
    digest.update(name.as_bytes());
    let digest = digest.finalize();
    let mut first = [0u8; 16];
    for (to, from) in first.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    let bits = u128::from_be_bytes(first);
    let bits = (bits & !(0xF << 76)) | (5 << 76);
    let bits = (bits & !(0x3 << 62)) | (2 << 62);
    let hex = format!("{bits:032x}");
    let piece = |from: usize, to: usize| hex.get(from..to).unwrap_or("").to_owned();
    call.out_text([piece(0, 8), piece(8, 12), piece(12, 16), piece(16, 20), piece(20, 32)].join("-"))
}
