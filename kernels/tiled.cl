/*
 * tiled.cl: a job in which neighbours of an operand do not lie along the last dimension, but along another: in tiles over the two, each
 * read along its own neighbours: one kernel, tiled. Include layout.h and apply.cl first.
 *
 * Columns lie along the last dimension, rows along the other. In the layout those two count tiles, and their strides are a tile's. All of a tile is
 * read before any of it is written, so that an output may be an input. Where a mask is written, the last dimension is a multiple of 8, so that no two
 * tiles share a byte.
 */

/* A tile's first element: its columns and rows before it, its bit in a mask, and how many bits a row is from the next. */
typedef struct corner {
    global const stored *x, *dy;
    global stored *y;
    ulong column, row, bit, bits_apart;
} corner;

/* A macro, so that the arguments of the kernel stay what they are: copies of them would be indexed in slow memory. */
#define FIND_CORNER(c, number)                                                                                                             \
    corner c = {FROM(x_buffer, x_at), FROM(dy_buffer, dy_at), TO(y_buffer, y_at), 0, 0, 0, 0};                                             \
    {                                                                                                                                      \
        ulong rest = number, run = 1;                                                                                                      \
        for (uint d = 0; d < job.dims; d++) {                                                                                              \
            const ulong size = job.dim[d].size;                                                                                            \
            const ulong next = d + 1 < job.dims ? (mul_hi(rest, job.dim[d].multiplier) + rest) >> job.dim[d].shift : 0;                    \
            const ulong place = rest - next * size;                                                                                        \
            ulong before = place, length = size;                                                                                           \
            c.x += (long)place * job.dim[d].x;                                                                                             \
            c.dy += (long)place * job.dim[d].dy;                                                                                           \
            c.y += (long)place * job.dim[d].y;                                                                                             \
            if (d == 0) {                                                                                                                  \
                c.column = before = place << tile.column_log2;                                                                             \
                length = tile.columns;                                                                                                     \
            }                                                                                                                              \
            if (d == tile.row_at) {                                                                                                        \
                c.row = before = place << tile.row_log2;                                                                                   \
                length = tile.rows;                                                                                                        \
                c.bits_apart = run;                                                                                                        \
            }                                                                                                                              \
            c.bit += before * run;                                                                                                         \
            run *= length;                                                                                                                 \
            rest = next;                                                                                                                   \
        }                                                                                                                                  \
    }

static inline uint least(ulong left, uint log2) { return left < (1u << log2) ? (uint)left : 1u << log2; }

#if defined(RAMP_RUN)

/* ---- A CPU: a work-item is a tile ---- */

typedef real square[RAMP_TILE][RAMP_TILE];

static inline void load_tile(square to, global const stored *from, int is_turned, long column, long row, uint columns, uint rows) {
    real line[RAMP_TILE];
    if (!is_turned) {
        for (uint r = 0; r < rows; r++) load_row(to[r], from + (long)r * row, column, columns);
        return;
    }
    for (uint c = 0; c < columns; c++) {
        load_row(line, from + (long)c * column, row, rows);
        for (uint r = 0; r < rows; r++) to[r][c] = line[r];
    }
}

static inline void store_tile(global stored *to, square from, int is_turned, long column, long row, uint columns, uint rows) {
    real line[RAMP_TILE];
    if (!is_turned) {
        for (uint r = 0; r < rows; r++) store_row(to + (long)r * row, column, from[r], columns);
        return;
    }
    for (uint c = 0; c < columns; c++) {
        for (uint r = 0; r < rows; r++) line[r] = from[r][c];
        store_row(to + (long)c * column, row, line, rows);
    }
}

kernel void tiled(OPERANDS, MASK, ramp_layout job, ramp_tile tile, numbers numbers_of_p) {
    ramp_params p = params_of(numbers_of_p);
    square e, g, out;
    if (get_global_id(0) >= tile.tiles) return;
    FIND_CORNER(c, get_global_id(0))
    const uint columns = least(tile.columns - c.column, tile.column_log2), rows = least(tile.rows - c.row, tile.row_log2);
    if (!RAMP_FROM_MASK) load_tile(e, c.x, tile.x_turned, tile.x_column, tile.x_row, columns, rows);
    if (RAMP_BACKWARD) load_tile(g, c.dy, tile.dy_turned, tile.dy_column, tile.dy_row, columns, rows);
    for (uint r = 0; r < rows; r++) {
#if RAMP_FROM_MASK
        const ulong bit = c.bit + r * c.bits_apart;
        for (uint i = 0; i < columns; i++) e[r][i] = mask_buffer[mask_at + (bit + i) / 8] >> ((bit + i) & 7) & 1 ? K(1.0) : K(0.0);
#elif defined(RAMP_MASK_OF)
        write_bits(mask_buffer + mask_at + (c.bit + r * c.bits_apart) / 8, e[r], columns, p);
#endif
        apply_block(out[r], e[r], g[r], columns, p);
    }
    store_tile(c.y, out, tile.y_turned, tile.y_column, tile.y_row, columns, rows);
}

#else

