//! `GET /limits` (sheet 3.5): the daily calls are counted, the rest is untouched.

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::schema;
use super::route::Visit;

const UNTOUCHED: &[(&str, u64)] = &[
    ("ConcurrentAsyncGetReportInstances", 200),
    ("DailyBulkApiBatches", 15_000),
    ("DailyBulkV2QueryFileStorageMB", 976_562),
    ("DailyBulkV2QueryJobs", 10_000),
    ("DailyDeliveredPlatformEvents", 25_000),
    ("DailyStandardVolumePlatformEvents", 25_000),
    ("DailyStreamingApiEvents", 200_000),
    ("DataStorageMB", 1_024),
    ("FileStorageMB", 1_024),
    ("HourlyPublishedPlatformEvents", 250_000),
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

pub fn limits(visit: &mut Visit<'_>) -> Reply {
    let max = visit.state.switches.daily_limit;
    let remaining = max.saturating_sub(visit.state.quota.used(visit.now));
    let mut body: Value =
        UNTOUCHED.iter().map(|(name, max)| (name.to_string(), json!({"Max": max, "Remaining": max}))).collect();
    body["DailyApiRequests"] = json!({"Max": max, "Remaining": remaining});
    Reply::ok(body)
}
