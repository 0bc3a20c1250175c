/*
 * masked.cuh: a flat job with a mask. Include singles.cuh first.
 *
 * Where the first element of every operand lies on a 16-byte boundary, a block moves whole vectors, as in flat.cuh. A vector has 8 bits of the
 * mask, or 4 or 2: neighbouring lanes put theirs together, and each byte is stored by one of them: a warp's bytes are neighbours, so this costs
 * no more than words would, and a mask may begin on any byte. What is left of the last block, and all where the boundaries do not meet, goes
 * to blocks that move single elements.
 */
#define RAMP_SHARES (8 / RAMP_LANES) /* lanes that have bits in one byte of the mask */

template <typename Function>
static __device__ __forceinline__ void masked_vectors(const vector *x, const vector *dy, vector *y, unsigned char *mask,
                                                      const ramp_params &p, u64 at) {
    const u32 turn = RAMP_LANES * (threadIdx.x % RAMP_SHARES);
    vector a[RAMP_VECTORS] = {}, b[RAMP_VECTORS] = {};
    u32 bits[RAMP_VECTORS] = {};
    x += at, dy += at, y += at, mask += at / RAMP_SHARES;
    RAMP_UNROLLED
    for (u32 v = 0; v < RAMP_VECTORS; v++) {
        if constexpr (Function::reads_mask) bits[v] = mask[v * (RAMP_BLOCK / RAMP_SHARES)] >> turn;
        if constexpr (Function::reads_x) a[v] = x[v * RAMP_BLOCK];
        if constexpr (Function::reads_dy) b[v] = dy[v * RAMP_BLOCK];
    }
    RAMP_UNROLLED
    for (u32 v = 0; v < RAMP_VECTORS; v++) {
        real e[] = RAMP_UNPACK(a[v]), g[] = RAMP_UNPACK(b[v]);
        if constexpr (Function::writes_mask) {
            u32 byte = bits_of<Function>(e, p) << turn;
            RAMP_UNROLLED
            for (u32 apart = 1; apart < RAMP_SHARES; apart *= 2) byte |= __shfl_xor_sync(0xffffffffu, byte, apart);
            if (threadIdx.x % RAMP_SHARES == 0) mask[v * (RAMP_BLOCK / RAMP_SHARES)] = (unsigned char)byte;
        }
        compute<Function>(e, g, bits[v], p);
        y[v * RAMP_BLOCK] = RAMP_PACK(e);
    }
}

/* `first` blocks were launched before this grid; `full` of all move vectors. */
template <typename Function>
static __device__ __forceinline__ void masked(const stored *x, const stored *dy, stored *y, unsigned char *mask, const ramp_params &p,
                                              u64 count, u64 first, u64 full) {
    u64 block = first + blockIdx.x;
    if (block < full) {
        masked_vectors<Function>((const vector *)x, (const vector *)dy, (vector *)y, mask, p,
                                 block * (RAMP_BLOCK * RAMP_VECTORS) + threadIdx.x);
    } else {
        singles s;
        begin(s, full * (RAMP_BLOCK * RAMP_VECTORS * RAMP_LANES) + (block - full) * (RAMP_BLOCK * RAMP_SINGLES) + threadIdx.x, count);
        RAMP_UNROLLED
        for (u32 k = 0; k < RAMP_SINGLES; k++) {
            s.y[k] = y + s.at + k * RAMP_BLOCK;
            if (k * RAMP_BLOCK >= s.left) continue;
            if constexpr (Function::reads_x) s.x[k] = x[s.at + k * RAMP_BLOCK];
            if constexpr (Function::reads_dy) s.dy[k] = dy[s.at + k * RAMP_BLOCK];
        }
        if constexpr (Function::reads_mask) read_mask(s, mask);
        if constexpr (Function::writes_mask) write_mask<Function>(s, mask, p);
        finish<Function>(s, p);
    }
}
