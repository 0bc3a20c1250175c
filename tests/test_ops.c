/*
 * test_ops.c: every op on one backend: each result against the oracle, and bit for bit against the CPU backend.
 *
 *   test_ops --backend SELECTOR [--op TEXT] [--pass forward|backward] [--dtype f32|f64|f16|bf16] [--seed N] [--case N] [--full | --brief]
 *            [--random N] [--sparse]
 *   test_ops --break FAULT [--expect-failure] [--oracle-only] ...     the same on a backend that is wrong on purpose
 *
 * --full: more values, and every shape for every op; --brief: fewer values. --sparse is for a sanitizer, which looks at accesses and not at
 * values, and for a slow device: one in seven of the strided and the random values, one in five of the sizes, and where a call's shape is
 * tried, few of its results are held against the oracle; all are against the CPU backend. --oracle-only: not against the CPU backend, which
 * would catch many faults first. --random runs N random parameter sets, a few thousand values each, in place of the table's. --op takes
 * names (all their parameter sets) or ops with their parameters, joined by spaces; --case needs one such op, a --dtype and a --pass: a
 * failure prints all of them.
 */
#include "arguments.h"
#include "broken_backend.h"
#include "bits.h"
#include "check.h"
#include "lesser_loops.h"
#include "opset.h"
#include "reference.h"
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *op, *pass, *dtype;
} options;

static int parse(int argc, char **argv, session *s, options *o) {
    const argument list[] = {{.name = "--full", .flag = &s->full},
                             {.name = "--brief", .flag = &s->fewer},
                             {.name = "--sparse", .flag = &s->sparse},
                             {.name = "--expect-failure", .flag = &s->expect_failure},
                             {.name = "--oracle-only", .flag = &s->oracle_only},
                             {.name = "--backend", .text = &s->selector},
                             {.name = "--break", .text = &s->broken},
                             {.name = "--op", .text = &o->op},
                             {.name = "--pass", .text = &o->pass, .among = "forward|backward"},
                             {.name = "--dtype", .text = &o->dtype, .among = "f32|f64|f16|bf16"},
                             {.name = "--seed", .number = &s->seed},
                             {.name = "--random", .number = &s->random},
                             {.name = "--case", .flag = &s->one_case, .number = &s->the_case}};
    return arguments_parse(argc, argv, list, sizeof list / sizeof list[0]);
}

static int create_buffers(session *s) {
    s->capacity = (size_t)largest_case * 8;
    s->want = malloc(2 * s->capacity);
    s->verdicts = malloc(verdict_count * sizeof *s->verdicts);
    return s->want != NULL && s->verdicts != NULL && CHECK_STATUS(guarded_create(&s->x, s->device, s->capacity), RAMP_OK) &&
           CHECK_STATUS(guarded_create(&s->dy, s->device, s->capacity), RAMP_OK) &&
           CHECK_STATUS(guarded_create(&s->y, s->device, s->capacity), RAMP_OK);
}

/* Every op of ops.def has its row in the oracle: a new op fails here until it has. */
static void check_rows(void) {
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        if (CHECK_STATUS(ramp_op_describe(i, &info), RAMP_OK))
            CHECK(reference_has(info.id), "op %s has no row in tests/reference.c: write it from the definition, not from kernels/",
                  info.name);
    }
}

/* Offsets, sizes and aliases do not depend on the op: two or three ops of a dtype are tried at all of them. */
static int is_of_all_shapes(const session *s) { return s->full || ((int)s->op.id + (int)s->dtype) % 11 == 2; }

static void run_op(session *s, const options *o) {
    for (s->backward = 0; s->backward < 2; s->backward++) {
        if (o->pass != NULL && strcmp(o->pass, s->backward ? "backward" : "forward") != 0) continue;
        ramp_op plain = ramp_op_default(s->op.id);
        uint64_t id = 0;
        int is_default = memcmp(&plain, &s->op, sizeof plain) == 0;
        s->brief = !s->full && (s->fewer || !is_default);
        memset(s->verdicts, 0, verdict_count * sizeof *s->verdicts);
        if (s->random > 0) {
            cases_random(s, &id);
            continue;
        }
        cases_values(s, &id);
        if (s->full || is_default || s->one_case) cases_shapes(s, &id, is_of_all_shapes(s));
    }
}

