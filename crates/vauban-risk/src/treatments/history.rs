//! What happened to one finding, and which of its approvals count.

use vauban_model::record::{Event, EventKind, Happened, Record, same_person};

/// The events about a treatment, in the order in which they took effect, and those that a correction calls void.
#[derive(Clone, Debug, Default)]
pub(super) struct History<'a> {
    /// Those that hold.
    pub(super) events: Vec<&'a Event>,
    /// Those that were called void, each with its correction and how many of `events` come before it.
    pub(super) void: Vec<(&'a Event, &'a Event, usize)>,
}

impl<'a> History<'a> {
    /// What a record says about a finding of a system.
    pub(super) fn of(record: &'a Record, system: &str, finding: &str, today: Option<&str>) -> Self {
        let mut out = History::default();
        for happened in record.history(Some(system), today).into_iter().filter(|it| *it.event.subject == *finding) {
            out.take(happened);
        }
        out
    }

    /// Takes in what happened next.
    pub(super) fn take(&mut self, happened: Happened<'a>) {
        if !happened.event.kind.is_of_treatment() {
            return;
        }
        match happened.void {
            None => self.events.push(happened.event),
            Some(correction) => self.void.push((happened.event, correction, self.events.len())),
        }
    }

    /// Whether something that was said about the decision itself was called void.
    pub(super) fn took_back(&self) -> bool {
        let decides = [EventKind::Proposed, EventKind::Approved, EventKind::Rejected, EventKind::Withdrawn];
        self.void.iter().any(|(event, ..)| decides.contains(&event.kind))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.void.is_empty()
    }

    /// The newest of its events; one that was called void where there is no other.
    pub(super) fn last(&self) -> Option<&'a Event> {
        self.events.last().copied().or_else(|| self.void.last().map(|(event, ..)| *event))
    }

    /// Whether the approval at a position counts: somebody else than the authors gave it, and nothing that it came before
    /// was called void since, so that it would stand again without anybody having said so.
    pub(super) fn counts(&self, at: usize) -> bool {
        let Some(approval) = self.events.get(at) else { return false };
        let base = self.base(at);
        let revived = self.void.iter().any(|(event, correction, before)| {
            let undone = matches!(event.kind, EventKind::Proposed | EventKind::Rejected | EventKind::Withdrawn);
            let since = base.is_none_or(|base| *before > base);
            let earlier = approval.number < correction.number || approval.effective < correction.effective;
            undone && since && earlier
        });
        !revived && !self.authors(at).iter().any(|author| same_person(author, &approval.who))
    }

    /// Who proposed what the approval at a position would approve, a position behind the last for one that is still to come:
    /// the author of the last proposal before, and of those since that were called void. A correction takes nobody's
    /// authorship away.
    pub(super) fn authors(&self, at: usize) -> Vec<&'a str> {
        let base = self.base(at).and_then(|base| self.events.get(base));
        let number = self.events.get(at).map_or(u64::MAX, |event| event.number);
        let since = |event: &Event| event.number < number && base.is_none_or(|base| event.number > base.number);
        let void = self.void.iter().map(|(event, ..)| *event);
        let void = void.filter(|event| event.kind == EventKind::Proposed && since(event));
        base.copied().into_iter().chain(void).map(|event| &*event.who).collect()
    }

    /// The position of the proposal that the event at a position is about; the last one for a position behind the end.
    ///
    /// Days of joined branches interleave, so the last proposal before it need not be meant. What is approved is told by the
    /// content it carries, or by the words of the decision it is bound to, as the model may have changed between; what is
    /// turned down or taken back, by the treatment it names. Where nothing tells, the last one is meant.
    fn base(&self, at: usize) -> Option<usize> {
        let before = self.events.get(..at).unwrap_or(&self.events);
        let meant = |proposal: &&Event| {
            self.events.get(at).is_none_or(|event| {
                proposal.kind == EventKind::Proposed
                    && if event.kind == EventKind::Approved {
                        is_approved_by(proposal, event)
                    } else {
                        let named = event.detail("treatment");
                        named.is_none() || named == proposal.detail("treatment")
                    }
            })
        };
        let proposals = || before.iter().enumerate().rev().filter(|(_, event)| event.kind == EventKind::Proposed);
        proposals().find(|(_, proposal)| meant(proposal)).or_else(|| proposals().next()).map(|(at, _)| at)
    }

    /// The proposal that the event at a position is about.
    pub(super) fn proposal(&self, at: usize) -> Option<&'a Event> {
        self.base(at).and_then(|base| self.events.get(base)).copied()
    }

    /// Whether the event at a position is about the last proposal before it, or about no proposal.
    pub(super) fn is_of_last(&self, at: usize) -> bool {
        let before = self.events.get(..at).unwrap_or(&self.events);
        self.base(at) == before.iter().rposition(|event| event.kind == EventKind::Proposed)
    }
}

/// Whether an approval is of a proposal: of its content, or of the same words about a model that changed since.
fn is_approved_by(proposal: &Event, approval: &Event) -> bool {
    let unbound = proposal.content.is_empty() || approval.content.is_empty();
    unbound || proposal.content == approval.content || {
        let bound = |name: &str| approval.detail(&super::content::bound(name));
        let same = |name: &str| {
            bound(name).unwrap_or_default() == super::content::written(name, proposal.detail(name).unwrap_or_default())
        };
        bound("treatment").is_some()
            && ["treatment", "reason", "until"].into_iter().all(same)
            && (bound("owner").is_none() || same("owner"))
    }
}

/// Who may not approve what is proposed about a finding, because they proposed it.
pub fn authors<'a>(record: &'a Record, system: &str, finding: &str, today: Option<&str>) -> Vec<&'a str> {
    History::of(record, system, finding, today).authors(usize::MAX)
}
