/*
 * masked.cuh: masks, and a flat job with one. Include apply.cuh first.
 *
 * Where the first element of every operand lies on a 16-byte boundary, a block moves whole vectors, as in flat.cuh. A vector has 8 bits of the
 * mask, or 4 or 2: neighbouring lanes put theirs together, and each byte is stored by one of them: a warp's bytes are neighbours, so this costs
 * no more than words would, and a mask may begin on any byte. What is left of the last block, and all where the boundaries do not meet, goes
 * to blocks that move single elements.
 *
 * A warp's single elements are 32 neighbours in the mask's order, the first of them a multiple of 32: their bits are one word of it.
 */
#define RAMP_SHARES (8 / RAMP_LANES) /* lanes that have bits in one byte of the mask */

/* The bits of a thread's vectors, a block's width apart, the first of which is number `at`: it has those with v * RAMP_BLOCK < left. */
template <typename Function>
static __device__ __forceinline__ void read_bits(u32 (&bits)[RAMP_VECTORS], const unsigned char *mask, u64 at, u32 left) {
    RAMP_UNROLLED
    for (u32 v = 0; v < RAMP_VECTORS; v++) {
        bits[v] = 0;
        if (Function::reads_mask && v * RAMP_BLOCK < left)
            bits[v] = mask[at / RAMP_SHARES + v * (RAMP_BLOCK / RAMP_SHARES)] >> RAMP_LANES * (threadIdx.x % RAMP_SHARES);
    }
}

/* One vector, if there is one, and its byte of the mask. Where a mask is written the whole warp is here, and threadIdx.x modulo RAMP_SHARES is the
 * vector's number. */
template <typename Function>
static __device__ __forceinline__ void finish_vector(vector x, vector dy, u32 bits, bool is_there, vector *y, unsigned char *byte,
                                                     const ramp_params &p) {
    real e[] = RAMP_UNPACK(x), g[] = RAMP_UNPACK(dy);
    if constexpr (Function::writes_mask) {
        u32 all = is_there ? bits_of<Function>(e, p) << RAMP_LANES * (threadIdx.x % RAMP_SHARES) : 0;
        RAMP_UNROLLED
        for (u32 apart = 1; apart < RAMP_SHARES; apart *= 2) all |= __shfl_xor_sync(0xffffffffu, all, apart);
        if (threadIdx.x % RAMP_SHARES == 0 && is_there) *byte = (unsigned char)all;
    }
    compute<Function>(e, g, bits, p);
    if (is_there) *y = RAMP_PACK(e);
}

/* The mask's bits of single elements from number `at` on, n of them a block's width apart: the thread has those with k * RAMP_BLOCK < left. */
template <unsigned n> static __device__ __forceinline__ u32 read_singles(const unsigned char *mask, u64 at, u32 left) {
    u32 bits = 0;
    RAMP_UNROLLED
    for (u32 k = 0; k < n; k++)
        if (k * RAMP_BLOCK < left) bits |= (mask[at / 8 + k * (RAMP_BLOCK / 8)] >> at % 8 & 1u) << k;
    return bits;
}

/* The whole warp is here. Lane 0 to 3 store a byte each; a byte without an element is not the mask's. */
template <typename Function, unsigned n>
static __device__ __forceinline__ void write_singles(const stored (&x)[n], unsigned char *mask, u64 at, u32 left, const ramp_params &p) {
    const u32 lane = threadIdx.x % 32;
    mask += at / 32 * 4 + lane;
    RAMP_UNROLLED
    for (u32 k = 0; k < n; k++) {
        u32 word = __ballot_sync(0xffffffffu, k * RAMP_BLOCK < left && Function::bit(load_stored(x[k]), p));
        if (lane < 4 && k * RAMP_BLOCK + 7 * lane < left) mask[k * (RAMP_BLOCK / 8)] = (unsigned char)(word >> 8 * lane);
    }
}

/* How many of the elements from `at` on are a thread's to look at, `most` at most. */
static __device__ __forceinline__ u32 left_of(u64 at, u64 count, u32 most) {
    u64 left = at < count ? count - at : 0;
    return left < most ? (u32)left : most;
}

/* `first` blocks were launched before this grid; `full` of all move vectors. */
template <typename Function>
static __device__ __forceinline__ void masked(const stored *x, const stored *dy, stored *y, unsigned char *mask, const ramp_params &p,
                                              u64 count, u64 first, u64 full) {
    u64 block = first + blockIdx.x;
    if (block < full) {
        const u64 at = block * (RAMP_BLOCK * RAMP_VECTORS) + threadIdx.x;
        vector a[RAMP_VECTORS] = {}, b[RAMP_VECTORS] = {};
        u32 bits[RAMP_VECTORS];
        read_bits<Function>(bits, mask, at, RAMP_BLOCK * RAMP_VECTORS);
        RAMP_UNROLLED
        for (u32 v = 0; v < RAMP_VECTORS; v++) {
            if constexpr (Function::reads_x) a[v] = ((const vector *)x)[at + v * RAMP_BLOCK];
            if constexpr (Function::reads_dy) b[v] = ((const vector *)dy)[at + v * RAMP_BLOCK];
        }
        RAMP_UNROLLED
        for (u32 v = 0; v < RAMP_VECTORS; v++)
            finish_vector<Function>(a[v], b[v], bits[v], true, (vector *)y + at + v * RAMP_BLOCK,
                                    mask + at / RAMP_SHARES + v * (RAMP_BLOCK / RAMP_SHARES), p);
    } else {
        const u64 at = full * (RAMP_BLOCK * RAMP_VECTORS * RAMP_LANES) + (block - full) * (RAMP_BLOCK * RAMP_SINGLES) + threadIdx.x;
        const u32 left = left_of(at, count, RAMP_BLOCK * RAMP_SINGLES);
        stored a[RAMP_SINGLES] = {}, b[RAMP_SINGLES] = {};
        u32 bits = 0;
        RAMP_UNROLLED
        for (u32 k = 0; k < RAMP_SINGLES; k++) {
            if (k * RAMP_BLOCK >= left) continue;
            if constexpr (Function::reads_x) a[k] = x[at + k * RAMP_BLOCK];
            if constexpr (Function::reads_dy) b[k] = dy[at + k * RAMP_BLOCK];
        }
        if constexpr (Function::reads_mask) bits = read_singles<RAMP_SINGLES>(mask, at, left);
        if constexpr (Function::writes_mask) write_singles<Function>(a, mask, at, left, p);
        finish<Function>(a, b, bits, left, RAMP_BLOCK, run{y + at, RAMP_BLOCK}, p);
    }
}
