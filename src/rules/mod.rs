//! Rules: what wakes one, what must hold, what is written then. The shorthands of every section compile to `Rule`.
//!
//! Reading YAML is `yaml/`'s, expressions are the script room's; judging a whole event is `ruleset.rs`.

pub mod addresses;
pub mod attachments;
pub mod calendar;
pub mod closure;
pub mod codes;
pub mod collect;
pub mod compiling;
pub mod contact;
pub mod criteria;
pub mod delay;
pub mod equal_order;
pub mod escalation;
pub mod everything_else;
pub mod explain;
pub mod field;
mod field_kind;
pub mod field_type;
pub mod fit;
pub mod judge;
pub mod later;
pub mod let_read;
pub mod limits;
pub mod listed;
pub mod look_at;
pub mod look_up;
pub mod losses;
pub mod mapping;
pub mod mentions;
pub mod moments;
pub mod never;
pub mod opening_hours;
pub mod parts;
pub mod picklist;
pub mod planning;
pub mod postback;
pub mod private_message;
pub mod reads;
pub mod reopening;
pub mod replies;
pub mod rule_hours;
pub mod rule_keys;
pub mod ruleset;
pub mod schedule;
pub mod scripted;
pub mod section;
pub mod shadow;
pub mod speakers;
pub mod stages;
pub mod status;
pub mod steps;
pub mod template;
pub mod text_fit;
pub mod then;
pub mod trigger;
pub mod written;
pub mod yaml;

/// The functions that every line and script has.
pub use crate::script::standard;
pub use ruleset::RuleSet;

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::calendar::Calendar;
pub use crate::catalog::Measure;
use crate::catalog::Type;
use crate::facts::Args;
use crate::names::{EventKind, FunctionName, LineName, Name, ParamName, RuleAddress};
use crate::plan::{Ends, Wait};
use crate::predicate::{Lowered, Predicate};
use crate::problem::Place;
use crate::rules::collect::Collects;
use crate::rules::contact::Contact;
use crate::rules::delay::Delay;
use crate::rules::look_up::LookUp;
use crate::rules::rule_keys::Head;
use crate::script::{Expression, Lets, ScriptRule};
use crate::value::Value;

/// One rule, whatever file it came from.
pub struct Rule {
    pub address: RuleAddress,
    /// Pack and version: `standard 1.0.0`.
    pub pack: Arc<str>,
    pub at: Place,
    pub about: String,
    /// The smallest is asked first; then the place in the files.
    pub order: u16,
    pub trigger: Trigger,
    /// `let:`; a name is worked out with the lines that use it.
    pub lets: Arc<Lets>,
    /// What the section leaves out by itself, before the rule's own lines.
    pub candidates: Criteria,
    pub when: Criteria,
    pub then: Then,
    pub limits: Limits,
    /// When the same subject may be found again; never without it.
    pub again_after: Option<SignedDuration>,
    /// What it makes is made once more for its subject: another case behind one that is closed.
    pub opens_new: bool,
    /// How often a thread and its case may answer each other within an hour before a person is asked (PB-10).
    pub alternations: Option<u64>,
    /// Outside these hours what it would begin waits.
    pub act_during: Option<Arc<Calendar>>,
    /// How much later than its event it is judged.
    pub delay: Option<Delay>,
    /// Every action waits for a person.
    pub ask_first: bool,
    /// Whether it is judged and counted, and nothing of it is ever written.
    pub shadow: Shadow,
    /// Why text of it may move to a wider audience.
    pub may_widen: Option<Arc<str>>,
    /// What follows once its steps are settled; each is a rule of its own.
    pub stages: Vec<StageOf>,
}

impl Rule {
    /// A rule of a section; none when it is disabled.
    pub fn new(pack: &Arc<str>, address: &str, at: &Place, head: Head, trigger: Trigger, then: Then) -> Option<Self> {
        head.enabled.then(|| Rule {
            address: address.into(),
            pack: pack.clone(),
            at: at.clone(),
            about: head.about,
            order: head.order,
            trigger,
            lets: head.lets,
            candidates: Criteria::All(vec![]),
            when: head.when,
            then,
            limits: head.limits,
            again_after: head.again_after,
            opens_new: false,
            alternations: None,
            act_during: head.act_during,
            delay: head.delay,
            ask_first: head.ask_first,
            shadow: head.shadow,
            may_widen: head.may_widen,
            stages: vec![],
        })
    }

