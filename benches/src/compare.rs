//! Interleaved timing of variants, and the table it prints.

use std::time::{Duration, Instant};

/// Variants of one operation, timed side by side.
pub struct Comparison<'a> {
    title: &'a str,
    variants: Vec<Variant<'a>>,
}

struct Variant<'a> {
    name: String,
    run: Box<dyn FnMut() -> Duration + 'a>,
    times: Vec<Duration>,
}

// === impl Comparison ===

impl<'a> Comparison<'a> {
    /// An empty comparison.
    #[must_use]
    pub fn new(title: &'a str) -> Self {
        Self { title, variants: Vec::new() }
    }

    /// Adds an operation, timed as a whole.
    #[must_use]
    pub fn with<T>(self, name: impl Into<String>, mut operation: impl FnMut() -> T + 'a) -> Self {
        self.with_timed(name, move || {
            let start = Instant::now();
            std::hint::black_box(operation());
            start.elapsed()
        })
    }

    /// Adds an operation that says itself how long the part that counts took.
    #[must_use]
    pub fn with_timed(mut self, name: impl Into<String>, run: impl FnMut() -> Duration + 'a) -> Self {
        self.variants.push(Variant { name: name.into(), run: Box::new(run), times: Vec::new() });
        self
    }

    /// Runs every variant once to warm it, then `rounds` times in turn, and prints the table.
    pub fn run(mut self, rounds: usize) {
        for variant in &mut self.variants {
            (variant.run)();
        }
        for _ in 0..rounds {
            for variant in &mut self.variants {
                let time = (variant.run)();
                variant.times.push(time);
            }
        }
        println!("\n{}\n\n| | median | 10th | 90th | ratio |\n|---|---|---|---|---|", self.title);
        let mut first = None;
        for variant in &mut self.variants {
            variant.times.sort();
            let at = |percent: usize| {
                let last = variant.times.len().saturating_sub(1);
                variant.times.get(last * percent / 100).copied().unwrap_or_default()
            };
            let median = at(50);
            let base = *first.get_or_insert(median);
            println!(
                "| {} | {} | {} | {} | {:.2} |",
                variant.name,
                readable(median),
                readable(at(10)),
                readable(at(90)),
                median.as_secs_f64() / base.as_secs_f64().max(1e-12)
            );
        }
    }
}

fn readable(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 1000.0 { format!("{micros:.1} µs") } else { format!("{:.2} ms", micros / 1000.0) }
}
