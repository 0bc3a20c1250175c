/*
 * test_bits.c: the very bits of every op, as a hash of its results, held against the committed list bits.txt: the same from every compiler at
 * every optimisation level, on every processor and backend. What the right bits are is test_ops's affair.
 *
 *   test_bits [--backend SELECTOR] [--op LIST] [--list FILE] [--pieces] [--hostile]
 *   test_bits [--backend SELECTOR] --print      the list as it would be now (CMake: the target bits writes it)
 *   test_bits [--backend SELECTOR] --op LIST --values      every x, dy and result in hexadecimal, for diff
 *
 * --pieces computes the inputs in pieces of 1, 2, 3 ... elements, each at other offsets; --hostile in a process that rounds up and flushes
 * subnormal numbers to zero, nine times over, so that the CPU's threads share the work. Both must give the list's bits. --op: ops by name,
 * with spaces between.
 */
#include "arguments.h"
#include "bits.h"
#include "check.h"
#include "hostile.h"
#include "patterns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { text_capacity = 96, line_capacity = 1024, many_copies = 9, most_shift = 8, dtype_count = 4 };

static const ramp_dtype dtypes[dtype_count] = {RAMP_F32, RAMP_F64, RAMP_F16, RAMP_BF16};
static const char *const pass_names[] = {"forward", "backward"};

/* Beside the defaults: the formulas that those do not reach. */
static const ramp_op other_parameters[] = {
    {RAMP_HARDSIGMOID, 2, {0.0, 6.0}},
    {RAMP_HARDSIGMOID, 2, {-3e-40, 1e-39}},
    {RAMP_HARDSIGMOID, 2, {-0.7, 1.3}},
    {RAMP_HARDSIGMOID, 2, {1.0, 3.0}},
    {RAMP_HARDTANH, 2, {-INFINITY, 0.1}},
    {RAMP_HARDTANH, 2, {2.0, 3.0}},
    {RAMP_LEAKY_RELU, 1, {0.0}},
    {RAMP_LEAKY_RELU, 1, {-0.3}},
    {RAMP_THRESHOLD, 2, {0.1, 20.0}},
    {RAMP_THRESHOLD, 2, {-2.0, -0.0}},
    {RAMP_HARDSHRINK, 1, {0.0}},
    {RAMP_HARDSHRINK, 1, {3.0}},
    {RAMP_SOFTSHRINK, 1, {0.0}},
    {RAMP_SOFTSHRINK, 1, {1e-3}},
    {RAMP_SOFTPLUS, 2, {0.3, 20.0}},
    {RAMP_SOFTPLUS, 2, {100.0, -3.0}},
    {RAMP_ELU, 1, {-0.3}},
    {RAMP_ELU, 1, {1e30}},
    {RAMP_CELU, 1, {0.3}},
    {RAMP_CELU, 1, {1e4}},
    {RAMP_SILU, 1, {1.702}},
    {RAMP_SILU, 1, {1e-3}},
};

typedef struct subject {
    ramp_op op;
    const char *name;
    char text[text_capacity]; /* the op with its parameters */
    int is_default;
} subject;

typedef struct line {
    char key[text_capacity + 24]; /* "relu f32 forward" */
    unsigned long long hash;
} line;

typedef struct inputs {
    size_t count;
    char x[patterns_capacity * 8], ones[patterns_capacity * 8], mixed[patterns_capacity * 8]; /* dy: 1, and all sorts */
} inputs;

typedef struct session {
    const char *selector, *op, *list_path;
    int pieces, hostile, print, values;
    ramp_device *device;
    void *x, *dy, *y; /* on the device */
    size_t copies;
    subject subject[line_capacity / 8];
    line line[line_capacity];
    size_t subject_count, line_count, passes_done;
    inputs inputs[dtype_count];
    const inputs *in; /* of the dtype that is computed */
    ramp_dtype dtype;
    char ys[many_copies * patterns_capacity * 8]; /* the results */
} session;

static session the_session; /* too large for a stack */

/* ---- What is computed ---- */