/* ---- A GPU: a work-group is a tile of RAMP_TILE * RAMP_TILE elements, of some shape ----
 * What is turned goes through local memory, where a row begins PAD elements after the one before it has ended: so that neighbours along the columns, and
 * along the rows, lie in different banks. */

#define ELEMENTS (RAMP_TILE * RAMP_TILE)
#define PAD      (sizeof(stored) == 2 ? 2 : 1)
#define NEAR(r, c) ((r) * ((1u << tile.column_log2) + PAD) + (c))

/* All elements of a tile: TOGETHER a work-item at a time, or HELD where they are only moved; neighbours along the columns, or along the rows. */
#define HELD                (sizeof(stored) == 2 ? 8 : 4)
#define EACH_TURN(together) for (uint from = get_local_id(0); from < ELEMENTS; from += (together) * step)
#define EACH_HELD           _Pragma("unroll") for (uint k = 0; k < HELD; k++)
#define ALONG_COLUMNS(i) const uint c = (i) & ((1u << tile.column_log2) - 1), r = (i) >> tile.column_log2
#define ALONG_ROWS(i)    const uint r = (i) & ((1u << tile.row_log2) - 1), c = (i) >> tile.row_log2

/* Into local memory, along the rows. */
#define LOAD_TURNED(near, operand)                                                                                                         \
    EACH_TURN(HELD) {                                                                                                                      \
        stored line[HELD];                                                                                                                 \
        EACH_HELD {                                                                                                                        \
            ALONG_ROWS(from + k * step);                                                                                                   \
            if (r < rows && c < columns) line[k] = at.operand[c * tile.operand##_column + r * tile.operand##_row];                         \
        }                                                                                                                                  \
        EACH_HELD {                                                                                                                        \
            ALONG_ROWS(from + k * step);                                                                                                   \
            if (r < rows && c < columns) near[NEAR(r, c)] = line[k];                                                                       \
        }                                                                                                                                  \
    }

kernel void tiled(OPERANDS, MASK, ramp_layout job, ramp_tile tile, numbers numbers_of_p) {
    ramp_params p = params_of(numbers_of_p);
    const uint step = get_local_size(0);
    local stored near_x[ELEMENTS + ELEMENTS / 8 * PAD]; /* or y: the shortest row has 8 elements */
#if RAMP_BACKWARD
    local stored near_dy[ELEMENTS + ELEMENTS / 8 * PAD];
#endif
#if defined(RAMP_MASK_OF)
    local uchar flag[ELEMENTS];
#endif
    FIND_CORNER(at, get_group_id(0))
    const uint columns = least(tile.columns - at.column, tile.column_log2), rows = least(tile.rows - at.row, tile.row_log2);
#if !RAMP_FROM_MASK
    if (tile.x_turned) LOAD_TURNED(near_x, x)
#endif
#if RAMP_BACKWARD
    if (tile.dy_turned) LOAD_TURNED(near_dy, dy)
#endif
    barrier(CLK_LOCAL_MEM_FENCE);

    EACH_TURN(TOGETHER) {
        real e[TOGETHER], g[TOGETHER];
        EACH {
            ALONG_COLUMNS(from + k * step);
            e[k] = K(0.0);
            g[k] = K(0.0);
            if (r >= rows || c >= columns) continue;
#if RAMP_FROM_MASK
            const ulong bit = at.bit + r * at.bits_apart + c;
            e[k] = mask_buffer[mask_at + bit / 8] >> (bit & 7) & 1 ? K(1.0) : K(0.0);
#else
            e[k] = load_stored(tile.x_turned ? near_x[NEAR(r, c)] : at.x[c * tile.x_column + r * tile.x_row]);
#endif
#if RAMP_BACKWARD
            g[k] = load_stored(tile.dy_turned ? near_dy[NEAR(r, c)] : at.dy[c * tile.dy_column + r * tile.dy_row]);
#endif
        }
#if defined(RAMP_MASK_OF)
        EACH if (from + k * step < ELEMENTS) flag[from + k * step] = (uchar)RAMP_MASK_OF(e[k], p);
#endif
        apply(e, g, p);
        EACH {
            ALONG_COLUMNS(from + k * step);
            if (r >= rows || c >= columns) continue;
            if (tile.y_turned)
                near_x[NEAR(r, c)] = store_real(e[k]); /* where this element's x was, if anything */
            else
                at.y[c * tile.y_column + r * tile.y_row] = store_real(e[k]);
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    if (tile.y_turned) EACH_TURN(HELD) {
        EACH_HELD {
            ALONG_ROWS(from + k * step);
            if (r < rows && c < columns) at.y[c * tile.y_column + r * tile.y_row] = near_x[NEAR(r, c)];
        }
    }
#if defined(RAMP_MASK_OF)
    for (uint i = get_local_id(0); i < ELEMENTS / 8; i += step) {
        ALONG_COLUMNS(i * 8);
        if (r >= rows || c >= columns) continue;
        uint byte = 0;
        for (uint k = 0; k < 8; k++) byte |= (uint)flag[i * 8 + k] << k;
        mask_buffer[mask_at + (at.bit + r * at.bits_apart + c) / 8] = (uchar)byte;
    }
#endif
}

#endif