    /// Whether it is a stage that comes with its section: it stands where its rule stands, since nobody wrote it.
    pub fn is_of_its_section(&self, all: &[Arc<Rule>]) -> bool {
        let hangs_on = |rule: &&Arc<Rule>| rule.stages.iter().any(|of| of.stage == self.address);
        all.iter().find(hangs_on).is_some_and(|rule| rule.at == self.at)
    }

    /// Whether it acts on a subject once, or once in `again_after`: what no schedule finds is counted by its event.
    pub fn remembers(&self) -> bool {
        match &self.trigger {
            Trigger::Due { look_at, .. } => look_at.is_some() || self.again_after.is_some(),
            Trigger::Happens(_) | Trigger::After(_) => false,
        }
    }

    /// How much later than an event of a kind it is judged; none where that is at once.
    pub fn delay_after(&self, kind: &EventKind) -> Option<&Delay> {
        self.delay.as_ref().filter(|delay| !delay.but.contains(kind))
    }
}

/// `shadow:`, a rule that is only watched.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Shadow {
    /// It acts.
    #[default]
    Off,
    Watched,
    /// What it would do is held against what this rule does; where that is written.
    Compared(RuleAddress, Place),
}

impl Shadow {
    /// Whether nothing of the rule is ever written.
    pub fn is_on(&self) -> bool {
        *self != Shadow::Off
    }

    /// The rule that it is compared with.
    pub fn with(&self) -> Option<&RuleAddress> {
        if let Shadow::Compared(rule, _) = self { Some(rule) } else { None }
    }
}

/// Where a stage hangs on the steps of its rule.
pub struct StageOf {
    /// The rule that the stage is: `escalations.unanswered.after.still-new`.
    pub stage: RuleAddress,
    /// The step it waits for, by its place; without one, all of them.
    pub of: Option<usize>,
    pub ends: Ends,
    pub wait: Option<Wait>,
}

/// What wakes a rule.
pub enum Trigger {
    Happens(Vec<EventKind>),
    Due {
        /// As written; `schedule.rs` reads it.
        every: String,
        /// Whose clock it goes by.
        zone: TimeZone,
        missed: Missed,
        /// Where its subjects are found; without it, the rule is judged once a tick.
        look_at: Option<LookAt>,
        /// The kind of event that a found subject becomes.
        event: EventKind,
    },
    /// Steps of a rule are settled: these are the kinds of events that wake that rule.
    After(Vec<EventKind>),
}

impl Trigger {
    /// The kinds of what happens at hosts that wake it.
    pub fn happens(&self) -> &[EventKind] {
        match self {
            Trigger::Happens(kinds) => kinds,
            Trigger::Due { .. } | Trigger::After(_) => &[],
        }
    }
}

/// A search for the subjects of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct LookAt {
    pub scan: FunctionName,
    pub args: Args,
    /// Older subjects are not looked at.
    pub look_back: Option<SignedDuration>,
}

/// `missed:`, what becomes of the moments at which nobody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// The newest of them is made up for.
    Last,
    Skip,
    /// Each is made up for. What they find is one thing: subjects are looked at as they are now.
    All,
}

/// Lines form a tree; a verdict has the same tree.
pub enum Criteria {
    Line(Criterion),
    All(Vec<Criteria>),
    Any(Vec<Criteria>),
    None(Vec<Criteria>),
}

/// One line of `when:`.
pub struct Criterion {
    /// `when.not-solved`, or counted: `when.2`.
    pub name: LineName,
    pub expression: Expression,
    /// The same without the interpreter, for a line that is made of tests of facts.
    pub lowered: Option<Lowered>,
}

impl Criteria {
    /// The tests without which these lines cannot hold: a search may ask for them.
    pub fn must_hold(&self) -> Vec<&Predicate> {
        match self {
            Criteria::Line(line) => line.lowered.as_ref().map(Lowered::must_hold).unwrap_or_default(),
            Criteria::All(parts) => parts.iter().flat_map(Criteria::must_hold).collect(),
            Criteria::Any(_) | Criteria::None(_) => vec![],
        }
    }
}

