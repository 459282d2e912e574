//! Where GStreamer's threads put what one attempt receives, and its future takes it from.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::Notify;

use crate::ingest::Keyframe;
use crate::ingest::SourceEnd;

/// Sizes that may wait to be counted; beyond it they are added up. The future
/// takes them at once unless the machine is overloaded.
const UNITS_MAX: usize = 1_024;

/// Between GStreamer's threads and the attempt. Never blocks either.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    news: Mutex<News>,
    arrived: Notify,
}

/// What arrived since the last look.
#[derive(Debug, Default)]
pub(super) struct News {
    /// What the camera sends, told once.
    pub(super) description: Option<String>,
    /// Bytes of each access unit.
    pub(super) units: VecDeque<usize>,
    /// Only the newest.
    pub(super) keyframe: Option<Keyframe>,
    /// All that was recorded has been played.
    pub(super) played: bool,
    pub(super) end: Option<SourceEnd>,
}

impl Inbox {
    pub(super) fn describe(&self, description: String) {
        self.lock().description = Some(description);
        self.arrived.notify_one();
    }

    pub(super) fn unit(&self, bytes: usize) {
        let mut news = self.lock();
        let full = UNITS_MAX <= news.units.len();
        match news.units.back_mut() {
            Some(last) if full => *last = last.saturating_add(bytes),
            _ => news.units.push_back(bytes),
        }
        drop(news);
        self.arrived.notify_one();
    }

    pub(super) fn keyframe(&self, keyframe: Keyframe) {
        self.lock().keyframe = Some(keyframe);
        self.arrived.notify_one();
    }

    pub(super) fn played(&self) {
        self.lock().played = true;
        self.arrived.notify_one();
    }

    /// The first end counts: what follows is its echo.
    pub(super) fn end(&self, end: SourceEnd) {
        self.lock().end.get_or_insert(end);
        self.arrived.notify_one();
    }

    /// Waits for news and takes them all.
    pub(super) async fn take(&self) -> News {
        self.arrived.notified().await;
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
