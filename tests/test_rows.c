/*
 * test_rows.c: a large job of a 16-bit type has the bits of small ones. A backend may serve it in another way (GPUs look heavy ops up), so each row of a
 * large tensor, all 65,536 inputs with one dy, is held to the same row computed in small parts: forward, with its mask, and backward, at every listed parameter
 * set, and in several layouts. Small jobs are held to the oracle by test_values and test_ops.
 *
 *   test_rows [--backend SELECTOR] [--op NAME[:PARAMETERS]]
 */
#include "arguments.h"
#include "bits.h"
#include "check.h"
#include "opset.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { columns = 65536, part = 4096, rows = 17, many_rows = 257, slack = 64, element = 2 };

static const double gradients[rows] = {1.0,  -1.0, 0.3,      INFINITY, -INFINITY, NAN, FLT_MAX, -FLT_MAX, 65504.0,
                                       1e-6, 0.0,  0x1p-133, 0x1p-24,  -3.7,      1e3, 1e30,    -1e-30};

/* Where the rows of x and dy, and of y, lie: elements from one row to the next, and before the first. */
typedef struct layout {
    const char *name;
    size_t pitch_x, pitch_y, first_x, first_y;
    int in_place;
} layout;

static const layout layouts[] = {
    {"dense", columns, columns, 0, 0, 0},
    {"in place", columns, columns, 0, 0, 1},
    {"both from element 1", columns, columns, 1, 1, 0},
    {"x from element 1", columns, columns, 1, 0, 0},
    {"pitch + 8", columns + 8, columns + 8, 0, 0, 0},
    {"pitch + 1", columns + 1, columns, 0, 0, 0},
};

typedef struct session {
    ramp_device *device;
    ramp_op op;
    ramp_dtype dtype;
    void *x, *dy, *y, *mask;                               /* on the device */
    unsigned char *inputs, *got, *want, *bits, *bits_want; /* here: a row, and all rows with their gaps */
    size_t rows;                                           /* of this job */
} session;

static ramp_tensor rows_at(const session *s, void *data, size_t pitch, size_t first, size_t count) {
    ramp_tensor t = ramp_tensor_dense(data, s->dtype, 2, (const int64_t[]){(int64_t)count, columns});
    t.byte_offset = first * element;
    t.strides[0] = (int64_t)pitch;
    return t;
}

static const char *where(const session *s, const layout *at, const char *pass) {
    static char text[320];
    char op[200];
    snprintf(text, sizeof text, "%s %s %s, %s, %zu rows", opset_text(&s->op, op), bits_name(s->dtype), pass, at->name, s->rows);
    return text;
}

/* All of them, and no neighbours beside each other, whose bits of a mask would be the same. */
static unsigned input(size_t i) { return (unsigned)(i * 0x9e37u & 0xffffu); }

/* Row r of what came, against the row by itself. */
static void compare(const session *s, const layout *at, size_t r, const char *pass) {
    const unsigned char *got = s->got + (at->first_y + r * at->pitch_y) * element;
    unsigned long long wrong = 0;
    if (memcmp(got, s->want, (size_t)columns * element) != 0)
        for (size_t i = 0; i < columns; i++) {
            const uint64_t a = bits_load(s->dtype, got, i), b = bits_load(s->dtype, s->want, i);
            if (bits_same(s->dtype, a, b)) continue;
            if (wrong++ == 0)
                CHECK(0, "%s: row %zu (dy = %g), x = %04x: %04llx, by itself %04llx", where(s, at, pass), r, gradients[r % rows], input(i),
                      (unsigned long long)a, (unsigned long long)b);
        }
    check_add(columns, wrong > 0 ? wrong - 1 : 0);
}

static void fill_row(unsigned char *row, ramp_dtype dtype, double value) {
    uint64_t pattern = bits_of(dtype, value);
    for (size_t i = 0; i < columns; i++) bits_store(dtype, row, i, pattern);
}

