//! Google Cloud: organisation, folders, projects.

use vauban_model::library::Cloud;
use vauban_model::resource::{Resource, Source, Text, Value};

use super::{Around, Finder, Level, MOST_STEPS};

/// Attributes of parts by which they say what they are a part of, in whose project they lie.
const WHOLE: [&str; 14] = [
    "service_account_id",
    "bucket",
    "secret",
    "secret_id",
    "key_ring",
    "crypto_key_id",
    "key_ring_id",
    "cluster",
    "instance",
    "topic",
    "dataset_id",
    "network",
    "parent",
    "name",
];

/// The project in a path such as `projects/shop/secrets/x` or a link.
fn in_path(text: &str) -> Option<&str> {
    let (before, rest) = text.split_once("projects/")?;
    let whole = before.is_empty() || before.ends_with('/');
    rest.split(['/', '?', '#']).next().filter(|id| whole && !matches!(*id, "" | "-" | "_"))
}

impl Finder<'_> {
    /// The projects, folders and organisations that are resources.
    pub(super) fn projects(&mut self) {
        let estate = self.estate;
        for at in estate.of_type("google_project").iter().copied() {
            let resource = estate.resource(at);
            let made = resource.mode == vauban_model::resource::Mode::Managed;
            let id = resource.get("project_id").map(|value| estate.render(value)).unwrap_or_default();
            if !made && resource.source != Source::CloudAssetInventory {
                continue;
            }
            let name: Text = if id.is_empty() { format!("${{{}}}", resource.address).into() } else { id.into() };
            let node = match self.out.by_name.get(&(Cloud::Gcp, Level::Account, name.clone())) {
                Some(known) => *known,
                None => self.add(Cloud::Gcp, Level::Account, name.clone(), Some(at), Around::Unknown),
            };
            self.out.by_name.insert((Cloud::Gcp, Level::Account, name), node);
            for key in ["number", "project_number"] {
                if let Some(number) = resource.get(key).map(|value| estate.render(value)) {
                    self.out.by_name.insert((Cloud::Gcp, Level::Account, number.into()), node);
                }
            }
            if let Some(slot) = self.out.of.get_mut(at as usize) {
                *slot = Some(node);
            }
        }
        for at in estate.of_type("google_folder").iter().copied() {
            let name = estate.resource(at).text("folder_id").or_else(|| estate.resource(at).text("name"));
            let name: Text = match name.map(|name| name.trim_start_matches("folders/")) {
                Some(name) => name.into(),
                None => format!("${{{}}}", estate.resource(at).address).into(),
            };
            let node = self.add(Cloud::Gcp, Level::Folder, name.clone(), Some(at), Around::Unknown);
            self.out.by_name.insert((Cloud::Gcp, Level::Folder, name), node);
            if let Some(slot) = self.out.of.get_mut(at as usize) {
                *slot = Some(node);
            }
        }
        // Assets say their project's number beside, and its id in their own name.
        for resource in &estate.inventory.resources {
            if resource.source != Source::CloudAssetInventory {
                continue;
            }
            let number = resource.scope.strip_prefix("projects/");
            if let (Some(id), Some(number)) = (in_path(&resource.address), number)
                && id != number
            {
                let node = self.place(Cloud::Gcp, Level::Account, id);
                self.out.by_name.entry((Cloud::Gcp, Level::Account, number.into())).or_insert(node);
            }
        }
    }

    /// The project that a value names.
    pub(super) fn project(&mut self, value: &Value, user: &Resource, depth: usize) -> u32 {
        let estate = self.estate;
        if depth < MOST_STEPS
            && let Some((at, attribute)) = self.referred(value)
        {
            let target = estate.resource(at);
            match &*target.ty {
                "google_project" => return self.project_resource(at, target, depth + 1),
                "google_client_config" => return self.default(Cloud::Gcp, target, depth + 1),
                ty if ty.starts_with("google_") => {
                    return match target.get(&attribute).filter(|_| !attribute.is_empty()) {
                        Some(stated) if estate.render(stated).len() > 1 && &*attribute == "project" => {
                            self.project(stated, target, depth + 1)
                        }
                        _ => self
                            .locate(at, target, depth + 1)
                            .unwrap_or_else(|| self.default(Cloud::Gcp, target, depth + 1)),
                    };
                }
                _ => {}
            }
        }
        let text = estate.render(value);
        let id = in_path(&text).unwrap_or(&text);
        if id.is_empty() {
            return self.default(Cloud::Gcp, user, depth + 1);
        }
        self.place(Cloud::Gcp, Level::Account, id)
    }

    fn project_resource(&mut self, at: u32, resource: &Resource, depth: usize) -> u32 {
        if let Some(known) = self.out.of(at) {
            return known;
        }
        let node = match resource.get("project_id") {
            Some(value) if depth < MOST_STEPS => self.project(value, resource, depth + 1),
            _ => self.default(Cloud::Gcp, resource, depth),
        };
        if let Some(slot) = self.out.of.get_mut(at as usize) {
            *slot = Some(node);
        }
        node
    }

    /// The folder that a value names.
    pub(super) fn folder(&mut self, value: &Value, depth: usize) -> u32 {
        let estate = self.estate;
        if let Some((at, attribute)) = self.referred(value) {
            let target = estate.resource(at);
            if let Some(known) = self.out.of(at).filter(|_| &*target.ty == "google_folder") {
                return known;
            }
            if depth < MOST_STEPS
                && let Some(stated) = target.get(&attribute).filter(|_| !attribute.is_empty())
            {
                return self.folder(stated, depth + 1);
            }
        }
        let text = estate.render(value);
        self.place(Cloud::Gcp, Level::Folder, text.trim_start_matches("folders/"))
    }

    /// The organisation that a value names.
    pub(super) fn organisation(&mut self, value: &Value) -> u32 {
        // However it is written, the same look-up is the same organisation.
        let estate = self.estate;
        let looked_up = self.referred(value).filter(|(at, _)| &*estate.resource(*at).ty == "google_organization");
        let text = match looked_up {
            Some((at, _)) => {
                let target = estate.resource(at);
                let stated = target.get("org_id").or_else(|| target.get("organization"));
                stated.map_or_else(|| format!("${{{}}}", target.address), |value| estate.render(value))
            }
            None => estate.render(value),
        };
        self.place(Cloud::Gcp, Level::Top, text.trim_start_matches("organizations/"))
    }

    pub(super) fn locate_google(&mut self, at: u32, resource: &Resource, depth: usize) -> u32 {
        match &*resource.ty {
            "google_project" => return self.project_resource(at, resource, depth + 1),
            ty if ty.starts_with("google_folder_iam_") => {
                if let Some(value) = resource.get("folder") {
                    return self.folder(value, depth + 1);
                }
            }
            ty if ty.starts_with("google_organization_iam_") => {
                if let Some(value) = resource.get("org_id") {
                    return self.organisation(value);
                }
            }
            _ => {}
        }
        if let Some(value) = resource.get("project").filter(|_| !resource.address.ends_with("#iam-policy")) {
            return self.project(value, resource, depth + 1);
        }
        if resource.source == Source::CloudAssetInventory {
            let manager = resource.address.strip_prefix("//cloudresourcemanager.googleapis.com/").unwrap_or_default();
            let own = |kind: &str| manager.strip_prefix(kind).and_then(|rest| rest.split(['/', '#']).next());
            if let Some(id) = own("folders/") {
                return self.place(Cloud::Gcp, Level::Folder, id);
            }
            if let Some(id) = own("organizations/") {
                return self.place(Cloud::Gcp, Level::Top, id);
            }
            if let Some(id) = in_path(&resource.address).or_else(|| resource.scope.strip_prefix("projects/")) {
                return self.place(Cloud::Gcp, Level::Account, id);
            }
            if let Some(id) = resource.scope.strip_prefix("folders/") {
                return self.place(Cloud::Gcp, Level::Folder, id);
            }
            if let Some(id) = resource.scope.strip_prefix("organizations/") {
                return self.place(Cloud::Gcp, Level::Top, id);
            }
        }
        for key in WHOLE {
            let Some(value) = resource.get(key) else { continue };
            if let Some((whole, _)) = self.referred(value).filter(|(whole, _)| *whole != at) {
                let target = self.estate.resource(whole);
                if target.ty.starts_with("google_")
                    && let Some(found) = self.locate(whole, target, depth + 1)
                {
                    return found;
                }
            } else if let Some(id) = value.as_text().and_then(in_path) {
                return self.place(Cloud::Gcp, Level::Account, id);
            }
        }
        self.default(Cloud::Gcp, resource, depth)
    }

    /// The places that deny policies are on.
    pub(super) fn denials(&mut self) {
        let estate = self.estate;
        for at in estate.of_type("google_iam_deny_policy").iter().copied() {
            let resource = estate.resource(at);
            let Some(value) = resource.get("parent") else { continue };
            let referred = self.referred(value).map(|(at, _)| estate.resource(at).ty.clone());
            let text = estate.render(value).replace("%2F", "/").replace("%2f", "/");
            let id = |kind: &str| text.split_once(kind).map(|(_, id)| id.to_owned());
            let place = match referred.as_deref() {
                Some("google_project") => self.project(value, resource, 0),
                Some("google_folder") => self.folder(value, 0),
                Some("google_organization") => self.organisation(value),
                _ => match (id("folders/"), id("organizations/"), id("projects/")) {
                    (Some(id), _, _) => self.place(Cloud::Gcp, Level::Folder, &id),
                    (_, Some(id), _) => self.place(Cloud::Gcp, Level::Top, &id),
                    (_, _, Some(id)) => self.place(Cloud::Gcp, Level::Account, &id),
                    _ => continue,
                },
            };
            self.grant_on(at, place);
        }
    }

    /// What is around projects and folders.
    pub(super) fn around_projects(&mut self) {
        let estate = self.estate;
        for number in 0..self.out.nodes.len() {
            let Some(node) = self.out.nodes.get(number) else { continue };
            let (Cloud::Gcp, Some(at)) = (node.cloud, node.resource) else { continue };
            let resource = estate.resource(at);
            let set = |value: &Value| !estate.render(value).is_empty();
            let up = if let Some(value) = resource.get("folder_id").filter(|value| set(value))
                && node.level == Level::Account
            {
                Some(self.folder(value, 0))
            } else if let Some(value) = resource.get("org_id").filter(|value| set(value)) {
                Some(self.organisation(value))
            } else if let Some(value) = resource.get("parent").filter(|_| node.level == Level::Folder) {
                let folder = self.referred(value).is_some_and(|(at, _)| &*estate.resource(at).ty == "google_folder")
                    || estate.render(value).starts_with("folders/");
                Some(if folder { self.folder(value, 0) } else { self.organisation(value) })
            } else {
                None
            };
            if let Some(up) = up.filter(|up| *up as usize != number)
                && let Some(node) = self.out.nodes.get_mut(number)
            {
                node.around = Around::Place(up);
            }
        }
        // Assets list everything around them.
        for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
            let Some(list) = resource.attributes.get("ancestors") else { continue };
            let Some(mut inner) = self.out.of(at) else { continue };
            for ancestor in list.each().iter().filter_map(Value::as_text) {
                let outer = match ancestor.split_once('/') {
                    Some(("folders", id)) => self.place(Cloud::Gcp, Level::Folder, id),
                    Some(("organizations", id)) => self.place(Cloud::Gcp, Level::Top, id),
                    _ => continue,
                };
                if let Some(node) = self.out.nodes.get_mut(inner as usize)
                    && node.around == Around::Unknown
                    && outer != inner
                {
                    node.around = Around::Place(outer);
                }
                inner = outer;
            }
        }
    }
}
