#include "judge.h"
#include "bits.h"
#include "parallel.h"
#include "progress.h"
#include "reference.h"

#include <math.h>
#include <string.h>

typedef struct chunk {
    const check_subject *what;
    const void *x, *dy, *got;
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

static void work(void *context, unsigned worker, size_t from, size_t to) {
    chunk *c = context;
    const check_subject *what = c->what;
    verdict *v = &c->part[worker];
    for (size_t i = from; i < to; i++) {
        if (c->only != NULL && !c->only[i]) continue;
        double x = bits_value(what->dtype, bits_load(what->dtype, c->x, i)), error = 0.0;
        double got = bits_value(what->dtype, bits_load(what->dtype, c->got, i));
        int holds;
        if (what->pass == PASS_FORWARD)
            holds = reference_forward_check(&what->op, what->dtype, x, got, &error);
        else
            holds =
                reference_backward_check(&what->op, what->dtype, x, bits_value(what->dtype, bits_load(what->dtype, c->dy, i)), got, &error);
        look(v, i, holds, error);
    }
}

verdict judge_chunk(unsigned workers, const check_subject *what, size_t n, const void *x, const void *dy, const void *got,
                    const unsigned char *only) {
    static chunk c;
    verdict all = {
        .first_wrong = n,
    };
    c = (chunk){.what = what, .x = x, .dy = dy, .got = got, .only = only};
    for (size_t i = 0; i < parallel_most; i++) c.part[i] = all;
    parallel_run(workers, n, work, &c);
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

check_element judge_element(const check_subject *what, const void *x, const void *dy, const void *got, size_t i) {
    check_element e = {.x = bits_value(what->dtype, bits_load(what->dtype, x, i)), .dy = 1.0};
    e.got = bits_value(what->dtype, bits_load(what->dtype, got, i));
    if (what->pass == PASS_BACKWARD) e.dy = bits_value(what->dtype, bits_load(what->dtype, dy, i));
    e.want =
        what->pass == PASS_FORWARD ? reference_forward(&what->op, what->dtype, e.x) : reference_backward(&what->op, what->dtype, e.x, e.dy);
    return e;
}

double judge_limit(const check_subject *what) {
    return what->pass == PASS_FORWARD ? reference_forward_limit(&what->op, what->dtype) : reference_backward_limit(&what->op, what->dtype);
}

enum { tries = 32 };

static double try_x(int i) { return (double)(float)((i - tries / 2) * 0.73); }

static void try_all(const check_subject *what, double dy, const double *right) {
    double error;
    for (int i = 0; i < tries; i++)
        if (what->pass == PASS_FORWARD)
            reference_forward_check(&what->op, what->dtype, try_x(i), right[i], &error);
        else
            reference_backward_check(&what->op, what->dtype, try_x(i), dy, right[i], &error);
}

double judge_cost(const check_subject *what) {
    double begun = progress_clock(), least = (double)INFINITY, right[tries], dy = what->is_mixed ? 1.75 : 1.0;
    for (int i = 0; i < tries; i++)
        right[i] = what->pass == PASS_FORWARD ? reference_forward(&what->op, what->dtype, try_x(i))
                                              : reference_backward(&what->op, what->dtype, try_x(i), dy);
    /* The least of some rounds: one in which the processor was given to another program may have taken a hundred times as long. */
    for (int round = 0; round < 3 || progress_clock() - begun < 2e-4; round++) {
        const double from = progress_clock();
        try_all(what, dy, right);
        const double seconds = progress_clock() - from;
        if (seconds < least) least = seconds;
    }
    return least / tries;
}
