/*
 * test_ops.c: every op on one backend: each result against the oracle, and bit for bit against the CPU backend.
 *
 *   test_ops --backend SELECTOR [--op TEXT] [--pass forward|backward] [--dtype f32|f64] [--seed N] [--case N] [--full] [--random N]
 *   test_ops --break FAULT [--expect-failure] ...     the same on a backend that is wrong on purpose
 *
 * --random runs N random parameter sets, a few thousand values each, in place of the table's. --op takes a name (all its parameter sets) or
 * one op with its parameters; --case needs such an op, a --dtype and a --pass: a failure prints all of them.
 */
#include "broken_backend.h"
#include "bits.h"
#include "check.h"
#include "opset.h"
#include "reference.h"
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *op, *pass, *dtype;
} options;

static int usage(const char *what) {
    fprintf(stderr, "test_ops: %s; see the head of tests/test_ops.c\n", what);
    return 1;
}

static int parse(int argc, char **argv, session *s, options *o) {
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--full") == 0) {
            s->full = 1;
            continue;
        }
        if (strcmp(argv[i], "--expect-failure") == 0) {
            s->expect_failure = 1;
            continue;
        }
        if (value == NULL) return 0;
        i++;
        if (strcmp(argv[i - 1], "--backend") == 0)
            s->selector = value;
        else if (strcmp(argv[i - 1], "--break") == 0)
            s->broken = value;
        else if (strcmp(argv[i - 1], "--op") == 0)
            o->op = value;
        else if (strcmp(argv[i - 1], "--pass") == 0)
            o->pass = value;
        else if (strcmp(argv[i - 1], "--dtype") == 0)
            o->dtype = value;
        else if (strcmp(argv[i - 1], "--seed") == 0)
            s->seed = strtoull(value, NULL, 0);
        else if (strcmp(argv[i - 1], "--random") == 0)
            s->random = strtoull(value, NULL, 0);
        else if (strcmp(argv[i - 1], "--case") == 0) {
            s->one_case = 1;
            s->the_case = strtoull(value, NULL, 0);
        } else
            return 0;
    }
    return 1;
}

static int create_buffers(session *s) {
    s->capacity = (size_t)largest_case * 8;
    s->want = malloc(2 * s->capacity);
    return s->want != NULL && CHECK_STATUS(guarded_create(&s->x, s->device, s->capacity), RAMP_OK) &&
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

static void run_op(session *s, const options *o) {
    for (s->backward = 0; s->backward < 2; s->backward++) {
        if (o->pass != NULL && strcmp(o->pass, s->backward ? "backward" : "forward") != 0) continue;
        ramp_op plain = ramp_op_default(s->op.id);
        uint64_t id = 0;
        s->brief = !s->full && memcmp(&plain, &s->op, sizeof plain) != 0;
        if (s->random > 0) {
            cases_random(s, &id);
            continue;
        }
        cases_values(s, &id);
        if (!s->brief || s->one_case) cases_shapes(s, &id);
    }
}

/* 0: this dtype is at its end. */
static int run_if_supported(session *s, const options *o, const ramp_op *op) {
    char text[160];
    ramp_status status = ramp_device_supports(s->device, op, s->dtype);
    if (status == RAMP_ERROR_UNSUPPORTED) {
        printf("SKIPPED: %s: %s\n", s->dtype == RAMP_F64 ? "f64" : "f32", ramp_last_error());
        return 0;
    }
    if (!CHECK(status == RAMP_OK, "%s: %s", opset_text(op, text), ramp_last_error())) return 0;
    s->op = *op;
    s->printed = 0;
    run_op(s, o);
    return !(s->expect_failure && check_failures() > 0); /* caught: enough */
}

static void run_dtype(session *s, const options *o) {
    ramp_op list[opset_capacity];
    if (s->random > 0 && strchr(o->op, ':') == NULL) {
        uint64_t state = s->seed;
        for (uint64_t i = 0; i < s->random; i++) {
            ramp_op op = opset_random(s->dtype, &state);
            if (!run_if_supported(s, o, &op)) return;
        }
        return;
    }
    size_t count = opset_select(o->op, s->dtype, list);
    CHECK(count > 0, "--op %s: %s", o->op, ramp_last_error());
    for (size_t i = 0; i < count; i++)
        if (!run_if_supported(s, o, &list[i])) return;
}

static int finish(const session *s) {
    unsigned long long failed = check_failures();
    printf("%llu cases on %s (%s)\n", s->cases, s->selector, ramp_device_name(s->device));
    if (!s->expect_failure) return check_finish("test_ops");
    printf("test_ops: %llu of %llu checks failed, as they %s\n", failed, check_count(), failed > 0 ? "must" : "should have: FAILED");
    return failed == 0;
}

int main(int argc, char **argv) {
    session s = {.selector = NULL};
    options o = {"all", NULL, NULL};
    if (!parse(argc, argv, &s, &o)) return usage("an option that there is not, or one without its value");
    if (s.broken != NULL) {
        const char *names;
        s.selector = "broken";
        if (!broken_backend_register(s.broken, &names)) return usage(names);
    }
    if (s.selector == NULL) return usage("--backend is missing");
    ramp_status status = ramp_device_open(&s.device, s.selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    check_rows();
    if (CHECK_STATUS(status, RAMP_OK) && CHECK_STATUS(ramp_device_open(&s.cpu, "cpu"), RAMP_OK) && create_buffers(&s)) {
        for (s.dtype = RAMP_F32; s.dtype <= RAMP_F64; s.dtype = (ramp_dtype)(s.dtype + 1))
            if (o.dtype == NULL || strcmp(o.dtype, s.dtype == RAMP_F64 ? "f64" : "f32") == 0) run_dtype(&s, &o);
        guarded_destroy(&s.x);
        guarded_destroy(&s.dy);
        guarded_destroy(&s.y);
    }
    int result = finish(&s);
    free(s.want);
    ramp_device_close(s.cpu);
    ramp_device_close(s.device);
    return result;
}
