/*
 * test_layouts.c: calls drawn at random: any op, dtype, pass and saved kind, on tensors of 0 to 16 dimensions, each operand with a layout of its own.
 * Every result is held against the oracle and, bit for bit, against the CPU backend on dense copies, through an indexer that shares nothing with
 * the library; no byte that is not an output's may change. One case in eight is bad, and must be refused, leaving all memory as it was.
 *
 *   test_layouts --backend SELECTOR [--cases N] [--seed N|clock] [--case N] [--dtype f32|f64|f16|bf16] [--op NAMES] [--bad] [--tight]
 *   test_layouts --break FAULT [--expect-failure] ...     the same on a backend that is wrong on purpose
 *
 * A failing case is made simpler for as long as it fails, and told in words with the command that runs it again: a seed and a case's number say all
 * of a case. --op: ops as test_ops takes them, joined by spaces; else all of them, and random parameters. --bad: bad cases alone.
 * --tight: a case's memory ends with its last byte, for a checker that knows where memory ends (oclgrind); else there are guard zones on both sides.
 */
#include "layout.h"
#include "arguments.h"
#include "bits.h"
#include "broken_backend.h"
#include "check.h"
#include "reference.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct options {
    uint64_t cases, the_case;
    int one_case, expect_failure;
    const char *dtype;
} options;

enum { most_failures = 5, bad_one_in = 8 };

static int parse(int argc, char **argv, layout_session *s, options *o) {
    const char *seed = "clock";
    const argument list[] = {{.name = "--bad", .flag = &s->all_bad},
                             {.name = "--tight", .flag = &s->tight},
                             {.name = "--expect-failure", .flag = &o->expect_failure},
                             {.name = "--backend", .text = &s->selector},
                             {.name = "--break", .text = &s->broken},
                             {.name = "--op", .text = &s->op_names},
                             {.name = "--dtype", .text = &o->dtype, .among = "f32|f64|f16|bf16"},
                             {.name = "--cases", .number = &o->cases},
                             {.name = "--seed", .text = &seed},
                             {.name = "--case", .flag = &o->one_case, .number = &o->the_case}};
    if (!arguments_parse(argc, argv, list, sizeof list / sizeof list[0])) return 0;
    s->seed = (uint64_t)time(NULL);
    if (strcmp(seed, "clock") == 0 || arguments_number(seed, &s->seed)) return 1;
    fprintf(stderr, "%s --seed %s: it is neither clock nor a whole number from 0 to 2^64 - 1\n", argv[0], seed);
    return 0;
}

/* ---- What there is to draw from ---- */

static int create_memory(layout_session *s) {
    const size_t most = (size_t)largest_count * sizeof(double);
    flat_values *f = &s->flat;
    for (int i = 0; i < memory_count; i++) {
        memory *m = &s->memory[i];
        m->image = malloc(memory_bytes);
        m->after = malloc(memory_bytes);
        m->mark = malloc(memory_bytes);
        if (!CHECK(m->image != NULL && m->after != NULL && m->mark != NULL, "no memory")) return 0;
        if (!CHECK_STATUS(ramp_memory_alloc(s->device, memory_bytes, &m->device), RAMP_OK)) return 0;
    }
    f->x = malloc(most);
    f->dy = malloc(most);
    f->saved = malloc(most);
    f->want = malloc(most);
    f->bits = malloc(largest_count);
    return CHECK(f->x != NULL && f->dy != NULL && f->saved != NULL && f->want != NULL && f->bits != NULL, "no memory");
}

static void free_memory(const layout_session *s) {
    for (int i = 0; i < memory_count; i++) {
        ramp_memory_free(s->device, s->memory[i].device);
        free(s->memory[i].image);
        free(s->memory[i].after);
        free(s->memory[i].mark);
    }
    free(s->flat.x);
    free(s->flat.dy);
    free(s->flat.saved);
    free(s->flat.want);
    free(s->flat.bits);
}

/* 0: there is no such op. */
static int list_ops(layout_session *s, ramp_dtype dtype) {
    static ramp_op chosen[opset_capacity];
    op_list *list = &s->list[dtype];
    char names[1024];
    snprintf(names, sizeof names, "%s", s->op_names != NULL ? s->op_names : "all");
    for (char *name = strtok(names, " "); name != NULL; name = strtok(NULL, " ")) {
        const size_t count = opset_select(name, dtype, chosen);
        if (!CHECK(count > 0, "--op %s: %s", name, ramp_last_error())) return 0;
        for (size_t i = 0; i < count && list->count < opset_capacity; i++) list->op[list->count++] = chosen[i];
    }
    return 1;
}

