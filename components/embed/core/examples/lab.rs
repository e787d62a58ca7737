use gusset_embed::*;
use std::cell::RefCell;
thread_local! { static E: RefCell<Option<Embedder>> = const { RefCell::new(None) }; }
pub extern "C" fn alloc(n: usize) -> *mut u8 {
    let v: Vec<u8> = Vec::with_capacity(n);
    let mut v = std::mem::ManuallyDrop::new(v);
    v.as_mut_ptr()
}
pub unsafe extern "C" fn load(p: *mut u8, n: usize) -> i32 {
    let v = unsafe { Vec::from_raw_parts(p, n, n) };
    match Embedder::load(v) {
        Ok(e) => {
            E.with(|x| *x.borrow_mut() = Some(e));
            0
        }
        Err(_) => 1,
    }
}
pub fn text(tokens: usize, i: usize) -> String {
    let w =
        ["river", "water", "the", "house", "of", "king", "music", "year", "red", "train", "open", "small"];
    (0..tokens - 2).map(|t| w[(t * 7 + i * 5 + t / 12) % 12]).collect::<Vec<_>>().join(" ")
}
pub extern "C" fn run(tokens: usize, batch: usize) -> f32 {
    E.with(|x| {
        let x = x.borrow();
        let e = x.as_ref().unwrap();
        let t: Vec<String> = (0..batch).map(|i| text(tokens, i)).collect();
        let t: Vec<&str> = t.iter().map(|x| x.as_str()).collect();
        let r = e.embed(&t, Purpose::Query).unwrap();
        assert_eq!(r.tokens[0], tokens);
        let mut h = 0u32;
        for v in r.values {
            h = h.rotate_left(5) ^ v.to_bits();
            h = h.wrapping_mul(0x9E3779B1);
        }
        f32::from_bits((h >> 9) | 0x3f800000)
    })
}
fn cpu() -> f64 {
    #[repr(C)]
    struct T {
        s: i64,
        n: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(c: i32, t: *mut T) -> i32;
    }
    let mut t = T { s: 0, n: 0 };
    unsafe { clock_gettime(2, &mut t) };
    t.s as f64 * 1e3 + t.n as f64 / 1e6
}
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let mut b = std::fs::read(path).unwrap();
    b.shrink_to_fit();
    let (p, n) = (b.as_mut_ptr(), b.len());
    std::mem::forget(b);
    assert_eq!(unsafe { load(p, n) }, 0);
    for (t, b) in [(16, 1), (64, 1), (128, 1), (256, 1), (16, 8), (64, 8), (128, 8), (256, 8)] {
        let r = if b == 1 { 31 } else { 9 };
        let mut v: Vec<f64> = vec![];
        let mut h = 0.0;
        for _ in 0..r {
            let s = cpu();
            h = run(t, b);
            v.push(cpu() - s);
        }
        v.sort_by(f64::total_cmp);
        print!("{}x{} {:.2} ({:08x})  ", t, b, v[r / 2], h.to_bits());
    }
    println!();
}
