//! What data a name speaks of. A name is a hint and no more: what comes of it is a first guess that people correct.

/// Kinds of data that names speak of, in the vocabulary's words. Their places here are bits of a [`Kinds`].
pub(super) const KINDS: [&str; 10] = [
    "personal",
    "credentials",
    "secret",
    "session",
    "payment-card",
    "financial",
    "health",
    "location",
    "biometric",
    "order",
];

/// A set of kinds: bit by place in [`KINDS`].
pub(super) type Kinds = u16;

/// Words that follow each other in a name, written together; the kind they speak of; and its classification.
const WORDS: &[(&str, &str, &str)] = &[
    ("password", "credentials", "restricted"),
    ("passwd", "credentials", "restricted"),
    ("passphrase", "credentials", "restricted"),
    ("passcode", "credentials", "restricted"),
    ("pin", "credentials", "restricted"),
    ("otp", "credentials", "restricted"),
    ("apikey", "credentials", "restricted"),
    ("credential", "credentials", "restricted"),
    ("secret", "secret", "restricted"),
    ("clientsecret", "secret", "restricted"),
    ("privatekey", "secret", "restricted"),
    ("token", "session", "restricted"),
    ("jwt", "session", "restricted"),
    ("sessionid", "session", "restricted"),
    ("cardnumber", "payment-card", "restricted"),
    ("creditcard", "payment-card", "restricted"),
    ("debitcard", "payment-card", "restricted"),
    ("cvv", "payment-card", "restricted"),
    ("cvc", "payment-card", "restricted"),
    ("cardholder", "payment-card", "restricted"),
    ("iban", "financial", "confidential"),
    ("accountnumber", "financial", "confidential"),
    ("bankaccount", "financial", "confidential"),
    ("sortcode", "financial", "confidential"),
    ("routingnumber", "financial", "confidential"),
    ("salary", "financial", "confidential"),
    ("taxid", "financial", "confidential"),
    ("ssn", "personal", "restricted"),
    ("socialsecurity", "personal", "restricted"),
    ("nationalid", "personal", "restricted"),
    ("passport", "personal", "restricted"),
    ("email", "personal", "confidential"),
    ("phone", "personal", "confidential"),
    ("telephone", "personal", "confidential"),
    ("mobilenumber", "personal", "confidential"),
    ("firstname", "personal", "confidential"),
    ("lastname", "personal", "confidential"),
    ("surname", "personal", "confidential"),
    ("givenname", "personal", "confidential"),
    ("familyname", "personal", "confidential"),
    ("fullname", "personal", "confidential"),
    ("username", "personal", "confidential"),
    ("birth", "personal", "confidential"),
    ("birthdate", "personal", "confidential"),
    ("birthday", "personal", "confidential"),
    ("dob", "personal", "confidential"),
    ("gender", "personal", "confidential"),
    ("address", "personal", "confidential"),
    ("postcode", "personal", "confidential"),
    ("zipcode", "personal", "confidential"),
    ("latitude", "location", "confidential"),
    ("longitude", "location", "confidential"),
    ("geolocation", "location", "confidential"),
    ("diagnosis", "health", "restricted"),
    ("patient", "health", "restricted"),
    ("medical", "health", "restricted"),
    ("medication", "health", "restricted"),
    ("prescription", "health", "restricted"),
    ("allergy", "health", "restricted"),
    ("fingerprintscan", "biometric", "restricted"),
    ("biometric", "biometric", "restricted"),
    ("faceprint", "biometric", "restricted"),
    ("orderid", "order", "internal"),
    ("ordernumber", "order", "internal"),
    ("orderitem", "order", "internal"),
    ("orders", "order", "internal"),
];

/// A word that means something else beside another one: the word, those before it, those after it.
const OTHERWISE: &[(&str, &[&str], &[&str])] = &[
    (
        "address",
        &[
            "ip", "mac", "ipv4", "ipv6", "server", "host", "web", "wallet", "contract", "memory", "base", "network",
            "bind",
        ],
        &["family", "space", "type"],
    ),
    (
        "token",
        &[
            "page",
            "next",
            "continuation",
            "cursor",
            "csrf",
            "xsrf",
            "sync",
            "pagination",
            "starting",
            "previous",
            "max",
        ],
        &["type", "count", "url", "uri", "endpoint", "limit", "usage", "expiry", "expires", "id"],
    ),
    ("password", &[], &["policy", "length", "strength", "required", "url"]),
    ("secret", &[], &["name", "arn", "version"]),
    ("pin", &[], &["code", "point", "board"]),
    ("email", &[], &["enabled", "template", "verified"]),
    ("birth", &[], &["rate"]),
];

