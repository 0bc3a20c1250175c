/*
 * test_oracle.c: the oracle's own test. "rows": each row on doubles agrees with the same row on quads, to the error that the oracle counts on;
 * the library's table says of each op's parameters what the oracle does. "literal": each row on quads agrees with the definition as it is
 * written, in MPFR, and what is correctly rounded is so there.
 *
 *   test_oracle rows|literal [OP|--brief]     --brief: an eighth of the values
 */
#include "bits.h"
#include "check.h"
#include "inputs.h"
#include "oracle.h"
#include "reference.h"
#ifdef RAMP_HAVE_MPFR
#include "literal.h"
#endif

#include <stdio.h>
#include <string.h>

enum { strata = 9 };

/* x from stratum i: near the knees and the root, about 0 at every magnitude, the tails. */
static double draw(const ramp_op *op, ramp_dtype dtype, int stratum, uint64_t *state) {
    double unit = 2 * random_unit(state) - 1, root = 0.0, scale = op->id == RAMP_SILU || op->id == RAMP_SOFTPLUS ? op->param[0] : 1.0;
    double knee = op->count == 0 ? 0.0 : op->param[random_next(state) % op->count];
    int f64 = dtype == RAMP_F64, depth = (int)(random_next(state) % 60);
    if (op->id == RAMP_SOFTPLUS) knee = op->param[1] / scale;
    if (op->id == RAMP_CELU) scale = 1 / op->param[0];
    if (!isfinite(knee)) knee = 0.0;
    reference_root(op, &root);
    switch (stratum) {
    case 0:
    case 1: return 20 * unit / scale;
    case 2: return (f64 ? 760 : 110) * unit / scale;
    case 3: return knee + ldexp(unit, -depth);
    case 4: return knee * (1 + ldexp(unit, -depth));
    case 5: return root + ldexp(unit, -depth);
    case 6: return ldexp(unit, f64 ? -(int)(random_next(state) % 1074) : -(int)(random_next(state) % 149));
    case 7: return ldexp(unit, 4 - depth) / scale;
    default: return depth % 8 == 0 ? 1200 * unit / scale : 90 * unit / scale;
    }
}

static quad size_of(quad a) { return a < 0 ? -a : a; }

/* The error of got against want: relative, but for slopes near their root, where it is absolute. Further down than any result or product
 * reaches only the sign counts, and that got is as small. */
static quad error_of(const quad *bound, quad got, quad want, int near) {
    quad size = size_of(want), off = size_of(got - want);
    if (got == want) return 0;
    if (size < bound[0]) return size_of(got) < bound[1] && (want == 0 || got == 0 || (got < 0) == (want < 0)) ? 0 : (quad)INFINITY;
    return off / (near && size < 1 ? 1 : size);
}

typedef struct worst {
    quad error;
    double x;
} worst;

typedef struct settings {
    int literal, count;
    ramp_op op;
    ramp_dtype dtype;
} settings;

/* One x: a row on doubles, if f32, or the definition, against the row on quads. */
static void compare(const settings *s, const double *p, double x, worst *w) {
    const row_double *fast = reference_row_double(s->op.id);
    const row_quad *slow = reference_row_quad(s->op.id);
    quad q[2] = {(quad)p[0], (quad)p[1]}, got[2], want[2];
    double root = 0.0, reach = 0.0;
    if (fast->root != NULL) fast->root(p, &root, &reach);
    int select = 0, near = fabs(x - root) < reach;
    want[0] = slow->value(q, (quad)x);
    want[1] = slow->slope(q, (quad)x, &select);
    got[0] = fast->value(p, x);
    got[1] = fast->slope(p, x, &select);
#ifdef RAMP_HAVE_MPFR
    for (int i = 0; s->literal && i < 2; i++)
        if (!literal_evaluate(s->op.id, i, p, x, &got[i])) return; /* literal_has says so */
#endif
    const quad doubles[2] = {(quad)0x1p-650, (quad)0x1p-400},
               quads[2] = {(quad)0x1p-1000 * (quad)0x1p-1000 * (quad)0x1p-1000, (quad)0x1p-960};
    for (int i = 0; i < 2; i++) {
        quad limit = s->literal ? (quad)0x1p-100 : i == 1 && near ? (quad)0x1p-46 : (quad)0x1p-42;
        quad error = error_of(s->literal ? quads : doubles, got[i], want[i], i == 1 && near);
        if (s->literal && got[i] - got[i] != 0) continue; /* exp overflowed */
        if (w[i].error < error) w[i] = (worst){error, x};
        check_add(1, 0);
        if (!(error <= limit))
            CHECK(0, "op %d (%g, %g), %s at x = %a: the row on quads gives %.17g (%a), this %.17g: apart by 2^%g", (int)s->op.id, p[0],
                  p[1], i ? "f'" : "f", x, (double)want[i], (double)want[i], (double)got[i], log2((double)error));
    }
}

