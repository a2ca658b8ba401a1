//! Compose files and Dockerfiles.

use vauban_infrastructure::{Options, Output};
use vauban_model::resource::{Resource, Value, ValueKind};

use crate::support::{addresses, codes, corpus, read_disk, read_folder};

fn resource<'o>(output: &'o Output, address: &str) -> &'o Resource {
    output
        .inventory
        .resources
        .iter()
        .find(|resource| &*resource.address == address)
        .unwrap_or_else(|| panic!("no {address} among {:?}; said: {:?}", addresses(output), output.diagnostics))
}

fn text<'o>(output: &'o Output, address: &str, path: &str) -> Option<&'o str> {
    resource(output, address).get(path).and_then(Value::as_text)
}

#[test]
fn variables_of_a_project_may_use_those_above_them() {
    let files = [
        (".env", "NAME=db\nPORT=5432\nURL=postgres://${NAME}:${PORT}/x\nOPEN=${NOBODY}/y\n"),
        (
            "compose.yaml",
            "services:\n  a: {image: x, environment: [URL]}\n  b: {image: x, environment: {DB_URL: '${URL}', C: '${OPEN}'}}\n",
        ),
    ];
    let output = read_folder(&files, &Options::default());
    assert_eq!(text(&output, "compose:a", "environment.URL"), Some("postgres://db:5432/x"));
    assert_eq!(text(&output, "compose:b", "environment.DB_URL"), Some("postgres://db:5432/x"));
    assert_eq!(text(&output, "compose:b", "environment.C"), Some("${NOBODY}/y"));
}

#[test]
fn both_ways_to_write_ports_mounts_and_environments_give_the_same() {
    let files = [(
        "compose.yaml",
        r#"
services:
  short:
    image: a
    environment: [A=1, "B=x=y"]
    ports: ["127.0.0.1:8080:80", "53:53/udp", "9000", "[::1]:7000:70"]
    volumes: ["data:/var/lib", "./conf:/etc/app:ro"]
    networks: [back]
  long:
    image: a
    environment: { A: 1, B: x=y }
    ports:
      - { target: 80, published: 8080, host_ip: 127.0.0.1 }
    volumes:
      - { type: volume, source: data, target: /var/lib }
    networks: { back: { aliases: [other] } }
networks: { back: }
volumes: { data: }
"#,
    )];
    let output = read_folder(&files, &Options::default());
    assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
    for service in ["compose:short", "compose:long"] {
        assert_eq!(text(&output, service, "environment.A"), Some("1"));
        assert_eq!(text(&output, service, "environment.B"), Some("x=y"));
        let ports = resource(&output, service).get("ports").unwrap().each();
        assert_eq!(ports[0].get("target").unwrap().as_number(), Some(80.0));
        assert_eq!(ports[0].get("published").unwrap().as_number(), Some(8080.0));
        assert_eq!(ports[0].get("host_ip").unwrap().as_text(), Some("127.0.0.1"));
        let mount = &resource(&output, service).get("volumes").unwrap().each()[0];
        assert_eq!(mount.get("source").unwrap().as_text(), Some("data"));
        assert!(resource(&output, service).attributes.at("networks.back").is_some());
    }
    let ports = resource(&output, "compose:short").get("ports").unwrap().each();
    assert_eq!(ports[1].get("protocol").unwrap().as_text(), Some("udp"));
    assert!(ports[2].get("published").is_none());
    assert_eq!(ports[3].get("host_ip").unwrap().as_text(), Some("::1"));
    let bind = &resource(&output, "compose:short").get("volumes").unwrap().each()[1];
    assert_eq!(
        (bind.get("type").unwrap().as_text(), bind.get("read_only").unwrap().as_bool()),
        (Some("bind"), Some(true))
    );
    assert!(addresses(&output).contains(&"compose:network:back"));
    assert!(addresses(&output).contains(&"compose:volume:data"));
}

