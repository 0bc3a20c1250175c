/*
 * apply.cl: what the kernels of elementwise.cl, strided.cl and tiled.cl share: operands, and an op applied to several elements. Comes after
 * the functions.
 *
 * The build defines
 *   RAMP_FUNCTION      an op's value, gradient, gradient from the output, or slope
 *   RAMP_BACKWARD      0: it is the value; then
 *     RAMP_VARIANT     which of the op's formulas (variants.h)
 *     RAMP_MASK_OF     the op's mask, if the kernel writes one
 *   RAMP_FROM_MASK     1: it is the slope, and a bit of the mask stands in the place of x, as 1 or 0
 *   RAMP_TABLE         where the op is `table` (table.cl): its entries
 *   RAMP_LOCAL         work-items of a group
 *   RAMP_WITH_ROWS     where the op has rows (rows.h): its name
 *   the form           by the elements or vectors of a work-item: RAMP_RUN, a CPU's, RAMP_LANES, those of its vectors, and RAMP_STREAMS_ABOVE, elements of
 *                      a job that is stored past the caches; RAMP_VECTORS or RAMP_SCALARS; or
 *                      RAMP_TILE, 1
 *
 * Operands are a buffer, or a pointer to shared virtual memory, and the bytes from there. An output may be the same memory as an input, so
 * nothing is `restrict`, and what an element needs is read before it is written.
 */

#if RAMP_BITS == 64
typedef double4 numbers;
#else
typedef float4 numbers;
#endif

#define OPERANDS         global const char *x_buffer, ulong x_at, global const char *dy_buffer, ulong dy_at, global char *y_buffer, ulong y_at
#define MASK             global uchar *mask_buffer, ulong mask_at
#define FROM(buffer, at) ((global const stored *)((buffer) + (at)))
#define TO(buffer, at)   ((global stored *)((buffer) + (at)))

#if RAMP_FROM_MASK
#define APPLY(x, g, quick) RAMP_FUNCTION((x) != K(0.0), (g), p)
#elif RAMP_BACKWARD
#define APPLY(x, g, quick) RAMP_FUNCTION((x), (g), p, (quick))
#else
#define APPLY(x, g, quick) RAMP_FUNCTION((x), p, RAMP_VARIANT, (quick))
#endif

/* Left by the quick form; or a true NaN. Most functions have but one form: activations.h says which leave a rest. */
#define HAS_REST_OF(name)                 RAMP_HAS_REST_##name
#define HAS_REST(function)                HAS_REST_OF(function)
#define VARIANT_OF(function, variant)     function##_##variant
#define HAS_VARIANT_REST(function, which) HAS_REST(VARIANT_OF(function, which))
#if RAMP_BACKWARD ? HAS_REST(RAMP_FUNCTION) : HAS_VARIANT_REST(RAMP_FUNCTION, RAMP_VARIANT)
#define IS_LEFT(y) ((y) != (y))
#else
#define IS_LEFT(y) 0
#endif

#define HAS_EXP_OF(name)  RAMP_HAS_EXP_##name
#define HAS_EXP(function) HAS_EXP_OF(function)

#if RAMP_BACKWARD
#define DY(element) load_stored(element)
#else
#define DY(element) K(0.0)
#endif

/* Elements, between memory and an op. What is looked up is no number on its way, but an index and then an entry, in a real's lowest bits: the
 * conversions of 16-bit types take longer than the rest. */
#if defined(RAMP_TABLE) && !(defined(RAMP_RUN) && RAMP_BACKWARD)
#define X(element) as_real((uint)(element))
#else
#define X(element) load_stored(element)
#endif
#if defined(RAMP_TABLE) && !RAMP_BACKWARD
#define Y(value) ((stored)as_bits(value))
#else
#define Y(value) store_real(value)
#endif

static inline ramp_params params_of(numbers n) {
    ramp_params p = {n.x, n.y, n.z, n.w};
    return p;
}

/* What an op is told beside the element: its parameters; the op `table` its table too, and one that has rows (rows.h) these. PARAMETERS are a kernel's last
 * arguments, OP_PARAMS what they come to. No kernel writes the table that it reads: so that pointer is restrict, for devices that have a faster way to such
 * memory. */
#if defined(RAMP_TABLE)
typedef table_params op_params;
#define PARAMETERS numbers numbers_of_p, global const entry *restrict entries
#define OP_PARAMS  table_params_of(params_of(numbers_of_p), entries)
#elif defined(RAMP_WITH_ROWS)
typedef ramp_params op_params;
#define PARAMETERS numbers numbers_of_p, global const ramp_row *restrict op_rows
#define GIVEN(p)   (numbers)((p).p0, (p).p1, (p).p2, (p).p3), (p).rows
#define OP_PARAMS  params_with_rows(params_of(numbers_of_p), op_rows)

