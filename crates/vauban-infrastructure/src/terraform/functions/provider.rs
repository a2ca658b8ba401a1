//! Functions that the AWS provider defines.

use vauban_model::resource::{Text, Value, ValueKind};

use super::value::Parts;
use super::{Call, Fail, Outcome};

const PARTS: [&str; 5] = ["partition", "service", "region", "account_id", "resource"];

/// The five parts of an ARN.
fn pieces(arn: &str) -> Result<[&str; 5], Fail> {
    let mut pieces = arn.splitn(6, ':');
    if pieces.next() != Some("arn") {
        return Err(Fail::Refused);
    }
    let mut next = || pieces.next().ok_or(Fail::Refused);
    Ok([next()?, next()?, next()?, next()?, next()?])
}

pub(super) fn arn_parse(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let arn = call.text(0)?;
    let pieces = pieces(&arn)?;
    call.out_map(
        PARTS.iter().zip(pieces).map(|(key, piece)| (Text::from(*key), Value::text(piece, call.span))).collect(),
    )
}

/// `arn_build(partition, service, region, account, resource)`: parts that are not known stay as parts.
pub(super) fn arn_build(call: &Call<'_>) -> Outcome {
    call.count(5, 5)?;
    let mut out = Parts::new(call.span);
    out.push_text("arn");
    for arg in call.args {
        out.push_text(":");
        if !out.push(arg) {
            return Err(Fail::Refused);
        }
    }
    out.finish().ok_or(Fail::Refused)
}

/// The ARN of a role without the path before its name.
pub(super) fn trim_iam_role_path(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    if matches!(call.arg(0)?.kind, ValueKind::Reference(_)) {
        // The same role: what refers to it still does.
        return Ok(call.arg(0)?.clone());
    }
    let arn = call.text(0)?;
    let [partition, service, region, account, resource] = pieces(&arn)?;
    if service != "iam" || !region.is_empty() {
        return Err(Fail::Refused);
    }
    let path = resource.strip_prefix("role/").ok_or(Fail::Refused)?;
    let name = path.rsplit('/').next().unwrap_or(path);
    call.out_text(format!("arn:{partition}:iam::{account}:role/{name}"))
}