static int fill(session *s, void *device, const layout *at, int as_gradients) {
    memset(s->got, 0xff, (s->rows * (columns + 8) + slack) * element);
    for (size_t r = 0; r < s->rows; r++) {
        unsigned char *row = s->got + (at->first_x + r * at->pitch_x) * element;
        if (as_gradients)
            fill_row(row, s->dtype, gradients[r % rows]);
        else
            memcpy(row, s->inputs, (size_t)columns * element);
    }
    return CHECK_STATUS(ramp_memory_upload(s->device, device, 0, s->got, (s->rows * (columns + 8) + slack) * element), RAMP_OK);
}

static int fetch(session *s, const void *device) {
    return CHECK_STATUS(ramp_memory_download(s->device, s->got, device, 0, (s->rows * (columns + 8) + slack) * element), RAMP_OK);
}

static int saves_mask(const session *s) { return (ramp_op_saves(&s->op, s->dtype) >> RAMP_SAVED_MASK & 1u) != 0; }

static int run_part(session *s, size_t at, int backward) {
    const int64_t count[1] = {part};
    ramp_tensor x = ramp_tensor_dense(s->x, s->dtype, 1, count), dy = ramp_tensor_dense(s->dy, s->dtype, 1, count);
    ramp_tensor y = ramp_tensor_dense(s->y, s->dtype, 1, count), mask = ramp_tensor_dense(s->mask, RAMP_BIT, 1, count);
    x.byte_offset = dy.byte_offset = y.byte_offset = at * element;
    mask.byte_offset = at / 8;
    return CHECK_STATUS(backward ? ramp_backward(s->device, &s->op, RAMP_SAVED_INPUT, &x, &dy, &y)
                                 : ramp_forward(s->device, &s->op, &x, &y, saves_mask(s) ? &mask : NULL),
                        RAMP_OK);
}

/* One row in parts too small to be looked up, into want: forward, or backward with row r's dy. */
static int row_alone(session *s, size_t r, int backward) {
    const int with_mask = !backward && saves_mask(s);
    if (!CHECK_STATUS(ramp_memory_upload(s->device, s->x, 0, s->inputs, (size_t)columns * element), RAMP_OK)) return 0;
    if (backward) {
        fill_row(s->want, s->dtype, gradients[r]);
        if (!CHECK_STATUS(ramp_memory_upload(s->device, s->dy, 0, s->want, (size_t)columns * element), RAMP_OK)) return 0;
    }
    for (size_t at = 0; at < columns; at += part)
        if (!run_part(s, at, backward)) return 0;
    return (!with_mask || CHECK_STATUS(ramp_memory_download(s->device, s->bits_want, s->mask, 0, columns / 8), RAMP_OK)) &&
           CHECK_STATUS(ramp_memory_download(s->device, s->want, s->y, 0, (size_t)columns * element), RAMP_OK);
}

/* `cut`: so many elements at the end are left out, of a dense job. */
static void test_forward(session *s, const layout *at, int with_mask, int cut) {
    ramp_tensor x = rows_at(s, s->x, at->pitch_x, at->first_x, s->rows);
    ramp_tensor y = at->in_place ? x : rows_at(s, s->y, at->pitch_y, at->first_y, s->rows);
    if (cut > 0) {
        const int64_t count = (int64_t)s->rows * columns - cut;
        x = ramp_tensor_dense(s->x, s->dtype, 1, &count);
        y = ramp_tensor_dense(at->in_place ? s->x : s->y, s->dtype, 1, &count);
    }
    ramp_tensor mask = ramp_tensor_dense(s->mask, RAMP_BIT, x.ndim, x.shape);
    if (!fill(s, s->x, at, 0) || !CHECK_STATUS(ramp_forward(s->device, &s->op, &x, &y, with_mask ? &mask : NULL), RAMP_OK)) return;
    if (!fetch(s, at->in_place ? s->x : s->y)) return;
    for (size_t r = 0; r + (cut > 0) < s->rows; r++) compare(s, at, r, with_mask ? "forward with a mask" : "forward");
    if (cut > 0) {
        unsigned char *last = s->got + (s->rows * columns - (size_t)cut) * element;
        memcpy(last, s->want + (size_t)(columns - cut) * element, (size_t)cut * element);
        compare(s, at, s->rows - 1, "forward, cut");
    }
    if (!with_mask || !CHECK_STATUS(ramp_memory_download(s->device, s->bits, s->mask, 0, s->rows * columns / 8), RAMP_OK)) return;
    for (size_t r = 0; r < s->rows; r++)
        CHECK(memcmp(s->bits + r * columns / 8, s->bits_want, (size_t)(columns / 8 - (cut > 0 && r + 1 == s->rows))) == 0,
              "%s: row %zu of the mask", where(s, at, "forward"), r);
    if (cut > 0) {
        const unsigned got = s->bits[s->rows * columns / 8 - 1], want = s->bits_want[columns / 8 - 1] & 0xffu >> cut;
        CHECK(got == want, "%s, cut: the mask's last byte is %02x, not %02x", where(s, at, "forward"), got, want);
    }
}

