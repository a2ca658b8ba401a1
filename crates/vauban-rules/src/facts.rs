//! Everything known about one model, as columns: stated facts, the defaults of technologies, controls, derived facts.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::index::{Index, MAX_NESTING};
use vauban_model::model::{ElementRef, Fact, Model, Origin, Value};
use vauban_model::vocabulary::{Domain, FACTS, FactId, FactType, Relation, fact, relation};

use crate::bits::{Bits, Column, Truth};
use crate::condition::column;
use crate::derived;
use crate::library::Library;

/// No symbol: the fact is unknown.
pub(crate) const NONE: u16 = u16::MAX;

/// The values of one fact on all elements of one kind.
#[derive(Clone, Debug)]
pub enum Values {
    /// Yes/no.
    Bool(Column),
    /// Positions in the enumeration; [`u16::MAX`] where unknown.
    Symbol(Vec<u16>),
    /// Sets as bit masks (bit = position), and where they are known.
    Set(Vec<u64>, Bits),
    /// Numbers.
    Number(Vec<Option<i64>>),
    /// Lists of words, where they are known.
    Words(FxHashMap<u32, Vec<Box<str>>>),
}

/// What is known about one control on one kind of element, where anything is.
#[derive(Clone, Debug)]
struct ControlColumn {
    column: Column,
    /// Who says so, by element.
    sources: FxHashMap<u32, ControlSource>,
}

/// Why a control is known to be there or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlSource {
    /// The element on which it is stated or shown.
    pub element: ElementRef,
    /// How it came to be known.
    pub origin: Origin,
    /// Where.
    pub span: Span,
}

/// All columns of one model. Built once; evaluation reads it only.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The model.
    pub model: &'a Model,
    /// Its relations.
    pub index: Index,
    /// The library.
    pub library: &'a Library,
    values: Vec<[Option<Values>; 6]>,
    /// Resolved technologies of each component.
    technologies: Vec<Vec<u32>>,
    /// Components of which no technology is known to the library.
    technology_unknown: Bits,
    controls: FxHashMap<(u32, Domain), ControlColumn>,
    /// Facts that a technology gives, by component, for `explain`.
    defaults: FxHashMap<(u32, FactId), (Fact, u32)>,
    scope: [Bits; 6],
}

impl<'a> Facts<'a> {
    /// Builds all columns of a model in time linear in it.
    pub fn new(model: &'a Model, library: &'a Library) -> Self {
        let index = Index::new(model);
        let scope = scopes(model);
        let mut facts = Facts {
            model,
            index,
            library,
            values: (0..FACTS.len()).map(|_| [None, None, None, None, None, None]).collect(),
            technologies: Vec::new(),
            technology_unknown: Bits::none(model.components.len()),
            controls: FxHashMap::default(),
            defaults: FxHashMap::default(),
            scope,
        };
        facts.resolve_technologies();
        facts.load_stated();
        facts.load_defaults();
        derived::structure(&mut facts);
        facts.load_controls();
        facts.show_controls();
        facts
    }

    /// Which elements of a kind are in scope.
    pub fn in_scope(&self, domain: Domain) -> &Bits {
        &self.scope[domain as usize]
    }

    /// How many elements of a kind there are.
    pub fn count(&self, domain: Domain) -> usize {
        self.model.count(domain)
    }

    /// The values of a fact on a kind of element, if any are known.
    pub fn values(&self, domain: Domain, fact: FactId) -> Option<&Values> {
        self.values[fact.0 as usize][domain as usize].as_ref()
    }

    /// Puts a whole column.
    pub(crate) fn put(&mut self, domain: Domain, fact: FactId, values: Values) {
        self.values[fact.0 as usize][domain as usize] = Some(values);
    }

    /// A yes/no fact at an element.
    pub fn truth(&self, domain: Domain, fact: FactId, at: usize) -> Truth {
        match self.values(domain, fact) {
            Some(Values::Bool(column)) => column.get(at),
            _ => Truth::Unknown,
        }
    }

    /// An enumeration fact at an element.
    pub fn symbol(&self, domain: Domain, fact: FactId, at: usize) -> Option<u16> {
        match self.values(domain, fact) {
            Some(Values::Symbol(list)) => list.get(at).copied().filter(|symbol| *symbol != NONE),
            _ => None,
        }
    }

