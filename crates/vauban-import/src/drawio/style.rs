//! A cell's style: `ellipse;fillColor=#fff;dashed=1`.

/// A style, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// As written.
    pub(crate) text: String,
    words: Vec<String>,
    pairs: Vec<(String, String)>,
}

impl Style {
    pub(crate) fn parse(text: &str) -> Self {
        let mut style = Style { text: text.to_owned(), ..Style::default() };
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((key, value)) => style.pairs.push((key.trim().to_owned(), value.trim().to_owned())),
                None => style.words.push(part.to_owned()),
            }
        }
        style
    }

    /// The value of a key; the last one counts, as in the tool.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Whether a key has this value.
    pub(crate) fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }

    /// Whether a word stands alone in it.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    /// The shape, whether it stands under `shape` or alone in front.
    pub(crate) fn shape(&self) -> &str {
        self.get("shape").or_else(|| self.words.first().map(String::as_str)).unwrap_or_default()
    }

    /// A number.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.get(key)?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Whether nothing fills it.
    pub(crate) fn is_hollow(&self) -> bool {
        self.is("fillColor", "none")
    }

    /// Whether its border is dashed or dotted.
    pub(crate) fn is_dashed(&self) -> bool {
        self.is("dashed", "1")
    }
}
