//! Keys that come as from the terminal library: whoever asks first is told of the next one, and nobody who asks after that.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent};
use futures::Stream;

/// Longer than any machine needs.
pub(in crate::tui) const PATIENCE: Duration = Duration::from_secs(20);

/// The end that is pressed and the end that is read.
#[derive(Debug, Clone, Default)]
pub(in crate::tui) struct Keys(Arc<Mutex<(VecDeque<KeyCode>, Option<Waker>)>>);

impl Keys {
    pub(in crate::tui) fn press(&self, code: KeyCode) {
        let mut inner = self.0.lock().expect("no panic");
        inner.0.push_back(code);
        if let Some(waker) = inner.1.take() {
            waker.wake();
        }
    }
}

impl Stream for Keys {
    type Item = io::Result<Event>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut inner = self.0.lock().expect("no panic");
        match inner.0.pop_front() {
            Some(code) => Poll::Ready(Some(Ok(Event::Key(KeyEvent::from(code))))),
            None => {
                inner.1.get_or_insert_with(|| context.waker().clone());
                Poll::Pending
            }
        }
    }
}