static void test_backward(session *s, const layout *at, unsigned char *const alone[rows]) {
    ramp_tensor x = rows_at(s, s->x, at->pitch_x, at->first_x, s->rows), dy = rows_at(s, s->dy, at->pitch_x, at->first_x, s->rows);
    ramp_tensor dx = at->in_place ? dy : rows_at(s, s->y, at->pitch_y, at->first_y, s->rows);
    if (!fill(s, s->x, at, 0) || !fill(s, s->dy, at, 1)) return;
    if (!CHECK_STATUS(ramp_backward(s->device, &s->op, RAMP_SAVED_INPUT, &x, &dy, &dx), RAMP_OK) || !fetch(s, at->in_place ? s->dy : s->y))
        return;
    for (size_t r = 0; r < s->rows; r++) {
        memcpy(s->want, alone[r % rows], (size_t)columns * element);
        compare(s, at, r, "backward");
    }
}

/* A slope too small for a float, in bf16, that nothing beside it is like: the last element, alone past whole vectors, has it. dy is large. */
static void test_last(session *s) {
    const int64_t count = (int64_t)16 * columns + 1, one = 1;
    const uint64_t usual = bits_of(s->dtype, 1.0), far = bits_of(s->dtype, -100.0), large = bits_of(s->dtype, 0x1p100);
    unsigned char alone[8], last[8]; /* room for any dtype */
    ramp_tensor x = ramp_tensor_dense(s->x, s->dtype, 1, &count), dy = ramp_tensor_dense(s->dy, s->dtype, 1, &count);
    ramp_tensor dx = ramp_tensor_dense(s->y, s->dtype, 1, &count), x1 = ramp_tensor_dense(s->x, s->dtype, 1, &one);
    ramp_tensor dy1 = ramp_tensor_dense(s->dy, s->dtype, 1, &one), dx1 = ramp_tensor_dense(s->mask, s->dtype, 1, &one);
    const size_t at = (size_t)(count - 1) * element;
    x1.byte_offset = dy1.byte_offset = at;
    for (int64_t i = 0; i < count; i++) bits_store(s->dtype, s->got, (size_t)i, i + 1 < count ? usual : far);
    if (!CHECK_STATUS(ramp_memory_upload(s->device, s->x, 0, s->got, (size_t)count * element), RAMP_OK)) return;
    for (int64_t i = 0; i < count; i++) bits_store(s->dtype, s->got, (size_t)i, large);
    if (!CHECK_STATUS(ramp_memory_upload(s->device, s->dy, 0, s->got, (size_t)count * element), RAMP_OK)) return;
    if (!CHECK_STATUS(ramp_backward(s->device, &s->op, RAMP_SAVED_INPUT, &x, &dy, &dx), RAMP_OK)) return;
    if (!CHECK_STATUS(ramp_backward(s->device, &s->op, RAMP_SAVED_INPUT, &x1, &dy1, &dx1), RAMP_OK)) return;
    if (!CHECK_STATUS(ramp_memory_download(s->device, last, s->y, at, element), RAMP_OK)) return;
    if (!CHECK_STATUS(ramp_memory_download(s->device, alone, s->mask, 0, element), RAMP_OK)) return;
    CHECK(bits_same(s->dtype, bits_load(s->dtype, last, 0), bits_load(s->dtype, alone, 0)),
          "%s: the last element is %04llx, by itself %04llx", where(s, &layouts[0], "backward"),
          (unsigned long long)bits_load(s->dtype, last, 0), (unsigned long long)bits_load(s->dtype, alone, 0));
}

