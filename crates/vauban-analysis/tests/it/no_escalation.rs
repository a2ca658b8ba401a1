//! Principals that look as if they could get further and cannot, each with a twin that can.
//!
//! `fixtures/no-escalation` holds one small configuration a case. Comments at its head say why there is no way, where
//! the principal stands (or which attacker of the library it is) and which privileged principal it does not reach. What
//! is in the way is marked: a line that ends in `#-` is left out of the twin, and a line that starts with `#+` stands only
//! there. So the twin differs by the one obstacle, and the way it has shows that the question was a real one.
//! `# assumes:` names what code alone cannot tell: ways that name it as assumed are allowed.

use std::path::Path;

use vauban_analysis::paths::{From, Query};
use vauban_analysis::project::{Inputs, load_infrastructure};
use vauban_analysis::{Options, Session, embedded, reading};
use vauban_model::finding::AttackPath;

use crate::infrastructure::list;
use crate::laws_support::LIBRARY;

/// Cases that are not answered rightly yet, with the reason. A case that is not here has to be.
const NOT_YET: &[(&str, &str)] = &[];

/// One file, read and analysed.
pub(crate) fn session(name: &str, text: &str) -> Session {
    let paths = [name.to_owned()];
    let inputs = Inputs { model: "case".to_owned(), ..Inputs::default() };
    let mut read = |_: &str| Ok(text.as_bytes().to_vec());
    let project = load_infrastructure(&inputs, &paths, &reading::Options::default(), false, &LIBRARY, &mut read)
        .unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    Session::new(project, embedded::load(&[]), Options { max_paths: 50, ..Options::default() })
}

/// The ways from the case's principal to control of the account, and to the privileged principal.
fn ways(session: &Session, case: &str, text: &str) -> (Vec<AttackPath>, Vec<AttackPath>) {
    let head = |key: &str| text.lines().find_map(|line| line.strip_prefix(&format!("# {key}: ")));
    let find = |address: &str| session.element(address).unwrap_or_else(|| panic!("{case}: no {address}"));
    let start = head("from").unwrap_or_else(|| panic!("{case}: from where?"));
    let from = session.library.library.attacker(start).map_or_else(|| From::Element(find(start)), From::Attacker);
    let ask = |to: Vec<_>, control_only: bool| {
        let query = Query { from: Some(from), to, control_only, top: 5, ..Query::default() };
        session.paths(&query).paths
    };
    // A cluster that only its objects speak of has no boundary: its administrator's account is the privileged one.
    let accounts = session.accounts();
    assert!(!accounts.is_empty() || head("to").is_some(), "{case}: nothing to reach");
    let privileged = head("to").map(|address| ask(vec![find(address)], false)).unwrap_or_default();
    let up = if accounts.is_empty() { Vec::new() } else { ask(accounts, true) };
    (up, privileged)
}

/// The case, and the twin without its obstacle.
fn both(text: &str) -> (String, String) {
    let (mut plain, mut twin) = (String::new(), String::new());
    for line in text.lines() {
        let trimmed = line.trim_start();
        if let Some(only) = trimmed.strip_prefix("#+") {
            twin.push_str(only);
        } else if let Some(obstacle) = line.strip_suffix("#-") {
            plain.push_str(obstacle);
        } else {
            plain.push_str(line);
            twin.push_str(line);
        }
        plain.push('\n');
        twin.push('\n');
    }
    (plain, twin)
}

#[test]
fn what_looks_like_a_way_up_and_is_none_is_not_shown() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/no-escalation");
    let names = list(&folder);
    assert!(names.len() >= 40, "{} cases", names.len());
    let mut wrong = Vec::new();
    for name in &names {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let case = name.split('.').next().unwrap();
        let (plain, twin) = both(&text);
        assert_ne!(plain, twin, "{case}: no obstacle is marked");
        assert!(text.starts_with("# why: "), "{case}: why?");
        let (up, over) = ways(&session(name, &plain), case, &text);
        // What cannot be told from the code is asked, and the answer that would make a way is named.
        let assumed = text.lines().find_map(|line| line.strip_prefix("# assumes: "));
        let leans = |path: &&AttackPath| {
            assumed.is_none_or(|wanted| !path.assumptions.iter().any(|text| text.contains(wanted)))
        };
        if let Some(path) = up.iter().chain(&over).find(leans) {
            wrong.push(format!("{case}: a way that is none: {} (assumed: {:?})", path.story, path.assumptions));
        }
        let (up, over) = ways(&session(name, &twin), case, &text);
        // The twin leans on nothing.
        if assumed.is_some() && !up.iter().chain(&over).any(|path| path.assumptions.is_empty()) {
            wrong.push(format!("{case}: without the obstacle it is still only assumed"));
        }
        if text.contains("\n# to: ") && over.is_empty() {
            wrong.push(format!("{case}: without the obstacle no way to the privileged principal"));
        } else if up.is_empty() && over.is_empty() {
            wrong.push(format!("{case}: without the obstacle no way to the account"));
        }
    }
    for line in &wrong {
        println!("{line}");
    }
    for (case, _) in NOT_YET {
        assert!(wrong.iter().any(|line| line.split(':').next() == Some(case)), "{case} is right now: off the list");
    }
    wrong.retain(|line| !NOT_YET.iter().any(|(case, _)| line.split(':').next() == Some(case)));
    assert!(wrong.is_empty(), "{} of {} cases: {wrong:#?}", wrong.len(), names.len());
}

#[test]
fn a_story_is_about_whom_the_question_names_also_where_the_way_begins_at_what_is_exposed() {
    let text = r#"
resource "aws_iam_user" "reader" { name = "reader" }
resource "aws_iam_role" "lab" {
  name = "lab"
  assume_role_policy = jsonencode({ Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } },
  ] })
}
resource "aws_iam_role_policy_attachment" "lab" {
  role       = aws_iam_role.lab.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_lambda_function" "lab" {
  function_name = "lab"
  role          = aws_iam_role.lab.arn
  handler       = "index.handler"
  runtime       = "python3.13"
  filename      = "lab.zip"
}
resource "aws_lambda_function_url" "lab" {
  function_name      = aws_lambda_function.lab.function_name
  authorization_type = "NONE"
}
"#;
    let session = session("main.tf", text);
    let reader = session.element("aws_iam_user.reader").unwrap();
    let query = Query {
        from: Some(From::Element(reader)),
        to: session.accounts(),
        control_only: true,
        top: 20,
        ..Query::default()
    };
    let paths = session.paths(&query).paths;
    assert!(!paths.is_empty());
    for path in paths {
        assert_eq!(path.from, reader, "{}", path.story);
        assert!(path.story.starts_with("An attacker who controls reader"), "{}", path.story);
    }
}
