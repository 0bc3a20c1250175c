/*
 * test_lengths.c: dense jobs about the lengths at which a backend may share the work out another way, powers of two from 2^14 to 2^22, from addresses on
 * 16-byte boundaries and beside them: every element is the CPU backend's, bit for bit, and none around the output changes. Shorter ones: test_ops.
 *
 *   test_lengths [--backend SELECTOR] [--op NAMES] [--most LOG2]
 *
 * --op: names joined by spaces (relu hardsigmoid mish gelu). --most: the longest (22).
 */
#include "arguments.h"
#include "bits.h"
#include "check.h"
#include "inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The input repeats a period, a prime number of elements, so that what the CPU makes of one is all that must be known. */
enum { period = 4099, around = 64, least_log2 = 14, most_log2 = 22 };

typedef struct session {
    ramp_device *device, *cpu;
    ramp_op op;
    ramp_dtype dtype;
    int is_backward;
    size_t capacity; /* bytes of each array */
    void *x, *dy, *y;
    char *host, *want;
} session;

static ramp_status run(const session *s, ramp_device *device, const ramp_tensor *x, const ramp_tensor *dy, const ramp_tensor *y) {
    return s->is_backward ? ramp_backward(device, &s->op, RAMP_SAVED_INPUT, x, dy, y) : ramp_forward(device, &s->op, x, y, NULL);
}

/* Copies of the first `bytes` until there are s->capacity. */
static void repeat(const session *s, char *array, size_t bytes) {
    for (size_t done = bytes; done < s->capacity; done += bytes)
        memcpy(array + done, array, done + bytes <= s->capacity ? bytes : s->capacity - done);
}

/* The inputs to the device, and to s->want what is to come of them. */
static int prepare(const session *s) {
    static char x[period * 8], dy[period * 8];
    const int64_t shape = period;
    const size_t bytes = period * bits_size(s->dtype);
    inputs_fill(INPUT_RANGE, &s->op, s->dtype, 3, 1, x, period);
    inputs_fill(INPUT_RANGE, &s->op, s->dtype, 5, 1, dy, period);
    const ramp_tensor tx = ramp_tensor_dense(x, s->dtype, 1, &shape), tdy = ramp_tensor_dense(dy, s->dtype, 1, &shape),
                      ty = ramp_tensor_dense(s->want, s->dtype, 1, &shape);
    if (!CHECK_STATUS(run(s, s->cpu, &tx, &tdy, &ty), RAMP_OK)) return 0;
    repeat(s, s->want, bytes);
    memcpy(s->host, x, bytes);
    repeat(s, s->host, bytes);
    if (!CHECK_STATUS(ramp_memory_upload(s->device, s->x, 0, s->host, s->capacity), RAMP_OK)) return 0;
    memcpy(s->host, dy, bytes);
    repeat(s, s->host, bytes);
    return CHECK_STATUS(ramp_memory_upload(s->device, s->dy, 0, s->host, s->capacity), RAMP_OK);
}

/* From element `from` of the inputs to element `to` of the output. */
static void check_length(const session *s, size_t count, size_t from, size_t to) {
    const size_t size = bits_size(s->dtype), begin = (around + to) * size, end = begin + count * size, all = end + around * size;
    const int64_t shape = (int64_t)count;
    ramp_tensor x = ramp_tensor_dense(s->x, s->dtype, 1, &shape), dy = ramp_tensor_dense(s->dy, s->dtype, 1, &shape),
                y = ramp_tensor_dense(s->y, s->dtype, 1, &shape);
    x.byte_offset = dy.byte_offset = from * size;
    y.byte_offset = begin;
    memset(s->host, 0xa5, all);
    if (!CHECK_STATUS(ramp_memory_upload(s->device, s->y, 0, s->host, all), RAMP_OK)) return;
    if (!CHECK_STATUS(run(s, s->device, &x, &dy, &y), RAMP_OK)) return;
    if (!CHECK_STATUS(ramp_memory_download(s->device, s->host, s->y, 0, all), RAMP_OK)) return;
    unsigned long long wrong = 0;
    size_t first = 0;
    for (size_t i = 0; i < all / size; i++) {
        const int is_inside = i * size >= begin && i * size < end;
        const uint64_t want =
            is_inside ? bits_load(s->dtype, s->want, i - around - to + from) : UINT64_C(0xa5a5a5a5a5a5a5a5) >> (64 - 8 * size);
        if (!bits_same(s->dtype, bits_load(s->dtype, s->host, i), want) && wrong++ == 0) first = i;
    }
    char text[128] = "";
    (void)ramp_op_format(&s->op, text, sizeof text);
    CHECK(wrong == 0, "%s %s, %s, %zu elements from element %zu to element %zu: %llu are wrong, the first is element %lld of the output",
          text, s->is_backward ? "backward" : "forward", bits_name(s->dtype), count, from, to, wrong,
          (long long)first - (long long)(around + to));
}

