//! A table into components made by hand: alone, and nested in a composition.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test looks for and does not find fails the test"
)]

use gusset_baked::Slot;
use gusset_baked_compiler::{Error, fill, holds};
use wasmparser::{DataKind, Operator, Parser, Payload, Validator, WasmFeatures};

const PAGES: u32 = 2;

/// A module with data before, around and behind its slot.
fn module(slot: Slot) -> String {
    let slot: String = slot.to_bytes().iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!(
        r#"(core module $m
            (memory (export "memory") {PAGES} 3)
            (func (export "f"))
            (data (i32.const 16) "before")
            (data (i32.const 1000) "around{slot}around")
            (data (i32.const 70000) "behind"))"#
    )
}

fn component(inside: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {inside})")).unwrap()
}

/// Data segments and the least size in pages, of the module that has a memory.
fn contents(component: &[u8]) -> (u64, Vec<(u32, Vec<u8>)>) {
    Validator::new_with_features(WasmFeatures::all()).validate_all(component).unwrap();
    let (mut pages, mut data) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::MemorySection(memories) => pages = memories.into_iter().next().unwrap().unwrap().initial,
            Payload::DataSection(segments) => {
                for segment in segments {
                    let segment = segment.unwrap();
                    let DataKind::Active { offset_expr, .. } = segment.kind else { panic!("passive") };
                    let Operator::I32Const { value } = offset_expr.get_operators_reader().read().unwrap()
                    else {
                        panic!("not constant")
                    };
                    data.push((value.cast_unsigned(), segment.data.to_vec()));
                }
            }
            _ => {}
        }
    }
    (pages, data)
}

#[test]
fn the_table_lies_behind_the_memory_and_the_slot_says_where() {
    let alone = component(&module(Slot::EMPTY));
    let nested = component(&format!(
        "(component (component {}) (component {}))",
        module(Slot::EMPTY),
        "(core module)"
    ));
    for template in [alone, nested] {
        for table in [vec![], vec![7], vec![7; 65536], vec![7; 65537]] {
            let filled = fill(&template, &table).unwrap();
            let (pages, data) = contents(&filled);
            assert_eq!(pages, u64::from(PAGES) + table.len().div_ceil(65536) as u64);
            let slot = Slot::new(PAGES * 65536, table.len() as u32).to_bytes();
            let around = [b"around", &slot[..], b"around"].concat();
            let expected = [
                (16, b"before".to_vec()),
                (1000, around),
                (70000, b"behind".to_vec()),
                (PAGES * 65536, table.clone()),
            ];
            assert_eq!(data, expected);
            assert_eq!(fill(&template, &table).unwrap(), filled, "the same bytes every time");
            assert!(matches!(fill(&filled, &table), Err(Error::Filled)));
        }
    }
}

#[test]
fn what_takes_no_collection_is_refused() {
    let check = |bytes: &[u8], expected: &str| {
        let error = fill(bytes, b"table").unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(b"", "not a component");
    check(b"text", "not a component");
    check(&wat::parse_str("(module)").unwrap(), "core module");
    check(&component("(core module)"), "nothing in it takes a collection");
    let twice = format!("(component {0}) (component {0})", module(Slot::EMPTY));
    check(&component(&twice), "2 parts of it");
    let wide = module(Slot::EMPTY).replace("(memory (export \"memory\") 2 3)", "(memory i64 2)");
    check(&component(&wide.replace("i32.const", "i64.const")), "its memory is not one of 32 bits");
    let whole = component(&module(Slot::EMPTY));
    for length in 9..whole.len() {
        // Cut anywhere, it is an error or lacks what comes after, never a panic.
        let _ = fill(&whole[..length], b"table");
    }
}

#[test]
fn no_module_is_larger_than_hosts_take() {
    let table = vec![0; 1 << 30];
    let error = fill(&component(&module(Slot::EMPTY)), &table).unwrap_err();
    assert!(matches!(error, Error::TooLarge { table: 1_073_741_824, most: 1_073_741_824, .. }), "{error}");
    assert!(error.to_string().contains("bake fewer documents"), "{error}");
}

#[test]
fn data_is_found() {
    let whole = component(&module(Slot::EMPTY));
    assert!(holds(&whole, b"behind") && !holds(&whole, b"absent"));
}
