//! Which reader a file is for. By name first, then by a look at the text; the look is cheap, because every YAML and JSON
//! file of a folder gets it.

use vauban_model::resource::Source;

/// Whether a path is worth opening at all.
pub fn may_be_read(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let ending = |ending: &str| lower.ends_with(ending);
    let vendored = path.split('/').any(|part| matches!(part, "node_modules" | ".git" | "vendor"));
    !vendored
        && (ending(".tf")
            || ending(".tf.json")
            || ending(".tfvars")
            || ending(".tfstate")
            || ending(".yaml")
            || ending(".yml")
            || ending(".json")
            || ending(".jsonc")
            || ending(".template")
            || lower == "dockerfile"
            || lower.starts_with("dockerfile.")
            || ending(".dockerfile"))
}

/// A look at a path and a text.
type Look = fn(&str, &str) -> bool;

/// Which reader a file is for; `None` when it is no infrastructure.
pub fn recognise(path: &str, text: &str) -> Option<Source> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    if [".tf", ".tf.json", ".tfvars", ".tfvars.json"].iter().any(|ending| name.ends_with(ending)) {
        return Some(Source::Terraform);
    }
    if crate::dockerfile::is_dockerfile(path) {
        return Some(Source::Dockerfile);
    }
    if matches!(name.as_str(), "kustomization.yaml" | "kustomization.yml") {
        return Some(Source::Kubernetes);
    }
    if crate::cdk::recognise(path, text) {
        return Some(Source::Cdk);
    }
    if let Some(source) = crate::api::recognise(path, text) {
        return Some(source);
    }
    let by_content: [(Source, Look); 7] = [
        (Source::TerraformPlan, crate::terraform_plan::recognise),
        (Source::TerraformState, crate::terraform_state::recognise),
        (Source::Pulumi, crate::pulumi::recognise),
        (Source::CloudAssetInventory, crate::cloud_assets::recognise),
        (Source::AwsConfig, crate::aws_config::recognise),
        (Source::AzureResourceManager, crate::arm::recognise),
        (Source::CloudFormation, crate::cloudformation::recognise),
    ];
    if let Some((source, _)) = by_content.into_iter().find(|(_, recognise)| recognise(path, text)) {
        return Some(source);
    }
    if crate::compose::looks_like(path, text) {
        return Some(Source::Compose);
    }
    let by_name = [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
    (by_name && crate::kubernetes::looks_like(text)).then_some(Source::Kubernetes)
}

/// Whether a path is a Bicep source, which is read in its compiled form only.
pub(crate) fn is_bicep(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.ends_with(".bicep") || lower.ends_with(".bicepparam")
}

/// The kind of a file that describes a system and that no reader is for yet. Told, so that nothing of a team's is passed
/// over in silence.
pub(crate) fn without_reader(path: &str, text: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if matches!(name.as_str(), "serverless.yml" | "serverless.yaml" | "serverless.json") {
        return Some("Serverless Framework (`sls package` writes a CloudFormation template)");
    }
    if name == "terragrunt.hcl" {
        return Some("Terragrunt configuration (a plan in JSON has what it makes of it)");
    }
    if ends(&[".nomad", ".nomad.hcl"]) {
        return Some("Nomad job");
    }
    if name == "aspire-manifest.json" || (name.ends_with(".json") && text.contains("json.schemastore.org/aspire")) {
        return Some("Aspire manifest (`aspire publish` writes Compose files, Bicep or charts)");
    }
    // A playbook is a list of plays, each with the hosts it is for.
    let play = || text.lines().take(40).any(|line| line.starts_with("- hosts:") || line.starts_with("  hosts:"));
    (ends(&[".yaml", ".yml"]) && text.lines().any(|line| line.starts_with("- ")) && play())
        .then_some("Ansible playbook")
}
