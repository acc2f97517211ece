//! What every implementation of a port promises; a new one is finished when its contract passes.

mod store;
