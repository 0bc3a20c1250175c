/* layout.c: strided jobs, and those with a mask: which form serves them, and what its kernel is told (kernels/layout.h). */
#include "opencl.h"

__extension__ typedef unsigned __int128 wide;

ramp_kind opencl_kind_of(const ramp_job *job) {
    if (job->pass == RAMP_FORWARD) return job->mask.data != NULL ? RAMP_KIND_FORWARD_MASK : RAMP_KIND_FORWARD;
    switch (job->saved) {
    case RAMP_SAVED_OUTPUT: return RAMP_KIND_BACKWARD_OUTPUT;
    case RAMP_SAVED_MASK: return RAMP_KIND_BACKWARD_MASK;
    case RAMP_SAVED_INPUT: break;
    }
    return RAMP_KIND_BACKWARD;
}

/* ---- Layouts ---- */

static int64_t times(int64_t stride, uint64_t n) { return (int64_t)((uint64_t)stride * n); } /* where it overflows, nothing is that far */

/* The smallest power of two that is not below `size`, which is 1 to 2^63. */
static uint32_t log2_above(uint64_t size) { return size > 1 ? 64 - (uint32_t)__builtin_clzll(size - 1) : 0; }

static void set_dimension(ramp_dimension *dim, uint64_t size) {
    dim->size = size;
    dim->shift = log2_above(size);
    dim->multiplier = (uint64_t)(((wide)(((uint64_t)1 << dim->shift) - size) << 64) / size) + 1;
    dim->reciprocal = size <= RAMP_MAX_SPAN ? (uint32_t)((1u << RAMP_SPAN_SHIFT) / size) + 1 : 0;
}

/* The job's dimensions, last first. A job of one element has one dimension here. */
static void fill_layout(const ramp_job *job, ramp_layout *layout) {
    layout->count = job->count;
    layout->dims = job->ndim > 0 ? (uint32_t)job->ndim : 1;
    layout->unused = 0;
    layout->dim[0] = (ramp_dimension){.size = 1, .x = 1, .dy = 1, .y = 1};
    for (int d = 0; d < job->ndim; d++) {
        ramp_dimension *dim = &layout->dim[job->ndim - 1 - d];
        set_dimension(dim, (uint64_t)job->shape[d]);
        dim->x = job->x.strides[d];
        dim->dy = job->dy.strides[d];
        dim->y = job->y.strides[d];
    }
}

/* Count along a dimension by `by` elements. */
static void coarsen(ramp_dimension *dim, uint64_t by) {
    set_dimension(dim, (dim->size + by - 1) / by);
    dim->x = times(dim->x, by);
    dim->dy = times(dim->dy, by);
    dim->y = times(dim->y, by);
}

/* ---- Vectors ---- */

static uint64_t address_of(const ramp_operand *operand) {
    return operand->byte_offset + (operand->memory == RAMP_MEMORY_SVM ? (uint64_t)(uintptr_t)operand->data : 0);
}

/* Neighbours along the last dimension, and every row on a boundary; or one element there that stands for all, as a gradient may. */
static int is_in_vectors(const ramp_job *job, const ramp_operand *operand, int64_t length, int may_be_one) {
    const int last = job->ndim - 1;
    if (operand->data == NULL) return 1;
    if (may_be_one && job->ndim > 0 && operand->strides[last] == 0) return 1;
    if (address_of(operand) % 16 != 0 || (job->ndim > 0 && operand->strides[last] != 1)) return 0;
    for (int d = 0; d < last; d++)
        if (operand->strides[d] % length != 0) return 0;
    return 1;
}

static int takes_vectors(const ramp_job *job, int64_t length) {
    if (job->ndim > 1 && job->shape[job->ndim - 1] % length != 0) return 0;
    return is_in_vectors(job, &job->x, length, 0) && is_in_vectors(job, &job->dy, length, 1) && is_in_vectors(job, &job->y, length, 0);
}

/* ---- Tiles ---- */

enum { shortest = 8 }; /* where either of two dimensions is shorter, lines of the cache serve as well as tiles */

static uint64_t magnitude(int64_t stride) { return stride < 0 ? 0 - (uint64_t)stride : (uint64_t)stride; }

/* The dimension along which an operand's neighbours lie, if that is not the last, else -1. */
static int turned_along(const ramp_job *job, const ramp_operand *operand) {
    int nearest = job->ndim - 1;
    if (operand->data == NULL || operand->strides[nearest] == 0) return -1;
    for (int d = 0; d < job->ndim - 1; d++)
        if (operand->strides[d] != 0 && magnitude(operand->strides[d]) < magnitude(operand->strides[nearest])) nearest = d;
    return nearest < job->ndim - 1 ? nearest : -1;
}

