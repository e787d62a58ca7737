//! Bounds on what one request, one instance and the whole host may use, each with the reason for its default.

use serde::{Deserialize, Serialize};

/// Bounds on what one request, one instance and the whole host may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a JSON request body.
    ///
    /// 2 MiB: a prompt that fills a window of 200,000 tokens is below 1 MiB, its JSON escapes at worst double that.
    pub body_bytes: u64,
    /// Bytes of an uploaded file.
    ///
    /// 32 MiB: the text of the longest books is a tenth of that; more is most likely not text.
    pub file_bytes: u64,
    /// Seconds until a request must have its response's head, and seconds that a streamed body may take after it.
    ///
    /// 330: beyond the 300 seconds that a generation server may take in all, so that a slow answer ends by the node's own
    /// limit, with an error that says so.
    pub request_seconds: u64,
    /// Requests in progress at once; one more is answered 503 with `Retry-After`.
    ///
    /// 1024: a stream that waits for its model costs some tens of kilobytes. Address space is reserved for all of them at start.
    pub concurrent_requests: u32,
    /// Connections open at once, idle ones included; one more waits in the system's queue.
    ///
    /// 4096: an idle connection costs some kilobytes. Each needs a file descriptor, and each call of a model another; the host takes as many
    /// as the system grants, and says so where they are fewer.
    pub connections: u32,
    /// Requests that one instance serves at once.
    ///
    /// 4: while one waits for its model, others use its memory. If one traps, the others of its instance end with it, so
    /// not many.
    pub requests_per_instance: u32,
    /// Requests that one instance serves in its life.
    ///
    /// 128, as `wasmtime serve` and Spin do: instantiation costs next to nothing spread over so many, and no leak lives long.
    pub requests_per_life: u32,
    /// Bytes of linear memory that one instance may use, over all its components.
    ///
    /// 512 MiB: an uploaded file is held some times over on its way through; the embedding model counts too, although its
    /// pages are shared.
    pub instance_memory_bytes: u64,
    /// Seconds that requests in progress get to finish when the host is told to stop.
    ///
    /// 25: container platforms kill after 30.
    pub drain_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 2 << 20,
            file_bytes: 32 << 20,
            request_seconds: 330,
            concurrent_requests: 1024,
            connections: 4096,
            requests_per_instance: 4,
            requests_per_life: 128,
            instance_memory_bytes: 512 << 20,
            drain_seconds: 25,
        }
    }
}
