/* cases.c: which calls test_ops makes. A case's number is its place in this order. */
#include "bits.h"
#include "runner.h"

static void add(session *s, uint64_t *id, run_case c) {
    c.id = (*id)++;
    if (c.step == 0) c.step = 1;
    runner_run(s, &c);
}

void cases_values(session *s, uint64_t *id) {
    uint64_t special[special_capacity];
    int f64 = s->dtype == RAMP_F64;
    size_t specials = inputs_special(&s->op, s->dtype, special), step = s->brief ? stride_coarse : stride_fine;
    size_t stride = f64 ? 1u << 15 : s->brief ? stride_coarse_count : stride_fine_count, range = f64 ? 1u << 15 : 1u << 17;
    uint64_t passes = s->full ? 64 : 1;
    if (!s->backward) add(s, id, (run_case){.n = specials * 64, .input = INPUT_SPECIAL}); /* an odd cycle: each value in each of 64 lanes */
    if (s->backward) {
        add(s, id, (run_case){.n = specials * 16, .input = INPUT_SPECIAL, .gradient = INPUT_ONE});
        add(s, id, (run_case){.n = specials * 32, .input = INPUT_SPECIAL, .gradient = INPUT_MIXED});
        size_t pairs = specials * specials; /* every special x with every special dy: x moves on once dy has gone round */
        if (pairs > largest_case) pairs = largest_case;
        add(s, id, (run_case){.n = s->brief ? pairs / 16 : pairs, .input = INPUT_SPECIAL, .gradient = INPUT_SPECIAL, .step = specials});
    }
    for (uint64_t i = 0; i < passes; i++) {
        uint64_t shift = i * (step / 64) + 1;
        if (s->backward) add(s, id, (run_case){.n = stride, .input = INPUT_STRIDE, .gradient = INPUT_ONE, .shift = shift, .step = step});
        add(s, id, (run_case){.n = stride, .input = INPUT_STRIDE, .gradient = INPUT_MIXED, .shift = shift, .step = step});
        if (s->backward) add(s, id, (run_case){.n = range, .input = INPUT_RANGE, .gradient = INPUT_ONE, .shift = shift});
        add(s, id, (run_case){.n = range, .input = INPUT_RANGE, .gradient = INPUT_MIXED, .shift = shift});
    }
}

/* Every offset of every operand, apart and in place. */
static void all_offsets(session *s, uint64_t *id, size_t n) {
    unsigned per = (unsigned)(16 / bits_size(s->dtype)), dys = s->backward ? per : 1;
    for (unsigned x = 0; x < per; x++)
        for (unsigned dy = 0; dy < dys; dy++) {
            run_case c = {.n = n, .offset_x = x, .offset_dy = dy, .gradient = INPUT_MIXED, .shift = *id * 13};
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
        run_case c = {.n = n, .input = INPUT_RANGE, .gradient = INPUT_MIXED, .shift = *id};
        c.offset_x = offset[i][0] % per;
        c.offset_dy = offset[i][1] % per;
        c.offset_y = offset[i][2] % per;
        add(s, id, c);
        if (i % 2 == 0) continue;
        c.in_place = s->backward && i == 1 ? ALIAS_DY : ALIAS_X;
        add(s, id, c);
    }
}

void cases_shapes(session *s, uint64_t *id) {
    static const size_t edges[] = {127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097, 1009};
    for (size_t n = 0; n <= 70; n++) all_offsets(s, id, n);
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) all_offsets(s, id, edges[i]);
    some_offsets(s, id, 65537);
    some_offsets(s, id, largest_case);
}

void cases_random(session *s, uint64_t *id) {
    uint64_t special[special_capacity];
    size_t specials = inputs_special(&s->op, s->dtype, special);
    add(s, id, (run_case){.n = specials, .input = INPUT_SPECIAL, .gradient = INPUT_MIXED});
    add(s, id, (run_case){.n = 2048, .input = INPUT_RANGE, .gradient = INPUT_MIXED});
    if (s->backward) add(s, id, (run_case){.n = specials, .input = INPUT_SPECIAL, .gradient = INPUT_ONE});
    if (s->backward) add(s, id, (run_case){.n = 1024, .input = INPUT_RANGE, .gradient = INPUT_ONE, .offset_y = 1});
}
