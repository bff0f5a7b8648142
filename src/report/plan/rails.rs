//! The rails beside the steps: a lane for every way that is open, as `git log --graph` has them. A lane begins where a step leads to
//! another and ends there; where several lead to one step, they come together above it.

/// The signs of the drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signs {
    pub(super) critical: char,
    pub(super) other: char,
    way: char,
    bundle: char,
    across: char,
    /// `├`, `┤`, `┼`: at the step's own lane.
    from: [char; 3],
    /// `┬`, `╮`, `╭`: where lanes begin.
    begin: [char; 3],
    /// `┴`, `╯`, `╰`: where lanes end.
    end: [char; 3],
}

pub(super) const UNICODE: Signs = Signs {
    critical: '●',
    other: '○',
    way: '│',
    bundle: '║',
    across: '─',
    from: ['├', '┤', '┼'],
    begin: ['┬', '╮', '╭'],
    end: ['┴', '╯', '╰'],
};

pub(super) const ASCII: Signs = Signs {
    critical: '*',
    other: 'o',
    way: '|',
    bundle: ':',
    across: '-',
    from: ['|', '|', '+'],
    begin: ['.', '.', '.'],
    end: ['\'', '\'', '\''],
};

/// The rails of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rail {
    /// The line above it where lanes come together; `None` where none do.
    pub(super) join: Option<String>,
    /// The lane of the item.
    pub(super) lane: usize,
    /// The lanes beside its first line; its own has a blank, for the sign of the step.
    pub(super) beside: Vec<char>,
    /// Whether its lane comes from above.
    pub(super) comes: bool,
    /// Whether its lane goes on below it.
    pub(super) goes_on: bool,
    /// The line below it where lanes begin; `None` where none do.
    pub(super) fork: Option<String>,
}

/// The rails of all items; `None` where more than `most` lanes would be open at once.
pub(super) fn lay(next: &[Vec<usize>], most: usize, signs: Signs) -> Option<Vec<Rail>> {
    let mut lanes: Vec<Option<usize>> = Vec::new();
    let mut rails = Vec::with_capacity(next.len());
    for (item, followers) in next.iter().enumerate() {
        let coming: Vec<usize> = (0..lanes.len()).filter(|lane| lanes[*lane] == Some(item)).collect();
        let lane = coming.first().copied().unwrap_or_else(|| free(&mut lanes, 0));
        lanes[lane] = Some(item);
        let others = coming.get(1..).unwrap_or_default();
        let join = (!others.is_empty()).then(|| across(&lanes, lane, others, signs.end, signs));
        for other in others {
            lanes[*other] = None;
        }
        let mut beside: Vec<char> = lanes.iter().map(|lane| if lane.is_some() { signs.way } else { ' ' }).collect();
        beside[lane] = ' ';
        lanes[lane] = followers.first().copied();
        let mut begun = Vec::new();
        for follower in followers.iter().skip(1) {
            let new = free(&mut lanes, lane + 1);
            lanes[new] = Some(*follower);
            begun.push(new);
            if lanes.len() > most {
                return None;
            }
        }
        begun.sort_unstable();
        let fork = (!begun.is_empty()).then(|| across(&lanes, lane, &begun, signs.begin, signs));
        while lanes.last() == Some(&None) {
            lanes.pop();
        }
        if lanes.len() > most {
            return None;
        }
        rails.push(Rail { join, lane, beside, comes: !coming.is_empty(), goes_on: !followers.is_empty(), fork });
    }
    Some(rails)
}

/// A lane that nothing is on, `from` or further right where there is one.
fn free(lanes: &mut Vec<Option<usize>>, from: usize) -> usize {
    match (from..lanes.len()).find(|lane| lanes[*lane].is_none()) {
        Some(lane) => lane,
        None => {
            lanes.push(None);
            lanes.len() - 1
        }
    }
}

/// The line that ties `others`, in their order, to the lane `at`. Lanes in between pass behind it.
fn across(lanes: &[Option<usize>], at: usize, others: &[usize], ends: [char; 3], signs: Signs) -> String {
    let (first, last) = (others.first().map_or(at, |lane| at.min(*lane)), others.last().map_or(at, |lane| at.max(*lane)));
    let mut line = String::new();
    for lane in 0..lanes.len() {
        let sign = match lane {
            _ if lane == at => {
                signs.from[match (first < at, last > at) {
                    (false, _) => 0,
                    (true, false) => 1,
                    (true, true) => 2,
                }]
            }
            _ if others.contains(&lane) => {
                ends[match lane {
                    _ if lane == last => 1,
                    _ if lane == first => 2,
                    _ => 0,
                }]
            }
            _ if lanes[lane].is_some() => signs.way,
            _ if first < lane && lane < last => signs.across,
            _ => ' ',
        };
        line.push(sign);
        line.push(if first <= lane && lane < last { signs.across } else { ' ' });
    }
    line
}

impl Rail {
    /// The lanes to the left of the item's own, and those to the right with the blank before them.
    pub(super) fn beside(&self) -> (String, String) {
        let spaced = |lanes: &[char]| lanes.iter().flat_map(|lane| [*lane, ' ']).collect::<String>();
        let (before, after) = self.beside.split_at(self.lane.min(self.beside.len()));
        (spaced(before), format!(" {}", spaced(after.get(1..).unwrap_or_default())))
    }

    fn with(&self, sign: char) -> String {
        let (before, after) = self.beside();
        format!("{before}{sign}{after}")
    }

    /// The lanes beside a heading above the item.
    pub(super) fn above(&self, signs: Signs) -> String {
        self.with(if self.comes { signs.way } else { ' ' })
    }

    /// The lanes beside what is written below a step's first line.
    pub(super) fn below(&self, in_bundle: bool, signs: Signs) -> String {
        self.with(match (in_bundle, self.goes_on) {
            (true, _) => signs.bundle,
            (false, true) => signs.way,
            (false, false) => ' ',
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(next: &[Vec<usize>]) -> String {
        let rails = lay(next, 8, UNICODE).unwrap();
        let mut text = String::new();
        for (item, rail) in rails.iter().enumerate() {
            let (before, after) = rail.beside();
            let node = format!("{} {item}", format!("{before}●{after}").trim_end());
            for line in rail.join.iter().chain([&node]).chain(&rail.fork) {
                text.push_str(line.trim_end());
                text.push('\n');
            }
        }
        text
    }

    #[test]
    fn a_fork_and_a_join() {
        let next = [vec![1, 2, 3], vec![4], vec![4], vec![4], vec![]];
        assert_eq!(drawn(&next), "● 0\n├─┬─╮\n● │ │ 1\n│ ● │ 2\n│ │ ● 3\n├─┴─╯\n● 4\n");
    }

    #[test]
    fn lanes_that_have_nothing_to_do_with_it_pass_behind() {
        // 0 leads to 1, 2 and 4; 1 to 3; 2 to 3 and 4.
        let next = [vec![1, 2, 4], vec![3], vec![3, 4], vec![], vec![]];
        assert_eq!(drawn(&next), "● 0\n├─┬─╮\n● │ │ 1\n│ ● │ 2\n│ ├─│─╮\n├─╯ │ │\n●   │ │ 3\n    ├─╯\n    ● 4\n");
    }

    #[test]
    fn too_many_at_once_are_not_drawn_at_all() {
        let next: Vec<Vec<usize>> = std::iter::once((1..=9).collect()).chain(std::iter::repeat_n(Vec::new(), 9)).collect();
        assert_eq!(lay(&next, 8, UNICODE), None);
        assert!(lay(&next, 9, UNICODE).is_some());
    }
}
