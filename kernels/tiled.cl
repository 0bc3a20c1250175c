/*
 * tiled.cl: a job in which neighbours of an operand do not lie along the last dimension, but along another: in tiles over the two, each
 * read along its own neighbours: one kernel, tiled. Include layout.h and apply.cl first.
 *
 * Columns lie along the last dimension, rows along the other. In the layout those two count tiles, and their strides are a tile's. All of a
 * tile is read before any of it is written, so that an output may be an input. Where a mask is written, the last dimension is a multiple of
 * 8, so that no two tiles share a byte.
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

typedef real square[RAMP_TILE_SIDE][RAMP_TILE_SIDE];

static inline void load_tile(square to, global const stored *from, int is_turned, long column, long row, uint columns, uint rows) {
    real line[RAMP_TILE_SIDE];
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
    real line[RAMP_TILE_SIDE];
    if (!is_turned) {
        for (uint r = 0; r < rows; r++) store_row(to + (long)r * row, column, from[r], columns);
        return;
    }
    for (uint c = 0; c < columns; c++) {
        for (uint r = 0; r < rows; r++) line[r] = from[r][c];
        store_row(to + (long)c * column, row, line, rows);
    }
}

RUN_KERNEL void tiled(OPERANDS, MASK, ramp_layout job, ramp_tile tile, PARAMETERS) {
    op_params p = OP_PARAMS;
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

/* ---- A GPU: a work-group is a tile of at most ELEMENTS, whose width and height are powers of two, RAMP_TILE_LOCAL at most ----
 * Operands are held in local memory, where a row begins PAD elements after the one before it has ended: so that neighbours along the
 * columns, and along the rows, lie in different banks. A work-item has every so many'th element of a column, or, of an operand that is
 * turned, of a row; those of neighbouring work-items are neighbours. */

#define ELEMENTS  RAMP_TILE_ELEMENTS(sizeof(stored))
#define HELD      (ELEMENTS / RAMP_TILE_LOCAL) /* of a work-item */
#define PAD       (sizeof(stored) == 2 ? 2 : 1)
#define NEAR      (ELEMENTS + ELEMENTS / 8 * PAD) /* the shortest row has 8 elements */
#define EACH_HELD _Pragma("unroll") for (uint k = 0; k < HELD; k++)

/* A work-item's elements: the first lies so far along and across, the next `step` further across, and they end before `within`. */
typedef struct line {
    uint along, across, step, within;
} line;

static inline line line_of(uint self, uint log2, uint along_count, uint across_count) {
    line l = {self & ((1u << log2) - 1), self >> log2, RAMP_TILE_LOCAL >> log2, 0};
    if (l.along < along_count && l.across < across_count) l.within = across_count - l.across;
    return l;
}

static inline void load_line(stored *to, global const stored *from, line l, long along, long across) {
    from += l.along * along + l.across * across;
    if ((HELD - 1) * l.step < l.within)
        EACH_HELD to[k] = from[k * l.step * across];
    else
        EACH_HELD if (k * l.step < l.within) to[k] = from[k * l.step * across];
}

static inline void keep_line(local stored *to, const stored *from, line l, uint along, uint across) {
    to += l.along * along + l.across * across;
    EACH_HELD if (k * l.step < l.within) to[k * l.step * across] = from[k];
}

#if defined(RAMP_MASK_OF)

static inline uchar byte_in(local const uchar *flag) {
    uint byte = 0;
    for (uint k = 0; k < 8; k++) byte |= (uint)flag[k] << k;
    return (uchar)byte;
}

#endif

kernel __attribute__((reqd_work_group_size(RAMP_TILE_LOCAL, 1, 1))) void tiled(OPERANDS, MASK, ramp_layout job, ramp_tile tile,
                                                                               PARAMETERS) {
    op_params p = OP_PARAMS;
    local stored near_x[NEAR]; /* then y */
#if RAMP_BACKWARD
    local stored near_dy[NEAR];
#endif
#if defined(RAMP_MASK_OF)
    local uchar flag[ELEMENTS];
#endif
    FIND_CORNER(at, get_group_id(0))
    const uint columns = least(tile.columns - at.column, tile.column_log2), rows = least(tile.rows - at.row, tile.row_log2);
    const uint self = get_local_id(0), width = 1u << tile.column_log2, height = 1u << tile.row_log2, pitch = width + PAD;
    const line straight = line_of(self, tile.column_log2, columns, rows), turned = line_of(self, tile.row_log2, rows, columns);

#if !RAMP_FROM_MASK
    stored held_x[HELD];
    const line x_line = tile.x_turned ? turned : straight;
    load_line(held_x, at.x, x_line, tile.x_turned ? tile.x_row : tile.x_column, tile.x_turned ? tile.x_column : tile.x_row);
#endif
#if RAMP_BACKWARD
    stored held_dy[HELD];
    const line dy_line = tile.dy_turned ? turned : straight;
    load_line(held_dy, at.dy, dy_line, tile.dy_turned ? tile.dy_row : tile.dy_column, tile.dy_turned ? tile.dy_column : tile.dy_row);
    keep_line(near_dy, held_dy, dy_line, tile.dy_turned ? pitch : 1, tile.dy_turned ? 1 : pitch);
#endif
#if !RAMP_FROM_MASK
    keep_line(near_x, held_x, x_line, tile.x_turned ? pitch : 1, tile.x_turned ? 1 : pitch);
#endif
    barrier(CLK_LOCAL_MEM_FENCE);

    const uint step = straight.step, near_step = step * pitch;
    const long y_step = step * tile.y_row;
    uint near = straight.across * pitch + straight.along;
    global stored *y = at.y + straight.along * tile.y_column + straight.across * tile.y_row;
    for (uint from = 0; from < height; from += TOGETHER * step) {
        const uint left = from < straight.within ? straight.within - from : 0;
        real e[TOGETHER], g[TOGETHER];
        EACH {
            e[k] = K(0.0);
            g[k] = K(0.0);
            if (k * step >= left) continue;
#if RAMP_FROM_MASK
            const ulong bit = at.bit + (straight.across + from + k * step) * at.bits_apart + straight.along;
            e[k] = mask_buffer[mask_at + bit / 8] >> (bit & 7) & 1 ? K(1.0) : K(0.0);
#else
            e[k] = X(near_x[near + k * near_step]);
#endif
#if RAMP_BACKWARD
            g[k] = DY(near_dy[near + k * near_step]);
#endif
        }
#if defined(RAMP_MASK_OF)
        EACH if (k * step < left) flag[(straight.across + from + k * step) * width + straight.along] = (uchar)RAMP_MASK_OF(e[k], p);
#endif
        apply(e, g, p);
        if (tile.y_turned) {
            EACH if (k * step < left) near_x[near + k * near_step] = Y(e[k]);
        } else {
            EACH if (k * step < left) y[k * y_step] = Y(e[k]);
        }
        near += TOGETHER * near_step;
        y += TOGETHER * y_step;
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    if (tile.y_turned) {
        y = at.y + turned.along * tile.y_row + turned.across * tile.y_column;
        near = turned.along * pitch + turned.across;
        EACH_HELD if (k * turned.step < turned.within) y[k * turned.step * tile.y_column] = near_x[near + k * turned.step];
    }
#if defined(RAMP_MASK_OF)
    for (uint i = self * 8; i < width * rows; i += 8 * RAMP_TILE_LOCAL) {
        const uint c = i & (width - 1), r = i >> tile.column_log2;
        if (c < columns) mask_buffer[mask_at + (at.bit + r * at.bits_apart + c) / 8] = byte_in(flag + i);
    }
#endif
}

#endif