    /// A number at an element.
    pub fn number(&self, domain: Domain, fact: FactId, at: usize) -> Option<i64> {
        match self.values(domain, fact) {
            Some(Values::Number(list)) => list.get(at).copied().flatten(),
            _ => None,
        }
    }

    /// A set at an element as a bit mask.
    pub fn set(&self, domain: Domain, fact: FactId, at: usize) -> Option<u64> {
        match self.values(domain, fact) {
            Some(Values::Set(masks, known)) if known.get(at) => masks.get(at).copied(),
            _ => None,
        }
    }

    /// The value of a fact at an element, whatever its type, in the words of the model.
    pub fn text(&self, element: ElementRef, id: FactId) -> Option<String> {
        let (domain, at) = (element.domain, element.at());
        let words = vauban_model::model::enumeration_of(id);
        match self.values(domain, id) {
            Some(Values::Bool(column)) => match column.get(at) {
                Truth::True => Some("yes".to_owned()),
                Truth::False => Some("no".to_owned()),
                Truth::Unknown => None,
            },
            Some(Values::Symbol(_)) => self.symbol(domain, id, at).and_then(|s| words.map(|w| w.word(s).to_owned())),
            Some(Values::Number(_)) => self.number(domain, id, at).map(|n| n.to_string()),
            Some(Values::Set(..)) => {
                let mask = self.set(domain, id, at)?;
                let words = words?;
                let names: Vec<&str> =
                    (0..64u16).filter(|bit| mask >> bit & 1 == 1).map(|bit| words.word(bit)).collect();
                Some(names.join(", "))
            }
            Some(Values::Words(_)) | None => {
                let fact = self.model.get(element)?.fact(id)?;
                Some(crate::library::threat::value_text(self.model, id, &fact.value))
            }
        }
    }

    /// The technologies of a component that the library knows.
    pub fn technologies(&self, component: usize) -> &[u32] {
        self.technologies.get(component).map_or(&[], |list| list)
    }

    /// Whether a component is one of these technologies or a kind of one.
    pub fn is(&self, component: usize, wanted: &[u32]) -> Truth {
        let library = self.library;
        let own = self.technologies(component);
        if own.iter().any(|t| wanted.iter().any(|w| library.technologies[*t as usize].closure.binary_search(w).is_ok()))
        {
            return Truth::True;
        }
        if !self.technology_unknown.get(component) {
            return Truth::False;
        }
        // Nobody said what it is made of. It still cannot be something of another kind.
        match self.symbol(Domain::Component, fact::KIND, component) {
            Some(kind) if wanted.iter().all(|w| library.technologies[*w as usize].kind.is_some_and(|k| k != kind)) => {
                Truth::False
            }
            _ => Truth::Unknown,
        }
    }

    /// Whether a control is there.
    pub fn has(&self, domain: Domain, control: u32, at: usize) -> Truth {
        self.controls.get(&(control, domain)).map_or(Truth::Unknown, |known| known.column.get(at))
    }

    /// The column of a control; `None` when nothing is known of it on this kind of element.
    pub fn control_column(&self, domain: Domain, control: u32) -> Option<&Column> {
        self.controls.get(&(control, domain)).map(|known| &known.column)
    }

    /// Who says that a control is there or missing.
    pub fn control_source(&self, domain: Domain, control: u32, at: usize) -> Option<ControlSource> {
        let at = u32::try_from(at).ok()?;
        self.controls.get(&(control, domain))?.sources.get(&at).copied()
    }

    /// The fact that a technology gives a component by default, and the technology.
    pub fn default_of(&self, component: u32, id: FactId) -> Option<&(Fact, u32)> {
        self.defaults.get(&(component, id))
    }

    fn resolve_technologies(&mut self) {
        let mut cache: FxHashMap<&str, Option<u32>> = FxHashMap::default();
        let mut all = Vec::with_capacity(self.model.components.len());
        for (at, component) in self.model.components.iter().enumerate() {
            let words = component.element.words(fact::TECHNOLOGY);
            let mut list = Vec::with_capacity(words.len());
            for word in words {
                let found = *cache.entry(word).or_insert_with(|| self.library.technology(word));
                list.extend(found);
            }
            if list.is_empty() {
                self.technology_unknown.set(at);
            }
            all.push(list);
        }
        self.technologies = all;
    }

