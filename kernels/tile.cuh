/*
 * tile.cuh: a strided job in tiles over its last dimension, the columns, and one other, the rows (strided.h). Include gather.cuh first.
 *
 * A warp's threads are neighbours along the columns, where the output's neighbours are; a thread has one column and every `step`th row. Where an
 * element lies is found by division once a block, and by additions from then on. An input whose neighbours lie along the rows is read along those
 * and turned in shared memory: the whole tile is read before any of it is written, so that an output may be that input.
 *
 * With a mask, the dimensions' order is the mask's, and the output's neighbours may lie along the rows, too: then it is turned the same way. A
 * tile is at least a warp wide there, and the columns are a multiple of 8, so that a byte of the mask belongs to one row alone.
 */
#define RAMP_TILE_BLOCK (1u << RAMP_TILE_BLOCK_LOG2)
#define RAMP_HELD       (RAMP_SIDE * RAMP_SIDE / RAMP_TILE_BLOCK) /* elements a thread */
#define RAMP_APART      (RAMP_TILE_BLOCK / RAMP_SIDE)             /* in a square, lines between a thread's elements */
#define RAMP_SIDE_PITCH RAMP_PITCH(RAMP_SIDE, sizeof(stored))

extern __shared__ unsigned long long ramp_squares[]; /* one for each input that is turned; the output's is the first */

/* `left` elements at equal distances; what a thread could hold beyond those is 0. */
static __device__ __forceinline__ void load_line(stored (&e)[RAMP_HELD], const stored *from, i64 stride, u32 left) {
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_HELD; k++) {
        e[k] = 0;
        if (k < left) e[k] = *from;
        from += stride;
    }
}

/* A square lies in shared memory column after column. A thread puts in parts of a row, and takes out parts of a column: of row, or column,
 * threadIdx.x % RAMP_SIDE every RAMP_APARTth element from `square_line` on. */
static __device__ __forceinline__ u32 square_line() { return threadIdx.x / RAMP_SIDE; }

static __device__ __forceinline__ void put_in(stored *square, const stored (&e)[RAMP_HELD]) {
    square += square_line() * RAMP_SIDE_PITCH + threadIdx.x % RAMP_SIDE;
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_HELD; k++) square[k * RAMP_APART * RAMP_SIDE_PITCH] = e[k];
}

static __device__ __forceinline__ void take_out(const stored *square, stored (&e)[RAMP_HELD]) {
    square += threadIdx.x % RAMP_SIDE * RAMP_SIDE_PITCH + square_line();
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_HELD; k++) e[k] = square[k * RAMP_APART];
}

/* What a thread has of its tile. */
struct tile_part {
    u32 columns, rows;   /* of the tile that there are */
    u32 column, row;     /* the thread's first element */
    u32 step, left;      /* it has `left` rows, from `row` on in steps; none where the column is past the last */
    u32 place, left_row; /* in a square it loads of row `place` every RAMP_APARTth from square_line() on, `left_row` of them */
};

static __device__ __forceinline__ tile_part part_of(const ramp_tile &job, u64 columns_left, u64 rows_left) {
    tile_part t;
    const u32 step_log2 = RAMP_TILE_BLOCK_LOG2 - job.width_log2, width = 1u << job.width_log2;
    t.step = 1u << step_log2;
    t.columns = columns_left < width ? (u32)columns_left : width;
    t.rows = rows_left < t.step * RAMP_HELD ? (u32)rows_left : t.step * RAMP_HELD;
    t.column = threadIdx.x & (width - 1);
    t.row = threadIdx.x >> job.width_log2;
    t.left = t.column < t.columns && t.row < t.rows ? (t.rows - t.row + t.step - 1) >> step_log2 : 0;
    t.place = threadIdx.x % RAMP_SIDE;
    t.left_row = t.place < t.rows && square_line() < t.columns ? (t.columns - square_line() + RAMP_APART - 1) / RAMP_APART : 0;
    return t;
}

