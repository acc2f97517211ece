//! casebridge connects an online community (Khoros) with support cases (Salesforce), by rules that an admin can
//! read, test, preview and undo. `docs/architecture.md` is the map.

pub mod sandbox;
