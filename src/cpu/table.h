/* table.h: what the CPU looks up (lookup.h): f of all 65,536 inputs, or f' as a float, which dy is multiplied by. The op's own loops make both. */
#ifndef RAMP_CPU_TABLE_H
#define RAMP_CPU_TABLE_H

#include "launch.h"

/* NULL: not looked up. A slope is NaN where dx is not its product with dy: the op's loops do those. */
typedef struct cpu_table {
    const uint16_t *values;
    const float *slopes;
} cpu_table;

cpu_table cpu_table_for(const cpu_device *device, const ramp_job *job);

/* The device's, when it closes. */
void cpu_tables_free(cpu_device *device);

#endif