    fn load_stated(&mut self) {
        for domain in Domain::ALL {
            for index in 0..self.model.count(domain) {
                let Some(element) = self.model.get(ElementRef::new(domain, index)) else { continue };
                for fact in &element.facts {
                    self.set_value(domain, index, fact.id, &fact.value);
                }
            }
        }
    }

    fn set_value(&mut self, domain: Domain, index: usize, id: FactId, value: &Value) {
        let count = self.model.count(domain);
        let Some(by_domain) = self.values.get_mut(id.0 as usize) else { return };
        let slot = &mut by_domain[domain as usize];
        if slot.is_none() {
            *slot = match id.definition().ty {
                FactType::Bool => Some(Values::Bool(Column::unknown(count))),
                FactType::Enum(_) => Some(Values::Symbol(vec![NONE; count])),
                FactType::Set(_) => Some(Values::Set(vec![0; count], Bits::none(count))),
                FactType::Number => Some(Values::Number(vec![None; count])),
                FactType::Words => Some(Values::Words(FxHashMap::default())),
                // References are relations, technologies are resolved, free text is never asked for.
                FactType::References(_) | FactType::Technologies | FactType::Text => None,
            };
        }
        match (slot, value) {
            (Some(Values::Bool(column)), Value::Bool(value)) => column.set(index, Truth::of(Some(*value))),
            (Some(Values::Symbol(list)), Value::Symbol(value)) => list[index] = *value,
            (Some(Values::Set(masks, known)), Value::Symbols(values)) => {
                masks[index] = values.iter().filter(|v| **v < 64).fold(0, |mask, value| mask | 1 << value);
                known.set(index);
            }
            (Some(Values::Number(list)), Value::Number(value)) => list[index] = Some(*value),
            (Some(Values::Words(map)), Value::Words(words)) => {
                let at = u32::try_from(index).unwrap_or(u32::MAX);
                map.insert(at, words.iter().map(|word| word.to_lowercase().into()).collect());
            }
            _ => {}
        }
    }

    /// Facts that hold unless the model says otherwise: the technology's defaults, and its kind.
    fn load_defaults(&mut self) {
        let library = self.library;
        for component in 0..self.model.components.len() {
            let element = &self.model.components[component].element;
            let span = element.fact(fact::TECHNOLOGY).map_or(element.span, |fact| fact.span);
            let at = u32::try_from(component).unwrap_or(u32::MAX);
            let own = std::mem::take(&mut self.technologies[component]);
            for technology in &own {
                let entry = &library.technologies[*technology as usize];
                let kind = entry.kind.map(|kind| Fact {
                    id: fact::KIND,
                    value: Value::Symbol(kind),
                    origin: Origin::Default,
                    span,
                });
                for default in entry.defaults.iter().cloned().chain(kind) {
                    if element.fact(default.id).is_some() || self.defaults.contains_key(&(at, default.id)) {
                        continue;
                    }
                    self.set_value(Domain::Component, component, default.id, &default.value);
                    self.defaults.insert((at, default.id), (Fact { span, ..default }, *technology));
                }
            }
            self.technologies[component] = own;
        }
    }

