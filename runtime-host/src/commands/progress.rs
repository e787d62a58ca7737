//! Progress on the terminal: a bar where the work has a size, a spinner where it hasn't. Silent where nobody watches.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// Redrawn this often: smooth to the eye, nothing to the processor.
const TICK: Duration = Duration::from_millis(100);

/// A spinner with its elapsed time.
pub(super) fn spinner(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    bar.set_style(style("{spinner} {msg} ({elapsed})"));
    bar.enable_steady_tick(TICK);
    bar
}

/// A bar over files, whose number grows while they are counted.
pub(super) fn files() -> ProgressBar {
    let bar = ProgressBar::new(0);
    bar.set_style(style("{bar:30} {pos} of {len} files, {eta} left  {wide_msg}").progress_chars("━╸ "));
    bar.enable_steady_tick(TICK);
    bar
}

/// The templates are ours; were one wrong, a plain bar is no reason to stop.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
