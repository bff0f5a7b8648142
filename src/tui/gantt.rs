//! The chart of steps over time: which time a column stands for, and how far it is scrolled and zoomed.

use super::keymap::Do;
use super::model::{Model, Screen};
use super::{layout, view};
use crate::clock::Stamp;
use crate::engine::State;

/// Seconds a column can stand for.
const SCALES: [u32; 15] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400];

/// What only the screen knows about the chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gantt {
    /// The scale that was chosen; `None` fits the whole run.
    pub zoom: Option<usize>,
    /// The first second that is shown, where that was chosen; `None` follows the run.
    pub left: Option<f64>,
    /// The first row that is shown.
    pub top: usize,
    /// Which steps have decided or decide how long the run takes, by their places.
    pub critical: Vec<bool>,
}

/// The axis of the chart as it is drawn: seconds since the run began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// Seconds a column stands for.
    pub scale: f64,
    /// The first second that is shown.
    pub left: f64,
    /// Columns there are.
    pub columns: usize,
    /// Now, or the end of a run that is over.
    pub now: f64,
    /// The end of what there is to show.
    pub end: f64,
    /// Where the RTO ends.
    pub rto: Option<f64>,
    /// Seconds from the beginning of the outage to that of the run.
    pub lead: f64,
}

impl Axis {
    /// The axis for so many columns.
    pub(super) fn of(model: &Model, state: &State, columns: usize) -> Self {
        let watch = &model.run.watch;
        let lead = watch.since_incident(state, state.started).as_secs_f64();
        let now = if model.finished() { state.last } else { model.now };
        let now = watch.between(state.started, now).as_secs_f64();
        let rto = state.plan.objectives.rto.map(|rto| rto - lead);
        let last = now + model.forecast.as_ref().map_or(0.0, |forecast| forecast.left.as_secs_f64());
        // An objective far away is named, and not shown, so that the steps stay readable.
        let end = rto.filter(|rto| *rto <= last.max(60.0) * 3.0).map_or(last, |rto| rto.max(last)).max(1.0);
        let width = columns.max(1) as f64;
        let fitting = fitting(end, width);
        let scale = f64::from(SCALES[model.gantt.zoom.unwrap_or(fitting).min(SCALES.len() - 1)]);
        let most = (end - (width - 1.0) * scale).max(0.0);
        let followed = (now - width * scale * 2.0 / 3.0).max(0.0);
        let left = (model.gantt.left.unwrap_or(followed).min(most) / scale).floor() * scale;
        Self { scale, left, columns, now, end, rto, lead }
    }

    /// The column of a time; `None` outside the chart.
    pub(super) fn column(&self, seconds: f64) -> Option<usize> {
        let at = self.place(seconds);
        (at >= 0).then(|| usize::try_from(at).ok()).flatten().filter(|at| *at < self.columns)
    }

    /// The columns from one time to another, the last included, as far as they are in the chart.
    pub(super) fn range(&self, from: f64, to: f64) -> std::ops::Range<usize> {
        let clamp = |at: i64| usize::try_from(at.max(0)).unwrap_or(0).min(self.columns);
        let (first, last) = (self.place(from), self.place(to.max(from)));
        clamp(first)..clamp(last.saturating_add(1))
    }

    fn place(&self, seconds: f64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a float is cut to the nearest integer there is")]
        let place = ((seconds - self.left) / self.scale).floor() as i64;
        place
    }
}

/// The finest scale at which the whole run fits.
fn fitting(end: f64, columns: f64) -> usize {
    SCALES.iter().position(|scale| end < f64::from(*scale) * columns).unwrap_or(SCALES.len() - 1)
}

/// Seconds since the run began.
pub(super) fn seconds(model: &Model, state: &State, at: Stamp) -> f64 {
    model.run.watch.between(state.started, at).as_secs_f64()
}

/// Moves through time, or looks closer.
pub(super) fn look(model: &mut Model, what: Do) {
    let Some(state) = model.state() else { return };
    let columns = view::gantt_columns(layout::areas(model).body.width);
    let axis = Axis::of(model, state, columns);
    let width = columns.max(1) as f64;
    let fitting = fitting(axis.end, width);
    let zoom = model.gantt.zoom.unwrap_or(fitting);
    let page = (width / 4.0).floor().max(1.0) * axis.scale;
    match what {
        Do::Earlier => model.gantt.left = Some((axis.left - page).max(0.0)),
        Do::Later => model.gantt.left = Some((axis.left + page).min((axis.end - (width - 1.0) * axis.scale).max(0.0))),
        Do::Closer => model.gantt.zoom = Some(zoom.saturating_sub(1)),
        Do::Wider if zoom + 1 >= fitting => (model.gantt.zoom, model.gantt.left) = (None, None),
        Do::Wider => model.gantt.zoom = Some(zoom + 1),
        _ => (model.gantt.zoom, model.gantt.left) = (None, None),
    }
}

/// Brings up to date what the chart shows: the critical path, and the selected row in view.
pub(super) fn refresh(model: &mut Model) {
    let (Some(state), Screen::Gantt) = (model.run.state.as_ref(), model.screen) else { return };
    let ahead = model.forecast.as_ref().map_or(&[][..], |forecast| &forecast.critical);
    let mut critical = vec![false; state.steps.len()];
    let first = ahead.first().copied().filter(|_| !state.rolling_back);
    for place in model.run.course.behind(first).iter().chain(ahead) {
        critical[*place] = true;
    }
    model.gantt.critical = critical;
    let height = usize::from(layout::areas(model).body.height).saturating_sub(view::GANTT_LINES).max(1);
    model.gantt.top = model.keep_in_view(model.gantt.top, height);
}
