/* cases.c: which calls test_ops makes. A case's number is its place in this order. */
#include "bits.h"
#include "reference.h"
#include "runner.h"

static void add(session *s, uint64_t *id, run_case c) {
    c.id = (*id)++;
    if (c.step == 0) c.step = 1;
    if (c.every == 0) c.every = 1;
    runner_run(s, &c);
}

/* In f64 the oracle takes its time. */
static int is_slow(const session *s) { return s->dtype == RAMP_F64 && !reference_is_exact(s->op.id); }

/* How many results with the CPU backend's bits stand for one that is held against the oracle, where the call's shape is tried and not its
 * values. */
static size_t every_so_many(const session *s, size_t n) { return s->held || s->sparse || is_slow(s) ? n : 1; }

static int is_short(ramp_dtype dtype) { return dtype == RAMP_F16 || dtype == RAMP_BF16; }

static void short_values(session *s, uint64_t *id) {
    const size_t all = 65536;
    if (!s->backward) add(s, id, (run_case){.n = all, .input = INPUT_STRIDE});
    for (uint64_t shift = 0; s->backward && shift < (s->full ? 64 : s->brief ? 1 : 4); shift++) {
        if (shift == 0) add(s, id, (run_case){.n = all, .input = INPUT_STRIDE, .gradient = INPUT_ONE});
        add(s, id, (run_case){.n = all, .input = INPUT_STRIDE, .gradient = INPUT_MIXED, .shift = shift * all});
    }
}

/* Special values; in 64 lanes each, as their number is odd. */
static void special_values(session *s, uint64_t *id, size_t every) {
    uint64_t special[special_capacity];
    size_t specials = inputs_special(&s->op, s->dtype, special), pairs = specials * specials;
    if (!s->backward) add(s, id, (run_case){.n = specials * 64, .input = INPUT_SPECIAL});
    if (!s->backward) return;
    add(s, id, (run_case){.n = specials * 16, .input = INPUT_SPECIAL, .gradient = INPUT_ONE});
    add(s, id, (run_case){.n = specials * 32, .input = INPUT_SPECIAL, .gradient = INPUT_MIXED, .every = every});
    /* Every special x with every special dy: x moves on once dy has gone round. */
    if (pairs > largest_case) pairs = largest_case;
    add(s, id,
        (run_case){.n = s->brief ? pairs / 16 : pairs,
                   .input = INPUT_SPECIAL,
                   .gradient = INPUT_SPECIAL,
                   .step = specials,
                   .every = is_slow(s) ? 37 * every : every});
}

void cases_values(session *s, uint64_t *id) {
    int f64 = s->dtype == RAMP_F64;
    size_t every = s->held ? 11 : 1, step = s->brief ? stride_coarse : stride_fine;
    size_t stride = f64 ? s->brief ? 4096 : 1u << 15 : s->brief ? stride_coarse_count : stride_fine_count;
    size_t range = f64 ? s->brief ? 8192 : 1u << 15 : 1u << 17;
    uint64_t passes = s->full ? 64 : 1;
    if (s->sparse) stride /= sparse_share, range /= sparse_share, step *= sparse_share; /* as far, in longer steps */
    input_border border[borders_most];
    size_t bordering = inputs_borders(&s->op, s->dtype, border) == 0 ? 0 : f64 ? 4096 : s->sparse ? (1u << 18) / sparse_share : 1u << 18;
    special_values(s, id, every);
    if (is_short(s->dtype)) {
        short_values(s, id);
        return;
    }
    for (uint64_t i = 0; i < passes; i++) {
        run_case strided = {
            .n = stride, .input = INPUT_STRIDE, .gradient = INPUT_MIXED, .shift = i * (step / 64) + 1, .step = step, .every = every};
        run_case ranged = {.n = range, .input = INPUT_RANGE, .gradient = INPUT_MIXED, .shift = strided.shift, .every = every};
        add(s, id, strided);
        add(s, id, ranged);
        strided.gradient = ranged.gradient = INPUT_ONE;
        if (s->backward) add(s, id, strided);
        if (s->backward) add(s, id, ranged);
        run_case bordered = {.n = bordering, .input = INPUT_BORDERS, .gradient = INPUT_ONE, .shift = strided.shift, .every = every};
        if (bordering > 0) add(s, id, bordered);
    }
}

