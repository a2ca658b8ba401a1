//! What a request holds for the keys of conditions.

use vauban_model::resource::{Mode, Value, ValueKind};

use super::arn::{bare_type, segments};
use super::conditions::{ANOTHER, Change, Held, State};
use super::evaluate::{Aws, Call, Caller};
use super::matching::{Choice, Tri, fits, name, pattern};
use super::principals::Class;
use crate::permissions::tables::Changes;

/// Actions whose request names a boundary, which the caller chooses. In those of all others that know the key it is the
/// boundary that the principal has already (Service Authorization Reference of IAM, `iam:PermissionsBoundary`).
const SETS_BOUNDARY: [&str; 4] =
    ["iam:createrole", "iam:createuser", "iam:putrolepermissionsboundary", "iam:putuserpermissionsboundary"];

/// Documents of the provider whose sessions run commands.
const SHELLS: [&str; 3] =
    ["SSM-SessionManagerRunShell", "AWS-StartInteractiveCommand", "AWS-StartNonInteractiveCommand"];
/// Beginnings of those whose sessions pass traffic on: what listens there still asks for a login.
const TUNNELS: [&str; 2] = ["AWS-StartPortForwardingSession", "AWS-StartSSHSession"];

/// Whether a pattern of a table fits a name.
pub(super) fn fits_name(listed: &str, text: &str) -> bool {
    fits(&pattern(listed), &name(text), Choice::Some) == Tri::Yes
}

