//! What a call takes besides the permission on its target: the right to use the key that seals the target, and that nothing
//! else which the request names is denied.

use vauban_model::resource::{Mode, Value};

use super::arn::{Names, bare_type};
use super::evaluate::{Aws, Call, Matched};
use super::level::Level;
use super::resources::Resources;
use crate::permissions::tables::{Sealed, Tables};
use crate::permissions::{Answer, Request, Target};

impl Resources {
    /// Finds the keys of one's own that seal something.
    pub(super) fn sealed(
        &mut self,
        names: &Names<'_>,
        tables: &Tables<'_>,
        find: &dyn Fn(&Value, u32, &str) -> Vec<u32>,
    ) {
        for sealed in &tables.sealed {
            for at in names.estate.of_type(&sealed.ty).iter().copied() {
                if let Some(key) = names.estate.resource(at).get(&sealed.key).and_then(|value| key_named(names, value))
                {
                    self.keys.insert(at, key);
                }
            }
            let Some((ty, of, its_key)) = &sealed.beside else { continue };
            for at in names.estate.of_type(ty).iter().copied() {
                let resource = names.estate.resource(at);
                let key = resource.get(its_key).and_then(|value| key_named(names, value));
                if let (Some(of), Some(key)) = (resource.get(of), key) {
                    self.keys.extend(find(of, at, &sealed.ty).into_iter().map(|target| (target, key)));
                }
            }
        }
        // An object is sealed like its bucket, unless it names a key itself.
        for at in ["aws_s3_object", "aws_s3_bucket_object"].iter().flat_map(|ty| names.estate.of_type(ty)).copied() {
            let resource = names.estate.resource(at);
            let own = resource.get("kms_key_id").and_then(|value| key_named(names, value));
            let buckets = resource.get("bucket").map(|value| find(value, at, "aws_s3_bucket")).unwrap_or_default();
            let key = own.or_else(|| buckets.iter().find_map(|bucket| self.keys.get(bucket).copied()));
            self.keys.extend(key.map(|key| (at, key)));
        }
    }
}

/// The key of one's own that a value names, by itself or by an alias.
fn key_named(names: &Names<'_>, value: &Value) -> Option<u32> {
    let named = names.estate.referred(value);
    let of_alias = |at: u32| {
        let alias = names.estate.resource(at);
        let target = (bare_type(alias) == "aws_kms_alias").then(|| alias.get("target_key_id")).flatten();
        target.map(|value| names.estate.referred(value)).unwrap_or_default()
    };
    let is_key = |at: &u32| {
        let key = names.estate.resource(*at);
        bare_type(key) == "aws_kms_key" && key.mode == Mode::Managed
    };
    named.iter().flat_map(|at| of_alias(*at)).chain(named.iter().copied()).find(is_key)
}

impl Aws<'_> {
    /// The key of one's own that an action on a target (in lower case) takes, and what of it.
    pub(super) fn sealing(&self, at: u32, action: &str) -> Option<(&Sealed, u32)> {
        let key = self.resources.keys.get(&at).copied()?;
        let ty = match bare_type(self.names.estate.resource(at)) {
            "aws_s3_object" | "aws_s3_bucket_object" => "aws_s3_bucket",
            ty => ty,
        };
        let sealed =
            self.tables.sealed.iter().find(|one| one.ty == ty && one.actions.iter().any(|own| own == action))?;
        Some((sealed, key))
    }

    /// Whether a principal may rewrite a key's policy, or grant itself the key's use.
    fn lets_itself_use(&self, call: &Call<'_>, number: u32, key: u32) -> Level {
        let (plain, target) = (Request::default(), Target::Resource(key));
        let rewrites = self.can(number, "kms:PutKeyPolicy", target, &plain);
        let level = rewrites.or_first(self.can(number, "kms:CreateGrant", target, &plain));
        if level.answer == Answer::Denied {
            return level;
        }
        // What its own policies and those above them deny stays denied, whatever the key's policy says.
        let own = self.matched(number, "kms:Decrypt");
        let call = Call { action: "kms:decrypt", target: Some(key), ..call.clone() };
        let forms = self.names_of_target(key, call.action);
        let past = self.best(forms.iter().map(|form| self.denials(&call, &own, form)));
        if forms.is_empty() { level } else { level.and(past) }
    }

    /// The answer of a call, with what else it takes.
    pub(super) fn with_what_else_it_takes(
        &self,
        call: &Call<'_>,
        matched: &Matched,
        number: u32,
        mut level: Level,
    ) -> Level {
        let Some(at) = call.target.filter(|_| level.answer != Answer::Denied) else { return level };
        let ty = bare_type(self.names.estate.resource(at));
        if let Some((sealed, key)) = self.sealing(at, call.action) {
            let via = format!("{}.${{region}}.amazonaws.com", sealed.service);
            let context = vec![("kms:viaservice", via.as_str()), ("aws:viaawsservice", "true")];
            let request = Request { passed_to: None, context };
            let mut used = self.can(number, &sealed.right, Target::Resource(key), &request);
            // Whoever may say who uses the key uses it, unless it is denied to them by more than the key's own policy.
            if used.answer == Answer::Denied {
                used = self.lets_itself_use(call, number, key);
            }
            level = level.and(used);
        }
        for besides in self.tables.besides.iter().filter(|one| one.ty == ty && one.action == call.action) {
            let named = self.names.estate.resource(at).get(&besides.named);
            for other in named.map(|value| self.names.estate.referred(value)).unwrap_or_default() {
                let call = Call { target: Some(other), ..call.clone() };
                let forms = self.names_of_target(other, call.action);
                if !forms.is_empty() {
                    level = level.and(self.best(forms.iter().map(|form| self.denials(&call, matched, form))));
                }
            }
        }
        level
    }
}
