//! The help, made from the keymap.

use super::pen::Pen;
use crate::tui::keymap::{Group, KEYMAP};
use crate::tui::text::pad;
use crate::tui::theme::Role;

/// Writes every key with its sentence, and what the symbols mean.
pub(in crate::tui) fn write(pen: &mut Pen) {
    for group in Group::ALL {
        pen.heading(group.title());
        for binding in KEYMAP.iter().filter(|binding| binding.group == group) {
            let keys = binding.keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
            pen.hang(Role::Text, &format!("  {}", pad(&keys, 16, "")), Role::Key, binding.help);
        }
    }
    let glyphs = pen.theme.glyphs;
    pen.heading("The symbols");
    let symbols = [
        (glyphs.attention, Role::Attention, "waits for you"),
        (glyphs.spinner[0], Role::Running, "under way"),
        (glyphs.done, Role::Good, "done, or holds"),
        (glyphs.waiting, Role::Dim, "not begun"),
        (glyphs.failed, Role::Bad, "failed, or blocks"),
        (glyphs.unknown, Role::Attention, "nobody knows: in doubt, or no fresh reading"),
        (glyphs.warning, Role::Attention, "does not hold, and does not block"),
        (glyphs.skipped, Role::Dim, "left out"),
        (glyphs.retrying, Role::Attention, "will be tried again"),
        (glyphs.planned, Role::Good, "shown by a dry run"),
    ];
    for (symbol, role, meaning) in symbols {
        pen.hang(Role::Text, &format!("  {}", pad(symbol, 16, "")), role, meaning);
    }
    pen.heading("The clocks");
    let mark = format!(
        "The RTO counts from the outage. The bar is all of it: what is gone is filled, and {} in it is the forecast of the end.",
        glyphs.attention
    );
    pen.text(Role::Text, 2, &mark);
    let pace = format!(
        "A drill's world runs {times}60 or at the speed that was asked for; it slows to {times}1 while something waits for you.",
        times = glyphs.times
    );
    pen.text(Role::Text, 2, &pace);
    pen.heading("The mouse");
    pen.text(
        Role::Text,
        2,
        "A click selects, the wheel scrolls. With shift held down while dragging, the terminal selects text by itself, as ever.",
    );
    pen.heading("Being called");
    pen.text(
        Role::Text,
        2,
        "What begins to wait for you, fails or ends rings the bell and sends your terminal a notification, once; --no-bell is quiet.",
    );
    pen.heading("Confirming");
    pen.text(
        Role::Text,
        2,
        "A confirmation takes a fresh press of enter on a dialog that is on the screen. A held key, keys typed ahead and pasted text confirm nothing.",
    );
    pen.text(
        Role::Text,
        2,
        "Where there are options, the arrows, a number or the typed name choose one; enter then confirms it. None is chosen beforehand.",
    );
}
