//! Hosts in configuration files of servers: nginx, Apache, HAProxy, Caddy, Envoy, Traefik, Prometheus and whatever else
//! writes addresses. A file holds examples and comments as well, so only names that one's own system has count.

use super::hosts::{Host, hosts};

/// Most hosts of one file.
const MOST: usize = 500;

/// Words before an address that may be a bare name.
const BEFORE: [&str; 22] = [
    "proxy_pass",
    "fastcgi_pass",
    "uwsgi_pass",
    "scgi_pass",
    "grpc_pass",
    "memcached_pass",
    "server",
    "reverse_proxy",
    "forward_auth",
    "php_fastcgi",
    "proxypass",
    "balancermember",
    "to",
    "address",
    "host",
    "hostname",
    "url",
    "uri",
    "targets",
    "target",
    "upstream",
    "endpoint",
];

/// The hosts that a file names, each once, in its order.
pub(super) fn hosts_in(text: &str) -> Vec<Host> {
    let mut out: Vec<Host> = Vec::new();
    let mut known = rustc_hash::FxHashSet::default();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//") {
            continue;
        }
        let plain: String = line.chars().map(|letter| if "[](){}<>".contains(letter) { ' ' } else { letter }).collect();
        let first = plain.trim_start_matches(['-', ' ']).split_whitespace().next().unwrap_or_default();
        let word = first.trim_matches(['"', '\'', ':']).to_ascii_lowercase();
        let hinted = BEFORE.contains(&word.as_str());
        let rest = if hinted { plain.split_once(first).map_or("", |(_, rest)| rest) } else { &plain };
        for host in hosts(rest, hinted) {
            if out.len() >= MOST {
                return out;
            }
            if known.insert((host.name.clone(), host.port)) {
                out.push(host);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::hosts_in;

    fn names(text: &str) -> Vec<String> {
        hosts_in(text).into_iter().map(|host| host.name).collect()
    }

    #[test]
    fn addresses_of_every_server_are_found_and_comments_are_not() {
        assert_eq!(
            names("upstream b {\n  server web:8080;\n  server other max_fails=2;\n  # server gone:1;\n}"),
            ["b", "web", "other"]
        );
        assert_eq!(names("location / { proxy_pass http://web:8080/x; }"), ["web"]);
        assert_eq!(names("example.org {\n  reverse_proxy app:3000 app2:3000\n}"), ["app", "app2"]);
        assert_eq!(names("backend b\n  server s1 web:8080 check"), ["s1", "web", "check"]);
        assert_eq!(names("socket_address: { address: web, port_value: 80 }"), Vec::<String>::new());
        assert_eq!(names("  address: web\n"), ["web"]);
        assert_eq!(names("  - targets: ['web:9090', \"db:9187\"]"), ["web", "db"]);
    }
}
