/* test_api.c: every wrong argument of a call gives its documented status and a sentence, and leaves the output as it was. On one backend.
 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { n = 24, bytes_each = 4096 };

typedef struct fixture {
    ramp_device *dev;
    void *x, *dy, *y;
    int addresses; /* data is an address to which one can add */
} fixture;

static unsigned char poison[bytes_each];
static const int64_t shape[] = {n};

static ramp_tensor tensor(void *data) { return ramp_tensor_dense(data, RAMP_F32, 1, shape); }

static void check_untouched(const fixture *f, const char *what) {
    unsigned char after[bytes_each];
    if (CHECK_STATUS(ramp_memory_download(f->dev, after, f->y, 0, bytes_each), RAMP_OK))
        CHECK(memcmp(after, poison, bytes_each) == 0, "%s: the refused call wrote its output", what);
}

/* Forward and backward must both refuse these tensors so. NULL stands for NULL. */
static void refused(const fixture *f, const char *what, const ramp_op *op, const ramp_tensor *x, const ramp_tensor *y, ramp_status status) {
    ramp_tensor dy = x != NULL ? *x : tensor(f->dy);
    dy.data = f->dy;
    ramp_status forward = ramp_forward(f->dev, op, x, y, NULL);
    CHECK(forward == status && ramp_last_error()[0] != '\0', "forward, %s: %s, not %s: '%s'", what, ramp_status_name(forward),
          ramp_status_name(status), ramp_last_error());
    ramp_status backward = ramp_backward(f->dev, op, RAMP_SAVED_INPUT, x, &dy, y);
    CHECK(backward == status && ramp_last_error()[0] != '\0', "backward, %s: %s, not %s: '%s'", what, ramp_status_name(backward),
          ramp_status_name(status), ramp_last_error());
    check_untouched(f, what);
}

