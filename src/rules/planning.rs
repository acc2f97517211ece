//! Goes through the steps of a rule in order: each becomes its actions, or is skipped with what passes on its result. What
//! an action is made of is `steps.rs`'s.

use crate::facts::Read;
use crate::names::Name;
use crate::plan::{Action, ActionId, Arg, Flag, Stage, each};
use crate::rules::collect::{Collected, Collects, collect};
use crate::rules::contact::{self, CREATE_CONTACT, Create, LINK_CONTACT};
use crate::rules::judge::Broken;
use crate::rules::steps::{Acts, Args, Wanted, action, step_wanted, unseen, updated, waits, writes_nothing};
use crate::rules::text_fit::{self, Fitted};
use crate::rules::{Rule, StageOf, Step};
use crate::script::{Evaluated, NOUNS, Refusal, View};

/// Stands for a step whose own lines do not hold.
const NOT_PLANNED: ActionId = ActionId::MAX;

/// What the steps came to so far.
struct Planning<'r> {
    rule: &'r Rule,
    view: View,
    /// Those that were planned for the event before, and those of this rule.
    actions: Vec<Action>,
    /// Where those of this rule begin.
    start: usize,
    /// The actions of each step: several where a text is split or goes to several, none where it is skipped.
    parts: Vec<Vec<ActionId>>,
    /// What came into the text of a step that collects: each as its own event would see it.
    collected: Vec<View>,
    needs: Vec<Read>,
    flags: Vec<Flag>,
}

/// The actions of a rule with steps; `before` are those already planned for the event.
pub fn wanted(rule: &Rule, steps: &[Step], view: &View, before: &[Action]) -> Wanted {
    let mut planning = Planning {
        rule,
        view: view.clone(),
        actions: before.to_vec(),
        start: before.len(),
        parts: Vec::with_capacity(steps.len()),
        collected: vec![],
        needs: vec![],
        flags: vec![],
    };
    for step in steps {
        if let Err(broken) = planning.take_each(step) {
            return Wanted::Broken(broken);
        }
    }
    if !planning.needs.is_empty() {
        return Wanted::Needs(planning.needs);
    }
    let actions = planning.actions.split_off(planning.start);
    let stages = stages(rule, &actions, steps, &planning.parts);
    Wanted::Acts(Acts { actions, flags: planning.flags, stages })
}

