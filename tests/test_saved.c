/*
 * test_saved.c: what the backward pass may be given beside the input. ramp_op_saves tells for each op, parameter set and dtype what is so; a mask
 * holds the predicate's bits; and dx from a mask, or from an output that tells the slope, has the bits of dx from the input. The 16-bit types at all
 * of their 65,536 inputs, f32 and f64 at special values, about the knees and at what outputs are as inputs.
 *
 *   test_saved [--backend SELECTOR] [--op NAMES] [--random N]
 *
 * --op: names joined by spaces, all of them if not given. --random: so many random parameter sets a dtype, besides the listed ones (40).
 */
#include "arguments.h"
#include "bits.h"
#include "check.h"
#include "inputs.h"
#include "opset.h"
#include "oracle.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { capacity = 65536, mask_bytes = capacity / 8 };

typedef struct memory {
    void *device;
    void *host;
} memory;

typedef struct session {
    const char *selector;
    const char *ops; /* NULL: all */
    uint64_t random;
    ramp_device *device;
    memory x, dy, y, dx, mask;
    /* what is tested now */
    ramp_op op;
    ramp_dtype dtype;
    size_t n;
    char text[200];
    unsigned long long sets;
} session;

/* What no table lists: knees that a 16-bit type does not represent, outputs that reach where other inputs lie, slopes that turn round. */
static const ramp_op more_sets[] = {
    {RAMP_LEAKY_RELU, 1, {-0.0}},
    {RAMP_LEAKY_RELU, 1, {-1e-30}},
    {RAMP_LEAKY_RELU, 1, {-1e-45}},
    {RAMP_LEAKY_RELU, 1, {-1.0}},
    {RAMP_LEAKY_RELU, 1, {1e-8}},
    {RAMP_THRESHOLD, 2, {1.0, 2.0}},
    {RAMP_THRESHOLD, 2, {1.0, 1.0}},
    {RAMP_THRESHOLD, 2, {1.0, 1.0001}},
    {RAMP_THRESHOLD, 2, {1.0006, 1.00055}},
    {RAMP_THRESHOLD, 2, {0.5, 0.4999999}},
    {RAMP_THRESHOLD, 2, {0.0, -0.0}},
    {RAMP_THRESHOLD, 2, {-1e-9, 0.0}},
    {RAMP_THRESHOLD, 2, {70000.0, 60000.0}},
    {RAMP_THRESHOLD, 2, {60000.0, 70000.0}},
    {RAMP_SOFTSHRINK, 1, {0.1}},
    {RAMP_SOFTSHRINK, 1, {1.0 / 3}},
    {RAMP_SOFTSHRINK, 1, {1e-6}},
    {RAMP_SOFTSHRINK, 1, {0x1p-25}},
    {RAMP_SOFTSHRINK, 1, {0x1.8p-25}},
    {RAMP_SOFTSHRINK, 1, {1e-38}},
    {RAMP_SOFTSHRINK, 1, {3e38}},
    {RAMP_HARDSHRINK, 1, {0.1}},
    {RAMP_HARDSHRINK, 1, {1e-9}},
    {RAMP_HARDSHRINK, 1, {65519.0}},
    {RAMP_HARDTANH, 2, {0.1, 0.3}},
    {RAMP_HARDTANH, 2, {-0.3, -0.1}},
    {RAMP_HARDTANH, 2, {-1e-9, 1e-9}},
    {RAMP_HARDTANH, 2, {1.0, 1.0 + 0x1p-12}},
    {RAMP_HARDTANH, 2, {-1.0, 65520.0}},
    {RAMP_HARDTANH, 2, {-70000.0, 65519.0}},
    {RAMP_HARDSIGMOID, 2, {-1.0, 1.0}},
    {RAMP_HARDSIGMOID, 2, {-100.0, 100.0}},
    {RAMP_HARDSIGMOID, 2, {0.0, 60000.0}},
    {RAMP_HARDSIGMOID, 2, {0.1, 0.10001}},
    {RAMP_HARDSIGMOID, 2, {-3.0, 3.001}},
    {RAMP_ELU, 1, {-0.0}},
    {RAMP_ELU, 1, {-1e-30}},
    {RAMP_ELU, 1, {3e38}},
};

/* ---- Calls ---- */