/* 0: this dtype is at its end. */
static int run_if_supported(session *s, const options *o, const ramp_op *op) {
    char text[160];
    ramp_status status = ramp_device_supports(s->device, op, s->dtype);
    if (status == RAMP_ERROR_UNSUPPORTED) {
        snprintf(s->skipped, sizeof s->skipped, "%s: %s", bits_name(s->dtype), ramp_last_error());
        printf("SKIPPED in part: %s\n", s->skipped);
        return 0;
    }
    if (!CHECK(status == RAMP_OK, "%s: %s", opset_text(op, text), ramp_last_error())) return 0;
    s->op = *op;
    s->printed = 0;
    run_op(s, o);
    return !(s->expect_failure && check_failures() > 0); /* caught: enough */
}

static void run_random(session *s, const options *o) {
    uint64_t state = s->seed;
    for (uint64_t i = 0; i < s->random; i++) {
        ramp_op op = opset_random(s->dtype, &state);
        if (!run_if_supported(s, o, &op)) return;
    }
}

/* 0: there is no such op. */
static int run_dtype(session *s, const options *o) {
    static ramp_op list[opset_capacity];
    char ops[1024];
    snprintf(ops, sizeof ops, "%s", o->op);
    if (s->random > 0 && strchr(o->op, ':') == NULL) {
        run_random(s, o);
        return 1;
    }
    for (char *text = strtok(ops, " "); text != NULL; text = strtok(NULL, " ")) {
        size_t count = opset_select(text, s->dtype, list);
        if (!CHECK(count > 0, "--op %s: %s", text, ramp_last_error())) return 0;
        for (size_t i = 0; i < count; i++)
            if (!run_if_supported(s, o, &list[i])) return 1;
    }
    return 1;
}

static int finish(const session *s) {
    unsigned long long failed = check_failures();
    if (s->cases == 0 && s->skipped[0] != '\0' && failed == 0) return TEST_SKIP("%s", s->skipped);
    if (failed == 0 && !CHECK(s->cases > 0, "no case was run")) failed = 1;
    printf("%llu cases on %s (%s)\n", s->cases, s->selector, ramp_device_name(s->device));
    if (!s->expect_failure) return check_finish("test_ops");
    printf("test_ops: %llu of %llu checks failed, as they %s\n", failed, check_count(), failed > 0 ? "must" : "should have: FAILED");
    return failed == 0;
}

int main(int argc, char **argv) {
    session s = {.selector = NULL};
    options o = {"all", NULL, NULL};
    if (!parse(argc, argv, &s, &o)) return 1;
    s.selector = broken_backend_choose(s.selector, s.broken);
    if (s.selector == NULL) return 1;
    ramp_status status = ramp_device_open(&s.device, s.selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    check_rows();
    s.held = best_loops_from_here() || (status == RAMP_OK && strcmp(ramp_device_backend(s.device), "cpu") != 0);
    if (CHECK_STATUS(status, RAMP_OK) && CHECK_STATUS(ramp_device_open(&s.cpu, "cpu"), RAMP_OK) && create_buffers(&s)) {
        for (s.dtype = RAMP_F32; s.dtype <= RAMP_BF16; s.dtype = (ramp_dtype)(s.dtype + 1))
            if ((o.dtype == NULL || strcmp(o.dtype, bits_name(s.dtype)) == 0) && !run_dtype(&s, &o)) break;
        guarded_destroy(&s.x);
        guarded_destroy(&s.dy);
        guarded_destroy(&s.y);
    }
    int result = finish(&s);
    free(s.want);
    free(s.verdicts);
    ramp_device_close(s.cpu);
    ramp_device_close(s.device);
    return result;
}
