//! `GET /limits` (sheet 3.5): calls, jobs and events are counted, the rest is untouched.

use serde_json::{Value, json};

use super::super::bulk;
use super::super::reply::Reply;
use super::super::schema;
use super::route::Visit;

const UNTOUCHED: &[(&str, u64)] = &[
    ("ConcurrentAsyncGetReportInstances", 200),
    ("DailyBulkV2QueryFileStorageMB", 976_562),
    ("DailyStandardVolumePlatformEvents", 25_000),
    ("DailyStreamingApiEvents", 200_000),
    ("DataStorageMB", 1_024),
    ("FileStorageMB", 1_024),
    ("MassEmail", 5_000),
    ("MonthlyPlatformEventsUsageEntitlement", 750_000),
    ("SingleEmail", 5_000),
    ("StreamingApiConcurrentClients", 1_000),
];

/// `GET /limits/recordCount?sObjects=Case,Contact`; without a list all objects are counted.
pub fn record_count(visit: &Visit<'_>) -> Reply {
    let wanted = visit.call.parameter("sObjects").map(|names| names.split(',').map(str::trim).collect::<Vec<_>>());
    let asked = |name: &str| wanted.as_ref().is_none_or(|names| names.iter().any(|n| n.eq_ignore_ascii_case(name)));
    let objects = schema::objects().iter().filter(|object| object.listed && asked(object.name));
    let count = |object| visit.state.org.records_of(object).filter(|record| !record.is_deleted()).count();
    let counts: Vec<Value> = objects.map(|object| json!({"count": count(object), "name": object.name})).collect();
    Reply::ok(json!({"sObjects": counts}))
}

/// What jobs and events have used up: name, limit, use.
fn used(visit: &mut Visit<'_>) -> [(&'static str, u64, u64); 4] {
    let (now, switches) = (visit.now, &visit.state.switches);
    let (hourly, daily) = (switches.hourly_published_events, switches.daily_events);
    let (published, delivered) = visit.state.streams.used(now);
    let jobs = &mut visit.state.jobs;
    [
        ("DailyBulkApiBatches", bulk::DAILY_BATCHES, jobs.batches.used(now)),
        ("DailyBulkV2QueryJobs", bulk::DAILY_QUERIES, jobs.queries.used(now)),
        ("HourlyPublishedPlatformEvents", hourly, published),
        ("DailyDeliveredPlatformEvents", daily, delivered),
    ]
}

pub fn limits(visit: &mut Visit<'_>) -> Reply {
    let max = visit.state.switches.daily_limit;
    let remaining = max.saturating_sub(visit.state.quota.used(visit.now));
    let mut body: Value =
        UNTOUCHED.iter().map(|(name, max)| (name.to_string(), json!({"Max": max, "Remaining": max}))).collect();
    body["DailyApiRequests"] = json!({"Max": max, "Remaining": remaining});
    for (name, max, used) in used(visit) {
        body[name] = json!({"Max": max, "Remaining": max.saturating_sub(used)});
    }
    Reply::ok(body)
}
