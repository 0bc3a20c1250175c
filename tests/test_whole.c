/*
 * test_whole.c: a large flat job of f32 or f64 has the bits of its parts. A GPU's blocks may do what is large in another way (kernels/rows.h), and begin and
 * end in another; test_rows does the same for 16-bit types. Parts are held to the oracle by test_ops.
 *
 *   test_whole [--backend SELECTOR] [--op NAME[:PARAMETERS]]
 */
#include "arguments.h"
#include "bits.h"
#include "check.h"
#include "opset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { count = (1 << 19) + 4099, part = 4096, slack = 4 };

typedef struct session {
    ramp_device *device;
    ramp_op op;
    ramp_dtype dtype;
    size_t size;
    void *x, *y;                        /* on the device */
    unsigned char *inputs, *got, *want; /* here */
} session;

/* Where x and y begin, in elements. */
static const struct {
    const char *name;
    size_t x, y;
    int in_place;
} places[] = {{"dense", 0, 0, 0},
              {"in place", 0, 0, 1},
              {"both from element 1", 1, 1, 0},
              {"both from element 3", 3, 3, 0},
              {"x from element 1", 1, 0, 0}};

/* Half of them any bits there are, half between -16 and 16. */
static uint64_t input(ramp_dtype dtype, uint64_t i) {
    uint64_t bits = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    bits ^= bits >> 29;
    if (i % 2 == 0) return dtype == RAMP_F64 ? bits : bits & 0xffffffffu;
    return bits_of(dtype, (double)(int64_t)(bits >> 20) * 0x1p-39 - 16.0);
}

static int forward(const session *s, size_t x_at, size_t y_at, int64_t n, int in_place) {
    ramp_tensor x = ramp_tensor_dense(s->x, s->dtype, 1, &n), y = ramp_tensor_dense(in_place ? s->x : s->y, s->dtype, 1, &n);
    x.byte_offset = x_at * s->size;
    y.byte_offset = y_at * s->size;
    return CHECK_STATUS(ramp_forward(s->device, &s->op, &x, &y, NULL), RAMP_OK);
}

static int upload(const session *s, size_t at) {
    return CHECK_STATUS(ramp_memory_upload(s->device, s->x, at * s->size, s->inputs, (size_t)count * s->size), RAMP_OK);
}

static int download(const session *s, const void *from, size_t at, unsigned char *to) {
    return CHECK_STATUS(ramp_memory_download(s->device, to, from, at * s->size, (size_t)count * s->size), RAMP_OK);
}

static void compare(const session *s, const char *place) {
    char text[200];
    unsigned long long wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t a = bits_load(s->dtype, s->got, i), b = bits_load(s->dtype, s->want, i);
        if (bits_same(s->dtype, a, b)) continue;
        if (wrong++ == 0)
            CHECK(0, "%s %s forward, %s: element %zu, x = %a: %llx, in its part %llx", opset_text(&s->op, text), bits_name(s->dtype), place,
                  i, bits_value(s->dtype, bits_load(s->dtype, s->inputs, i)), (unsigned long long)a, (unsigned long long)b);
    }
    check_add(count, wrong > 0 ? wrong - 1 : 0);
}

static void test_op(const session *s) {
    if (!upload(s, 0)) return;
    for (size_t at = 0; at < count; at += part)
        if (!forward(s, at, at, count - at < part ? (int64_t)(count - at) : part, 0)) return;
    if (!download(s, s->y, 0, s->want)) return;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        memset(s->got, 0x55, (size_t)count * s->size); /* what is not written shall not be right */
        if (!CHECK_STATUS(ramp_memory_upload(s->device, s->y, places[i].y * s->size, s->got, (size_t)count * s->size), RAMP_OK)) return;
        if (!upload(s, places[i].x) || !forward(s, places[i].x, places[i].y, count, places[i].in_place)) return;
        if (download(s, places[i].in_place ? s->x : s->y, places[i].y, s->got)) compare(s, places[i].name);
    }
}

static void test_dtype(session *s, const char *chosen) {
    static ramp_op list[opset_capacity];
    const size_t ops = opset_select(chosen, s->dtype, list), bytes = (count + slack) * sizeof(double);
    CHECK(ops > 0, "--op %s: %s", chosen, ramp_last_error());
    s->size = s->dtype == RAMP_F64 ? sizeof(double) : sizeof(float);
    s->inputs = malloc(bytes);
    s->got = malloc(bytes);
    s->want = malloc(bytes);
    if (CHECK(s->inputs && s->got && s->want, "no memory") && CHECK_STATUS(ramp_memory_alloc(s->device, bytes, &s->x), RAMP_OK) &&
        CHECK_STATUS(ramp_memory_alloc(s->device, bytes, &s->y), RAMP_OK)) {
        for (size_t i = 0; i < count; i++) bits_store(s->dtype, s->inputs, i, input(s->dtype, i));
        for (size_t i = 0; i < ops; i++) {
            s->op = list[i];
            test_op(s);
        }
    }
    ramp_memory_free(s->device, s->x);
    ramp_memory_free(s->device, s->y);
    free(s->inputs);
    free(s->got);
    free(s->want);
    s->x = s->y = NULL;
}

int main(int argc, char **argv) {
    const char *selector = "cpu", *chosen = "all";
    const argument arguments[] = {{.name = "--backend", .text = &selector}, {.name = "--op", .text = &chosen}};
    if (!arguments_parse(argc, argv, arguments, 2)) return 1;
    session s = {0};
    ramp_status status = ramp_device_open(&s.device, selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    if (!CHECK_STATUS(status, RAMP_OK)) return check_finish("test_whole");
    for (s.dtype = RAMP_F32; s.dtype <= RAMP_F64; s.dtype = (ramp_dtype)(s.dtype + 1))
        if (ramp_device_supports(s.device, &(ramp_op){.id = RAMP_GELU}, s.dtype) == RAMP_OK) test_dtype(&s, chosen);
    ramp_device_close(s.device);
    return check_finish("test_whole");
}
