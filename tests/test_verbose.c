/*
 * test_verbose.c: what RAMP_VERBOSE=2 prints of each call: fields in order, one line a call, nothing on stdout; and that 1 prints none of it. The name of
 * the kernel tells whether large jobs of 16-bit types are looked up, as their bits do not: where a table cannot be had, the op's own kernel has the same.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* setenv */
#endif
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { rows = 12, columns = 40, n = rows * columns };

typedef struct memory {
    ramp_device *dev;
    void *x, *dy, *y, *mask;
} memory;

static ramp_tensor tensor(void *data, ramp_dtype dtype, int is_matrix) {
    const int64_t flat[] = {n}, matrix[] = {rows, columns - 1};
    ramp_tensor t = ramp_tensor_dense(data, dtype, is_matrix ? 2 : 1, is_matrix ? matrix : flat);
    if (is_matrix) t.strides[0] = columns;
    return t;
}

static void call_all(const memory *m) {
    static float host_x[n], host_y[n];
    const ramp_op hardtanh = {RAMP_HARDTANH, 2, {-1, 2.5}}, tanh_op = ramp_op_default(RAMP_TANH), relu = ramp_op_default(RAMP_RELU);
    ramp_tensor x = tensor(m->x, RAMP_F32, 0), dy = tensor(m->dy, RAMP_F32, 0), y = tensor(m->y, RAMP_F32, 0),
                mask = tensor(m->mask, RAMP_BIT, 0);
    ramp_tensor mx = tensor(m->x, RAMP_F32, 1), my = tensor(m->y, RAMP_F32, 1), hx = tensor(host_x, RAMP_F32, 0),
                hy = tensor(host_y, RAMP_F32, 0);
    CHECK_STATUS(ramp_forward(m->dev, &hardtanh, &x, &y, &mask), RAMP_OK);
    CHECK_STATUS(ramp_backward(m->dev, &hardtanh, RAMP_SAVED_MASK, &mask, &dy, &y), RAMP_OK);
    CHECK_STATUS(ramp_backward(m->dev, &tanh_op, RAMP_SAVED_OUTPUT, &x, &dy, &y), RAMP_OK);
    CHECK_STATUS(ramp_forward(m->dev, &relu, &mx, &my, NULL), RAMP_OK);
    CHECK_STATUS(ramp_forward_host(m->dev, &relu, &hx, &hy, NULL), RAMP_OK);
    CHECK_STATUS(ramp_forward(m->dev, NULL, &x, &y, NULL), RAMP_ERROR_ARGUMENT); /* what is not run is not printed */
}

/* Each "..." stands for any text without a comma. */
static const char *const wanted[] = {
    "ramp_verbose,exec,...,hardtanh,...,forward,x_f32:flat y_f32:flat mask_bit:flat,lo:-1 hi:2.5,480,...",
    "ramp_verbose,exec,...,hardtanh,...,backward:mask,saved_bit:flat dy_f32:flat dx_f32:flat,lo:-1 hi:2.5,480,...",
    "ramp_verbose,exec,...,tanh,...,backward:output,saved_f32:flat dy_f32:flat dx_f32:flat,,480,...",
    "ramp_verbose,exec,...,relu,...,forward,x_f32:40x1 y_f32:40x1,,12x39,...",
    "ramp_verbose,exec,...,relu,...,forward,x_f32:flat y_f32:flat,,480,..."};
enum { calls = sizeof wanted / sizeof wanted[0] };

static int matches(const char *line, const char *pattern) {
    while (*pattern != '\0') {
        if (strncmp(pattern, "...", 3) == 0) {
            const size_t length = strcspn(line, ",");
            if (length == 0) return 0;
            line += length;
            pattern += 3;
        } else if (*line++ != *pattern++)
            return 0;
    }
    return *line == '\0';
}

/* Lines that begin so, in order, each ended by a zero. */
static int exec_lines(char *text, char *line[], int most) {
    int count = 0;
    for (char *at = strtok(text, "\n"); at != NULL; at = strtok(NULL, "\n"))
        if (strncmp(at, "ramp_verbose,exec,", 18) == 0 && count < most) line[count++] = at;
    return count;
}

static void look(char *text, const ramp_device_info *info) {
    char *line[64];
    CHECK(strstr(text, "ramp_verbose,info,template:operation,device,op,kernel,pass,memory,parameters,shape,microseconds\n") != NULL,
          "no heading says what the fields are: %s", text);
    const int count = exec_lines(text, line, 64);
    CHECK(count == calls, "%d calls gave %d lines", (int)calls, count);
    for (int i = 0; i < count && i < calls; i++) {
        CHECK(matches(line[i], wanted[i]), "line %d is\n  %s, not\n  %s", i, line[i], wanted[i]);
        CHECK(strncmp(line[i] + 18, info->selector, strlen(info->selector)) == 0, "line %d is not of %s: %s", i, info->selector, line[i]);
        const char *time = strrchr(line[i], ',') + 1;
        char *end;
        const double microseconds = strtod(time, &end);
        CHECK(*end == '\0' && end > time && microseconds > 0 && microseconds < 60e6, "line %d has no time: %s", i, line[i]);
    }
}

/* Jobs that are looked up, in place but for the turned one: 2^24 elements of f16 in a GPU's local memory; rows with a gap; columns turned to rows. The last table is
 * made of rows. softsign is not looked up, since it has a formula that is as short, but by AVX2, by OpenCL on a CPU, and on a CPU without an instruction for fma;
 * elu's gradient is, on CUDA in part. */