impl Aws<'_> {
    /// The value of a key in a call.
    pub(crate) fn state(&self, call: &Call<'_>, key: &str) -> State {
        if let Some((_, value)) = call.request.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            return Held::Known(vec![(*value).to_owned()]).into();
        }
        if !self.carries(call.action, key) {
            return Held::Absent.into();
        }
        if let Some((head, tag)) = key.split_once('/') {
            match head {
                "aws:principaltag" => return self.principal_tag(call, tag),
                "aws:requesttag" if self.sends_tags(call.action) => return Held::Chosen.into(),
                "aws:requesttag" => return Held::Absent.into(),
                "s3:existingobjecttag" | "ecr:resourcetag" => return self.resource_tag(call, tag),
                _ if head.ends_with(":resourcetag") || head == "aws:resourcetag" => {
                    return self.resource_tag(call, tag);
                }
                _ => {}
            }
        }
        let principal = match call.caller {
            Caller::Principal(principal) => Some(principal),
            Caller::Anybody | Caller::Stranger | Caller::Foreign(_) | Caller::Service(_) => None,
        };
        let known = |text: String| State::from(Held::Known(vec![text]));
        // What nobody who asks for it has to prove comes without a principal; an account of one's own may have any names.
        if let Caller::Foreign(foreign) = call.caller
            && let Some(state) = foreign.state(key)
        {
            return state;
        }
        match (call.caller, key) {
            (
                Caller::Anybody,
                "aws:principalarn"
                | "aws:principalaccount"
                | "aws:username"
                | "aws:multifactorauthpresent"
                | "aws:multifactorauthage"
                | "aws:principalorgid"
                | "aws:principalorgpaths",
            )
            | (Caller::Stranger, "aws:principalorgid" | "aws:principalorgpaths") => return Held::Absent.into(),
            (Caller::Anybody, "aws:principaltype") => return known("Anonymous".to_owned()),
            // Source: AWS, "Principal key values" of the reference of policies: the anonymous caller of S3.
            (Caller::Anybody, "aws:userid") => return known("anonymous".to_owned()),
            (Caller::Stranger, "aws:principalarn") => return known(format!("arn:aws:iam::{ANOTHER}:*")),
            (
                Caller::Stranger,
                "aws:principaltype" | "aws:username" | "aws:multifactorauthpresent" | "aws:multifactorauthage",
            ) => return Held::Chosen.into(),
            _ => {}
        }
        match key {
            "aws:tagkeys" if !self.sends_tags(call.action) => return Held::Absent.into(),
            "iam:passedtoservice" => {
                if let Some(service) = call.request.passed_to {
                    return known(service.to_owned());
                }
            }
            "aws:principalarn" => {
                return match principal {
                    Some(principal) => known(principal.arn.clone()),
                    None => Held::Other.into(),
                };
            }
            "aws:principalaccount" | "kms:calleraccount" => {
                return match principal {
                    Some(principal) => known(self.names.account(&principal.scope)),
                    None => Held::Other.into(),
                };
            }
            "aws:resourceaccount" | "s3:resourceaccount" => return known(call.account.clone()),
            "aws:principaltype" => {
                return match principal.map(|principal| principal.class) {
                    Some(Class::User) => known("User".to_owned()),
                    Some(_) => known("AssumedRole".to_owned()),
                    None => Held::Other.into(),
                };
            }
            "aws:username" => {
                return match principal {
                    Some(principal) if principal.class == Class::User => known(principal.name.clone()),
                    _ => Held::Absent.into(),
                };
            }
            "aws:userid" => {
                return match principal {
                    Some(principal) => {
                        let id = self.names.attribute(principal.resource, "unique_id", 0);
                        known(if principal.class == Class::User { id } else { format!("{id}:*") })
                    }
                    None => Held::Other.into(),
                };
            }
            "aws:multifactorauthpresent" | "aws:multifactorauthage" => {
                return match principal {
                    Some(principal) if principal.class == Class::User => State {
                        held: Held::Absent,
                        change: self.tables.tags.get("second_factor").map(|changes| Change {
                            resource: principal.resource,
                            tag: None,
                            set: changes.set.clone(),
                            remove: changes.remove.clone(),
                        }),
                        assumes: None,
                    },
                    // No service signs in with a second factor.
                    Some(principal) if self.serves_only(principal.resource) => Held::Absent.into(),
                    Some(_) => Held::Unknown.into(),
                    None => Held::Absent.into(),
                };
            }
            "aws:principalorgid" | "aws:resourceorgid" | "aws:principalorgpaths" => {
                return match principal {
                    Some(_) if key != "aws:principalorgpaths" => known("${organization}".to_owned()),
                    Some(_) => Held::Unknown.into(),
                    None => Held::Other.into(),
                };
            }
            "aws:currenttime" | "aws:epochtime" => return Held::Now.into(),
            // Keys of a user are no session and were issued at no time.
            "aws:tokenissuetime" => {
                return match principal {
                    Some(principal) if principal.class == Class::User => Held::Absent.into(),
                    _ => Held::Now.into(),
                };
            }
            "aws:requestedregion" => {
                if let Some(region) = self.region_of_call(call) {
                    return known(region);
                }
            }
            "ssm:sessiondocumentaccesscheck" if call.action == "ssm:startsession" => {
                return self.session_documents(call);
            }
            "sts:externalid" => {
                return State {
                    held: Held::Chosen,
                    change: None,
                    assumes: Some("whoever takes the role on knows its external id".to_owned()),
                };
            }
            "iam:policyarn" => {
                return State {
                    held: Held::Chosen,
                    change: None,
                    assumes: Some("one of the policies that may be attached is enough".to_owned()),
                };
            }
            "aws:sourceaccount" if matches!(call.caller, Caller::Service(_)) => return known(call.account.clone()),
            "aws:sourcearn" if matches!(call.caller, Caller::Service(_)) => {
                return Held::Known(vec![format!("arn:aws:*:*:{}:*", call.account), "arn:aws:s3:::*".to_owned()])
                    .into();
            }
            "aws:sourceorgid" if matches!(call.caller, Caller::Service(_)) => {
                return known("${organization}".to_owned());
            }
            "iam:permissionsboundary" if !SETS_BOUNDARY.contains(&call.action) => return self.boundary_of(call.target),
            // Somebody on the internet has some address, and comes through no endpoint of a network.
            "aws:sourceip" if matches!(call.caller, Caller::Anybody | Caller::Stranger) => return Held::Other.into(),
            "aws:vpcsourceip" | "aws:sourcevpc" | "aws:sourcevpce"
                if matches!(call.caller, Caller::Anybody | Caller::Stranger) =>
            {
                return Held::Absent.into();
            }
            "aws:sourceip" | "aws:vpcsourceip" | "aws:sourcevpc" | "aws:sourcevpce" => return Held::Unknown.into(),
            _ => {}
        }
        for entry in &self.tables.holds {
            if let Some((name, value)) = entry.split_once('=')
                && name == key
            {
                return known(value.to_owned());
            }
        }
        if self.tables.absent.iter().any(|name| name == key) {
            return Held::Absent.into();
        }
        let chosen =
            self.tables.chosen.iter().any(|listed| listed == key || listed.contains('*') && fits_name(listed, key));
        if chosen { Held::Chosen.into() } else { Held::Unknown.into() }
    }

    /// Whether a session that runs commands passes the check of its document. With the check, a session takes the right to
    /// its document as well as to its machine; without it, the document that opens a shell needs no right of its own
    /// (Systems Manager user guide, "Enforce a session document permission check for the AWS CLI", from memory). What a
    /// document that is not described here does is not known.
    fn session_documents(&self, call: &Call<'_>) -> State {
        let yes = || Held::Known(vec!["true".to_owned()]).into();
        let (Caller::Principal(principal), Some(at)) = (call.caller, call.target) else { return yes() };
        let estate = self.names.estate;
        if bare_type(estate.resource(at)) == "aws_ssm_document" {
            return yes();
        }
        let Some(number) = self.people.by_resource.get(&principal.resource) else { return yes() };
        let mut best = Tri::No;
        for applied in self.matched(*number, call.action).allowing() {
            let Some(statement) = self.statement(applied) else { continue };
            let Some(patterns) = statement.resources.as_ref().filter(|_| !statement.not_resources) else {
                return yes();
            };
            for pattern in patterns {
                let Some((_, document)) = pattern.text.split_once(":document/") else {
                    if pattern.text.starts_with('*') || pattern.text.contains(":ssm:") && pattern.text.ends_with(":*") {
                        return yes();
                    }
                    continue;
                };
                best = best.max(match SHELLS.iter().any(|shell| fits_name(document, shell)) {
                    true => Tri::Yes,
                    false if TUNNELS.iter().any(|start| document.starts_with(start)) => Tri::No,
                    false => self.document_runs_commands(document),
                });
            }
        }
        match best {
            Tri::Yes => yes(),
            Tri::No => Held::Known(vec!["false".to_owned()]).into(),
            Tri::Maybe => State {
                held: Held::Unknown,
                change: None,
                assumes: Some("a session document that it may use runs commands".to_owned()),
            },
        }
    }

    /// Whether a session document runs commands, by its content where the code has it.
    fn document_runs_commands(&self, name: &str) -> Tri {
        let estate = self.names.estate;
        let of_name = |at: &&u32| {
            let document = estate.resource(**at);
            document.text("name") == Some(name) || name.contains(&*document.address)
        };
        let Some(document) = estate.of_type("aws_ssm_document").iter().find(of_name) else { return Tri::Maybe };
        let content = estate.resource(*document).get("content");
        let kind = content.and_then(|value| value.get("sessionType")).and_then(Value::as_text);
        let text = content.map(|value| estate.render(value)).unwrap_or_default();
        let says = |word: &str| kind == Some(word) || text.contains(&format!("\"{word}\""));
        if ["Standard_Stream", "InteractiveCommands", "NonInteractiveCommands"].iter().any(|word| says(word)) {
            return Tri::Yes;
        }
        if says("Port") { Tri::No } else { Tri::Maybe }
    }

    /// The region that a request has to go to: that of what is there already. Services of the whole account are all in one.
    /// What is in several regions, or is passed on or taken on from any, leaves the caller the choice.
    fn region_of_call(&self, call: &Call<'_>) -> Option<String> {
        let service = call.action.split(':').next().unwrap_or_default();
        match service {
            _ if call.action == "iam:passrole" => return None,
            "iam" | "cloudfront" | "organizations" | "route53" => return Some("us-east-1".to_owned()),
            "sts" => return None,
            _ => {}
        }
        let at = call.target?;
        let resource = self.names.estate.resource(at);
        let several = ["replica", "replicas", "multi_region", "global_cluster_identifier", "global_table"];
        if several.iter().any(|key| resource.get(key).is_some_and(|value| value.as_bool() != Some(false))) {
            return None;
        }
        let own = [service.to_owned()];
        let services = self.tables.services.get(service).map_or(own.as_slice(), Vec::as_slice);
        let arn = self.names.of(at).first()?;
        let parts = segments(arn, 6);
        if !parts.get(2).is_some_and(|of| services.iter().any(|one| one == of)) {
            return None;
        }
        let written = parts.get(3).filter(|region| !region.is_empty() && !region.contains(['$', '*']));
        written.map(|region| (*region).to_owned()).or_else(|| self.names.region_of(at))
    }

    /// Whether the request of an action (in lower case) may have a key at all. A key that a service defines comes with
    /// that service's own actions only, and many with few of them. Names of identity providers (`saml`, with a dot, or not
    /// known) are no services.
    pub(super) fn carries(&self, action: &str, key: &str) -> bool {
        let Some((head, rest)) = key.split_once(':') else { return true };
        let is_service = head.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_service || matches!(head, "aws" | "saml") || rest.starts_with("resourcetag/") {
            return true;
        }
        if self.tables.everywhere.iter().any(|name| name == key) {
            return true;
        }
        // Services that share a beginning share keys: `s3` and `s3-object-lambda`, `ssm` and `ssmmessages`.
        let service = action.split(':').next().unwrap_or_default();
        let renamed = || self.tables.services.get(service).is_some_and(|names| names.iter().any(|name| name == head));
        if !service.starts_with(head) && !head.starts_with(service) && !renamed() {
            return false;
        }
        let name = rest.split(['/', ':']).next().map_or(0, str::len) + head.len() + 1;
        let Some(listed) = key.get(..name).and_then(|name| self.tables.carried.get(name)) else { return true };
        service != head || listed.iter().any(|one| fits_name(one, action))
    }

    /// Whether the request of an action (in lower case) may carry tags.
    fn sends_tags(&self, action: &str) -> bool {
        let service = action.split(':').next().unwrap_or_default();
        let mut listed = self.tables.tags_sent.iter().filter(|one| one.split(':').next() == Some(service)).peekable();
        listed.peek().is_none() || listed.any(|one| fits_name(one, action))
    }

    /// The boundary of the principal that an action is taken on. What is of any name may be one without a boundary, and
    /// only such a one is worth more than its boundary lets it.
    fn boundary_of(&self, target: Option<u32>) -> State {
        let Some(at) = target else { return Held::Absent.into() };
        let resource = self.names.estate.resource(at);
        match resource.get("permissions_boundary") {
            Some(value) if value.is_null() => Held::Absent.into(),
            Some(value) => {
                let scope = self.names.scope_of(at);
                Held::Known(vec![self.names.canonical(&self.names.render(value, at, 0), &scope)]).into()
            }
            None if resource.mode == Mode::Data => Held::Unknown.into(),
            None => Held::Absent.into(),
        }
    }

    /// The text of a variable of the policy language.
    pub(crate) fn variable(&self, call: &Call<'_>, key: &str) -> Option<String> {
        match self.state(call, key).held {
            Held::Known(values) => values.into_iter().next(),
            Held::Chosen => Some("*".to_owned()),
            Held::Unknown => Some(format!("${{{}}}", key.replace(':', " "))),
            Held::Absent | Held::Other | Held::Now => None,
        }
    }

    fn principal_tag(&self, call: &Call<'_>, tag: &str) -> State {
        let principal = match call.caller {
            Caller::Principal(principal) => principal,
            // Whoever rules an account gives its principals what tags they like.
            Caller::Stranger | Caller::Foreign(_) => return Held::Chosen.into(),
            Caller::Anybody | Caller::Service(_) => return Held::Absent.into(),
        };
        let change = match principal.class {
            Class::User => self.tables.tags.get("aws_iam_user"),
            Class::Role => self.tables.tags.get("aws_iam_role"),
            Class::Group | Class::PermissionSet => None,
        };
        self.tag(principal.resource, tag, change)
    }

    fn resource_tag(&self, call: &Call<'_>, tag: &str) -> State {
        let Some(at) = call.target else { return Held::Unknown.into() };
        let service = self.names.of(at).first().and_then(|arn| segments(arn, 6).get(2).map(|part| (*part).to_owned()));
        let service = service.unwrap_or_default();
        let made;
        let change = match self.tables.tags.get(bare_type(self.names.estate.resource(at))) {
            Some(changes) => Some(changes),
            None => match self.tables.tags.get(&service) {
                Some(changes) => Some(changes),
                None if service.is_empty() || service == "iam" => None,
                None => {
                    made = self.tables.tags.get("other").map(|other| {
                        let of = |list: &[String]| list.iter().map(|action| format!("{service}:{action}")).collect();
                        Changes { set: of(&other.set), remove: of(&other.remove) }
                    });
                    made.as_ref()
                }
            },
        };
        self.tag(at, tag, change)
    }

    /// A tag's value, and who may change it.
    fn tag(&self, at: u32, tag: &str, change: Option<&Changes>) -> State {
        let resource = self.names.estate.resource(at);
        let mut held = Held::Absent;
        for key in ["tags_all", "tags"] {
            let Some(value) = resource.get(key) else { continue };
            match (&value.open().kind, value.as_map()) {
                (_, Some(entries)) => {
                    if let Some((_, value)) = entries.iter().find(|(name, _)| name.as_ref() == tag) {
                        let text = self.names.render(value, at, 0);
                        held = match value.open().kind {
                            ValueKind::Null => Held::Absent,
                            _ => Held::Known(vec![text]),
                        };
                    }
                }
                (ValueKind::List(items), None) => {
                    // CloudFormation and some services list tags as keys with values.
                    let text = |item: &Value, keys: [&str; 2]| {
                        keys.iter().find_map(|key| item.get(key)).map(|value| self.names.render(value, at, 0))
                    };
                    for item in items {
                        if text(item, ["key", "Key"]).as_deref() == Some(tag) {
                            held = Held::Known(vec![text(item, ["value", "Value"]).unwrap_or_default()]);
                        }
                    }
                }
                _ if held == Held::Absent => held = Held::Unknown,
                _ => {}
            }
        }
        let change = change.map(|changes| Change {
            resource: at,
            tag: Some(tag.to_owned()),
            set: changes.set.clone(),
            remove: changes.remove.clone(),
        });
        State { held, change, assumes: None }
    }
}
