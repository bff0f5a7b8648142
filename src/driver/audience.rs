//! Who is told what happens.

use tokio::sync::mpsc::UnboundedSender;

use crate::view::Update;

/// Hears everything that can be shown of a run, in order. A record is heard once it is in the journal and before anything is done
/// on the strength of it.
pub trait Audience: Send {
    /// Takes one update. Must not block: the run waits meanwhile.
    fn hear(&mut self, update: Update);
}

impl Audience for UnboundedSender<Update> {
    /// Everybody who shows the run may have left; the run goes on and the journal has it all.
    fn hear(&mut self, update: Update) {
        drop(self.send(update));
    }
}