/* The dtypes that the device has, and --dtype allows. 0: none. */
static int list_dtypes(layout_session *s, const options *o) {
    const ramp_op any = ramp_op_default(RAMP_RELU);
    for (ramp_dtype dtype = RAMP_F32; dtype <= RAMP_BF16; dtype = (ramp_dtype)(dtype + 1)) {
        if (o->dtype != NULL && strcmp(o->dtype, bits_name(dtype)) != 0) continue;
        if (o->dtype != NULL) s->only = dtype;
        if (ramp_device_supports(s->device, &any, dtype) != RAMP_OK) {
            printf("SKIPPED in part: %s: %s\n", bits_name(dtype), ramp_last_error());
            continue;
        }
        s->dtypes |= 1u << dtype;
        if (!list_ops(s, dtype)) break;
    }
    return s->dtypes != 0;
}

/* ---- The cases ---- */

/* The command that runs the case again. */
static char replay[4096];

static void make_replay(const layout_session *s, uint64_t id) {
    snprintf(replay, sizeof replay, "  replay: %s %s '%s'%s%s%s%s%s%s%s --seed %llu --case %llu\n", arguments_again(),
             s->broken != NULL ? "--break" : "--backend", s->broken != NULL ? s->broken : s->selector, s->only != 0 ? " --dtype " : "",
             s->only != 0 ? bits_name(s->only) : "", s->op_names != NULL ? " --op '" : "", s->op_names != NULL ? s->op_names : "",
             s->op_names != NULL ? "'" : "", s->all_bad ? " --bad" : "", s->tight ? " --tight" : "", (unsigned long long)s->seed,
             (unsigned long long)id);
}

/* A crash is a failure too. */
static void crashed(int signal_number) {
    static const char words[] = "FAILED: it crashed\n";
    ssize_t written = write(STDOUT_FILENO, words, sizeof words - 1);
    if (written > 0) written = write(STDOUT_FILENO, replay, strlen(replay));
    (void)written;
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void tell_failure(layout_session *s, const layout_case *c, int bad) {
    printf("FAILED: case %llu on %s: %s\n", (unsigned long long)c->id, s->selector, s->words);
    layout_print(s, c);
    if (!bad) {
        const layout_case simplest = layout_shrink(s, c);
        printf("  made as simple as it fails: %s\n", s->words);
        layout_print(s, &simplest);
    }
    fputs(replay, stdout);
    fflush(stdout);
}

static void run(layout_session *s, const options *o) {
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) signal(deadly[i], crashed);
    const uint64_t first = o->one_case ? o->the_case : 0, end = o->one_case ? o->the_case + 1 : o->cases;
    for (uint64_t id = first; id < end && s->failed_cases < most_failures; id++) {
        const layout_case c = layout_draw(s, id);
        const int bad = s->all_bad || id % bad_one_in == bad_one_in - 1;
        make_replay(s, id);
        if (o->one_case) layout_print(s, &c);
        const verdict v = bad ? layout_run_bad(s, &c) : layout_run(s, &c);
        s->cases++;
        check_add(1, v != VERDICT_RIGHT);
        if (v == VERDICT_RIGHT) continue;
        tell_failure(s, &c, bad);
        s->failed_cases++;
        if (o->expect_failure) return; /* caught: enough */
    }
}

static int finish(const layout_session *s, const options *o) {
    if (s->all_bad) layout_print_bad();
    printf("%llu cases, %llu of them bad, %llu elements on %s (%s)\n", s->cases, s->bad_cases, s->elements, s->selector,
           ramp_device_name(s->device));
    if (!o->expect_failure) return check_finish("test_layouts");
    printf("test_layouts: %llu of %llu cases failed, as they %s\n", s->failed_cases, s->cases,
           s->failed_cases > 0 ? "must" : "should have: FAILED");
    return s->failed_cases == 0;
}

int main(int argc, char **argv) {
    static layout_session s;
    options o = {.cases = 20000};
    if (!parse(argc, argv, &s, &o)) return 1;
    s.selector = broken_backend_choose(s.selector, s.broken);
    if (s.selector == NULL) return 1;
    ramp_status status = ramp_device_open(&s.device, s.selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    if (!CHECK_STATUS(status, RAMP_OK) || !CHECK_STATUS(ramp_device_open(&s.cpu, "cpu"), RAMP_OK)) return check_finish("test_layouts");
    s.has_addresses = strcmp(ramp_device_backend(s.device), "opencl") != 0;
    printf("seed %llu\n", (unsigned long long)s.seed);
    fflush(stdout);
    if (!list_dtypes(&s, &o)) return TEST_SKIP("the device has no such dtype");
    if (check_failures() == 0 && create_memory(&s)) {
        run(&s, &o);
        CHECK(s.cases > 0, "no case was run");
    }
    const int result = finish(&s, &o);
    free_memory(&s);
    ramp_device_close(s.cpu);
    ramp_device_close(s.device);
    return result;
}
