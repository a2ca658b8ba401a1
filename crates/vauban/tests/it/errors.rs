//! What goes wrong says what, where and what to do next, on standard error, with exit code 2.

use crate::support::{Folder, SMALL, run};

/// An error message that names the thing and a remedy, and nothing on standard output.
#[track_caller]
fn fails(folder: &Folder, arguments: &[&str], what: &str, help: &str) {
    let result = folder.run(arguments).exits(2).says("error").says(what).says("help: ").says(help);
    assert!(result.out.is_empty(), "data with a failure: {}", result.out);
}

#[test]
fn a_missing_file_is_named_with_a_remedy() {
    fails(
        &Folder::new(),
        &["check", "nowhere.yaml"],
        "`nowhere.yaml` cannot be read: there is no such file",
        "vauban init",
    );
}

#[test]
fn a_folder_without_a_model_says_so() {
    let folder = Folder::new();
    fails(&folder, &["check"], "there is no model and no infrastructure code in `.`", "vauban init");
    fails(&folder, &["check", "."], "there is no model and no infrastructure code in `.`", "vauban init");
}

#[test]
fn a_folder_with_a_model_stands_for_it() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    folder.run(&["check", "."]).exits(0).prints("Small");
    folder.run(&["check"]).exits(0).prints("Small");
}

#[test]
fn an_empty_file_is_called_empty() {
    let folder = Folder::new();
    folder.write("empty.yaml", "\n");
    fails(&folder, &["check", "empty.yaml"], "`empty.yaml` is empty", "vauban init");
}

#[test]
fn an_unknown_format_lists_the_known_ones() {
    let folder = Folder::new();
    folder.write("letter.txt", "Dear all,\nhere is our architecture.\n");
    fails(&folder, &["check", "letter.txt"], "no format that Vauban knows", "threagile");
    folder.write("model.yaml", SMALL);
    let forced = folder.run(&["check", "model.yaml", "--input-format", "photoshop"]).exits(2);
    assert!(forced.err.contains("threagile"), "{}", forced.err);
}

#[test]
fn broken_yaml_shows_file_line_and_the_text() {
    let folder = Folder::new();
    folder.write("broken.yaml", "vauban: 1\nsystem: {name: X}\ncomponents:\n  web: {technology: [browser\n  db: y\n");
    let result = folder.run(&["check", "broken.yaml"]).exits(2).says("error[").says("help: ");
    assert!(result.err.contains("--> broken.yaml:4:") || result.err.contains("--> broken.yaml:5:"), "{}", result.err);
}

#[test]
fn a_broken_part_leaves_the_rest_readable() {
    let folder = Folder::new();
    folder.write("model.yaml", &SMALL.replace("lacks: [rate-limiting]", "lacks: [rate-limiting], colour: red"));
    folder
        .run(&["check", "model.yaml"])
        .exits(2)
        .says("--> model.yaml:10:")
        .says("colour")
        .prints("unlimited-requests@web");
}

#[test]
fn a_misspelt_key_or_value_is_met_with_a_suggestion() {
    let folder = Folder::new();
    folder.write("model.yaml", &SMALL.replace("handles:", "handels:"));
    folder.run(&["check", "model.yaml"]).exits(2).says("`handels`").says("did you mean `handles`?");
    folder.write("model.yaml", &SMALL.replace("authentication: session", "authentication: sesion"));
    folder.run(&["check", "model.yaml"]).exits(2).says("did you mean `session`?");
    folder.write("model.yaml", &SMALL.replace("handles: [orders]", "handles: [ordres]"));
    folder.run(&["check", "model.yaml"]).exits(2).says("did you mean `orders`?");
}

#[test]
fn an_unknown_control_or_technology_is_a_warning_with_a_suggestion() {
    let folder = Folder::new();
    folder.write("model.yaml", &SMALL.replace("[rate-limiting]", "[rate-limting]"));
    folder
        .run(&["check", "model.yaml"])
        .exits(0)
        .says("warning[unknown-control]")
        .says("did you mean `rate-limiting`?");
    folder.write("model.yaml", &SMALL.replace("web-application", "web-aplication"));
    folder.run(&["check", "model.yaml"]).exits(0).says("warning[unknown-technology]").says("`web-application`");
}