static void test_null(const fixture *f) {
    ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    ramp_tensor x = tensor(f->x), dy = tensor(f->dy), y = tensor(f->y), none = tensor(NULL);
    CHECK_STATUS(ramp_forward(NULL, &op, &x, &y, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_backward(NULL, &op, RAMP_SAVED_INPUT, &x, &dy, &y), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_backward(f->dev, &op, RAMP_SAVED_INPUT, &x, NULL, &y), RAMP_ERROR_ARGUMENT);
    refused(f, "op NULL", NULL, &x, &y, RAMP_ERROR_ARGUMENT);
    refused(f, "x NULL", &op, NULL, &y, RAMP_ERROR_ARGUMENT);
    refused(f, "y NULL", &op, &x, NULL, RAMP_ERROR_ARGUMENT);
    refused(f, "x.data NULL", &op, &none, &y, RAMP_ERROR_ARGUMENT);
    refused(f, "y.data NULL", &op, &x, &none, RAMP_ERROR_ARGUMENT);
}

static void test_op(const fixture *f) {
    ramp_tensor x = tensor(f->x), y = tensor(f->y), x64 = x, y64 = y, x16 = x, y16 = y;
    x64.dtype = y64.dtype = RAMP_F64;
    x16.dtype = y16.dtype = RAMP_F16;
    static const struct {
        const char *what;
        ramp_op op;
        int f64_too;
    } bad[] = {
        {"op id 0", {RAMP_OP_NONE, 0, {0}}, 1},
        {"op id 99", {(ramp_op_id)99, 0, {0}}, 1},
        {"op id -1", {(ramp_op_id)-1, 0, {0}}, 1},
        {"softsign with a parameter", {RAMP_SOFTSIGN, 1, {1}}, 1},
        {"three parameters", {RAMP_HARDTANH, 3, {-1, 1, 2}}, 1},
        {"a count of 4 billion", {RAMP_HARDTANH, UINT32_MAX, {-1, 1}}, 1},
        {"lo > hi", {RAMP_HARDTANH, 2, {1, -1}}, 1},
        {"lo = hi", {RAMP_HARDTANH, 2, {1, 1}}, 1},
        {"lo = hi, as zeros", {RAMP_HARDTANH, 2, {-0.0, 0.0}}, 1},
        {"lo = hi = inf", {RAMP_HARDTANH, 2, {INFINITY, INFINITY}}, 1},
        {"lo = hi in float", {RAMP_HARDTANH, 2, {1.0, 1.0 + 0x1p-30}}, 0},
        {"lo = hi in float, underflow", {RAMP_HARDTANH, 2, {0.0, 1e-60}}, 0},
        {"lo = hi in float, overflow", {RAMP_HARDTANH, 2, {1e100, 1e200}}, 0},
        {"lo above the default hi", {RAMP_HARDTANH, 1, {2}}, 1},
        {"hardtanh lo NaN", {RAMP_HARDTANH, 2, {NAN, 1}}, 1},
        {"hardtanh hi NaN", {RAMP_HARDTANH, 2, {-1, NAN}}, 1},
        {"hardsigmoid lo > hi", {RAMP_HARDSIGMOID, 2, {3, -3}}, 1},
        {"hardsigmoid lo = hi", {RAMP_HARDSIGMOID, 2, {3, 3}}, 1},
        {"hardsigmoid lo NaN", {RAMP_HARDSIGMOID, 2, {NAN, 3}}, 1},
        {"hardsigmoid lo -inf", {RAMP_HARDSIGMOID, 2, {-INFINITY, 3}}, 1},
        {"hardsigmoid hi inf", {RAMP_HARDSIGMOID, 2, {-3, INFINITY}}, 1},
        {"hardsigmoid hi inf in float", {RAMP_HARDSIGMOID, 2, {-3, 1e39}}, 0},
        {"hardsigmoid hi - lo inf in float", {RAMP_HARDSIGMOID, 2, {-3e38, 3e38}}, 0},
        {"hardsigmoid hi - lo inf", {RAMP_HARDSIGMOID, 2, {-1.7e308, 1.7e308}}, 1},
        {"relu with a parameter", {RAMP_RELU, 1, {0}}, 1},
        {"leaky_relu slope inf", {RAMP_LEAKY_RELU, 1, {INFINITY}}, 1},
        {"leaky_relu slope inf in float", {RAMP_LEAKY_RELU, 1, {-1e39}}, 0},
        {"threshold NaN", {RAMP_THRESHOLD, 1, {NAN}}, 1},
        {"hardshrink lambd below 0", {RAMP_HARDSHRINK, 1, {-0.5}}, 1},
        {"softshrink lambd NaN", {RAMP_SOFTSHRINK, 1, {NAN}}, 1},
        {"softplus beta 0", {RAMP_SOFTPLUS, 1, {0}}, 1},
        {"softplus threshold inf", {RAMP_SOFTPLUS, 2, {1, INFINITY}}, 1},
        {"softplus beta subnormal in float", {RAMP_SOFTPLUS, 1, {1e-39}}, 0},
        {"celu alpha below 0", {RAMP_CELU, 1, {-1}}, 1},
        {"celu alpha 0 in float", {RAMP_CELU, 1, {1e-50}}, 0},
        {"silu beta inf", {RAMP_SILU, 1, {INFINITY}}, 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        refused(f, bad[i].what, &bad[i].op, &x, &y, RAMP_ERROR_ARGUMENT);
        CHECK_STATUS(ramp_device_supports(f->dev, &bad[i].op, RAMP_F32), RAMP_ERROR_ARGUMENT);
        CHECK_STATUS(ramp_prepare(f->dev, &bad[i].op, RAMP_F32), RAMP_ERROR_ARGUMENT);
        CHECK(ramp_op_saves(&bad[i].op, RAMP_F32) == 0, "%s: ramp_op_saves is not 0", bad[i].what);
        CHECK(ramp_op_saves(&bad[i].op, RAMP_F16) == 0, "%s: ramp_op_saves is not 0 in f16", bad[i].what);
        refused(f, bad[i].what, &bad[i].op, &x16, &y16, RAMP_ERROR_ARGUMENT); /* the limits are float's */
        if (bad[i].f64_too && ramp_device_supports(f->dev, &(ramp_op){RAMP_SOFTSIGN, 0, {0}}, RAMP_F64) == RAMP_OK)
            refused(f, bad[i].what, &bad[i].op, &x64, &y64, RAMP_ERROR_ARGUMENT);
    }
}

static void test_dtype(const fixture *f) {
    ramp_op op = ramp_op_default(RAMP_HARDTANH);
    static const struct {
        int dtype;
        ramp_status status;
    } bad[] = {{0, RAMP_ERROR_ARGUMENT}, {6, RAMP_ERROR_ARGUMENT}, {-1, RAMP_ERROR_ARGUMENT}, {99, RAMP_ERROR_ARGUMENT}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ramp_tensor x = tensor(f->x), y = tensor(f->y);
        char what[32];
        x.dtype = y.dtype = (ramp_dtype)bad[i].dtype;
        snprintf(what, sizeof what, "dtype %d", bad[i].dtype);
        refused(f, what, &op, &x, &y, bad[i].status);
        CHECK_STATUS(ramp_device_supports(f->dev, &op, x.dtype), bad[i].status);
        CHECK_STATUS(ramp_prepare(f->dev, &op, x.dtype), bad[i].status);
    }
    ramp_tensor x = tensor(f->x), y = tensor(f->y), y64 = y;
    x.dtype = y.dtype = RAMP_BIT;
    ramp_status status = ramp_forward(f->dev, &op, &x, &y, NULL);
    CHECK(status == RAMP_ERROR_ARGUMENT || status == RAMP_ERROR_UNSUPPORTED, "BIT: %s", ramp_status_name(status));
    x.dtype = RAMP_F32;
    y64.dtype = RAMP_F64;
    refused(f, "dtypes that differ", &op, &x, &y64, RAMP_ERROR_ARGUMENT);
    y64.dtype = RAMP_BF16, x.dtype = RAMP_F16;
    refused(f, "two 16-bit dtypes", &op, &x, &y64, RAMP_ERROR_ARGUMENT);
    x.dtype = RAMP_F32;
    refused(f, "y BIT", &op, &x, &y, RAMP_ERROR_ARGUMENT);
}

static ramp_tensor shaped(void *data, int ndim, int64_t a, int64_t b, int64_t c) {
    int64_t s[RAMP_MAX_DIMS] = {a, b, c, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    return ramp_tensor_dense(data, RAMP_F32, ndim, s);
}

static void test_shape(const fixture *f) {
    ramp_op op = ramp_op_default(RAMP_HARDSIGMOID);
    static const struct {
        const char *what;
        int ndim;
        int64_t a, b, c;
    } bad[] = {{"ndim -1", -1, 24, 1, 1},
               {"ndim 17", 17, 1, 1, 1},
               {"ndim INT_MAX", 2147483647, 1, 1, 1},
               {"a negative size", 1, -1, 1, 1},
               {"a negative size beside a zero", 2, 0, -5, 1},
               {"INT64_MIN", 1, INT64_MIN, 1, 1},
               {"2^64 elements", 2, INT64_C(1) << 32, INT64_C(1) << 32, 1},
               {"2^63 elements", 2, INT64_C(1) << 32, INT64_C(1) << 31, 1},
               {"3 * 2^62 elements", 3, INT64_C(1) << 31, INT64_C(1) << 31, 3},
               {"2^63 bytes", 1, INT64_C(1) << 61, 1, 1},
               {"INT64_MAX elements", 1, INT64_MAX, 1, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ramp_tensor x = shaped(f->x, 1, n, 1, 1), y = shaped(f->y, 1, n, 1, 1);
        x.ndim = y.ndim = bad[i].ndim; /* written by hand: a caller's tensor need not come from ramp_tensor_dense */
        x.shape[0] = y.shape[0] = bad[i].a;
        x.shape[1] = y.shape[1] = bad[i].b;
        x.shape[2] = y.shape[2] = bad[i].c;
        x.strides[0] = y.strides[0] = bad[i].ndim == 2 ? bad[i].b : 1;
        x.strides[1] = y.strides[1] = 1;
        refused(f, bad[i].what, &op, &x, &y, RAMP_ERROR_ARGUMENT);
        x = shaped(f->x, bad[i].ndim == 2147483647 ? 17 : bad[i].ndim, bad[i].a, bad[i].b, bad[i].c);
        y = shaped(f->y, bad[i].ndim == 2147483647 ? 17 : bad[i].ndim, bad[i].a, bad[i].b, bad[i].c);
        refused(f, bad[i].what, &op, &x, &y, RAMP_ERROR_ARGUMENT);
    }
    const ramp_tensor vast = shaped(f->x, 1, INT64_C(1) << 60, 1, 1); /* 2^62 bytes, in place: overlap says nothing */
    refused(f, "2^62 bytes", &op, &vast, &vast, RAMP_ERROR_ARGUMENT);
    ramp_tensor x = tensor(f->x), y = shaped(f->y, 1, n - 1, 1, 1), y2 = shaped(f->y, 2, 4, 6, 1), x2 = shaped(f->x, 2, 6, 4, 1);
    refused(f, "y shorter", &op, &x, &y, RAMP_ERROR_ARGUMENT);
    refused(f, "another ndim", &op, &x, &y2, RAMP_ERROR_ARGUMENT);
    refused(f, "4x6 and 6x4", &op, &x2, &y2, RAMP_ERROR_ARGUMENT);
    ramp_tensor dy = shaped(f->dy, 1, n + 1, 1, 1);
    y = tensor(f->y);
    CHECK_STATUS(ramp_backward(f->dev, &op, RAMP_SAVED_INPUT, &x, &dy, &y), RAMP_ERROR_ARGUMENT);
    x.byte_offset = y.byte_offset = UINT64_MAX - 3;
    refused(f, "a byte_offset past the end", &op, &x, &y, RAMP_ERROR_ARGUMENT);
    x = tensor(f->x), y = tensor(f->y);
    x.byte_offset = INT64_MAX - 3;
    refused(f, "a byte_offset of 2^63", &op, &x, &y, RAMP_ERROR_ARGUMENT);
}

/* Layouts that no memory can have; what the others give is test_layouts' matter. */
static void test_layout(const fixture *f) {
    ramp_op op = ramp_op_default(RAMP_HARDTANH);
    ramp_tensor x = tensor(f->x), y = tensor(f->y);
    y.strides[0] = 0;
    refused(f, "y broadcast", &op, &x, &y, RAMP_ERROR_ARGUMENT);
    x = shaped(f->x, 2, 4, 6, 1), y = shaped(f->y, 2, 4, 6, 1);
    y.strides[0] = 5;
    refused(f, "y's rows overlap", &op, &x, &y, RAMP_ERROR_ARGUMENT);
    y.strides[0] = 1, y.strides[1] = 1;
    refused(f, "y's diagonals are one element", &op, &x, &y, RAMP_ERROR_ARGUMENT);
    static const int64_t far[] = {INT64_MAX, INT64_MIN, INT64_C(1) << 60, -(INT64_C(1) << 60), INT64_MAX / 3 / (int64_t)sizeof(float)};
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
        y = shaped(f->y, 2, 4, 6, 1);
        y.strides[0] = far[i];
        refused(f, "a stride that overflows", &op, &x, &y, RAMP_ERROR_ARGUMENT);
    }
    if (f->addresses) return; /* there, memory before `data` may be the caller's */
    y = tensor(f->y);
    y.strides[0] = -1;
    refused(f, "y reaches before its buffer", &op, &x, &y, RAMP_ERROR_ARGUMENT);
    x = y = tensor(f->y);
    x.data = f->x;
    x.strides[0] = bytes_each;
    refused(f, "x reaches past its buffer", &op, &x, &y, RAMP_ERROR_ARGUMENT);
}

static void test_kinds(const fixture *f) {
    ramp_op op = ramp_op_default(RAMP_HARDTANH), smooth = ramp_op_default(RAMP_SOFTSIGN), narrow = {RAMP_HARDTANH, 2, {-0.1, 0.1}};
    ramp_tensor x = tensor(f->x), dy = tensor(f->dy), y = tensor(f->y), mask = ramp_tensor_like(&x, f->x, RAMP_BIT), svm = x, ysvm = y;
    CHECK_STATUS(ramp_forward(f->dev, &smooth, &x, &y, &mask), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_backward(f->dev, &smooth, RAMP_SAVED_MASK, &mask, &dy, &y), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_backward(f->dev, &smooth, RAMP_SAVED_OUTPUT, &x, &dy, &y), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_backward(f->dev, &op, RAMP_SAVED_MASK, &x, &dy, &y), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_backward(f->dev, &op, RAMP_SAVED_INPUT, &mask, &dy, &y), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_forward(f->dev, &op, &x, &y, &dy), RAMP_ERROR_ARGUMENT);   /* not BIT */
    CHECK_STATUS(ramp_forward(f->dev, &op, &x, &y, &mask), RAMP_ERROR_ARGUMENT); /* in x's memory */
    mask.data = f->dy;
    mask.strides[0] = 2;
    CHECK_STATUS(ramp_forward(f->dev, &op, &x, &y, &mask), RAMP_ERROR_ARGUMENT); /* not dense */
    mask.strides[0] = -1;
    CHECK_STATUS(ramp_forward(f->dev, &op, &x, &y, &mask), RAMP_ERROR_ARGUMENT);
    ramp_tensor x16 = x, dy16 = dy, y16 = y;
    x16.dtype = dy16.dtype = y16.dtype = RAMP_F16;
    CHECK_STATUS(ramp_backward(f->dev, &narrow, RAMP_SAVED_OUTPUT, &x16, &dy16, &y16), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_backward(f->dev, &op, (ramp_saved)99, &x, &dy, &y), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_backward(f->dev, &op, (ramp_saved)-1, &x, &dy, &y), RAMP_ERROR_ARGUMENT);
    svm.memory = RAMP_MEMORY_SVM, ysvm.memory = RAMP_MEMORY_SVM;
    if (f->addresses) {
        refused(f, "x SVM", &op, &svm, &y, RAMP_ERROR_UNSUPPORTED);
        refused(f, "y SVM", &op, &x, &ysvm, RAMP_ERROR_UNSUPPORTED);
    }
    svm.memory = (ramp_memory)99;
    refused(f, "memory kind 99", &op, &svm, &y, RAMP_ERROR_ARGUMENT);
    check_untouched(f, "kinds");
}

/* The call was refused, in a sentence with all of these words, which | divides. */
static void says(const fixture *f, ramp_status status, const char *words) {
    char part[128];
    CHECK(status == RAMP_ERROR_ARGUMENT, "%s, not RAMP_ERROR_ARGUMENT, of: %s", ramp_status_name(status), words);
    for (const char *word = words; *word != '\0'; word += strspn(word, "|")) {
        const size_t length = strcspn(word, "|");
        snprintf(part, sizeof part, "%.*s", (int)length, word);
        CHECK(strstr(ramp_last_error(), part) != NULL, "no '%s' in: %s", part, ramp_last_error());
        word += length;
    }
    check_untouched(f, words);
}

/* What the sentence blames and advises is what is wrong. */
static void test_sentences(const fixture *f) {
    const ramp_op op = ramp_op_default(RAMP_HARDTANH), smooth = ramp_op_default(RAMP_GELU), tanh = ramp_op_default(RAMP_TANH);
    const ramp_op elu = {RAMP_ELU, 1, {-1}};
    static const struct {
        int64_t strides[3];
        const char *words;
    } far[] = {{{INT64_C(500000000000000000), 3, 1}, "y: shape[0] = 4 with strides[0] = 500000000000000000 reaches"},
               {{3, INT64_C(-1200000000000000000), -1}, "y: shape[1] = 2 with strides[1] = -1200000000000000000 reaches"},
               {{INT64_C(-350000000000000000), INT64_C(900000000000000000), INT64_C(-100000000000000000)},
                "y: shape[0] = 4 with strides[0] = -35"},
               {{INT64_C(600000000000000000), 0, INT64_C(300000000000000000)}, "y: shape[0] = 4 with strides[0] = 6"},
               {{1, INT64_MAX, 1}, "y: shape[1] = 2 with strides[1] = 9223372036854775807 reaches"}};
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
        ramp_tensor x = shaped(f->x, 3, 4, 2, 3), y = shaped(f->y, 3, 4, 2, 3);
        memcpy(y.strides, far[i].strides, sizeof far[i].strides);
        says(f, ramp_forward(f->dev, &op, &x, &y, NULL), far[i].words);
    }
    ramp_tensor x = shaped(f->x, 2, 4, 6, 1), y = shaped(f->y, 2, 4, 6, 1), dy = shaped(f->dy, 2, 4, 6, 1), mask = dy;
    mask.dtype = RAMP_BIT;
    mask.shape[0] = 5;
    mask.strides[0] = 7;
    says(f, ramp_forward(f->dev, &op, &x, &y, &mask), "x has shape[0] = 4 and mask has 5");
    mask.shape[0] = 4;
    says(f, ramp_forward(f->dev, &op, &x, &y, &mask), "mask: strides[0] is 7|dense");
    mask.strides[0] = 6;
    mask.data = f->y;
    says(f, ramp_forward(f->dev, &op, &x, &y, &mask), "mask overlaps y: a mask must lie apart from all other operands");
    says(f, ramp_backward(f->dev, &op, RAMP_SAVED_MASK, &mask, &dy, &y), "dx overlaps saved: a mask must lie apart");
    mask.dtype = (ramp_dtype)0;
    says(f, ramp_forward(f->dev, &op, &x, &y, &mask), "mask: dtype 0 is none|RAMP_BIT");
    says(f, ramp_backward(f->dev, &op, RAMP_SAVED_MASK, &mask, &dy, &y), "saved: dtype 0 is none|RAMP_BIT");
    says(f, ramp_backward(f->dev, &op, RAMP_SAVED_INPUT, &mask, &dy, &y), "saved: dtype 0 is none; use RAMP_F32");
    ramp_tensor wrong = x;
    wrong.memory = (ramp_memory)7;
    says(f, ramp_forward(f->dev, &op, &wrong, &y, NULL), "x: memory 7 is none|RAMP_MEMORY_NATIVE|RAMP_MEMORY_SVM");
    wrong = y; /* but for that, like x */
    wrong.memory = (ramp_memory)7;
    says(f, ramp_forward(f->dev, &op, &x, &wrong, NULL), "y: memory 7 is none|RAMP_MEMORY_NATIVE|RAMP_MEMORY_SVM");
    wrong = ramp_tensor_dense(f->x, RAMP_F32, 2, NULL);
    says(f, ramp_forward(f->dev, &op, &wrong, &y, NULL), "x: ndim is -1|ramp_tensor_dense|shape is NULL");
    wrong.ndim = 17;
    says(f, ramp_forward(f->dev, &op, &wrong, &y, NULL), "x: ndim is 17; allowed: 0 to 16");
    says(f, ramp_backward(f->dev, &smooth, RAMP_SAVED_OUTPUT, &x, &dy, &y), "gelu saves no output: it saves its input, RAMP_SAVED_INPUT;");
    says(f, ramp_backward(f->dev, &elu, RAMP_SAVED_OUTPUT, &x, &dy, &y),
         "elu saves no output in f32 at these parameters: it saves its input");
    mask.data = f->dy, mask.dtype = RAMP_BIT;
    says(f, ramp_forward(f->dev, &tanh, &x, &y, &mask), "tanh saves no mask: |RAMP_SAVED_INPUT, or its output, RAMP_SAVED_OUTPUT;");
}

static void test_memory(const fixture *f) {
    ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    for (unsigned shift = 1; shift < 4; shift++) {
        ramp_tensor x = tensor(f->x), y = tensor(f->y);
        x.byte_offset = shift;
        refused(f, "x misaligned", &op, &x, &y, RAMP_ERROR_ARGUMENT);
        x.byte_offset = 0, y.byte_offset = 64 + shift;
        refused(f, "y misaligned", &op, &x, &y, RAMP_ERROR_ARGUMENT);
        if (f->addresses) {
            y = tensor((char *)f->y + shift);
            refused(f, "y's address misaligned", &op, &x, &y, RAMP_ERROR_ARGUMENT);
        }
    }
    ramp_tensor x16 = tensor(f->x), y16 = tensor(f->y); /* an element of 2 bytes may lie where one of 4 may not, and at no odd address */
    x16.dtype = y16.dtype = RAMP_F16;
    x16.byte_offset = 1;
    refused(f, "x misaligned in f16", &op, &x16, &y16, RAMP_ERROR_ARGUMENT);
    x16.byte_offset = 2, y16.byte_offset = 65;
    refused(f, "y misaligned in f16", &op, &x16, &y16, RAMP_ERROR_ARGUMENT);
    x16.data = f->y, y16.byte_offset = 2 + 2 * (n - 1);
    refused(f, "x and y overlap in part in f16", &op, &x16, &y16, RAMP_ERROR_ARGUMENT);
    static const int apart[] = {1, 2, 12, n - 1};
    for (size_t i = 0; i < sizeof apart / sizeof apart[0]; i++)
        for (int sign = -1; sign <= 1; sign += 2) {
            ramp_tensor x = tensor(f->y), y = tensor(f->y), dy = tensor(f->dy), away = tensor(f->x);
            x.byte_offset = 512;
            y.byte_offset = (uint64_t)(512 + sign * 4 * apart[i]);
            refused(f, "x and y overlap in part", &op, &x, &y, RAMP_ERROR_ARGUMENT);
            CHECK_STATUS(ramp_backward(f->dev, &op, RAMP_SAVED_INPUT, &away, &x, &y), RAMP_ERROR_ARGUMENT);
            CHECK_STATUS(ramp_backward(f->dev, &op, RAMP_SAVED_INPUT, &x, &dy, &y), RAMP_ERROR_ARGUMENT);
        }
    if (f->addresses) { /* one through the address, one through byte_offset */
        ramp_tensor x = tensor((char *)f->y + 512), y = tensor(f->y);
        y.byte_offset = 516;
        refused(f, "overlap in part, by address", &op, &x, &y, RAMP_ERROR_ARGUMENT);
    }
}

/* ---- What must work ---- */

static float value_at(int i) { return (float)i * 0.25f - 3.0f; }

static void check_values(const fixture *f, const void *data, size_t offset, const char *what) {
    float got[n];
    if (!CHECK_STATUS(ramp_memory_download(f->dev, got, data, offset, sizeof got), RAMP_OK)) return;
    for (int i = 0; i < n; i++) {
        float x = value_at(i), want = x < -1 ? -1 : x > 1 ? 1 : x;
        CHECK(got[i] == want, "%s: element %d is %a, not %a", what, i, (double)got[i], (double)want);
    }
}

static void fill(const fixture *f, void *data, size_t offset) {
    float values[n];
    for (int i = 0; i < n; i++) values[i] = value_at(i);
    CHECK_STATUS(ramp_memory_upload(f->dev, data, offset, values, sizeof values), RAMP_OK);
}

static void test_good(const fixture *f) {
    ramp_op op = ramp_op_default(RAMP_HARDTANH), bare = {RAMP_HARDTANH, 0, {0}};
    ramp_tensor none = {.dtype = RAMP_F32, .ndim = 2, .shape = {0, 5}, .strides = {5, 1}};
    CHECK_STATUS(ramp_forward(f->dev, &op, &none, &none, NULL), RAMP_OK);
    CHECK_STATUS(ramp_backward(f->dev, &op, RAMP_SAVED_INPUT, &none, &none, &none), RAMP_OK);
    ramp_tensor vast = none; /* empty, though the product of its other sizes overflows */
    vast.ndim = 3;
    vast.shape[0] = vast.shape[2] = INT64_C(1) << 40, vast.shape[1] = 0;
    const ramp_tensor bits = ramp_tensor_like(&vast, NULL, RAMP_BIT);
    CHECK_STATUS(ramp_forward(f->dev, &op, &vast, &vast, &bits), RAMP_OK);
    CHECK_STATUS(ramp_backward(f->dev, &op, RAMP_SAVED_MASK, &bits, &vast, &vast), RAMP_OK);
    CHECK_STATUS(ramp_backward_host(f->dev, &op, RAMP_SAVED_INPUT, &vast, &vast, &vast), RAMP_OK);
    CHECK(ramp_tensor_bytes(&vast) == 0 && ramp_tensor_bytes(&bits) == 0, "an empty tensor has bytes");
    check_untouched(f, "empty tensors");
    fill(f, f->x, 0);
    ramp_tensor x = tensor(f->x), y = tensor(f->y), next = tensor(f->y);
    CHECK_STATUS(ramp_forward(f->dev, &op, &x, &y, NULL), RAMP_OK);
    check_values(f, f->y, 0, "plain");
    next.byte_offset = 4 * n; /* apart, if only just */
    CHECK_STATUS(ramp_forward(f->dev, &bare, &y, &next, NULL), RAMP_OK);
    check_values(f, f->y, 4 * n, "adjacent, defaults filled in");
    fill(f, f->y, 0);
    CHECK_STATUS(ramp_forward(f->dev, &op, &y, &y, NULL), RAMP_OK);
    check_values(f, f->y, 0, "in place");
    /* dense in one common order that is not row-major, sizes of 1 with whatever strides */
    x = shaped(f->x, 3, 2, 3, 4), y = shaped(f->y, 3, 2, 3, 4);
    const int64_t order[] = {3, 1, 6};
    memcpy(x.strides, order, sizeof order);
    memcpy(y.strides, order, sizeof order);
    CHECK_STATUS(ramp_forward(f->dev, &op, &x, &y, NULL), RAMP_OK);
    check_values(f, f->y, 0, "permuted");
    x = shaped(f->x, 3, 4, 1, 6), y = shaped(f->y, 3, 4, 1, 6);
    x.strides[1] = 77, y.strides[1] = -5;
    CHECK_STATUS(ramp_forward(f->dev, &op, &x, &y, NULL), RAMP_OK);
    check_values(f, f->y, 0, "a size of 1");
    x = shaped(f->x, 16, 4, 2, 3), y = shaped(f->y, 16, 4, 2, 3);
    CHECK_STATUS(ramp_forward(f->dev, &op, &x, &y, NULL), RAMP_OK);
    check_values(f, f->y, 0, "16 dimensions");
    x = shaped(f->x, 0, 9, 9, 9), y = shaped(f->y, 0, 9, 9, 9);
    CHECK_STATUS(ramp_forward(f->dev, &op, &x, &y, NULL), RAMP_OK);
    CHECK_STATUS(ramp_memory_upload(f->dev, f->y, 0, poison, bytes_each), RAMP_OK);
}

/* f16 and bf16 come and go at any even address, rounded to nearest even: half of the least number, and of three times that, are midway. */
static void test_short(const fixture *f) {
    static const struct {
        ramp_dtype dtype;
        uint16_t x[5], half[5]; /* and what leaky_relu with slope 1/2 makes of them */
    } row[] = {{RAMP_F16, {0x4200, 0xc200, 0x8001, 0x8003, 0x7c00}, {0x4200, 0xbe00, 0x8000, 0x8002, 0x7c00}},
               {RAMP_BF16, {0x4040, 0xc040, 0x8001, 0x8003, 0x7f80}, {0x4040, 0xbfc0, 0x8000, 0x8002, 0x7f80}}};
    static const int64_t five[] = {5};
    const ramp_op op = {RAMP_LEAKY_RELU, 1, {0.5}};
    for (int i = 0; i < 2; i++)
        for (uint64_t offset = 0; offset < 32; offset += 2) {
            uint16_t got[5];
            ramp_tensor x = ramp_tensor_dense(f->x, row[i].dtype, 1, five), y = ramp_tensor_dense(f->y, row[i].dtype, 1, five);
            x.byte_offset = offset, y.byte_offset = 64 - offset;
            CHECK_STATUS(ramp_memory_upload(f->dev, f->x, offset, row[i].x, sizeof row[i].x), RAMP_OK);
            CHECK_STATUS(ramp_forward(f->dev, &op, &x, &y, NULL), RAMP_OK);
            CHECK_STATUS(ramp_memory_download(f->dev, got, f->y, 64 - offset, sizeof got), RAMP_OK);
            for (int k = 0; k < 5; k++)
                CHECK(got[k] == row[i].half[k], "dtype %d, offset %d: %#06x gives %#06x", (int)row[i].dtype, (int)offset,
                      (unsigned)row[i].x[k], (unsigned)got[k]);
        }
    CHECK_STATUS(ramp_memory_upload(f->dev, f->y, 0, poison, bytes_each), RAMP_OK);
}

static void test_submit(const fixture *f) {
    if (strcmp(ramp_device_backend(f->dev), "cpu") != 0) return;
    ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    ramp_tensor x = tensor(f->x), y = tensor(f->y);
    const void *event = f;
    void *done = NULL;
    const ramp_submit bad[] = {{.queue = f->x}, {.wait_count = 1, .wait = &event}, {.done = &done}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(ramp_forward_on(f->dev, &bad[i], &op, &x, &y, NULL), RAMP_ERROR_ARGUMENT);
        CHECK_STATUS(ramp_backward_on(f->dev, &bad[i], &op, RAMP_SAVED_INPUT, &x, &x, &y), RAMP_ERROR_ARGUMENT);
    }
    check_untouched(f, "a submit on the CPU");
    ramp_device *wrapped = (ramp_device *)(void *)poison;
    CHECK_STATUS(ramp_device_wrap(&wrapped, "cpu", 0, NULL), RAMP_ERROR_UNSUPPORTED);
    CHECK(wrapped == NULL, "a failed wrap left a device");
    const ramp_submit nothing = {0};
    CHECK_STATUS(ramp_forward_on(f->dev, &nothing, &op, &x, &x, NULL), RAMP_OK);
}

int main(int argc, char **argv) {
    fixture f = {NULL, NULL, NULL, NULL, 0};
    ramp_status status = ramp_device_open(&f.dev, argc > 1 ? argv[1] : "cpu");
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    if (!CHECK_STATUS(status, RAMP_OK)) return check_finish("test_api");
    f.addresses = strcmp(ramp_device_backend(f.dev), "opencl") != 0;
    memset(poison, 0x5a, sizeof poison);
    CHECK_STATUS(ramp_memory_alloc(f.dev, bytes_each, &f.x), RAMP_OK);
    CHECK_STATUS(ramp_memory_alloc(f.dev, bytes_each, &f.dy), RAMP_OK);
    CHECK_STATUS(ramp_memory_alloc(f.dev, bytes_each, &f.y), RAMP_OK);
    CHECK_STATUS(ramp_memory_upload(f.dev, f.x, 0, poison, bytes_each), RAMP_OK);
    CHECK_STATUS(ramp_memory_upload(f.dev, f.dy, 0, poison, bytes_each), RAMP_OK);
    CHECK_STATUS(ramp_memory_upload(f.dev, f.y, 0, poison, bytes_each), RAMP_OK);
    test_null(&f);
    test_op(&f);
    test_dtype(&f);
    test_shape(&f);
    test_layout(&f);
    test_kinds(&f);
    test_sentences(&f);
    test_memory(&f);
    test_good(&f);
    test_short(&f);
    test_submit(&f);
    ramp_memory_free(f.dev, f.x);
    ramp_memory_free(f.dev, f.dy);
    ramp_memory_free(f.dev, f.y);
    ramp_device_close(f.dev);
    return check_finish("test_api");
}