#[test]
fn variables_come_from_options_env_and_defaults_and_are_unknown_otherwise() {
    let files = [
        (".env", "FROM_ENV=one\nEMPTY=\n"),
        (
            "compose.yaml",
            r#"
services:
  web:
    image: "shop:${TAG:-${OTHER:-1.0}}"
    environment:
      A: ${FROM_ENV}
      B: http://${HOST}:8080
      C: $$plain
      D: ${EMPTY:-filled}
      E: ${EMPTY-kept}
      F: ${FROM_ENV:+there}
      G: ${GIVEN:?must be set}
      FROM_ENV:
      ABSENT:
"#,
        ),
    ];
    let options = Options { variables: vec![("GIVEN".into(), "given".into())], ..Options::default() };
    let output = read_folder(&files, &options);
    let env = |key: &str| text(&output, "compose:web", &format!("environment.{key}"));
    assert_eq!(text(&output, "compose:web", "image"), Some("shop:1.0"));
    assert_eq!(env("A"), Some("one"));
    assert_eq!(env("C"), Some("$plain"));
    assert_eq!(env("D"), Some("filled"));
    assert_eq!(env("E"), Some(""));
    assert_eq!(env("F"), Some("there"));
    assert_eq!(env("G"), Some("given"));
    assert_eq!(env("FROM_ENV"), Some("one"));
    let host = resource(&output, "compose:web").get("environment.B").unwrap();
    let ValueKind::Template(parts) = &host.kind else { panic!("{host:?}") };
    assert!(matches!(&parts[1].kind, ValueKind::Unknown(unknown) if &*unknown.name == "HOST"));
    let absent = resource(&output, "compose:web").get("environment.ABSENT").unwrap();
    assert!(matches!(&absent.kind, ValueKind::Unknown(_)));
    let variables: Vec<&str> = output.inventory.variables.iter().map(|variable| &*variable.name).collect();
    assert_eq!(variables, ["HOST", "ABSENT"]);
    // Where the value comes from is kept.
    let from = resource(&output, "compose:web").get("environment.A").unwrap();
    assert_eq!(from.via.as_ref().map(|via| (via.span.file.0, via.span.line, &*via.name)), Some((0, 1, "FROM_ENV")));
}

#[test]
fn overrides_includes_extensions_anchors_and_resets_make_one_project() {
    let files = [
        (
            "app/compose.yaml",
            r#"
include:
  - ../db/docker-compose.yml
x-env: &env
  LOG: debug
services:
  web:
    extends: { file: common.yml, service: base }
    environment:
      <<: *env
      A: "1"
    ports: ["80:80"]
    command: [
      "run",
    ]
"#,
        ),
        (
            "app/common.yml",
            "services:\n  base:\n    image: base\n    build: ./src\n    environment: [FROM=base, A=0]\n",
        ),
        (
            "app/compose.override.yaml",
            "services:\n  web:\n    environment: [B=2]\n    ports: !override []\n    command: !reset null\n  db:\n    ports: [\"5432:5432\"]\n",
        ),
        ("app/docker-compose.prod.yml", "services:\n  extra:\n    image: x\n"),
        ("app/src/Dockerfile", "FROM alpine\nUSER app\n"),
        (
            "db/docker-compose.yml",
            "services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_DB: orders\n",
        ),
    ];
    let output = read_folder(&files, &Options::default());
    assert_eq!(addresses(&output), ["compose:app/db", "compose:app/web", "dockerfile:app/src/Dockerfile"]);
    assert_eq!(codes(&output), ["compose-variant"]);
    let env = |key: &str| text(&output, "compose:app/web", &format!("environment.{key}"));
    assert_eq!((env("LOG"), env("A"), env("B"), env("FROM")), (Some("debug"), Some("1"), Some("2"), Some("base")));
    let web = resource(&output, "compose:app/web");
    assert!(web.get("ports").unwrap().each().is_empty(), "the override replaces the list");
    assert!(web.get("command").is_none(), "the reset takes it away");
    assert_eq!(web.text("build.context"), Some("app/src"));
    let build = web.get("build.resource").unwrap().as_reference().unwrap();
    assert_eq!(&*build.address, "dockerfile:app/src/Dockerfile");
    assert_eq!(resource(&output, "compose:app/db").get("ports").unwrap().each().len(), 1);
    let options = Options { overlays: vec!["app/docker-compose.prod.yml".into()], ..Options::default() };
    assert!(addresses(&read_folder(&files, &options)).contains(&"compose:app/extra"));
}

