/*
 * test_fullrange.c: all 2^32 floats through each op, forward and backward, at its default and other parameters, against the oracle; f64:
 * millions of inputs in strata. Prints the worst error, and a hash by which two machines or backends can be compared. On one backend; minutes
 * to hours.
 *
 *   test_fullrange [--backend SELECTOR] [--op "OP OP..."] [--pass forward,backward,mixed] [--dtype f32|f64] [--threads N] [--from N] [--to N]
 *                  [--step N] [--sets N] [--against-cpu] [--hash-only] [--json FILE]
 *
 * OP as ramp_op_parse reads it; a name alone is all the listed sets of it, and so is no --op for every op; --sets: the first N of them, 1: the
 * defaults. --against-cpu: the CPU backend's bits are asked for, in place of the oracle.
 * Mixed: backward with every kind of dy; it runs only when asked for. --from and --to: a part, in patterns (f64: inputs);
 * --step: every so many of them.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "bits.h"
#include "campaign.h"
#include "arguments.h"
#include "check.h"
#include "opset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const pass_names[] = {"forward", "backward", "mixed"};

typedef struct options {
    const char *selector, *ops, *passes, *json;
    int sets, against_cpu, rows; /* rows of JSON written */
    FILE *out;
    campaign common;
} options;

static int parse(int argc, char **argv, options *o) {
    const char *dtype = "f32";
    uint64_t sets = 0, threads = (uint64_t)o->common.threads;
    const argument list[] = {{.name = "--hash-only", .flag = &o->common.hash_only},
                             {.name = "--against-cpu", .flag = &o->against_cpu},
                             {.name = "--backend", .text = &o->selector},
                             {.name = "--op", .text = &o->ops},
                             {.name = "--pass", .text = &o->passes},
                             {.name = "--json", .text = &o->json},
                             {.name = "--dtype", .text = &dtype},
                             {.name = "--sets", .number = &sets},
                             {.name = "--threads", .number = &threads},
                             {.name = "--from", .number = &o->common.from},
                             {.name = "--to", .number = &o->common.to},
                             {.name = "--step", .number = &o->common.step}};
    if (!arguments_parse(argc, argv, list, sizeof list / sizeof list[0])) return 0;
    if (!CHECK(strcmp(dtype, "f32") == 0 || strcmp(dtype, "f64") == 0, "--dtype %s: f32 or f64", dtype)) return 0;
    o->common.dtype = dtype[1] == '6' ? RAMP_F64 : RAMP_F32;
    o->sets = (int)sets;
    o->common.threads = (int)threads;
    if (o->common.step == 0 || o->common.dtype == RAMP_F64) o->common.step = 1;
    return 1;
}

static void report_json(options *o, const campaign *c, const char *text, const findings *f) {
    fprintf(
        o->out,
        "%s\n{\"op\": \"%s\", \"dtype\": \"%s\", \"pass\": \"%s\", \"backend\": \"%s\", \"device\": \"%s\", \"from\": %llu, \"to\": %llu, "
        "\"checked\": %llu, \"wrong\": %llu, \"falls\": %llu, \"worst_ulp\": %.6g, \"limit_ulp\": %g, \"worst_x\": \"%#llx\", "
        "\"worst_dy\": \"%#llx\", "
        "\"worst_got\": \"%#llx\", \"hash\": \"%016llx\", \"seconds\": %.1f}",
        o->rows++ > 0 ? "," : "[", text, bits_name(c->dtype), pass_names[c->pass], o->selector, ramp_device_name(c->device),
        (unsigned long long)c->from, (unsigned long long)c->to, f->checked, f->wrong, f->falls, isfinite(f->worst) ? f->worst : 1e300,
        f->limit, (unsigned long long)f->worst_x, (unsigned long long)f->worst_dy, (unsigned long long)f->worst_got,
        (unsigned long long)f->hash, f->seconds);
    fflush(o->out);
}

