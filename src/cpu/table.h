/*
 * table.h: heavy ops of 16-bit types, looked up: f of all 65,536 inputs, or f' as a float, which dy is multiplied by. The op's own loops make a table
 * when a large job first asks for it, in some tenths of a millisecond, and it is kept as long as the device; so the bits are the op's, and where there is no
 * table the op's loops serve.
 */
#ifndef RAMP_CPU_TABLE_H
#define RAMP_CPU_TABLE_H

#include "launch.h"

enum { cpu_table_entries = 65536 };

/* NULL: this pass is not looked up. A slope is NaN where dx is not its product with dy: the op's loops do those. */
typedef struct cpu_table {
    const uint16_t *values;
    const float *slopes;
} cpu_table;

/* The table of a large job of a heavy op, which may have to be made; else nothing. */
cpu_table cpu_table_for(cpu_tables *tables, const ramp_job *job, const cpu_isa *isa);

/* No memory gives NULL, and then nothing is looked up. */
cpu_tables *cpu_tables_new(void);
void cpu_tables_free(cpu_tables *tables);

#endif
