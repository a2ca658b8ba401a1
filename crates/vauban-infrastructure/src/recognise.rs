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
    let by_content: [(Source, Look); 6] = [
        (Source::TerraformPlan, crate::terraform_plan::recognise),
        (Source::TerraformState, crate::terraform_state::recognise),
        (Source::Pulumi, crate::pulumi::recognise),
        (Source::CloudAssetInventory, crate::cloud_assets::recognise),
        (Source::AwsConfig, crate::aws_config::recognise),
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

/// The kind of a file that describes a system and that no reader is for yet. Told, so that nothing of a team's is passed
/// over in silence.
pub(crate) fn without_reader(path: &str, text: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    if name.ends_with(".bicep") || name.ends_with(".bicepparam") {
        return Some("Bicep");
    }
    let top = || text.lines().take(40);
    if name.ends_with(".json") && top().any(|line| line.contains("deploymentTemplate.json#")) {
        return Some("Azure Resource Manager template");
    }
    None
}
