//! A bordered pane: its border tells the kind of the run, its title what is in it, its foot whether there is more.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use crate::engine::RunKind;
use crate::tui::model::Model;
use crate::tui::text;
use crate::tui::theme::{Role, Theme};

/// A block with the border of the run's kind.
pub(in crate::tui) fn block(model: &Model, title: &str, focused: bool, width: u16) -> Block<'static> {
    framed(&model.theme, model.kind(), title, focused, width)
}

/// A block with the border of a kind of run, or of none.
pub(in crate::tui) fn framed(theme: &Theme, kind: Option<RunKind>, title: &str, focused: bool, width: u16) -> Block<'static> {
    let title = text::fit(title, usize::from(width.saturating_sub(6)), theme.glyphs.ellipsis);
    let role = if focused { Role::Strong } else { Role::Text };
    // The pane with the arrow keys is told by its mark, not by its colour alone.
    let mark = if focused { theme.glyphs.pointer } else { "" };
    Block::bordered()
        .border_set(theme.border(kind))
        .border_style(theme.kind_border(kind, focused))
        .title(Line::from(Span::styled(format!(" {mark}{title} "), theme.style(role))))
}

/// Draws lines from `scroll` on into a pane, and says at its foot what is hidden.
pub(in crate::tui) fn lines(
    frame: &mut Frame,
    model: &Model,
    area: Rect,
    title: &str,
    focused: bool,
    content: &[Line<'static>],
    scroll: usize,
) {
    let mut block = block(model, title, focused, area.width);
    let inner = block.inner(area);
    let height = usize::from(inner.height);
    let scroll = scroll.min(content.len().saturating_sub(height));
    let below = content.len().saturating_sub(scroll + height);
    if let Some(foot) = more(model, scroll, below) {
        block = block.title_bottom(foot.right_aligned());
    }
    frame.render_widget(block, area);
    let shown: Vec<Line> = content.iter().skip(scroll).take(height).cloned().collect();
    frame.render_widget(Paragraph::new(shown), inner);
}

/// What the foot of a pane says about hidden lines.
pub(in crate::tui) fn more(model: &Model, above: usize, below: usize) -> Option<Line<'static>> {
    hidden(&model.theme, above, below)
}

/// The same, for a look.
pub(in crate::tui) fn hidden(theme: &Theme, above: usize, below: usize) -> Option<Line<'static>> {
    let glyphs = theme.glyphs;
    let text = match (above, below) {
        (0, 0) => return None,
        (0, below) => format!(" {} {below} more ", glyphs.more_down),
        (above, 0) => format!(" {} {above} above ", glyphs.more_up),
        (above, below) => format!(" {} {above} above {} {below} more ", glyphs.more_up, glyphs.more_down),
    };
    Some(Line::from(Span::styled(text, theme.style(Role::Attention))))
}
