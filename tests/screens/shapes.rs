//! Borders, bars and sparklines as shapes: fonts disagree about where these characters touch, shapes do not.

use std::fmt::Write as _;

use crate::svg::{HIGH, WIDE};

/// How a character is drawn.
pub(crate) enum Shape {
    /// The path of a line.
    Line(String),
    /// The path of an area, and how much of the ground it hides, in percent.
    Area(String, u8),
}

/// The shape of `count` times this character from here on, if it is one that is drawn.
pub(crate) fn shape(symbol: &str, column: usize, row: usize, count: usize) -> Option<Shape> {
    let mut characters = symbol.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else { return None };
    if let Some(arms) = arms(character) {
        return Some(Shape::Line(line(arms, column, row, count)));
    }
    if let '\u{2800}'..='\u{28ff}' = character {
        return Some(Shape::Area(dots(character as usize - 0x2800, column, row, count), 100));
    }
    // Left, top, width and height in eighths of a cell.
    let (left, top, wide, high, opacity) = match character {
        '█' => (0, 0, 8, 8, 100),
        '░' => (0, 0, 8, 8, 22),
        '▒' => (0, 0, 8, 8, 45),
        '▓' => (0, 0, 8, 8, 70),
        '▀' => (0, 0, 8, 4, 100),
        '▐' => (4, 0, 4, 8, 100),
        '▕' => (7, 0, 1, 8, 100),
        '▁'..='▇' => {
            let high = character as usize - '▁' as usize + 1;
            (0, 8 - high, 8, high, 100)
        }
        '▉'..='▏' => (0, 0, '▐' as usize - character as usize, 8, 100),
        _ => return None,
    };
    let mut path = String::new();
    // Whole cells side by side are one area.
    let (times, wide) = if wide == 8 { (1, 8 * count) } else { (count, wide) };
    for at in 0..times {
        let (x, y) = ((column + at) * WIDE * 8 + left * WIDE, row * HIGH * 8 + top * HIGH);
        let (wide, high) = (eighths(wide * WIDE), eighths(high * HIGH));
        write!(path, "M{} {}h{wide}v{high}h-{wide}z", eighths(x), eighths(y)).unwrap();
    }
    Some(Shape::Area(path, opacity))
}

fn eighths(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / 8.0
}

/// A Braille pattern: the spinner. Its bits are the left column from the top, the right one, then both dots of the last row.
fn dots(pattern: usize, column: usize, row: usize, count: usize) -> String {
    const PLACES: [(usize, usize); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let mut path = String::new();
    for column in column..column + count {
        for (bit, (right, down)) in PLACES.iter().enumerate() {
            if pattern >> bit & 1 == 1 {
                write!(path, "M{} {}h2v2h-2z", column * WIDE + 2 + right * 4, row * HIGH + 3 + down * 4).unwrap();
            }
        }
    }
    path
}

/// Where the lines of a character go from the middle of its cell: left, up, right, down; and whether it turns in an arc.
fn arms(character: char) -> Option<([bool; 4], bool)> {
    const Y: bool = true;
    const N: bool = false;
    Some(match character {
        '─' => ([Y, N, Y, N], false),
        '│' => ([N, Y, N, Y], false),
        '┌' => ([N, N, Y, Y], false),
        '┐' => ([Y, N, N, Y], false),
        '└' => ([N, Y, Y, N], false),
        '┘' => ([Y, Y, N, N], false),
        '├' => ([N, Y, Y, Y], false),
        '┤' => ([Y, Y, N, Y], false),
        '┬' => ([Y, N, Y, Y], false),
        '┴' => ([Y, Y, Y, N], false),
        '┼' => ([Y, Y, Y, Y], false),
        '╭' => ([N, N, Y, Y], true),
        '╮' => ([Y, N, N, Y], true),
        '╰' => ([N, Y, Y, N], true),
        '╯' => ([Y, Y, N, N], true),
        _ => return None,
    })
}

fn line(([left, up, right, down], arc): ([bool; 4], bool), column: usize, row: usize, count: usize) -> String {
    let mut path = String::new();
    let half = |count: usize| f64::from(u32::try_from(count).unwrap()) / 2.0;
    if left && right && !up && !down {
        write!(path, "M{} {}h{}", column * WIDE, half(row * 2 * HIGH + HIGH), count * WIDE).unwrap();
        return path;
    }
    for column in column..column + count {
        let (x, y) = (half(column * 2 * WIDE + WIDE), half(row * 2 * HIGH + HIGH));
        let (wide, high) = (half(WIDE), half(HIGH));
        if arc {
            // From the upper or lower side of the cell into the left or right one.
            let (way, side) = (if up { 1.0 } else { -1.0 }, if left { -1.0 } else { 1.0 });
            let straight = high - wide;
            write!(path, "M{x} {}v{}q0 {} {} {}", y - way * high, way * straight, way * wide, side * wide, way * wide).unwrap();
            continue;
        }
        let (top, bottom) = (if up { high } else { 0.0 }, if down { high } else { 0.0 });
        if up || down {
            write!(path, "M{x} {}v{}", y - top, top + bottom).unwrap();
        }
        let (before, after) = (if left { wide } else { 0.0 }, if right { wide } else { 0.0 });
        if left || right {
            write!(path, "M{} {y}h{}", x - before, before + after).unwrap();
        }
    }
    path
}
