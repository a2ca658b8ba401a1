//! What connection strings say about encryption on the way.

/// Whether a connection string asks for encryption or refuses it. What is only preferred is neither. The words are those
/// of libpq (`sslmode`), Npgsql, MySQL's and MongoDB's drivers, ADO.NET and JDBC.
pub(super) fn told(text: &str, scheme: Option<&str>) -> Option<bool> {
    let pairs = text.split(['?', '&', ';', '"', '\'']).filter_map(|part| part.split_once('='));
    // libpq's own form has spaces between its settings, others have them in their names.
    let words = text.split_whitespace().filter_map(|word| word.split_once('='));
    let pairs = pairs.chain(words.filter(|(key, _)| *key == "sslmode"));
    let mut found = None;
    for (key, value) in pairs {
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
        };
        let key = plain(key);
        let switch = matches!(&*key, "ssl" | "tls" | "usessl" | "usetls" | "encrypt" | "requiressl" | "sslenabled");
        if !switch && key != "sslmode" {
            continue;
        }
        let said = match &*plain(value) {
            "true" | "1" | "yes" | "require" | "required" | "verifyca" | "verifyfull" | "verifyidentity" | "strict"
            | "mandatory" | "certnone" | "skipverify" => Some(true),
            "false" | "0" | "no" | "disable" | "disabled" | "none" | "optional" => Some(false),
            _ => None,
        };
        found = found.or(said);
    }
    // Addresses by service records ask for TLS unless told otherwise (MongoDB, "Connection Strings").
    found.or_else(|| (scheme? == "mongodb+srv").then_some(true))
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn connection_strings_ask_for_encryption_refuse_it_or_say_nothing() {
        for (text, expected) in [
            ("postgres://u@db:5432/x?sslmode=require", Some(true)),
            ("postgres://u@db:5432/x?sslmode=verify-full&a=b", Some(true)),
            ("postgres://u@db:5432/x?sslmode=disable", Some(false)),
            ("postgres://u@db:5432/x?sslmode=prefer", None),
            ("mongodb://m:27017/?tls=true", Some(true)),
            ("jdbc:sqlserver://s:1433;databaseName=x;encrypt=true", Some(true)),
            ("Server=tcp:s,1433;Database=x;Encrypt=True;TrustServerCertificate=False", Some(true)),
            ("Host=pg;Database=x;SSL Mode=Require", Some(true)),
            ("jdbc:mysql://my:3306/x?useSSL=false", Some(false)),
            ("server=my;database=x;SslMode=None", Some(false)),
            ("host=pg user=u sslmode=disable dbname=x", Some(false)),
            ("https://example.com/?mode=none", None),
            ("db:5432", None),
        ] {
            assert_eq!(told(text, None), expected, "{text}");
        }
        assert_eq!(told("mongodb+srv://m/db", Some("mongodb+srv")), Some(true));
        assert_eq!(told("mongodb+srv://m/db?tls=false", Some("mongodb+srv")), Some(false));
    }
}
