#include "op.h"
#include "environment.h"
#include "query.h"

#include <math.h>
#include <stdio.h>

static const op_row rows[] = {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, traits, ...)                                           \
    {#name, aliases, definition, limit, saves, traits, {__VA_ARGS__}},
#include <ramp/ops.def>
#undef RAMP_OP
};

enum { row_count = sizeof rows / sizeof rows[0] };

/* The rows' ids must be 1, 2, 3, ...: a row is found by its id. */
enum {
    id_base = __LINE__,
#define RAMP_OP(id, NAME, ...) id_at_##NAME,
#include <ramp/ops.def>
#undef RAMP_OP
};
#define RAMP_OP(id, NAME, ...) _Static_assert(id == id_at_##NAME - id_base, "ops.def: ids must count 1, 2, 3 without a gap: " #NAME);
#include <ramp/ops.def>
#undef RAMP_OP

static uint32_t count_params(const op_row *row) {
    uint32_t count = 0;
    while (count < RAMP_MAX_PARAMS && row->param[count].name != NULL) count++;
    return count;
}

const op_row *op_find(ramp_op_id id) {
    size_t index = (size_t)(unsigned)id - 1;
    if (index < row_count) return &rows[index];
    ramp_error_set(RAMP_ERROR_ARGUMENT, "there is no op with id %d: ids are 1 to %d, RAMP_HARDSIGMOID and so on", (int)id, (int)row_count);
    return NULL;
}

const char *dtype_name(ramp_dtype dtype) {
    switch (dtype) {
    case RAMP_F32: return "f32";
    case RAMP_F64: return "f64";
    case RAMP_F16: return "f16";
    case RAMP_BF16: return "bf16";
    case RAMP_BIT: return "bit";
    }
    return NULL;
}

static const char *limit_sentence(ramp_limit limit) {
    switch (limit) {
    case RAMP_LIMIT_NONE: return "";
    case RAMP_LIMIT_FINITE: return "finite";
    case RAMP_LIMIT_NOT_NEGATIVE: return "0 or above; may be infinite";
    case RAMP_LIMIT_SCALE:
        return "the first above 0, and neither it nor one over it subnormal or infinite in the compute type; any other finite";
    case RAMP_LIMIT_ORDER: return "lo < hi; either may be infinite";
    case RAMP_LIMIT_SPAN: return "lo < hi, both finite, and hi - lo finite in the compute type";
    }
    return "";
}

static int all_finite(const double *p) {
    for (int i = 0; i < RAMP_MAX_PARAMS; i++)
        if (!isfinite(p[i])) return 0;
    return 1;
}

/* Parameters that the op does not have are 0. */
static int within_limit(ramp_limit limit, const double *p, int is_float) {
    double smallest = is_float ? 0x1p-126 : 0x1p-1022;
    switch (limit) {
    case RAMP_LIMIT_NONE: return 1;
    case RAMP_LIMIT_FINITE: return all_finite(p);
    case RAMP_LIMIT_NOT_NEGATIVE: return p[0] >= 0.0;
    case RAMP_LIMIT_SCALE: return p[0] >= smallest && p[0] <= 1.0 / smallest && all_finite(p);
    case RAMP_LIMIT_ORDER: return p[0] < p[1];
    case RAMP_LIMIT_SPAN:
        if (!(p[0] < p[1]) || !isfinite(p[0]) || !isfinite(p[1])) return 0;
        return is_float ? isfinite((float)p[1] - (float)p[0]) : isfinite(p[1] - p[0]);
    }
    return 0;
}

/* "lo = -1 and hi = 1" */
static const char *describe_params(const op_row *row, const double *param, char *text, size_t capacity) {
    size_t used = 0, count = count_params(row);
    text[0] = '\0';
    for (size_t i = 0; i < count && used < capacity; i++)
        used += (size_t)snprintf(text + used, capacity - used, "%s%s = %.17g", i > 0 ? " and " : "", row->param[i].name, param[i]);
    return text;
}

/* Through memory: gcc 12 vectorises a loop of plain casts to float and back into none (at -O2, with -ftree-slp-vectorize). */
static double rounded_to_float(double value) {
    volatile float narrow = (float)value;
    return (double)narrow;
}