/* Every offset of every operand, apart and in place. */
static void all_offsets(session *s, uint64_t *id, size_t n) {
    unsigned per = (unsigned)(16 / bits_size(s->dtype)), dys = s->backward ? per : 1;
    for (unsigned x = 0; x < per; x++)
        for (unsigned dy = 0; dy < dys; dy++) {
            run_case c = {
                .n = n, .offset_x = x, .offset_dy = dy, .gradient = INPUT_MIXED, .shift = *id * 13, .every = every_so_many(s, 61)};
            c.input = (x + dy + n) % 2 == 0 ? INPUT_SPECIAL : INPUT_RANGE;
            for (c.offset_y = 0; c.offset_y < per; c.offset_y++) add(s, id, c);
            c.offset_y = x;
            c.in_place = ALIAS_X;
            add(s, id, c);
            if (!s->backward) continue;
            c.in_place = ALIAS_DY;
            c.offset_y = dy;
            add(s, id, c);
            c.in_place = ALIAS_ALL;
            c.offset_y = c.offset_dy = x;
            if (dy == 0) add(s, id, c);
        }
}

/* For the large ones: together, apart by one element, each on its own. */
static void some_offsets(session *s, uint64_t *id, size_t n) {
    static const unsigned offset[][3] = {{0, 0, 0}, {1, 1, 1}, {0, 1, 0}, {3, 0, 1}, {1, 2, 3}};
    unsigned per = (unsigned)(16 / bits_size(s->dtype));
    for (size_t i = 0; i < sizeof offset / sizeof offset[0]; i++) {
        run_case c = {.n = n, .input = INPUT_RANGE, .gradient = INPUT_MIXED, .shift = *id, .every = every_so_many(s, 997)};
        c.offset_x = offset[i][0] % per;
        c.offset_dy = offset[i][1] % per;
        c.offset_y = offset[i][2] % per;
        add(s, id, c);
        if (i % 2 == 0) continue;
        c.in_place = s->backward && i == 1 ? ALIAS_DY : ALIAS_X;
        add(s, id, c);
    }
}

void cases_shapes(session *s, uint64_t *id, int all) {
    static const size_t edges[] = {127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097, 1009};
    static const size_t few[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 129, 257, 513, 1025, 4097};
    for (size_t i = 0; !all && i < sizeof few / sizeof few[0]; i++) some_offsets(s, id, few[i]);
    if (!all) return;
    size_t most = is_short(s->dtype) ? 36 : 70;                                  /* of 16 bits there are twice as many offsets each way */
    for (size_t n = 0; n <= most; n += s->sparse ? 5 : 1) all_offsets(s, id, n); /* by 5: every remainder by a vector's elements */
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i += is_short(s->dtype) ? 3 : 1) all_offsets(s, id, edges[i]);
    some_offsets(s, id, 65537);
    some_offsets(s, id, largest_case);
}

void cases_random(session *s, uint64_t *id) {
    uint64_t special[special_capacity];
    size_t specials = inputs_special(&s->op, s->dtype, special), every = every_so_many(s, 29);
    add(s, id, (run_case){.n = specials, .input = INPUT_SPECIAL, .gradient = INPUT_MIXED, .every = every});
    add(s, id, (run_case){.n = 2048, .input = INPUT_RANGE, .gradient = INPUT_MIXED, .every = every});
    if (s->backward) add(s, id, (run_case){.n = specials, .input = INPUT_SPECIAL, .gradient = INPUT_ONE, .every = every});
    if (s->backward) add(s, id, (run_case){.n = 1024, .input = INPUT_RANGE, .gradient = INPUT_ONE, .offset_y = 1, .every = every});
}