static inline ramp_params params_with_rows(ramp_params p, RAMP_ROWS_SPACE const ramp_row *rows) {
    p.rows = rows;
    return p;
}
#else
typedef ramp_params op_params;
#define PARAMETERS numbers numbers_of_p
#define GIVEN(p)   (numbers)((p).p0, (p).p1, (p).p2, (p).p3)
#define OP_PARAMS  params_of(numbers_of_p)
#endif

/* By parameters that registers hold: of a structure that a function apart is given NVIDIA's compiler writes a copy to memory before anything else, in every
 * work-item. */
#if defined(GIVEN)
RAMP_FAR_FN real in_full_of(real x, real g, PARAMETERS) {
    const op_params p = OP_PARAMS;
    return APPLY(x, g, 0);
}
static inline real in_full(real x, real g, op_params p) { return in_full_of(x, g, GIVEN(p)); }
#else
static inline real in_full(real x, real g, op_params p) { return APPLY(x, g, 0); }
#endif

#if defined(RAMP_RUN)

/* ---- A CPU: loops over a block of neighbours in private memory, which the compiler vectorises as wide as the processor is ---- */

#define RAMP_BLOCK 64

/* In vectors of RAMP_LANES, as many as the device says that it has. clang takes half of that where some processors run slower with all of it, and then a
 * heavy op takes twice as long as it could. RUN_KERNEL: one that may have such vectors. */
#if defined(__clang__) && RAMP_LANES > 1
#pragma clang diagnostic ignored "-Wpass-failed" /* PoCL makes vectors after clang has looked for them */
#define PRAGMA_OF(text) _Pragma(#text)
#define IN_LANES(lanes) PRAGMA_OF(clang loop vectorize_width(lanes))
#define EACH            IN_LANES(RAMP_LANES) for (uint i = 0; i < n; i++)
#define RUN_KERNEL      __attribute__((min_vector_width(RAMP_LANES * RAMP_BITS))) kernel
#else
#define EACH       for (uint i = 0; i < n; i++)
#define RUN_KERNEL kernel
#endif

/* A function that a kernel calls twice is left apart, and its vectors are half as wide: twice the time where AVX-512 is. What reads rows is no faster by wide ones. */
#if defined(RAMP_WITH_ROWS)
#define RUN_FN static inline
#else
#define RUN_FN static inline __attribute__((always_inline))
#endif

#if defined(RAMP_DTYPE_F16) && !(defined(RAMP_TABLE) && !RAMP_BACKWARD)

/* Eight at a time the compiler has fast conversions; one at a time integers do them (storage.h). */
static inline void load_block(real *to, global const stored *from, uint n) {
    uint i = 0;
    for (; i + 8 <= n; i += 8) vstore8(vload_half8(0, (global const half *)(from + i)), 0, to + i);
    for (; i < n; i++) to[i] = load_stored(from[i]);
}

static inline void store_block(global stored *to, const real *from, uint n) {
    uint i = 0;
    for (; i + 8 <= n; i += 8) vstore_half8_rte(vload8(0, from + i), 0, (global half *)(to + i));
    for (; i < n; i++) to[i] = store_real(from[i]);
}

#else

static inline void load_block(real *to, global const stored *from, uint n) { EACH to[i] = X(from[i]); }
static inline void store_block(global stored *to, const real *from, uint n) { EACH to[i] = Y(from[i]); }

#endif

/* The same of elements that lie `stride` apart. */
static inline void load_row(real *to, global const stored *from, long stride, uint n) {
    if (stride == 1)
        load_block(to, from, n);
    else
        EACH to[i] = X(from[(long)i * stride]);
}

static inline void store_row(global stored *to, long stride, const real *from, uint n) {
    if (stride == 1)
        store_block(to, from, n);
    else
        EACH to[(long)i * stride] = Y(from[i]);
}

#if defined(RAMP_WITH_ROWS)

#define PART_OF(op, part)    op##_##part
#define OP_PART_OF(op, part) PART_OF(op, part)
#if RAMP_BACKWARD
#define PLACE(x)                 OP_PART_OF(RAMP_WITH_ROWS, gradient_place)(x)
#define OF_ROW(x, g, place, row) OP_PART_OF(RAMP_WITH_ROWS, gradient_of_row)(x, g, place, row)
#else
#define PLACE(x)                 OP_PART_OF(RAMP_WITH_ROWS, place)(x)
#define OF_ROW(x, g, place, row) OP_PART_OF(RAMP_WITH_ROWS, of_row)(x, place, row)
#endif

