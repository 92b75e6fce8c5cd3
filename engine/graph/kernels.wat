;; The inner loops of a router's graph, in SIMD. `npm run build:kernels` turns this into kernels.wasm.ts. Addresses are byte
;; offsets; every array has room for three numbers behind its last, which loops in steps of four may read and write. What
;; stands between `;; each` and `;; end` is written out once for each of the names.
(module
  (memory (import "weir" "memory") 1)

  ;; out[0..16 * panels) = bias + the listed numbers times their rows of w. w lies in panels of 16 columns, each panel row by
  ;; row, `panelBytes` long. The list has pairs, rising, of a row's byte offset in its panel and a number, to `listEnd`, with
  ;; one pair of nought behind them; a panel's rows from its limit on (never falling from panel to panel) are nought.
  (func (export "gemv")
    (param $list i32) (param $listEnd i32) (param $w i32) (param $panelBytes i32) (param $limits i32)
    (param $bias i32) (param $out i32) (param $panels i32)
    (local $at i32) (local $end i32) (local $limit i32) (local $row i32) (local $factor v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $e v128) (local $f v128) (local $g v128) (local $h v128)
    (local.set $end (local.get $list))
    (loop $panel
      (local.set $limit (i32.load (local.get $limits)))
      (block $found
        (loop $further
          (br_if $found (i32.ge_u (local.get $end) (local.get $listEnd)))
          (br_if $found (i32.ge_u (i32.load (local.get $end)) (local.get $limit)))
          (local.set $end (i32.add (local.get $end) (i32.const 8)))
          (br $further)))
      (local.set $a (v128.load offset=0 (local.get $bias)))
      (local.set $b (v128.load offset=16 (local.get $bias)))
      (local.set $c (v128.load offset=32 (local.get $bias)))
      (local.set $d (v128.load offset=48 (local.get $bias)))
      (local.set $e (v128.const f32x4 0 0 0 0))
      (local.set $f (v128.const f32x4 0 0 0 0))
      (local.set $g (v128.const f32x4 0 0 0 0))
      (local.set $h (v128.const f32x4 0 0 0 0))
      (local.set $at (local.get $list))
      (if (i32.lt_u (local.get $at) (local.get $end)) (then
        (loop $pair
          (local.set $row (i32.add (local.get $w) (i32.load offset=0 (local.get $at))))
          (local.set $factor (v128.load32_splat offset=4 (local.get $at)))
          (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $factor) (v128.load offset=0 (local.get $row)))))
          (local.set $b (f32x4.add (local.get $b) (f32x4.mul (local.get $factor) (v128.load offset=16 (local.get $row)))))
          (local.set $c (f32x4.add (local.get $c) (f32x4.mul (local.get $factor) (v128.load offset=32 (local.get $row)))))
          (local.set $d (f32x4.add (local.get $d) (f32x4.mul (local.get $factor) (v128.load offset=48 (local.get $row)))))
          (local.set $row (i32.add (local.get $w) (i32.load offset=8 (local.get $at))))
          (local.set $factor (v128.load32_splat offset=12 (local.get $at)))
          (local.set $e (f32x4.add (local.get $e) (f32x4.mul (local.get $factor) (v128.load offset=0 (local.get $row)))))
          (local.set $f (f32x4.add (local.get $f) (f32x4.mul (local.get $factor) (v128.load offset=16 (local.get $row)))))
          (local.set $g (f32x4.add (local.get $g) (f32x4.mul (local.get $factor) (v128.load offset=32 (local.get $row)))))
          (local.set $h (f32x4.add (local.get $h) (f32x4.mul (local.get $factor) (v128.load offset=48 (local.get $row)))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br_if $pair (i32.lt_u (local.get $at) (local.get $end))))))
      (v128.store offset=0 (local.get $out) (f32x4.add (local.get $a) (local.get $e)))
      (v128.store offset=16 (local.get $out) (f32x4.add (local.get $b) (local.get $f)))
      (v128.store offset=32 (local.get $out) (f32x4.add (local.get $c) (local.get $g)))
      (v128.store offset=48 (local.get $out) (f32x4.add (local.get $d) (local.get $h)))
      (local.set $out (i32.add (local.get $out) (i32.const 64)))
      (local.set $bias (i32.add (local.get $bias) (i32.const 64)))
      (local.set $limits (i32.add (local.get $limits) (i32.const 4)))
      (local.set $w (i32.add (local.get $w) (local.get $panelBytes)))
      (br_if $panel (local.tee $panels (i32.sub (local.get $panels) (i32.const 1))))))

  ;; Lists the numbers of x that are not those of rest, as gemv wants them: what they are more than rest. Returns the list's end.
  (func (export "listMoved") (param $x i32) (param $rest i32) (param $count i32) (param $list i32) (result i32)
    (local $row i32) (local $more f32)
    (loop $next
      (local.set $more (f32.sub (f32.load (local.get $x)) (f32.load (local.get $rest))))
      (i32.store offset=0 (local.get $list) (local.get $row))
      (f32.store offset=4 (local.get $list) (local.get $more))
      (local.set $list
        (i32.add (local.get $list) (i32.shl (f32.ne (local.get $more) (f32.const 0)) (i32.const 3))))
      (local.set $row (i32.add (local.get $row) (i32.const 64)))
      (local.set $x (i32.add (local.get $x) (i32.const 4)))
      (local.set $rest (i32.add (local.get $rest) (i32.const 4)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (i64.store (local.get $list) (i64.const 0))
    (local.get $list))

  ;; Four numbers a term, from a table of four a row, times the term's weight; their sums, and behind those the sums of their
  ;; squares. At least one term.
  (func (export "weighTerms")
    (param $ids i32) (param $weights i32) (param $terms i32) (param $table i32) (param $products i32) (param $sums i32)
    (local $end i32) (local $product v128) (local $sum v128) (local $squares v128)
    (local.set $end (i32.add (local.get $ids) (i32.shl (local.get $terms) (i32.const 2))))
    (loop $term
      (local.set $product
        (f32x4.mul
          (v128.load32_splat (local.get $weights))
          (v128.load (i32.add (local.get $table) (i32.shl (i32.load (local.get $ids)) (i32.const 4))))))
      (v128.store (local.get $products) (local.get $product))
      (local.set $sum (f32x4.add (local.get $sum) (local.get $product)))
      (local.set $squares (f32x4.add (local.get $squares) (f32x4.mul (local.get $product) (local.get $product))))
      (local.set $products (i32.add (local.get $products) (i32.const 16)))
      (local.set $weights (i32.add (local.get $weights) (i32.const 4)))
      (local.set $ids (i32.add (local.get $ids) (i32.const 4)))
      (br_if $term (i32.lt_u (local.get $ids) (local.get $end))))
    (v128.store offset=0 (local.get $sums) (local.get $sum))
    (v128.store offset=16 (local.get $sums) (local.get $squares)))

  ;; each add sub mul div max min
  ;; out[0..end) = a $op b, where an operand of step 0 is one number and one of step 16 is as long as out.
  (func (export "$op")
    (param $a i32) (param $b i32) (param $out i32) (param $end i32) (param $stepA i32) (param $stepB i32)
    (local $x v128) (local $y v128)
    (local.set $x (v128.load32_splat (local.get $a)))
    (local.set $y (v128.load32_splat (local.get $b)))
    (loop $next
      (if (local.get $stepA) (then (local.set $x (v128.load (local.get $a)))))
      (if (local.get $stepB) (then (local.set $y (v128.load (local.get $b)))))
      (v128.store (local.get $out) (f32x4.$op (local.get $x) (local.get $y)))
      (local.set $a (i32.add (local.get $a) (local.get $stepA)))
      (local.set $b (i32.add (local.get $b) (local.get $stepB)))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $out) (local.get $end)))))
  ;; end

  ;; each sqrt exp sigmoid
  ;; out[0..end) = $op of a.
  (func (export "$op") (param $a i32) (param $out i32) (param $end i32)
    (loop $next
      (v128.store (local.get $out) (call $$op (v128.load (local.get $a))))
      (local.set $a (i32.add (local.get $a) (i32.const 16)))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $out) (local.get $end)))))
  ;; end

  ;; The sum of so many numbers, or of their squares.
  ;; each sum squares
  (func (export "$op") (param $at i32) (param $count i32) (result f32)
    (local $end i32) (local $four v128) (local $total v128) (local $rest f32) (local $one f32)
    (local.set $end (i32.add (local.get $at) (i32.shl (i32.and (local.get $count) (i32.const -4)) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $four (v128.load (local.get $at)))
        (local.set $total (f32x4.add (local.get $total) (call $four_$op (local.get $four))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (local.set $end (i32.add (local.get $end) (i32.shl (i32.and (local.get $count) (i32.const 3)) (i32.const 2))))
    (block $finished
      (loop $single
        (br_if $finished (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $one (f32.load (local.get $at)))
        (local.set $rest (f32.add (local.get $rest) (f32x4.extract_lane 0 (call $four_$op (f32x4.splat (local.get $one))))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $single)))
    (f32.add
      (local.get $rest)
      (f32.add
        (f32.add (f32x4.extract_lane 0 (local.get $total)) (f32x4.extract_lane 1 (local.get $total)))
        (f32.add (f32x4.extract_lane 2 (local.get $total)) (f32x4.extract_lane 3 (local.get $total))))))
  ;; end
  (func $four_sum (param $x v128) (result v128) (local.get $x))
  (func $four_squares (param $x v128) (result v128) (f32x4.mul (local.get $x) (local.get $x)))

  (func $sqrt (param $x v128) (result v128) (f32x4.sqrt (local.get $x)))
  (func $sigmoid (param $x v128) (result v128)
    (f32x4.div (v128.const f32x4 1 1 1 1)
      (f32x4.add (v128.const f32x4 1 1 1 1) (call $exp (f32x4.neg (local.get $x))))))
  ;; e to the x as two to a whole number times a polynomial, right to some 1e-7 of itself (Cephes' expf); what is too large
  ;; for a float is infinite, what is too small nearly nought.
  (func $exp (param $x v128) (result v128)
    (local $bounded v128) (local $whole v128) (local $part v128) (local $sum v128)
    (local.set $bounded
      (f32x4.min (f32x4.max (local.get $x) (v128.const f32x4 -87 -87 -87 -87)) (v128.const f32x4 88 88 88 88)))
    (local.set $whole
      (f32x4.nearest
        (f32x4.mul (local.get $bounded)
          (v128.const f32x4 1.44269504088896341 1.44269504088896341 1.44269504088896341 1.44269504088896341))))
    (local.set $part
      (f32x4.sub
        (f32x4.sub (local.get $bounded)
          (f32x4.mul (local.get $whole) (v128.const f32x4 0.693359375 0.693359375 0.693359375 0.693359375)))
        (f32x4.mul (local.get $whole)
          (v128.const f32x4 -2.12194440e-4 -2.12194440e-4 -2.12194440e-4 -2.12194440e-4))))
    (local.set $sum (v128.const f32x4 1.9875691500e-4 1.9875691500e-4 1.9875691500e-4 1.9875691500e-4))
    (local.set $sum (f32x4.add (f32x4.mul (local.get $sum) (local.get $part))
      (v128.const f32x4 1.3981999507e-3 1.3981999507e-3 1.3981999507e-3 1.3981999507e-3)))
    (local.set $sum (f32x4.add (f32x4.mul (local.get $sum) (local.get $part))
      (v128.const f32x4 8.3334519073e-3 8.3334519073e-3 8.3334519073e-3 8.3334519073e-3)))
    (local.set $sum (f32x4.add (f32x4.mul (local.get $sum) (local.get $part))
      (v128.const f32x4 4.1665795894e-2 4.1665795894e-2 4.1665795894e-2 4.1665795894e-2)))
    (local.set $sum (f32x4.add (f32x4.mul (local.get $sum) (local.get $part))
      (v128.const f32x4 1.6666665459e-1 1.6666665459e-1 1.6666665459e-1 1.6666665459e-1)))
    (local.set $sum (f32x4.add (f32x4.mul (local.get $sum) (local.get $part))
      (v128.const f32x4 5.0000001201e-1 5.0000001201e-1 5.0000001201e-1 5.0000001201e-1)))
    (local.set $sum
      (f32x4.add
        (f32x4.add (f32x4.mul (f32x4.mul (local.get $sum) (local.get $part)) (local.get $part)) (local.get $part))
        (v128.const f32x4 1 1 1 1)))
    (v128.bitselect
      (v128.const f32x4 inf inf inf inf)
      (f32x4.mul (local.get $sum)
        (i32x4.shl
          (i32x4.add (i32x4.trunc_sat_f32x4_s (local.get $whole)) (v128.const i32x4 127 127 127 127))
          (i32.const 23)))
      (f32x4.gt (local.get $x) (v128.const f32x4 88.7228 88.7228 88.7228 88.7228))))

  ;; out[0..16 * groups) = sum over the terms (at least one) of weight times row id of a table of signed bytes,
  ;; 16 * groups bytes a row; from one weight to the next it is weightStep bytes.
  (func (export "addRows")
    (param $ids i32) (param $weights i32) (param $terms i32) (param $table i32) (param $out i32) (param $groups i32)
    (param $weightStep i32)
    (result i32)
    (local $width i32) (local $id i32) (local $lastId i32) (local $at i32) (local $touched i32) (local $weight i32)
    (local $factor v128) (local $bytes v128) (local $low v128) (local $high v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $width (i32.shl (local.get $groups) (i32.const 4)))
    (local.set $lastId (i32.add (local.get $ids) (i32.shl (local.get $terms) (i32.const 2))))
    ;; Rows lie far apart in memory: asked for all at once, they come several times as fast as one after another.
    (local.set $id (local.get $ids))
    (loop $touch
      (local.set $at (i32.const 0))
      (loop $line
        (local.set $touched
          (i32.xor (local.get $touched)
            (i32.load
              (i32.add (local.get $table)
                (i32.add (local.get $at) (i32.mul (i32.load (local.get $id)) (local.get $width)))))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br_if $line (i32.lt_u (local.get $at) (local.get $width))))
      (local.set $id (i32.add (local.get $id) (i32.const 4)))
      (br_if $touch (i32.lt_u (local.get $id) (local.get $lastId))))
    (loop $group
      (local.set $a (v128.const f32x4 0 0 0 0))
      (local.set $b (v128.const f32x4 0 0 0 0))
      (local.set $c (v128.const f32x4 0 0 0 0))
      (local.set $d (v128.const f32x4 0 0 0 0))
      (local.set $id (local.get $ids))
      (local.set $weight (local.get $weights))
      (loop $term
        (local.set $factor (v128.load32_splat (local.get $weight)))
        (local.set $bytes
          (v128.load (i32.add (local.get $table) (i32.mul (i32.load (local.get $id)) (local.get $width)))))
        (local.set $low (i16x8.extend_low_i8x16_s (local.get $bytes)))
        (local.set $high (i16x8.extend_high_i8x16_s (local.get $bytes)))
        (local.set $a (f32x4.add (local.get $a)
          (f32x4.mul (local.get $factor) (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_s (local.get $low))))))
        (local.set $b (f32x4.add (local.get $b)
          (f32x4.mul (local.get $factor) (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_s (local.get $low))))))
        (local.set $c (f32x4.add (local.get $c)
          (f32x4.mul (local.get $factor) (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_s (local.get $high))))))
        (local.set $d (f32x4.add (local.get $d)
          (f32x4.mul (local.get $factor) (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_s (local.get $high))))))
        (local.set $weight (i32.add (local.get $weight) (local.get $weightStep)))
        (local.set $id (i32.add (local.get $id) (i32.const 4)))
        (br_if $term (i32.lt_u (local.get $id) (local.get $lastId))))
      (v128.store offset=0 (local.get $out) (local.get $a))
      (v128.store offset=16 (local.get $out) (local.get $b))
      (v128.store offset=32 (local.get $out) (local.get $c))
      (v128.store offset=48 (local.get $out) (local.get $d))
      (local.set $out (i32.add (local.get $out) (i32.const 64)))
      (local.set $table (i32.add (local.get $table) (i32.const 16)))
      (local.set $groups (i32.sub (local.get $groups) (i32.const 1)))
      (br_if $group (local.get $groups)))
    ;; Given back so that the touching is not optimised away.
    (local.get $touched)))
