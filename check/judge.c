#include "judge.h"
#include "bits.h"
#include "parallel.h"
#include "progress.h"
#include "reference.h"

#include <math.h>
#include <string.h>

typedef struct chunk {
    const check_subject *what;
    const check_batch *b;
    const void *got;
    const unsigned char *only;
    verdict part[parallel_most]; /* each worker's */
} chunk;

static void look(verdict *v, size_t i, int holds, double error) {
    if (!holds && v->wrong++ == 0) v->first_wrong = i;
    if (!holds && i < v->first_wrong) v->first_wrong = i;
    if (!(error <= 0.5)) v->unrounded++;
    if (error > v->worst || (error == v->worst && error > 0.0 && i < v->worst_at)) {
        v->worst = error;
        v->worst_at = i;
    }
}

/* The gradient is a function of the output as it was stored, not of x. */
static int is_by_output(const check_subject *what) { return pass_model(what->pass, &what->op) == PASS_BACKWARD_OUTPUT; }

static double right_result(const check_subject *what, double x, double y, double dy) {
    if (!pass_is_backward(what->pass)) return reference_forward(&what->op, what->dtype, x);
    return is_by_output(what) ? reference_output_backward(&what->op, what->dtype, y, dy)
                              : reference_backward(&what->op, what->dtype, x, dy);
}

static int holds(const check_subject *what, double x, double y, double dy, double got, double *error) {
    if (!pass_is_backward(what->pass)) return reference_forward_check(&what->op, what->dtype, x, got, error);
    return is_by_output(what) ? reference_output_backward_check(&what->op, what->dtype, y, dy, got, error)
                              : reference_backward_check(&what->op, what->dtype, x, dy, got, error);
}

static check_element element(const check_subject *what, const check_batch *b, size_t i) {
    check_element e = {.x = bits_value(what->dtype, bits_load(what->dtype, b->x, i)), .dy = 1.0};
    if (pass_is_backward(what->pass)) e.dy = bits_value(what->dtype, bits_load(what->dtype, b->dy, i));
    if (what->pass == PASS_BACKWARD_OUTPUT) e.y = bits_value(what->dtype, bits_load(what->dtype, b->y, i));
    return e;
}

static void work(void *context, unsigned worker, size_t from, size_t to) {
    chunk *c = context;
    const check_subject *what = c->what;
    verdict *v = &c->part[worker];
    for (size_t i = from; i < to; i++) {
        if (c->only != NULL && !c->only[i]) continue;
        const check_element e = element(what, c->b, i);
        double error = 0.0, got = bits_value(what->dtype, bits_load(what->dtype, c->got, i));
        int held = holds(what, e.x, e.y, e.dy, got, &error);
        look(v, i, held, error);
    }
}

verdict judge_chunk(unsigned workers, const check_subject *what, const check_batch *b, const void *got, const unsigned char *only) {
    static chunk c;
    verdict all = {
        .first_wrong = b->n,
    };
    c = (chunk){.what = what, .b = b, .got = got, .only = only};
    for (size_t i = 0; i < parallel_most; i++) c.part[i] = all;
    parallel_run(workers, b->n, work, &c);
    for (size_t i = 0; i < parallel_most; i++) {
        const verdict *v = &c.part[i];
        all.wrong += v->wrong;
        all.unrounded += v->unrounded;
        if (v->wrong > 0 && v->first_wrong < all.first_wrong) all.first_wrong = v->first_wrong;
        if (v->worst > all.worst || (v->worst == all.worst && v->worst > 0.0 && v->worst_at < all.worst_at)) {
            all.worst = v->worst;
            all.worst_at = v->worst_at;
        }
    }
    return all;
}

check_element judge_element(const check_subject *what, const check_batch *b, const void *got, size_t i) {
    check_element e = element(what, b, i);
    e.got = bits_value(what->dtype, bits_load(what->dtype, got, i));
    e.want = right_result(what, e.x, e.y, e.dy);
    return e;
}

check_element judge_bit(const check_subject *what, const check_batch *b, const unsigned char *got, size_t i) {
    check_element e = element(what, b, i);
    e.got = got[i / 8] >> i % 8 & 1;
    e.want = b->mask[i / 8] >> i % 8 & 1;
    return e;
}

double judge_limit(const check_subject *what) {
    if (what->pass == PASS_FORWARD_MASK) return 0.0;
    if (what->pass == PASS_FORWARD) return reference_forward_limit(&what->op, what->dtype);
    return is_by_output(what) ? reference_output_backward_limit(&what->op, what->dtype) : reference_backward_limit(&what->op, what->dtype);
}

enum { tries = 32 };

static double try_x(int i) { return (double)(float)((i - tries / 2) * 0.73); }

static int try_all(const check_subject *what, const double *y, double dy, const double *right) {
    double error;
    int count = 0;
    for (int i = 0; i < tries; i++)
        if (what->pass == PASS_FORWARD_MASK)
            count += reference_mask(&what->op, what->dtype, try_x(i));
        else
            count += holds(what, try_x(i), y[i], dy, right[i], &error);
    return count;
}

double judge_cost(const check_subject *what) {
    double begun = progress_clock(), least = (double)INFINITY, y[tries], right[tries], dy = what->is_mixed ? 1.75 : 1.0;
    for (int i = 0; i < tries; i++) {
        y[i] = reference_forward(&what->op, what->dtype, try_x(i));
        right[i] = right_result(what, try_x(i), y[i], dy);
    }
    /* The least of some rounds: one in which the processor was given to another program may have taken a hundred times as long. */
    for (int round = 0; round < 3 || progress_clock() - begun < 2e-4; round++) {
        const double from = progress_clock();
        (void)try_all(what, y, dy, right);
        const double seconds = progress_clock() - from;
        if (seconds < least) least = seconds;
    }
    return least / tries;
}