static int is_turned(const ramp_job *job, const ramp_operand *operand, int row) {
    return operand->data != NULL && operand->strides[row] != 0 &&
           magnitude(operand->strides[row]) < magnitude(operand->strides[job->ndim - 1]);
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* A CPU's tiles are square. A GPU's have as many elements as they can, and where a dimension is short are short there. */
static void shape_tile(const opencl_device *dev, uint32_t element_bytes, ramp_tile *tile) {
    const uint32_t side = log2_above(RAMP_TILE_SIDE), room = log2_above(RAMP_TILE_ELEMENTS(element_bytes)),
                   longest = log2_above(RAMP_TILE_LOCAL);
    tile->row_log2 = tile->column_log2 = side;
    if (dev->is_cpu) return;
    tile->row_log2 = least(element_bytes == 8 ? side : side + 1, log2_above(tile->rows)); /* 128 bytes and more */
    tile->column_log2 = least(least(room - tile->row_log2, longest), log2_above(tile->columns));
    tile->row_log2 = least(least(room - tile->column_log2, longest), log2_above(tile->rows));
}

static int plan_tiles(const opencl_device *dev, const ramp_job *job, opencl_plan *plan) {
    const ramp_operand *operands[] = {&job->y, &job->x, &job->dy};
    const int last = job->ndim - 1;
    int row = -1;
    for (int i = 0; i < 3 && row < 0 && job->ndim > 1; i++) row = turned_along(job, operands[i]);
    if (row < 0 || job->shape[row] < shortest || job->shape[last] < shortest || (!dev->is_cpu && !dev->has_tiles) ||
        (opencl_kind_of(job) == RAMP_KIND_FORWARD_MASK && job->shape[last] % 8 != 0))
        return 0;

    ramp_tile *tile = &plan->tile;
    plan->form = dev->is_cpu ? FORM_TILE_RUN : FORM_TILE;
    *tile = (ramp_tile){
        .columns = (uint64_t)job->shape[last],
        .rows = (uint64_t)job->shape[row],
        .tiles = 1,
        .row_at = (uint32_t)(last - row),
        .x_turned = (uint32_t)is_turned(job, &job->x, row),
        .dy_turned = (uint32_t)is_turned(job, &job->dy, row),
        .y_turned = (uint32_t)is_turned(job, &job->y, row),
        .x_column = job->x.strides[last],
        .x_row = job->x.strides[row],
        .dy_column = job->dy.strides[last],
        .dy_row = job->dy.strides[row],
        .y_column = job->y.strides[last],
        .y_row = job->y.strides[row],
    };
    shape_tile(dev, job->element_bytes, tile);

    ramp_dimension *columns = &plan->layout.dim[0], *rows = &plan->layout.dim[tile->row_at];
    fill_layout(job, &plan->layout);
    coarsen(columns, (uint64_t)1 << tile->column_log2);
    coarsen(rows, (uint64_t)1 << tile->row_log2);
    for (uint32_t d = 0; d < plan->layout.dims; d++) tile->tiles *= plan->layout.dim[d].size;
    /* Not where most of each tile would lie outside. */
    const wide elements = (wide)tile->columns * tile->rows, room = (wide)columns->size * rows->size << (tile->column_log2 + tile->row_log2);
    return elements * 4 >= room;
}

/* ---- Offsets ---- */

static int64_t stride_of(const ramp_dimension *dim, int operand) { return operand == 0 ? dim->x : operand == 1 ? dim->dy : dim->y; }

/* How far one of `span` units can lie from the first of them: the sum of all steps on the way, each as often as it can be taken. */
static wide farthest(const ramp_layout *layout, int operand, uint64_t span) {
    uint64_t over = span - 1;
    wide sum = (wide)magnitude(stride_of(&layout->dim[0], operand)) * over;
    for (uint32_t d = 0; d + 1 < layout->dims; d++) {
        const ramp_dimension *dim = &layout->dim[d];
        over = (dim->size - 1 + over) / dim->size;
        sum += (wide)magnitude(stride_of(dim + 1, operand) - times(stride_of(dim, operand), dim->size)) * over;
    }
    return sum;
}

static int is_wide(const opencl_plan *plan) {
    const opencl_form_info *form = &opencl_forms[plan->form];
    const uint64_t span = (uint64_t)form->local_size * (uint64_t)(form->vectors + form->scalars);
    for (int operand = 0; operand < 3; operand++)
        if (farthest(&plan->layout, operand, span) > INT32_MAX) return 1;
    return 0;
}

void opencl_plan_job(const opencl_device *dev, const ramp_job *job, opencl_plan *plan) {
    const int64_t length = 16 / job->element_bytes;
    if (plan_tiles(dev, job, plan)) return;
    fill_layout(job, &plan->layout);
    plan->form = dev->is_cpu ? FORM_STRIDED_RUN : FORM_STRIDED_SCALAR;
    if (dev->is_cpu) return;
    if (takes_vectors(job, length)) {
        plan->form = FORM_STRIDED_VECTOR;
        coarsen(&plan->layout.dim[0], (uint64_t)length);
    }
    if (is_wide(plan)) {
        plan->form = FORM_STRIDED_WIDE;
        fill_layout(job, &plan->layout);
    }
}
