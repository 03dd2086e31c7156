;; One guest for every limit. What `validate` does is chosen by `context.attempt`; `probe`
;; and `pull` always behave. Results live in zeroed memory, where all zeroes read as "ok"
;; with every option absent and every list empty.
(module
  (import "portcullis:connector/http@0.1.0" "fetch"
    (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "portcullis:connector/log@0.1.0" "write"
    (func $log (param i32 i32 i32 i32 i32)))
  ;;IMPORT

  (memory (export "memory") 2)
  (table $table 1 funcref)
  (global $top (mut i32) (i32.const 65536))
  (global $seen (mut i32) (i32.const 0))
  ;; 256: where `fetch` answers; 512: the result of the export.
  (data (i32.const 1024) "the request was not answered")
  (data (i32.const 1100) "line\0afake: line \1b[31m")
  (data (i32.const 1200) "\ff\fe\fd")

  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    ;;REALLOC
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (if (i32.eq (memory.grow (i32.const 64)) (i32.const -1)) (then (unreachable)))))
    (local.get $at))

  (func $recurse (param i32) (result i32)
    (i32.add (i32.const 1) (call $recurse (i32.add (local.get 0) (i32.const 1)))))

  (func $ask (param $context i32)
    (call $fetch
      (i32.const 0)
      (i32.load offset=8 (local.get $context)) (i32.load offset=12 (local.get $context))
      (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0)
      (i32.const 256)))

  ;; Hands on what `fetch` said as `reaction.transport`.
  (func $fail_with_answer
    (i32.store8 (i32.const 512) (i32.load8_u (i32.const 256)))
    (if (i32.load8_u (i32.const 256)) (then
      (i32.store8 (i32.const 520) (i32.const 7))
      (i64.store (i32.const 528) (i64.load (i32.const 264)))
      (i64.store (i32.const 536) (i64.load (i32.const 272)))
      (i32.store (i32.const 584) (i32.const 1024))
      (i32.store (i32.const 588) (i32.const 28)))))

  (func $account (param $at i32) (param $length i32)
    (i32.store8 (i32.const 520) (i32.const 1))
    (i32.store (i32.const 524) (local.get $at))
    (i32.store (i32.const 528) (local.get $length)))

  (func (export "portcullis:connector/credentials@0.1.0#validate") (param $context i32) (result i32)
    (local $mode i32) (local $count i32)
    (local.set $mode (i32.load offset=44 (local.get $context)))
    ;; 1: forever
    (if (i32.eq (local.get $mode) (i32.const 1)) (then (loop $again (br $again))))
    ;; 2: all the memory there is, then an abort as an allocator makes it
    (if (i32.eq (local.get $mode) (i32.const 2)) (then
      (loop $more
        (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
      (unreachable)))
    ;; 3: a name of 200 MB
    (if (i32.eq (local.get $mode) (i32.const 3)) (then
      (drop (memory.grow (i32.const 3200)))
      (call $account (i32.const 0) (i32.const 200000000))))
    ;; 4: a panic
    (if (i32.eq (local.get $mode) (i32.const 4)) (then (unreachable)))
    ;; 5: recursion
    (if (i32.eq (local.get $mode) (i32.const 5)) (then (drop (call $recurse (i32.const 0)))))
    ;; 6: a request to the base URL
    (if (i32.eq (local.get $mode) (i32.const 6)) (then
      (call $ask (local.get $context))
      (call $fail_with_answer)))
    ;; 7: a panic if this instance was called before
    (if (i32.eq (local.get $mode) (i32.const 7)) (then
      (if (global.get $seen) (then (unreachable)))
      (global.set $seen (i32.const 1))))
    ;; 8: a flood of log lines
    (if (i32.eq (local.get $mode) (i32.const 8)) (then
      (loop $more
        (call $log (i32.const 2) (i32.const 1100) (i32.const 21) (i32.const 0) (i32.const 0))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $count) (i32.const 10000))))))
    ;; 9: a table without end
    (if (i32.eq (local.get $mode) (i32.const 9)) (then
      (loop $more
        (br_if $more
          (i32.ne (table.grow $table (ref.null func) (i32.const 10000)) (i32.const -1))))
      (unreachable)))
    ;; 10: one log line of 200 MB
    (if (i32.eq (local.get $mode) (i32.const 10)) (then
      (drop (memory.grow (i32.const 3200)))
      (call $log (i32.const 2) (i32.const 0) (i32.const 200000000) (i32.const 0) (i32.const 0))))
    ;; 11: a name that is no text
    (if (i32.eq (local.get $mode) (i32.const 11)) (then
      (call $account (i32.const 1200) (i32.const 3))))
    ;; 12: a name outside its memory
    (if (i32.eq (local.get $mode) (i32.const 12)) (then
      (call $account (i32.const -16) (i32.const 64))))
    ;; 13: requests until the host refuses one
    (if (i32.eq (local.get $mode) (i32.const 13)) (then
      (loop $more
        (call $ask (local.get $context))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br_if $more (i32.ne (i32.load8_u (i32.const 264)) (i32.const 8)))
        (br_if $more (i32.eqz (local.get $count))))
      (call $fail_with_answer)))
    ;; 14: whatever a test wants
    (if (i32.eq (local.get $mode) (i32.const 14)) (then
      ;;MODE
    ))
    (i32.const 512))

  (func (export "cabi_post_portcullis:connector/credentials@0.1.0#validate") (param i32)
    ;;POST
  )

  (func (export "portcullis:connector/access@0.1.0#probe") (param i32) (result i32)
    (i32.store8 (i32.const 520) (i32.const 1))
    (i32.const 512))

  (func (export "portcullis:connector/sync@0.1.0#pull") (param i32) (result i32)
    (i32.const 512))

  ;;SESSION

  (func $start
    ;;START
  )
  (start $start))
