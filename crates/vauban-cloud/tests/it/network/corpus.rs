//! Real Terraform, read by the reader: the corpus beside the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vauban_cloud::Estate;
use vauban_cloud::network::ways;
use vauban_infrastructure::{Options, Tree, read};
use vauban_model::SourceMap;

use super::build::Built;

fn corpus(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(part);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no corpus at {}", path.display());
    None
}

fn collect(root: &Path, folder: &Path, out: &mut BTreeMap<String, Arc<str>>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, out);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            out.insert(name, text.into());
        }
    }
}

fn analyse(files: BTreeMap<String, Arc<str>>) -> Built {
    let paths: Vec<String> = files.keys().cloned().collect();
    let mut map = SourceMap::default();
    let mut open = |path: &str| {
        let text = files.get(path).cloned().ok_or_else(|| "no such file".to_owned())?;
        Ok((map.add(path, text.to_string()), text))
    };
    let output = read(&mut Tree { paths: &paths, open: &mut open }, &Options::default());
    let network = ways(&Estate::new(&output.inventory));
    let built = Built { inventory: output.inventory, network };
    built.sound();
    built
}

fn folder(part: &str) -> Option<Built> {
    let root = corpus(part)?;
    let mut files = BTreeMap::new();
    collect(&root, &root, &mut files);
    Some(analyse(files))
}

fn inline(text: &str) -> Built {
    analyse(BTreeMap::from([("main.tf".to_owned(), text.into())]))
}

#[test]
fn a_whitelist_without_a_default_is_assumed_to_hold_the_attacker() {
    let Some(built) = folder("cloudgoat/aws/secrets_in_the_cloud/terraform") else { return };
    let machine =
        built.inventory.resources.iter().find(|resource| &*resource.ty == "aws_instance").unwrap().address.to_string();
    let lines = built.exposed(&machine);
    for port in ["8080", "8200", "22"] {
        let found = lines.iter().find(|line| line.contains(&format!("tcp {port} ")));
        assert!(
            found.is_some_and(|line| line.contains("(var.cg_whitelist admits the attacker)")),
            "{port}: {lines:#?}"
        );
    }
}

#[test]
fn a_balanced_web_server_is_reached_at_the_target_group_s_port() {
    let Some(built) = folder("cloudgoat/aws/rce_web_app/terraform") else { return };
    let lines = built.lines();
    assert!(lines.iter().any(|line| line.starts_with("internet -> ") && line.contains("tcp 9000")), "{lines:#?}");
}

#[test]
fn a_container_service_is_reached_from_its_balancer_only_on_its_port() {
    let Some(built) = folder("iac/tf-ecs-fargate/env/dev") else { return };
    let service = built
        .inventory
        .resources
        .iter()
        .find(|resource| &*resource.ty == "aws_ecs_service")
        .unwrap()
        .address
        .to_string();
    let lines = built.to(&service);
    assert!(!lines.is_empty() && lines.iter().any(|line| line.starts_with("zone nsg_lb")), "{lines:#?}");
    // The balancer is internal by default.
    assert!(!lines.iter().any(|line| line.starts_with("internet") && !line.ends_with('?')), "{lines:#?}");
}

#[test]
fn every_folder_of_the_corpus_gives_a_sound_network() {
    for part in [
        "terragoat/terraform/aws",
        "terragoat/terraform/azure",
        "terragoat/terraform/gcp",
        "iac/tf-govuk-infrastructure/terraform",
    ] {
        if let Some(built) = folder(part) {
            println!(
                "{part}: {} resources, {} zones, {} ways",
                built.inventory.resources.len(),
                built.network.zones.len(),
                built.network.ways.len()
            );
        }
    }
}

#[test]
fn terraform_text_gives_the_same_as_what_it_says() {
    let network = |extra: &str| {
        format!(
            r#"
resource "aws_vpc" "main" {{ cidr_block = "10.0.0.0/16" }}
resource "aws_internet_gateway" "gw" {{ vpc_id = aws_vpc.main.id }}
resource "aws_subnet" "public" {{
  count                   = 2
  vpc_id                  = aws_vpc.main.id
  cidr_block              = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  map_public_ip_on_launch = true
}}
resource "aws_route_table" "public" {{
  vpc_id = aws_vpc.main.id
}}
resource "aws_route_table_association" "public" {{
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}}
resource "aws_security_group" "web" {{
  vpc_id = aws_vpc.main.id
  dynamic "ingress" {{
    for_each = [80, 443]
    content {{
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }}
  }}
}}
resource "aws_instance" "web" {{
  subnet_id              = aws_subnet.public[0].id
  vpc_security_group_ids = [aws_security_group.web.id]
}}
{extra}"#
        )
    };
    let route = r#"
resource "aws_route" "out" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.gw.id
}
"#;
    assert_eq!(
        inline(&network(route)).exposed("aws_instance.web"),
        ["internet -> web: tcp 443", "internet -> web: tcp 80"]
    );
    assert_eq!(inline(&network("")).exposed("aws_instance.web"), Vec::<String>::new());
}
