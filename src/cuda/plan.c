/*
 * plan.c: which form a strided job takes. Vectors, found by division, where the last dimension is made of them in every operand; else tiles
 * where two dimensions fill them well, for they find an element by an addition; otherwise gather, which divides for each. No allocation: a
 * plan is some hundreds of bytes on the stack, copied by the launch.
 */
#include "plan.h"

#define SECTOR    32          /* bytes that memory gives at least: neighbours closer than that share one */
#define MAX_TILES 0x7fffffffu /* of one grid, and for divisions in 32 bits */

static uint64_t magnitude(int64_t stride) { return stride < 0 ? 0 - (uint64_t)stride : (uint64_t)stride; }

static unsigned log2_up(uint64_t n) { return n > 1 ? 64 - (unsigned)__builtin_clzll(n - 1) : 0; }

/* Division by `divisor`, 1 to 2^31 - 1, or 1 to 2^63 - 1: Granlund and Montgomery, "Division by Invariant Integers using Multiplication". */
static void divide_32(ramp_axis *axis, uint64_t divisor) {
    axis->shift = log2_up(divisor);
    axis->multiplier = ((((uint64_t)1 << axis->shift) - divisor) << 32) / divisor + 1;
}

static void divide_64(ramp_axis *axis, uint64_t divisor) {
    __extension__ typedef unsigned __int128 wide;
    axis->shift = log2_up(divisor);
    axis->multiplier = (uint64_t)(((wide)(((uint64_t)1 << axis->shift) - divisor) << 64) / divisor) + 1;
}

static ramp_axis axis_of(const ramp_job *job, int d) {
    return (ramp_axis){.size = (uint64_t)job->shape[d],
                       .x = job->x.data != NULL ? job->x.strides[d] : 0,
                       .dy = job->dy.data != NULL ? job->dy.strides[d] : 0,
                       .y = job->y.strides[d],
                       .mask = job->mask.data != NULL ? job->mask.strides[d] : 0};
}

/* ---- Gather: elements, or vectors of them ---- */

static int reaches_past_32(const ramp_job *job, const ramp_operand *operand) {
    uint64_t reach = 0; /* the door let in what reaches less than 2^62 bytes */
    for (int d = 0; d < job->ndim && operand->data != NULL; d++) reach += magnitude(operand->strides[d]) * (uint64_t)(job->shape[d] - 1);
    return reach > INT32_MAX;
}

/* `lanes` elements a number; `block` numbers a block. */
static void plan_gather(cuda_plan *plan, const ramp_job *job, unsigned lanes, unsigned block) {
    ramp_gather *gather = &plan->gather;
    gather->count = job->count / lanes;
    gather->dims = (unsigned)job->ndim;
    gather->wide =
        gather->count > INT32_MAX || reaches_past_32(job, &job->x) || reaches_past_32(job, &job->dy) || reaches_past_32(job, &job->y);
    for (int d = 0; d < job->ndim; d++) {
        ramp_axis *axis = &gather->axis[job->ndim - 1 - d];
        *axis = axis_of(job, d);
        if (d == job->ndim - 1) {
            axis->size /= lanes;
            axis->x *= lanes, axis->dy *= lanes, axis->y *= lanes;
        }
        (gather->wide ? divide_64 : divide_32)(axis, axis->size);
    }
    plan->form = lanes > 1 ? CUDA_VECTORS : CUDA_GATHER;
    plan->grid = (cuda_grid){.blocks = cuda_divide_up(gather->count, block), .threads = RAMP_BLOCK};
}

/* Do an operand's vectors along the last dimension begin on boundaries? An input that is broadcast along it has none. */
static int has_vectors(const ramp_job *job, const ramp_operand *operand, CUdeviceptr address, int lanes) {
    const int last = job->ndim - 1;
    if (operand->data == NULL || (operand->strides[last] == 0 && operand != &job->y)) return 1;
    if (operand->strides[last] != 1 || address % RAMP_VECTOR_BYTES != 0) return 0;
    for (int d = 0; d < last; d++)
        if (operand->strides[d] % lanes != 0) return 0;
    return 1;
}

static int can_use_vectors(const ramp_job *job, const cuda_arguments *a) {
    const int lanes = (int)a->share->vector;
    return job->shape[job->ndim - 1] % lanes == 0 && has_vectors(job, &job->x, a->x, lanes) && has_vectors(job, &job->dy, a->dy, lanes) &&
           has_vectors(job, &job->y, a->y, lanes);
}

/* ---- Tiles ---- */

typedef struct choice {
    int row;             /* the dimension; -1: none */
    unsigned width_log2; /* of a tile */
    double filled;       /* the part of all tiles that has elements */
    int x_turned, dy_turned, y_turned;
} choice;

static double filled(uint64_t size, uint64_t tile) { return (double)size / ((double)cuda_divide_up(size, tile) * (double)tile); }

