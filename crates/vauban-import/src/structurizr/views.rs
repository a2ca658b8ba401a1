//! Views: their names and what they show. How they look is left out, but for the forms that tags are drawn in.

use vauban_model::Diagnostic;

use super::elements::View;
use super::model::{Files, Model, is_arrow};
use super::raw::{Statement, read};
use crate::log::{Log, short};

impl Model {
    pub(super) fn in_views(&mut self, statements: &[Statement], files: &Files<'_>, log: &mut Log) {
        for statement in statements {
            match statement.keyword().as_str() {
                "systemlandscape" | "systemcontext" | "container" | "component" | "filtered" | "dynamic"
                | "deployment" | "custom" | "image" => {
                    let words: Vec<String> = statement.words.iter().map(|word| self.fill(&word.text)).collect();
                    let mut text = Vec::new();
                    for inner in &statement.block {
                        let line: Vec<&str> = inner.words.iter().map(|word| word.text.as_str()).collect();
                        let keyword = inner.keyword();
                        if matches!(keyword.as_str(), "title" | "description" | "include" | "exclude")
                            || inner.words.iter().any(|word| is_arrow(&word.text))
                        {
                            text.push(line.join(" "));
                        }
                    }
                    self.views.push(View { title: words.join(" "), text: text.join("\n"), span: statement.span });
                }
                "styles" => self.styles(&statement.block),
                "!include" => {
                    let path = self.text(statement, 1);
                    if let Some(file) = self.open(&path, statement.span, files, log) {
                        let inner = read(file.text, file.id, log);
                        self.in_views(&inner, files, log);
                        self.nested -= 1;
                    }
                }
                "theme" | "themes" | "branding" | "terminology" | "properties" => {
                    log.left_out(&statement.keyword(), statement.span, "it is about how views look");
                }
                _ if self.directive(statement, log) => {}
                _ => {
                    let message = format!("`{}` is no view that is understood", short(statement.word(0)));
                    log.group(
                        Diagnostic::warning("import-unknown-key", statement.span, message).help("it was left out"),
                    );
                }
            }
        }
    }

    /// Only the shapes of elements say something.
    fn styles(&mut self, statements: &[Statement]) {
        for statement in statements {
            if matches!(statement.keyword().as_str(), "light" | "dark") {
                for inner in &statement.block {
                    self.style(inner);
                }
            } else {
                self.style(statement);
            }
        }
    }

    fn style(&mut self, statement: &Statement) {
        let shape = statement.block.iter().find(|inner| inner.keyword() == "shape");
        if let Some(shape) = shape.filter(|_| statement.keyword() == "element") {
            self.shapes.push((self.text(statement, 1), shape.word(1).to_lowercase()));
        }
    }
}
