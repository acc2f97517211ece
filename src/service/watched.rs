//! The folders and files that are watched, and the watch over them. The only file that knows the crate for it.
//!
//! An event only rings a bell; what changed is found by looking. So nothing is lost where a file system sends no events:
//! the watcher also looks on its own, every two seconds.

use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use crate::config::Config;

/// What matters, as absolute paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    files: Vec<PathBuf>,
    packs: Vec<PathBuf>,
    /// Written all the time, and not by people.
    state: PathBuf,
}

impl Watched {
    /// The file itself, and what it names.
    pub fn of(file: &Path, config: &Config) -> Self {
        let whole = |path: &Path| absolute(path).unwrap_or_else(|_| path.to_owned());
        let packs = || config.bridges.values().flat_map(|bridge| &bridge.packs);
        let overlays = packs().filter_map(|pack| pack.overlay.as_ref()).map(|(path, _)| whole(path));
        Watched {
            files: [whole(file)].into_iter().chain(overlays).collect(),
            packs: packs().map(|pack| whole(&pack.path)).collect(),
            state: whole(&config.state),
        }
    }

    /// The folders of packs with those in them, and the folder of everything: what is renamed over is seen there.
    fn folders(&self) -> Vec<PathBuf> {
        let parents = self.files.iter().chain(&self.packs).filter_map(|path| path.parent()).map(Path::to_owned);
        let inner = self.packs.iter().flat_map(|pack| std::fs::read_dir(pack).into_iter().flatten().flatten());
        let inner = inner.map(|entry| entry.path()).filter(|path| path.is_dir() && !is_hidden(path));
        let mut folders: Vec<PathBuf> = parents.chain(self.packs.iter().cloned()).chain(inner).collect();
        folders.retain(|folder| !folder.starts_with(&self.state));
        folders.sort();
        folders.dedup();
        folders
    }

    /// Whether something at this path may change what is read.
    pub fn matters(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if is_temporary(name) || path.starts_with(&self.state) {
            return false;
        }
        // What a mounted volume swaps, `..data`, stands beside the links to it.
        name.starts_with("..")
            || self.files.iter().any(|file| file.starts_with(path))
            || self.packs.iter().any(|pack| path.starts_with(pack) || pack.starts_with(path))
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'))
}

/// What editors write beside a file while they save it.
pub fn is_temporary(name: &str) -> bool {
    let ends = ["~", ".swp", ".swo", ".swx", ".tmp"].iter().any(|end| name.ends_with(end));
    ends || name == "4913" || name.starts_with(".#") || (name.starts_with('#') && name.ends_with('#'))
}

/// Rung when there may be something to see.
#[derive(Clone, Default)]
pub struct Rung {
    pub bell: Arc<Notify>,
    /// Something came, went or was renamed: what is watched may be another thing by now.
    moved: Arc<AtomicBool>,
}

/// The watch; ends with this value.
pub struct Watch {
    watched: Watched,
    rung: Rung,
    watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// Watches these; what cannot be watched is looked at all the same.
    pub fn over(watched: Watched, rung: Rung) -> Self {
        let mut watch = Watch { watched, rung, watcher: None };
        watch.renew();
        watch
    }

    /// Watches anew where something was moved, or other paths are named now.
    pub fn keep_up(&mut self, watched: Option<Watched>) {
        let moved = self.rung.moved.swap(false, Ordering::Relaxed);
        let others = watched.filter(|watched| *watched != self.watched);
        if let Some(others) = &others {
            self.watched = others.clone();
        }
        if moved || others.is_some() {
            self.renew();
        }
    }

    /// A watch stays with a folder that was renamed away, so all are made anew.
    fn renew(&mut self) {
        let (watched, rung) = (self.watched.clone(), self.rung.clone());
        let heard = move |event: notify::Result<Event>| {
            if event.as_ref().map_or(true, |event| is_change(event, &watched)) {
                if !event.is_ok_and(|event| is_edit(&event.kind)) {
                    rung.moved.store(true, Ordering::Relaxed);
                }
                rung.bell.notify_one();
            }
        };
        self.watcher = notify::recommended_watcher(heard)
            .inspect_err(|error| tracing::warn!("files are looked at every two seconds, not watched: {error}"))
            .ok();
        let Some(watcher) = &mut self.watcher else { return };
        for folder in self.watched.folders() {
            if let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive) {
                tracing::debug!("{} is not watched, only looked at: {error}", folder.display());
            }
        }
    }
}

/// Reading makes events too, and one who looks at each would never stop.
fn is_change(event: &Event, watched: &Watched) -> bool {
    let is_read = matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write));
    !is_read && (event.paths.is_empty() || event.paths.iter().any(|path| watched.matters(path)))
}

/// A file was written in its place.
fn is_edit(kind: &EventKind) -> bool {
    use notify::event::ModifyKind;
    matches!(kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)))
}
