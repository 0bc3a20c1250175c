#include "lookup.h"
#include "op.h"
#include "os.h"
#include "query.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    dtypes = 2, /* f16, bf16 */
    passes = RAMP_BACKWARD + 1,
    sets = 4
};

typedef struct slot {
    atomic_int is_asked; /* the rest is written then, and never changes */
    double param[RAMP_MAX_PARAMS];
    void *entries;
} slot;

struct lookup {
    uint64_t least;
    int has_short;
    os_mutex making;
    slot slot[dtypes][op_ids][passes][sets];
};

static int serves(const lookup *tables, ramp_op_id op, int variant, ramp_dtype dtype, ramp_pass pass, ramp_saved what) {
    if (tables == NULL || !lookup_has(dtype)) return 0;
    if (!op_is_heavy(op, pass, what)) return 0;
    return !(tables->has_short &&
             op_query_of(dtype)->is_short(op, pass == RAMP_BACKWARD ? RAMP_KIND_BACKWARD : RAMP_KIND_FORWARD, variant));
}

/* Variant 0 stands for all: it is the only one, or not the one that is short. */
int lookup_serves(const lookup *tables, ramp_op_id op, ramp_dtype dtype, ramp_pass pass, ramp_saved what) {
    return serves(tables, op, 0, dtype, pass, what);
}

lookup *lookup_new(uint64_t least, int has_short) {
    lookup *tables = calloc(1, sizeof *tables);
    if (tables == NULL) return NULL;
    tables->least = least;
    tables->has_short = has_short;
    os_mutex_init(&tables->making);
    return tables;
}

static int is_asked(const slot *s) { return atomic_load_explicit(&s->is_asked, memory_order_acquire); }

/* The slot that has the job's parameters, or NULL; they fill up in order. */
static slot *find_asked(slot *of_op, const ramp_job *job) {
    for (int i = 0; i < sets && is_asked(&of_op[i]); i++)
        if (memcmp(of_op[i].param, job->param, sizeof of_op[i].param) == 0) return &of_op[i];
    return NULL;
}

/* Under the lock, where no other slot is filled meanwhile. */
static slot *ask(slot *of_op, const ramp_job *job, lookup_make *make, void *context) {
    slot *s = find_asked(of_op, job);
    for (int i = 0; i < sets && s == NULL; i++) {
        if (is_asked(&of_op[i])) continue;
        s = &of_op[i];
        memcpy(s->param, job->param, sizeof s->param);
        s->entries = make(context, job);
        atomic_store_explicit(&s->is_asked, 1, memory_order_release);
    }
    return s;
}

void *lookup_find(lookup *tables, const ramp_job *job, lookup_make *make, void *context) {
    if (!serves(tables, job->op, job->variant, job->dtype, job->pass, job->saved) || job->count < tables->least) return NULL;
    slot *of_op = tables->slot[job->dtype == RAMP_BF16][job->op][job->pass], *s = find_asked(of_op, job);
    /* Not waited for: in a fork's child the thread that makes one may be no more. */
    if (s == NULL && !is_asked(&of_op[sets - 1]) && os_mutex_trylock(&tables->making)) {
        s = ask(of_op, job, make, context);
        os_mutex_unlock(&tables->making);
    }
    return s != NULL ? s->entries : NULL;
}

void lookup_free(lookup *tables, void (*drop)(void *context, void *entries), void *context) {
    if (tables == NULL) return;
    slot *all = &tables->slot[0][0][0][0];
    for (size_t i = 0; i < sizeof tables->slot / sizeof *all; i++)
        if (drop != NULL && is_asked(&all[i]) && all[i].entries != NULL) drop(context, all[i].entries);
    os_mutex_destroy(&tables->making);
    free(tables);
}