/* Is it one that a GPU looks up, and is tried past every size at which another way may begin? */
static int has_many_rows(const ramp_op *op) {
    const ramp_op gelu = ramp_op_default(RAMP_GELU), hardsigmoid = {RAMP_HARDSIGMOID, 2, {-2.7, 1.3}};
    return memcmp(op, &gelu, sizeof gelu) == 0 || memcmp(op, &hardsigmoid, sizeof hardsigmoid) == 0;
}

static void test_op(session *s, unsigned char *const alone[rows]) {
    const size_t count = sizeof layouts / sizeof layouts[0];
    s->rows = rows;
    if (!row_alone(s, 0, 0)) return;
    const int has_mask = saves_mask(s);
    for (size_t i = 0; i < count; i++)
        for (int with_mask = 0; with_mask <= has_mask; with_mask++) test_forward(s, &layouts[i], with_mask, 0);
    if (has_many_rows(&s->op)) {
        s->rows = many_rows;
        for (int with_mask = 0; with_mask <= has_mask; with_mask++) {
            test_forward(s, &layouts[0], with_mask, 3);
            test_forward(s, &layouts[1], with_mask, 0);
            test_forward(s, &layouts[2], with_mask, 0);
        }
        s->rows = rows;
    }
    for (size_t r = 0; r < rows; r++) {
        if (!row_alone(s, r, 1)) return;
        memcpy(alone[r], s->want, (size_t)columns * element);
    }
    for (size_t i = 0; i < count; i++) test_backward(s, &layouts[i], alone);
    test_last(s);
}

static int has_memory(session *s) {
    const size_t bytes = (many_rows * (columns + 8) + slack) * element;
    s->inputs = malloc((size_t)columns * element);
    s->want = malloc((size_t)columns * element);
    s->got = malloc(bytes);
    s->bits = malloc(many_rows * columns / 8);
    s->bits_want = malloc(columns / 8);
    if (!CHECK(s->inputs && s->want && s->got && s->bits && s->bits_want, "no memory")) return 0;
    for (size_t i = 0; i < columns; i++) bits_store(RAMP_F16, s->inputs, i, input(i));
    return CHECK_STATUS(ramp_memory_alloc(s->device, bytes, &s->x), RAMP_OK) &&
           CHECK_STATUS(ramp_memory_alloc(s->device, bytes, &s->dy), RAMP_OK) &&
           CHECK_STATUS(ramp_memory_alloc(s->device, bytes, &s->y), RAMP_OK) &&
           CHECK_STATUS(ramp_memory_alloc(s->device, many_rows * columns / 8, &s->mask), RAMP_OK);
}

int main(int argc, char **argv) {
    static ramp_op list[opset_capacity];
    const char *selector = "cpu", *chosen = "all";
    const argument arguments[] = {{.name = "--backend", .text = &selector}, {.name = "--op", .text = &chosen}};
    if (!arguments_parse(argc, argv, arguments, 2)) return 1;
    session s = {0};
    unsigned char *alone[rows];
    ramp_status status = ramp_device_open(&s.device, selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    if (!CHECK_STATUS(status, RAMP_OK)) return check_finish("test_rows");
    for (size_t r = 0; r < rows; r++) alone[r] = malloc((size_t)columns * element);
    if (CHECK(alone[rows - 1] != NULL, "no memory") && has_memory(&s))
        for (s.dtype = RAMP_F16; s.dtype <= RAMP_BF16; s.dtype = (ramp_dtype)(s.dtype + 1)) {
            const size_t count = opset_select(chosen, s.dtype, list);
            CHECK(count > 0, "--op %s: %s", chosen, ramp_last_error());
            for (size_t i = 0; i < count; i++) {
                s.op = list[i];
                test_op(&s, alone);
            }
        }
    for (size_t r = 0; r < rows; r++) free(alone[r]);
    ramp_memory_free(s.device, s.x);
    ramp_memory_free(s.device, s.dy);
    ramp_memory_free(s.device, s.y);
    ramp_memory_free(s.device, s.mask);
    ramp_device_close(s.device);
    free(s.inputs);
    free(s.got);
    free(s.want);
    free(s.bits);
    free(s.bits_want);
    return check_finish("test_rows");
}
