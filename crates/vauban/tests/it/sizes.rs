//! Estates as large as real ones: what is beyond a bound is told, and the gate does not pass it.

use std::fmt::Write as _;

use crate::support::{Folder, Run, list};

/// The ids of what is open.
fn open(run: &Run) -> Vec<String> {
    crate::support::open(&run.json()).into_iter().map(str::to_owned).collect()
}

/// A user who may take on every role of the account, and so many roles of which the last is an administrator.
fn roles(count: usize) -> Folder {
    let trust = r#"assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::111111111111:root" }, Action = "sts:AssumeRole" }] })"#;
    let allow = |action: &str| {
        format!(
            r#"policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = "{action}", Resource = "*" }}] }})"#
        )
    };
    let mut main = String::from("provider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\n");
    main += "resource \"aws_iam_user\" \"ci\" {\n  name = \"ci\"\n}\n";
    let _ = write!(
        main,
        "resource \"aws_iam_user_policy\" \"ci\" {{\n  user = aws_iam_user.ci.name\n  {}\n}}\n",
        allow("sts:AssumeRole")
    );
    for number in 0..count {
        let _ =
            write!(main, "resource \"aws_iam_role\" \"r{number:04}\" {{\n  name = \"r{number:04}\"\n  {trust}\n}}\n");
    }
    let _ = write!(
        main,
        "resource \"aws_iam_role\" \"zadmin\" {{\n  name = \"zadmin\"\n  {trust}\n}}\nresource \"aws_iam_role_policy\" \"zadmin\" \
         {{\n  role = aws_iam_role.zadmin.name\n  {}\n}}\n",
        allow("*")
    );
    let folder = Folder::new();
    folder.write("main.tf", &main);
    folder
}

#[test]
fn the_role_that_matters_is_found_among_more_than_five_hundred() {
    let folder = roles(510);
    folder.run(&["paths", ".", "--from", "aws_iam_user.ci", "--to", "admin"]).exits(0).prints("CRITICAL");
}

#[test]
fn ssh_open_to_the_world_is_found_among_three_hundred_rules() {
    let common = r#"resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/8"
}
resource "aws_internet_gateway" "g" {
  vpc_id = aws_vpc.v.id
}
resource "aws_route_table" "r" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
}
resource "aws_subnet" "s" {
  vpc_id                  = aws_vpc.v.id
  cidr_block              = "10.0.0.0/16"
  map_public_ip_on_launch = true
}
resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.s.id
  route_table_id = aws_route_table.r.id
}
resource "aws_instance" "i" {
  ami                         = "ami-1"
  instance_type               = "t3.micro"
  subnet_id                   = aws_subnet.s.id
  vpc_security_group_ids      = [aws_security_group.g.id]
  associate_public_ip_address = true
}
resource "aws_security_group" "g" {
  vpc_id = aws_vpc.v.id
"#;
    let rule = |first: usize, last: usize, from: &str| {
        format!(
            "  ingress {{\n    from_port   = {first}\n    to_port     = {last}\n    protocol    = \"tcp\"\n    cidr_blocks = \
             [\"{from}\"]\n  }}\n"
        )
    };
    let found = |rules: &str| {
        let folder = Folder::new();
        folder.write("main.tf", &format!("{common}{rules}}}\n"));
        let found = open(&folder.run(&["check", ".", "--format", "json"]).exits(0));
        assert!(!found.is_empty(), "what is open to the world is found");
        found
    };
    let ssh = rule(22, 22, "0.0.0.0/0");
    let alone = found(&ssh);
    // Of the same port, and each of a port of its own.
    let same: String = (0..300).map(|at| rule(22, 22, &format!("8.{}.{}.0/24", at / 250, at % 250))).collect();
    assert_eq!(found(&format!("{same}{ssh}")), alone);
    let ports: String = (0..300).map(|at| rule(20_000 + 2 * at, 20_000 + 2 * at, "10.0.0.0/8")).collect();
    assert_eq!(found(&format!("{ports}{ssh}")), alone);
}

const PUBLIC: &str = r#"variable "who" {
  default = "*"
}
resource "aws_s3_bucket" "pub" {
  bucket = "pub-bucket"
}
resource "aws_s3_bucket_policy" "pub" {
  bucket = aws_s3_bucket.pub.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = var.who, Action = join(":", ["s3", "*"]), Resource = "${aws_s3_bucket.pub.arn}/*" }] })
}
"#;

const HEAVY: &str = "locals {\n  y = [for i in range(1024) : [for j in range(1024) : [for k in range(1024) : i * j * k]]]\n}\n\
                     resource \"aws_s3_bucket\" \"e\" {\n  bucket = jsonencode(local.y)\n}\n";

#[test]
fn a_heavy_root_takes_nothing_from_the_others_and_the_gate_does_not_pass_it() {
    let folder = Folder::new();
    folder.write("z/main.tf", PUBLIC);
    let alone = open(&folder.run(&["check", ".", "--format", "json"]).exits(0));
    assert!(!alone.is_empty());
    folder.write("bad/main.tf", HEAVY);
    let both = folder.run(&["check", ".", "--format", "json"]);
    let both = open(&both);
    assert!(alone.iter().all(|id| both.contains(id)), "{alone:?} are among {both:?}");
    // By itself it is not what could be judged.
    folder.write("z/main.tf", "");
    folder.run(&["check", ".", "--fail-on", "critical"]).exits(2).says("evaluation-too-long").says("cannot tell");
    folder.run(&["check", "."]).exits(0).says("`bad`");
}

#[test]
fn instances_beyond_the_bound_are_told_to_the_gate() {
    let folder = Folder::new();
    folder.write("main.tf", "resource \"null_resource\" \"n\" {\n  count = 10001\n}\n");
    folder.run(&["check", ".", "--fail-on", "critical"]).exits(2).says("too-many-instances").says("cannot tell");
}

#[test]
fn a_name_of_several_lines_makes_no_line_of_its_own() {
    let folder = Folder::new();
    folder.write(
        "model.yaml",
        "vauban: 1\nsystem: {id: s, name: \"x\\n::error file=a::boo\"}\ncomponents:\n  web: {name: \"W\\n::warning::pwn\\n\", \
         technology: web-application, internet_facing: yes, kind: process}\n  db: {name: \"D\\r::stop-commands::x\", technology: \
         postgresql}\nflows:\n  web -> db: sql\n",
    );
    for arguments in
        [vec!["check", "model.yaml", "--all"], vec!["paths", "model.yaml"], vec!["ask", "model.yaml", "--list"]]
    {
        let run = folder.run(&arguments);
        assert!(run.out.contains("::warning::pwn") || run.out.is_empty(), "{arguments:?}: {}", run.out);
        assert!(
            run.out.lines().chain(run.err.lines()).all(|line| !line.trim_start().starts_with("::")),
            "{arguments:?}: {}\n{}",
            run.out,
            run.err
        );
    }
}

#[test]
fn values_that_double_line_by_line_stay_bounded() {
    let folder = Folder::new();
    let mut env = String::from("A0=xxxxxxxxxxxxxxxx\n");
    for at in 1..40 {
        let before = at - 1;
        let _ = writeln!(env, "A{at}=${{A{before}}}${{A{before}}}${{A{before}}}");
    }
    folder.write(".env", &env);
    folder.write("compose.yaml", "services:\n  a: {image: nginx, environment: {X: '${A39}'}}\n");
    let check = folder.run(&["check", ".", "--format", "json"]).exits(0).json();
    assert!(!list(&check, "findings").is_empty() || check["questions"].is_array());
}
