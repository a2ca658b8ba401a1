//! Azure: management groups, subscriptions, resource groups.

use vauban_model::library::Cloud;
use vauban_model::resource::{Mode, Resource, Text, Value};

use super::{Around, Finder, Level, MOST_STEPS, group_key};

/// Attributes of parts by which they say what they are a part of, in whose resource group they lie.
const WHOLE: [&str; 22] = [
    "resource_group_id",
    "key_vault_id",
    "storage_account_id",
    "virtual_machine_id",
    "server_id",
    "namespace_id",
    "eventhub_id",
    "topic_id",
    "queue_id",
    "account_id",
    "app_service_id",
    "function_app_id",
    "web_app_id",
    "data_factory_id",
    "automation_account_id",
    "kubernetes_cluster_id",
    "container_registry_id",
    "virtual_network_id",
    "network_interface_id",
    "api_management_id",
    "parent_id",
    "user_assigned_identity_id",
];

/// The subscription and resource group in an id.
pub(super) fn parts(id: &str) -> Option<(&str, Option<&str>)> {
    let mut words = id.trim_start_matches('/').split('/');
    if !words.next()?.eq_ignore_ascii_case("subscriptions") {
        return None;
    }
    let subscription = words.next().filter(|text| !text.is_empty())?;
    let group = words.next().filter(|text| text.eq_ignore_ascii_case("resourceGroups")).and_then(|_| words.next());
    Some((subscription, group))
}

