//! The emulated khoros host.