/// What a rule does.
pub enum Then {
    Steps(Vec<Step>),
    Script(ScriptRule),
}

/// One write, as written.
pub struct Step {
    pub function: FunctionName,
    pub args: Vec<(ParamName, Type, Template)>,
    /// How long its texts may be.
    pub fits: Vec<text_fit::TextFit>,
    pub when: Criteria,
    /// The name that its result has in later steps: `case` for what an escalation opens.
    pub named: Option<Name>,
    /// Steps (by position in the rule) that must be done first.
    pub after: Vec<usize>,
    /// Which contact the case gets that this step opens.
    pub contact: Option<Contact>,
    /// What more it says than its event, and whether it is done for each of that.
    pub collects: Collects,
    pub at: Place,
}

/// A value as written: plain, an expression, a text with `${…}`, or built from these.
pub enum Template {
    Plain(Value),
    Expression(Expression),
    Text { pieces: Vec<TextPiece>, html: bool },
    Map(Vec<(Name, Template)>),
    List(Vec<Template>),
    Fields(Arc<Vec<FieldRow>>),
}

/// A piece of a text with `${…}`.
pub enum TextPiece {
    Text(String),
    Expression(Expression),
}

/// One field of a mapping, with what its `set:` put on top.
pub struct FieldRow {
    /// The object that has the field: `to:` of the mapping.
    pub object: Name,
    pub field: Name,
    pub value: FieldValue,
    pub fit: Fit,
    pub update: Update,
    pub at: Place,
}

/// `update:`, what becomes of a field of a record that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Update {
    #[default]
    Overwrite,
    /// Written where nothing stands.
    FillBlanks,
    /// Only written when the record is made.
    OnCreate,
}

/// Where a field's value comes from.
pub enum FieldValue {
    Template(Template),
    /// The first row that holds.
    Choose(Vec<ChoiceRow>),
    /// A field of a record of the org.
    LookUp(LookUp),
}

/// One row of `choose:`.
pub enum ChoiceRow {
    When(Criteria, Template),
    /// Holds when the table has the key.
    Table {
        table: Name,
        by: Template,
    },
    Otherwise(Template),
}

/// What is done when a value does not fit its field.
#[derive(Clone, Debug, Default)]
pub struct Fit {
    pub max: Option<Measure>,
    pub too_long: Option<TooLong>,
    pub missing: Missing,
    /// Lists are joined with this.
    pub join: Option<String>,
    pub too_big: Option<TooBig>,
    /// Digits before the point, for numbers.
    pub digits: Option<(u8, u8)>,
    /// The field holds a day without a time.
    pub is_date: bool,
    /// What the org's picklist does not offer; none: nobody looks.
    pub unknown: Option<Unknown>,
}

/// `unknown:`.
#[derive(Clone, Debug, PartialEq)]
pub enum Unknown {
    Omit,
    Refuse,
    Use(Value),
}

/// `too_long:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLong {
    Cut,
    CutAtWord,
    Omit,
    Refuse,
    DropItems,
}

/// `too_big:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooBig {
    Cap,
    Omit,
    Refuse,
}

/// `missing:`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Missing {
    #[default]
    Omit,
    Clear,
    Refuse,
    Use(Value),
}

/// `limits:`; the caps on what a rule may begin.
#[derive(Clone)]
pub struct Limits {
    pub per_run: Option<u64>,
    pub per_hour: Option<u64>,
    pub per_day: Option<u64>,
    pub per_subject_per_day: Option<u64>,
    /// In percent of what the scan found.
    pub share_of_scan: Option<u64>,
    pub over: Over,
    pub first: First,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            per_run: None,
            per_hour: Some(1000),
            per_day: None,
            per_subject_per_day: None,
            share_of_scan: None,
            over: Over::Wait,
            first: First::Oldest,
        }
    }
}

/// What happens over a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Only counted: it stays due.
    Wait,
    /// Held for a person.
    Ask,
    Drop,
}

/// Which subjects go first when there is a cap.
#[derive(Clone)]
pub enum First {
    Oldest,
    Newest,
    /// Those for which this is biggest.
    Biggest(Arc<Expression>),
}
