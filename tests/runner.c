#include "runner.h"
#include "arguments.h"
#include "bits.h"
#include "check.h"
#include "opset.h"
#include "reference.h"

#include <stdio.h>
#include <string.h>

static const char *const alias_names[] = {"separate", "in place of x", "in place of dy", "x, dy and dx one"};

static void print_failure(session *s, const run_case *c, const char *what) {
    char text[160];
    s->printed++;
    printf("FAILED: %s %s %s on %s: %s\n", opset_text(&s->op, text), bits_name(s->dtype), s->backward ? "backward" : "forward", s->selector,
           what);
    printf("  n %zu, offsets x %u dy %u y %u elements, %s\n", c->n, c->offset_x, c->offset_dy, c->offset_y, alias_names[c->in_place]);
    printf("  replay: %s --backend '%s'%s%s --op '%s' --dtype %s --pass %s --seed %llu%s%s%s%s --case %llu\n", arguments_again(),
           s->selector, s->broken != NULL ? " --break " : "", s->broken != NULL ? s->broken : "", text, bits_name(s->dtype),
           s->backward ? "backward" : "forward", (unsigned long long)s->seed,
           s->full    ? " --full"
           : s->fewer ? " --brief"
                      : "",
           s->sparse ? " --sparse" : "", s->oracle_only ? " --oracle-only" : "", s->random > 0 ? " --random 1" : "",
           (unsigned long long)c->id);
}

static void fail_element(session *s, const run_case *c, const char *against, size_t i, uint64_t x, uint64_t dy, uint64_t got,
                         uint64_t want) {
    check_add(0, 1);
    if (s->printed >= failures_per_op) return;
    char text[512], dy_text[80] = "";
    double g = bits_value(s->dtype, got), w = bits_value(s->dtype, want);
    if (s->backward) snprintf(dy_text, sizeof dy_text, ", dy %a (%#llx)", bits_value(s->dtype, dy), (unsigned long long)dy);
    snprintf(text, sizeof text, "not what %s gives\n  element %zu: x %a (%#llx)%s: got %a (%#llx), want %a (%#llx), %g ulps", against, i,
             bits_value(s->dtype, x), (unsigned long long)x, dy_text, g, (unsigned long long)got, w, (unsigned long long)want,
             reference_ulps(s->dtype, g, w));
    print_failure(s, c, text);
}

static void fail_call(session *s, const run_case *c, const char *call, ramp_status status) {
    char text[1024];
    check_add(1, 1);
    snprintf(text, sizeof text, "%s gave %s: %s", call, ramp_status_name(status), ramp_last_error());
    print_failure(s, c, text);
}

static void check_guards(session *s, const run_case *c, const guarded *g, const char *name, int elements_too) {
    int found;
    long long at = guarded_damage(g, elements_too, &found);
    char text[160];
    check_add(1, found ? 1 : 0);
    if (!found || s->printed >= failures_per_op) return;
    snprintf(text, sizeof text, "it wrote where it must not: byte %lld of %s, which has %zu", at, name, g->bytes);
    print_failure(s, c, text);
}

static int ask(const session *s, uint64_t x, uint64_t dy, uint64_t got) {
    double value = bits_value(s->dtype, x);
    if (s->backward) return reference_backward_holds(&s->op, s->dtype, value, bits_value(s->dtype, dy), bits_value(s->dtype, got));
    return reference_forward_holds(&s->op, s->dtype, value, bits_value(s->dtype, got));
}

static int holds(session *s, uint64_t x, uint64_t dy, uint64_t got) {
    uint64_t key = x * 0x9E3779B97F4A7C15u ^ dy * 0xC2B2AE3D27D4EB4Fu;
    verdict *v = &s->verdicts[(key ^ key >> 29) % verdict_count];
    if (s->dtype != RAMP_F64) return ask(s, x, dy, got);
    if (!v->known || v->x != x || v->dy != dy || v->got != got) *v = (verdict){x, dy, got, 1, ask(s, x, dy, got)};
    return v->holds;
}

static void check_elements(session *s, const run_case *c, const void *xs, const void *dys, const void *gots) {
    size_t asked = 0;
    for (size_t i = 0; i < c->n; i++) {
        uint64_t x = bits_load(s->dtype, xs, i), dy = s->backward ? bits_load(s->dtype, dys, i) : 0;
        uint64_t got = bits_load(s->dtype, gots, i), same = bits_load(s->dtype, s->want, i);
        int is_same = bits_same(s->dtype, got, same);
        if (!is_same && !s->oracle_only) fail_element(s, c, "the CPU backend", i, x, dy, got, same);
        if (is_same && i % c->every != 0) continue;
        asked++;
        if (!holds(s, x, dy, got)) {
            double value = bits_value(s->dtype, x);
            double want = s->backward ? reference_backward(&s->op, s->dtype, value, bits_value(s->dtype, dy))
                                      : reference_forward(&s->op, s->dtype, value);
            fail_element(s, c, "the reference", i, x, dy, got, bits_of(s->dtype, want));
        }
    }
    check_add(c->n + asked, 0);
}

