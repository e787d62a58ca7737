//! Requests on their way along targets that refuse, stall, come and go, on a clock that jumps.

#[cfg(test)]
mod properties;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod world;
