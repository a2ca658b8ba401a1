//! Where a drawing hides: plain XML, compressed pages, an SVG's attribute, a chunk of a PNG.
//!
//! A compressed page is XML, percent-encoded, deflated without a header, in base64. Everything unpacked is bounded while it is
//! unpacked, whatever the file says of itself.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use miniz_oxide::inflate::{decompress_to_vec_with_limit, decompress_to_vec_zlib_with_limit};

/// Bytes of a page at most, unpacked. Drawings with embedded pictures stay below.
const MOST_PAGE: usize = 64 << 20;

/// The text of a compressed page. The error is in words for people.
pub(crate) fn inflate(packed: &str, left: &mut usize) -> Result<String, String> {
    let bytes = from_base64(packed).ok_or("it is no base64")?;
    let limit = MOST_PAGE.min(*left);
    let unpacked = decompress_to_vec_with_limit(&bytes, limit).map_err(|error| match error.status {
        miniz_oxide::inflate::TINFLStatus::HasMoreOutput => format!("unpacked it is larger than {} MiB", limit >> 20),
        _ => "it is not compressed as it should be".to_owned(),
    })?;
    *left = left.saturating_sub(unpacked.len());
    let text = String::from_utf8(unpacked).map_err(|_| "it is no text")?;
    Ok(from_percent(&text))
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    GeneralPurpose::new(&alphabet::STANDARD, config).decode(packed).ok()
}

/// A text without percent-encoding, unless it holds none: then a per cent sign is one.
pub(crate) fn from_percent(text: &str) -> String {
    if text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The drawing that a picture carries along, if it does.
pub(crate) fn in_png(bytes: &[u8]) -> Option<String> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let body = after.get(..length)?;
        if matches!(kind, b"tEXt" | b"zTXt" | b"iTXt")
            && let Some(text) = text_chunk(kind, body)
        {
            return Some(text);
        }
        if kind == b"IEND" {
            return None;
        }
        rest = after.get(length.checked_add(4)?..)?;
    }
}

/// The text of a chunk that is a drawing.
fn text_chunk(kind: &[u8; 4], body: &[u8]) -> Option<String> {
    let end = body.iter().position(|byte| *byte == 0)?;
    let (keyword, rest) = (body.get(..end)?, body.get(end + 1..)?);
    if !matches!(keyword, b"mxfile" | b"mxGraphModel") {
        return None;
    }
    let unpack = |bytes: &[u8]| {
        // The tool writes raw deflate here, other writers keep to the standard.
        let raw = decompress_to_vec_zlib_with_limit(bytes, MOST_PAGE);
        raw.or_else(|_| decompress_to_vec_with_limit(bytes, MOST_PAGE)).ok()
    };
    let text = match kind {
        b"tEXt" => rest.to_vec(),
        b"zTXt" => unpack(rest.get(1..)?)?,
        _ => {
            let packed = *rest.first()? == 1;
            // Flag and method, then a language and a translated keyword, each ended by a zero.
            let mut text = rest.get(2..)?;
            for _ in 0..2 {
                let end = text.iter().position(|byte| *byte == 0)?;
                text = text.get(end + 1..)?;
            }
            if packed { unpack(text)? } else { text.to_vec() }
        }
    };
    Some(from_percent(&String::from_utf8_lossy(&text)))
}

#[cfg(test)]
mod tests {
    use super::{in_png, inflate};

    const PAGE: &str = "<mxGraphModel><root><mxCell id=\"0\" value=\"100 % ü\"/></root></mxGraphModel>";

    fn packed(text: &str) -> String {
        use base64::Engine as _;
        let all = percent_encoding::NON_ALPHANUMERIC;
        let text = percent_encoding::utf8_percent_encode(text, all).to_string();
        base64::engine::general_purpose::STANDARD.encode(miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6))
    }

    #[test]
    fn compressed_pages_are_read_and_bounded() {
        assert_eq!(inflate(&packed(PAGE), &mut (1 << 20)).unwrap(), PAGE);
        assert!(inflate("!", &mut (1 << 20)).unwrap_err().contains("base64"));
        let bomb = packed(&"a".repeat(5 << 20));
        assert!(inflate(&bomb, &mut (1 << 20)).unwrap_err().contains("larger than 1 MiB"));
    }

    #[test]
    fn pictures_carry_drawings() {
        let chunk = |kind: &[u8], body: &[u8]| {
            let mut bytes = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
            bytes.extend_from_slice(kind);
            bytes.extend_from_slice(body);
            bytes.extend_from_slice(&[0; 4]);
            bytes
        };
        let picture = |chunks: &[Vec<u8>]| [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat();
        let encoded = percent_encoding::utf8_percent_encode(PAGE, percent_encoding::NON_ALPHANUMERIC).to_string();
        let plain = chunk(b"tEXt", format!("mxfile\0{encoded}").as_bytes());
        assert_eq!(in_png(&picture(&[chunk(b"IHDR", &[0; 13]), plain])).unwrap(), PAGE);
        let mut body = b"mxGraphModel\0\0".to_vec();
        body.extend(miniz_oxide::deflate::compress_to_vec_zlib(encoded.as_bytes(), 6));
        assert_eq!(in_png(&picture(&[chunk(b"zTXt", &body)])).unwrap(), PAGE);
        let international = chunk(b"iTXt", format!("mxfile\0\0\0de\0x\0{PAGE}").as_bytes());
        assert_eq!(in_png(&picture(&[international])).unwrap(), PAGE);
        assert_eq!(in_png(&picture(&[chunk(b"tEXt", b"Author\0me"), chunk(b"IEND", b"")])), None);
        assert_eq!(in_png(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xff"), None);
    }
}
