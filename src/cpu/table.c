#include "table.h"
#include "../os.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
#define RAMP_OP(id, ...) +1
    ops = 1 /* ids count from 1 */
#include <ramp/ops.def>
    ,
#undef RAMP_OP
    sets = 4, /* of parameters that an op can have tables for */
    dtypes = 2,
    passes = RAMP_BACKWARD + 1
};

#define TABLE_FROM  ((uint64_t)1 << 20) /* elements of a job that is worth a table */
#define LEAST_SLOPE 0x1p-90f            /* below it a float may lack digits that a large dy brings back; f16 has no such dy */

static const uint32_t heavy[passes] = {[RAMP_FORWARD] = RAMP_TRAIT_HEAVY, [RAMP_BACKWARD] = RAMP_TRAIT_HEAVY_GRADIENT};
static const uint32_t traits_of[ops] = {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, traits, ...) [id] = traits,
#include <ramp/ops.def>
#undef RAMP_OP
};

typedef struct slot {
    atomic_int is_made; /* the rest is there then, and never changes */
    double param[RAMP_MAX_PARAMS];
    void *entries; /* NULL: there was no memory */
} slot;

struct cpu_tables {
    os_mutex making;
    slot slot[dtypes][ops][passes][sets];
};

cpu_tables *cpu_tables_new(void) {
    cpu_tables *tables = calloc(1, sizeof *tables);
    if (tables != NULL) os_mutex_init(&tables->making);
    return tables;
}

void cpu_tables_free(cpu_tables *tables) {
    if (tables == NULL) return;
    slot *all = &tables->slot[0][0][0][0];
    for (size_t i = 0; i < sizeof tables->slot / sizeof *all; i++)
        if (atomic_load(&all[i].is_made)) free(all[i].entries);
    os_mutex_destroy(&tables->making);
    free(tables);
}

/* ---- To make one ---- */

static void complete(const cpu_isa *isa, const ramp_job *job, const float *x, const float *dy, float *y) {
    const cpu_loops *loops = isa->loops[0];
    const cpu_op_loops *op = &loops->op[job->op];
    for (size_t i = loops->next_nan(y, 0, cpu_table_entries); i < cpu_table_entries; i = loops->next_nan(y, i + 1, cpu_table_entries)) {
        if (dy == NULL)
            op->forward_in_full(x + i, y + i, 1, job->param, job->variant);
        else
            op->backward_in_full(x + i, dy + i, y + i, 1, job->param);
    }
}

/* x: all inputs. */
static void make_values(const cpu_isa *isa, const ramp_job *job, const cpu_storage *storage, const float *x, float *y, uint16_t *values) {
    isa->loops[0]->op[job->op].forward(x, y, cpu_table_entries, job->param, job->variant);
    complete(isa, job, x, NULL, y);
    storage->store(y, values, cpu_table_entries);
}

static void gradients(const cpu_isa *isa, const ramp_job *job, const float *x, float dy, float *all_dy, float *dx) {
    for (size_t i = 0; i < cpu_table_entries; i++) all_dy[i] = dy;
    isa->loops[0]->op[job->op].backward(x, all_dy, dx, cpu_table_entries, job->param);
    complete(isa, job, x, all_dy, dx);
}

/* An infinite dy tells an f' that is 0, where the gradient is NaN, from one that is too small for a float. */
static void make_slopes(const cpu_isa *isa, const ramp_job *job, const float *x, float *work, float *slopes) {
    float *most = work, *dy = work + cpu_table_entries;
    gradients(isa, job, x, INFINITY, dy, most);
    gradients(isa, job, x, 1.0f, dy, slopes);
    for (size_t i = 0; i < cpu_table_entries; i++)
        if (fabsf(slopes[i]) < LEAST_SLOPE && most[i] == most[i])
            slopes[i] = job->dtype == RAMP_F16 ? copysignf(LEAST_SLOPE, most[i]) : NAN;
}

static void *make(const cpu_isa *isa, const ramp_job *job) {
    const cpu_storage *storage = isa->storage[job->dtype == RAMP_BF16];
    const size_t bytes = cpu_table_entries * sizeof(float);
    uint16_t *inputs = malloc(cpu_table_entries * sizeof *inputs);
    float *x = malloc(bytes), *work = malloc(2 * bytes);
    void *entries = malloc(job->pass == RAMP_FORWARD ? cpu_table_entries * sizeof(uint16_t) : bytes);
    if (inputs != NULL && x != NULL && work != NULL && entries != NULL) {
        for (size_t i = 0; i < cpu_table_entries; i++) inputs[i] = (uint16_t)i;
        storage->load(inputs, x, cpu_table_entries);
        if (job->pass == RAMP_FORWARD)
            make_values(isa, job, storage, x, work, entries);
        else
            make_slopes(isa, job, x, work, entries);
    } else {
        free(entries);
        entries = NULL;
    }
    free(inputs);
    free(x);
    free(work);
    return entries;
}

/* ---- To find one ---- */

/* The slot that has these parameters, else the first that is free, else NULL. */
static slot *slot_for(slot *of_op, const ramp_job *job) {
    for (int i = 0; i < sets; i++) {
        if (!atomic_load_explicit(&of_op[i].is_made, memory_order_acquire)) return &of_op[i];
        if (memcmp(of_op[i].param, job->param, sizeof of_op[i].param) == 0) return &of_op[i];
    }
    return NULL;
}

/* A thread that finds another at it computes: in a fork's child that other may be none. */
static void make_in(cpu_tables *tables, slot *of_op, const ramp_job *job, const cpu_isa *isa) {
    if (!os_mutex_trylock(&tables->making)) return;
    slot *s = slot_for(of_op, job);
    if (s != NULL && !atomic_load(&s->is_made)) {
        memcpy(s->param, job->param, sizeof s->param);
        s->entries = make(isa, job);
        atomic_store_explicit(&s->is_made, 1, memory_order_release);
    }
    os_mutex_unlock(&tables->making);
}

cpu_table cpu_table_for(cpu_tables *tables, const ramp_job *job, const cpu_isa *isa) {
    const cpu_table none = {NULL, NULL};
    if (tables == NULL || job->count < TABLE_FROM || (job->dtype != RAMP_F16 && job->dtype != RAMP_BF16)) return none;
    if ((traits_of[job->op] & heavy[job->pass]) == 0 || (job->pass == RAMP_BACKWARD && job->saved != RAMP_SAVED_INPUT)) return none;
    slot *of_op = tables->slot[job->dtype == RAMP_BF16][job->op][job->pass], *s = slot_for(of_op, job);
    if (s != NULL && !atomic_load_explicit(&s->is_made, memory_order_acquire)) {
        make_in(tables, of_op, job, isa);
        s = slot_for(of_op, job);
    }
    if (s == NULL || !atomic_load_explicit(&s->is_made, memory_order_acquire)) return none;
    return job->pass == RAMP_FORWARD ? (cpu_table){.values = s->entries} : (cpu_table){.slopes = s->entries};
}