/* Is an operand better read, or written, along dimension d than along the last? */
static int is_turned(const ramp_job *job, const ramp_operand *operand, int d) {
    const uint64_t across = magnitude(operand->strides[job->ndim - 1]);
    return operand->data != NULL && magnitude(operand->strides[d]) < across && across >= SECTOR / job->element_bytes;
}

/* The dimension that an operand is best read along, if that is not the last; else -1. One that is broadcast only if there is no other. */
static int fastest(const ramp_job *job, const ramp_operand *operand) {
    int best = -1;
    for (int d = 0; d < job->ndim - 1; d++) {
        if (!is_turned(job, operand, d)) continue;
        if (best < 0 || magnitude(operand->strides[d]) - 1 < magnitude(operand->strides[best]) - 1) best = d; /* 0 - 1 is the largest */
    }
    return best;
}

static choice choose_turned(const ramp_job *job, const cuda_share *share) {
    choice c = {.row = fastest(job, &job->y), .width_log2 = log2_up(share->side)};
    if (c.row < 0) c.row = fastest(job, &job->x);
    if (c.row < 0) c.row = fastest(job, &job->dy);
    if (c.row < 0) return c;
    c.x_turned = is_turned(job, &job->x, c.row);
    c.dy_turned = is_turned(job, &job->dy, c.row);
    c.y_turned = is_turned(job, &job->y, c.row); /* not without a mask: the output's strides fall */
    c.filled = filled((uint64_t)job->shape[job->ndim - 1], share->side) * filled((uint64_t)job->shape[c.row], share->side);
    return c;
}

/* As wide as it can be, and of neighbouring dimensions, unless others fill it clearly better. */
static choice choose_straight(const ramp_job *job, const cuda_share *share) {
    const unsigned widest = log2_up(share->threads), narrowest = job->mask.data != NULL ? 5 : 3;
    choice best = {.row = -1};
    for (unsigned width_log2 = widest; width_log2 >= narrowest; width_log2--)
        for (int d = job->ndim - 2; d >= 0; d--) {
            const uint64_t width = (uint64_t)1 << width_log2, height = (uint64_t)share->threads * share->held / width;
            const double part = filled((uint64_t)job->shape[job->ndim - 1], width) * filled((uint64_t)job->shape[d], height);
            if (part > best.filled * 1.15) best = (choice){.row = d, .width_log2 = width_log2, .filled = part};
        }
    return best;
}

/* 0: there would be too many of them. */
static int plan_tile(cuda_plan *plan, const ramp_job *job, const cuda_share *share, const choice *c) {
    ramp_tile *tile = &plan->tile;
    const unsigned height = (share->threads >> c->width_log2) * share->held, last = (unsigned)job->ndim - 1;
    const uint64_t across = cuda_divide_up((uint64_t)job->shape[last], (uint64_t)1 << c->width_log2);
    const uint64_t down = cuda_divide_up((uint64_t)job->shape[c->row], height);
    const double others = (double)job->count / ((double)job->shape[last] * (double)job->shape[c->row]);
    if ((double)across * (double)down * others > MAX_TILES) return 0;

    plan->form = CUDA_TILE;
    plan->grid = (cuda_grid){.blocks = across * down, .threads = share->threads};
    plan->grid.shared = (unsigned)(c->x_turned + c->dy_turned > 0 ? c->x_turned + c->dy_turned : c->y_turned) * share->square;
    tile->column = axis_of(job, (int)last);
    tile->row = axis_of(job, c->row);
    tile->across = (unsigned)across;
    tile->down = (unsigned)down;
    tile->width_log2 = c->width_log2;
    tile->x_turned = c->x_turned;
    tile->dy_turned = c->dy_turned;
    tile->y_turned = c->y_turned;
    tile->others = 0;
    divide_32(&tile->column, across);
    divide_32(&tile->row, down);
    for (int d = job->ndim - 2; d >= 0; d--) {
        if (d == c->row) continue;
        ramp_axis *axis = &tile->other[tile->others++];
        *axis = axis_of(job, d);
        divide_32(axis, axis->size);
        plan->grid.blocks *= axis->size;
    }
    return 1;
}

/* A mask's bytes must each belong to one row. */
static int has_tiles(const ramp_job *job) { return job->ndim >= 2 && (job->mask.data == NULL || job->shape[job->ndim - 1] % 8 == 0); }

void cuda_plan_make(cuda_plan *plan, const ramp_job *job, const cuda_arguments *a) {
    const cuda_share *share = a->share;
    if (can_use_vectors(job, a)) {
        plan_gather(plan, job, share->vector, share->vectors / share->vector);
        return;
    }
    if (has_tiles(job)) {
        choice c = choose_turned(job, share);
        const double enough = c.row >= 0 ? 0.4 : 0.5; /* to be turned is worth more */
        if (c.row < 0) c = choose_straight(job, share);
        if (c.filled >= enough && plan_tile(plan, job, share, &c)) return;
    }
    plan_gather(plan, job, 1, share->singles);
}