static int fails(const session *s, const char *what, ramp_status status) {
    CHECK(status == RAMP_OK, "%s: %s gave %s: %s", s->text, what, ramp_status_name(status), ramp_last_error());
    return status != RAMP_OK;
}

static size_t bytes_of(const session *s) { return s->n * bits_size(s->dtype); }

static int put(const session *s, const memory *m, size_t bytes) {
    return !fails(s, "ramp_memory_upload", ramp_memory_upload(s->device, m->device, 0, m->host, bytes));
}

static int get(const session *s, const memory *m, size_t bytes) {
    return !fails(s, "ramp_memory_download", ramp_memory_download(s->device, m->host, m->device, 0, bytes));
}

static ramp_tensor tensor(const session *s, const memory *m) {
    const int64_t shape = (int64_t)s->n;
    return ramp_tensor_dense(m->device, m == &s->mask ? RAMP_BIT : s->dtype, 1, &shape);
}

static int forward(const session *s, int with_mask) {
    ramp_tensor x = tensor(s, &s->x), y = tensor(s, &s->y), mask = tensor(s, &s->mask);
    return !fails(s, "ramp_forward", ramp_forward(s->device, &s->op, &x, &y, with_mask ? &mask : NULL)) && get(s, &s->y, bytes_of(s));
}

/* dx to `to`, a copy on the host. */
static int backward(const session *s, ramp_saved what, void *to) {
    static const char *const calls[] = {"ramp_backward from the input", "ramp_backward from the output", "ramp_backward from the mask"};
    ramp_tensor saved = tensor(s, what == RAMP_SAVED_INPUT ? &s->x : what == RAMP_SAVED_OUTPUT ? &s->y : &s->mask);
    ramp_tensor dy = tensor(s, &s->dy), dx = tensor(s, &s->dx);
    if (fails(s, calls[what], ramp_backward(s->device, &s->op, what, &saved, &dy, &dx)) || !get(s, &s->dx, bytes_of(s))) return 0;
    memcpy(to, s->dx.host, bytes_of(s));
    return 1;
}

static double value_at(const session *s, const void *array, size_t i) { return bits_value(s->dtype, bits_load(s->dtype, array, i)); }

/* ---- Does the output tell? By looking at all inputs, or at those where it is likely not to ---- */

typedef struct told {
    double y;
    int bit;
} told;

static int compare_told(const void *a, const void *b) {
    const told *l = a, *r = b;
    return l->y < r->y ? -1 : l->y > r->y;
}

/* Two of these inputs have one output (+0 and -0 are one) and slopes that differ. */
static int output_is_shared(const session *s, double *where) {
    static told list[capacity];
    size_t count = 0;
    for (size_t i = 0; i < s->n; i++) {
        told t = {value_at(s, s->y.host, i), reference_mask(&s->op, s->dtype, value_at(s, s->x.host, i))};
        if (!isnan(t.y)) list[count++] = t; /* NaN comes from NaN alone */
    }
    qsort(list, count, sizeof list[0], compare_told);
    for (size_t i = 1; i < count; i++)
        if (list[i].y == list[i - 1].y && list[i].bit != list[i - 1].bit) {
            *where = list[i].y;
            return 1;
        }
    return 0;
}

static unsigned bit_of(ramp_saved what) { return 1u << what; }

static void check_saves(const session *s) {
    const unsigned saves = ramp_op_saves(&s->op, s->dtype);
    const int has_mask = reference_has_mask(s->op.id), has_output = reference_has_output(s->op.id);
    double where = 0.0;
    int tells = has_output;
    if (has_mask && output_is_shared(s, &where)) tells = 0;
    if (s->op.id == RAMP_ELU)
        tells = !(bits_value(s->dtype == RAMP_F64 ? RAMP_F64 : RAMP_F32,
                             bits_of(s->dtype == RAMP_F64 ? RAMP_F64 : RAMP_F32, s->op.param[0])) < 0.0);
    CHECK((saves & bit_of(RAMP_SAVED_INPUT)) != 0, "%s: ramp_op_saves denies the input", s->text);
    CHECK(((saves & bit_of(RAMP_SAVED_MASK)) != 0) == has_mask, "%s: ramp_op_saves %s a mask", s->text, has_mask ? "denies" : "claims");
    CHECK(((saves & bit_of(RAMP_SAVED_OUTPUT)) != 0) == tells, "%s: ramp_op_saves %s the output, and inputs of different slope %s %a",
          s->text, tells ? "denies" : "claims", tells ? "share none; not even" : "share it:", where);
    CHECK(saves < bit_of(RAMP_SAVED_MASK) << 1, "%s: ramp_op_saves has bits that mean nothing: %#x", s->text, saves);
}