static void report(options *o, const campaign *c, const findings *f) {
    char text[160], where[200] = "";
    ramp_dtype t = c->dtype;
    opset_text(&c->op, text);
    if (!c->hash_only && f->worst > 0.0)
        snprintf(where, sizeof where, "worst %.4f ulp of %g at x %a%s%.0a, ", f->worst, f->limit, bits_value(t, f->worst_x),
                 c->pass == PASS_FORWARD ? " got " : " dy ", bits_value(t, c->pass == PASS_FORWARD ? f->worst_got : f->worst_dy));
    printf("%-28s %s %-8s %llu: %shash %016llx, %.0f s, %.1f ns each\n", text, bits_name(t), pass_names[c->pass], f->checked, where,
           (unsigned long long)f->hash, f->seconds, f->checked == 0 ? 0.0 : f->check_seconds * 1e9 / (double)f->checked);
    check_add(f->checked, 0);
    CHECK(f->wrong == 0, "%s %s %s: %llu wrong, one of them at x %a (%#llx), dy %a: got %a (%#llx)", text, bits_name(t),
          pass_names[c->pass], f->wrong, bits_value(t, f->wrong_x), (unsigned long long)f->wrong_x, bits_value(t, f->wrong_dy),
          bits_value(t, f->wrong_got), (unsigned long long)f->wrong_got);
    CHECK(f->falls == 0, "%s %s: falls %llu times, as at x %a (%#llx)", text, bits_name(t), f->falls, bits_value(t, f->fall_x),
          (unsigned long long)f->fall_x);
    if (o->out != NULL) report_json(o, c, text, f);
    fflush(stdout);
}

/* 0: not again. */
static int run_op(options *o, const ramp_op *op) {
    char text[160];
    for (int pass = 0; pass < 3; pass++) {
        campaign c = o->common;
        findings found;
        if (strstr(o->passes, pass_names[pass]) == NULL) continue;
        c.op = *op;
        c.pass = (campaign_pass)pass;
        ramp_status status = ramp_device_supports(c.device, op, c.dtype);
        if (status == RAMP_ERROR_UNSUPPORTED) {
            printf("SKIPPED: %s: %s\n", bits_name(c.dtype), ramp_last_error());
            return 0;
        }
        status = campaign_run(&c, &found);
        if (!CHECK(status == RAMP_OK, "%s: %s: %s", opset_text(op, text), ramp_status_name(status), ramp_last_error())) return 0;
        report(o, &c, &found);
    }
    return 1;
}

static void run_text(options *o, const char *text) {
    static ramp_op list[opset_capacity];
    size_t count = opset_select(text, o->common.dtype, list);
    CHECK(count > 0, "--op %s: %s", text, ramp_last_error());
    for (size_t i = 0; i < count; i++) {
        int before = 0;
        for (size_t k = 0; k < i; k++) before += list[k].id == list[i].id;
        if (o->sets > 0 && before >= o->sets) continue;
        if (!run_op(o, &list[i])) return;
    }
}

int main(int argc, char **argv) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    options o = {.selector = "cpu", .ops = "all", .passes = "forward,backward"};
    o.common.threads = processors < 1 ? 1 : (int)processors;
    if (!parse(argc, argv, &o)) return 1;
    if (o.common.to == 0) o.common.to = o.common.dtype == RAMP_F64 ? 10485760 : UINT64_C(1) << 32;
    ramp_status status = ramp_device_open(&o.common.device, o.selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    if (o.json != NULL && (o.out = fopen(o.json, "w")) == NULL) CHECK(0, "--json %s: it cannot be written", o.json);
    if (o.against_cpu && !CHECK_STATUS(ramp_device_open(&o.common.cpu, "cpu"), RAMP_OK)) return 1;
    if (CHECK_STATUS(status, RAMP_OK)) {
        char ops[4096];
        snprintf(ops, sizeof ops, "%s", o.ops);
        for (char *text = strtok(ops, " "); text != NULL; text = strtok(NULL, " ")) run_text(&o, text);
    }
    if (o.out != NULL) {
        fputs(o.rows > 0 ? "\n]\n" : "[]\n", o.out);
        fclose(o.out);
    }
    ramp_device_close(o.common.cpu);
    ramp_device_close(o.common.device);
    return check_finish("test_fullrange");
}