#if RAMP_BITS == 64

typedef real row_words[2][RAMP_BLOCK];
#define ROW(i) (ramp_row)(word[0][i], word[1][i])

static inline void fetch_rows(row_words word, RAMP_ROWS_SPACE const ramp_row *rows, const uint *at, uint n) {
    for (uint i = 0; i < n; i++) {
        const ramp_row row = rows[at[i]];
        word[0][i] = row.x;
        word[1][i] = row.y;
    }
}

#else

typedef uint row_words[4][RAMP_BLOCK];
#define ROW(i) (ramp_row)(word[0][i], word[1][i], word[2][i], word[3][i])

/* Whole rows, four at a time, turned into an array of each word: compilers gather each of a row's words by itself. */
static inline void fetch_rows(row_words word, RAMP_ROWS_SPACE const ramp_row *rows, uint *at, uint n) {
    for (uint i = n; i % 4 != 0; i++) at[i] = 0;
    for (uint i = 0; i < n; i += 4) {
        const ramp_row a = rows[at[i]], b = rows[at[i + 1]], c = rows[at[i + 2]], d = rows[at[i + 3]];
        vstore4((uint4)(a.x, b.x, c.x, d.x), 0, word[0] + i);
        vstore4((uint4)(a.y, b.y, c.y, d.y), 0, word[1] + i);
        vstore4((uint4)(a.z, b.z, c.z, d.z), 0, word[2] + i);
        vstore4((uint4)(a.w, b.w, c.w, d.w), 0, word[3] + i);
    }
}

#endif

#define APPLY_QUICK(space)                                                                                                                 \
    static inline void apply_quick_##space(real *out, space const real *e, space const real *g, uint n, op_params p) {                     \
        real place[RAMP_BLOCK];                                                                                                            \
        uint at[RAMP_BLOCK];                                                                                                               \
        row_words word;                                                                                                                    \
        EACH place[i] = PLACE(e[i]);                                                                                                       \
        EACH at[i] = (uint)row_index(place[i]);                                                                                            \
        fetch_rows(word, p.rows, at, n);                                                                                                   \
        EACH out[i] = OF_ROW(e[i], g[i], place[i], ROW(i));                                                                                \
    }

#elif HAS_EXP(RAMP_FUNCTION)

/* In two halves: smooth.h. */
#define WITH_EXP_OF(name)    name##_exp
#define WITH_OF_EXP_OF(name) name##_of_exp
#define WITH_EXP(name)       WITH_EXP_OF(name)
#define WITH_OF_EXP(name)    WITH_OF_EXP_OF(name)
#if RAMP_BACKWARD
#define EXP_OF(x)       WITH_EXP(RAMP_FUNCTION)(x, p, 1)
#define OF_EXP(x, g, e) WITH_OF_EXP(RAMP_FUNCTION)(x, g, e, p, 1)
#else
#define EXP_OF(x)       WITH_EXP(RAMP_FUNCTION)(x, p, RAMP_VARIANT)
#define OF_EXP(x, g, e) WITH_OF_EXP(RAMP_FUNCTION)(x, e, p, RAMP_VARIANT, 1)
#endif

#define APPLY_QUICK(space)                                                                                                                 \
    static inline void apply_quick_##space(real *out, space const real *e, space const real *g, uint n, op_params p) {                     \
        real hi[RAMP_BLOCK], lo[RAMP_BLOCK], exponent[RAMP_BLOCK];                                                                         \
        EACH {                                                                                                                             \
            const scaled made = EXP_OF(e[i]);                                                                                              \
            hi[i] = made.hi;                                                                                                               \
            lo[i] = made.lo;                                                                                                               \
            exponent[i] = made.exponent;                                                                                                   \
        }                                                                                                                                  \
        EACH {                                                                                                                             \
            const scaled made = {hi[i], lo[i], exponent[i]};                                                                               \
            out[i] = OF_EXP(e[i], g[i], made);                                                                                             \
        }                                                                                                                                  \
    }

#else

/* LLVM makes vectors of a loop before it makes a loop for each answer to what is the same for all elements, and then every element takes both ways:
 * hardsigmoid's gradient, with three divisions for one, twice as long. */
#define ASKS_OF(name)    RAMP_ASKS_##name
#define ASKS(function)   ASKS_OF(function)
#define ANSWER_OF(name)  name##_asks(p)
#define ANSWER(function) ANSWER_OF(function)
#if ASKS(RAMP_FUNCTION)
#define APPLY_EACH(e, g, out)                                                                                                              \
    if (ANSWER(RAMP_FUNCTION))                                                                                                             \
        EACH out[i] = APPLY(e[i], g[i], 1);                                                                                                \
    else                                                                                                                                   \
        EACH out[i] = APPLY(e[i], g[i], 1);