/* ---- Masks ---- */

static void check_mask(const session *s, const void *plain) {
    const unsigned char *mask = s->mask.host;
    const size_t bytes = (s->n + 7) / 8;
    if (!CHECK(memcmp(plain, s->y.host, bytes_of(s)) == 0, "%s: y with a mask is not y without", s->text)) return;
    size_t wrong = 0, tail = 0;
    for (size_t i = 0; i < s->n; i++) {
        int want = reference_mask(&s->op, s->dtype, value_at(s, s->x.host, i)), got = mask[i / 8] >> i % 8 & 1;
        if (got != want && wrong++ == 0)
            CHECK(0, "%s: the mask's bit at x = %a (%#llx) is %d", s->text, value_at(s, s->x.host, i),
                  (unsigned long long)bits_load(s->dtype, s->x.host, i), got);
    }
    for (size_t i = s->n; i < 8 * bytes; i++) tail += mask[i / 8] >> i % 8 & 1;
    CHECK(wrong == 0 && tail == 0, "%s: %zu bits of the mask are wrong, %zu after the last element are 1", s->text, wrong, tail);
    CHECK(mask[bytes] == 0xcc, "%s: the byte after the mask was written", s->text);
}

/* ---- dx ---- */

static void check_same(const session *s, const char *from, const void *want, const void *got) {
    size_t wrong = 0;
    for (size_t i = 0; i < s->n; i++) {
        uint64_t a = bits_load(s->dtype, want, i), b = bits_load(s->dtype, got, i);
        if (!bits_same(s->dtype, a, b) && wrong++ == 0)
            CHECK(0, "%s: x = %a, y = %a, dy = %a: dx is %a from the input and %a from the %s", s->text, value_at(s, s->x.host, i),
                  value_at(s, s->y.host, i), value_at(s, s->dy.host, i), bits_value(s->dtype, a), bits_value(s->dtype, b), from);
    }
    check_add(s->n, wrong);
}

static void check_output(const session *s, const void *got) {
    size_t wrong = 0;
    for (size_t i = 0; i < s->n; i++) {
        double y = value_at(s, s->y.host, i), dy = value_at(s, s->dy.host, i), dx = value_at(s, got, i), error;
        if (!reference_output_backward_check(&s->op, s->dtype, y, dy, dx, &error) && wrong++ == 0)
            CHECK(0, "%s: from y = %a (of x = %a), dy = %a: dx is %a, and should be %a: off by %g ulp", s->text, y,
                  value_at(s, s->x.host, i), dy, dx, reference_output_backward(&s->op, s->dtype, y, dy), error);
    }
    check_add(s->n, wrong);
}

static void check_gradients(session *s, uint64_t seed) {
    static _Alignas(16) unsigned char input[capacity * 8], other[capacity * 8];
    const unsigned saves = ramp_op_saves(&s->op, s->dtype);
    for (int pass = 0; pass < 3; pass++) {
        static const input_kind kinds[] = {INPUT_ONE, INPUT_MIXED, INPUT_SPECIAL};
        inputs_fill(kinds[pass], &s->op, s->dtype, seed + (uint64_t)pass, 1, s->dy.host, s->n);
        if (!put(s, &s->dy, bytes_of(s)) || !backward(s, RAMP_SAVED_INPUT, input)) return;
        if (saves & bit_of(RAMP_SAVED_MASK) && backward(s, RAMP_SAVED_MASK, other)) check_same(s, "mask", input, other);
        if (!(saves & bit_of(RAMP_SAVED_OUTPUT)) || !backward(s, RAMP_SAVED_OUTPUT, other)) continue;
        if (reference_has_mask(s->op.id)) check_same(s, "output", input, other);
        check_output(s, other);
    }
}

/* ---- A parameter set ---- */