/// The kind that a name speaks of, by its place in [`KINDS`], and its classification.
pub(super) fn kind(name: &str) -> Option<(usize, &'static str)> {
    let words = words(name);
    for (at, _) in words.iter().enumerate() {
        let mut joined = String::new();
        // The longest stretch first: `client secret` before `secret`.
        let longest = (words.len() - at).min(3);
        for count in (1..=longest).rev() {
            joined.clear();
            let stretch = words.get(at..at + count).unwrap_or(&[]);
            stretch.iter().for_each(|word| joined.push_str(word));
            let single = joined.strip_suffix("es").or_else(|| joined.strip_suffix('s'));
            let known = WORDS.iter().find(|(word, ..)| *word == joined).or_else(|| {
                let cut = joined.strip_suffix('s');
                WORDS.iter().find(|(word, ..)| Some(*word) == cut || Some(*word) == single)
            });
            let Some((word, kind, class)) = known else { continue };
            let before = at.checked_sub(1).and_then(|at| words.get(at));
            let after = words.get(at + count);
            let otherwise = OTHERWISE.iter().any(|(known, befores, afters)| {
                known == word
                    && (before.is_some_and(|before| befores.contains(&before.as_str()))
                        || after.is_some_and(|after| afters.contains(&after.as_str())))
            });
            if !otherwise && let Some(place) = KINDS.iter().position(|known| known == kind) {
                return Some((place, class));
            }
        }
    }
    None
}

/// The words of a name, in lower case: `billingAddress`, `billing_address` and `Billing-Address` have two.
fn words(name: &str) -> Vec<String> {
    const MOST: usize = 16;
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut letters = name.chars().take(256).peekable();
    while let Some(letter) = letters.next() {
        let next_is_small = letters.peek().is_some_and(char::is_ascii_lowercase);
        let starts = letter.is_ascii_uppercase() && (!before.is_ascii_uppercase() || next_is_small);
        if (starts || !letter.is_alphanumeric()) && !word.is_empty() {
            out.push(std::mem::take(&mut word));
            if out.len() >= MOST {
                return out;
            }
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// The words of a name as they count for what is called alike: in lower case, without those that every interface has.
pub(super) fn slug(name: &str) -> String {
    const COMMON: [&str; 14] = [
        "api",
        "apis",
        "service",
        "services",
        "svc",
        "server",
        "app",
        "application",
        "rest",
        "openapi",
        "swagger",
        "the",
        "description",
        "http",
    ];
    let kept: Vec<String> = words(name)
        .into_iter()
        .filter(|word| {
            let version = word.strip_prefix('v').is_some_and(|rest| rest.chars().all(|digit| digit.is_ascii_digit()));
            !COMMON.contains(&word.as_str()) && !version
        })
        .collect();
    kept.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(name: &str) -> Option<&'static str> {
        kind(name).and_then(|(at, _)| KINDS.get(at).copied())
    }

    #[test]
    fn names_speak_of_data_in_any_spelling() {
        for (name, expected) in [
            ("emailAddress", "personal"),
            ("billing_address", "personal"),
            ("Date-Of-Birth", "personal"),
            ("userSSN", "personal"),
            ("cardNumber", "payment-card"),
            ("new_password", "credentials"),
            ("clientSecret", "secret"),
            ("access_token", "session"),
            ("patientId", "health"),
            ("orders", "order"),
        ] {
            assert_eq!(word(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn names_that_only_contain_the_letters_say_nothing() {
        for name in [
            "className",
            "ipAddress",
            "nextPageToken",
            "sortOrder",
            "microphoneName",
            "token_type",
            "mapping",
            "pinCode",
        ] {
            assert_eq!(word(name), None, "{name}");
        }
    }

    #[test]
    fn what_every_interface_is_called_does_not_count() {
        assert_eq!(slug("Catalogue API v2"), "catalogue");
        assert_eq!(slug("catalogue-service"), "catalogue");
        assert_eq!(slug("api"), "");
    }
}