#else
#define APPLY_EACH(e, g, out) EACH out[i] = APPLY(e[i], g[i], 1);
#endif

#define APPLY_QUICK(space)                                                                                                                 \
    static inline void apply_quick_##space(real *out, space const real *e, space const real *g, uint n, op_params p) {                     \
        APPLY_EACH(e, g, out)                                                                                                              \
    }

#endif

/* In the quick form, without a branch; what that leaves NaN is made again in full. `out` is private: it is not what a loop reads. */
#define APPLY_BLOCK(name, space)                                                                                                           \
    APPLY_QUICK(space)                                                                                                                     \
    static inline void name(real *out, space const real *e, space const real *g, uint n, op_params p) {                                    \
        int left = 0;                                                                                                                      \
        apply_quick_##space(out, e, g, n, p);                                                                                              \
        EACH left |= IS_LEFT(out[i]);                                                                                                      \
        if (left) EACH if (IS_LEFT(out[i])) out[i] = in_full(e[i], g[i], p);                                                               \
    }

APPLY_BLOCK(apply_block, private)
#if !defined(RAMP_DTYPE_F16) && !defined(RAMP_DTYPE_BF16)
#define RAMP_STORED_IS_REAL 1 /* elements are numbers where they lie */
APPLY_BLOCK(apply_global, global)
#endif

#if RAMP_FROM_MASK

/* As 1 and 0; `n` is a multiple of 8 but at the mask's end, where what follows is written too. */
static inline void read_bits(real *to, global const uchar *mask, uint n) {
    for (uint i = 0; i < n; i += 8) {
        const uint byte = mask[i / 8];
        for (uint k = 0; k < 8; k++) to[i + k] = byte >> k & 1 ? K(1.0) : K(0.0);
    }
}

#elif defined(RAMP_MASK_OF)

static inline void write_bits(global uchar *mask, const real *x, uint n, op_params p) {
    uchar bit[RAMP_BLOCK];
    EACH bit[i] = (uchar)RAMP_MASK_OF(x[i], p);
    for (uint i = n; i % 8 != 0; i++) bit[i] = 0;
    for (uint i = 0; i < n; i += 8) {
        uint byte = 0;
        for (uint k = 0; k < 8; k++) byte |= (uint)bit[i + k] << k;
        mask[i / 8] = (uchar)byte;
    }
}

#endif

#else

/* ---- A GPU ---- */

#if defined(RAMP_TILE)
#define TOGETHER 4
#elif defined(RAMP_VECTORS)
#define TOGETHER (16 / sizeof(stored))
#else
#define TOGETHER RAMP_SCALARS
#endif
#define EACH _Pragma("unroll") for (uint k = 0; k < TOGETHER; k++)

/* So many elements in the quick form, without a branch; what that leaves NaN, one element in a million and true NaNs, is made again in
 * full, by a function apart. */
static inline void apply(real *e, const real *g, op_params p) {
    real out[TOGETHER];
    int left = 0;
    EACH out[k] = APPLY(e[k], g[k], 1);
    EACH left |= IS_LEFT(out[k]);
    if (left) EACH if (IS_LEFT(out[k])) out[k] = in_full(e[k], g[k], p);
    EACH e[k] = out[k];
}

#if defined(RAMP_VECTORS)

/* Loaded as integers, and taken apart in private memory: a load of 16-bit elements from global memory is slow. */
typedef union vector {
    uint4 whole;
    stored element[TOGETHER];
} vector;

/* The same by shifts, for vectors that stay in registers for longer. */
#if RAMP_BITS == 64
#define TAKEN(words, k)  as_double((ulong)(words)[2 * (k)] | (ulong)(words)[2 * (k) + 1] << 32)
#define PUT(words, k, s) ((words)[2 * (k)] = (uint)as_ulong(s), (words)[2 * (k) + 1] = (uint)(as_ulong(s) >> 32))
#elif defined(RAMP_DTYPE_F32)
#define TAKEN(words, k)  as_float((words)[k])
#define PUT(words, k, s) ((words)[k] = as_uint(s))
#else
#define TAKEN(words, k)  ((stored)((words)[(k) / 2] >> (k) % 2 * 16))
#define PUT(words, k, s) ((words)[(k) / 2] = (k) % 2 == 0 ? (uint)(s) : (words)[(k) / 2] | (uint)(s) << 16)
#endif

#endif
#endif
