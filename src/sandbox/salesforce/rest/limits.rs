//! `GET /limits` (sheet 3.5): the daily calls are counted, the rest is untouched.

use serde_json::{Value, json};

use super::super::reply::Reply;
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

pub fn limits(visit: &mut Visit<'_>) -> Reply {
    let max = visit.state.switches.daily_limit;
    let remaining = max.saturating_sub(visit.state.quota.used(visit.now));
    let mut body: Value =
        UNTOUCHED.iter().map(|(name, max)| (name.to_string(), json!({"Max": max, "Remaining": max}))).collect();
    body["DailyApiRequests"] = json!({"Max": max, "Remaining": remaining});
    Reply::ok(body)
}
