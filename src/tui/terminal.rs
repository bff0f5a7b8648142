//! The real terminal: taken, drawn on, and always given back: on leaving, on an error, on a panic, on drop.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// The terminal is ours: what must be undone once, whoever comes first.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The hook is chained once for the whole process.
static HOOK: Once = Once::new();

/// The terminal while it is ours. Dropping it gives it back.
pub(super) struct Screen {
    terminal: Terminal<Sixteen<Out>>,
    between: Between,
}

/// Standard output for as long as the terminal is ours. After that, what the terminal library still wants to write (it shows the cursor
/// when it is dropped, and complains on standard error where it cannot) goes nowhere: the terminal may not be there any more.
struct Out(BufWriter<Stdout>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if TAKEN.load(Ordering::SeqCst) { self.0.write(bytes) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if TAKEN.load(Ordering::SeqCst) { self.0.flush() } else { Ok(()) }
    }
}

impl Screen {
    /// Takes the terminal: raw mode, alternate screen, mouse, bracketed paste, focus reports.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be set. It is as before then.
    pub(super) fn take() -> io::Result<Self> {
        HOOK.call_once(chain_hook);
        set_up().inspect_err(|_| give_back())?;
        let terminal = Terminal::new(Sixteen::new(Out(BufWriter::with_capacity(1 << 16, io::stdout())))).inspect_err(|_| give_back())?;
        let inside = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Ok(Self { terminal, between: Between::of(inside("TMUX"), inside("STY")) })
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
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| model.paint(frame))?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
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
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        Clear(ClearType::All),
        MoveTo(0, 0),
        EnableMouseCapture,
        EnableBracketedPaste,
        EnableFocusChange
    )
}

/// Gives the terminal back, if it was taken. For whoever must end the process without coming back to the screen. A terminal that has vanished cannot be given back, and nobody is left to tell.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    execute!(out, EndSynchronizedUpdate, DisableFocusChange, DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, Show)
        .and_then(|()| out.flush())
        .unwrap_or_default();
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