static void check_op(session *s, int most) {
    const size_t lanes = 16 / bits_size(s->dtype);
    for (s->is_backward = 0; s->is_backward < 2; s->is_backward++) {
        if (!prepare(s)) return;
        for (int log2 = least_log2; log2 <= most; log2++) {
            const size_t power = (size_t)1 << log2;
            check_length(s, power, 0, 0);
            check_length(s, power + 3, 0, 0);
            check_length(s, power + 1, lanes - 1, lanes - 1);
            check_length(s, power - 1, 1, 0);
        }
    }
}

static int open_all(session *s, int most) {
    s->capacity = (((size_t)1 << most) + 4 * around) * 8;
    s->host = malloc(s->capacity);
    s->want = malloc(s->capacity);
    return CHECK(s->host != NULL && s->want != NULL, "no memory for %zu bytes", s->capacity) &&
           CHECK_STATUS(ramp_device_open(&s->cpu, "cpu"), RAMP_OK) &&
           CHECK_STATUS(ramp_memory_alloc(s->device, s->capacity, &s->x), RAMP_OK) &&
           CHECK_STATUS(ramp_memory_alloc(s->device, s->capacity, &s->dy), RAMP_OK) &&
           CHECK_STATUS(ramp_memory_alloc(s->device, s->capacity, &s->y), RAMP_OK);
}

int main(int argc, char **argv) {
    session s = {.device = NULL};
    const char *selector = "cpu", *ops = "relu hardsigmoid mish gelu";
    uint64_t most = most_log2;
    char names[512];
    const argument list[] = {{.name = "--backend", .text = &selector}, {.name = "--op", .text = &ops}, {.name = "--most", .number = &most}};
    if (!arguments_parse(argc, argv, list, sizeof list / sizeof list[0])) return 1;
    if (!CHECK(most >= least_log2 && most <= 30, "--most: %llu; allowed: %d to 30", (unsigned long long)most, least_log2))
        return check_finish("test_lengths");
    const ramp_status status = ramp_device_open(&s.device, selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    if (!CHECK_STATUS(status, RAMP_OK)) return check_finish("test_lengths");
    if (open_all(&s, (int)most))
        for (s.dtype = RAMP_F32; s.dtype <= RAMP_BF16; s.dtype = (ramp_dtype)(s.dtype + 1)) {
            snprintf(names, sizeof names, "%s", ops);
            if (ramp_device_supports(s.device, &(ramp_op){RAMP_RELU, 0, {0.0}}, s.dtype) != RAMP_OK)
                printf("SKIPPED in part: %s: %s\n", bits_name(s.dtype), ramp_last_error());
            else
                for (char *name = strtok(names, " "); name != NULL; name = strtok(NULL, " "))
                    if (CHECK_STATUS(ramp_op_parse(name, &s.op), RAMP_OK)) check_op(&s, (int)most);
        }
    ramp_memory_free(s.device, s.x);
    ramp_memory_free(s.device, s.dy);
    ramp_memory_free(s.device, s.y);
    ramp_device_close(s.device);
    ramp_device_close(s.cpu);
    free(s.host);
    free(s.want);
    return check_finish("test_lengths");
}