#ifdef RAMP_HAVE_MPFR
/* Correctly rounded, ties too. */
static void check_rounding(const settings *s, const double *p, double x) {
    double want, got = reference_forward(&s->op, s->dtype, x);
    if (!reference_is_exact(s->op.id) || !literal_round(s->op.id, p, x, s->dtype, &want)) return;
    CHECK(got == want, "op %d (%g, %g) %s at x = %a: %a, and correctly rounded %a", (int)s->op.id, p[0], p[1], bits_name(s->dtype), x, got,
          want);
}
#endif

/* As far as it is told: small ones are bounded only, and far down, errors are of what is smaller still. */
static int is_same_error(double a, double b) {
    return a == b || fabs(a - b) < 0x1p-15 || (a <= 0.5 && b <= 0.5) || (a > 0x1p16 && b > 0x1p16);
}

/* The oracle says by doubles, where that settles it, what it says by quads: of results a few ulps about the right one. */
static void check_verdicts(const settings *s, double x, uint64_t *state) {
    uint64_t draw = random_next(state), pattern;
    double by_quad = 0.0, by_either = 0.0, want[2], dy;
    inputs_fill(INPUT_MIXED, &s->op, s->dtype, draw, 1, &pattern, 1);
    dy = draw % 3 == 0 ? draw & 64 ? 1.0 : -1.0 : bits_value(s->dtype, bits_load(s->dtype, &pattern, 0));
    want[0] = reference_forward(&s->op, s->dtype, x);
    want[1] = reference_backward(&s->op, s->dtype, x, dy);
    for (int backward = 0; backward < 2; backward++)
        for (int off = -4; off <= 4; off++) {
            double got = want[backward];
            if (off == -4) got = -got;
            if (off != 0 && off != -4 && !isnan(got)) got = bits_value(s->dtype, bits_step(s->dtype, bits_of(s->dtype, got), off));
            const prepared *c = oracle_prepare(&s->op, s->dtype);
            int is_right = backward ? oracle_backward_by_quad(c, x, dy, got, &by_quad) : oracle_forward_by_quad(c, x, got, &by_quad);
            int same = is_right == (backward ? reference_backward_check(&s->op, s->dtype, x, dy, got, &by_either)
                                             : reference_forward_check(&s->op, s->dtype, x, got, &by_either));
            CHECK(same && is_same_error(by_quad, by_either),
                  "op %d (%g, %g) at x = %a, dy = %a: %a, %d off, is %s by quads, by %g ulp, and by %g", (int)s->op.id, s->op.param[0],
                  s->op.param[1], x, backward ? dy : 0.0, got, off, is_right ? "right" : "wrong", by_quad, by_either);
            CHECK(is_right || off != 0, "op %d (%g, %g) at x = %a, dy = %a: the right result, %a, is wrong", (int)s->op.id, s->op.param[0],
                  s->op.param[1], x, backward ? dy : 0.0, got);
        }
}

