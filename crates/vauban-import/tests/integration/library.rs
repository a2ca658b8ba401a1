//! Technologies come under the names of our technology library, which this test reads as the data it is.

use std::collections::BTreeSet;
use std::path::Path;

use vauban_import::{Format, Imported, InputFile, import};
use vauban_model::FileId;
use vauban_model::vocabulary::fact;
use vauban_syntax::{Limits, Node, parse_toml};

/// The ids of the technology library.
fn library() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../library/technologies");
    let mut ids = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let root = parse_toml(FileId(0), &text, 0, &Limits::default(), &mut Vec::new());
        let listed =
            root.as_ref().and_then(|root| root.get("technology")).and_then(Node::as_sequence).unwrap_or_default();
        ids.extend(listed.iter().filter_map(|technology| technology.get("id")?.as_str()).map(str::to_owned));
    }
    assert!(ids.len() > 100, "only {} technologies found", ids.len());
    ids
}

fn technologies(imported: &Imported) -> impl Iterator<Item = &str> {
    imported.model.components.iter().flat_map(|component| component.element.words(fact::TECHNOLOGY)).map(|word| &**word)
}

fn import_text(format: Format, text: &str) -> Imported {
    import(format, &[InputFile::text(FileId(0), "x", text)])
}

/// Threagile's technologies and their aliases, but for the one that says that it is unknown.
const THREAGILE: &str =
    "ai artificial-intelligence machine-learning deep-learning neural-network ml dl application-server
    app-server artifact-registry batch-processing big-data-platform big-data block-storage san browser web-browser
    build-pipeline ci continuous-integration client-system client cli command-line command-line-tool
    command-line-interface cms content-management-system code-inspection-platform code-inspection code-analysis
    container-platform container docker kubernetes data-lake database db desktop desktop-system devops-client ejb
    enterprise-java-beans erp enterprise-resource-planning event-listener file-server file-storage function gateway hsm
    hardware-security-module identity-provider idp identity-store-database identity-store identity-store-ldap ids
    intrusion-detection-system iot-device iot ips intrusion-prevention-system ldap-server ldap library load-balancer lb
    local-file-system local-storage mail-server email-server mainframe message-queue mq mobile-app monitoring siem
    report-engine reporting reverse-proxy scheduler cron search-engine search-index service-mesh service-registry
    service-discovery sourcecode-repository git stream-processing task job tool utility vault hashicorp-vault waf
    web-application-firewall web-application web-app web-server web-service-rest rest-api web-service-soap soap-api";

#[test]
fn every_technology_of_threagile_is_one_of_ours() {
    let library = library();
    for word in THREAGILE.split_whitespace() {
        let text =
            format!("threagile_version: 1.0.0\ntitle: T\ntechnical_assets: {{A: {{id: a, technology: {word}}}}}\n");
        let imported = import_text(Format::Threagile, &text);
        assert!(imported.diagnostics.is_empty(), "{word}: {:?}", imported.diagnostics);
        let ours: Vec<&str> = technologies(&imported).collect();
        assert_eq!(ours.len(), 1, "{word}");
        assert!(library.contains(ours[0]), "{word} became {}", ours[0]);
    }
}

#[test]
fn generic_types_of_open_threat_models_are_among_ours() {
    let library = library();
    let words = ["web-client", "mobile-client", "desktop-client", "generic-client", "web-service", "web-ui"];
    for word in words.into_iter().chain(["rest-full-web-service", "web-application-server-side"]) {
        let text =
            format!("otmVersion: 0.2.0\nproject: {{name: P, id: p}}\ncomponents: [{{id: a, name: A, type: {word}}}]\n");
        let imported = import_text(Format::OpenThreatModel, &text);
        assert!(technologies(&imported).all(|ours| library.contains(ours)), "{word}");
    }
}

#[test]
fn controls_and_technologies_of_pytm_are_among_ours() {
    let library = library();
    let controls = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../library/controls");
    // Everything that the tables know, ticked at once.
    let ticked = "validatesInput encodesOutput isHardened hasAccessControl implementsCSRFToken usesMFA usesParameterizedInput \
                  usesCodeSigning implementsPOLP disablesDTD handlesResourceConsumption implementsStrictHTTPValidation \
                  implementsNonce disablesiFrames authenticatesDestination definesConnectionTimeout";
    let ticked: Vec<String> = ticked.split_whitespace().map(|key| format!("\"{key}\":true")).collect();
    let element = |class: &str, kind: &str| {
        format!(
            "{{\"__class__\":\"{class}\",\"name\":\"{class} {kind}\",\"type\":\"{kind}\",\"isSQL\":true,\"onRDS\":true,\
             \"implementsAPI\":true,\"controls\":{{{}}}}}",
            ticked.join(",")
        )
    };
    let elements = [
        element("Lambda", "SQL"),
        element("LLM", "FILE_SYSTEM"),
        element("Agent", "LDAP"),
        element("Datastore", "DatastoreType.AWS_S3"),
    ];
    let text = format!("{{\"name\":\"x\",\"isOrdered\":true,\"elements\":[{}],\"flows\":[]}}", elements.join(","));
    let imported = import_text(Format::Pytm, &text);
    assert!(
        technologies(&imported).all(|ours| library.contains(ours)),
        "{:?}",
        technologies(&imported).collect::<Vec<_>>()
    );
    for component in &imported.model.components {
        assert_eq!(component.element.controls.len(), ticked.len());
        for control in &component.element.controls {
            assert!(controls.join(format!("{}.md", control.control)).is_file(), "{}", control.control);
        }
    }
}