ramp_status op_resolve(const ramp_op *op, ramp_dtype dtype, double *param) {
    const op_row *row = op_find(op->id);
    if (row == NULL) return RAMP_ERROR_ARGUMENT;
    char text[RAMP_MAX_PARAMS * 64];
    uint32_t count = count_params(row);
    if (op->count > count)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s has %u parameter%s, and %u %s given", row->name, (unsigned)count,
                              count == 1 ? "" : "s", (unsigned)op->count, op->count == 1 ? "was" : "were");
    int is_float = dtype != 0 && dtype != RAMP_F64;
    for (uint32_t i = count; i < RAMP_MAX_PARAMS; i++) param[i] = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        double value = i < op->count ? op->param[i] : row->param[i].value;
        if (isnan(value))
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: parameter %s is NaN; allowed: %s", row->name, row->param[i].name,
                                  row->limit == RAMP_LIMIT_NONE ? "any number" : limit_sentence(row->limit));
        param[i] = is_float ? rounded_to_float(value) : value;
    }
    if (!within_limit(row->limit, param, is_float))
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: %s%s; allowed: %s", row->name, describe_params(row, param, text, sizeof text),
                              is_float ? " (rounded to float)" : "", limit_sentence(row->limit));
    return RAMP_OK;
}

int op_is_heavy(ramp_op_id op, ramp_pass pass, ramp_saved saved) {
    const uint32_t traits = rows[op - 1].traits;
    if (pass == RAMP_FORWARD) return (traits & RAMP_TRAIT_HEAVY) != 0;
    return saved == RAMP_SAVED_INPUT && (traits & RAMP_TRAIT_HEAVY_GRADIENT) != 0;
}

size_t ramp_op_count(void) { return row_count; }

static const uint32_t saved_traits[] = {
    [RAMP_SAVES_INPUT] = 0,
    [RAMP_SAVES_OUTPUT] = RAMP_TRAIT_FROM_OUTPUT,
    [RAMP_SAVES_MASK] = RAMP_TRAIT_FROM_OUTPUT | RAMP_TRAIT_TWO_SLOPES,
};

ramp_status ramp_op_describe(size_t index, ramp_op_info *info) {
    if (info == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_op_describe: info is NULL");
    if (index >= row_count)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_op_describe: index %zu; there are %d ops, 0 to %d", index, (int)row_count,
                              (int)row_count - 1);
    const op_row *row = &rows[index];
    *info = (ramp_op_info){.id = (ramp_op_id)(index + 1),
                           .name = row->name,
                           .aliases = row->aliases,
                           .definition = row->definition,
                           .limit = limit_sentence(row->limit),
                           .traits = row->traits | saved_traits[row->saves],
                           .param_count = count_params(row)};
    for (uint32_t i = 0; i < info->param_count; i++) info->param[i] = row->param[i];
    return RAMP_OK;
}

ramp_op ramp_op_default(ramp_op_id id) {
    ramp_op op = {.id = id};
    size_t index = (size_t)(unsigned)id - 1;
    if (index >= row_count) return op;
    op.count = count_params(&rows[index]);
    for (uint32_t i = 0; i < op.count; i++) op.param[i] = rows[index].param[i].value;
    return op;
}

static ramp_status hardsigmoid_of(double alpha, double beta, ramp_op *op) {
    if (!(alpha > 0.0) || !isfinite(alpha) || !isfinite(beta))
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "hardsigmoid: alpha = %.17g and beta = %.17g; allowed: alpha above 0, both finite",
                              alpha, beta);
    double lo = 0.0 - beta / alpha, hi = (1.0 - beta) / alpha; /* 0 - : beta 0 gives the knee +0 */
    if (!isfinite(lo) || !isfinite(hi) || !(lo < hi))
        return ramp_error_set(RAMP_ERROR_ARGUMENT,
                              "hardsigmoid: alpha = %.17g and beta = %.17g give the knees %.17g and %.17g; allowed: lo < hi, both finite",
                              alpha, beta, lo, hi);
    *op = (ramp_op){RAMP_HARDSIGMOID, 2, {lo, hi}};
    return RAMP_OK;
}

ramp_status ramp_op_hardsigmoid(double alpha, double beta, ramp_op *op) {
    if (op == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_op_hardsigmoid: op is NULL");
    float_environment before = float_environment_enter();
    ramp_status status = hardsigmoid_of(alpha, beta, op);
    float_environment_leave(before);
    return status;
}

unsigned op_saves(ramp_op_id op, ramp_dtype dtype, const double *param) {
    const op_row *row = op_find(op);
    unsigned saves = 1u << RAMP_SAVED_INPUT;
    if (row->saves == RAMP_SAVES_MASK) saves |= 1u << RAMP_SAVED_MASK;
    if (op_query_of(dtype)->output_tells(op, param)) saves |= 1u << RAMP_SAVED_OUTPUT;
    return saves;
}

unsigned ramp_op_saves(const ramp_op *op, ramp_dtype dtype) {
    double param[RAMP_MAX_PARAMS];
    if (op == NULL || dtype_size(dtype) == 0) return 0;
    float_environment before = float_environment_enter();
    unsigned saves = op_resolve(op, dtype, param) == RAMP_OK ? op_saves(op->id, dtype, param) : 0;
    float_environment_leave(before);
    return saves;
}
