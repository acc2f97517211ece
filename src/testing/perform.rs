//! Plays one test on the real engine: step by step, with the stage's seams.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;

use crate::catalog::{Asked, Call, Catalog, Seen};
use crate::engine::{Engine, Happened, Parts, Scope, Summary, scan};
use crate::event::Event;
use crate::facts::{Answer, Args, Facts, Recorded};
use crate::names::{BridgeId, EventKind, Lane, RuleAddress, Subject};
use crate::packs;
use crate::ports::{Batch, Clock, Store, StoreError};
use crate::problem::Problem;
use crate::rules::Trigger;
use crate::testing::came_of::CameOf;
use crate::testing::compiled::{Compiled, Rules};
use crate::testing::given::Given;
use crate::testing::placing::Stand;
use crate::testing::stage::{self, Jumping, NoChance, Shared, lock};
use crate::testing::test_file::{RuleTest, Step, When};
use crate::testing::{codes, lines};
use crate::value::Value;

/// What a test is played on; handed in, because concrete stores and hosts are not this room's.
pub struct Ground {
    pub bridge: BridgeId,
    pub store: Arc<dyn Store>,
    pub catalog: Arc<Catalog>,
}

/// A test that is ready to be played: compiled with its settings, its first facts placed.
pub struct Play {
    engine: Engine,
    world: Shared,
    clock: Arc<Jumping>,
    happened: Arc<Mutex<Vec<Happened>>>,
    written: Arc<[RuleAddress]>,
    /// Events so far, so that each has an id of its own.
    events: usize,
}

impl Play {
    /// Compiles and places; everything that is wrong with the test comes at once.
    pub fn prepare(test: &RuleTest, compiled: &mut Compiled, ground: Ground) -> Result<Self, Vec<Problem>> {
        let (world, clock) = (Shared::default(), Jumping::at(test.now));
        let catalog = Arc::new(stage::catalog(&ground.catalog, &world, &clock));
        let Rules { set, written } = compiled.with(&test.settings, &catalog)?;
        let mut problems = lines::check(test, &set, &written);
        let index_lag = match set.settings.get("index_lag") {
            Value::Span(lag) => *lag,
            _ => SignedDuration::ZERO,
        };
        let happened: Arc<Mutex<Vec<Happened>>> = Arc::default();
        let (watched, archive) = (happened.clone(), catalog.clone());
        let engine = Engine::open(Parts {
            bridge: ground.bridge,
            catalog,
            rules: set,
            recompile: Arc::new(move |sources| packs::compile::recompile(sources, &archive)),
            store: ground.store,
            clock: clock.clone(),
            entropy: Arc::new(NoChance),
            index_lag,
            watch: Arc::new(move |happened| watched.lock().unwrap_or_else(PoisonError::into_inner).push(happened)),
        })
        .map_err(|error| vec![Problem::new(codes::CANNOT_BE_GIVEN, &test.at, error.to_string())])?;
        let play = Play { engine, world, clock, happened, written, events: 0 };
        problems.extend(test.steps.first().and_then(|step| play.place(step).err()));
        if problems.is_empty() { Ok(play) } else { Err(problems) }
    }

    /// The rules with the settings of this test.
    pub fn rules(&self) -> &crate::rules::RuleSet {
        &self.engine.parts().rules
    }

    /// One step: time, facts, then what happens; and what came of it.
    pub async fn step(&mut self, step: &Step, is_first: bool) -> Result<CameOf, Problem> {
        if let When::Passes(span) = step.when {
            self.clock.move_to(self.clock.now() + span);
        }
        let failed = |error: StoreError| Problem::new(codes::CANNOT_BE_GIVEN, &step.at, error.to_string());
        if !is_first {
            // What an engine remembers of people for an hour is not what this step gives.
            self.engine = Engine::open(self.engine.parts().clone()).map_err(failed)?;
            // Two things never happen at one moment.
            self.clock.move_to(self.clock.now() + SignedDuration::from_secs(1));
            self.learn_link(step).await;
            self.place(step)?;
        }
        {
            let mut world = lock(&self.world);
            world.reads.clone_from(&step.reads);
            world.faults.clone_from(&step.faults);
        }
        self.link().await.map_err(failed)?;
        let before = self.acted_before().map_err(failed)?;
        let summary = self.happen(step).await.map_err(failed)?;
        let happened = std::mem::take(&mut *self.happened.lock().unwrap_or_else(PoisonError::into_inner));
        let unanswered = std::mem::take(&mut lock(&self.world).unanswered);
        Ok(CameOf::of(step, self.rules(), &self.written, happened, &summary, unanswered, &before))
    }

    /// The rules that have acted on what the test is about, and may not do so again.
    fn acted_before(&self) -> Result<Vec<RuleAddress>, StoreError> {
        let mut before = Vec::new();
        for rule in &self.rules().rules {
            let Trigger::Due { look_at, event, .. } = &rule.trigger else { continue };
            let subject = match look_at {
                Some(_) => scan::subject(event, lock(&self.world).subject(event).as_str().unwrap_or_default()),
                None => scan::of_tick(rule),
            };
            if self.engine.has_acted(rule, &subject)? {
                before.push(rule.address.clone());
            }
        }
        Ok(before)
    }

