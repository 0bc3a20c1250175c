/* lesser_loops.c: cpu_isa_best in the library's place: isa.c is built twice more, told of fewer instruction sets and of all of them. */
#include "lesser_loops.h"

#include "cpu/loops.h"

const cpu_isa *cpu_isa_fewer(void);
const cpu_isa *cpu_isa_all(void);

static int is_best;

const cpu_isa *cpu_isa_best(void) { return is_best ? cpu_isa_all() : cpu_isa_fewer(); }

int best_loops_from_here(void) {
    is_best = 1;
    return 1;
}