/* The output, from its square to memory. Every thread has put its results where it took its input from, or would have. */
static __device__ __forceinline__ void store_turned(stored *to, const stored *square, i64 column, i64 row, const tile_part &t) {
    square += square_line() * RAMP_SIDE_PITCH + t.place;
    to += t.place * row + square_line() * column;
    __syncthreads();
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_HELD; k++) {
        if (k < t.left_row) *to = square[k * RAMP_APART * RAMP_SIDE_PITCH];
        to += RAMP_APART * column;
    }
}

/* One input's elements; those that are turned are still in the other order. `column` and `row` are its strides. */
static __device__ __forceinline__ void load_tile(stored (&e)[RAMP_HELD], const stored *from, i64 column, i64 row, int turned,
                                                 const tile_part &t) {
    if (turned)
        load_line(e, from + t.place * row + square_line() * column, RAMP_APART * column, t.left_row);
    else
        load_line(e, from + t.column * column + t.row * row, t.step * row, t.left);
}

/* The mask's bits, from that of the thread's first element on; row is the mask's stride. */
static __device__ __forceinline__ u32 read_tile(const unsigned char *mask, i64 bit, i64 row, const tile_part &t) {
    u32 bits = 0;
    mask += bit >> 3;
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_HELD; k++) {
        if (k < t.left) bits |= (*mask >> t.column % 8 & 1u) << k;
        mask += t.step * row >> 3;
    }
    return bits;
}

/* The whole warp is here: one row at a time. Lane 0 to 3 store a byte each. */
template <typename Function>
static __device__ __forceinline__ void write_tile(const stored (&x)[RAMP_HELD], unsigned char *mask, i64 bit, i64 row, const tile_part &t,
                                                  const ramp_params &p) {
    const u32 lane = threadIdx.x % 32;
    const bool stores = lane < 4 && t.column + 7 * lane < t.columns;
    mask += ((bit - lane) >> 3) + lane;
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_HELD; k++) {
        u32 word = __ballot_sync(0xffffffffu, k < t.left && Function::bit(load_stored(x[k]), p));
        if (stores && t.row + k * t.step < t.rows) *mask = (unsigned char)(word >> 8 * lane);
        mask += t.step * row >> 3;
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
    const i64 row_0 = (i64)(number - quotient * job.down) * (RAMP_TILE_BLOCK * RAMP_HELD >> job.width_log2);
    const tile_part t = part_of(job, job.column.size - column_0, job.row.size - row_0);
    i64 bit = column_0 + row_0 * job.row.mask + t.column + t.row * job.row.mask; /* the thread's */
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

    constexpr bool has_mask = Function::reads_mask || Function::writes_mask;
    stored *const squares = (stored *)ramp_squares;
    stored a[RAMP_HELD] = {}, b[RAMP_HELD] = {};
    u32 bits = 0;
    if constexpr (Function::reads_mask) bits = read_tile(mask, bit, job.row.mask, t);
    if constexpr (Function::reads_x) load_tile(a, x, job.column.x, job.row.x, job.x_turned, t);
    if constexpr (Function::reads_dy) load_tile(b, dy, job.column.dy, job.row.dy, job.dy_turned, t);
    if (job.x_turned || job.dy_turned) {
        stored *dy_square = job.x_turned ? squares + RAMP_SIDE * RAMP_SIDE_PITCH : squares;
        if (Function::reads_x && job.x_turned) put_in(squares, a);
        if (Function::reads_dy && job.dy_turned) put_in(dy_square, b);
        __syncthreads();
        if (Function::reads_x && job.x_turned) take_out(squares, a);
        if (Function::reads_dy && job.dy_turned) take_out(dy_square, b);
    }
    if constexpr (Function::writes_mask) write_tile<Function>(a, mask, bit, job.row.mask, t, p);
    run to = {y + t.column * job.column.y + t.row * job.row.y, t.step * job.row.y};
    if (has_mask && job.y_turned) to = {squares + t.column * RAMP_SIDE_PITCH + t.row, RAMP_APART};
    finish<Function>(a, b, bits, t.left, 1, to, p);
    if (has_mask && job.y_turned) store_turned(y, squares, job.column.y, job.row.y, t);
}
