//! What a long step shows: a bar on a terminal, one line where there is none.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// One step under way. Dropping it without [`Step::done`] leaves what it showed to the error that follows.
pub(crate) struct Step {
    bar: Option<ProgressBar>,
    title: String,
    started: Instant,
}

/// Whether a person is watching.
pub(crate) fn is_interactive() -> bool {
    use std::io::IsTerminal as _;
    std::io::stderr().is_terminal()
}

impl Step {
    /// Starts a step of `length` units; zero for a step whose length is unknown.
    pub(crate) fn start(title: impl Into<String>, length: u64) -> Self {
        let title = title.into();
        let bar = is_interactive().then(|| {
            let bar = if length == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(length) };
            let template = if length == 0 {
                "{spinner} {prefix} {wide_msg} {elapsed}"
            } else {
                "{spinner} {prefix} [{bar:24}] {pos}/{len} {wide_msg} {elapsed}"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(format!("{title:<28}"));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            eprintln!("{title} …");
        }
        Self { bar, title, started: Instant::now() }
    }

    /// Moves the bar.
    pub(crate) fn at(&self, position: u64, message: impl Into<String>) {
        if let Some(bar) = &self.bar {
            bar.set_position(position);
            bar.set_message(message.into());
        }
    }

    /// Prints a line above the bar.
    pub(crate) fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// Ends the step, saying how long it took if that was worth noticing.
    pub(crate) fn done(self) {
        let elapsed = self.started.elapsed();
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
            if elapsed > Duration::from_secs(1) {
                eprintln!("  {:<28} {:.1} s", self.title, elapsed.as_secs_f64());
            }
        }
    }
}
