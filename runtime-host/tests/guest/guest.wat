;; A guest that does what the first letter of the request's path says:
;;   /loop   computes for ever
;;   /trap   traps
;;   /slow   waits for half a second, then answers
;;   /hog    asks for a gibibyte of memory; answers if it is refused, traps if not
;;   else    answers at once
;; Its answer is 200 without a body.
(module
  (import "wasi:http/types@0.3.0" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.3.0" "[method]request.get-path-with-query" (func $path (param i32 i32)))
  (import "wasi:http/types@0.3.0" "[static]response.new" (func $response (param i32 i32 i32 i32 i32)))
  (import "wasi:http/types@0.3.0" "[future-new-1][static]response.new" (func $trailers (result i64)))
  (import "wasi:http/types@0.3.0" "[async-lower][future-write-1][static]response.new"
    (func $write-trailers (param i32 i32) (result i32)))
  (import "wasi:clocks/monotonic-clock@0.3.0" "wait-for" (func $wait-for (param i64)))

  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 4096))

  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  (func (export "wasi:http/handler@0.3.0#handle") (param $request i32) (result i32)
    (local $kind i32)
    (local $future i64)
    (call $path (local.get $request) (i32.const 0))
    (local.set $kind (i32.load8_u offset=1 (i32.load (i32.const 4))))
    (if (i32.eq (local.get $kind) (i32.const 108)) (then (loop $forever (br $forever))))
    (if (i32.eq (local.get $kind) (i32.const 116)) (then unreachable))
    (if (i32.eq (local.get $kind) (i32.const 115)) (then (call $wait-for (i64.const 500000000))))
    (if (i32.eq (local.get $kind) (i32.const 104))
      (then (if (i32.ne (memory.grow (i32.const 16384)) (i32.const -1)) (then unreachable))))
    (local.set $future (call $trailers))
    ;; No content, and trailers whose readable end is the future's lower half.
    (call $response
      (call $fields) (i32.const 0) (i32.const 0) (i32.wrap_i64 (local.get $future)) (i32.const 16))
    ;; Zeros, which say that there are no trailers; the host reads them when it gets there.
    (drop (call $write-trailers (i32.wrap_i64 (i64.shr_u (local.get $future) (i64.const 32))) (i32.const 1024)))
    ;; ok(response)
    (i32.store8 (i32.const 64) (i32.const 0))
    (i32.store (i32.const 72) (i32.load (i32.const 16)))
    (i32.const 64)))
