//! The guest of these tests as a component, made from its text in milliseconds.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const WORLD: &str = "
    package test:guest;
    world guest {
      import wasi:http/types@0.3.0;
      import wasi:clocks/monotonic-clock@0.3.0;
      export wasi:http/handler@0.3.0;
    }
";

/// The component's bytes.
pub(crate) fn component() -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_path("../wit").unwrap();
    let package = resolve.push_str("guest.wit", WORLD).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let mut module = wat::parse_str(include_str!("guest.wat")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}
