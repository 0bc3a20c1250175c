/*
 * tile.cuh: a strided job in tiles over its last dimension, the columns, and one other, the rows (strided.h). Include gather.cuh first.
 *
 * A warp's threads are neighbours along the columns, where the output's neighbours are; a thread has one column and every `step`th row. Where an
 * element lies is found by division once a block, and by additions from then on. An input whose neighbours lie along the rows is read along those
 * and turned in shared memory: the whole tile is read before any of it is written, so that an output may be that input.
 *
 * With a mask, a tile is at least a warp wide and the columns are a multiple of 8, so that a byte of the mask belongs to one row alone.
 */
#define RAMP_HELD  (RAMP_SIDE * RAMP_SIDE / RAMP_TILE_BLOCK) /* elements a thread */
#define RAMP_APART (RAMP_TILE_BLOCK / RAMP_SIDE)             /* in the square, lines between a thread's elements */

#define RAMP_SIDE_PITCH RAMP_PITCH(RAMP_SIDE, sizeof(stored))

extern __shared__ unsigned long long ramp_squares[]; /* one for each input that is turned */

/* Every n-th element that is within the first `within`, from `from` on; the others as 0. */
static __device__ __forceinline__ void load_line(stored (&e)[RAMP_HELD], const stored *from, i64 stride, u32 step, u32 within) {
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_HELD; k++) {
        e[k] = 0;
        if (k * step < within) e[k] = *from;
        from += stride;
    }
}

template <typename Function>
static __device__ __forceinline__ void tile(const stored *x, const stored *dy, stored *y, unsigned char *mask, const ramp_params &p,
                                            const ramp_tile &job) {
    /* The tile's first element. */
    u32 number = blockIdx.x, quotient = divided(number, job.column);
    const i64 column_0 = (i64)(number - quotient * job.across) << job.width_log2;
    number = quotient;
    quotient = divided(number, job.row);
    const u32 step = RAMP_TILE_BLOCK >> job.width_log2;
    const i64 row_0 = (i64)(number - quotient * job.down) * (step * RAMP_HELD);
    i64 bit = column_0 + row_0 * job.row.mask;
    x += column_0 * job.column.x + row_0 * job.row.x;
    dy += column_0 * job.column.dy + row_0 * job.row.dy;
    y += column_0 * job.column.y + row_0 * job.row.y;
    RAMP_ROLLED
    for (u32 d = 0; d < job.others; d++) {
        const ramp_axis &axis = job.other[d];
        number = quotient;
        quotient = d + 1 == job.others ? 0 : divided(number, axis);
        const i64 at = number - quotient * (u32)axis.size;
        x += at * axis.x, dy += at * axis.dy, y += at * axis.y, bit += at * axis.mask;
    }

    /* How much of it there is, and the thread's part: rows `row`, row + step, ... below `rows`; below `within` counted from the first, 0 where
     * the column is past the last. */
    const u64 columns_left = job.column.size - column_0, rows_left = job.row.size - row_0;
    const u32 width = 1u << job.width_log2, height = step * RAMP_HELD;
    const u32 columns = columns_left < width ? (u32)columns_left : width, rows = rows_left < height ? (u32)rows_left : height;
    const u32 column = threadIdx.x % width, row = threadIdx.x >> job.width_log2;
    const u32 within = column < columns && row < rows ? rows - row : 0;

    /* In the square the thread loads column `line` and every RAMP_APARTth of row `place`. */
    const u32 place = threadIdx.x % RAMP_SIDE, line = threadIdx.x / RAMP_SIDE;
    const u32 within_turned = place < rows && line < columns ? columns - line : 0;
    stored *const x_square = (stored *)ramp_squares, *const dy_square = job.x_turned ? x_square + RAMP_SIDE * RAMP_SIDE_PITCH : x_square;
    stored a[RAMP_HELD] = {}, b[RAMP_HELD] = {};
    if constexpr (Function::reads_x) {
        if (job.x_turned)
            load_line(a, x + place * job.row.x + line * job.column.x, RAMP_APART * job.column.x, RAMP_APART, within_turned);
        else
            load_line(a, x + column * job.column.x + row * job.row.x, step * job.row.x, step, within);
    }
    if constexpr (Function::reads_dy) {
        if (job.dy_turned)
            load_line(b, dy + place * job.row.dy + line * job.column.dy, RAMP_APART * job.column.dy, RAMP_APART, within_turned);
        else
            load_line(b, dy + column * job.column.dy + row * job.row.dy, step * job.row.dy, step, within);
    }
    u32 bits = 0;
    if constexpr (Function::reads_mask) {
        const unsigned char *from = mask + ((bit + column + row * job.row.mask) >> 3);
        RAMP_UNROLLED
        for (u32 k = 0; k < RAMP_HELD; k++) {
            if (k * step < within) bits |= (*from >> column % 8 & 1u) << k;
            from += step * job.row.mask >> 3;
        }
    }

    if (job.x_turned || job.dy_turned) {
        RAMP_UNROLLED
        for (u32 k = 0; k < RAMP_HELD; k++) {
            const u32 at = (line + k * RAMP_APART) * RAMP_SIDE_PITCH + place;
            if (Function::reads_x && job.x_turned) x_square[at] = a[k];
            if (Function::reads_dy && job.dy_turned) dy_square[at] = b[k];
        }
        __syncthreads();
        RAMP_UNROLLED
        for (u32 k = 0; k < RAMP_HELD; k++) {
            const u32 at = (threadIdx.x % RAMP_SIDE) * RAMP_SIDE_PITCH + threadIdx.x / RAMP_SIDE + k * RAMP_APART;
            if (Function::reads_x && job.x_turned) a[k] = x_square[at];
            if (Function::reads_dy && job.dy_turned) b[k] = dy_square[at];
        }
    }

    if constexpr (Function::writes_mask) {
        const u32 lane = threadIdx.x % 32;
        unsigned char *to = mask + ((bit + (column - lane) + row * job.row.mask) >> 3) + lane;
        const bool stores = lane < 4 && column - lane + 8 * lane < columns;
        RAMP_UNROLLED
        for (u32 k = 0; k < RAMP_HELD; k++) {
            u32 word = __ballot_sync(0xffffffffu, k * step < within && Function::bit(load_stored(a[k]), p));
            if (stores && row + k * step < rows) *to = (unsigned char)(word >> 8 * lane);
            to += step * job.row.mask >> 3;
        }
    }

    y += column * job.column.y + row * job.row.y;
    finish<Function>(a, b, bits, within, step, run{y, step * job.row.y}, p);
}