/* Special values, those about and between the knees, and then what comes of either, and comes back to it, as an input. */
static size_t fill_candidates(const session *s) {
    uint64_t special[special_capacity];
    size_t count = inputs_special(&s->op, s->dtype, special), from = 0, most = capacity / 8;
    for (size_t i = 0; i < count; i++) bits_store(s->dtype, s->x.host, i, special[i]);
    inputs_fill(INPUT_RANGE, &s->op, s->dtype, 1, 1, (char *)s->x.host + count * bits_size(s->dtype), 2048);
    count += 2048;
    for (size_t end = count; from < end && count + 8 < most; from++) {
        double y = reference_forward(&s->op, s->dtype, value_at(s, s->x.host, from));
        double p = s->op.count > 0 ? s->op.param[0] : 0.0;
        double more[] = {y, y + p, y - p, y / p};
        for (size_t i = 0; i < (s->op.count > 0 ? 4 : 1); i++) bits_store(s->dtype, s->x.host, count++, bits_of(s->dtype, more[i]));
    }
    return count - (count % 8 == 0); /* a mask's last byte has other bits */
}

static void run_set(session *s, const ramp_op *op) {
    static _Alignas(16) unsigned char plain[capacity * 8];
    char text[160];
    s->op = *op;
    snprintf(s->text, sizeof s->text, "%s %s on %s", opset_text(op, text), bits_name(s->dtype), s->selector);
    if (ramp_op_saves(op, s->dtype) == 0) return; /* parameters that this type does not have */
    s->sets++;
    s->n = capacity;
    if (bits_size(s->dtype) == 2)
        inputs_fill(INPUT_STRIDE, op, s->dtype, 0, 1, s->x.host, s->n);
    else
        s->n = fill_candidates(s);
    if (!put(s, &s->x, bytes_of(s)) || !forward(s, 0)) return;
    memcpy(plain, s->y.host, bytes_of(s));
    check_saves(s);
    if (ramp_op_saves(op, s->dtype) & bit_of(RAMP_SAVED_MASK)) {
        const size_t bytes = (s->n + 7) / 8;
        memset(s->mask.host, 0xcc, mask_bytes + 16);
        if (!put(s, &s->mask, bytes + 1) || !forward(s, 1) || !get(s, &s->mask, bytes + 1)) return;
        check_mask(s, plain);
    }
    check_gradients(s, s->sets);
}

/* ---- The oracle's own rows ---- */

static quad size_of(quad a) { return a < 0 ? -a : a; }

/* At y = f(x), unrounded, f' by y is f'(x): to what cancels in y + alpha or 1 - y^2. */
static void check_rows(const ramp_op *op) {
    const saved_quad *by_y = reference_saved_quad(op->id);
    const saved_double *fast = reference_saved_double(op->id);
    const row_quad *row = reference_row_quad(op->id);
    uint64_t state = 7;
    const double p[2] = {op->param[0], op->param[1]};
    const quad q[2] = {(quad)p[0], (quad)p[1]};
    for (int i = 0; i < 4000; i++) {
        double x = (2 * random_unit(&state) - 1) * (i % 2 ? 12.0 : 1.5);
        int select = 0, select_y = 0, select_fast = 0;
        quad y = row->value(q, (quad)x), want = row->slope(q, (quad)x, &select), got = by_y->slope(q, y, &select_y);
        quad unit = 1 + size_of(q[0]) + size_of(want), stored = (quad)(double)(float)y;
        if (op->id == RAMP_LEAKY_RELU && op->param[0] < 0) continue;
        if (op->id == RAMP_THRESHOLD && op->param[1] > op->param[0]) continue;
        if (op->id == RAMP_ELU && op->param[0] < 0) continue;
        CHECK(size_of(got - want) <= (quad)0x1p-90 * unit && select == select_y,
              "op %d (%g, %g): f' at x = %a is %.17g, and %.17g by its output %a", (int)op->id, p[0], p[1], x, (double)want, (double)got,
              (double)y);
        /* On doubles, of a float's output: to the error that the oracle counts on. */
        want = by_y->slope(q, stored, &select_y);
        got = (quad)fast->slope(p, (double)stored, &select_fast);
        CHECK(size_of(got - want) <= (quad)0x1p-42 * size_of(want) && select_y == select_fast,
              "op %d (%g, %g): f' by y = %a is %.17g on quads, %.17g on doubles", (int)op->id, p[0], p[1], (double)stored, (double)want,
              (double)got);
    }
}

