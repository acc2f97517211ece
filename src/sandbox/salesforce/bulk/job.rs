//! One job: what it is to do, how far it is, what came of it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::id::Id;
use super::super::moment;
use super::super::schema::Object;
use super::super::soql::Plan;
use super::dialect::Dialect;
use super::spool::Spool;

/// Where a job stands (sheet 8.1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stage {
    Open,
    UploadComplete,
    InProgress,
    JobComplete,
    Failed,
    Aborted,
}

/// What a job does to each row of its upload.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verb {
    Insert,
    Update,
    /// By this external id, or by `Id`.
    Upsert(&'static str),
    Delete,
    HardDelete,
}

/// What a job is to do.
#[derive(Debug, Clone)]
pub enum Task {
    Ingest { verb: Verb, assignment: Option<String> },
    Query { plan: Arc<Plan>, all: bool },
}

/// What came of a job.
#[derive(Default)]
pub struct Results {
    pub successful: Spool,
    pub failed: Spool,
    pub unprocessed: Spool,
    /// Where each row of a query's result begins, and where the last one ends.
    pub rows: Vec<u64>,
}

/// A job.
pub struct Job {
    pub id: Id,
    pub task: Task,
    pub object: &'static Object,
    pub dialect: Dialect,
    pub version: u32,
    pub by: Id,
    pub created: Timestamp,
    pub changed: Timestamp,
    pub stage: Stage,
    /// Rows that were looked at, and how many of them were refused.
    pub processed: u64,
    pub failed: u64,
    pub error: Option<String>,
    /// How long it was worked on, in real milliseconds.
    pub worked_ms: u64,
    pub upload: Option<Spool>,
    pub results: Results,
}

impl Job {
    pub fn is_query(&self) -> bool {
        matches!(self.task, Task::Query { .. })
    }

    pub fn go_to(&mut self, stage: Stage, now: Timestamp) {
        self.stage = stage;
        self.changed = now;
    }

    /// The job as clients read it.
    pub fn info(&self) -> Value {
        let mut info = json!({
            "id": self.id.as_str(),
            "operation": self.operation(),
            "object": self.object.name,
            "createdById": self.by.as_str(),
            "createdDate": moment::written(self.created),
            "systemModstamp": moment::written(self.changed),
            "state": format!("{:?}", self.stage),
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": f64::from(self.version),
            "jobType": if self.is_query() { "V2Query" } else { "V2Ingest" },
            "lineEnding": self.dialect.ending,
            "columnDelimiter": self.dialect.delimiter,
            "numberRecordsProcessed": self.processed,
            "retries": 0,
            "totalProcessingTime": self.worked_ms,
        });
        if let Task::Ingest { verb, assignment } = &self.task {
            info["contentUrl"] = format!("services/data/v{}.0/jobs/ingest/{}/batches", self.version, self.id).into();
            info["numberRecordsFailed"] = self.failed.into();
            info["apiActiveProcessingTime"] = self.worked_ms.into();
            info["apexProcessingTime"] = 0.into();
            if let Verb::Upsert(key) = verb {
                info["externalIdFieldName"] = (*key).into();
            }
            if let Some(rule) = assignment {
                info["assignmentRuleId"] = rule.as_str().into();
            }
        }
        if let Some(error) = &self.error {
            info["errorMessage"] = error.as_str().into();
        }
        info
    }

    fn operation(&self) -> &'static str {
        match &self.task {
            Task::Ingest { verb: Verb::Insert, .. } => "insert",
            Task::Ingest { verb: Verb::Update, .. } => "update",
            Task::Ingest { verb: Verb::Upsert(_), .. } => "upsert",
            Task::Ingest { verb: Verb::Delete, .. } => "delete",
            Task::Ingest { verb: Verb::HardDelete, .. } => "hardDelete",
            Task::Query { all: false, .. } => "query",
            Task::Query { all: true, .. } => "queryAll",
        }
    }
}
