//! Nodes of clusters: what pods get of them, and which pods share them.

use vauban_model::model::{ElementRef, Fact, Origin, SharedRuntime, Value as FactValue, symbol_of};
use vauban_model::vocabulary::{Domain, fact};

use super::builder::{Builder, word, yes_no};
use crate::cluster::{Clusters, beside_control_plane, pod_spec};

impl Builder<'_> {
    /// Says of workloads what of their node is open to them, of nodes what they are; and joins the two where code in the
    /// one may get onto the other. Pods that keep to themselves share nothing: that they run on the same nodes as all
    /// others says little, and would be said of every one.
    pub(super) fn nodes(&mut self) {
        let clusters = Clusters::read(self.input.estate);
        for pool in &clusters.pools {
            self.pool(pool.at);
        }
        for pod in &clusters.pods {
            let Some(element) = self.element_of(pod.at).filter(|one| one.domain == Domain::Component) else { continue };
            let resource = self.input.estate.resource(pod.at);
            let mut symbols: Vec<u16> =
                pod.access.words().into_iter().filter_map(|word| symbol_of(fact::HOST_ACCESS, word)).collect();
            symbols.sort_unstable();
            let span = pod_spec(resource).map_or(resource.span, |spec| spec.span);
            self.with(element, |element| {
                // What the catalogue could not tell stays untold.
                if let Some(known) = element.fact(fact::HOST_ACCESS) {
                    let (origin, span) = (known.origin, if known.span == resource.span { span } else { known.span });
                    element.set(Fact {
                        id: fact::HOST_ACCESS,
                        value: FactValue::Symbols(symbols.into()),
                        origin,
                        span,
                    });
                }
            });
            if let Some(refused) = pod.refused {
                self.with(element, |element| {
                    if element.bool(fact::PRIVILEGED) == Some(true) {
                        element.set(yes_no(fact::PRIVILEGED, false, Origin::Imported, refused));
                    }
                    let symbols = FactValue::Symbols(Box::default());
                    element.set(Fact {
                        id: fact::HOST_ACCESS,
                        value: symbols,
                        origin: Origin::Imported,
                        span: refused,
                    });
                    element.extras.push((
                        "refused".into(),
                        "asks for rights over its machine that its namespace refuses: its pods do not start".into(),
                    ));
                });
            }
            if !pod.access.any() || clusters.several {
                continue;
            }
            let mut components = vec![element.index];
            for pool in pod.pools.iter().filter_map(|at| clusters.pools.get(*at)) {
                // Where a pod may be by chance is no neighbourhood.
                let stays = pod_spec(resource).and_then(|spec| beside_control_plane(spec, &resource.ty)) == Some(true);
                if pool.control && !stays {
                    continue;
                }
                if let Some(node) = self.element_of(pool.at).filter(|one| one.domain == Domain::Component)
                    && !components.contains(&node.index)
                {
                    components.push(node.index);
                }
            }
            if components.len() < 2 {
                continue;
            }
            let name = self.out.model.name(element);
            self.out.model.runtimes.push(SharedRuntime {
                id: format!("host:{}", resource.address).into(),
                name: format!("where {name} runs").into(),
                description: Box::default(),
                tags: Vec::new(),
                components,
                span,
            });
        }
        self.out.clusters = clusters;
    }

    /// What a pool says of its nodes, and what their provider decides where it says nothing.
    fn pool(&mut self, at: u32) {
        let Some(element) = self.element_of(at).filter(|one| one.domain == Domain::Component) else { return };
        let resource = self.input.estate.resource(at);
        let said = self.out.model.get(element).is_some_and(|one| one.fact(fact::PODS_REACH_METADATA).is_some());
        let reach = match &*resource.ty {
            _ if said => None,
            // Google hides it once workloads have identities of their own (new pools take that over by default).
            "google_container_node_pool" => Some(!self.hidden(at)),
            "azurerm_kubernetes_cluster_node_pool" => Some(true),
            // Karpenter's default is one hop (its own documentation); its class may say otherwise.
            "k8s:NodePool" => Some(false),
            _ => None,
        };
        if let Some(reach) = reach {
            let fact = yes_no(fact::PODS_REACH_METADATA, reach, Origin::Default, resource.span);
            self.with(element, |element| element.set(fact));
        }
        if let Some(hops) = self.hops_of_class(at)
            && let Some(element) = self.out.model.get_mut(element)
        {
            element.set(yes_no(fact::PODS_REACH_METADATA, hops > 1.0, Origin::Imported, resource.span));
        }
        if let Some(machine) = word(fact::MACHINE, "virtual", Origin::Default, resource.span) {
            self.with(element, |element| {
                if element.fact(fact::MACHINE).is_none() {
                    element.set(machine);
                }
            });
        }
    }

    /// Whether the cluster of a pool gives workloads identities of their own.
    fn hidden(&self, at: u32) -> bool {
        let cluster = self.input.estate.resource(at).get("cluster");
        let cluster = cluster.map(|value| self.input.estate.referred(value)).unwrap_or_default();
        cluster.first().is_some_and(|at| {
            let cluster = self.input.estate.resource(*at);
            // A plan lists the blocks that nobody wrote, as empty or not known yet.
            let written = |value: &vauban_model::resource::Value| value.each().iter().any(|one| one.as_map().is_some());
            cluster.get("workload_identity_config").is_some_and(written)
                || cluster.get("enable_autopilot").and_then(vauban_model::resource::Value::as_bool) == Some(true)
        })
    }

    /// How many hops Karpenter's class of nodes lets the metadata service answer over.
    fn hops_of_class(&self, at: u32) -> Option<f64> {
        let estate = self.input.estate;
        let pool = estate.resource(at);
        if &*pool.ty != "k8s:NodePool" {
            return None;
        }
        let name = pool.text("spec.template.spec.nodeClassRef.name");
        let mut classes = estate.of_type("k8s:EC2NodeClass").iter().map(|at| estate.resource(*at));
        let class = classes.find(|one| one.text("metadata.name") == name)?;
        if class.text("spec.metadataOptions.httpTokens") == Some("optional") {
            return Some(f64::from(u8::MAX));
        }
        class.get("spec.metadataOptions.httpPutResponseHopLimit")?.as_number()
    }
}

/// The component a resource is.
pub(crate) fn component(lowered: &super::Lowered, at: u32) -> Option<ElementRef> {
    lowered.element(at).filter(|element| element.domain == Domain::Component)
}
