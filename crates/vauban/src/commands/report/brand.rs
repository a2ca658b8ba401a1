//! The brand that documents take: from a file, from `vauban.yaml`, or none.

use std::path::Path;

use vauban_analysis::format::{BrandSettings, BrandSource, InputFile, read_brand};
use vauban_model::brand::{Brand, Logo};
use vauban_model::{Severity, SourceMap};

use crate::commands::Failure;
use crate::files;
use crate::project::{self, Configuration};

/// Most bytes of a logo.
const MOST: usize = 4 << 20;

/// Reads the brand and its logo.
pub(crate) fn brand(named: Option<&str>, configuration: &Configuration) -> Result<Brand, Failure> {
    let configured = configuration.config.brand.as_ref().map(|setting| &setting.value);
    let (settings, folder) = match (named, configured) {
        (Some(path), _) => (of_file(path)?, folder(path)),
        (None, Some(BrandSource::File(path))) => {
            let path = configuration.path(path);
            (of_file(&path)?, folder(&path))
        }
        (None, Some(BrandSource::Inline(settings))) => ((**settings).clone(), configuration.path("")),
        (None, None) => return Ok(Brand::default()),
    };
    let mut brand = settings.brand;
    if let Some(name) = settings.logo {
        let path = Path::new(&folder).join(&*name.value).to_string_lossy().replace('\\', "/");
        brand.logo = Some(logo(&path)?);
    }
    Ok(brand)
}

fn folder(path: &str) -> String {
    Path::new(path).parent().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}

fn of_file(path: &str) -> Result<BrandSettings, Failure> {
    let bytes = files::read(path)
        .map_err(|reason| Failure::new(format!("`{path}` cannot be read: {reason}"), "name another with `--brand`"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut sources = SourceMap::default();
    let id = sources.add(path.to_owned(), text.clone());
    let (settings, diagnostics) = read_brand(&InputFile { id, name: path, text: &text });
    project::narrate(&diagnostics, &sources);
    if diagnostics.iter().any(|it| it.severity == Severity::Error) {
        return Err(Failure::new(format!("`{path}` has errors"), "mend them; a brand is never half obeyed"));
    }
    Ok(settings)
}

/// Pixels of a logo at most.
const PIXELS: u64 = 40_000_000;

fn logo(path: &str) -> Result<Logo, Failure> {
    let bytes = files::read(path).map_err(|reason| {
        Failure::new(
            format!("the logo `{path}` cannot be read: {reason}"),
            "paths are relative to the file that names it",
        )
    })?;
    if bytes.len() > MOST {
        return Err(Failure::new(format!("the logo `{path}` is larger than 4 MB"), "make it smaller; SVG suits best"));
    }
    if bytes.starts_with(b"\x89PNG") {
        // Width and height stand in the first chunk, 4 bytes each; decoded, each pixel takes 4 bytes.
        let number = |at: usize| bytes.get(at..at + 4).and_then(|it| it.try_into().ok()).map(u32::from_be_bytes);
        let pixels = number(16).zip(number(20)).map(|(width, height)| u64::from(width) * u64::from(height));
        if pixels.is_none_or(|pixels| pixels > PIXELS) {
            return Err(Failure::new(
                format!("the logo `{path}` is broken, or has more than 40 million pixels"),
                "make it smaller; SVG suits best",
            ));
        }
        return Ok(Logo::Png(bytes.into()));
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.contains("<svg") => Ok(Logo::Svg(text.into())),
        _ => Err(Failure::new(format!("the logo `{path}` is neither SVG nor PNG"), "convert it to one of these")),
    }
}