#[test]
fn an_unknown_id_is_met_with_a_suggestion() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    fails(
        &folder,
        &["explain", "unlimited-request@web"],
        "unlimited-request@web",
        "did you mean `unlimited-requests@web`?",
    );
    fails(
        &folder,
        &["paths", "model.yaml", "--to", "wbe"],
        "nothing in the model is called `wbe`",
        "did you mean `web`?",
    );
    fails(&folder, &["paths", "model.yaml", "--from", "internt"], "`internt`", "did you mean `internet`?");
    fails(&folder, &["library", "show", "sql-injecton"], "sql-injecton", "did you mean `sql-injection`?");
    fails(&folder, &["schema", "modle"], "modle", "model, overlay");
    fails(&folder, &["ask", "model.yaml", "--answer", "rate=yes"], "nobody asks `rate`", "");
    fails(&folder, &["ask", "model.yaml", "--answer", "rate"], "`rate` is no answer", "ID=VALUE");
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    folder.write("file", "not a folder");
    let result = folder.run(&["check", "model.yaml", "--output", "file/report.txt"]).exits(2).says("file");
    assert!(result.err.contains("help: "), "{}", result.err);
    folder.run(&["check", "model.yaml", "--output", "new/folder/report.txt"]).exits(0);
    assert!(folder.read("new/folder/report.txt").contains("Small"));
}

#[test]
fn a_missing_companion_is_named() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    for option in ["--decisions", "--overlay", "--methodology", "--config", "--baseline"] {
        folder.run(&["check", "model.yaml", option, "gone.yaml"]).exits(2).says("gone.yaml").says("help: ");
    }
    folder.run(&["check", "model.yaml", "--library", "gone"]).exits(2).says("gone");
}

#[test]
fn a_broken_configuration_is_never_half_obeyed() {
    let folder = Folder::new();
    folder.write("model.yaml", SMALL);
    folder.write("vauban.yaml", "version: 1\nfail-on: high\n");
    folder.run(&["check"]).exits(2).says("vauban.yaml:2:").says("fail_on");
}

#[test]
fn an_include_that_is_missing_or_climbs_out_is_refused_and_the_rest_is_read() {
    let folder = Folder::new();
    folder.write("model.yaml", &format!("{SMALL}include: [../outside.yaml, gone.yaml]\n"));
    folder
        .run(&["check", "model.yaml"])
        .exits(2)
        .says("include-refused")
        .says("include-missing")
        .prints("unlimited-requests@web");
}

#[test]
fn unknown_options_and_commands_exit_with_two() {
    run(&["chekc"]).exits(2).says("check");
    run(&["check", "--fial-on", "high"]).exits(2).says("--fail-on");
    run(&["check", "--fail-on", "huge"]).exits(2).says("high");
}

#[test]
fn names_that_steer_a_terminal_are_harmless_in_every_answer() {
    let folder = Folder::new();
    folder.write("a.yaml", SMALL);
    folder.write(
        "b.yaml",
        "vauban: 1\nsystem: {name: \"shop\\e[2J\"}\nboundaries: {internet: {kind: internet}, cloud: {kind: network}}\n\
         data: {orders: {name: \"orders\\e]0;x\\a\", classification: restricted}}\ncomponents:\n  \
         browser: {technology: browser, in: internet, name: \"browser\\e[31m\"}\n  \
         web: {technology: web-application, in: cloud, name: \"web\\e[8m\\rX\\u202e\", handles: [orders]}\n  \
         db: {technology: postgresql, in: cloud, name: \"db\\u009b2J\", stores: [orders], encryption_at_rest: none}\n\
         flows:\n  browser -> web: {protocol: http, name: \"f\\e[31m\"}\n  web -> db: sql\n",
    );
    for arguments in [
        &["check", "b.yaml", "--all"][..],
        &["paths", "b.yaml"],
        &["ask", "b.yaml"],
        &["explain", "web", "--model", "b.yaml"],
        &["explain", "unencrypted-storage@db", "--model", "b.yaml"],
        &["diff", "a.yaml", "b.yaml"],
        &["diff", "b.yaml", "a.yaml", "--format", "markdown"],
        &["check", "no\u{1b}[31m.yaml"],
    ] {
        let run = folder.run(arguments);
        let answer = format!("{}{}", run.out, run.err);
        assert!(answer.contains('\u{fffd}'), "{arguments:?} names none of them: {answer}");
        let steers = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        assert!(!answer.contains(steers), "{arguments:?}: {answer:?}");
    }
}