impl Planning<'_> {
    /// A step that is done for each of what was collected has the actions of all.
    fn take_each(&mut self, step: &Step) -> Result<(), Broken> {
        self.take(step)?;
        if matches!(step.collects, Collects::Each) {
            let (own, of) = (self.view.clone(), self.parts.len() - 1);
            for of_another in self.collected.clone() {
                self.view = View { laters: own.laters.clone(), ..of_another };
                self.take(step)?;
                let further = self.parts.pop().unwrap_or_default();
                self.parts[of].extend(further);
            }
            self.view = own;
        }
        Ok(())
    }

    fn take(&mut self, step: &Step) -> Result<(), Broken> {
        let wanted = step_wanted(step, &self.view).and_then(|args| self.with_contact(step, args));
        match wanted.and_then(|args| self.with_more(step, args)) {
            Ok(Some(collected)) => self.plan(step, collected)?,
            Ok(None) => self.skip(step),
            Err(Evaluated::Needs(reads)) => {
                self.needs.extend(reads);
                // All of this is worked out again once they are answered.
                self.put(step, vec![], 0);
            }
            Err(Evaluated::Failed(error)) => return Err(Broken::Failed(error, Some(step.at.clone()))),
            Err(Evaluated::Refused(refusal)) => return Err(Broken::Refused(refusal)),
            Err(Evaluated::Is(_)) => unreachable!("a value is no obstacle"),
        }
        Ok(())
    }

    /// What comes into the text of a step that collects.
    fn with_more(&mut self, step: &Step, args: Option<Args>) -> Result<Option<Collected>, Evaluated> {
        args.map(|args| collect(self.rule, step, &self.view, args)).transpose()
    }

    fn plan(&mut self, step: &Step, collected: Collected) -> Result<(), Broken> {
        let Collected { args, also, views } = collected;
        self.needs.extend(unseen(&self.view, &step.function, &args));
        let args = updated(step, &self.view, args);
        if writes_nothing(step, &args) || waits(&args).contains(&NOT_PLANNED) {
            self.skip(step);
            return Ok(());
        }
        let after = self.after(step, &args);
        let writes = self.writes(step, args).map_err(Broken::Refused)?;
        if writes.iter().all(Vec::is_empty) {
            self.skip(step);
            return Ok(());
        }
        let first = self.actions.len();
        self.add(step, writes, &after);
        self.actions[first].collects = matches!(step.collects, Collects::Together(_));
        self.actions[first].also = also;
        self.collected.extend(views);
        Ok(())
    }

    /// What a step writes to each of those that it goes to, in its parts.
    fn writes(&self, step: &Step, args: Args) -> Result<Vec<Vec<Args>>, Refusal> {
        let to = self.view.catalog.get(step.function.as_str()).and_then(|function| function.each);
        let parts = |args| match text_fit::fit(&step.fits, args) {
            Fitted::Writes(writes) => Ok(writes),
            Fitted::Refused(refusal) => Err(refusal),
        };
        each(to, args).into_iter().map(parts).collect()
    }

    /// What a step stands after: of a text in parts the last one, since only then it is said.
    fn after(&self, step: &Step, args: &Args) -> Vec<ActionId> {
        let mut after: Vec<ActionId> = step.after.iter().filter_map(|&step| self.parts[step].last().copied()).collect();
        for id in waits(args) {
            let of = self.parts.iter().find(|parts| parts.first() == Some(&id));
            after.extend(of.and_then(|parts| parts.last()).copied().filter(|last| *last != id));
            after.push(id);
        }
        if after.is_empty() && self.actions.len() > self.start {
            // What was begun is finished: the first one alone must still be planned when it goes.
            after.push(self.start as ActionId);
        }
        after
    }

    fn add(&mut self, step: &Step, writes: Vec<Vec<Args>>, after: &[ActionId]) {
        let first = self.actions.len() as ActionId;
        for parts in writes {
            let mut after = after.to_vec();
            for args in parts {
                let function = step.function.clone();
                let action = action(self.rule, &self.view, &self.actions, function, args, after, step.at.clone());
                // One part after the other.
                after = vec![action.id];
                self.actions.push(action);
            }
        }
        self.put(step, (first..self.actions.len() as ActionId).collect(), first);
    }

    /// What passes on the result of a step that is skipped is skipped too.
    fn skip(&mut self, step: &Step) {
        self.put(step, vec![], NOT_PLANNED);
    }

    fn put(&mut self, step: &Step, parts: Vec<ActionId>, result: ActionId) {
        if let Some(name) = &step.named {
            self.view.laters.insert(name.clone(), result);
        }
        self.parts.push(parts);
    }

    /// The contact of the case that a step opens; one that is to be created comes first, with its link.
    fn with_contact(&mut self, step: &Step, args: Option<Args>) -> Result<Option<Args>, Evaluated> {
        let Some(contact) = &step.contact else { return Ok(args) };
        let Some(mut args) = args else { return Ok(None) };
        let chosen = contact.choose(&self.view)?;
        let flag = |(code, text)| Flag { rule: self.rule.address.clone(), code, text, at: contact.at.clone() };
        self.flags.extend(chosen.flag.map(flag));
        let mut id = chosen.id;
        if let Some(Create { login, fields }) = chosen.create {
            let made = Arg::Later { action: self.actions.len() as ActionId, path: "Id".into() };
            let create = vec![("login".into(), login.clone()), ("fields".into(), fields)];
            let link = vec![("login".into(), login), ("contact".into(), made.clone())];
            for (function, args) in [(CREATE_CONTACT, create), (LINK_CONTACT, link)] {
                let (after, at) = (waits(&args), contact.at.clone());
                let action = action(self.rule, &self.view, &self.actions, function.into(), args, after, at);
                self.actions.push(action);
            }
            id = Some(made);
        }
        if let (Some(id), Some((_, fields))) = (id, args.iter_mut().find(|(name, _)| name.as_str() == "fields")) {
            contact::put(fields, id);
        }
        Ok(Some(args))
    }
}

/// The stages that hang on what is planned; one that hangs on a step whose own lines do not hold never comes, and one that
/// hangs on a text in parts hangs on all of them.
pub fn stages(rule: &Rule, actions: &[Action], steps: &[Step], parts: &[Vec<ActionId>]) -> Vec<Stage> {
    // `case` is the fact by then: the one that is linked, as it is at that time.
    let named = steps.iter().zip(parts).filter_map(|(step, parts)| Some((step.named.clone()?, *parts.first()?)));
    let results: Vec<(Name, ActionId)> = named.filter(|(name, _)| !NOUNS.contains(&name.as_str())).collect();
    let stage = |hangs: &StageOf| {
        let of = match hangs.of {
            Some(step) => parts.get(step)?.clone(),
            None => actions.iter().map(|action| action.id).collect(),
        };
        let (rule, wait) = (hangs.stage.clone(), hangs.wait.clone());
        (!of.is_empty()).then(|| Stage { rule, of, ends: hangs.ends, wait, results: results.clone() })
    };
    rule.stages.iter().filter_map(stage).collect()
}