#[test]
fn profiles_leave_services_out_only_when_profiles_are_chosen() {
    let files = [("compose.yaml", "services:\n  a: {image: x}\n  b: {image: x, profiles: [debug]}\n")];
    assert_eq!(addresses(&read_folder(&files, &Options::default())).len(), 2);
    let chosen = |profile: &str| Options { profiles: vec![profile.into()], ..Options::default() };
    let without = read_folder(&files, &chosen("prod"));
    assert_eq!((addresses(&without), codes(&without)), (vec!["compose:a"], vec!["compose-profile-off"]));
    let with = read_folder(&files, &chosen("debug"));
    assert_eq!(resource(&with, "compose:b").get("profile_on").and_then(Value::as_bool), Some(true));
}

#[test]
fn what_a_secret_file_of_the_tree_holds_is_read_as_secret() {
    let files = [
        (
            "compose.yaml",
            "services:\n  db:\n    image: x\n    secrets: [pw]\nsecrets:\n  pw: {file: db/password.txt}\n",
        ),
        ("db/password.txt", "hunter2\n"),
    ];
    let output = read_folder(&files, &Options::default());
    let content = resource(&output, "compose:secret:pw").get("content").unwrap();
    assert!(content.is_secret());
    assert_eq!(content.as_text(), Some("hunter2"));
    assert_eq!(content.span.file.0, 1);
}

#[test]
fn circles_of_includes_and_extensions_end() {
    let files = [
        ("a/compose.yaml", "include: [../b/compose.yaml]\nservices:\n  x: {extends: y}\n  y: {extends: x}\n"),
        ("b/compose.yaml", "include: [../a/compose.yaml]\nservices:\n  z: {image: x}\n"),
        ("c/compose.yaml", "include: [compose.yaml, ../gone.yaml]\nservices: {w: {image: x}}\n"),
    ];
    let output = read_folder(&files, &Options::default());
    assert!(codes(&output).iter().any(|code| code.starts_with("compose-")), "{:?}", output.diagnostics);
}

#[test]
fn of_a_dockerfile_the_last_stage_counts() {
    let text = "ARG BASE=alpine:3\nFROM golang:1 AS build\nUSER root\nEXPOSE 1\nRUN a \\\n  && b\nFROM ${BASE} AS run\nENV A=1 B=\"x y\"\nEXPOSE 8080 9090/udp\nUSER 1000\nFROM run\nENTRYPOINT [\"/app\"]\n";
    let output = read_folder(&[("svc/Dockerfile", text)], &Options::default());
    let file = resource(&output, "dockerfile:svc/Dockerfile");
    assert_eq!(
        (file.text("from"), file.text("user"), file.text("environment.B")),
        (Some("alpine:3"), Some("1000"), Some("x y"))
    );
    let ports: Vec<_> = file.get("expose").unwrap().each().iter().filter_map(Value::as_text).collect();
    assert_eq!(ports, ["8080", "9090/udp"]);
    assert_eq!(file.get("user").unwrap().span.line, 10);
}

#[test]
fn every_compose_file_of_the_corpus_is_read() {
    let Some(root) = corpus("iac/compose-awesome") else { return };
    let output = read_disk(&root, &Options::default());
    let errors: Vec<_> =
        output.diagnostics.iter().filter(|said| said.severity == vauban_model::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let mut folders: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(&root).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let found =
            ["compose.yaml", "docker-compose.yml", "compose.yml"].iter().any(|file| entry.path().join(file).is_file());
        if found {
            folders.push(name);
        }
    }
    assert!(folders.len() > 20);
    for folder in folders {
        let prefix = format!("compose:{folder}/");
        assert!(
            output.inventory.resources.iter().any(|resource| resource.address.starts_with(&prefix)),
            "{folder} has no service"
        );
    }
}
