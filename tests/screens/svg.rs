//! A frame as an SVG: every cell where the terminal has it, with no font, script or file from outside.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;

use crate::palette::Palette;
use crate::shapes::{Shape, shape};

/// A cell, in the units of the picture: what the common monospaced fonts need at [`FONT`].
pub(crate) const WIDE: usize = 9;
pub(crate) const HIGH: usize = 19;
const FONT: usize = 15;
/// From the top of a cell to the line that letters stand on.
const BASE: usize = 14;
/// Around the screen.
const MARGIN: usize = 14;

/// How a cell looks.
#[derive(Clone, PartialEq)]
struct Look {
    text: String,
    back: Option<String>,
    bold: bool,
    italic: bool,
    faint: bool,
    underlined: bool,
}

impl Look {
    fn of(cell: &Cell, palette: &Palette) -> Self {
        let has = |modifier| cell.modifier.contains(modifier);
        let (text, back) = (palette.hex(cell.fg), palette.hex(cell.bg));
        let (text, back) = if has(Modifier::REVERSED) {
            (Some(back.unwrap_or_else(|| palette.back.to_owned())), Some(text.unwrap_or_else(|| palette.text.to_owned())))
        } else {
            (text, back)
        };
        Self {
            text: text.unwrap_or_else(|| palette.text.to_owned()),
            back,
            bold: has(Modifier::BOLD),
            italic: has(Modifier::ITALIC),
            faint: has(Modifier::DIM),
            underlined: has(Modifier::UNDERLINED),
        }
    }

    /// The group for text that looks so.
    fn group(&self) -> String {
        let mut group = format!("<g fill=\"{}\"", self.text);
        for (has, attribute) in
            [(self.bold, " font-weight=\"700\""), (self.italic, " font-style=\"italic\""), (self.faint, " opacity=\".6\"")]
        {
            if has {
                group.push_str(attribute);
            }
        }
        group + ">"
    }
}

/// What is drawn alike stands in one group, in the order of its first appearance.
#[derive(Default)]
struct Groups(Vec<(String, String)>);

impl Groups {
    fn add(&mut self, group: &str, what: &str) {
        match self.0.iter_mut().find(|(known, _)| known == group) {
            Some((_, drawn)) => drawn.push_str(what),
            None => self.0.push((group.to_owned(), what.to_owned())),
        }
    }
}

/// The picture of a frame.
pub(crate) fn picture(frame: &Buffer, palette: &Palette, title: &str) -> String {
    let (columns, rows) = (usize::from(frame.area.width), usize::from(frame.area.height));
    let (mut grounds, mut lines, mut texts) = (Groups::default(), Groups::default(), Groups::default());
    for row in 0..rows {
        let cells: Vec<&Cell> = (0..columns).map(|column| &frame.content[row * columns + column]).collect();
        let mut from = 0;
        while from < columns {
            let look = Look::of(cells[from], palette);
            let alike = cells[from..].iter().take_while(|cell| Look::of(cell, palette) == look).count();
            let run = &cells[from..from + alike];
            if let Some(back) = &look.back {
                let ground = format!("M{} {}h{}v{HIGH}h-{2}z", from * WIDE, row * HIGH, alike * WIDE);
                grounds.add(&format!("<path shape-rendering=\"crispEdges\" fill=\"{back}\" d=\""), &ground);
            }
            if look.underlined {
                let under = format!("M{} {}.5h{}", from * WIDE, row * HIGH + BASE + 2, alike * WIDE);
                lines.add(&stroke(&look.text), &under);
            }
            draw(run, &look, from, row, &mut lines, &mut texts);
            from += alike;
        }
    }
    let (wide, high) = (columns * WIDE + 2 * MARGIN, rows * HIGH + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" role=\"img\" \
         font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace\" font-size=\"{FONT}\">\n\
         <title>{}</title>\n<rect width=\"{wide}\" height=\"{high}\" rx=\"9\" fill=\"{}\"/>\n<g transform=\"translate({MARGIN} {MARGIN})\">\n",
        escaped(title),
        palette.back,
    );
    for (path, drawn) in grounds.0.iter().chain(&lines.0) {
        writeln!(svg, "{path}{drawn}\"/>").unwrap();
    }
    for (group, drawn) in &texts.0 {
        writeln!(svg, "{group}\n{drawn}</g>").unwrap();
    }
    svg + "</g>\n</svg>\n"
}

fn stroke(color: &str) -> String {
    format!("<path fill=\"none\" stroke=\"{color}\" d=\"")
}

/// Draws cells that look alike.
fn draw(run: &[&Cell], look: &Look, column: usize, row: usize, lines: &mut Groups, texts: &mut Groups) {
    let mut at = 0;
    while at < run.len() {
        let symbol = run[at].symbol();
        let same = run[at..].iter().take_while(|cell| cell.symbol() == symbol).count();
        match shape(symbol, column + at, row, same) {
            Some(Shape::Line(path)) => lines.add(&stroke(&look.text), &path),
            Some(Shape::Area(path, opacity)) => {
                let opacity = if opacity == 100 { String::new() } else { format!(" fill-opacity=\".{opacity}\"") };
                lines.add(&format!("<path shape-rendering=\"crispEdges\" fill=\"{}\"{opacity} d=\"", look.text), &path);
            }
            None if is_plain(symbol) => {
                let long = plain(&run[at..]);
                let text: String = run[at..at + long].iter().map(|cell| cell.symbol()).collect();
                texts.add(&look.group(), &word(&text, column + at, row));
                at += long;
                continue;
            }
            None if symbol.trim().is_empty() => {}
            None => {
                // A symbol may be wider in a font than in a terminal: each has a place of its own.
                for place in column + at..column + at + same {
                    texts.add(&look.group(), &word(symbol, place, row));
                }
            }
        }
        at += same;
    }
}

fn is_plain(symbol: &str) -> bool {
    symbol.len() == 1 && symbol.as_bytes()[0].is_ascii_graphic()
}

/// How many cells of plain letters there are, with single spaces between words.
fn plain(cells: &[&Cell]) -> usize {
    let mut long = 0;
    while long < cells.len() {
        let letter = |at: usize| cells.get(at).is_some_and(|cell| is_plain(cell.symbol()));
        if letter(long) || cells[long].symbol() == " " && letter(long + 1) {
            long += 1;
        } else {
            break;
        }
    }
    long
}

fn word(text: &str, column: usize, row: usize) -> String {
    let cells = text.len();
    let length = if text.is_ascii() && cells > 1 { format!(" textLength=\"{}\"", cells * WIDE) } else { String::new() };
    format!("<text x=\"{}\" y=\"{}\"{length}>{}</text>\n", column * WIDE, row * HIGH + BASE, escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
