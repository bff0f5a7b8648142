//! The real terminal: taken, drawn on, and always given back: on leaving, on an error, on a panic, on drop.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Once};
use std::time::Duration;

use crossterm::cursor::{MoveTo, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal};

use super::alert;
use super::app::Surface;
use super::clipboard::{self, Between};
use super::ink::Sixteen;
use super::model::Model;
use super::view::view;
use crate::outlet::Outlet;

/// The terminal is ours: what must be undone once, whoever comes first.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The hook is chained once for the whole process.
static HOOK: Once = Once::new();

/// The terminal while it is ours. Dropping it gives it back.
pub(super) struct Screen {
    terminal: Terminal<Sixteen<Out>>,
    between: Between,
    /// Frames were left out, since the terminal did not take them: what stands there is not what is remembered.
    behind: bool,
}

/// Standard output for as long as the terminal is ours. After that, what the terminal library still wants to write (it shows the cursor
/// when it is dropped, and complains on standard error where it cannot) goes nowhere: the terminal may not be there any more.
#[derive(Default)]
struct Out(Vec<u8>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if TAKEN.load(Ordering::SeqCst) {
            self.0.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if TAKEN.load(Ordering::SeqCst) {
            TERMINAL.put_in_any_case(&self.0);
        }
        self.0.clear();
        Ok(())
    }
}

/// The terminal has a thread of its own: one that takes nothing (a dead connection, Ctrl-S) must not hold the run, nor its signals.
static TERMINAL: LazyLock<Outlet> = LazyLock::new(|| Outlet::new(io::stdout(), |_| String::new()));

/// So long a terminal may take to take a frame before the next is left out.
const FRAME_PATIENCE: Duration = Duration::from_millis(50);
/// So long it may take to be set or given back.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

impl Screen {
    /// Takes the terminal: raw mode, alternate screen, mouse, bracketed paste, focus reports.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be set. It is as before then.
    pub(super) fn take() -> io::Result<Self> {
        HOOK.call_once(chain_hook);
        set_up().inspect_err(|_| give_back())?;
        let terminal = Terminal::new(Sixteen::new(Out::default())).inspect_err(|_| give_back())?;
        let inside = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Ok(Self { terminal, between: Between::of(inside("TMUX"), inside("STY")), behind: false })
    }
}

/// What can be drawn on the whole terminal.
pub(super) trait Paint {
    /// Draws it.
    fn paint(&self, frame: &mut Frame);
}

impl Paint for Model {
    fn paint(&self, frame: &mut Frame) {
        view(self, frame);
    }
}

impl<M: Paint> Surface<M> for Screen {
    fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    fn draw(&mut self, model: &M) -> io::Result<()> {
        if !TAKEN.load(Ordering::SeqCst) {
            // A panic in another task has given the terminal back and written its message there: do not draw over it.
            return Err(io::Error::other("something inside lifeboat failed and the terminal was given back; its message stands above"));
        }
        if TERMINAL.is_gone() {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "it takes nothing any more"));
        }
        if !self.behind {
            TERMINAL.rest(FRAME_PATIENCE);
        }
        let was_behind = std::mem::replace(&mut self.behind, TERMINAL.is_busy());
        if self.behind {
            return Ok(());
        }
        if was_behind {
            Surface::<M>::redraw(self)?;
        }
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| model.paint(frame))?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    fn is_behind(&self) -> bool {
        self.behind
    }

    fn redraw(&mut self) -> io::Result<()> {
        // Not `clear`: that asks the terminal for its cursor, and the answer would have to get past the reader of keys.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        let sequence = clipboard::sequence(text, self.between);
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes())?;
        Write::flush(out)
    }

    fn alert(&mut self, text: &str) -> io::Result<()> {
        let sequence = alert::sequence(text, self.between);
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes())?;
        Write::flush(out)
    }

    fn suspend(&mut self, under_way: usize) -> io::Result<()> {
        give_back();
        let meanwhile = match under_way {
            0 => String::new(),
            1 => "; 1 step is under way and not watched meanwhile".into(),
            n => format!("; {n} steps are under way and not watched meanwhile"),
        };
        // Nobody is there to read it where it cannot be written.
        drop(writeln!(io::stderr(), "lifeboat is stopped{meanwhile}. fg, or SIGCONT, goes on."));
        // SIGSTOP, because SIGTSTP is what brought us here. The next line runs once the shell has continued us.
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
        Surface::<M>::retake(self)
    }

    fn retake(&mut self) -> io::Result<()> {
        // Whoever had the terminal meanwhile has set it as they like: what is remembered of it is not so any more.
        disable_raw_mode()?;
        set_up()?;
        Surface::<M>::redraw(self)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn set_up() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    // A process that was killed has left the alternate screen as it was, and entering it a second time clears nothing.
    say(|out| {
        execute!(
            out,
            EnterAlternateScreen,
            Clear(ClearType::All),
            MoveTo(0, 0),
            EnableMouseCapture,
            EnableBracketedPaste,
            EnableFocusChange
        )
    })
}

/// Tells the terminal something behind what it was told before, and waits for it to be taken, but not for ever.
fn say(what: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
    let mut text = Vec::new();
    what(&mut text)?;
    TERMINAL.put_in_any_case(&text);
    TERMINAL.rest(LAST_PATIENCE);
    Ok(())
}

/// Gives the terminal back, if it was taken. For whoever must end the process without coming back to the screen. A terminal that has vanished cannot be given back, and nobody is left to tell.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let back = |out: &mut Vec<u8>| {
        execute!(out, EndSynchronizedUpdate, DisableFocusChange, DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, Show)
    };
    say(back).unwrap_or_default();
    disable_raw_mode().unwrap_or_default();
}

/// A panic's message must not vanish with the alternate screen: the terminal is given back first.
fn chain_hook() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        give_back();
        before(info);
    }));
}