impl Finder<'_> {
    /// The resource groups, subscriptions and management groups that are resources.
    pub(super) fn groups(&mut self) {
        let estate = self.estate;
        for at in estate.of_type("azurerm_subscription").iter().copied() {
            let resource = estate.resource(at);
            if resource.mode == Mode::Managed {
                let name: Text = format!("${{{}}}", resource.address).into();
                let node = self.add(Cloud::Azure, Level::Account, name.clone(), Some(at), Around::Unknown);
                self.out.by_name.insert((Cloud::Azure, Level::Account, name), node);
                self.put(at, node);
            }
        }
        for at in estate.of_type("azurerm_management_group").iter().copied() {
            let resource = estate.resource(at);
            let name = resource.text("name").or_else(|| resource.text("display_name"));
            let top = name.is_some_and(|name| name.to_ascii_lowercase().starts_with("tenant root"));
            let name: Text = name.map_or_else(|| format!("${{{}}}", resource.address).into(), Text::from);
            let node = if top {
                self.place(Cloud::Azure, Level::Top, "")
            } else {
                let node = self.add(Cloud::Azure, Level::Folder, name.clone(), Some(at), Around::Unknown);
                self.out.by_name.entry((Cloud::Azure, Level::Folder, name)).or_insert(node);
                node
            };
            self.put(at, node);
        }
        for at in estate.of_type("azurerm_resource_group").iter().copied() {
            let resource = estate.resource(at);
            let stated = resource.text("id").and_then(parts).map(|(subscription, _)| subscription.to_owned());
            let subscription = match stated {
                Some(subscription) => self.place(Cloud::Azure, Level::Account, &subscription),
                None => self.default(Cloud::Azure, resource, 0),
            };
            let name = resource.get("name").map(|value| estate.render(value)).unwrap_or_default();
            let name = if name.is_empty() { format!("${{{}}}", resource.address) } else { name };
            let key = (Cloud::Azure, Level::Group, group_key(Some(subscription), &name));
            let node = match self.out.by_name.get(&key) {
                Some(known) if resource.mode == Mode::Data => *known,
                _ => self.add(Cloud::Azure, Level::Group, name.as_str().into(), Some(at), Around::Place(subscription)),
            };
            self.out.by_name.entry(key).or_insert(node);
            self.put(at, node);
        }
    }

    fn put(&mut self, at: u32, node: u32) {
        if let Some(slot) = self.out.of.get_mut(at as usize) {
            *slot = Some(node);
        }
    }

    /// The subscription that a value names.
    pub(super) fn subscription(&mut self, value: &Value, user: &Resource, depth: usize) -> u32 {
        let estate = self.estate;
        if depth < MOST_STEPS
            && let Some((at, attribute)) = self.referred(value)
        {
            let target = estate.resource(at);
            match &*target.ty {
                "azurerm_subscription" => {
                    if let Some(known) = self.out.of(at) {
                        return known;
                    }
                    return match target.get("subscription_id") {
                        Some(stated) => self.subscription(stated, target, depth + 1),
                        None => self.default(Cloud::Azure, target, depth + 1),
                    };
                }
                "azurerm_client_config" => return self.default(Cloud::Azure, target, depth + 1),
                _ => {
                    if let Some(stated) = target.get(&attribute).filter(|_| !attribute.is_empty()) {
                        return self.subscription(stated, target, depth + 1);
                    }
                }
            }
        }
        let text = estate.render(value);
        let id = parts(&text).map_or(text.as_str(), |(subscription, _)| subscription);
        if id.is_empty() {
            return self.default(Cloud::Azure, user, depth + 1);
        }
        self.place(Cloud::Azure, Level::Account, id)
    }

    /// The resource group that a value names.
    fn group(&mut self, value: &Value, user: &Resource, depth: usize) -> u32 {
        let estate = self.estate;
        if depth < MOST_STEPS
            && let Some((at, attribute)) = self.referred(value)
        {
            let target = estate.resource(at);
            if let Some(known) = self.out.of(at).filter(|_| &*target.ty == "azurerm_resource_group") {
                return known;
            }
            if target.ty.starts_with("azurerm_") && matches!(&*attribute, "resource_group_name" | "") {
                return self.locate(at, target, depth + 1).unwrap_or_else(|| self.default(Cloud::Azure, target, depth));
            }
            if let Some(stated) = target.get(&attribute).filter(|_| !attribute.is_empty()) {
                return self.group(stated, user, depth + 1);
            }
        }
        let text = estate.render(value);
        let subscription = self.default(Cloud::Azure, user, depth + 1);
        self.group_named(subscription, &text)
    }

    fn group_named(&mut self, subscription: u32, name: &str) -> u32 {
        let key = (Cloud::Azure, Level::Group, group_key(Some(subscription), name));
        if let Some(known) = self.out.by_name.get(&key) {
            return *known;
        }
        let node = self.add(Cloud::Azure, Level::Group, name.into(), None, Around::Place(subscription));
        self.out.by_name.insert(key, node);
        node
    }

    /// The place that an id is, or lies in.
    fn by_id(&mut self, id: &str) -> Option<u32> {
        let (subscription, group) = parts(id)?;
        let subscription = self.place(Cloud::Azure, Level::Account, subscription);
        Some(group.map_or(subscription, |group| self.group_named(subscription, group)))
    }

    pub(super) fn locate_azure(&mut self, at: u32, resource: &Resource, depth: usize) -> u32 {
        match &*resource.ty {
            "azurerm_subscription" => {
                return match resource.get("subscription_id") {
                    Some(value) => self.subscription(value, resource, depth + 1),
                    None => self.default(Cloud::Azure, resource, depth),
                };
            }
            "azurerm_client_config" => return self.default(Cloud::Azure, resource, depth),
            _ => {}
        }
        if let Some(value) = resource.get("resource_group_name") {
            return self.group(value, resource, depth + 1);
        }
        if let Some(found) = resource.text("id").and_then(|id| self.by_id(id)) {
            return found;
        }
        let scope = if &*resource.ty == "azurerm_role_definition" || resource.ty.ends_with("_assignment") {
            "scope"
        } else {
            ""
        };
        for key in WHOLE.into_iter().chain([scope]) {
            let Some(value) = resource.get(key).filter(|_| !key.is_empty()) else { continue };
            if let Some((whole, _)) = self.referred(value).filter(|(whole, _)| *whole != at) {
                let target = self.estate.resource(whole);
                if target.ty.starts_with("azurerm_")
                    && let Some(found) = self.locate(whole, target, depth + 1)
                {
                    return found;
                }
            } else if let Some(found) = value.as_text().and_then(|id| self.by_id(id)) {
                return found;
            }
        }
        self.default(Cloud::Azure, resource, depth)
    }

    /// The places that roles are assigned on.
    pub(super) fn assignments(&mut self) {
        let estate = self.estate;
        for ty in [
            "azurerm_role_assignment",
            "azurerm_role_definition",
            "azurerm_pim_active_role_assignment",
            "azurerm_pim_eligible_role_assignment",
            "azurerm_management_lock",
        ] {
            for at in estate.of_type(ty).iter().copied() {
                let resource = estate.resource(at);
                if let Some(value) = resource.get("scope")
                    && let Some(place) = self.assigned_on(value, resource)
                {
                    self.grant_on(at, place);
                    self.put(at, place);
                }
            }
        }
    }

    fn assigned_on(&mut self, value: &Value, user: &Resource) -> Option<u32> {
        let estate = self.estate;
        let referred = self.referred(value);
        let ty = referred.as_ref().map_or("", |(at, _)| &*estate.resource(*at).ty);
        if let (Some((at, attribute)), true) = (&referred, value.as_reference().is_some()) {
            return match ty {
                "azurerm_subscription" | "azurerm_client_config" => Some(self.subscription(value, user, 0)),
                "azurerm_management_group" | "azurerm_resource_group" => self.out.of(*at),
                _ => {
                    match estate.resource(*at).get(attribute).filter(|_| !attribute.is_empty() && &**attribute != "id")
                    {
                        Some(stated) if estate.referred(stated) != [*at] => self.assigned_on(stated, user),
                        _ => None,
                    }
                }
            };
        }
        let text = estate.render(value);
        let lower = text.to_ascii_lowercase();
        if text == "/" {
            return Some(self.place(Cloud::Azure, Level::Top, ""));
        }
        if lower.contains("managementgroups/") {
            return self.management_group(value);
        }
        if let Some(start) = lower.find("/resourcegroups/") {
            let rest = text.get(start + "/resourcegroups/".len()..).unwrap_or_default();
            let (name, beyond) = rest.split_once('/').unwrap_or((rest, ""));
            if !beyond.is_empty() {
                return None;
            }
            let mut group = None;
            value.references(&mut |reference, _| {
                let found = estate.find(&reference.address);
                group = group.or(found.filter(|at| &*estate.resource(*at).ty == "azurerm_resource_group"));
            });
            if let Some(known) = group.and_then(|at| self.out.of(at)) {
                return Some(known);
            }
            let subscription = self.subscription(value, user, 0);
            return Some(self.group_named(subscription, name));
        }
        let whole = lower.starts_with("/subscriptions/") || ty == "azurerm_subscription";
        (whole && !lower.contains("/providers/")).then(|| self.subscription(value, user, 0))
    }

    /// What is around subscriptions and management groups.
    pub(super) fn around_subscriptions(&mut self) {
        let estate = self.estate;
        for at in estate.of_type("azurerm_management_group").iter().copied() {
            let resource = estate.resource(at);
            let Some(own) = self.out.of(at) else { continue };
            for value in resource.get("subscription_ids").map(Value::each).unwrap_or_default() {
                let inner = self.subscription(value, resource, 0);
                self.surround(inner, own);
            }
            if let Some(value) = resource.get("parent_management_group_id")
                && let Some(outer) = self.management_group(value)
            {
                self.surround(own, outer);
            } else if resource.mode == Mode::Managed && resource.get("parent_management_group_id").is_none() {
                // What names no parent is made below the directory's root.
                let root = self.place(Cloud::Azure, Level::Top, "");
                self.surround(own, root);
            }
        }
        for at in estate.of_type("azurerm_management_group_subscription_association").iter().copied() {
            let resource = estate.resource(at);
            if let (Some(group), Some(value)) = (resource.get("management_group_id"), resource.get("subscription_id"))
                && let Some(outer) = self.management_group(group)
            {
                let inner = self.subscription(value, resource, 0);
                self.surround(inner, outer);
            }
        }
    }

    fn surround(&mut self, inner: u32, outer: u32) {
        if let Some(node) = self.out.nodes.get_mut(inner as usize)
            && inner != outer
        {
            node.around = Around::Place(outer);
        }
    }

    fn management_group(&mut self, value: &Value) -> Option<u32> {
        if let Some((at, _)) = self.referred(value)
            && let Some(known) = self.out.of(at)
        {
            return Some(known);
        }
        let text = self.estate.render(value);
        let name = text.rsplit('/').next().filter(|name| !name.is_empty())?;
        Some(self.place(Cloud::Azure, Level::Folder, name))
    }
}
