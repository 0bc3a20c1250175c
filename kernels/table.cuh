/*
 * table.cuh: the op `table`, which stands for any op of a 16-bit type by a table of all its 65,536 inputs. Include apply.cuh first.
 *
 *   forward    f(x)
 *   backward   each input's slope, a float; then, for each input again, its high slope (table.h)
 *   mixed      backward, some elements by the op's own formula
 *
 * The op's own functions make the tables, so that the bits are theirs; test_rows holds both to what is computed. The table's address is where an op's
 * third and fourth parameters are, which no op that is looked up has.
 *
 * Tables are read through the first-level cache, of which a tensor of activations touches a small part: bf16 runs at the speed of memory so. f16 lies over
 * too many lines, of which the cache gives one at a time: forward, where shared memory holds the table, it is read there; backward some gradients are mixed.
 * On an H200 with 2^28 normal inputs: bf16 1.00 of a copy; f16 1.33, from shared memory 1.04, backward 1.045 of an addition; random bits take 1.46 and, backward, 2.9.
 */
#if defined(RAMP_DTYPE_F16) || defined(RAMP_DTYPE_BF16)
static constexpr bool table_has_two_slopes = false, table_is_brief = true;

/* Through __ldg: no kernel writes the table that it reads, and a load need not wait for the stores before it. */
template <typename Entry> static __device__ __forceinline__ Entry entry_of(ramp_params p, u32 i) {
    return __ldg((const Entry *)((u64)as_bits(p.p3) << 32 | as_bits(p.p2)) + i);
}

RAMP_FN real table_value(real x, ramp_params p, int, int) { return load_stored(entry_of<stored>(p, store_real(x))); }

/* The bit of hardsigmoid, the one op with a table that has a mask. */
RAMP_FN int table_mask(real x, ramp_params p) { return hardsigmoid_mask(x, p); }

/* Only bf16 has slopes that are NaN where f' is not. */
#if defined(RAMP_DTYPE_BF16)
#define RAMP_HAS_REST_table_gradient 1
#endif

RAMP_FN real table_gradient(real x, real g, ramp_params p, int quick) {
    (void)quick;
    const u32 i = store_real(x);
    const real slope = entry_of<float>(p, i);
#if defined(RAMP_HAS_REST_table_gradient)
    if (!quick && slope != slope) return table_high_product(g, entry_of<float>(p, i + RAMP_TABLE_ENTRIES));
#endif
    return g * slope;
}

#if defined(RAMP_DTYPE_F16)
/* Backward, five of eight elements looked up and three computed, spread over the vector: five in a row took up to 1.06. To look all up takes 1.045 of what an
 * addition does on an H200, and to compute all 1.1 to 1.3; in part neither is what the kernel waits for. Forward, shared memory is faster. */
template <typename Function> struct mixed : Function {
    static constexpr u32 looked_up = 5, vectors = RAMP_VECTORS;
    static __device__ __forceinline__ real entry(real x, real g, ramp_params p) { return table_gradient(x, g, p, 1); }
};
#endif

/* Both entries of input i. */
template <typename Function> static __device__ __forceinline__ void make_slope(float *table, ramp_params p, u32 i) {
    const real x = load_stored((stored)i), slope = Function::in_full(x, 1.0f, p), size = size_of(slope);
    const real most = Function::in_full(x, RAMP_INFINITY, p), high = Function::in_full(x, 0x1p127f, p) * 0x1p53f;
    const int is_small = table_is_small(size, most);
    table[i] = table_slope(slope, is_small, most);
    table[i + RAMP_TABLE_ENTRIES] = table_high(high, is_small, most);
}

/* Forward, the table in shared memory: a grid of one block a multiprocessor goes over the vectors, each thread with its next ones on their way; the first
 * block does what is left. With a mask there is no head, and a byte of it is a vector's. */
extern __shared__ uint4 ramp_entries[];

static __device__ __forceinline__ void load_vectors(vector (&a)[RAMP_SHARED_VECTORS], const vector *x, u64 at, u64 vectors) {
    RAMP_UNROLLED
    for (u32 v = 0; v < RAMP_SHARED_VECTORS; v++)
        if (at + v * RAMP_SHARED_BLOCK < vectors) a[v] = x[at + v * RAMP_SHARED_BLOCK];
}

static __device__ __forceinline__ u32 table_bits(vector x, ramp_params p) {
    const real e[] = RAMP_UNPACK(x);
    u32 bits = 0;
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_LANES; k++) bits |= table_mask(e[k], p) ? 1u << k : 0;
    return bits;
}

template <bool has_mask>
static __device__ __forceinline__ void table_shared(const stored *x, stored *y, unsigned char *mask, const stored *table,
                                                    const ramp_params &p, u64 count, u32 head) {
    const stored *const near = (const stored *)ramp_entries;
    const auto pair_of = [near](u32 x) { return near[x & 0xffffu] | (u32)near[x >> 16] << 16; };
    const vector *from = (const vector *)(x + head);
    vector *to = (vector *)(y + head), a[RAMP_SHARED_VECTORS] = {}, next[RAMP_SHARED_VECTORS] = {};
    const u64 vectors = (count - head) / RAMP_LANES, step = (u64)gridDim.x * (RAMP_SHARED_BLOCK * RAMP_SHARED_VECTORS);
    u64 at = (u64)blockIdx.x * (RAMP_SHARED_BLOCK * RAMP_SHARED_VECTORS) + threadIdx.x;

    load_vectors(a, from, at, vectors);
    for (u32 i = threadIdx.x; i < RAMP_TABLE_ENTRIES / RAMP_LANES; i += RAMP_SHARED_BLOCK) ramp_entries[i] = ((const uint4 *)table)[i];
    __syncthreads();
    for (; at < vectors; at += step) {
        load_vectors(next, from, at + step, vectors);
        RAMP_UNROLLED
        for (u32 v = 0; v < RAMP_SHARED_VECTORS; v++) {
            if (at + v * RAMP_SHARED_BLOCK < vectors) {
                to[at + v * RAMP_SHARED_BLOCK] = make_uint4(pair_of(a[v].x), pair_of(a[v].y), pair_of(a[v].z), pair_of(a[v].w));
                if (has_mask) mask[at + v * RAMP_SHARED_BLOCK] = (unsigned char)table_bits(a[v], p);
            }
            a[v] = next[v];
        }
    }
    const u64 left =
        count - vectors * RAMP_LANES; /* before the first boundary and after the last vector: fewer than two vectors' elements */
    if (blockIdx.x == 0 && threadIdx.x < left) {
        const u64 i = threadIdx.x < head ? threadIdx.x : threadIdx.x + vectors * RAMP_LANES;
        const stored own = x[i];
        if (has_mask) {
            const u32 bits = __ballot_sync((1u << left) - 1, table_mask(load_stored(own), p));
            if (threadIdx.x == 0) mask[vectors] = (unsigned char)bits;
        }
        y[i] = near[own];
    }
}
#endif