/* Whatever the definition of f' says: the row's slope is the slope of its value. */
static void check_slope(const settings *s, const double *p, double x) {
    const row_quad *row = reference_row_quad(s->op.id);
    int select = 0;
    quad q[2] = {(quad)p[0], (quad)p[1]}, step = size_of((quad)x) * (quad)0x1p-36, at = (quad)x;
    quad rise = row->value(q, at + step) - row->value(q, at - step), size = size_of(row->value(q, at) / at);
    quad slope = row->slope(q, at, &select), off = size_of(rise / (2 * step) - slope);
    if (x == 0.0 || size < (quad)0x1p-1000 || size - size != 0) return;
    CHECK(off <= (quad)0x1p-40 * (size + size_of(slope)), "op %d (%g, %g) at x = %a: the value rises by %.17g, its slope is %.17g",
          (int)s->op.id, p[0], p[1], x, (double)(rise / (2 * step)), (double)slope);
}

static void run(const settings *s) {
    uint64_t state = 1;
    worst w[2] = {{0, 0.0}, {0, 0.0}};
    double p[2];
    char text[160] = "";
    for (int i = 0; i < 2; i++) p[i] = bits_value(s->dtype, bits_of(s->dtype, s->op.param[i]));
    for (int i = 0; i < s->count; i++) {
        double x = bits_value(s->dtype, bits_of(s->dtype, draw(&s->op, s->dtype, i % strata, &state)));
        if (isfinite(x)) compare(s, p, x, w);
        if (i % strata == 0 && i < 5000 && !s->literal) check_slope(s, p, x);
        if (i % 16 == 0 && !s->literal && isfinite(x)) check_verdicts(s, x, &state);
#ifdef RAMP_HAVE_MPFR
        if (s->literal && isfinite(x)) check_rounding(s, p, x);
#endif
    }
    ramp_op_format(&s->op, text, sizeof text);
    printf("%-40s %s f 2^%-7.1f at %-24a f' 2^%-7.1f at %a\n", text, bits_name(s->dtype), log2((double)w[0].error), w[0].x,
           log2((double)w[1].error), w[1].x);
}

static void check_table(const ramp_op_info *info) {
    ramp_op plain = ramp_op_default(info->id), row;
    CHECK(reference_set(info->id, 0, &row), "op %s has no row in tests/reference.c: write it from the definition, not from kernels/",
          info->name);
    if (!reference_set(info->id, 0, &row)) return;
    CHECK(row.count == plain.count && memcmp(row.param, plain.param, sizeof row.param) == 0,
          "%s: the oracle has %u parameters (%g, %g), the library %u (%g, %g)", info->name, (unsigned)row.count, row.param[0], row.param[1],
          (unsigned)plain.count, plain.param[0], plain.param[1]);
}

int main(int argc, char **argv) {
    settings s = {.literal = argc > 1 && strcmp(argv[1], "literal") == 0};
    const int brief = argc > 2 && strcmp(argv[2], "--brief") == 0;
#ifndef RAMP_HAVE_MPFR
    if (s.literal) return TEST_SKIP("MPFR was not found when this was built: apt-get install libmpfr-dev");
#endif
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        if (!CHECK_STATUS(ramp_op_describe(i, &info), RAMP_OK) || (argc > 2 && !brief && strcmp(argv[2], info.name) != 0)) continue;
        check_table(&info);
#ifdef RAMP_HAVE_MPFR
        if (s.literal && !literal_has(info.id)) printf("SKIPPED in part: %s is not in tests/literal.c\n", info.name);
#endif
        for (size_t set = 0; reference_set(info.id, set, &s.op); set++)
            for (int f64 = 0; f64 <= s.literal; f64++) {
                s.dtype = f64 ? RAMP_F64 : RAMP_F32;
                if (ramp_op_saves(&s.op, s.dtype) == 0) continue; /* not valid in this type */
                s.count = s.literal ? (set == 0 ? 1800 : 450) : set == 0 ? 100000 : 20000;
                if (brief) s.count /= 8;
                run(&s);
            }
    }
    return check_finish("test_oracle");
}