    /// Controls as stated, brought by technologies, and inherited from boundaries and the system.
    fn load_controls(&mut self) {
        let model = self.model;
        // By control: what is said on the system, on boundaries and on the elements themselves.
        let mut said: FxHashMap<u32, Vec<(ElementRef, bool, Origin, Span)>> = FxHashMap::default();
        let mut names: FxHashMap<&str, Option<u32>> = FxHashMap::default();
        for domain in Domain::ALL {
            for (element, entry) in model.elements(domain) {
                for statement in &entry.controls {
                    let found =
                        *names.entry(&statement.control).or_insert_with(|| self.library.control(&statement.control));
                    if let Some(control) = found {
                        said.entry(control).or_default().push((
                            element,
                            statement.present,
                            statement.origin,
                            statement.span,
                        ));
                    }
                }
            }
        }
        for (component, own) in self.technologies.iter().enumerate() {
            let element = ElementRef::new(Domain::Component, component);
            let span = model.components[component].element.fact(fact::TECHNOLOGY).map(|fact| fact.span);
            let span = span.unwrap_or(model.components[component].element.span);
            for technology in own {
                for control in &self.library.technologies[*technology as usize].controls {
                    said.entry(*control).or_default().push((element, true, Origin::Default, span));
                }
            }
        }
        self.load_guards(&mut said);
        self.load_checkpoints(&mut said);

        let mut controls: Vec<u32> = said.keys().copied().collect();
        controls.sort_unstable();
        let by_depth = outermost_first(model);
        // A flow is inside what both its ends are inside of.
        let inside: Vec<Option<u32>> = model
            .flows
            .iter()
            .map(|flow| {
                let (source, target) = (self.around(flow.source as usize), self.around(flow.target as usize));
                source.iter().copied().find(|boundary| target.contains(boundary))
            })
            .collect();
        for control in controls {
            let Some(mut statements) = said.remove(&control) else { continue };
            // A person's word about an element outranks what a technology brings; the later of two wins.
            statements.sort_by_key(|(element, _, origin, _)| {
                (*element, *origin != Origin::Default && *origin != Origin::Derived)
            });
            let on_system = statements.iter().rev().find(|(element, ..)| element.domain == Domain::System).copied();
            let mut on_boundary: Vec<Option<(ElementRef, bool, Origin, Span)>> = vec![None; model.boundaries.len()];
            for statement in statements.iter().filter(|s| s.0.domain == Domain::Boundary) {
                on_boundary[statement.0.at()] = Some(*statement);
            }
            let any_boundary = on_boundary.iter().any(Option::is_some);
            if any_boundary || on_system.is_some() {
                for at in &by_depth {
                    if on_boundary[*at].is_none() {
                        let parent = model.boundaries[*at]
                            .parent
                            .and_then(|parent| on_boundary.get(parent as usize).copied().flatten());
                        on_boundary[*at] = parent.or(on_system);
                    }
                }
            }
            for domain in Domain::ALL {
                let own = statements.iter().filter(|s| s.0.domain == domain);
                let inherits = on_system.is_some()
                    || any_boundary && domain != Domain::System && domain != Domain::Data && domain != Domain::Identity;
                if own.clone().next().is_none() && !inherits {
                    continue;
                }
                let count = self.count(domain);
                let mut column = Column::unknown(count);
                let mut sources = FxHashMap::default();
                let mut put = |at: usize, statement: (ElementRef, bool, Origin, Span)| {
                    let (element, present, origin, span) = statement;
                    column.set(at, Truth::of(Some(present)));
                    sources.insert(u32::try_from(at).unwrap_or(u32::MAX), ControlSource { element, origin, span });
                };
                if inherits {
                    for at in 0..count {
                        let inherited = match domain {
                            Domain::Component => model.components[at]
                                .boundary
                                .and_then(|boundary| on_boundary.get(boundary as usize).copied().flatten())
                                .or(on_system),
                            Domain::Flow => inside[at]
                                .and_then(|boundary| on_boundary.get(boundary as usize).copied().flatten())
                                .or(on_system),
                            Domain::Boundary => on_boundary[at],
                            _ => on_system,
                        };
                        if let Some(statement) = inherited {
                            put(at, statement);
                        }
                    }
                }
                for statement in own {
                    put(statement.0.at(), *statement);
                }
                self.controls.insert((control, domain), ControlColumn { column, sources });
            }
        }
    }

    /// What stands behind a guard on every way in from outside has the guard's controls.
    fn load_guards(&self, said: &mut FxHashMap<u32, Vec<(ElementRef, bool, Origin, Span)>>) {
        let guards = |component: usize| {
            self.technologies(component)
                .iter()
                .flat_map(|t| self.library.technologies[*t as usize].guards.iter().copied())
        };
        if self.technologies.iter().enumerate().all(|(at, _)| guards(at).next().is_none()) {
            return;
        }
        for component in 0..self.model.components.len() {
            let ways_in: Vec<usize> = self
                .index
                .row(relation::COMPONENT_INBOUND, u32::try_from(component).unwrap_or(u32::MAX))
                .iter()
                .map(|flow| *flow as usize)
                .filter(|flow| self.truth(Domain::Flow, fact::CROSSES_BOUNDARY, *flow) == Truth::True)
                .collect();
            let Some(first) = ways_in.first() else { continue };
            // A two-way flow may also come in from its target.
            let caller = |flow: usize| {
                let ends = &self.model.flows[flow];
                if ends.source as usize == component { ends.target as usize } else { ends.source as usize }
            };
            for control in guards(caller(*first)) {
                if ways_in.iter().all(|flow| guards(caller(*flow)).any(|other| other == control)) {
                    let span = self.model.flows[*first].element.span;
                    let element = ElementRef::new(Domain::Component, component);
                    said.entry(control).or_default().push((element, true, Origin::Derived, span));
                }
            }
        }
    }

