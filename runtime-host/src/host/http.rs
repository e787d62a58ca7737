//! `wasi:http`, inbound only. Every request that a guest would send is refused here.

use super::Ctx;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

/// What `wasi:http` needs of an instance.
#[derive(Default)]
pub struct Http {
    ctx: WasiHttpCtx,
    hooks: Refuse,
}

#[derive(Default)]
struct Refuse;

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Result<(::http::Response<WasiBody>, Io), Error>;

impl WasiHttpHooks for Refuse {
    fn send_request(
        &mut self,
        _request: ::http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _io: Io,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
    }
}

impl WasiHttpView for Ctx {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http.ctx, table: &mut self.table, hooks: &mut self.http.hooks }
    }
}
