//! Webhooks, polls and ticks become Events here: what happened, to what, in which lane.

pub mod event_id;