/* An op that saves more than its input has its second row, and no other op has. */
static void check_op_rows(void) {
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        ramp_op op;
        if (!CHECK_STATUS(ramp_op_describe(i, &info), RAMP_OK)) continue;
        int two = (info.traits & RAMP_TRAIT_TWO_SLOPES) != 0, from = (info.traits & RAMP_TRAIT_FROM_OUTPUT) != 0;
        CHECK(reference_has_mask(info.id) == two && reference_has_output(info.id) == from,
              "op %s: ops.def says that it %s a mask and %s its output, and tests/reference.c another thing: write its row in saved_rows "
              "from the "
              "definition, not from kernels/",
              info.name, two ? "saves" : "does not save", from ? "saves" : "does not save");
        if (!reference_has_output(info.id)) continue;
        for (size_t set = 0; reference_set(info.id, set, &op); set++)
            if (fabs(op.param[0]) < 1e20 && fabs(op.param[1]) < 1e20 && ramp_op_saves(&op, RAMP_F32) != 0) check_rows(&op);
    }
}

/* ---- All of them ---- */

static int is_chosen(const session *s, ramp_op_id id) {
    char names[512];
    ramp_op op;
    if (s->ops == NULL) return 1;
    snprintf(names, sizeof names, "%s", s->ops);
    for (char *name = strtok(names, " "); name != NULL; name = strtok(NULL, " "))
        if (ramp_op_parse(name, &op) == RAMP_OK && op.id == id) return 1;
    return 0;
}

static void run_dtype(session *s) {
    static ramp_op list[opset_capacity];
    size_t count = opset_fill(s->dtype, list);
    uint64_t state = 11;
    for (size_t i = 0; i < count; i++)
        if (is_chosen(s, list[i].id)) run_set(s, &list[i]);
    for (size_t i = 0; i < sizeof more_sets / sizeof more_sets[0]; i++)
        if (is_chosen(s, more_sets[i].id)) run_set(s, &more_sets[i]);
    for (uint64_t i = 0; i < s->random;) {
        ramp_op op = opset_random(s->dtype, &state);
        if (!reference_has_output(op.id)) continue;
        if (is_chosen(s, op.id)) run_set(s, &op);
        i++;
    }
}

static int create(session *s, memory *m, size_t bytes) {
    m->host = malloc(bytes);
    return CHECK(m->host != NULL, "no memory") && CHECK_STATUS(ramp_memory_alloc(s->device, bytes, &m->device), RAMP_OK);
}

static void destroy(const session *s, memory *m) {
    ramp_memory_free(s->device, m->device);
    free(m->host);
}

int main(int argc, char **argv) {
    session s = {.selector = "cpu", .random = 40};
    const argument list[] = {
        {.name = "--backend", .text = &s.selector}, {.name = "--op", .text = &s.ops}, {.name = "--random", .number = &s.random}};
    if (!arguments_parse(argc, argv, list, sizeof list / sizeof list[0])) return 1;
    ramp_status status = ramp_device_open(&s.device, s.selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    if (!CHECK_STATUS(status, RAMP_OK)) return check_finish("test_saved");
    check_op_rows();
    const size_t bytes = (size_t)capacity * 8;
    if (create(&s, &s.x, bytes) && create(&s, &s.dy, bytes) && create(&s, &s.y, bytes) && create(&s, &s.dx, bytes) &&
        create(&s, &s.mask, mask_bytes + 16))
        for (s.dtype = RAMP_F32; s.dtype <= RAMP_BF16; s.dtype = (ramp_dtype)(s.dtype + 1)) {
            if (ramp_device_supports(s.device, &(ramp_op){RAMP_RELU, 0, {0.0}}, s.dtype) == RAMP_OK)
                run_dtype(&s);
            else
                printf("SKIPPED in part: %s: %s\n", bits_name(s.dtype), ramp_last_error());
        }
    destroy(&s, &s.x);
    destroy(&s, &s.dy);
    destroy(&s, &s.y);
    destroy(&s, &s.dx);
    destroy(&s, &s.mask);
    ramp_device_close(s.device);
    printf("%llu parameter sets on %s\n", s.sets, s.selector);
    return check_finish("test_saved");
}
