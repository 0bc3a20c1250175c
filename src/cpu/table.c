#include "table.h"

#include <math.h>
#include <stdlib.h>

static void complete(const cpu_isa *isa, const ramp_job *job, const float *x, const float *dy, float *y) {
    const cpu_loops *loops = isa->loops[0];
    const cpu_op_loops *op = &loops->op[job->op];
    for (size_t i = loops->next_nan(y, 0, lookup_entries); i < lookup_entries; i = loops->next_nan(y, i + 1, lookup_entries)) {
        if (dy == NULL)
            op->forward_in_full(x + i, y + i, 1, job->param, job->variant);
        else
            op->backward_in_full(x + i, dy + i, y + i, 1, job->param);
    }
}

/* x: all inputs. */
static void make_values(const cpu_isa *isa, const ramp_job *job, const cpu_storage *storage, const float *x, float *y, uint16_t *values) {
    isa->loops[0]->op[job->op].forward(x, y, lookup_entries, job->param, job->variant);
    complete(isa, job, x, NULL, y);
    storage->store(y, values, lookup_entries);
}

static void gradients(const cpu_isa *isa, const ramp_job *job, const float *x, float dy, float *all_dy, float *dx) {
    for (size_t i = 0; i < lookup_entries; i++) all_dy[i] = dy;
    isa->loops[0]->op[job->op].backward(x, all_dy, dx, lookup_entries, job->param);
    complete(isa, job, x, all_dy, dx);
}

static void make_slopes(const cpu_isa *isa, const ramp_job *job, const cpu_storage *storage, const float *x, float *work, float *slopes) {
    float *most = work, *dy = work + lookup_entries;
    gradients(isa, job, x, INFINITY, dy, most);
    gradients(isa, job, x, 1.0f, dy, slopes);
    storage->settle_slopes(most, slopes, lookup_entries);
}

static void *make(void *context, const ramp_job *job) {
    if (cpu_make_rows(job->op, job->dtype, job->pass) != RAMP_OK) return NULL;
    const cpu_isa *isa = ((const cpu_device *)context)->isa;
    const cpu_storage *storage = isa->storage[job->dtype == RAMP_BF16];
    const size_t bytes = lookup_entries * sizeof(float);
    uint16_t *inputs = malloc(lookup_entries * sizeof *inputs);
    float *x = malloc(bytes), *work = malloc(2 * bytes);
    void *entries = malloc(job->pass == RAMP_FORWARD ? lookup_entries * sizeof(uint16_t) : bytes);
    if (inputs != NULL && x != NULL && work != NULL && entries != NULL) {
        for (size_t i = 0; i < lookup_entries; i++) inputs[i] = (uint16_t)i;
        storage->load(inputs, x, lookup_entries);
        if (job->pass == RAMP_FORWARD)
            make_values(isa, job, storage, x, work, entries);
        else
            make_slopes(isa, job, storage, x, work, entries);
    } else {
        free(entries);
        entries = NULL;
    }
    free(inputs);
    free(x);
    free(work);
    return entries;
}

cpu_table cpu_table_for(const cpu_device *device, const ramp_job *job) {
    const cpu_isa *isa = device->isa;
    if (!lookup_has(job->dtype)) return (cpu_table){NULL};
    if (isa->shorts->are_quicker && cpu_short_forward(isa, job) != NULL) return (cpu_table){NULL};
    if (isa->pairs->are_quicker && cpu_pair_forward(isa, job) != NULL) return (cpu_table){NULL};
    void *entries = lookup_find(device->tables, job, make, (void *)device);
    return job->pass == RAMP_FORWARD ? (cpu_table){.values = entries} : (cpu_table){.slopes = entries};
}

static void drop(void *context, void *entries) {
    (void)context;
    free(entries);
}

void cpu_tables_free(cpu_device *device) { lookup_free(device->tables, drop, NULL); }
