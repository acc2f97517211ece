//! The emulated salesforce host.