static void call_large(const memory *m) {
    const int64_t many = 1 << 20, most = 1 << 24, square[] = {1 << 10, 1 << 10};
    const ramp_op sigmoid = ramp_op_default(RAMP_SIGMOID), softsign = ramp_op_default(RAMP_SOFTSIGN), gelu = ramp_op_default(RAMP_GELU),
                  elu = ramp_op_default(RAMP_ELU);
    void *data = NULL;
    if (!CHECK_STATUS(ramp_memory_alloc(m->dev, (size_t)most * 2, &data), RAMP_OK)) return;
    const ramp_tensor bf16 = ramp_tensor_dense(data, RAMP_BF16, 1, &many), f16 = ramp_tensor_dense(data, RAMP_F16, 1, &most);
    ramp_tensor pitched = ramp_tensor_dense(data, RAMP_F16, 2, square), turned = ramp_tensor_dense(data, RAMP_BF16, 2, square),
                upright = turned;
    pitched.strides[0] += 8;
    turned.strides[0] = 1, turned.strides[1] = square[0];
    upright.byte_offset = (uint64_t)most;
    CHECK_STATUS(ramp_forward(m->dev, &sigmoid, &bf16, &bf16, NULL), RAMP_OK);
    CHECK_STATUS(ramp_backward(m->dev, &sigmoid, RAMP_SAVED_INPUT, &bf16, &bf16, &bf16), RAMP_OK);
    CHECK_STATUS(ramp_forward(m->dev, &sigmoid, &f16, &f16, NULL), RAMP_OK);
    CHECK_STATUS(ramp_forward(m->dev, &sigmoid, &pitched, &pitched, NULL), RAMP_OK);
    CHECK_STATUS(ramp_forward(m->dev, &sigmoid, &turned, &upright, NULL), RAMP_OK);
    CHECK_STATUS(ramp_backward(m->dev, &sigmoid, RAMP_SAVED_INPUT, &turned, &upright, &upright), RAMP_OK);
    CHECK_STATUS(ramp_forward(m->dev, &gelu, &bf16, &bf16, NULL), RAMP_OK);
    CHECK_STATUS(ramp_backward(m->dev, &elu, RAMP_SAVED_INPUT, &f16, &f16, &f16), RAMP_OK);
    CHECK_STATUS(ramp_forward(m->dev, &softsign, &bf16, &bf16, NULL), RAMP_OK);
    ramp_memory_free(m->dev, data);
}

static void look_for_tables(char *text) {
    enum { large_calls = 9, softsign_call = 8 };
    char *line[64];
    const int count = exec_lines(text, line, 64);
    CHECK(count == large_calls, "%d calls gave %d lines", (int)large_calls, count);
    for (int i = 0; i < count && i < large_calls; i++) {
        const int is_wanted = i != softsign_call || strstr(line[i], ",avx2:") != NULL || strstr(line[i], ":run") != NULL;
        const int may_be = i == softsign_call && strstr(line[i], ",baseline:") != NULL; /* whatever that processor has */
        CHECK(may_be || (strstr(line[i], "table") != NULL) == is_wanted, "it was %slooked up: %s", is_wanted ? "not " : "", line[i]);
    }
}

/* The calls, at a level; *text gets what stderr got. */
static ramp_status run(const char *selector, const char *level, void (*call)(const memory *), char *text, size_t capacity,
                       ramp_device_info *info) {
    memory m = {.dev = NULL};
    FILE *err = tmpfile();
    fflush(stderr);
    const int before = dup(STDERR_FILENO);
    setenv("RAMP_VERBOSE", level, 1);
    dup2(fileno(err), STDERR_FILENO);
    const ramp_status status = ramp_device_open(&m.dev, selector);
    if (status == RAMP_OK) {
        (void)ramp_device_describe(m.dev, info);
        (void)ramp_memory_alloc(m.dev, n * 4, &m.x);
        (void)ramp_memory_alloc(m.dev, n * 4, &m.dy);
        (void)ramp_memory_alloc(m.dev, n * 4, &m.y);
        (void)ramp_memory_alloc(m.dev, n / 8, &m.mask);
        call(&m);
        (void)ramp_device_synchronize(m.dev);
    }
    ramp_memory_free(m.dev, m.mask);
    ramp_memory_free(m.dev, m.y);
    ramp_memory_free(m.dev, m.dy);
    ramp_memory_free(m.dev, m.x);
    ramp_device_close(m.dev);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(err);
    text[fread(text, 1, capacity - 1, err)] = '\0';
    fclose(err);
    return status;
}

int main(int argc, char **argv) {
    const char *selector = argc > 1 ? argv[1] : "cpu";
    static char text[65536];
    ramp_device_info info;
    const ramp_status status = run(selector, "2", call_all, text, sizeof text, &info);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    CHECK_STATUS(status, RAMP_OK);
    look(text, &info);
    CHECK_STATUS(run(selector, "2", call_large, text, sizeof text, &info), RAMP_OK);
    look_for_tables(text);
    CHECK_STATUS(run(selector, "1", call_all, text, sizeof text, &info), RAMP_OK);
    CHECK(strstr(text, "ramp_verbose") == NULL && strncmp(text, "ramp: ", 6) == 0, "RAMP_VERBOSE=1 prints: %s", text);
    CHECK_STATUS(run(selector, "0", call_all, text, sizeof text, &info), RAMP_OK);
    CHECK(text[0] == '\0', "RAMP_VERBOSE=0 prints: %s", text);
    return check_finish("test_verbose");
}