static void add_subject(session *s, const ramp_op *op, const char *name, int is_default) {
    subject *to = &s->subject[s->subject_count++];
    *to = (subject){.op = *op, .name = name, .is_default = is_default};
    CHECK_STATUS(ramp_op_format(op, to->text, sizeof to->text), RAMP_OK);
}

static void fill_subjects(session *s) {
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        if (!CHECK_STATUS(ramp_op_describe(i, &info), RAMP_OK)) return;
        ramp_op plain = ramp_op_default(info.id);
        add_subject(s, &plain, info.name, 1);
        for (size_t k = 0; k < sizeof other_parameters / sizeof other_parameters[0]; k++)
            if (other_parameters[k].id == info.id) add_subject(s, &other_parameters[k], info.name, 0);
    }
}

static int is_selected(const session *s, const subject *who) {
    if (s->pieces && !who->is_default) return 0; /* a piece's end knows nothing of parameters */
    if (s->op == NULL) return 1;
    size_t length = strlen(who->name);
    for (const char *at = s->op; (at = strstr(at, who->name)) != NULL; at += length)
        if ((at == s->op || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return 1;
    return 0;
}

static void fill_inputs(inputs *in, ramp_dtype dtype) {
    uint64_t one = (bits_infinity(dtype) >> (bits_mantissa(dtype) + 1)) << bits_mantissa(dtype);
    in->count = patterns_x(dtype, in->x);
    patterns_dy(dtype, in->mixed);
    for (size_t i = 0; i < in->count; i++) bits_store(dtype, in->ones, i, one);
}

/* Every NaN is one. */
static uint64_t pattern_at(ramp_dtype dtype, const void *array, size_t index) {
    uint64_t pattern = bits_load(dtype, array, index);
    return bits_is_nan(dtype, pattern) ? bits_infinity(dtype) + (UINT64_C(1) << (bits_mantissa(dtype) - 1)) : pattern;
}

/* FNV-1a, 64 bits, of the results' bytes, the lowest first. */
static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325);

static uint64_t hash_add(uint64_t hash, ramp_dtype dtype, const void *array, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t pattern = pattern_at(dtype, array, i);
        for (size_t byte = 0; byte < bits_size(dtype); byte++) hash = (hash ^ (pattern >> (8 * byte) & 0xff)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* ---- On the device ---- */

static ramp_tensor elements(const session *s, void *memory, size_t begin, int64_t n) {
    ramp_tensor t = ramp_tensor_dense(memory, s->dtype, 1, &n);
    t.byte_offset = begin * bits_size(s->dtype);
    return t;
}

/* Elements from `begin` on; shift: how many elements y and dy lie off x. */
static ramp_status call(const session *s, const subject *who, int backward, size_t begin, size_t n, const size_t shift[2]) {
    ramp_tensor x = elements(s, s->x, begin, (int64_t)n), y = elements(s, s->y, begin + shift[0], (int64_t)n);
    ramp_tensor dy = elements(s, s->dy, begin + shift[1], (int64_t)n);
    if (backward) return ramp_backward(s->device, &who->op, RAMP_SAVED_INPUT, &x, &dy, &y);
    return ramp_forward(s->device, &who->op, &x, &y, NULL);
}

static int upload(session *s, void *memory, const char *elements_of, size_t shift) {
    size_t size = bits_size(s->dtype), bytes = s->in->count * size;
    for (size_t copy = 0; copy < s->copies; copy++)
        if (!CHECK_STATUS(ramp_memory_upload(s->device, memory, copy * bytes + shift * size, elements_of, bytes), RAMP_OK)) return 0;
    return 1;
}

/* The results of one call, or of many that make it up, into s->ys. 0: it could not be had. */
static int run(session *s, const subject *who, int backward, const char *dys) {
    size_t bytes = s->in->count * bits_size(s->dtype), turn = (size_t)who->op.id + (size_t)s->dtype;
    const size_t shift[2] = {s->pieces ? turn % most_shift : 0, s->pieces ? turn / 3 % most_shift : 0};
    if (!upload(s, s->x, s->in->x, 0) || (backward && !upload(s, s->dy, dys, shift[1]))) return 0;
    size_t whole = s->in->count * s->copies, n = s->pieces ? 1 : whole;
    for (size_t begin = 0; begin < whole; begin += n++) {
        if (n > whole - begin) n = whole - begin;
        if (!CHECK_STATUS(call(s, who, backward, begin, n, shift), RAMP_OK)) return 0;
    }
    if (!CHECK_STATUS(ramp_memory_download(s->device, s->ys, s->y, shift[0] * bits_size(s->dtype), bytes * s->copies), RAMP_OK)) return 0;
    uint64_t first = s->copies > 1 ? hash_add(hash_start, s->dtype, s->ys, s->in->count) : 0;
    for (size_t copy = 1; copy < s->copies; copy++)
        CHECK(hash_add(hash_start, s->dtype, s->ys + copy * bytes, s->in->count) == first,
              "%s %s %s: the same inputs, other bits: copy %zu", who->text, bits_name(s->dtype), pass_names[backward], copy);
    return 1;
}

/* ---- The list ---- */

static int read_list(session *s) {
    FILE *file = fopen(s->list_path, "r");
    char text[256], op[text_capacity], dtype[8], pass[16];
    if (!CHECK(file != NULL, "cannot read %s", s->list_path)) return 0;
    while (fgets(text, sizeof text, file) != NULL && s->line_count < line_capacity) {
        line *to = &s->line[s->line_count];
        if (text[0] == '#') continue;
        if (!CHECK(sscanf(text, "%95s %7s %15s %16llx", op, dtype, pass, &to->hash) == 4, "%s: %s", s->list_path, text)) continue;
        snprintf(to->key, sizeof to->key, "%.95s %.7s %.15s", op, dtype, pass);
        s->line_count++;
    }
    fclose(file);
    return CHECK(s->line_count > 0, "%s is empty", s->list_path);
}

static void report(session *s, const char *what, int backward, uint64_t hash) {
    char key[sizeof s->line[0].key];
    snprintf(key, sizeof key, "%.95s %s %s", what, bits_name(s->dtype), pass_names[backward]);
    if (s->print) {
        printf("%s %016llx\n", key, (unsigned long long)hash);
        return;
    }
    for (size_t i = 0; i < s->line_count; i++)
        if (strcmp(s->line[i].key, key) == 0) {
            CHECK(s->line[i].hash == hash, "%s: other bits: %016llx, in the list %016llx", key, (unsigned long long)hash, s->line[i].hash);
            return;
        }
    CHECK(0, "%s has no line in %s: the target bits writes it", key, s->list_path);
}

/* A line whose op is gone, or has other parameters now. */
static void check_left_over(const session *s) {
    for (size_t i = 0; i < s->line_count; i++) {
        const char *key = s->line[i].key;
        size_t length = strcspn(key, " ");
        int is_known = strncmp(key, "inputs", length) == 0;
        for (size_t k = 0; k < s->subject_count; k++)
            is_known |= s->subject[k].text[length] == '\0' && strncmp(s->subject[k].text, key, length) == 0;
        CHECK(is_known, "%s is in %s and nowhere else: the target bits writes it", key, s->list_path);
    }
}

/* ---- All of it ---- */

static void print_values(const session *s, const char *what, const char *dys) {
    const void *arrays[] = {s->in->x, dys, s->ys};
    for (size_t i = 0; i < s->in->count; i++) {
        printf("%s %s", what, bits_name(s->dtype));
        for (int k = 0; k < 3; k++)
            if (arrays[k] != NULL) printf(" %0*llx", 2 * (int)bits_size(s->dtype), (unsigned long long)pattern_at(s->dtype, arrays[k], i));
        printf("\n");
    }
}

static void run_pass(session *s, const subject *who, int backward) {
    uint64_t hash = hash_start;
    s->passes_done++;
    for (int mixed = 0; mixed <= backward; mixed++) {
        const char *dys = mixed ? s->in->mixed : s->in->ones;
        if (!run(s, who, backward, dys)) return;
        if (s->values) print_values(s, who->text, backward ? dys : NULL);
        hash = hash_add(hash, s->dtype, s->ys, s->in->count);
    }
    if (!s->values) report(s, who->text, backward, hash);
}

static void choose_dtype(session *s, int i) {
    s->dtype = dtypes[i];
    s->in = &s->inputs[i];
}

/* 0: the device has no such dtype. */
static int run_dtype(session *s, const subject *who) {
    ramp_status status = ramp_device_supports(s->device, &who->op, s->dtype);
    if (status == RAMP_ERROR_UNSUPPORTED) {
        fprintf(stderr, "SKIPPED in part: %s: %s\n", bits_name(s->dtype), ramp_last_error());
        return 0;
    }
    if (!CHECK_STATUS(status, RAMP_OK)) return 1;
    for (int backward = 0; backward <= 1; backward++) run_pass(s, who, backward);
    return 1;
}

static void run_all(session *s) {
    int is_served[dtype_count] = {1, 1, 1, 1};
    for (int i = 0; i < dtype_count; i++) {
        choose_dtype(s, i);
        fill_inputs(&s->inputs[i], s->dtype);
        if (s->values) continue;
        report(s, "inputs", 0, hash_add(hash_start, s->dtype, s->in->x, s->in->count));
        report(s, "inputs", 1, hash_add(hash_start, s->dtype, s->in->mixed, s->in->count));
    }
    for (size_t k = 0; k < s->subject_count; k++)
        for (int i = 0; i < dtype_count && is_selected(s, &s->subject[k]); i++) {
            choose_dtype(s, i);
            if (is_served[i]) is_served[i] = run_dtype(s, &s->subject[k]);
        }
    CHECK(s->passes_done > 0, "--op %s: there is no such op", s->op != NULL ? s->op : "");
}

static int parse(int argc, char **argv, session *s) {
    const argument list[] = {{.name = "--backend", .text = &s->selector}, {.name = "--op", .text = &s->op},
                             {.name = "--list", .text = &s->list_path},   {.name = "--pieces", .flag = &s->pieces},
                             {.name = "--hostile", .flag = &s->hostile},  {.name = "--print", .flag = &s->print},
                             {.name = "--values", .flag = &s->values}};
    return arguments_parse(argc, argv, list, sizeof list / sizeof list[0]);
}

int main(int argc, char **argv) {
    session *s = &the_session;
    s->selector = "cpu";
    s->list_path = RAMP_BITS_LIST;
    if (!parse(argc, argv, s)) return 1;
    s->copies = s->hostile ? many_copies : 1;
    fill_subjects(s);
    int is_ready = s->print || s->values || read_list(s);
    if (s->hostile) hostile_enter(); /* before the device is opened: a driver's threads inherit it */
    ramp_status status = ramp_device_open(&s->device, s->selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    size_t bytes = (s->copies * patterns_capacity + most_shift) * sizeof(double);
    if (is_ready && CHECK_STATUS(status, RAMP_OK) && CHECK_STATUS(ramp_memory_alloc(s->device, bytes, &s->x), RAMP_OK) &&
        CHECK_STATUS(ramp_memory_alloc(s->device, bytes, &s->dy), RAMP_OK) &&
        CHECK_STATUS(ramp_memory_alloc(s->device, bytes, &s->y), RAMP_OK)) {
        if (s->print)
            printf("# The hash of each op's results: tests/test_bits.c. `cmake --build build --target bits` writes it anew; a change here "
                   "is a change of the contract.\n");
        run_all(s);
        check_left_over(s);
        ramp_memory_free(s->device, s->x);
        ramp_memory_free(s->device, s->dy);
        ramp_memory_free(s->device, s->y);
    }
    ramp_device_close(s->device);
    if (s->hostile) CHECK(hostile_holds(), "the floating-point modes are not the caller's any more");
    if (s->print || s->values) return check_failures() > 0;
    return check_finish("test_bits");
}
