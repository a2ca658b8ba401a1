//! Usage plans with their keys, and domains of APIs.
//!
//! The transform names a domain and its record by a hash of the name; here they are called after their API.

use vauban_model::Span;
use vauban_model::resource::{Resource, Value, ValueKind};

use super::{Sam, make};
use crate::plain;

impl Sam<'_> {
    /// The plan, the key and what ties them, as far as an API asks for them.
    pub(super) fn usage_plan(&mut self, of: &Resource, id: &str, stage: &str, plan: &Value) {
        let span = plan.span;
        let (plan_id, key_id, tie_id) = match make::given(plan, "CreateUsagePlan").and_then(Value::as_text) {
            Some("NONE") => return,
            Some("SHARED") => {
                ("ServerlessUsagePlan".to_owned(), "ServerlessApiKey".to_owned(), "ServerlessUsagePlanKey".to_owned())
            }
            // One for this API, also where the word is not known: the rest of it holds anyhow.
            _ => (format!("{id}UsagePlan"), format!("{id}ApiKey"), format!("{id}UsagePlanKey")),
        };
        let (api, stage) = (self.to(id, "", span), self.to(stage, "", span));
        let used = plain::map(span, [("ApiId", api.clone()), ("Stage", stage.clone())]);
        let opened = plain::map(span, [("RestApiId", api), ("StageName", stage)]);
        let part = |key: &str| make::given(plan, key).cloned();
        let made = make::map(
            span,
            vec![
                ("ApiStages", Some(plain::list(span, vec![used.clone()]))),
                ("UsagePlanName", part("UsagePlanName")),
                ("Description", part("Description")),
                ("Quota", part("Quota")),
                ("Throttle", part("Throttle")),
                ("Tags", part("Tags")),
            ],
        );
        let plan_address = self.add(of, &plan_id, "AWS::ApiGateway::UsagePlan", made, span);
        self.append(&plan_address, "ApiStages", used);
        let enabled = Value::new(ValueKind::Bool(true), span);
        let made = plain::map(span, [("Enabled", enabled), ("StageKeys", plain::list(span, vec![opened.clone()]))]);
        let key_address = self.add(of, &key_id, "AWS::ApiGateway::ApiKey", made, span);
        self.append(&key_address, "StageKeys", opened);
        let made = plain::map(
            span,
            [
                ("KeyId", self.to(&key_id, "", span)),
                ("KeyType", make::text("API_KEY", span)),
                ("UsagePlanId", self.to(&plan_id, "", span)),
            ],
        );
        self.add(of, &tie_id, "AWS::ApiGateway::UsagePlanKey", made, span);
    }

    /// Adds an item to a list of a resource that several share.
    fn append(&mut self, address: &str, key: &str, item: Value) {
        let Some(resource) = self.places.get(address).and_then(|place| self.out.get_mut(*place)) else { return };
        let span = item.span;
        if let Some(list) = make::entry(&mut resource.attributes, key, || plain::list(span, Vec::new()))
            && let ValueKind::List(items) = &mut list.kind
            && !items.iter().any(|known| known.kind == item.kind)
        {
            items.push(item);
        }
    }

    /// The domain of an API, what leads from it to the API, and its record in the name service.
    pub(super) fn domain(&mut self, of: &Resource, id: &str, stage: &str, domain: &Value, http: bool) {
        let span = domain.span;
        let part = |key: &str| make::given(domain, key).cloned();
        let (own, name) = (format!("{id}:DomainName"), part("DomainName"));
        let kind = part("EndpointConfiguration").unwrap_or_else(|| make::text("REGIONAL", span));
        let (certificate, policy) = (part("CertificateArn"), part("SecurityPolicy"));
        let (made, native) = if http {
            let config = make::map(
                span,
                vec![
                    ("CertificateArn", certificate),
                    ("EndpointType", Some(kind)),
                    ("SecurityPolicy", policy),
                    ("OwnershipVerificationCertificateArn", part("OwnershipVerificationCertificateArn")),
                ],
            );
            let made = make::map(
                span,
                vec![
                    ("DomainName", name.clone()),
                    ("DomainNameConfigurations", Some(plain::list(span, vec![config]))),
                    ("MutualTlsAuthentication", part("MutualTlsAuthentication")),
                ],
            );
            (made, "AWS::ApiGatewayV2::DomainName")
        } else {
            let regional = kind.as_text() == Some("REGIONAL");
            let made = make::map(
                span,
                vec![
                    ("DomainName", name.clone()),
                    (if regional { "RegionalCertificateArn" } else { "CertificateArn" }, certificate),
                    ("EndpointConfiguration", Some(plain::map(span, [("Types", plain::list(span, vec![kind]))]))),
                    ("SecurityPolicy", policy),
                    ("MutualTlsAuthentication", part("MutualTlsAuthentication")),
                    ("OwnershipVerificationCertificateArn", part("OwnershipVerificationCertificateArn")),
                ],
            );
            (made, "AWS::ApiGateway::DomainName")
        };
        self.add(of, &own, native, made, span);
        self.mappings(of, id, stage, (&own, part("BasePath")), http, span);
        let Some(route) = part("Route53").filter(|route| route.as_map().is_some()) else { return };
        let zone = |key: &str| make::given(&route, key).cloned();
        let attribute = if http { "RegionalDomainName" } else { "DistributionDomainName" };
        let target = zone("DistributionDomainName").unwrap_or_else(|| self.to(&own, attribute, span));
        let alias = plain::map(route.span, [("DNSName", target)]);
        let record = make::map(
            route.span,
            vec![("Name", name), ("Type", Some(make::text("A", route.span))), ("AliasTarget", Some(alias))],
        );
        let made = make::map(
            route.span,
            vec![
                ("HostedZoneId", zone("HostedZoneId")),
                ("HostedZoneName", zone("HostedZoneName")),
                ("RecordSets", Some(plain::list(route.span, vec![record]))),
            ],
        );
        self.add(of, &format!("{id}:RecordSetGroup"), "AWS::Route53::RecordSetGroup", made, route.span);
    }

    /// One mapping for each base path; one for all when none is said.
    fn mappings(
        &mut self,
        of: &Resource,
        id: &str,
        stage: &str,
        (domain, paths): (&str, Option<Value>),
        http: bool,
        span: Span,
    ) {
        let (end, native, path_key, api_key) = if http {
            ("ApiMapping", "AWS::ApiGatewayV2::ApiMapping", "ApiMappingKey", "ApiId")
        } else {
            ("BasePathMapping", "AWS::ApiGateway::BasePathMapping", "BasePath", "RestApiId")
        };
        let mut wanted: Vec<Option<Value>> = paths.iter().flat_map(make::items).cloned().map(Some).collect();
        if wanted.is_empty() {
            wanted.push(None);
        }
        for path in wanted {
            let text = path.as_ref().and_then(plain::text_of).unwrap_or_default();
            let letters: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
            let made = make::map(
                span,
                vec![
                    ("DomainName", Some(self.to(domain, "", span))),
                    (api_key, Some(self.to(id, "", span))),
                    ("Stage", Some(self.to(stage, "", span))),
                    (path_key, path),
                ],
            );
            self.add(of, &format!("{id}{letters}{end}"), native, made, span);
        }
    }
}