    /// A checkpoint shows that what it protects authenticates or authorises its callers.
    fn load_checkpoints(&self, said: &mut FxHashMap<u32, Vec<(ElementRef, bool, Origin, Span)>>) {
        // The control is found by alias, so that no control's name stands in code.
        let authorises = self.library.control("checkpoint:authorisation");
        let authenticates = self.library.control("checkpoint:authentication");
        for checkpoint in &self.model.checkpoints {
            let control = if checkpoint.authenticates { authenticates } else { authorises };
            let Some(control) = control else { continue };
            for component in &checkpoint.protects {
                let element = ElementRef { domain: Domain::Component, index: *component };
                said.entry(control).or_default().push((element, true, Origin::Stated, checkpoint.span));
            }
        }
    }

    /// Controls that facts show to be there or missing, where nobody said anything else.
    fn show_controls(&mut self) {
        let library = self.library;
        for (control, rule) in (0u32..).zip(&library.control_rules) {
            let shown = rule.present_when.iter().map(|c| (c, true)).chain(rule.missing_when.iter().map(|c| (c, false)));
            for ((domain, condition), present) in shown {
                let column = column::evaluate(condition, *domain, self);
                if column.yes.is_none() {
                    continue;
                }
                let count = self.count(*domain);
                let model = self.model;
                let known = self
                    .controls
                    .entry((control, *domain))
                    .or_insert_with(|| ControlColumn { column: Column::unknown(count), sources: FxHashMap::default() });
                for at in column.yes.iter() {
                    if known.column.get(at) != Truth::Unknown {
                        continue;
                    }
                    known.column.set(at, Truth::of(Some(present)));
                    let element = ElementRef::new(*domain, at);
                    let span = model.get(element).map(|e| e.span);
                    if let (Ok(at), Some(span)) = (u32::try_from(at), span) {
                        known.sources.insert(at, ControlSource { element, origin: Origin::Derived, span });
                    }
                }
            }
        }
    }

    /// Every element a many-relation leads to.
    pub fn row(&self, relation: Relation, at: usize) -> &[u32] {
        self.index.rows(relation).row(at)
    }

    /// Boundaries around a component, innermost first, at most [`MAX_NESTING`].
    pub fn around(&self, component: usize) -> &[u32] {
        let row = self.row(relation::COMPONENT_BOUNDARIES, component);
        &row[..row.len().min(MAX_NESTING)]
    }
}

/// What is analysed, by kind of element. Boundaries are looked at once each, so that deep nesting costs nothing.
fn scopes(model: &Model) -> [Bits; 6] {
    let mut left_out = Bits::none(model.boundaries.len());
    for at in outermost_first(model) {
        let boundary = &model.boundaries[at];
        if !boundary.element.in_scope() || boundary.parent.is_some_and(|parent| left_out.get(parent as usize)) {
            left_out.set(at);
        }
    }
    let components = Bits::of(model.components.len(), |at| {
        let component = &model.components[at];
        component.element.in_scope() && !component.boundary.is_some_and(|boundary| left_out.get(boundary as usize))
    });
    Domain::ALL.map(|domain| match domain {
        Domain::Component => components.clone(),
        Domain::Boundary => left_out.complement(),
        Domain::Flow => Bits::of(model.flows.len(), |at| {
            let flow = &model.flows[at];
            flow.element.in_scope() && (components.get(flow.source as usize) || components.get(flow.target as usize))
        }),
        _ => Bits::of(model.count(domain), |at| model.in_scope(ElementRef::new(domain, at))),
    })
}

/// All boundaries, each behind the one around it, however deep they are nested. A ring is cut somewhere.
fn outermost_first(model: &Model) -> Vec<usize> {
    let mut order = Vec::with_capacity(model.boundaries.len());
    let mut seen = Bits::none(model.boundaries.len());
    let mut chain = Vec::new();
    for start in 0..model.boundaries.len() {
        let mut next = Some(start);
        while let Some(at) = next.filter(|at| *at < model.boundaries.len() && !seen.get(*at)) {
            seen.set(at);
            chain.push(at);
            next = model.boundaries[at].parent.map(|parent| parent as usize);
        }
        order.extend(chain.drain(..).rev());
    }
    order
}
