/*
 * plan.c: which form a strided job takes. Tiles where two dimensions fill them well, for they find an element by an addition; otherwise gather,
 * which divides for each. No allocation: a plan is some hundreds of bytes on the stack, copied by the launch.
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

/* ---- Gather ---- */

static int reaches_past_32(const ramp_job *job, const ramp_operand *operand) {
    uint64_t reach = 0; /* the door let in what reaches less than 2^62 bytes */
    for (int d = 0; d < job->ndim && operand->data != NULL; d++) reach += magnitude(operand->strides[d]) * (uint64_t)(job->shape[d] - 1);
    return reach > INT32_MAX;
}

static void plan_gather(cuda_plan *plan, const ramp_job *job, const cuda_share *share) {
    ramp_gather *gather = &plan->gather;
    plan->form = CUDA_GATHER;
    plan->grid = (cuda_grid){.blocks = cuda_divide_up(job->count, share->singles), .threads = RAMP_BLOCK};
    gather->count = job->count;
    gather->dims = (unsigned)job->ndim;
    gather->wide =
        job->count > INT32_MAX || reaches_past_32(job, &job->x) || reaches_past_32(job, &job->dy) || reaches_past_32(job, &job->y);
    for (int d = 0; d < job->ndim; d++) {
        ramp_axis *axis = &gather->axis[job->ndim - 1 - d];
        *axis = axis_of(job, d);
        (gather->wide ? divide_64 : divide_32)(axis, axis->size);
    }
}

/* ---- Tiles ---- */

typedef struct choice {
    int row;             /* the dimension; -1: none */
    unsigned width_log2; /* of a tile */
    double filled;       /* the part of all tiles that has elements */
    int x_turned, dy_turned;
} choice;

static double filled(uint64_t size, uint64_t tile) { return (double)size / ((double)cuda_divide_up(size, tile) * (double)tile); }

/* Is an operand better read along dimension d than along the last? */
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
    choice c = {.row = fastest(job, &job->x), .width_log2 = log2_up(share->side)};
    if (c.row < 0) c.row = fastest(job, &job->dy);
    if (c.row < 0) return c;
    c.x_turned = is_turned(job, &job->x, c.row);
    c.dy_turned = is_turned(job, &job->dy, c.row);
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
    plan->grid.shared = (unsigned)(c->x_turned + c->dy_turned) * share->square;
    tile->column = axis_of(job, (int)last);
    tile->row = axis_of(job, c->row);
    tile->across = (unsigned)across;
    tile->down = (unsigned)down;
    tile->width_log2 = c->width_log2;
    tile->x_turned = c->x_turned;
    tile->dy_turned = c->dy_turned;
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

void cuda_plan_make(cuda_plan *plan, const ramp_job *job, const cuda_share *share) {
    if (has_tiles(job)) {
        choice c = choose_turned(job, share);
        const double enough = c.row >= 0 ? 0.25 : 0.5; /* to be turned is worth more */
        if (c.row < 0) c = choose_straight(job, share);
        if (c.filled >= enough && plan_tile(plan, job, share, &c)) return;
    }
    plan_gather(plan, job, share);
}