    async fn happen(&mut self, step: &Step) -> Result<Summary, StoreError> {
        match &step.when {
            When::Everything | When::Passes(_) => self.engine.run(&Scope::default()).await,
            When::Due(rule, _) => self.engine.run(&Scope { rule: Some(rule.clone()), ..Scope::default() }).await,
            When::Event(_) => {
                self.events += 1;
                self.engine.handle(vec![self.event(step)]).await
            }
        }
    }

    fn event(&self, step: &Step) -> Event {
        let kind = step.when.kind();
        let world = lock(&self.world);
        let id = world.subject(&kind);
        let (host, noun) =
            if kind.as_str().starts_with("salesforce.") { ("salesforce", "case") } else { ("khoros", "thread") };
        let subject = Subject::new(host, noun, id.as_str().unwrap_or_default());
        let told =
            step.given.iter().filter_map(|given| Some((given.path.behind("event")?.to_string(), given.value.clone())));
        let hint = world.things(&self.engine.parts().catalog, &kind).into_iter().chain(told);
        Event {
            id: format!("test:{}:{kind}:{subject}", self.events).into(),
            bridge: self.engine.parts().bridge.clone(),
            kind,
            lane: Lane::from(subject.as_str()),
            subject,
            found_by: vec![],
            at: self.clock.now(),
            hint: Value::map(hint),
        }
    }

    /// Places the facts of a step and looks whether they come out as given.
    fn place(&self, step: &Step) -> Result<(), Problem> {
        let parts = self.engine.parts();
        let kind = step.when.kind();
        let stand = self.stand(&kind);
        let cannot = |given: &Given, why: String| {
            let what = format!("`{}` cannot be given so", given.path);
            Err(Problem::new(codes::CANNOT_BE_GIVEN, &given.at, what).because(why))
        };
        if let Err((given, why)) = lock(&self.world).place(&stand, &step.given) {
            return cannot(&given, why).map_err(|problem| problem.next("give those facts instead"));
        }
        let facts = self.facts(step);
        for given in &step.given {
            match parts.catalog.see(&facts, &parts.rules.settings, &given.path) {
                Seen::Is(value) if value == given.value => {}
                Seen::More => {}
                Seen::Is(_) if given.value == Value::map::<&str>([]) => {}
                Seen::Is(value) => {
                    let why = format!("with everything else that is given it comes out as {value}");
                    let next = "look at the facts and settings that it is worked out from";
                    return cannot(given, why).map_err(|problem| problem.next(next));
                }
                Seen::Needs(_) | Seen::Failed(_) | Seen::Unknown => {
                    return cannot(given, "no read finds it".into()).map_err(|problem| problem.next("leave it out"));
                }
            }
        }
        Ok(())
    }

    /// Facts with every answer of the world, as rules will come to see them.
    fn facts(&self, step: &Step) -> Facts {
        let now = self.clock.now();
        let mut facts = Facts::new(self.event(step), now);
        for (read, answer) in lock(&self.world).answers() {
            let answer = match answer {
                Value::Nothing => Answer::Nothing,
                found => Answer::Found(Arc::new(found.clone())),
            };
            facts.learn(Arc::new(Recorded { read: read.clone(), answer, as_of: now }));
        }
        facts
    }

    fn stand<'a>(&'a self, kind: &'a EventKind) -> Stand<'a> {
        let parts = self.engine.parts();
        Stand { catalog: &parts.catalog, kind, settings: &parts.rules.settings, now: self.clock.now() }
    }

    /// The link that an earlier step made in our notebook: what is given of a case is this one's.
    async fn learn_link(&self, step: &Step) {
        let kind = step.when.kind();
        let Some(thread) = lock(&self.world).told.get("thread.id").cloned() else { return };
        let Some(call) = self.engine.parts().catalog.read_call("notebook.get_link") else { return };
        let Ok(found) = (call.call)(Asked { shared: Args::new(), keys: vec![thread] }).await else { return };
        if let Some(link) = found.rows.first() {
            // A kind of event that has no case sees none.
            let _ = lock(&self.world).put(&self.stand(&kind), &"link.case".into(), link.get("case").clone());
        }
    }

    /// A case that is given is linked to its thread in our notebook.
    async fn link(&self) -> Result<(), StoreError> {
        let parts = self.engine.parts();
        let (thread, case) = {
            let world = lock(&self.world);
            (world.told.get("thread.id").cloned(), world.told.get("link.case").cloned())
        };
        let (Some(thread), Some(case)) = (thread, case) else { return Ok(()) };
        let Some(Call::Note { call, .. }) = parts.catalog.get("notebook.link").map(|function| &function.call) else {
            return Ok(());
        };
        let args = [("thread".into(), thread), ("case".into(), case)].into();
        let mut batch = Batch::default();
        for (key, value) in call(&args, parts.clock.now()) {
            batch.put(key, value.to_json().to_string());
        }
        parts.store.commit(batch).await
    }
}
