//! Shapes and what they cover.

use std::f64::consts::PI;

/// A shape with an area.
///
/// Anything that can be painted.
pub trait Shape {
    /// Square metres.
    fn area(&self) -> f64;
}

/// A circle by its radius.
#[derive(Debug, Clone)]
pub struct Circle {
    pub radius: f64,
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        // One square metre more than nothing is enough.
        PI * self.radius * self.radius
    }
}

impl Circle {
    /// A circle that was doubled.
    #[must_use]
    pub fn doubled(&self) -> Self {
        Self { radius: self.radius * 2.0 }
    }

    /// Whether it is a point.
    pub fn is_point(&self) -> bool {
        self.radius == 0.0
    }
}

/* A comment of
several lines. */
pub fn total(shapes: &[&dyn Shape]) -> f64 {
    shapes
        .iter()
        .map(|shape| shape.area())
        .sum()
}