static void convert(void *to, ramp_dtype to_type, const void *from, ramp_dtype from_type, size_t n) {
    if (to_type == from_type) {
        memcpy(to, from, n * bits_size(to_type));
        return;
    }
    for (size_t i = 0; i < n; i++) bits_store(to_type, to, i, bits_of(to_type, bits_value(from_type, bits_load(from_type, from, i))));
}

/* The same call on the CPU backend, from aligned memory, apart: whatever the shape and the backend, the bits are these. f16 and bf16 are only
 * storage: there, it is the call on floats, its results rounded. */
static ramp_status run_on_cpu(session *s, const run_case *c, const void *xs, const void *dys) {
    ramp_dtype type = s->dtype == RAMP_F64 ? RAMP_F64 : RAMP_F32;
    int64_t shape = (int64_t)c->n;
    void *x = s->want, *dy = (char *)s->want + s->capacity; /* in place: dx goes where x was */
    ramp_tensor tx = ramp_tensor_dense(x, type, 1, &shape), tdy = ramp_tensor_dense(dy, type, 1, &shape);
    convert(x, type, xs, s->dtype, c->n);
    if (s->backward) convert(dy, type, dys, s->dtype, c->n);
    ramp_status status =
        s->backward ? ramp_backward(s->cpu, &s->op, RAMP_SAVED_INPUT, &tx, &tdy, &tx) : ramp_forward(s->cpu, &s->op, &tx, &tx, NULL);
    if (status == RAMP_OK && type != s->dtype) convert(x, s->dtype, x, type, c->n); /* each ends before the next one begins */
    return status;
}

/* OpenCL's data is a cl_mem, which has no address to add to. */
static int has_addresses(const session *s) { return strcmp(ramp_device_backend(s->device), "opencl") != 0; }

static ramp_status call_device(const session *s, const run_case *c, const guarded *x, const guarded *dy, const guarded *y) {
    int by_pointer = has_addresses(s) && c->id % 2 != 0;
    ramp_tensor tx = guarded_tensor(x, s->dtype, c->n, by_pointer), tdy = guarded_tensor(dy, s->dtype, c->n, by_pointer);
    ramp_tensor ty = guarded_tensor(y, s->dtype, c->n, by_pointer);
    if (s->backward) return ramp_backward(s->device, &s->op, RAMP_SAVED_INPUT, &tx, &tdy, &ty);
    return ramp_forward(s->device, &s->op, &tx, &ty, NULL);
}

typedef struct operands {
    guarded *x, *dy, *y;
    void *xs, *dys; /* the elements of x and dy as they were */
} operands;

/* Poison all, fill in the inputs. */
static operands lay_out(session *s, const run_case *c) {
    size_t size = bits_size(s->dtype), bytes = c->n * size;
    operands o = {&s->x, !s->backward || c->in_place == ALIAS_ALL ? &s->x : &s->dy, &s->y, NULL, NULL};
    if (c->in_place != ALIAS_NONE) o.y = c->in_place == ALIAS_DY ? o.dy : o.x;
    o.xs = o.dys = guarded_layout(o.x, c->offset_x * size, bytes);
    inputs_fill(c->input, &s->op, s->dtype, s->seed + c->shift, c->step, o.xs, c->n);
    if (o.dy != o.x) {
        o.dys = guarded_layout(o.dy, c->offset_dy * size, bytes);
        inputs_fill(c->gradient, &s->op, s->dtype, s->seed + c->shift * 31 + 7, 1, o.dys, c->n);
    }
    if (o.y == &s->y) guarded_layout(o.y, c->offset_y * size, bytes);
    return o;
}

static ramp_status each(const operands *o, ramp_status (*move)(guarded *)) {
    ramp_status status = move(o->x);
    if (status == RAMP_OK && o->dy != o->x) status = move(o->dy);
    if (status == RAMP_OK && o->y != o->x && o->y != o->dy) status = move(o->y);
    return status;
}

void runner_run(session *s, const run_case *c) {
    if ((s->one_case && c->id != s->the_case) || s->printed >= failures_per_op) return;
    s->cases++;
    operands o = lay_out(s, c);
    const char *call = "upload";
    ramp_status status = each(&o, guarded_upload);
    if (status == RAMP_OK) {
        call = s->backward ? "ramp_backward" : "ramp_forward";
        status = call_device(s, c, o.x, o.dy, o.y);
    }
    if (status == RAMP_OK) {
        call = "download";
        status = each(&o, guarded_download);
    }
    if (status == RAMP_OK) {
        call = "the CPU backend";
        status = run_on_cpu(s, c, o.xs, o.dys);
    }
    if (status != RAMP_OK) {
        fail_call(s, c, call, status);
        return;
    }
    check_guards(s, c, o.y, "the output", 0);
    if (o.x != o.y) check_guards(s, c, o.x, "the input x", 1);
    if (o.dy != o.x && o.dy != o.y) check_guards(s, c, o.dy, "the input dy", 1);
    check_elements(s, c, o.xs, o.dys, guarded_elements(o.y));
}
